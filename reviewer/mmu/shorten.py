"""Executions with fewer events: a witness holds no branch that the outcome can do without."""

from __future__ import annotations

from collections.abc import Iterator

from reviewer.mmu.explore import Found, Search


def shorter(search: Search, found: Found, base: list[int]) -> Iterator[Found]:
    """Executions under the assumptions ``base``, each with a shorter path than the one before.

    In each, some thread takes a path with fewer events and no other thread takes a longer one; the
    last is a least one of that kind. Raises BudgetError when the limits are met first.
    """
    blocks = search.tree.blocks
    leaves = [leaf for leaf in search.tree.leaves() if not leaf.cut]
    sizes = {leaf.number: 0 for leaf in leaves}
    for number in sizes:
        at: int | None = number
        while at is not None:
            sizes[number] += len(blocks[at].events)
            at = blocks[at].parent
    threads = range(len(found.leaves))
    thread = 0
    while thread < len(threads):
        now = {blocks[leaf].thread: sizes[leaf] for leaf in found.leaves}
        barred = [
            leaf.number
            for leaf in leaves
            if sizes[leaf.number] > now[leaf.thread] - (leaf.thread == thread)
        ]
        fewer = any(leaf.thread == thread and sizes[leaf.number] < now[thread] for leaf in leaves)
        better = None
        if fewer:
            literals = [-search.encoding.block_lit[number] for number in barred]
            better = search.find([*base, *literals])
        if better is None:
            thread += 1
        else:
            found = better
            yield found
