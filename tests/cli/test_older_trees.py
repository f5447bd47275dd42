"""Older trees that the user did not name: releases of the repository that the store knows."""

from __future__ import annotations

from pathlib import Path

import pytest

from reviewer.cli.main import main
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
