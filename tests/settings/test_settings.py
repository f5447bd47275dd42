"""Configuration, suppressions, baseline and sections, through the command line."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from reviewer.cli.main import CLEAN, FAILED, FINDINGS, main

Capture = pytest.CaptureFixture[str]
OWNERS = """\
List of maintainers
===================

\tM: *Mail* patches to

POND
M:\tA Duck <Duck@pond.example>
F:\tmm/

SHALLOWS
R:\tA Frog <frog@pond.example>
F:\tmm/shallow*

THE REST
F:\t*
F:\t*/
"""
STALE = """\
/*
 * {own}
 * The caller must hold pond_lock.
 */
void {name}(struct pond *pond)
{{
\tlockdep_assert_not_held(&pond->pond_lock);
\tspin_lock(&pond->pond_lock);
\tpond->ducks = 1;
\tspin_unlock(&pond->pond_lock);
}}
"""


@pytest.fixture
def tree(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A little tree with one stale comment in each of two files."""
    monkeypatch.setenv("HOME", str(tmp_path / "home"))
    monkeypatch.setenv("SOURCE_DATE_EPOCH", "1800000000")  # 2027-01-15
    (tmp_path / "home").mkdir()
    root = tmp_path / "tree"
    (root / "mm").mkdir(parents=True)
    (root / "Kbuild").touch()
    (root / "Makefile").write_text("VERSION = 6\nPATCHLEVEL = 1\nSUBLEVEL = 0\n")
    (root / "MAINTAINERS").write_text(OWNERS)
    for name in ("deep", "shallow"):
        (root / "mm" / f"{name}.c").write_text(STALE.format(own="Feeds the ducks.", name=name))
    return root


def _scan(tree: Path, capsys: Capture, *options: str) -> tuple[int, dict[str, Any]]:
    status = main(["scan", str(tree), *options, "--jobs", "1", "--format", "json"])
    out = capsys.readouterr()
    assert status != FAILED, out.err
    return status, json.loads(out.out)


def _prints(document: dict[str, Any]) -> dict[str, str]:
    return {one["path"]: one["fingerprint"] for one in document["findings"] if one["counts"]}


def test_sections_choose_files_and_are_counted(tree: Path, capsys: Capture) -> None:
    status, whole = _scan(tree, capsys)
    assert status == FINDINGS
    assert set(_prints(whole)) == {"mm/deep.c", "mm/shallow.c"}
    assert whole["sections"] == {"POND": 1, "SHALLOWS": 1}
    for options, files in (
        (("--section", "shallows"), {"mm/shallow.c"}),
        (("--section", "pond"), {"mm/deep.c", "mm/shallow.c"}),
        (("--mine", "frog@POND.example"), {"mm/shallow.c"}),
    ):
        assert set(_prints(_scan(tree, capsys, *options)[1])) == files
    assert main(["scan", str(tree), "--section", "SHALOWS"]) == FAILED
    assert "did you mean SHALLOWS" in capsys.readouterr().err


def test_words_of_a_section_take_comments_of_other_files(tree: Path, capsys: Capture) -> None:
    frogs = "FROGS\nM:\tA Frog <frog@pond.example>\nK:\t\\b(?i:frog)s?\\b | tad .? pole\n\n"
    endless = "TOADS\nM:\tA Toad <toad@pond.example>\nF:\tnet/\nK:\t(d+)+x\n\n"
    (tree / "MAINTAINERS").write_text(OWNERS.replace("THE REST", f"{frogs}{endless}THE REST"))
    deep = STALE.format(name="deep", own="Frogs sleep here.")
    (tree / "mm" / "deep.c").write_text(deep)
    elsewhere = STALE.format(name="wide", own="Ducks.") + "/* a tad-pole */\nint frog;\n"
    (tree / "mm" / "wide.c").write_text(elsewhere)
    assert set(_prints(_scan(tree, capsys, "--section", "frogs")[1])) == {"mm/deep.c"}
    assert set(_prints(_scan(tree, capsys, "--section", "pond")[1])) > {"mm/deep.c", "mm/wide.c"}
    assert main(["scan", str(tree), "--section", "toads"]) == FAILED
    assert "no C file lies in that section" in capsys.readouterr().err


def test_a_baseline_is_known(tree: Path, tmp_path: Path, capsys: Capture) -> None:
    base = tmp_path / "base.json"
    main(["scan", str(tree), "--format", "json", "-o", str(base)])
    status, document = _scan(tree, capsys, "--baseline", str(base))
    assert status == CLEAN
    assert {one["suppressed"]["by"] for one in document["findings"]} == {"baseline"}
    base.write_text("# none\nnonsense\n")
    assert main(["scan", str(tree), "--baseline", str(base)]) == FAILED
    assert f"{base}:2: is no fingerprint" in capsys.readouterr().err


def test_a_suppression_has_reason_and_expiry(tree: Path, tmp_path: Path, capsys: Capture) -> None:
    report = tmp_path / "report.json"
    main(["scan", str(tree), "--format", "json", "-o", str(report)])
    prints = _prints(json.loads(report.read_text()))
    argv = ["suppress", prints["mm/deep.c"], "--tree", str(tree), "--report", str(report)]
    assert main(argv) == FAILED
    assert "--reason" in capsys.readouterr().err
    assert main([*argv, "--reason", 'ducks "know"', "--until", "2027-01-15"]) == CLEAN
    assert main(["suppress", "--tree", str(tree)]) == CLEAN
    listed = capsys.readouterr().out
    assert "mm/deep.c" in listed
    assert 'until 2027-01-15: ducks "know"' in listed
    _, document = _scan(tree, capsys)
    assert set(_prints(document)) == {"mm/shallow.c"}
    assert document["notes"] == []


def test_what_expired_or_is_unused_is_told(
    tree: Path, capsys: Capture, monkeypatch: pytest.MonkeyPatch
) -> None:
    _, document = _scan(tree, capsys)
    prints = _prints(document)
    (tree / ".kstale.toml").write_text(
        f'[[suppress]]\nfingerprint = "{prints["mm/deep.c"]}"\nreason = "r"\n'
        "expires = 2027-01-14\n"
        '[[suppress]]\nfingerprint = "0123456789abcdef"\nreason = "gone"\npath = "mm/deep.c"\n'
    )
    status, document = _scan(tree, capsys)
    assert status == FINDINGS
    assert len(_prints(document)) == 2
    assert any("expired on 2027-01-14" in note for note in document["notes"])
    assert any("0123456789abcdef is not used" in note for note in document["notes"])
    _, document = _scan(tree, capsys, "mm/shallow.c")
    assert not any("not used" in note for note in document["notes"])


@pytest.mark.parametrize(
    ("line", "counts"),
    [
        ("kstale: suppress {rule}: the lock is another one (until 2027-06-30)", False),
        ("kstale: suppress {rule}: the lock is another one", False),
        ("kstale: suppress {rule}: was so once (until 2026-12-31)", True),
        ("kstale: suppress {rule}", True),
        ("kstale: suppress vanished-function: another rule", True),
    ],
)
def test_a_comment_can_say_so_itself(line: str, counts: bool, tree: Path, capsys: Capture) -> None:
    _, document = _scan(tree, capsys, "mm/deep.c")
    rule = document["findings"][0]["rule"]
    text = STALE.format(own=line.format(rule=rule), name="deep")
    (tree / "mm" / "deep.c").write_text(text)
    status, document = _scan(tree, capsys, "mm/deep.c")
    assert (status == FINDINGS) is counts, document
    assert len(document["findings"]) == 1


def test_fingerprints_survive_what_does_not_matter(tree: Path, capsys: Capture) -> None:
    file = tree / "mm" / "deep.c"
    before = _prints(_scan(tree, capsys, "mm/deep.c")[1])
    text = file.read_text()
    for changed in (
        "int before;\n\n\n" + text,
        text.replace("deep(", "deeper("),
        text.replace(
            " * The caller must hold pond_lock.", " *   The caller must\n *  hold pond_lock."
        ),
    ):
        assert changed != text
        file.write_text(changed)
        assert _prints(_scan(tree, capsys, "mm/deep.c")[1]) == before


def test_configuration_of_tree_and_home(tree: Path, tmp_path: Path, capsys: Capture) -> None:
    _, document = _scan(tree, capsys, "mm/deep.c")
    rule = document["findings"][0]["rule"]
    (tree / ".kstale.toml").write_text(f'paths = ["mm/deep.c"]\n[severity]\n{rule} = "low"\n')
    _, document = _scan(tree, capsys)
    assert [(one["path"], one["severity"]) for one in document["findings"]] == [
        ("mm/deep.c", "low")
    ]
    (tmp_path / "home" / ".kstale.toml").write_text(f'[rules]\ndisable = ["{rule}"]\n')
    assert _scan(tree, capsys)[0] == CLEAN
    assert _scan(tree, capsys, "--enable", rule)[0] == FINDINGS
    assert len(_scan(tree, capsys, "--no-config")[1]["findings"]) == 2
    (tree / ".kstale.toml").unlink()
    assert _scan(tree, capsys)[0] == CLEAN, "the home folder counts where the tree says nothing"


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("[rules]\nenabel = []\n", ":2: enabel is not known here; did you mean enable?"),
        ("paths = 1\n", ":1: paths has to be a list"),
        ("minimum-tier = 'sure'\n", ":1: minimum-tier has to be one of"),
        ("[[suppress]]\nfingerprint = 'x'\n", "needs fingerprint and reason"),
        ("[severity]\nfoo = 'huge'\n", ":2: foo has to be one of low, medium, high"),
        ("paths = [\n", "is not TOML"),
        ("[[suppress]]\nfingerprint='a'\nreason='b'\nexpires='soon'\n", ":4: has to be a date"),
    ],
)
def test_a_wrong_configuration_is_one_clear_line(
    text: str, words: str, tree: Path, capsys: Capture
) -> None:
    (tree / ".kstale.toml").write_text(text)
    assert main(["scan", str(tree)]) == FAILED
    error = capsys.readouterr().err
    assert words in error
    assert error.count("\n") == 1
