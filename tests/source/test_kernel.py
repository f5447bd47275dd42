"""What the whole kernel must show: functions found, parsed, commented; sampled to stay fast."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from benchmarks.source import GROUPS, against_ctags, measure
from reviewer.source.file import SourceFile
from reviewer.source.stats import SourceStats

pytestmark = pytest.mark.real
SHARE = 0.12


def test_functions_parse_without_errors(linux: Path) -> None:
    total = SourceStats()
    for pattern in GROUPS:
        stats = measure(linux, pattern, SHARE)
        assert stats.clean >= 0.99, pattern
        total += stats
    assert total.functions > 2000
    assert total.clean >= 0.998


@pytest.mark.skipif(shutil.which("ctags") is None, reason="universal-ctags is not installed")
def test_no_fewer_functions_than_ctags_finds(linux: Path) -> None:
    for pattern in GROUPS[:2]:
        known, missed, where = against_ctags(linux, pattern, SHARE)
        assert missed <= 0.005 * known, where


def test_write_protect_page_shows_clear_then_flush_then_count(linux: Path) -> None:
    file = SourceFile.parse("mm/ksm.c", (linux / "mm/ksm.c").read_bytes())
    (function,) = file.functions_named("write_protect_page")
    facts = file.facts(function)
    clear = facts.having("pte.clear")[0]
    assert "tlb.flush.page" in clear.concepts
    count = facts.having("map.count")[0]
    assert clear.start_byte < count.start_byte
    comment = next(b for b in file.comments if "get_user_pages_fast() run" in b.text)
    assert comment.anchor.function == "write_protect_page"
    assert comment.anchor.start_byte <= clear.start_byte < comment.anchor.end_byte
