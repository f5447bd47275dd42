"""What a check could not judge is told, whichever file of the tree it stands in."""

from __future__ import annotations

from pathlib import Path

import pytest

from reviewer.cli.main import FAILED
from tests.cli.mails import DIFF, HEADER, LAKE, Capture, Shell, mail, planted

_RULE = """
from reviewer.claims.model import Kind
from reviewer.rule import Example, Reads, Rule


class Fails(Rule):
    \"\"\"Fails on one file.\"\"\"

    name, family, since, tree_wide = "fails", "broken", "0.2", True
    reads = (Reads(Kind.REFERS), Reads(Kind.REQUIRES))
    stale = sound = (Example("int x;"),)

    def judge(self, claim, world):
        if world.path == "{path}":
            raise KeyError("pond")
        return None
"""
_SHORE = "/* Runs before lake_stock() does. */\nvoid shore(void)\n{\n}\n"


@pytest.mark.parametrize("path", ["mm/lake.c", "mm/shore.c"], ids=["touched", "left as it is"])
def test_a_rule_that_fails_is_told_and_is_status_2(
    tmp_path: Path, capsys: Capture, path: str
) -> None:
    rules = tmp_path / "own" / "broken"
    rules.mkdir(parents=True)
    (rules / "fails.py").write_text(_RULE.format(path=path))
    files = {"mm/lake.c": LAKE, "mm/shore.c": _SHORE, "include/linux/lake.h": HEADER}
    shell = Shell(planted(tmp_path / "tree", files), capsys)
    patch = mail(DIFF)
    status = shell.check(patch, options=("--rules", str(rules.parent)))
    assert status == FAILED
    assert f"{path}:" in shell.out + shell.err
    assert "rule fails failed: KeyError: 'pond'" in shell.out + shell.err
