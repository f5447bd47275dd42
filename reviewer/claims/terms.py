"""The terms of a sentence, and the sentence with each term as one character."""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Sequence
from dataclasses import dataclass

from reviewer.claims.patterns import BLOCK, BLOCK_SIZE

MAX_TERMS = 200
"""Terms read in one sentence; what follows stays plain words."""


@dataclass(frozen=True, slots=True)
class Found:
    """A term at ``text[start:end]`` of a folded sentence."""

    start: int
    end: int
    concept: str
    sort: str
    name: str = ""
    call: bool = False
    """True if written as a call, ``foo()``."""


class Places:
    """Where each character of a tagged sentence starts, or ends, in the folded one.

    Kept as runs, of plain characters and of one term in turn, since few places are asked for.
    """

    __slots__ = ("_ends", "_new", "_old", "_width")

    def __init__(
        self, new: Sequence[int], old: Sequence[int], width: Sequence[int], *, ends: bool
    ) -> None:
        self._new = new
        self._old = old
        self._width = width
        self._ends = ends

    def __getitem__(self, index: int) -> int:
        run = bisect_right(self._new, index) - 1
        if self._width[run]:
            return self._old[run] + (self._width[run] if self._ends else 0)
        return self._old[run] + index - self._new[run] + self._ends

    def before(self, place: int) -> int:
        """The last character that starts at or before a place of the folded sentence."""
        run = max(bisect_right(self._old, place) - 1, 0)
        return self._new[run] if self._width[run] else self._new[run] + place - self._old[run]


@dataclass(frozen=True, slots=True)
class Tagged:
    """``text`` has one character a term; ``at[i]`` is where ``text[i]`` starts in the folded
    sentence and ``until[i]`` where it ends; ``sorts`` is the bit set of sorts present;
    ``tokens`` are the C names."""

    text: str
    at: Places
    until: Places
    terms: tuple[Found, ...]
    sorts: int
    tokens: tuple[re.Match[str], ...]

    def term(self, char: str) -> Found:
        """The term a character stands for."""
        return self.terms[(ord(char) - BLOCK) % BLOCK_SIZE]
