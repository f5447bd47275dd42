"""Parsed files that are kept: alike ones are one, and large ones push the older out."""

from __future__ import annotations

from reviewer.source.file import SourceFile
from reviewer.source.recent import Recent, parsed

MEGABYTE = b"\n" * (1 << 20)


def test_the_same_bytes_at_the_same_path_are_parsed_once() -> None:
    first = parsed("mm/pond.c", b"int pond;\n")
    assert parsed("mm/pond.c", b"int " + b"pond;\n") is first
    assert parsed("mm/lake.c", b"int pond;\n").path == "mm/lake.c"
    assert parsed("mm/pond.c", b"int lake;\n").data == b"int lake;\n"


def test_files_are_kept_by_their_bytes() -> None:
    kept: Recent[int] = Recent()
    for number in range(20):
        kept.keep(number, SourceFile.parse("mm/pond.c", MEGABYTE))
        kept.keep(number, SourceFile.parse("mm/pond.c", MEGABYTE))  # in place of the other
    assert [number for number in range(20) if number in kept] == list(range(12, 20))
    kept.keep(20, SourceFile.parse("mm/sea.h", 30 * MEGABYTE))
    assert [number for number in range(21) if number in kept] == [20]


def test_what_is_not_there_is_remembered_and_many_small_files_go_too() -> None:
    kept: Recent[int] = Recent()
    for number in range(100):
        kept.keep(number, None)
    assert [number for number in range(100) if number in kept] == list(range(36, 100))
    assert kept[36] is None
    kept.keep(100, None)
    assert 36 in kept, "it was asked for last"
