"""Steps as people write them down: ``write_low (present)``, ``wmb()``, ``x->high = h;``."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from enum import StrEnum


class Do(StrEnum):
    """What a step does."""

    READ = "read"
    WRITE = "write"
    BARRIER = "barrier"


@dataclass(frozen=True, slots=True)
class Step:
    """One step. ``place`` is what it reads or writes, or the barrier; ``value`` as it is called."""

    do: Do
    place: str
    value: str
    line: int


@dataclass(frozen=True, slots=True)
class Listing:
    """Steps one below the other; ``first`` and ``last`` are lines of the text."""

    steps: tuple[Step, ...]

    @property
    def first(self) -> int:
        """Line of the first step."""
        return self.steps[0].line

    @property
    def last(self) -> int:
        """Line of the last step."""
        return self.steps[-1].line

    @property
    def places(self) -> frozenset[str]:
        """What it reads or writes."""
        return frozenset(one.place for one in self.steps if one.do is not Do.BARRIER)

    @property
    def writes(self) -> bool:
        """True if it writes and reads nothing."""
        return {one.do for one in self.steps} <= {Do.WRITE, Do.BARRIER}

    @property
    def reads(self) -> bool:
        """True if it reads and writes nothing."""
        return {one.do for one in self.steps} <= {Do.READ, Do.BARRIER}


@dataclass(frozen=True, slots=True)
class Argument:
    """Lists of writes, done one after another, against one list of reads of the same places."""

    writers: tuple[Listing, ...]
    reader: Listing

    @property
    def places(self) -> tuple[str, ...]:
        """What is read, in the order of its first reading."""
        return tuple(dict.fromkeys(one.place for one in self.reader.steps if one.do is Do.READ))

    @property
    def last(self) -> int:
        """Line of its last step."""
        return max(one.last for one in (*self.writers, self.reader))


_BARRIERS = {"mb": "smp_mb", "rmb": "smp_rmb", "wmb": "smp_wmb"}
_BARRIER = re.compile(r"(?:smp_)?(mb|rmb|wmb)\s*\(\s*\)\s*;?")
_WORDS = re.compile(
    r"(?P<do>write|store|set|read|load|get)[_ ]+(?P<place>[a-z]\w*)"
    r"(?:\s*\(\s*(?P<value>[\w /-]*)\s*\))?\s*;?",
    re.IGNORECASE,
)
_SHARED = r"\*?\s*(?:\w+(?:->|\.))*\w+->(?P<place>\w+)"
_STORE = re.compile(_SHARED + r"\s*=\s*(?P<value>[\w ]+?)\s*;?")
_ONCE = re.compile(r"WRITE_ONCE\(\s*" + _SHARED + r"\s*,\s*(?P<value>[\w ]+?)\s*\)\s*;?")
_LOAD = re.compile(r"[\w .>*-]+?=\s*(?:READ_ONCE\()?\s*" + _SHARED + r"\s*\)?\s*;?")
_AGAIN = re.compile(r"[{}\s]*while\s*\(.*?" + _SHARED + r"\s*\)*\s*;?")
_NO_STEP = re.compile(r"\s*(?:do\s*\{|\{|\}|/\*.*\*/)?\s*")
_READS = frozenset(("read", "load", "get"))
_LONGEST = 200


def listings(lines: Sequence[tuple[int, str]]) -> tuple[Listing, ...]:
    """The lists in numbered lines of a text, of two accesses or more. Time is linear.

    What stands between the steps of a list is nothing, a brace or a comment.
    """
    found: list[Listing] = []
    steps: list[Step] = []

    def close() -> None:
        if sum(one.do is not Do.BARRIER for one in steps) > 1:
            found.append(Listing(tuple(steps)))
        steps.clear()

    previous = 0
    for number, line in lines:
        step = _step(number, line.strip()) if len(line) <= _LONGEST else None
        if steps and number != previous + 1:
            close()
        previous = number
        if step is not None:
            steps.append(step)
        elif len(line) > _LONGEST or not _NO_STEP.fullmatch(line) or not line.strip():
            close()
    close()
    return tuple(found)


def _step(number: int, text: str) -> Step | None:
    if match := _BARRIER.fullmatch(text):
        return Step(Do.BARRIER, _BARRIERS[match[1]], "", number)
    if match := _WORDS.fullmatch(text):
        do = Do.READ if match["do"].lower() in _READS else Do.WRITE
        return Step(do, match["place"], (match["value"] or "").strip(), number)
    if match := _STORE.fullmatch(text) or _ONCE.fullmatch(text):
        return Step(Do.WRITE, match["place"], match["value"].strip(), number)
    if match := _LOAD.fullmatch(text) or _AGAIN.fullmatch(text):
        return Step(Do.READ, match["place"], "", number)
    return None


_LISTS_AT_MOST = 50
_PLACES_AT_MOST = 3
_STEPS_AT_MOST = 24
"""Larger arguments are not asked about: their table could not be read either."""


def arguments(found: Iterable[Listing]) -> tuple[Argument, ...]:
    """Each list of reads with the lists of writes that write just what it reads, if any."""
    every = list(found)[:_LISTS_AT_MOST]
    made = []
    for reader in (one for one in every if one.reads and 1 < len(one.places) <= _PLACES_AT_MOST):
        writers = tuple(one for one in every if one.writes and one.places <= reader.places)
        written = frozenset(place for one in writers for place in one.places)
        steps = sum(len(one.steps) for one in (*writers, reader))
        if writers and written == reader.places and steps <= _STEPS_AT_MOST:
            made.append(Argument(writers, reader))
    return tuple(made)
