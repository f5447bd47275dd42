"""A whole test as a program: its threads, those that they start, and the question checked."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from difflib import get_close_matches
from typing import TYPE_CHECKING

from reviewer.errors import LitmusError
from reviewer.mmu.litmus.builtins import Started
from reviewer.mmu.litmus.definitions import Definitions, parse_block, parse_expression
from reviewer.mmu.litmus.lower import Lowerer
from reviewer.mmu.litmus.names import World
from reviewer.mmu.litmus.numbers import asked, promoted, unsigned
from reviewer.mmu.litmus.structs import Structs
from reviewer.mmu.program import (
    Addr,
    Atom,
    Bool,
    Compare,
    Condition,
    Expr,
    LocAtom,
    Program,
    RegAtom,
    Thread,
    Value,
    atoms_of,
)
from reviewer.mmu.values import CONVERSIONS, compute

if TYPE_CHECKING:
    from reviewer.mmu.litmus.parse import Litmus

_AWAITS = re.compile(r"__await\{([\w-]+)\}|sync-srcu\}\(__place\{(\w+)\}")
_WORD = re.compile(r"\b[A-Za-z_]\w*\b")
_HANDLERS = re.compile(
    r"\b(?:timer_setup|INIT_WORK|INIT_DELAYED_WORK|timer_setup_on_stack|tasklet_setup|init_irq_work)\s*"
    r"\(\s*&?\s*(\w+)(?:(?:->|\.)(\w+))?\s*,\s*(\w+)"
)


def program_of(test: Litmus, definitions: Definitions, *, fold_rmw: bool) -> Program:
    """The program of a test. Raises LitmusError for what the definitions do not give a meaning."""
    if test.own:
        definitions = {**definitions, **test.own}
    world = _world(test, definitions)
    lowered: list[Lowerer] = []
    threads: list[Thread] = []
    for index, text in enumerate(test.threads):
        lowerer = Lowerer(definitions, index, text.params, world, fold_rmw)
        held = test.initial.registers.get(index, {})
        body = lowerer.body(parse_block(text.body, test.path, text.line), frozenset(held))
        _check_registers(test, index, lowerer.registers)
        kinds = lowerer.kinds
        registers = {reg: unsigned(kinds.get(reg, ""), value) for reg, value in held.items()}
        threads.append(Thread(f"P{index}", body, registers))
        lowered.append(lowerer)
    started_if: list[Condition] = []
    queued: list[Expr | None] = []
    waiting = [started for lowerer in lowered for started in lowerer.started]
    while waiting:
        started = waiting.pop(0)
        index = len(threads)
        if index >= MAX_THREADS:
            raise LitmusError(
                test.path,
                started.source.line,
                f"more than {MAX_THREADS} threads with those started",
            )
        if started.queued and started.argument in queued:
            what = "this work or timer is queued twice, which may run it once: not supported"
            raise LitmusError(test.path, started.source.line, what)
        queued.append(started.argument if started.queued else None)
        lowerer = Lowerer(definitions, index, (), world, fold_rmw)
        threads.append(_started(lowerer, started))
        waiting.extend(lowerer.started)
        lowered.append(lowerer)
        # It runs if, and only if, it was asked for.
        started_if.append(Compare(RegAtom(index, "started"), LocAtom(started.token)))
    _tell_unknown(lowered)
    _check_question(test, lowered[: len(test.threads)], world, definitions)

    def kind(atom: Atom) -> str:
        if isinstance(atom, RegAtom):
            return lowered[atom.thread].kinds.get(atom.reg, "")
        return promoted(world.types.get(str(atom), ""))

    wanted = [] if test.question.filter is None else [asked(test.question.filter, kind)]
    conditions = (*wanted, *started_if)
    return Program(
        test.name,
        tuple(threads),
        {
            loc: unsigned(promoted(world.types.get(loc.base, "")), value)
            for loc, value in test.initial.memory.items()
        },
        asked(test.question.condition, kind),
        test.question.quantifier,
        test.question.observed,
        None
        if not conditions
        else conditions[0]
        if len(conditions) == 1
        else Bool("and", conditions),
        world.arrays,
        test.path,
    )


MAX_THREADS = 80


def _started(lowerer: Lowerer, what: Started) -> Thread:
    call = f"{what.function}(argument)"
    snippet = parse_expression(call, what.source.path, what.source.line)
    body = lowerer.started_body(what, snippet)
    held: dict[str, Value] = {"started": 0}
    return Thread(what.function, body, held)


def _world(test: Litmus, definitions: Definitions) -> World:
    initial = test.initial
    names = set(initial.names)
    types: dict[str, str] = {}
    for text in test.threads:
        names.update(text.params)
        for name, kind in zip(text.params, text.types, strict=True):
            before = initial.types.get(name, types.get(name, kind))
            if _bits(before) != _bits(kind) and min(_bits(before), _bits(kind)) < 32:
                what = f"{name} is declared {before} before and {kind} here"
                raise LitmusError(test.path, text.line, what)
            types[name] = kind
    types.update(initial.types)
    structs = Structs(definitions)
    arrays = dict(initial.arrays)
    for name, tag in types.items():
        for part, length in structs.parts(name, tag):
            if name in initial.arrays and not length:
                arrays[part] = initial.arrays[name]
            elif length:
                arrays[part] = length
    fields = frozenset(
        word
        for loc in (*initial.memory, *map(Addr, initial.arrays))
        for word in loc.base.split(".")[1:]
    )
    _check_initial(test, types, structs)
    own = [definition.text for definition in test.own.values()]
    words = {
        word for text in (*own, *(t.body for t in test.threads)) for word in _WORD.findall(text)
    }
    awaited = {
        kind
        for word in words
        if (definition := definitions.get(word)) is not None
        for pair in _AWAITS.findall(definition.text)
        for kind in pair
        if kind
    }
    handlers = {
        f"{name}.{part}" if part else name: function
        for text in test.threads
        for name, part, function in _HANDLERS.findall(text.body)
    }
    return World(
        test.path,
        frozenset(names),
        arrays,
        types,
        fields,
        handlers,
        len(test.threads),
        frozenset(awaited),
    )


def _bits(kind: str) -> int:
    """The bits of a number; all that are not known to be narrow are as wide as an int."""
    return CONVERSIONS.get(kind, (32, True))[0]


def _check_initial(test: Litmus, types: dict[str, str], structs: Structs) -> None:
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
        if _bits(kind) < 32 and isinstance(value, int) and compute(f"({kind})", (value,)) != value:
            what = f"{name} is declared {kind} and does not hold {value}"
            raise LitmusError(test.path, row, what)
        tag = types.get(name, "")
        for part in path:
            fields = structs.fields(tag)
            if fields and part not in fields:
                hint = _suggest(part, fields)
                what = f"struct {tag} has no field {part}{hint}"
                raise LitmusError(test.path, row, what)
            tag = fields[part].type if part in fields else ""


def _check_registers(test: Litmus, index: int, known: set[str]) -> None:
    """A thread uses each register that the initial state gives it. ``known``: all that it has."""
    used = {"current", *_WORD.findall(test.threads[index].body)}
    for reg in test.initial.registers.get(index, {}):
        if reg not in used:
            hint = _suggest(reg, known & used, _SHORT)
            row = test.initial.rows[f"{index}:{reg}"]
            raise LitmusError(test.path, row, f"P{index} uses no register {reg}{hint}")


def _tell_unknown(lowered: list[Lowerer]) -> None:
    """All names that mean nothing, in one line."""
    errors = [error for lowerer in lowered for error in lowerer.unknown.values()]
    if not errors:
        return
    first, others = errors[0], [f"line {error.line}: {error.message}" for error in errors[1:4]]
    more = f"; {len(errors) - 4} more" if len(errors) > 4 else ""
    raise LitmusError(first.path, first.line, "; ".join((first.message, *others)) + more)


def _check_question(
    test: Litmus, lowered: list[Lowerer], world: World, definitions: Definitions
) -> None:
    """Every register and location that is asked about exists. Raises LitmusError naming all."""
    structs = Structs(definitions)
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
    if wrong:
        raise LitmusError(test.path, wrong[0][0], "; ".join(what for _, what in wrong[:4]))


def _asked(test: Litmus) -> Iterator[Atom]:
    seen: dict[Atom, None] = dict.fromkeys(test.question.observed)
    for condition in (test.question.filter, test.question.condition):
        if condition is not None:
            seen.update(dict.fromkeys(atoms_of(condition)))
    yield from seen


def _is_location(loc: Addr, world: World, structs: Structs, test: Litmus) -> bool:
    name, *path = loc.base.split(".")
    if name not in world.names:
        return False
    length = world.arrays.get(loc.base)
    if length is not None and loc.element >= length:
        return False
    if not path or any(known.base == loc.base for known in test.initial.memory):
        return True
    return any(part == loc.base for part, _ in structs.parts(name, world.types.get(name, "")))


_SHORT = 0.5
"""How alike names of two letters are that have one of them in common."""


def _suggest(name: str, known: Iterable[str], cutoff: float = 0.6) -> str:
    near = get_close_matches(name, sorted(known), n=2, cutoff=cutoff)
    return f" (did you mean {' or '.join(near)}?)" if near else ""
