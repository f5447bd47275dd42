"""What is followed through a function: marks, the points that change them, and the step."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import TypeAlias

Mark: TypeAlias = tuple[str, int]
State: TypeAlias = frozenset[Mark]
Step: TypeAlias = Callable[[Mark, "Point"], Iterable[Mark]]

NOWHERE: State = frozenset()
"""The state where control never comes."""


@dataclass(frozen=True, slots=True)
class Point:
    """An operation at an offset of the file. ``number`` is its place among all in effect order."""

    at: int
    number: int
    what: str
    arms: tuple[int, ...] = ()
    maybe: bool = False
    """True if it may be passed without effect, whatever branches are around it."""
    closes: bool = False
    """True for what a guard undoes at the end of the scope that ends at ``at``."""
    assigns: bool = False
    """True for a change of a variable, which comes behind the operations of its statement."""
