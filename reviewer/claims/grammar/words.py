"""The words of the grammar, and a sentence as a list of them."""

from __future__ import annotations

import re
from dataclasses import dataclass

from reviewer.claims.terms import Found, Tagged

_TOKEN = re.compile(r"[\ue000-\uf8ff]|[a-z0-9_@%*][\w'*-]*|\S")
MAX_TOKENS = 160
"""Tokens of one sentence that are parsed: six times the longest that states a duty."""


@dataclass(frozen=True, slots=True)
class Token:
    """A word, a sign or a term at ``tagged.text[start:end]``; ``text`` is '' for a term.

    ``word`` is what could be a verb: the text, or the one word that a term was read from.
    """

    text: str
    start: int
    end: int
    term: Found | None = None
    word: str = ""

    @property
    def sort(self) -> str:
        return self.term.sort if self.term else ""


def tokens_of(tagged: Tagged, lower: str) -> list[Token]:
    """The tokens of a sentence, at most ``MAX_TOKENS``; ``lower`` is it folded, in lower case."""
    out: list[Token] = []
    for match in _TOKEN.finditer(tagged.text):
        if len(out) == MAX_TOKENS:
            break
        if "\ue000" <= match[0] <= "\uf8ff":
            term = tagged.term(match[0])
            out.append(Token("", *match.span(), term, lower[term.start : term.end]))
        else:
            out.append(Token(match[0], *match.span(), None, match[0]))
    return out


def _set(words: str) -> frozenset[str]:
    return frozenset(words.split())


MUST = _set("must should shall needs need has have ought required expected supposed")
MAY = _set("may can might could")
WILL = _set("will would")
NOT = _set("not never n't cannot can't don't doesn't won't shouldn't mustn't isn't aren't needn't")
BE = _set("be is are was were been being gets get")
DO = _set("do does did don't doesn't")
ADVERB = _set(
    "always only also already currently therefore thus still actually safely generally normally "
    "usually typically just either ever now then both here itself themselves explicitly properly "
    "all directly later eventually possibly first"
)
DETERMINER = _set(
    "the a an any this that these those both either its their our his your some all each every "
    "one of at least per-cpu appropriate relevant corresponding necessary proper right same "
    "caller's device's associated current parent parent's exclusive shared full local global "
    "respective correct big spin another other outer inner main whole such as own two"
)
HELD = _set(
    "held hold locked taken acquired owned grabbed read-locked write-locked down active "
    "read_locked disabled enabled"
)
BARE_LOCKS = dict.fromkeys(
    [
        "lock",
        "locks",
        "locking",
        "mutex",
        "mutexes",
        "spinlock",
        "spinlocks",
        "semaphore",
        "semaphores",
        "spin_lock",
        "lockings",
    ],
    "lock",
)
BARE_LOCKS |= dict.fromkeys(
    [
        "synchronization",
        "synchronisation",
        "serialization",
        "serialisation",
        "synchronizations",
        "refcounting",
        "exclusion",
        "synchronizing",
    ],
    "synchronization",
)
STOP = frozenset(";:()") | _set("-- - because since so but although though whereas while which")
