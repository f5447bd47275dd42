"""What a user meets first: help, errors, exit statuses, the bundled sample."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest

from reviewer.cli.main import CLEAN, COMMANDS, FAILED, FINDINGS, main

ROOT = Path(__file__).resolve().parents[2]
TREE = str(ROOT / "fixtures" / "tree")
PATCHES = ROOT / "fixtures" / "patches"
Capture = pytest.CaptureFixture[str]


@pytest.mark.parametrize("command", COMMANDS)
def test_every_command_has_help(command: str, capsys: Capture) -> None:
    assert main([command, "--help"]) == CLEAN
    assert "usage: kstale" in capsys.readouterr().out


def test_no_command_is_an_error_with_usage(capsys: Capture) -> None:
    assert main([]) == FAILED
    assert "usage: kstale" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("argv", "words"),
    [
        (["check", "no-such-file", "--tree", TREE], "no-such-file"),
        (["check", str(PATCHES / "ksm-clean.patch"), "--tree", "no-such-tree"], "no-such-tree"),
        (["check", "--tree", TREE], "MAIL"),
        (["scan", TREE, "mm/none.c"], "mm/none.c"),
        (["scan", TREE, "--only", "no-such-rule"], "no-such-rule"),
        (["explain", "flush-excludes-walkr"], "flush-excludes-walker"),
        (["simulate", "no-such.litmus"], "no-such.litmus"),
        (["simulate", "--machine", "vax", "x.litmus"], "vax"),
        (["claims", "no-such.c"], "no-such.c"),
        (["check", "--git", "--output=/x", "--tree", TREE], "--git"),
    ],
)
def test_errors_are_one_line_that_names_the_culprit(
    argv: list[str], words: str, capsys: Capture
) -> None:
    assert main(argv) == FAILED
    error = capsys.readouterr().err
    assert words in error
    assert "Traceback" not in error


def test_claims_as_json_have_their_limits(tmp_path: Path, capsys: Capture) -> None:
    file = tmp_path / "pond.c"
    file.write_text(
        "/* Must be called with foo_lock held, or before registration. */\nvoid f(void)\n{\n}\n"
        "/* Beware of preemption here. */\nvoid g(void)\n{\n}\n"
    )
    assert main(["claims", "--format", "json", str(file)]) == 0
    claim, unread = [json.loads(line) for line in capsys.readouterr().out.splitlines()]
    assert (claim["claim"]["kind"], claim["scope"]["unless"]) == ("requires", "before registration")
    assert claim["alternative"]
    assert (unread["line"], unread["claim"], unread["why"]) == (5, None, "not understood")


@pytest.mark.parametrize("patch", sorted((PATCHES / "malformed").iterdir()), ids=lambda p: p.name)
def test_malformed_patches_are_refused_in_one_line(patch: Path, capsys: Capture) -> None:
    assert main(["check", str(patch), "--tree", TREE]) == FAILED
    assert capsys.readouterr().err.count("\n") == 1


@pytest.mark.parametrize(
    ("patch", "origin", "rules"),
    [
        ("ksm-drop-flush.patch", "exposed", {"flush-excludes-walker", "count-check-excludes-pin"}),
        ("ksm-drop-recheck.patch", "exposed", {"count-check-excludes-pin"}),
        (
            "ksm-flush-late.patch",
            "exposed",
            {"flush-excludes-walker", "count-check-excludes-pin", "flush-comes-before-step"},
        ),
        (
            "gup-drop-recheck.patch",
            "left-behind",
            {"flush-excludes-walker", "count-check-excludes-pin"},
        ),
    ],
)
def test_code_only_patches_are_flagged(
    patch: str, origin: str, rules: set[str], capsys: Capture
) -> None:
    argv = ["check", str(PATCHES / patch), "--tree", TREE, "--format", "json"]
    assert main(argv) == FINDINGS
    findings = json.loads(capsys.readouterr().out)["findings"]
    assert {one["rule"] for one in findings if one["origin"] == origin} == rules


@pytest.mark.parametrize("patch", ["ksm-clean.patch", "ksm-flush-late-mended.patch"])
def test_a_clean_patch_is_clean(patch: str, capsys: Capture) -> None:
    argv = ["check", str(PATCHES / patch), "--tree", TREE]
    assert main(argv) == CLEAN
    assert "0 findings" in capsys.readouterr().out


def test_json_follows_the_contract(capsys: Capture) -> None:
    assert main(["scan", TREE, "--format", "json", "--jobs", "1"]) == FINDINGS
    report = json.loads(capsys.readouterr().out)
    assert {"version", "tree", "stats", "findings"} <= set(report)
    for one in report["findings"]:
        assert {
            "rule", "family", "severity", "path", "line", "end_line", "quote", "claim", "verdict",
            "breaks", "origin", "machines", "evidence", "fingerprint", "message",
        } <= set(one)  # fmt: skip
        assert {"kind", "subject", "object", "modality"} <= set(one["claim"])
        assert set(one["machines"]) == {"broken", "holds", "unknown"}
        assert one["evidence"]["locations"] or one["evidence"]["witness"]


def test_the_same_input_gives_the_same_bytes(capsys: Capture) -> None:
    argv = ["scan", TREE, "--format", "json"]
    outputs = []
    for jobs in ("1", "2"):
        main([*argv, "--jobs", jobs])
        outputs.append(capsys.readouterr().out)
    assert outputs[0] == outputs[1]


def test_a_witness_reproduces_with_simulate(tmp_path: Path, capsys: Capture) -> None:
    main(["scan", TREE, "mm/ksm.c", "--format", "json", "--jobs", "1"])
    findings = json.loads(capsys.readouterr().out)["findings"]
    witness = next(one["evidence"]["witness"] for one in findings if one["evidence"]["witness"])
    test = tmp_path / "witness.litmus"
    test.write_text(witness["litmus"], encoding="utf-8")
    argv = ["simulate", "--machine", witness["machine"], "--format", "json", str(test)]
    assert main(argv) == CLEAN
    assert json.loads(capsys.readouterr().out)["verdict"] == "Sometimes"


def test_the_module_runs_as_a_command() -> None:
    done = subprocess.run(
        [sys.executable, "-m", "reviewer", "--version"], capture_output=True, text=True, check=True
    )
    assert done.stdout.startswith("kstale ")


def test_the_parser_imports_no_work() -> None:
    heavy = "reviewer.report.stream", "reviewer.claims", "reviewer.mmu", "tree_sitter"
    code = (
        "import sys; from reviewer.cli.main import build_parser; build_parser();"
        f"print([name for name in sys.modules if name.startswith({heavy})])"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"


def test_options_stand_anywhere_between_a_tree_and_its_paths(capsys: Capture) -> None:
    orders = (
        ["scan", TREE, "mm", "--format", "terse"],
        ["scan", TREE, "--format", "terse", "mm"],
        ["scan", "--format", "terse", TREE, "--jobs", "1", "mm"],
    )
    said = set()
    for argv in orders:
        assert main(argv) == FINDINGS
        said.add(capsys.readouterr().out)
    assert len(said) == 1
    assert main(["hook", "status", "--repo", "no-such-folder"]) == FAILED
    assert main(["scan", TREE, "--no-such-option", "mm"]) == FAILED
    assert "--no-such-option" in capsys.readouterr().err
