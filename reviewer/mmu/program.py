"""Small concurrent programs: what the simulator runs, however they were written.

A litmus file is parsed into these classes, and code under review can be sliced into them; each
statement keeps the source line it came from, so that a witness can show the reader's own code.
Values are ints or addresses of named locations (``Addr``).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import NamedTuple


class Addr(NamedTuple):
    """The address of a location: a variable, or an element of an array (-1 if it is none)."""

    base: str
    element: int = -1

    def __str__(self) -> str:
        return self.base if self.element < 0 else f"{self.base}[{self.element}]"


Value = int | Addr


@dataclass(frozen=True, slots=True)
class Source:
    """Where a statement was written: path, 1-based line, and its text on one line."""

    path: str
    line: int
    text: str


@dataclass(frozen=True, slots=True)
class Const:
    """A literal value."""

    value: Value


@dataclass(frozen=True, slots=True)
class Reg:
    """The value of a thread's register (local variable)."""

    name: str


@dataclass(frozen=True, slots=True)
class Op:
    """A pure operation on values: ``+ - * / % & | ^ &~ << >> == != < <= > >= ! neg ~``."""

    op: str
    args: tuple[Expr, ...]


Expr = Const | Reg | Op


@dataclass(frozen=True, slots=True)
class Assign:
    """``reg = expr``, no memory event."""

    reg: str
    expr: Expr
    source: Source


@dataclass(frozen=True, slots=True)
class Load:
    """``reg = *addr`` as one read event; no tags: a plain access. ``size``: its bytes, in programs
    with accesses of several sizes (``Program.cells``); so for all accesses."""

    reg: str
    addr: Expr
    tags: tuple[str, ...]
    source: Source
    size: int = 0


@dataclass(frozen=True, slots=True)
class Store:
    """``*addr = value`` as one write event."""

    addr: Expr
    value: Expr
    tags: tuple[str, ...]
    source: Source
    size: int = 0


@dataclass(frozen=True, slots=True)
class StoreCond:
    """A store that succeeds, with 0 in ``reg``, only as the second half of an atomic whose first
    was the thread's last load with the tag ``exclusive``, at the same place; else ``reg`` is 1.
    What uses ``reg`` depends on the store where ``carries`` is true (RISC-V)."""

    reg: str
    addr: Expr
    value: Expr
    tags: tuple[str, ...]
    source: Source
    carries: bool = False
    size: int = 0


@dataclass(frozen=True, slots=True)
class Control:
    """The rest of the thread is control dependent on ``cond`` (a branch in assembly)."""

    cond: Expr
    source: Source


@dataclass(frozen=True, slots=True)
class Rmw:
    """An atomic read-modify-write.

    ``op`` is ``xchg``, ``cmpxchg``, ``add_unless`` or an arithmetic operator; ``expected`` is the
    compared value of the two conditional ones. ``reg`` gets the ``old`` value, the ``new`` one or
    the ``success`` flag, as ``gives`` says. ``fences`` are put before and after a success. ``kind``
    is the type that arithmetic wraps in, if it may.
    """

    reg: str | None
    gives: str
    op: str
    addr: Expr
    operand: Expr
    expected: Expr | None
    read_tags: tuple[str, ...]
    write_tags: tuple[str, ...]
    fail_tags: tuple[str, ...]
    fences: tuple[str, ...]
    source: Source
    size: int = 0
    kind: str = ""


@dataclass(frozen=True, slots=True)
class Fence:
    """A fence or marker event, with a location when it is about one (a flush of an entry)."""

    tags: tuple[str, ...]
    addr: Expr | None
    source: Source


@dataclass(frozen=True, slots=True)
class Lock:
    """``kind`` is ``lock``, ``unlock``, ``trylock`` or ``islocked``; the last two set ``reg``."""

    kind: str
    addr: Expr
    reg: str | None
    source: Source


@dataclass(frozen=True, slots=True)
class Srcu:
    """An SRCU marker that is neither read nor write: grace periods, and locks in old models."""

    tags: tuple[str, ...]
    addr: Expr
    value: Expr | None
    reg: str | None
    source: Source


@dataclass(frozen=True, slots=True)
class If:
    """Two-way branch on ``cond != 0``."""

    cond: Expr
    then: tuple[Statement, ...]
    orelse: tuple[Statement, ...]
    source: Source


@dataclass(frozen=True, slots=True)
class Loop:
    """Repeats ``body`` until an ``Exit`` leaves it; cut after the simulator's bound."""

    body: tuple[Statement, ...]
    source: Source


@dataclass(frozen=True, slots=True)
class Scope:
    """A block that ``Exit(label)`` leaves (loops, inlined functions)."""

    label: str
    body: tuple[Statement, ...]


@dataclass(frozen=True, slots=True)
class Exit:
    """Continue after the innermost enclosing scope of that label."""

    label: str


@dataclass(frozen=True, slots=True)
class Assume:
    """Only executions where ``cond != 0`` here are considered."""

    cond: Expr
    source: Source


@dataclass(frozen=True, slots=True)
class Choose:
    """``reg`` becomes any of ``0 .. count-1``."""

    reg: str
    count: int
    source: Source


Statement = (
    Assign
    | Load
    | Store
    | StoreCond
    | Rmw
    | Fence
    | Lock
    | Srcu
    | If
    | Loop
    | Scope
    | Exit
    | Control
    | Assume
    | Choose
)


@dataclass(frozen=True, slots=True)
class Thread:
    """One CPU's code; ``registers`` are initial values of locals. What is ``compiled`` has
    dependencies that a compiler may not keep; instructions have all of theirs."""

    name: str
    body: tuple[Statement, ...]
    registers: Mapping[str, Value] = field(default_factory=dict)
    compiled: bool = True


@dataclass(frozen=True, slots=True)
class RegAtom:
    """A thread's register in a condition."""

    thread: int
    reg: str

    def __str__(self) -> str:
        return f"{self.thread}:{self.reg}"


@dataclass(frozen=True, slots=True)
class LocAtom:
    """The final value of a location in a condition."""

    loc: Addr

    def __str__(self) -> str:
        return str(self.loc)


@dataclass(frozen=True, slots=True)
class WordAtom:
    """The final value of neighbouring cells, lowest first, ``bits`` of value each: a variable where
    accesses have several sizes. ``name``: as the question has it."""

    name: str
    cells: tuple[Addr, ...]
    bits: int

    def __str__(self) -> str:
        return self.name

    def parts(self, value: int) -> tuple[int, ...]:
        """What each cell holds of a whole value."""
        mask = (1 << self.bits) - 1
        return tuple(value >> at * self.bits & mask for at in range(len(self.cells)))

    def whole(self, parts: tuple[Value, ...]) -> Value:
        """The value of all cells; an address is only ever in one cell of its own."""
        if len(parts) == 1:
            return parts[0]
        total = 0
        for at, part in enumerate(parts):
            total |= part << at * self.bits if isinstance(part, int) else 0
        return total


Atom = RegAtom | LocAtom | WordAtom


def locations_of(atom: Atom) -> tuple[Addr, ...]:
    """The locations whose final values an atom asks for."""
    if isinstance(atom, RegAtom):
        return ()
    return atom.cells if isinstance(atom, WordAtom) else (atom.loc,)


@dataclass(frozen=True, slots=True)
class Compare:
    """``left == right`` (or not, if ``negated``); right is a value or another atom."""

    left: Atom
    right: Atom | Value
    negated: bool = False


@dataclass(frozen=True, slots=True)
class Bool:
    """``and``, ``or``, ``not``, ``true``, ``false`` over conditions."""

    op: str
    args: tuple[Condition, ...] = ()


Condition = Compare | Bool


@dataclass(frozen=True, slots=True)
class Program:
    """A whole test: memory, threads, and the question asked of the final state.

    ``quantifier`` is ``exists``, ``~exists`` or ``forall``. Locations absent from ``memory`` start
    as 0. ``arrays`` gives the length of each array variable. Where accesses have several sizes,
    each variable is an array of bytes, ``cells`` gives the bytes of it that all accesses take
    together, and an access is one event for each such cell; else ``cells`` is empty.
    """

    name: str
    threads: tuple[Thread, ...]
    memory: Mapping[Addr, Value]
    condition: Condition
    quantifier: str = "exists"
    observed: tuple[Atom, ...] = ()
    filter: Condition | None = None
    arrays: Mapping[str, int] = field(default_factory=dict)
    path: str = ""
    cells: Mapping[str, int] = field(default_factory=dict)


def atoms_of(condition: Condition) -> list[Atom]:
    """The registers and locations a condition mentions, in order, each once."""
    found: dict[Atom, None] = {}

    def walk(part: Condition) -> None:
        if isinstance(part, Compare):
            found[part.left] = None
            if isinstance(part.right, Atom):
                found[part.right] = None
        else:
            for arg in part.args:
                walk(arg)

    walk(condition)
    return list(found)
