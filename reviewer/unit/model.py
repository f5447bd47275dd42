"""What one file's content says by itself, whatever tree it lies in."""

from __future__ import annotations

from dataclasses import dataclass
from enum import IntFlag

from reviewer.tree.model import NameKind
from reviewer.tree.pasting import Shape


class Role(IntFlag):
    """What a name is in a file, as far as the store keeps it beside the name."""

    CODE = 1
    DEFINED = 2
    STRING = 4
    COMMENT = 8
    """A comment has it as ``name()`` or, with an underscore, bare; or as the name of a file."""
    CALLED = 16
    """Called, or defined as something that can be: function, prototype, macro, typedef."""
    LISTED = 32
    """Defined, and one of the unit's ``definitions``: a ``partial`` unit lacks some."""


@dataclass(frozen=True, slots=True)
class Defined:
    """One definition: ``line`` and ``end`` (of a function's body, else the same) are 1-based.

    ``owner`` is the tag of the outermost struct, union or enum that a member stands in, or ''.
    ``static`` is true of a function or variable that only this file, or who includes it, can see.
    """

    name: str
    kind: NameKind
    line: int
    end: int
    owner: str = ""
    static: bool = False


@dataclass(frozen=True, slots=True)
class Unit:
    """A compiled file: a pure function of its bytes and its dialect.

    ``roles`` has every name that stands in code, in a string literal (with an underscore), or in
    a comment. ``partial`` is true where the definitions are too many to be kept (register headers):
    then ``definitions`` lacks macros and enumerators, and ``roles`` still has them.
    """

    roles: dict[bytes, int]
    definitions: tuple[Defined, ...]
    shapes: frozenset[Shape]
    partial: bool = False
