"""What ``kstale check`` counts is what the patch concerns."""

# ruff: noqa: E101, W293 - context lines of a diff start with a blank

from __future__ import annotations

import json
import shutil
from pathlib import Path

import pytest

from reviewer.cli.main import CLEAN, main

FIXTURE = Path(__file__).resolve().parents[2] / "fixtures" / "tree"
BLANK = """\
From: Ann <ann@example.org>
Subject: [PATCH] mm/gup: a blank line

--- a/mm/gup.c
+++ b/mm/gup.c
@@ -11,3 +11,4 @@
 	pte_t pte = ptep_get_lockless(ptep);
 	struct folio *folio;
 
+
"""
OTHER = "\n".join(
    f"/* Caller must hold heron{number}->lock; GUP-fast is of no concern to pin_one{number}(). */\n"
    f"static int land_heron{number}(void)\n{{\n\treturn 0;\n}}\n"
    for number in range(20)
)


def test_files_read_for_one_rule_count_what_that_rule_judged(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    tree = tmp_path / "tree"
    shutil.copytree(FIXTURE, tree)
    (tree / "mm" / "heron.c").write_text(OTHER)
    mail = tmp_path / "mail"
    mail.write_text(BLANK)
    assert main(["check", str(mail), "--tree", str(tree), "--format", "json"]) == CLEAN
    stats = json.loads(capsys.readouterr().out)["stats"]
    assert stats["holds"] > 0  # in ksm.c, which leans on gup.c
    assert stats["broken"] == 0  # but one that was false before, and that the patch leaves alone
    assert stats["unjudged"] < 10
    assert stats["files"] == 2
    verdicts = ("holds", "agrees", "broken", "unknown", "unjudged")
    assert stats["claims"] == sum(stats[name] for name in verdicts)
