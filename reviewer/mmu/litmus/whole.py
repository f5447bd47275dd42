"""A whole test as a program: its threads, those that they start, and the question checked."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from reviewer.errors import LitmusError
from reviewer.mmu.litmus.builtins import Started
from reviewer.mmu.litmus.checks import (
    bits,
    check_initial,
    check_question,
    check_registers,
    check_used,
)
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
)

if TYPE_CHECKING:
    from reviewer.mmu.litmus.parse import Litmus

_AWAITS = re.compile(r"__await\{([\w-]+)\}|sync-srcu\}\(__place\{(\w+)\}")
_WORD = re.compile(r"\b[A-Za-z_]\w*\b")
_LITERAL = re.compile(r"(?<![\w.])(?:0[xX][0-9a-fA-F]+|\d+)")
LARGE = 1 << 15
"""Two numbers below it have an int as product. (A shift counts as large.)"""
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
        check_registers(test, index, lowerer.registers)
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
    check_question(test, lowered[: len(test.threads)], world, definitions)

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
            if bits(before) != bits(kind) and min(bits(before), bits(kind)) < 32:
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
    check_initial(test, types, structs)
    check_used(test)
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
        _is_large(test, own),
    )


def _is_large(test: Litmus, own: list[str]) -> bool:
    """Whether calculations of a test may leave the range of an int: one that has only small numbers
    would take many steps."""
    texts = [*own, *(thread.body for thread in test.threads)]
    given = (
        *test.initial.memory.values(),
        *(v for r in test.initial.registers.values() for v in r.values()),
    )
    numbers = [
        int(word, 16 if word[:2] in ("0x", "0X") else 10)
        for text in texts
        for word in _LITERAL.findall(text)
    ]
    numbers.extend(abs(value) for value in given if isinstance(value, int))
    return any(number >= LARGE for number in numbers) or any("<<" in text for text in texts)


def _tell_unknown(lowered: list[Lowerer]) -> None:
    """All names that mean nothing, in one line."""
    errors = [error for lowerer in lowered for error in lowerer.unknown.values()]
    if not errors:
        return
    first, others = errors[0], [f"line {error.line}: {error.message}" for error in errors[1:4]]
    more = f"; {len(errors) - 4} more" if len(errors) > 4 else ""
    raise LitmusError(first.path, first.line, "; ".join((first.message, *others)) + more)
