"""Which patterns can match a sentence, without trying them."""

from __future__ import annotations

from collections.abc import Iterator

from ahocorasick_rs import AhoCorasick

from reviewer.claims.patterns import Compiled
from reviewer.claims.terms import Tagged


class Candidates:
    """Patterns by the sorts and words they need; sets of patterns are bit sets."""

    def __init__(self, compiled: tuple[Compiled, ...]) -> None:
        self._compiled = compiled
        self._by_sorts: dict[int, int] = {}
        words = sorted({word for one in compiled for word in one.words})
        self._words = AhoCorasick(words or ["\0"])
        self._having = [
            sum(1 << i for i, one in enumerate(compiled) if word in one.words) for word in words
        ]
        self._wordless = sum(1 << i for i, one in enumerate(compiled) if not one.words)

    def of(self, tagged: Tagged) -> Iterator[Compiled]:
        """Patterns whose sorts and words all occur; the others cannot match."""
        sorts = tagged.sorts
        able = self._by_sorts.get(sorts)
        if able is None:
            able = sum(
                1 << i
                for i, c in enumerate(self._compiled)
                if all(need & sorts for need in c.needs)
            )
            self._by_sorts[sorts] = able
        worded = self._wordless
        for word, _, _ in self._words.find_matches_as_indexes(tagged.text, overlapping=True):
            worded |= self._having[word]
        able &= worded
        while able:
            lowest = able & -able
            yield self._compiled[lowest.bit_length() - 1]
            able ^= lowest
