"""The words that defined names are made of: which names have one, and how often units define such.

Both lists are whole, whatever a segment holds: how common a word is in a tree is the sum over the
units that the tree has, so that it is the same beside whatever other trees.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Sequence

from reviewer.tree.words import parts
from reviewer.unit.hashing import name_hash
from reviewer.unit.table import Row, distinct, table_bytes

COUNT_BITS = 8
_EXACT, _STEP = 128, 32
"""Names with a word are counted one by one up to a number, and in steps above it: 4,192 at most."""


def places_of_words(ordered: Sequence[str], level: int) -> bytes:
    """Each word with the places of the names that have it."""
    words: defaultdict[str, list[int]] = defaultdict(list)
    for number, name in enumerate(ordered):
        for word in set(parts(name)):
            words[word].append(number)
    return table_bytes(distinct(_hashed(words)), level)


def counts_of_words(units: Iterable[Iterable[str]], level: int) -> bytes:
    """Each word with the units that define names which have it, and how many they define.

    A unit is given by the names that it defines, each once; see ``unit_in`` and ``count_in``.
    """
    words: defaultdict[str, list[int]] = defaultdict(list)
    for number, names in enumerate(units):
        found = Counter(word for name in names for word in set(parts(name)))
        for word, count in found.items():
            words[word].append(number << COUNT_BITS | _coded(count))
    return table_bytes(distinct(_hashed(words)), level)


def _coded(count: int) -> int:
    if count <= _EXACT:
        return count
    return min(_EXACT + (count - _EXACT) // _STEP, (1 << COUNT_BITS) - 1)


def unit_in(entry: int) -> int:
    """The unit of an entry."""
    return entry >> COUNT_BITS


def count_in(entry: int) -> int:
    """How many names with the word that unit defines, about."""
    coded = entry & ((1 << COUNT_BITS) - 1)
    return coded if coded <= _EXACT else _EXACT + (coded - _EXACT) * _STEP


def _hashed(words: dict[str, list[int]]) -> Iterator[Row]:
    yield from sorted((name_hash(word.encode()), values) for word, values in words.items())
