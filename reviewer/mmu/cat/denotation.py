"""What cat expressions denote: nodes of the graph, functions, and sets that are not enumerated.

Sets that herd7 enumerates with ``with x from S`` are not enumerated here: a coherence order is a
node that the search fills in, and a cross product of single-edge candidates (the reads of a lock in
the kernel's lock.cat) is a node whose edge for each read the search chooses.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from reviewer.mmu.cat import syntax as cat
from reviewer.mmu.cat.nodes import Node


@dataclass(frozen=True, slots=True)
class Closure:
    """A function with the names it was defined among, itself too if it is ``recursive``.
    ``single``: one name for whole tuples."""

    params: tuple[str, ...]
    single: bool
    body: cat.Exp
    env: Env
    name: str
    recursive: bool = False


@dataclass(frozen=True, slots=True)
class Builtin:
    """A function of herd7 itself; ``apply`` takes the argument and the line of the call."""

    name: str
    apply: Callable[[Denotation, int], Denotation]


@dataclass(frozen=True, slots=True)
class Tuple:
    """Several values, ``(a, b)``."""

    items: tuple[Denotation, ...]


@dataclass(frozen=True, slots=True)
class Tag:
    """A ``'tag`` itself, not the set of its events."""

    name: str


@dataclass(frozen=True, slots=True)
class Map:
    """``map f s``: one value for each member of ``members``."""

    members: Node
    element: Node
    value: Denotation


@dataclass(frozen=True, slots=True)
class Pair:
    """The bound variable of a map over a relation: one edge of it."""

    of: Node


@dataclass(frozen=True, slots=True)
class Orders:
    """All total orders, location by location, of a set that extend a relation."""

    members: Node
    extends: Node


@dataclass(frozen=True, slots=True)
class Choices:
    """The cross product of a set of sets of single edges."""

    of: Map


Denotation = Node | Closure | Builtin | Tuple | Tag | Map | Pair | Orders | Choices
Env = dict[str, Denotation]
