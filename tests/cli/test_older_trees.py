"""Older trees that the user did not name: releases of the repository that the store knows."""

from __future__ import annotations

from pathlib import Path

import pytest

from reviewer.cli.main import FAILED, FINDINGS, main
from tests.review.test_ageing import Capture, Made

DRAIN = "int pond_drain_all(int by)\n{\n\treturn by;\n}\n"
GO = "int pond_go(void)\n{\n\treturn 1;\n}\n"
PATCH = """\
From: Ann <ann@b.invalid>
Subject: [PATCH] pond: say when it goes

---
 mm/go.c | 1 +
 1 file changed, 1 insertion(+)

diff --git a/mm/go.c b/mm/go.c
--- a/mm/go.c
+++ b/mm/go.c
@@ -1,3 +1,4 @@
+/* Runs before pond_drain_all() does. */
 int pond_go(void)
 {
 \treturn 1;
"""


@pytest.fixture
def made(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Made:
    # The same commit in both tests: what one stores the other must not find.
    monkeypatch.setenv("KSTALE_CACHE", str(tmp_path / "cache"))
    one = Made(tmp_path)
    one.commit("pond: begin", go=GO, drain=DRAIN)
    one.git("tag", "v1.0")
    one.commit("pond: drain no more", drain="int pond;\n")
    return one


def _checked(made: Made, capsys: Capture) -> str:
    (made.folder / "stale.patch").write_text(PATCH, encoding="utf-8")
    tree = str(made.folder)
    code = main(["check", str(made.folder / "stale.patch"), "--tree", tree, "--no-config"])
    assert code == 1
    return " ".join(capsys.readouterr().out.split())


def test_check_uses_the_releases_that_the_store_has(made: Made, capsys: Capture) -> None:
    assert main(["index", f"{made.folder}@v1.0"]) == 0
    capsys.readouterr()
    told = _checked(made, capsys)
    assert "[gone-since-release]" in told
    assert "a function that v1.0 had in mm/drain.c" in told
    assert "names are compared with v1.0" in told


def test_tags_on_the_way_are_read_for_their_names(made: Made, capsys: Capture) -> None:
    made.git("tag", "v1.1")
    made.commit("pond: go on", drain="int pond_flow;\n")
    made.git("tag", "v1.2")
    made.commit("pond: and on", drain="int pond_flow2;\n")
    assert main(["index", f"{made.folder}@v1.0..v1.2"]) == 0
    told = capsys.readouterr().out
    assert told.count(", names only in ") == 3
    assert "names are compared with v1.1 and v1.2" not in told
    told = _checked(made, capsys)
    assert "[gone-since-release]" not in told  # the two newest are used, and both lack it
    assert main(["index", "--whole", f"{made.folder}@v1.0..v1.2"]) == 0
    assert "names only" not in capsys.readouterr().out


def test_check_looks_at_no_release_that_it_would_have_to_compile(
    made: Made, capsys: Capture
) -> None:
    told = _checked(made, capsys)
    assert "[vanished-function]" in told
    assert "compared" not in told


USER = "/* Runs before pond_drain_all() does. */\n" + GO


def _scanned(made: Made, capsys: Capture, *more: str) -> str:
    assert main(["scan", str(made.folder), "--no-config", *more]) == FINDINGS
    return " ".join(capsys.readouterr().out.split())


def test_a_tag_is_one_of_the_tree_wherever_one_stands(
    made: Made, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: Capture
) -> None:
    made.commit("pond: say when it goes", go=USER)
    elsewhere = tmp_path / "elsewhere"
    elsewhere.mkdir()
    other = Made(elsewhere)
    other.commit("other: begin", other="int other;\n")
    other.git("tag", "v1.0")
    monkeypatch.chdir(elsewhere)
    assert "a function that v1.0 had in mm/drain.c" in _scanned(made, capsys, "--was", "v1.0")
    place = ["mm/go.c:1", "--tree", str(made.folder), "--was", "v1.0"]
    assert main(["history", *place]) == 0
    assert "[gone-since-release]" in capsys.readouterr().out


def test_history_knows_what_a_scan_found_with_the_releases_of_the_store(
    made: Made, capsys: Capture
) -> None:
    made.commit("pond: say when it goes", go="/* pond_drain_all goes first */\n" + GO)
    assert main(["index", f"{made.folder}@v1.0"]) == 0
    assert "[gone-since-release]" in _scanned(made, capsys, "--hints")
    assert main(["history", "mm/go.c:1", "--tree", str(made.folder)]) == 0
    assert "[gone-since-release]" in capsys.readouterr().out


def test_the_tag_of_what_is_scanned_is_no_older_tree(made: Made, capsys: Capture) -> None:
    made.git("tag", "v1.1")
    made.commit("pond: say when it goes", go=USER)
    made.git("tag", "v1.2")
    assert main(["index", f"{made.folder}@v1.0..v1.2"]) == 0
    capsys.readouterr()
    assert "names are compared with v1.0 and v1.1" in _scanned(made, capsys)


def test_candidates_are_no_releases(made: Made, capsys: Capture) -> None:
    made.git("tag", "v1.1-rc1")
    made.commit("pond: say when it goes", go=USER)
    made.git("tag", "v1.1-rc2")
    made.commit("pond: no more", more="int more;\n")
    assert main(["index", f"{made.folder}@v1.0..HEAD"]) == 0
    assert "rc" not in capsys.readouterr().out
    assert main(["index", f"{made.folder}@v1.1-rc1..v1.1-rc2"]) == 0
    assert capsys.readouterr().out.count("names only") == 2
    assert "names are compared with v1.0" in _scanned(made, capsys)


@pytest.mark.parametrize("given", ["HEAD..v1.0", "v1.0..v7.0"])
def test_a_range_that_leads_nowhere_is_told_of(made: Made, given: str, capsys: Capture) -> None:
    assert main(["index", f"{made.folder}@{given}"]) == FAILED
    assert capsys.readouterr().err.count("\n") == 1


def test_an_older_tree_is_a_tree_and_older(made: Made, tmp_path: Path, capsys: Capture) -> None:
    def version(minor: int) -> str:
        return f"VERSION = 6\nPATCHLEVEL = {minor}\nSUBLEVEL = 0\n"

    (made.folder / "Makefile").write_text(version(1), encoding="utf-8")
    made.commit("Linux 6.1")
    made.git("tag", "v6.1")
    (made.folder / "Makefile").write_text(version(12), encoding="utf-8")
    made.commit("Linux 6.12")
    (tmp_path / "none").mkdir()
    for was, told in (
        (str(tmp_path / "none"), "an empty folder"),
        (str(made.folder / "mm"), "its root is"),
    ):
        assert main(["scan", str(made.folder), "--no-config", "--was", was]) == FAILED
        assert told in capsys.readouterr().err
    tree = f"{made.folder}@v6.1"
    assert main(["scan", tree, "--no-config", "--was", str(made.folder)]) == FAILED
    assert "6.12.0, newer than 6.1.0" in capsys.readouterr().err


def test_what_was_gone_before_the_patch_is_gone_since_a_release(
    made: Made, capsys: Capture
) -> None:
    makefile = "VERSION = 1\nPATCHLEVEL = 1\nSUBLEVEL = 0\n"
    (made.folder / "Makefile").write_text(makefile, encoding="utf-8")
    made.commit("Linux 1.1")
    assert main(["index", f"{made.folder}@v1.0"]) == 0
    capsys.readouterr()
    told = _checked(made, capsys)
    assert "that v1.0 had in mm/drain.c and that is gone since 1.1.0." in told
