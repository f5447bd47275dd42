"""Counters that nobody reads: their final value is a sum, whatever the order.

A location that is only ever changed by atomic operations which commute, whose results are not
used, ends as its first value with all of them applied: each is one step of the location's
coherence order, and nothing comes between its halves. Threads that do nothing else can be left
out of the search. This rests on a model that keeps atomic operations atomic.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from reviewer.mmu.program import (
    Addr,
    Assign,
    Const,
    Fence,
    Program,
    RegAtom,
    Rmw,
    Scope,
    Statement,
    Value,
    atoms_of,
)
from reviewer.mmu.values import compute

_COMMUTING = ({"+", "-"}, {"&", "&~"}, {"|"}, {"^"})
_ORDERS = frozenset({"mb", "rmb", "wmb", "barrier", "before-atomic", "after-atomic"})


def counted(program: Program) -> Program | None:
    """The program without the threads that only count, their sums as first values; None if there
    is none such, or if another thread could touch what they count."""
    changes: dict[Addr, list[tuple[str, int, str]]] = {}
    counters: set[int] = set()
    for index, thread in enumerate(program.threads):
        own = list(_counts(thread.body))
        if own and None not in own:
            counters.add(index)
            for one in own:
                assert one is not None
                changes.setdefault(one[0], []).append(one[1:])
    others = {
        place
        for index, thread in enumerate(program.threads)
        if index not in counters
        for place in _bases(thread.body)
    }
    asked = [*program.observed, *atoms_of(program.condition)]
    if program.filter is not None:
        asked.extend(atoms_of(program.filter))
    if any(isinstance(atom, RegAtom) and atom.thread in counters for atom in asked):
        return None
    if not counters or others & {loc.base for loc in changes}:
        return None
    # An address held in memory or in a register could be that of a counter.
    held = [*program.memory.values(), *(v for t in program.threads for v in t.registers.values())]
    if any(isinstance(value, Addr) and value.base in {a.base for a in changes} for value in held):
        return None
    memory = dict(program.memory)
    for loc, steps in changes.items():
        ops, kinds = {op for op, _, _ in steps}, {kind for _, _, kind in steps}
        if len(kinds) > 1 or not any(ops <= one for one in _COMMUTING):
            return None
        value: Value = memory.get(loc, 0)
        for op, operand, kind in steps:
            value = compute(op, (value, operand))
            value = compute(f"({kind})", (value,)) if kind else value
        memory[loc] = value
    threads = tuple(
        replace(thread, body=()) if index in counters else thread
        for index, thread in enumerate(program.threads)
    )
    return replace(program, threads=threads, memory=memory)


def _counts(body: tuple[Statement, ...]) -> Iterator[tuple[Addr, str, int, str] | None]:
    """Each change of a counter; None for whatever else a thread does."""
    for statement in body:
        if isinstance(statement, Scope):
            yield from _counts(statement.body)
        elif isinstance(statement, Rmw):
            place, operand = statement.addr, statement.operand
            if (
                statement.reg is None
                and statement.expected is None
                and statement.op not in ("xchg", "cmpxchg", "add_unless")
                and isinstance(place, Const)
                and isinstance(place.value, Addr)
                and isinstance(operand, Const)
                and isinstance(operand.value, int)
            ):
                yield place.value, statement.op, operand.value, statement.kind
            else:
                yield None
        elif isinstance(statement, Fence):
            if not set(statement.tags) <= _ORDERS:
                yield None
        elif not isinstance(statement, Assign):
            yield None


def _bases(found: object) -> Iterator[str]:
    """Names of all places that a piece of a program mentions."""
    if isinstance(found, Addr):
        yield found.base
    elif isinstance(found, tuple):
        for part in found:
            yield from _bases(part)
    elif hasattr(found, "__dataclass_fields__"):
        for name in found.__dataclass_fields__:
            yield from _bases(getattr(found, name))
