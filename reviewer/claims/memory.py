"""What a comment said before: terms for "which" and "the check", and lists under a lock."""

from __future__ import annotations

import re
from collections.abc import Iterator
from itertools import islice

from reviewer.claims.folding import Folded, Lines, known_term
from reviewer.claims.model import Claim, Kind, Modality, Role, Term
from reviewer.claims.patterns import sort_class
from reviewer.claims.sentences import Sentence
from reviewer.claims.terms import MAX_TERMS, Tagged
from reviewer.source.model import CommentBlock

_HEAD = re.compile(
    rf"(?:the )?(?P<lock>{sort_class('lock')}+)(?: is used to)? (?:protects?|guards?|covers?)"
    r"(?: the following)?(?: fields| members)?:\Z"
)
_MAX_ITEM = 60


class Heads:
    """Lists under a lock: ``foo_lock protects:`` and the items that follow."""

    def __init__(self) -> None:
        self._lock: Term | None = None
        self._paragraph = -1

    @property
    def open(self) -> bool:
        """True while items may follow."""
        return self._lock is not None

    def read(
        self,
        comment: CommentBlock,
        sentence: Sentence,
        folded: Folded,
        tagged: Tagged,
        lines: Lines,
    ) -> list[Claim]:
        """The claim of one item of such a list; none for any other sentence."""
        head = _HEAD.match(tagged.text)
        if head:
            self._lock = known_term(tagged.term(head["lock"][-1]), folded)
            self._paragraph = sentence.paragraph
            return []
        if self._lock is None or sentence.snippet or len(folded.text) > _MAX_ITEM:
            return []
        if sentence.paragraph > self._paragraph + 1 or not sentence.item:
            self._lock = None
            return []
        term = tagged.terms[0] if tagged.terms and len(tagged.terms) == 1 else None
        alone = term is not None and term.end - term.start == len(folded.text.rstrip("."))
        start, end = sentence.start, sentence.end
        return [
            Claim(
                kind=Kind.PROTECTED,
                said_subject=known_term(term, folded)
                if term is not None and alone
                else Term("data", folded.text.rstrip(".")),
                object=self._lock,
                modality=Modality.ASSERTED,
                role=Role.PLAIN,
                start=start,
                end=end,
                line=lines.line(start),
                end_line=lines.line(end - 1),
                quote=comment.text[start:end],
                pattern="list-under-lock",
                comment=comment,
            )
        ]


class Before:
    """Terms met so far in a comment, for words like "which" and "the check"."""

    def __init__(self) -> None:
        self._told: list[tuple[Tagged, Folded]] = []

    def add(self, tagged: Tagged, folded: Folded) -> None:
        """Remember the terms of a sentence that has been read."""
        if tagged.terms:
            self._told.append((tagged, folded))

    def _terms(self) -> Iterator[tuple[str, Term]]:
        """The terms met so far, the last ones first."""
        latest = (
            (found.sort, known_term(found, folded))
            for tagged, folded in reversed(self._told)
            for found in reversed(tagged.terms)
        )
        return islice(latest, MAX_TERMS)

    def nearest(self, sorts: str, position: int, tagged: Tagged, folded: Folded) -> Term | None:
        """The last term of ``@sort|sort`` before a position of the tagged sentence."""
        wanted = sorts.removeprefix("@").split("|")
        for char in reversed(tagged.text[:position]):
            if "\ue000" <= char <= "\uf8ff":
                found = tagged.term(char)
                if found.sort in wanted:
                    return known_term(found, folded)
        return next((term for sort, term in self._terms() if sort in wanted), None)

    def refine(self, concept: str) -> str:
        """``check`` becomes ``check.refcount-mapcount`` where the comment compares the two."""
        if concept != "check":
            return concept
        counts = {term.concept for sort, term in self._terms() if sort == "count"}
        known = [count for count in ("refcount", "mapcount") if count in counts]
        return "-".join(["check." + known[0], *known[1:]]) if known else concept
