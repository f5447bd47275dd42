"""A statement: a frame that was met, with what it says of what."""

from __future__ import annotations

from dataclasses import dataclass

from reviewer.claims.grammar.frames import Frame
from reviewer.claims.grammar.lists import Item
from reviewer.claims.grammar.verbs import Verb
from reviewer.claims.model import Kind


@dataclass(frozen=True, slots=True)
class Statement:
    """A frame that was met: tokens ``[start:end]``; ``actor`` is caller, we, code, other or ''."""

    frame: Frame
    kind: Kind
    start: int
    end: int
    actor: str
    must: bool
    subject: tuple[int, int]
    """Tokens of the grammatical subject."""
    items: tuple[Item, ...] = ()
    choice: bool = False
    plain: tuple[int, int] = (0, 0)
    denied: Item | None = None
    """What of a list of locks is said not to be held."""


def kind_of(
    frame: Frame, verb: Verb, *, negated: bool, flipped: bool, only: bool = False
) -> Kind | None:
    """The kind of claim; "can be called without X" asks for nothing rather than forbids X."""
    if negated and flipped:
        return frame.kind
    if negated and frame.verb == "assume":
        return Kind.NEEDS_NONE
    if not (negated or flipped):
        lets = verb.modal == "may" and frame.kind is Kind.REQUIRES and not only
        return None if lets else frame.kind
    if (
        (flipped and verb.modal == "may") or verb.modal == "need"
    ) and frame.negated is Kind.FORBIDS:
        return Kind.NEEDS_NONE
    return frame.negated
