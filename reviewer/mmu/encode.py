"""The whole search problem of an event tree: candidate executions, and what is known of them.

Every solution is a candidate execution: one path a thread, one source a read, a total order of the
writes of each location, values that agree. What the memory model forbids is learned later, except
coherence and atomicity, which are encoded at once when the model asks for them (coherence.py).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from reviewer.mmu.clauses.axioms import encode_atomicity, encode_coherence
from reviewer.mmu.clauses.final import FinalState
from reviewer.mmu.clauses.formula import TRUE
from reviewer.mmu.clauses.locks import encode_locks
from reviewer.mmu.events.tree import Tree

Coherent = Mapping[int | None, Sequence[tuple[int, int]]]


class Encoding(FinalState):
    """Clauses of a tree and the meaning of their variables.

    ``coherent`` are pairs of events of one location that coherence orders, by the leaf whose path
    has them (None for all paths). With ``atomic``, no write of another thread comes
    between the halves of an atomic. Raises UnsupportedError for too many clauses.
    """

    def __init__(self, tree: Tree, coherent: Coherent, *, atomic: bool = False) -> None:
        # Reads never take their value from a later write of their own thread.
        super().__init__(
            tree,
            frozenset((a, b) for a, b in coherent.get(None, ()) if tree.events[a].kind == "R"),
        )
        encode_locks(self)
        self.encode_values()
        for leaf, pairs in coherent.items():
            encode_coherence(self, pairs, TRUE if leaf is None else self.block_lit[leaf])
        if atomic:
            encode_atomicity(self)
