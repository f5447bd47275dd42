"""What can be seen of a found execution: its final state, and itself as witness data."""

from __future__ import annotations

from collections.abc import Sequence

from reviewer.mmu.cat.relations import bits
from reviewer.mmu.events.tree import Tree
from reviewer.mmu.explore import Found
from reviewer.mmu.model import Model
from reviewer.mmu.program import Addr, Atom, RegAtom, Value, WordAtom, locations_of
from reviewer.mmu.results import Execution, ExecutionEvent, State, pairs_of
from reviewer.mmu.values import evaluate


def final_state(found: Found, tree: Tree, atoms: Sequence[Atom]) -> State:
    """Final values of the variables asked about."""
    structure = found.execution.structure
    by_number = dict(zip((event.number for event in structure.events), found.values, strict=True))
    state: list[tuple[str, Value]] = []
    for atom in atoms:
        if isinstance(atom, RegAtom):
            value: Value = 0
            for leaf in found.leaves:
                block = tree.blocks[leaf]
                if block.thread == atom.thread and block.final is not None:
                    value = evaluate(block.final.get(atom.reg, 0), by_number)
        else:
            lasts = tuple(_last(found, tree, loc) for loc in locations_of(atom))
            value = atom.whole(lasts) if isinstance(atom, WordAtom) else lasts[0]
        state.append((str(atom), value))
    return tuple(state)


def _last(found: Found, tree: Tree, loc: Addr) -> Value:
    """The final value of a location."""
    value = tree.program.memory.get(loc, 0)
    for index, event in enumerate(found.execution.structure.events):
        if event.kind == "W" and event.loc == loc and not found.execution.co[index]:
            value = found.values[index]
    return value


def execution_of(found: Found, state: State, model: Model) -> Execution:
    """A found execution as witness data."""
    structure = found.execution.structure
    positions: dict[int, int] = {}
    events: list[ExecutionEvent] = []
    last: dict[int, int] = {}
    po: list[tuple[int, int]] = []
    for index, event in enumerate(structure.events):
        position = positions.get(event.thread, 0)
        positions[event.thread] = position + 1
        if event.thread >= 0:
            if event.thread in last:
                po.append((last[event.thread], index))
            last[event.thread] = index
        valued = event.kind in ("R", "W", "SRCU")
        events.append(
            ExecutionEvent(
                index,
                event.thread,
                position,
                event.kind,
                tuple(sorted(event.tags)),
                str(event.loc) if event.loc is not None else None,
                found.values[index] if valued else None,
                event.source,
            )
        )
    return Execution(
        tuple(events),
        _relations(found, tuple(po)),
        state,
        found,
        model,
    )


def _relations(
    found: Found, po: tuple[tuple[int, int], ...]
) -> dict[str, tuple[tuple[int, int], ...]]:
    x = found.execution
    named = {"po": po}
    named["rf"] = pairs_of([a | b for a, b in zip(x.rf, x.lock_rf, strict=True)])
    named["co"] = pairs_of(x.co)
    readers = {b: a for a, b in named["rf"]}
    named["fr"] = tuple(
        (read, later) for read, write in sorted(readers.items()) for later in bits(x.co[write])
    )
    for name in ("rmw", "addr", "data", "ctrl"):
        named[name] = pairs_of(x.structure.base_rel(name))
    return named
