"""Reasons: sets of literals from which a fact about an execution follows."""

from __future__ import annotations

from collections.abc import Iterable

Reason = frozenset[int]
NOTHING: Reason = frozenset()


class TooComplexError(Exception):
    """No reason smaller than the whole execution is known."""


class Literals:
    """What the search knows about an execution, in literals true of it (0 for a certainty)."""

    def rf(self, source: int, reader: int) -> int:
        """The literal for (or against) the read taking its value from ``source``."""
        raise NotImplementedError

    def co(self, first: int, second: int) -> int:
        """The literal for ``first`` before ``second`` in coherence order."""
        raise NotImplementedError

    def executed(self, event: int) -> int:
        """The literal for the event's block being executed."""
        raise NotImplementedError

    def path(self, event: int) -> Reason:
        """Literals that fix the whole path of the event's thread."""
        raise NotImplementedError

    def paths(self) -> Reason:
        """Literals that fix the paths of all threads."""
        raise NotImplementedError


def join(reasons: Iterable[Reason]) -> Reason:
    """All of the reasons together."""
    total: set[int] = set()
    for reason in reasons:
        total |= reason
    return frozenset(total)
