"""Which comments of a file are read, and their readings."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator

from reviewer.claims.extract import Reader, builtin_reader
from reviewer.claims.reading import Reading
from reviewer.source.comments import RawComment
from reviewer.source.file import SourceFile
from reviewer.source.model import CommentBlock

_HEADING = re.compile(r"(?://|/\*)\s*(?!CONFIG_)[A-Z][A-Z0-9_]*\s*(?:\*/)?")


def read_file(
    source: SourceFile,
    reader: Reader | None = None,
    wanted: Callable[[CommentBlock], bool] | None = None,
    read: Callable[[CommentBlock], Reading] | None = None,
) -> Iterator[Reading]:
    """The reading of each comment of a file that holds a claim or something not understood.

    Only comments that are ``wanted`` are read; without it all of them. ``read`` reads in the
    reader's stead.
    """
    reader = reader or builtin_reader()
    read = read or reader.reading
    for block in comments_of(source, reader, wanted):
        reading = read(block)
        if reading.claims or reading.unread:
            yield reading


def comments_of(
    source: SourceFile, reader: Reader, wanted: Callable[[CommentBlock], bool] | None = None
) -> Iterator[CommentBlock]:
    """The comments that may hold a claim or something not understood, and are ``wanted``."""
    for raw in readable(source, reader):
        block = source.block(raw)
        if wanted is None or wanted(block):
            yield block


def readable(source: SourceFile, reader: Reader) -> Iterator[RawComment]:
    """The comments of a file that may hold a claim or something not understood.

    The others are left out before their anchors are worked out: so is one that is nothing but a
    name in capitals, a heading of what follows. Register headers are made of them, and are a third
    of the tree's bytes.
    """
    for raw in source.raw_comments:
        words = source.data[raw.start_byte : raw.end_byte].decode("latin-1")
        if not raw.trailing and _HEADING.fullmatch(words):
            continue
        if reader.may_claim(words):
            yield raw
