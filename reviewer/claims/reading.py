"""What was read from a comment, and what was seen but not understood."""

from __future__ import annotations

from dataclasses import dataclass, field

from reviewer.claims.model import Claim, Modality
from reviewer.source.model import CommentBlock

_TOLD = frozenset({Modality.PAST, Modality.HYPOTHETICAL, Modality.QUESTION, Modality.QUOTED})


@dataclass(frozen=True, slots=True)
class Unread:
    """A sentence about synchronization that gave no claim."""

    start: int
    end: int
    line: int
    quote: str
    concepts: tuple[str, ...]
    comment: CommentBlock = field(repr=False)
    modality: Modality = Modality.ASSERTED
    end_line: int = 0

    @property
    def told(self) -> bool:
        """True for history, hypothesis, question and quotation: nothing that could be stale."""
        return self.modality in _TOLD


@dataclass(frozen=True, slots=True)
class Reading:
    """What was read from a comment, and what was seen but not understood."""

    claims: tuple[Claim, ...]
    unread: tuple[Unread, ...]
    stated: int = 0
    """Sentences that gave a claim other than a mention of a name."""
