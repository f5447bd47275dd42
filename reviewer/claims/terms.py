"""The terms of a sentence, and the sentence with each term as one character."""

from __future__ import annotations

import re
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


@dataclass(frozen=True, slots=True)
class Tagged:
    """``text`` has one character a term; ``at[i]`` is where ``text[i]`` starts in the folded
    sentence and ``until[i]`` where it ends; ``sorts`` is the bit set of sorts present;
    ``tokens`` are the C names."""

    text: str
    at: tuple[int, ...]
    until: tuple[int, ...]
    terms: tuple[Found, ...]
    sorts: int
    tokens: tuple[re.Match[str], ...]

    def term(self, char: str) -> Found:
        """The term a character stands for."""
        return self.terms[(ord(char) - BLOCK) % BLOCK_SIZE]
