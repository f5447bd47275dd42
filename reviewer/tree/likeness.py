"""What a name that is gone probably means today."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from difflib import SequenceMatcher
from string import ascii_lowercase, ascii_uppercase

from reviewer.tree.words import parts

_GOOD_ENOUGH = 0.72
_TYPO = 0.12
"""What a name loses that shares letters but no whole words."""
_LETTERS_OF_A_SLIP = 7
"""A shorter name is one letter away from too many others."""
_LETTERS_OF_A_WORD = 5
"""As short a name may be a slip of the one thing that its comment stands on."""
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


class Likeness:
    """How like other identifiers are to one; what the one needs is worked out once."""

    def __init__(self, name: str) -> None:
        self._name = name
        self._parts = parts(name)
        self._exchanged = [_SYNONYMS.get(part, part) for part in self._parts]
        self._words = set(self._exchanged)
        self._count = len(set(self._parts))
        self._matcher = SequenceMatcher(None, "", name, autojunk=False)

    def to(self, other: str) -> float:
        """From 0 (not worth a suggestion) to 0.99."""
        theirs = parts(other)
        if self._parts == theirs:
            return 0.99
        exchanged = [_SYNONYMS.get(part, part) for part in theirs]
        if self._exchanged == exchanged:
            return 0.97
        shared = len(self._words.intersection(exchanged))
        if not shared:
            return 0.0
        overlap = shared / max(self._count, len(set(theirs)), 1)
        # How alike the letters must be; what the lengths or the bare letters rule out is no match.
        needed = min(2 * _GOOD_ENOUGH - overlap, _GOOD_ENOUGH + _TYPO)
        matcher = self._matcher
        matcher.set_seq1(other)
        if matcher.real_quick_ratio() < needed or matcher.quick_ratio() < needed:
            return 0.0
        letters = matcher.ratio()
        found = max(0.5 * overlap + 0.5 * letters, letters - _TYPO)
        return found if found >= _GOOD_ENOUGH else 0.0


def likeness(name: str, other: str) -> float:
    """How like two identifiers are, from 0 (not worth a suggestion) to 0.99."""
    return Likeness(name).to(other)


def synonymous(one: str, other: str) -> bool:
    """True if the kernel's large renames made one word of the other, or they are the same."""
    return _SYNONYMS.get(one, one) == _SYNONYMS.get(other, other)


def alternatives(word: str) -> tuple[str, ...]:
    """A word and what the kernel's large renames made of it."""
    return (word, _SYNONYMS[word]) if word in _SYNONYMS else (word,)


def ranked(name: str, names: Iterable[str]) -> list[str]:
    """The ``names`` that are like ``name``, best first; none that is merely vaguely alike."""
    like = Likeness(name)
    scored = sorted((-score, other) for other in names if (score := like.to(other)))
    return [other for _, other in scored]


def corrections(name: str) -> Iterator[str]:
    """All forms with two neighbouring letters exchanged, or with a letter more, in the middle.

    Numbers and endings are no letters: ``foo_1``, ``foo_pages``. None for a short name.
    """
    if len(name) < _LETTERS_OF_A_SLIP:
        return
    for at in range(1, len(name) - 1):
        if name[at].isalpha() and name[at + 1].isalpha() and name[at] != name[at + 1]:
            yield name[:at] + name[at + 1] + name[at] + name[at + 2 :]
    letters = ascii_uppercase if name.isupper() else ascii_lowercase
    for at in range(1, len(name)):
        before, after = name[:at], name[at:]
        for letter in letters:
            yield before + letter + after


def is_one_slip(name: str, other: str) -> bool:
    """True if a letter inside of one was left out, doubled, mistyped or exchanged with the next.

    Numbers and what is before the first or behind the last letter tell names apart.
    """
    if min(len(name), len(other)) < _LETTERS_OF_A_WORD or name == other:
        return False
    if name[0] != other[0] or name[-1] != other[-1]:
        return False
    front = next((at for at in range(len(name)) if name[at] != other[at : at + 1]), len(name))
    longest = min(len(name), len(other)) - front
    back = next((at for at in range(longest) if name[-1 - at] != other[-1 - at]), longest)
    mine, theirs = name[front : len(name) - back], other[front : len(other) - back]
    if not (mine + theirs).isalpha():
        return False
    return max(len(mine), len(theirs)) == 1 or (len(mine) == 2 and mine == theirs[::-1])


def halves(name: str) -> tuple[str, str]:
    """Beginning and end of a name, of which any of its ``corrections`` keeps one, marked."""
    size = (len(name) - 1) // 2
    return "<" + name[:size], ">" + name[-size:]


def halves_of_slips(name: str) -> set[str]:
    """The ``halves`` of every name that ``name`` corrects, as far as it keeps them."""
    sizes = {(len(name) - 1) // 2, max(1, (len(name) - 2) // 2)}
    return {half for size in sizes for half in ("<" + name[:size], ">" + name[-size:])}
