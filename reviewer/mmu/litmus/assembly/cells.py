"""Tests whose accesses have several sizes: memory as cells of the smallest one.

Each variable is an array of bytes; an access of more than a cell is an event for each, all of one
instruction, as herd7 has it (herdtools7 herd/mem.ml, variant mixed).
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from reviewer.errors import LitmusError
from reviewer.mmu.program import (
    Addr,
    Atom,
    Bool,
    Compare,
    Condition,
    Load,
    LocAtom,
    RegAtom,
    Rmw,
    Statement,
    Store,
    StoreCond,
    Value,
    WordAtom,
)

if TYPE_CHECKING:
    from reviewer.mmu.litmus.parse import Initial

_SIZES = {
    **dict.fromkeys(("char", "int8_t", "uint8_t", "u8"), 1),
    **dict.fromkeys(("short", "int16_t", "uint16_t", "u16"), 2),
    **dict.fromkeys(("int", "int32_t", "uint32_t", "u32"), 4),
    **dict.fromkeys(("long", "int64_t", "uint64_t", "u64"), 8),
}
# What herd7 takes a variable without a type for.
_UNTYPED = 4
_ADDRESS = 8
_DISPLACED = re.compile(r"\[[^\]]*#(?!0+\b)")


def is_displaced(operands: Iterable[str]) -> bool:
    """Whether an instruction gives its place as a register and a number that is not 0."""
    return any(_DISPLACED.search(operand) for operand in operands)


def sized(step: Statement, size: int | None) -> Statement:
    """The statement with the bytes that it reads or writes."""
    if size is not None and isinstance(step, Load | Store | StoreCond | Rmw):
        return replace(step, size=size)
    return step


@dataclass(frozen=True, slots=True)
class Cells:
    """How the variables of a test lie in memory: for each the bytes of a cell, of an element, and
    of all elements. ``path`` and ``line`` of the test, for errors."""

    cells: Mapping[str, int]
    elements: Mapping[str, int]
    arrays: Mapping[str, int]
    path: str
    line: int

    def address(self, value: Value) -> Value:
        """An address of the test as one of bytes."""
        if not isinstance(value, Addr):
            return value
        return Addr(value.base, max(value.element, 0) * self.elements[value.base])

    def memory(self, memory: Mapping[Addr, Value]) -> dict[Addr, Value]:
        """The first values of all cells that have one."""
        found: dict[Addr, Value] = {}
        for loc, value in memory.items():
            word = self.word(loc)
            if isinstance(value, int):
                found.update(zip(word.cells, word.parts(value), strict=True))
            elif len(word.cells) == 1:
                found[word.cells[0]] = self.address(value)
            else:
                raise self.error(f"the address in {loc} is accessed in parts")
        return found

    def word(self, loc: Addr) -> WordAtom:
        """All of a variable or of an array's element."""
        size, cell, start = self.elements[loc.base], self.cells[loc.base], self.address(loc)
        assert isinstance(start, Addr)
        if size % cell:
            raise self.error(f"{loc} is smaller than what accesses take at once")
        offsets = range(start.element, start.element + size, cell)
        return WordAtom(str(loc), tuple(Addr(loc.base, at) for at in offsets), 8 * cell)

    def atom(self, atom: Atom) -> Atom:
        if not isinstance(atom, LocAtom):
            return atom
        if atom.loc.base not in self.elements:
            raise self.error(f"no location {atom}")
        return self.word(atom.loc)

    def condition(self, condition: Condition) -> Condition:
        """The condition asked of cells."""
        if isinstance(condition, Bool):
            return Bool(condition.op, tuple(self.condition(arg) for arg in condition.args))
        left, right = self.atom(condition.left), condition.right
        if isinstance(right, Atom):
            return Compare(left, self.atom(right), condition.negated)
        if isinstance(right, int) and right < 0:
            if isinstance(left, RegAtom):
                raise self.error(f"{left} has no negative values: its bits are asked for")
            assert isinstance(left, WordAtom)
            right = left.whole(left.parts(right))
        return Compare(left, self.address(right), condition.negated)

    def error(self, message: str) -> LitmusError:
        return LitmusError(self.path, self.line, message)


def cells_of(
    names: Iterable[str],
    initial: Initial,
    sizes: Iterable[int],
    path: str,
    line: int,
) -> Cells:
    """The cells of a test with accesses of these ``sizes``. What holds an address is taken as a
    whole. Raises LitmusError for a type that has no known size."""
    sizes = frozenset(sizes)
    pointers = {loc.base for loc, held in initial.memory.items() if isinstance(held, Addr)}
    elements: dict[str, int] = {}
    for name in sorted(names):
        kind = initial.types.get(name)
        if name in pointers:
            elements[name] = _ADDRESS
        elif kind is None:
            elements[name] = max(_UNTYPED, *sizes)
        elif kind in _SIZES:
            elements[name] = _SIZES[kind]
        else:
            raise LitmusError(path, line, f"the size of a {kind} ({name}) is not known")
    total = {name: size * initial.arrays.get(name, 1) for name, size in elements.items()}
    cells = {name: _ADDRESS if name in pointers else min(sizes) for name in elements}
    return Cells(cells, elements, total, path, line)
