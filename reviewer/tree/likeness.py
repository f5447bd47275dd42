"""What a name that is gone probably means today."""

from __future__ import annotations

from collections.abc import Iterable
from difflib import SequenceMatcher

from reviewer.tree.words import parts

_GOOD_ENOUGH = 0.72
_TYPO = 0.12
"""What a name loses that shares letters but no whole words."""
_SYNONYMS = {
    "page": "folio",
    "pages": "folios",
    "sem": "lock",
    "mutex": "lock",
    "timeval": "timespec",
    "kthread": "thread",
    "fast": "gup",
}
"""Words that the kernel's large renames exchanged; only used to rank suggestions."""


def likeness(name: str, other: str) -> float:
    """How like two identifiers are, from 0 (not worth a suggestion) to 0.99."""
    ours, theirs = parts(name), parts(other)
    if ours == theirs:
        return 0.99
    exchanged = [_SYNONYMS.get(part, part) for part in ours]
    if exchanged == [_SYNONYMS.get(part, part) for part in theirs]:
        return 0.97
    shared = len(set(exchanged) & {_SYNONYMS.get(part, part) for part in theirs})
    if not shared:
        return 0.0
    overlap = shared / max(len(set(ours)), len(set(theirs)), 1)
    matcher = SequenceMatcher(None, name, other, autojunk=False)
    best = matcher.quick_ratio()
    if max(0.5 * overlap + 0.5 * best, best - _TYPO) < _GOOD_ENOUGH:
        return 0.0
    letters = matcher.ratio()
    return max(0.5 * overlap + 0.5 * letters, letters - _TYPO)


def alternatives(word: str) -> tuple[str, ...]:
    """A word and what the kernel's large renames made of it."""
    return (word, _SYNONYMS[word]) if word in _SYNONYMS else (word,)


def ranked(name: str, names: Iterable[str], limit: int) -> list[str]:
    """The likest of ``names``, best first; none that is merely vaguely alike."""
    scored = [(likeness(name, other), other) for other in names]
    best = sorted((pair for pair in scored if pair[0] >= _GOOD_ENOUGH), key=lambda p: (-p[0], p[1]))
    return [other for _, other in best[:limit]]
