"""What the comments at the other side of a pair say of their own partners."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from enum import Enum

from reviewer.judging.barriers import Order, order_of
from reviewer.judging.bodies import Body, Call, calls
from reviewer.judging.pairing import Partner, Place, pairings

_NEAR = 4
"""Lines between the end of a comment and the barrier it is about, at most."""


class Back(Enum):
    """Whether the other side of a pair points back."""

    NAMED = "its comment names this side"
    SILENT = "no comment there names a partner"
    ELSEWHERE = "its comment names only other places"


@dataclass(frozen=True, slots=True)
class Saying:
    """A comment of a body that names partners, and the barrier it stands at, if there is one."""

    line: int
    end_line: int
    partners: tuple[Partner, ...]

    @property
    def places(self) -> tuple[Place, ...]:
        """The functions it names."""
        return tuple(place for one in self.partners for place in one.places if place.name)


def sayings(body: Body) -> Iterator[Saying]:
    """The comments inside a body that name the partners of a barrier."""
    for comment in body.source.comments_in(body.start, body.end):
        found = pairings(comment.text)
        if found:
            yield Saying(comment.start_line, comment.end_line, found)


def sites(body: Body, want: Order) -> tuple[Call, ...]:
    """Operations of a body itself that give one of the things wanted, locks left out."""
    return tuple(
        call
        for call in calls(body)
        if (order := order_of(call.name)) is not None and order & want and Order.LOCK not in order
    )


def spoken_for(body: Body, call: Call) -> Saying | None:
    """The pairing comment that stands at an operation: just above it or on its line."""
    near = [one for one in sayings(body) if one.line <= call.line <= one.end_line + _NEAR]
    return near[-1] if near else None
