"""Who is kept out by "prevent x from doing y" and "avoid x": somebody else, or only a deed."""

from __future__ import annotations

from collections.abc import Sequence

from reviewer.claims.grammar.clauses import KEEPERS
from reviewer.claims.grammar.words import BARE_LOCKS, Token, word_set

PARTIES = word_set(
    "path paths side worker workers thread threads callback callbacks handler handlers consumer"
    " consumers producer producers"
)
"""Who "synchronize with" speaks of, if not of a device or of data."""
_MEANS = KEEPERS | {"barrier"}
_COMERS = frozenset({"walker", "free", "event", "func", "flush"})
_DEED_FOLLOWS = frozenset({"from", "being", "to"})
_OF_LIFE = word_set(
    "freed reused recycled reclaimed unloaded migrated unmapped truncated evicted scheduled queued"
    " serviced changed handled"
)
"""What somebody else does to a thing that is in use."""


def kept_out(verb: str, object_: Sequence[Token]) -> bool:
    """True for "prevent x from being freed", "prevent lookups": something is kept from a deed.

    "Avoid isolating too much" and "exclude the line from balancing" keep nobody out.
    """
    words = {token.text for token in object_}
    deed = bool(words & {"being", "going"}) or any(t.sort in _COMERS for t in object_)
    deed |= "from" in words and verb.startswith("prevent")
    return deed and (verb.startswith(("prevent", "exclud")) or bool(words & {"being", "going"}))


def by_somebody(means: Token | None, object_: Sequence[Token]) -> bool:
    """True if what is kept from a deed is kept from it by a lock or the like, or is another doer.

    "Prevent the CPU from entering deep idle" and "prevents a page fault" are of one doer. Of 22
    without a lock or a word of concurrency 6 were claims; of 48 that are no longer read in 9,000
    files of 6.12 12 were, and 7 of these are read again, by who they name.
    """
    if means is not None and (means.sort in _MEANS or means.text in BARE_LOCKS):
        return True
    head = next((n for n, t in enumerate(object_) if t.text in _DEED_FOLLOWS), len(object_))
    being = "being" in {token.text for token in object_}
    doers = any(t.sort == "func" or (being and t.sort == "name") for t in object_[:head])
    handler = bool({word for t in object_[:head] for word in t.word.split()} & PARTIES)
    return (
        doers
        or handler
        or any(token.sort == "free" or token.text in _OF_LIFE or _walks(token) for token in object_)
    )


def _walks(token: Token) -> bool:
    """True for who walks page tables of others; a page fault is mostly one's own."""
    return token.term is not None and token.sort == "walker" and token.term.concept != "page-fault"
