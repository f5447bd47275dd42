"""What a name that is gone probably means today."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from difflib import SequenceMatcher
from itertools import islice

_GOOD_ENOUGH = 0.72
_TYPO = 0.12
"""What a name loses that shares letters but no whole words."""
_COMMON = 3000
_COMMON_HITS = 4 * _COMMON
"""Names that share a word; with more of them the word tells nothing."""
_WORDS = 2
"""Telling words of a name that are looked for."""
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


def parts(name: str) -> list[str]:
    """The words of an identifier, lower case, leading underscores and case forms dropped."""
    return [p for p in re.split(r"_+|(?<=[a-z0-9])(?=[A-Z])", name.lower()) if p]


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


def candidates(name: str, texts: Sequence[bytes]) -> list[str]:
    """Lines of ``texts`` (a name a line) that share a telling word with ``name``, sorted.

    Long words are tried first, being rarer; a word that thousands of names have tells nothing.
    """
    words = sorted({w for w in parts(name) if len(w) > 2}, key=lambda w: (-len(w), w))
    found: set[str] = set()
    used = 0
    for word in words or [name.lower()]:
        spellings = [s.encode() for s in (word, _SYNONYMS.get(word, "")) if s]
        found_here = (one for s in spellings for t in texts for one in _lines_with(t, s, name))
        lines = set(islice(found_here, _COMMON_HITS))
        if 0 < len(lines) < _COMMON:
            found |= lines
            used += 1
        if used == _WORDS:
            break
    found.discard(name)
    return sorted(found)


def _lines_with(text: bytes, word: bytes, name: str) -> Iterator[str]:
    """Lines that hold ``word`` in lower or upper case, of a length near the name's."""
    for form in (word, word.upper()):
        at = text.find(form)
        while at >= 0:
            start, end = text.rfind(b"\n", 0, at) + 1, text.find(b"\n", at)
            end = len(text) if end < 0 else end
            if 2 * (end - start) <= 4 * len(name) and 2 * (end - start) >= len(name):
                yield text[start:end].decode()
            at = text.find(form, end)


def ranked(name: str, names: Iterable[str], limit: int) -> list[str]:
    """The likest of ``names``, best first; none that is merely vaguely alike."""
    scored = [(likeness(name, other), other) for other in names]
    best = sorted((pair for pair in scored if pair[0] >= _GOOD_ENOUGH), key=lambda p: (-p[0], p[1]))
    return [other for _, other in best[:limit]]
