"""Which comments a patch concerns is told before they are read, and loses none of their claims."""

from __future__ import annotations

from pathlib import Path

import pytest

from reviewer.claims.comments import read_file
from reviewer.claims.extract import builtin_reader
from reviewer.review.concern import Concern
from reviewer.source.file import SourceFile

TREE = Path(__file__).resolve().parents[2] / "fixtures" / "tree"
FILES = sorted(str(path.relative_to(TREE)) for path in TREE.rglob("*.[ch]"))


@pytest.mark.parametrize("path", FILES)
def test_no_claim_is_lost_by_not_reading(path: str) -> None:
    source = SourceFile.parse(path, (TREE / path).read_bytes())
    every = [one for reading in read_file(source, builtin_reader()) for one in reading.claims]
    for function in source.functions:
        lines = {path: ((function.start_line, function.end_line),)}
        for concern in (
            Concern(lines, frozenset()),
            Concern({}, frozenset({function.name})),
            Concern(lines, source.identifiers(function.start_byte, function.end_byte)),
        ):
            for claim in every:
                if concern.includes(path, claim):
                    assert concern.concerns(path, claim.comment)


def test_what_has_no_word_of_the_patch_is_not_read() -> None:
    source = SourceFile.parse(
        "mm/pond.c",
        b"/* Caller holds pond_lock, see fill_pond(). */\nvoid stock_pond(void)\n{\n}\n"
        b"/* Caller holds well_lock. */\nvoid stock_well(void)\n{\n}\n",
    )
    concern = Concern({}, frozenset({"fill_pond"}))
    read = list(read_file(source, builtin_reader(), lambda one: concern.concerns("mm/pond.c", one)))
    assert [one.claims[0].comment.start_line for one in read] == [1]
