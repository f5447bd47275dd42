"""What a name that is gone probably means today."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from difflib import SequenceMatcher

_GOOD_ENOUGH = 0.72
_COMMON = 4000
"""Names that share a word; with more of them the word tells nothing."""
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


def _likeness(name: str, other: str) -> float:
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
    if 0.5 * overlap + 0.5 * matcher.quick_ratio() < _GOOD_ENOUGH:
        return 0.0
    return 0.5 * overlap + 0.5 * matcher.ratio()


def candidates(name: str, texts: Sequence[bytes]) -> list[str]:
    """Lines of ``texts`` (a name a line) that share the rarest words with ``name``, sorted.

    Words so common that half the kernel has them are only asked for beside a rarer one.
    """
    words = list(dict.fromkeys(w for w in parts(name) if len(w) > 2)) or [name.lower()]
    spellings = [(w, _SYNONYMS[w]) if w in _SYNONYMS else (w,) for w in words]
    counted = sorted(
        (sum(text.count(s.encode()) for text in texts for s in group), group) for group in spellings
    )
    rare = [group for count, group in counted[:2] if 0 < count <= _COMMON]
    found: set[str] = set()
    for word in sorted({s for group in rare for s in group}):
        for text in texts:
            found.update(_lines_with(text, word.encode(), name))
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
    scored = [(_likeness(name, other), other) for other in names]
    best = sorted((pair for pair in scored if pair[0] >= _GOOD_ENOUGH), key=lambda p: (-p[0], p[1]))
    return [other for _, other in best[:limit]]
