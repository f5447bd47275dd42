"""``kstale simulate``: the JSON contract, errors, and what a reader sees."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

import pytest

from reviewer.cli.main import main
from reviewer.mmu.machine import machines

WALKER = """\
C walker
{ pte=1; page=0; }
P0(pte_t *pte, int *page)
{
	ptep_clear_flush(pte);
	WRITE_ONCE(*page, 1);
}
P1(pte_t *pte, int *page)
{
	int r1; int r2;
	local_irq_disable();
	r1 = ptep_get_lockless(pte);
	r2 = READ_ONCE(*page);
	local_irq_enable();
}
exists (1:r1=1 /\\ 1:r2=1)
"""
COUNTS = """\
C counts
{}
P0(int *x) { WRITE_ONCE(*x, 1); }
P1(int *x, int *y)
{
	int r0;
	do {
		WRITE_ONCE(*y, 1);
		r0 = READ_ONCE(*x);
	} while (r0 == 0);
}
exists (1:r0=7)
"""


@pytest.fixture
def walker(tmp_path: Path) -> str:
    file = tmp_path / "walker.litmus"
    file.write_text(WALKER, encoding="utf-8")
    return str(file)


def _json(capsys: pytest.CaptureFixture[str]) -> list[dict[str, Any]]:
    return [json.loads(line) for line in capsys.readouterr().out.splitlines()]


def test_one_object_a_line_in_the_order_given(
    walker: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    other = tmp_path / "counts.litmus"
    other.write_text(COUNTS, encoding="utf-8")
    files = [str(other), walker, str(other)]
    assert main(["simulate", "--machine", "arm64", "--format", "json", *files]) == 0
    rows = _json(capsys)
    assert [row["file"] for row in rows] == files
    assert [row["test"] for row in rows] == ["counts", "walker", "counts"]
    row = rows[1]
    assert row["machine"] == "arm64"
    assert "model" not in row
    assert (row["verdict"], row["bounded"], row["flags"]) == ("Sometimes", False, [])
    assert row["seconds"] >= 0
    assert {"1:r1": 1, "1:r2": 1} in row["states"]
    assert row["witness"]["state"] == {"1:r1": 1, "1:r2": 1}
    numbers = {event["number"] for event in row["witness"]["events"]}
    for pairs in row["witness"]["relations"].values():
        assert {number for pair in pairs for number in pair} <= numbers
    lines = {event["line"] for event in row["witness"]["events"] if event["thread"] == 0}
    assert lines == {5, 6}


def test_model_is_lkmm_unless_said(walker: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["simulate", "--format", "json", walker]) == 0
    assert main(["simulate", "--model", "sc", "--format", "json", walker]) == 0
    assert [row["model"] for row in _json(capsys)] == ["lkmm", "sc"]


def test_goes_on_after_a_bad_file(
    walker: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    bad = tmp_path / "bad.litmus"
    bad.write_text(WALKER.replace("READ_ONCE(*page)", "READ_TWICE(*page)"), encoding="utf-8")
    files = [str(bad), str(tmp_path / "none.litmus"), walker]
    assert main(["simulate", "--format", "json", *files]) == 2
    out, err = capsys.readouterr()
    rows = [json.loads(line) for line in out.splitlines()]
    assert [row["file"] for row in rows] == files
    assert err.splitlines() == [f"kstale: {rows[0]['error']}", f"kstale: {rows[1]['error']}"]
    assert rows[0]["error"] == f"{bad}:13: unknown primitive 'READ_TWICE'"
    assert rows[1]["error"] == f"{files[1]}: cannot read: No such file or directory"
    assert "verdict" not in rows[0]
    assert rows[2]["verdict"] == "Sometimes"


@pytest.mark.parametrize(
    ("change", "line", "expected"),
    [
        (("exists", "exits"), 16, "expected 'exists', '~exists', 'forall'"),
        (("1:r1=1", "1:r1="), 16, "expected"),
        (("P1(", "P2("), 8, "expected P1"),
        (("int r1; int r2;", "int r1; int ;"), 10, "expected"),
        (("C walker", "VAX walker"), 1, "expected"),
    ],
)
def test_errors_name_file_line_and_what_was_expected(
    change: tuple[str, str],
    line: int,
    expected: str,
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
) -> None:
    file = tmp_path / "bad.litmus"
    file.write_text(WALKER.replace(*change), encoding="utf-8")
    assert main(["simulate", str(file)]) == 2
    out, err = capsys.readouterr()
    assert out == ""
    assert err.startswith(f"kstale: {file}:{line}: "), err
    assert expected in err
    assert len(err.splitlines()) == 1


@pytest.mark.parametrize("data", [b"", b"\0\xff" * 500, b"C x\n{}\nP0() {" + b"(" * 5_000])
def test_garbage_is_told_in_one_line(
    data: bytes, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    file = tmp_path / "garbage.litmus"
    file.write_bytes(data)
    assert main(["simulate", str(file)]) == 2
    err = capsys.readouterr().err
    assert err.startswith(f"kstale: {file}")
    assert len(err.splitlines()) == 1


def test_an_unknown_machine_is_answered_with_suggestions(
    walker: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["simulate", "--machine", "arm46", walker]) == 2
    assert "no machine named arm46; did you mean arm64" in capsys.readouterr().err
    assert main(["simulate", "--model", "arm", walker]) == 2
    assert "lkmm" in capsys.readouterr().err
    assert main(["simulate", "--cat", "none.cat", walker]) == 2
    assert "none.cat: no such file" in capsys.readouterr().err


def test_text_says_verdict_question_and_execution(
    walker: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["simulate", "--machine", "arm64", walker]) == 0
    lines = capsys.readouterr().out.splitlines()
    assert lines[0] == "walker on arm64: Sometimes"
    assert lines[1] == "asked: exists (1:r1=1 /\\ 1:r2=1)"
    assert lines[2].startswith("This can happen")
    assert lines[-1] == "=> 1:r1 = 1, 1:r2 = 1"
    assert main(["simulate", "--machine", "x86-64-native", walker]) == 0
    out = capsys.readouterr().out
    assert out.startswith("walker on x86-64-native: Never\n")
    assert "This cannot happen" in out
    assert "CPU 0" not in out


def test_a_bound_and_an_ended_budget_are_no_proof(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    file = tmp_path / "counts.litmus"
    file.write_text(COUNTS, encoding="utf-8")
    assert main(["simulate", "--unroll", "2", str(file)]) == 0
    out = capsys.readouterr().out
    assert "Never (bounded)" in out
    assert "not a proof" in out
    assert main(["simulate", "--seconds", "0.000001", str(file)]) == 0
    out = capsys.readouterr().out
    assert "Unknown" in out
    assert "not a proof" in out
    for options in (["--unroll", "2"], ["--seconds", "0.000001"]):
        assert main(["simulate", *options, "--format", "json", str(file)]) == 0
    assert [(row["verdict"], row["bounded"]) for row in _json(capsys)] == [
        ("Never", True),
        ("Unknown", True),
    ]


@pytest.mark.parametrize(
    "options", [["--unroll", "0"], ["--unroll", "x"], ["--seconds", "-1"], ["--seconds", "nan"]]
)
def test_bounds_are_checked(options: list[str], walker: str) -> None:
    assert main(["simulate", *options, walker]) == 2


def test_one_verdict_a_machine(walker: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["simulate", "--all-machines", walker]) == 0
    groups = _groups(capsys.readouterr().out)
    assert sum(len(names) for names in groups.values()) == len(machines())
    assert "x86-64-native" in groups["Never"]
    assert "arm64" in groups["Sometimes"]
    assert main(["simulate", "--all-machines", "--format", "json", walker]) == 0
    rows = _json(capsys)
    assert [row["machine"] for row in rows] == [one.name for one in machines()]


def _groups(text: str) -> dict[str, list[str]]:
    """Machines by verdict, of what --all-machines prints."""
    groups: dict[str, list[str]] = {}
    verdict = ""
    for line in text.splitlines()[1:]:
        before, colon, names = line.rpartition(": ")
        verdict = before.strip() if colon else verdict
        groups.setdefault(verdict, []).extend(names.split())
    return groups


def test_two_word_entries_do_not_apply_to_one_word_machines(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    test = tmp_path / "torn.litmus"
    test.write_text(
        "C torn\n{ int pte[2] = {1,1}; }\nP0(pte_t *pte) { set_pte_split(pte, 2, 2); }\n"
        "P1(pte_t *pte) { int r1; r1 = ptep_get_split(pte); }\nexists (1:r1=12)\n",
        encoding="utf-8",
    )
    assert main(["simulate", "--all-machines", str(test)]) == 0
    split = [one.name for one in machines() if one.split]
    out = capsys.readouterr().out
    assert f"Sometimes: {' '.join(split)}" in out
    assert "does not apply: x86-64-native" in out
    assert main(["simulate", "--machine", "arm64", str(test)]) == 2
    assert "does not apply" in capsys.readouterr().err


def test_one_verdict_for_all_machines_is_one_line(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    test = tmp_path / "one.litmus"
    test.write_text("C one\n{}\nP0(int *x) { WRITE_ONCE(*x, 1); }\nexists (x=1)\n")
    assert main(["simulate", "--all-machines", str(test)]) == 0
    assert capsys.readouterr().out == f"one.litmus: Always on all {len(machines())} machines\n"


def test_graphs_are_written(
    walker: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    picture, graph = tmp_path / "w.svg", tmp_path / "w.dot"
    assert main(["simulate", "--machine", "arm64", "--svg", str(picture), walker]) == 0
    assert ElementTree.fromstring(picture.read_text(encoding="utf-8")).tag.endswith("svg")
    assert main(["simulate", "--machine", "arm64", "--dot", str(graph), walker]) == 0
    assert graph.read_text(encoding="utf-8").startswith("digraph")
    none = tmp_path / "none.svg"
    assert main(["simulate", "--machine", "x86-64-native", "--svg", str(none), walker]) == 0
    assert "no execution to write" in capsys.readouterr().err
    assert not none.exists()
    assert main(["simulate", "--svg", str(none), walker, walker]) == 2


def test_the_parser_loads_no_simulator() -> None:
    """The pre-send hook pays for what the command line imports."""
    code = (
        "import sys, reviewer.cli.main as m; m.build_parser();"
        "sys.exit(any(n.startswith(('reviewer.mmu', 'pysat', 'tree_sitter')) for n in sys.modules))"
    )
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0


@pytest.mark.real
def test_with_the_kernels_own_model(linux: Path, capsys: pytest.CaptureFixture[str]) -> None:
    folder = linux / "tools/memory-model"
    cat = str(folder / "linux-kernel.cat")
    files = sorted(str(file) for file in (folder / "litmus-tests").glob("*.litmus"))
    assert main(["simulate", "--cat", cat, "--format", "json", *files]) == 0
    theirs = _json(capsys)
    assert main(["simulate", "--format", "json", *files]) == 0
    ours = _json(capsys)
    assert len(theirs) == len(files) >= 34
    assert all(row["model"] == cat for row in theirs)
    assert [row["verdict"] for row in theirs] == [row["verdict"] for row in ours]
