"""Unfolds threads into trees of events, until the values of their locations settle.

A thread forks at branches, at conditional atomics, at try-locks and at accesses through a pointer
that can hold several addresses. Along one path every static relation (program order, dependencies,
locations) is fixed, so relations are facts about tree nodes and only reads-from, coherence order
and the choice of paths remain to be searched.
"""

from __future__ import annotations

from reviewer.mmu.events.control import Told, Unfolder
from reviewer.mmu.events.stored import circular, stored_values
from reviewer.mmu.events.tree import INIT, NONE, Event, EventSet, Tree
from reviewer.mmu.program import Addr, Program, Source, Value
from reviewer.mmu.values import THIN_AIR, Ref, Sym, UnsupportedError


def unfold(program: Program, bound: int = 3) -> Tree:
    """The event tree of a program, loops repeated ``bound`` times at most.

    Values that locations can hold are found by iteration, since they decide which addresses are
    possible. No branch is ruled out before they settle: a value may justify the branch that writes
    it, and only the memory model can say that it does not. Raises UnsupportedError when the tree or
    the values grow past the limits.
    """
    stored: dict[Addr, frozenset[Value]] = {
        loc: frozenset((value,)) for loc, value in program.memory.items()
    }
    told = Told.of(program)
    for _ in range(64):
        unfolder = Unfolder(program, stored, bound, told, pruning=False)
        unfolder.run()
        found = stored_values(unfolder.events, program)
        for loc in circular(unfolder.events):
            found[loc] |= {THIN_AIR}
        merged = {
            loc: found.get(loc, frozenset()) | stored.get(loc, frozenset())
            for loc in found.keys() | stored.keys()
        }
        settled = merged == stored or not unfolder.depends  # the same tree again
        stored = merged
        if settled:
            if len(unfolder.blocks) > len(unfolder.roots):
                unfolder = Unfolder(program, stored, bound, told, pruning=True)
                unfolder.run()
            unfolder.require_places()
            return _finish(unfolder)
    raise UnsupportedError("the values of the program's locations do not settle")


def _finish(unfolder: Unfolder) -> Tree:
    """The tree with an initial write for each location, numbered before all other events."""
    program = unfolder.program
    locs: dict[Addr, None] = {}
    for event in unfolder.events:
        if event.loc is not None:
            locs[event.loc] = None
    shift = len(locs)
    where = Source(program.path, 0, "initial value")
    events: list[Event] = [
        Event(
            number,
            INIT,
            -1,
            "W",
            frozenset(),
            loc,
            program.memory.get(loc, 0),
            NONE,
            NONE,
            NONE,
            NONE,
            NONE,
            where,
            access=number,
        )
        for number, loc in enumerate(locs)
    ]
    memo: dict[Sym, Sym] = {}

    def move(sym: Sym) -> Sym:
        if isinstance(sym, int | Addr):
            return sym
        if sym not in memo:
            memo[sym] = (
                Ref(sym.event + shift)
                if isinstance(sym, Ref)
                else type(sym)(sym.op, tuple(move(arg) for arg in sym.args))
            )
        return memo[sym]

    def moved(deps: EventSet) -> EventSet:
        return frozenset(number + shift for number in deps) if deps else deps

    for event in unfolder.events:
        event.number += shift
        event.access += shift
        event.value = move(event.value)
        event.addr_dep = moved(event.addr_dep)
        event.data_dep = moved(event.data_dep)
        event.ctrl_dep = moved(event.ctrl_dep)
        event.firm = moved(event.firm)
        event.picks = moved(event.picks)
        event.hoisted = moved(event.hoisted)
        if event.partner is not None:
            event.partner += shift
        events.append(event)
    for block in unfolder.blocks:
        block.guards = [move(guard) for guard in block.guards]
        block.events = [number + shift for number in block.events]
        if block.final is not None:
            block.final = {reg: move(value) for reg, value in block.final.items()}
    return Tree(
        program,
        events,
        unfolder.blocks,
        unfolder.roots,
        unfolder.bound,
        frozenset(circular(events)),
    )
