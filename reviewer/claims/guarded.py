"""Regular expressions that are tried only where a word stands that each match of them holds."""

from __future__ import annotations

import re

from ahocorasick_rs import AhoCorasick

from reviewer.claims.literals import required_words

_MOST = 200
"""Words of one expression; a search for all of them together costs the same as for one."""


class Guarded:
    """A regular expression over lower-case text that is seldom met, and what it surely needs."""

    __slots__ = ("_regex", "_words", "words")

    def __init__(self, pattern: str, flags: re.RegexFlag = re.NOFLAG) -> None:
        """Raises ValueError if no word is known that each match holds."""
        self._regex = re.compile(pattern, flags)
        words = required_words(pattern, flags, most=_MOST)
        if not words:
            raise ValueError(f"no word is in every match of {pattern!r}")
        self.words = words
        """Each match holds one of them."""
        self._words = AhoCorasick(sorted(words))

    def search(self, text: str) -> re.Match[str] | None:
        """As ``re.Pattern.search``."""
        return self._regex.search(text) if self.may_match(text) else None

    def may_match(self, text: str) -> bool:
        """False if the expression surely matches nowhere in a text."""
        return bool(self._words.find_matches_as_indexes(text))
