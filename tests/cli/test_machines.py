"""``kstale machines``: the table, and its facts as data."""

from __future__ import annotations

import json

import pytest

from reviewer.cli.main import main
from reviewer.mmu.machine import machines


def test_one_row_a_machine(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["machines"]) == 0
    header, *rows = capsys.readouterr().out.splitlines()
    assert header.split()[:2] == ["machine", "order"]
    assert [row.split()[0] for row in rows] == [one.name for one in machines()]


def test_evidence_names_path_and_line(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["machines", "--evidence"]) == 0
    out = capsys.readouterr().out
    for one in machines():
        assert f"{one.name}: {one.title}" in out
        for fact in one.facts:
            for line in fact.evidence:
                assert f"{line.path}:{line.line}" in out


def test_json_has_every_fact(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["machines", "--format", "json"]) == 0
    found = {row["machine"]: row for row in json.loads(capsys.readouterr().out)}
    assert list(found) == [one.name for one in machines()]
    for one in machines():
        row = found[one.name]
        assert row["variants"] == sorted(one.variants)
        assert row["model"] == one.model
        assert set(row["facts"]) == {fact.name for fact in one.facts}
