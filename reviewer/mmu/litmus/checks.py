"""What a test gives a value, and what it asks about, are things that it has."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from difflib import get_close_matches
from typing import TYPE_CHECKING

from reviewer.errors import LitmusError
from reviewer.mmu.litmus.definitions import Definitions
from reviewer.mmu.litmus.names import World
from reviewer.mmu.litmus.places import ENTRIES
from reviewer.mmu.litmus.structs import Structs
from reviewer.mmu.program import (
    Addr,
    Atom,
    Bool,
    Condition,
    LocAtom,
    RegAtom,
    Value,
    atoms_of,
)
from reviewer.mmu.values import CONVERSIONS, compute

if TYPE_CHECKING:
    from reviewer.mmu.litmus.lower import Lowerer
    from reviewer.mmu.litmus.parse import Litmus

_WORD = re.compile(r"\b[A-Za-z_]\w*\b")
MAX_ENTRY = 511
"""A page number 1 to 15 and flags up to 256 (`primitives/mmu.def`, `paging.def`)."""


def bits(kind: str) -> int:
    """The bits of a number; all that are not known to be narrow are as wide as an int."""
    return CONVERSIONS.get(kind, (32, True))[0]


def check_initial(test: Litmus, types: dict[str, str], structs: Structs) -> None:
    """A register with an initial value is some thread's; a field is one of its structure's, if
    that is known."""
    rows = test.initial.rows
    for index, held in test.initial.registers.items():
        if index >= len(test.threads):
            row = rows[f"{index}:{next(iter(held))}"]
            raise LitmusError(test.path, row, f"no thread P{index}")
    for loc, value in test.initial.memory.items():
        name, *path = loc.base.split(".")
        row = rows.get(name, test.initial.line)
        kind = types.get(loc.base, "")
        if bits(kind) < 32 and isinstance(value, int) and compute(f"({kind})", (value,)) != value:
            what = f"{name} is declared {kind} and does not hold {value}"
            raise LitmusError(test.path, row, what)
        if kind in ENTRIES and loc.element < 0 and not is_entry(value):
            raise LitmusError(test.path, row, f"{name} is declared {kind}: {NO_ENTRY}, not {value}")
        tag = types.get(name, "")
        if not path and structs.fields(tag) and value != 0:
            first = next(iter(structs.fields(tag)))
            what = f"{name} is a structure: give {name}.{first} an initial value"
            raise LitmusError(test.path, row, what)
        for part in path:
            fields = structs.fields(tag)
            if fields and part not in fields:
                hint = _suggest(part, fields)
                what = f"struct {tag} has no field {part}{hint}"
                raise LitmusError(test.path, row, what)
            tag = fields[part].type if part in fields else ""


NO_ENTRY = "an entry is a page number 1 to 15 plus flags, or 0"


def is_entry(value: Value) -> bool:
    """Whether a number can be the value of a page-table entry."""
    return isinstance(value, int) and 0 <= value <= MAX_ENTRY


def check_used(test: Litmus) -> None:
    """A location with an initial value that no thread has may be left over; where a parameter of
    nearly its name has no initial value, it is that one misspelled. Raises LitmusError."""
    params = {name for thread in test.threads for name in thread.params}
    given = {loc.base.split(".")[0] for loc in test.initial.memory}
    for name in sorted(given - params):
        hint = _suggest(name, params - given)
        if hint:
            row = test.initial.rows.get(name, test.initial.line)
            raise LitmusError(test.path, row, f"no thread has a parameter {name}{hint}")


def check_registers(test: Litmus, index: int, known: set[str]) -> None:
    """A thread uses each register that the initial state gives it. ``known``: all that it has."""
    used = {"current", *_WORD.findall(test.threads[index].body)}
    for reg in test.initial.registers.get(index, {}):
        if reg not in used:
            hint = _suggest(reg, known & used, _SHORT)
            row = test.initial.rows[f"{index}:{reg}"]
            raise LitmusError(test.path, row, f"P{index} uses no register {reg}{hint}")


def check_question(
    test: Litmus, lowered: list[Lowerer], world: World, definitions: Definitions
) -> None:
    """Every register and location that is asked about exists. Raises LitmusError naming all."""
    structs = Structs(definitions)
    conditions = (test.question.condition, test.question.filter)
    whole = {atom for one in conditions if one is not None for atom in atoms_of(one)}
    wrong: list[tuple[int, str]] = []
    for atom in _asked(test):
        line = test.question.lines.get(atom, 0)
        if isinstance(atom, RegAtom):
            if atom.thread >= len(lowered):
                wrong.append((line, f"no thread P{atom.thread} for {atom}"))
                continue
            known = lowered[atom.thread].registers
            if atom.reg not in known:
                hint = _suggest(atom.reg, (name for name in known if "%" not in name))
                wrong.append((line, f"thread {atom.thread} has no {atom.reg}{hint}"))
        elif isinstance(atom, LocAtom) and not _is_location(atom.loc, world, structs, test):
            hint = _suggest(atom.loc.base, world.names)
            wrong.append((line, f"expected a location of the test, found '{atom.loc}'{hint}"))
        elif isinstance(atom, LocAtom) and atom in whole:
            parts = [
                part for part, _ in structs.parts(str(atom.loc), _tag(atom.loc, world, structs))
            ]
            array = world.arrays.get(atom.loc.base)
            if parts:
                wrong.append((line, f"{atom.loc} is a structure: ask about {parts[0]}"))
            elif array is not None and atom.loc.element < 0:
                wrong.append((line, f"{atom.loc} is an array: ask about {atom.loc}[0]"))
    wrong.extend(
        (test.question.lines.get(left, 0), f"expected a number or a location, found '{value}'")
        for left, value in _values(test)
        if value.base.split(".")[0] not in world.names
    )
    if wrong:
        raise LitmusError(test.path, wrong[0][0], "; ".join(what for _, what in wrong[:4]))


def _asked(test: Litmus) -> Iterator[Atom]:
    seen: dict[Atom, None] = dict.fromkeys(test.question.observed)
    for condition in (test.question.filter, test.question.condition):
        if condition is not None:
            seen.update(dict.fromkeys(atoms_of(condition)))
    yield from seen


def _values(test: Litmus) -> Iterator[tuple[Atom, Addr]]:
    """The addresses that something is compared with."""
    work: list[Condition] = [test.question.condition]
    if test.question.filter is not None:
        work.append(test.question.filter)
    while work:
        part = work.pop()
        if isinstance(part, Bool):
            work.extend(part.args)
        elif isinstance(part.right, Addr):
            yield part.left, part.right


def _is_location(loc: Addr, world: World, structs: Structs, test: Litmus) -> bool:
    name, *path = loc.base.split(".")
    if name not in world.names:
        return False
    length = world.arrays.get(loc.base)
    if loc.element >= (length or 0):
        return False
    if not path or any(known.base == loc.base for known in test.initial.memory):
        return True
    return any(part == loc.base for part, _ in structs.parts(name, world.types.get(name, "")))


def _tag(loc: Addr, world: World, structs: Structs) -> str:
    """The structure that a location is, or the type of the field that it is."""
    name, *path = loc.base.split(".")
    tag = world.types.get(name, "")
    for part in path:
        known = structs.fields(tag).get(part)
        tag = "" if known is None or known.pointer else known.type
    return tag


_SHORT = 0.5
"""How alike names of two letters are that have one of them in common."""


def _suggest(name: str, known: Iterable[str], cutoff: float = 0.6) -> str:
    near = get_close_matches(name, sorted(known), n=2, cutoff=cutoff)
    return f" (did you mean {' or '.join(near)}?)" if near else ""
