"""What GUP-fast does in the tree under review, read from its code."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from enum import StrEnum
from functools import lru_cache

from reviewer.judging.watch import Watch
from reviewer.kernel import primitive
from reviewer.source.file import SourceFile
from reviewer.source.model import CodeFacts
from reviewer.world import World

_FILE = "mm/gup.c"
WATCHED = Watch(
    _FILE,
    ("GUP-fast", "GUP fast", "gup-fast", "gup_fast", "get_user_pages_fast", "fast GUP", "fast gup"),
    ("mm", "include/linux"),
)
"""Comments elsewhere that lean on what GUP-fast does."""
_READ = re.compile(r"(?:pte|pmd)(?:p_get(?:_lockless)?|_val)|READ_ONCE")


class Recheck(StrEnum):
    """Whether the walker looks at the entry again after it took its reference."""

    YES = "yes"
    NO = "no"
    UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True)
class Walker:
    """What the walker does after taking its reference; ``line`` of mm/gup.c shows it."""

    recheck: Recheck
    line: int = 0


def walker(world: World, level: str) -> Walker:
    """How GUP-fast of this tree treats a ``pte`` or a ``pmd`` after it took a reference.

    YES if some function takes a reference and then reads the entry it came from again, to drop
    the reference if it changed; NO if lockless walkers take references and none does so; else
    UNKNOWN.
    """
    source = world.file(_FILE)
    return Walker(Recheck.UNKNOWN) if source is None else _walker(source, level)


@lru_cache(maxsize=8)
def _walker(source: SourceFile, level: str) -> Walker:
    without = 0
    for outline in source.top_level.functions:
        names = source.identifiers(outline.body_start, outline.body_end)
        if not any(_takes_reference(name) for name in names):
            continue
        facts = source.facts(source.function(outline))
        pins = facts.having("ref.get_unless_zero")
        if not pins:
            continue
        second = next(_second_looks(facts, level, pins[0].start_byte), 0)
        if second:
            return Walker(Recheck.YES, second)
        if any(op.start_byte < pins[0].start_byte for op in facts.having("pte.read_lockless")):
            without = without or pins[0].line
    return Walker(Recheck.NO, without) if without else Walker(Recheck.UNKNOWN)


def _takes_reference(name: str) -> bool:
    known = primitive(name)
    return known is not None and known.does("ref.get_unless_zero")


def _second_looks(facts: CodeFacts, level: str, after: int) -> Iterator[int]:
    """Lines after the reference was taken on which the entry is read through its pointer."""
    pointer = re.compile(rf"(?:\*\s*)?{level}p\b")
    dropped = [op.start_byte for op in facts.having("ref.put") if op.start_byte > after]
    for op in facts.operations:
        if op.start_byte <= after or op.via or not _READ.fullmatch(op.name):
            continue
        argument = op.arguments[0] if op.arguments else ""
        reads = pointer.fullmatch(argument) is not None and (
            op.name.endswith(("_get", "_lockless", "READ_ONCE")) or argument.startswith("*")
        )
        if reads and any(drop > op.start_byte for drop in dropped):
            yield op.line
