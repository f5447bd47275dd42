"""Coherence and atomicity as clauses: encoded at once, where the model asks for them."""

from __future__ import annotations

from collections.abc import Iterable

from reviewer.mmu.clauses.candidates import Candidates
from reviewer.mmu.clauses.formula import TRUE
from reviewer.mmu.events.tree import INIT


def encode_coherence(into: Candidates, pairs: Iterable[tuple[int, int]], guard: int) -> None:
    """Forbids cycles of ``pairs`` (same location) with reads-from, coherence and from-read.

    Complete when the pairs are transitive, as po-loc is. ``guard`` is the literal of the path
    that has these pairs.
    """
    for a, b in pairs:
        one, two = into.events[a].kind, into.events[b].kind
        if one == "W" and two == "W":
            if a != b and into.together(a, b):
                here, there = into.executed(a), into.executed(b)
                into.add(-guard, -here, -there, into.order(a, b))
        elif one == "W" and two == "R":
            for source in into.sources[b]:
                if source.write != a:
                    after = _order(into, a, source.write)
                    into.add(-guard, -source.literal, -into.executed(a), after)
        elif one == "R" and two == "W":
            for source in into.sources[a]:
                after = _order(into, source.write, b)
                into.add(-guard, -source.literal, -into.executed(b), after)
        elif one == "R" and two == "R":
            for first in into.sources[a]:
                for second in into.sources[b]:
                    if first.write != second.write:
                        after = _order(into, first.write, second.write)
                        into.add(-guard, -first.literal, -second.literal, after)


def encode_atomicity(into: Candidates) -> None:
    """No other thread's write comes between the halves of an atomic."""
    for event in into.events:
        if event.kind != "R" or event.partner is None or event.loc is None:
            continue
        own = event.partner
        others = [
            write
            for write in into.writes[event.loc]
            if into.events[write].thread not in (event.thread, INIT)
        ]
        for source in into.sources[event.number]:
            for other in others:
                if other != source.write:
                    after = _order(into, other, source.write), _order(into, own, other)
                    into.add(-source.literal, -into.executed(own), -into.executed(other), *after)


def _order(into: Candidates, a: int, b: int) -> int:
    """As order, false for a write and itself, true for writes never executed together."""
    if a == b:
        return -TRUE
    return into.order(a, b) if into.together(a, b) else TRUE
