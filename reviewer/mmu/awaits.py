"""Waiting loops: when one more turn of a loop can be left out.

A turn that has only read, and after which every register still in use is what it was before the
turn, may have happened or not: the thread goes on from the same state. Models forbid executions by
cycles of relations, and taking reads and fences out of an execution takes pairs out of relations
and adds none. So whatever can follow the turn can follow without it, and an execution without it
is one of the program: one successful turn gives all outcomes, and no bound is involved.

This is how loops that wait (``while (!READ_ONCE(*flag))``) and loops that retry (a sequence count,
ptep_get_lockless() on a split entry, a cmpxchg() that fails) are decided exactly.
"""

from __future__ import annotations

from collections.abc import Mapping

from reviewer.mmu.program import (
    Addr,
    Const,
    Exit,
    If,
    Loop,
    Program,
    Reg,
    RegAtom,
    Scope,
    Statement,
    Store,
    atoms_of,
)
from reviewer.mmu.uses import Names, leaves, reads, sets, statements_of, uses

_NONE: Names = frozenset()

_ORDERS = frozenset({"mb", "rmb", "wmb", "barrier", "before-atomic", "after-atomic"})
_MARKS = frozenset({"once", "acquire", "release", "mb", "noreturn", "failed", "exclusive"})
_LOOKS_AT_LOCK = frozenset({"LF", "RL", "RU"})


def leaves_no_trace(kind: str, tags: frozenset[str], *, alone: bool, plainly_written: bool) -> bool:
    """True for an event that others cannot tell from its absence.

    ``alone`` is false for the halves of an atomic that writes. Accesses that could race with a
    plain one leave a trace, since the model reports the race: plain reads, reads of what
    ``plainly_written`` stores change. So do sections, flushes, waits and translations.
    """
    if kind == "R":
        return alone and bool(tags) and tags <= _MARKS and not plainly_written
    if kind == "F":
        return tags <= _ORDERS
    return kind in _LOOKS_AT_LOCK


def plainly_written(program: Program) -> frozenset[str] | None:
    """Variables that a plain store may write; None if that can be any."""
    found: set[str] = set()
    for thread in program.threads:
        for statement in statements_of(thread.body):
            if isinstance(statement, Store) and not statement.tags:
                places = list(leaves(statement.addr))
                if any(isinstance(place, Reg) for place in places):
                    return None
                found.update(
                    place.value.base
                    for place in places
                    if isinstance(place, Const) and isinstance(place.value, Addr)
                )
    return frozenset(found)


def live_at_loops(program: Program) -> Mapping[int, Names]:
    """For each Loop statement, by ``id``, the registers whose value its next turn may use.

    Registers that the question asks about are used at the end of their thread.
    """
    asked = [*program.observed, *atoms_of(program.condition)]
    if program.filter is not None:
        asked.extend(atoms_of(program.filter))
    found: dict[int, Names] = {}
    for index, thread in enumerate(program.threads):
        ends = frozenset(a.reg for a in asked if isinstance(a, RegAtom) and a.thread == index)
        _live(thread.body, ends, {}, found)
    return found


def _live(
    body: tuple[Statement, ...], after: Names, exits: Mapping[str, Names], found: dict[int, Names]
) -> Names:
    """Registers in use before ``body``, given those in use after it and where it may leave to."""
    live = after
    for statement in reversed(body):
        live = _before(statement, live, exits, found)
    return live


def _before(
    statement: Statement, after: Names, exits: Mapping[str, Names], found: dict[int, Names]
) -> Names:
    if isinstance(statement, If):
        then = _live(statement.then, after, exits, found)
        orelse = _live(statement.orelse, after, exits, found)
        if isinstance(statement.cond, Const):
            return then if statement.cond.value != 0 else orelse
        return then | orelse | uses(statement.cond)
    if isinstance(statement, Scope):
        return _live(statement.body, after, {**exits, statement.label: after}, found)
    if isinstance(statement, Exit):
        return exits.get(statement.label, after)
    if isinstance(statement, Loop):
        live = _NONE
        while (more := _live(statement.body, live, exits, found)) != live:
            live = more
        found[id(statement)] = found.get(id(statement), _NONE) | live
        return live
    return (after - sets(statement)) | reads(statement)
