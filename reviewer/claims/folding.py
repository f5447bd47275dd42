"""Text with white space folded and case dropped, and the way back to the comment."""

from __future__ import annotations

import re
from bisect import bisect_right

from reviewer.claims.model import Term
from reviewer.claims.sentences import Sentence
from reviewer.claims.terms import Found
from reviewer.source.model import CommentBlock

_PRIVATE = re.compile("[\ue000-\uf8ff]")
_GAP = re.compile(r"[^\S ]\s*| \s+")
"""White space that is more or other than one space."""
_QUOTED = re.compile(r"(?<![\w'])(['\"`])((?:spin)?lock)\1(?!\w)", re.IGNORECASE)
"""A lock by its bare name in quotation marks."""
_UPPER = {code: code + 32 for code in range(ord("A"), ord("Z") + 1)}


def lower_case(text: str) -> str:
    """ASCII lower case of the same length, private-use characters made harmless."""
    if text.isascii():
        return text.lower()
    return _PRIVATE.sub("?", text).translate(_UPPER)


class Folded:
    """A sentence with every run of white space as one space, and the way back."""

    __slots__ = ("_new", "_old", "base", "lower", "text")

    def __init__(self, text: str, sentence: Sentence) -> None:
        whole = text[sentence.start : sentence.end]
        if "``" in whole:
            whole = whole.replace("``", "  ")  # a literal of kernel-doc: ``foo_lock``
        if "lock'" in whole or 'lock"' in whole or "lock`" in whole:
            whole = _QUOTED.sub(r" \2 ", whole)
        raw = whole.strip()
        self.base = sentence.start + (whole.find(raw[0]) if raw else 0)
        if not raw.isascii():
            raw = _PRIVATE.sub("?", raw)
        self._new = [0]
        self._old = [0]
        dropped = 0
        for gap in _GAP.finditer(raw):
            dropped += gap.end() - gap.start() - 1
            self._new.append(gap.end() - dropped)
            self._old.append(gap.end())
        self.text = " ".join(raw.split()) if len(self._new) > 1 else raw
        self.lower = lower_case(self.text)

    def words(self, term: Found) -> str:
        """The words of a term."""
        return self.text[term.start : term.end]

    def start_of(self, position: int) -> int:
        """Where the folded character is in the comment's text."""
        index = bisect_right(self._new, position) - 1
        return self.base + self._old[index] + position - self._new[index]

    def end_of(self, position: int) -> int:
        """Where a span that ends before the folded ``position`` ends in the comment's text."""
        return self.start_of(position - 1) + 1


class Lines:
    """Lines of the file for positions of a comment's text."""

    def __init__(self, comment: CommentBlock) -> None:
        self._first = comment.text_line or comment.start_line
        self._last = comment.end_line
        self._text = comment.text
        self._breaks: list[int] | None = None

    def line(self, position: int) -> int:
        """The line of the file, 1-based."""
        if self._breaks is None:  # most comments give no claim, and no line is asked for
            self._breaks = [m.start() for m in re.finditer("\n", self._text)]
        return min(self._first + bisect_right(self._breaks, position - 1), self._last)


def known_term(found: Found, folded: Folded) -> Term:
    return Term(found.concept, folded.words(found), found.name)
