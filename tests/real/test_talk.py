"""The bundled mail without a patch, on whole trees."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from reviewer.cli.main import FINDINGS, main

MAIL = Path(__file__).resolve().parents[2] / "fixtures/patches/ptep-get-lockless.reply.txt"


@pytest.mark.real
def test_both_premises_are_answered_and_the_table_is_the_one_of_the_mail(
    linux_6_12: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    argv = ["check", str(MAIL), "--tree", str(linux_6_12), "--format", "json"]
    assert main(argv) == FINDINGS
    report = json.loads(capsys.readouterr().out)
    stated = {one["rule"]: one for one in report["findings"] if one["origin"] == "stated"}
    kept, ipi = stated["entry-kept-until-flush"], stated["flush-implies-ipi"]
    assert kept["machines"]["holds"] == []
    assert [one["path"] for one in kept["evidence"]["locations"]] == ["mm/memory.c"]
    assert ipi["machines"]["broken"] == ["x86-pae-kvm"]
    assert set(ipi["machines"]["holds"]) == {"x86-pae-native", "mips32", "sh-x2tlb"}
    (order,) = report["orderings"]
    seen = {tuple(row["values"]) for row in order["rows"] if row["machines"]}
    # the mail allows: low and high from before, low and high (b) from after, anything not present
    assert seen == {
        ("as before", "as before"),
        ("present", "b"),
        *(("not present", high) for high in ("as before", "a", "b")),
    }
    for row in order["rows"]:
        for weak in row["without"]:
            assert set(weak["machines"]) == {"mips32", "sh-x2tlb"}
    assert set(order["reversed_on"]) == {"mips32", "sh-x2tlb"}
