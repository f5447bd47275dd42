"""One other lock that all writes of some data hold, where none can hold the one that is named.

No file that writes the data so much as spells the named lock. That a caller in another file holds
both is not excluded: it is what the comment would have to say. Of a lock that has calls of its own
(rtnl_lock()) no file need spell the name, and the core takes it for many: nothing is said of it.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from reviewer.evidence.fields import Access
from reviewer.judging.holding import GENERIC
from reviewer.judging.lockstate import Wanted
from reviewer.judging.proof import Budget, joined, proof_at
from reviewer.kernel.expressions import lock_name
from reviewer.kernel.table import named_locks
from reviewer.verdict import Location
from reviewer.world import World

_AT_LEAST = 2
"""One write under another lock may be by mistake; two have it as their rule."""


@dataclass(frozen=True, slots=True)
class Instead:
    """The lock that is held, and what takes it at each write."""

    lock: str
    places: tuple[Location, ...]


def held_instead(world: World, writes: Sequence[Access], named: str) -> Instead | None:
    """The other lock; None if writes differ, are too few, or their files know the named one."""
    if len(writes) < _AT_LEAST or named in named_locks():
        return None
    if any(named in one.site.source.identifiers() for one in writes):
        return None
    budget = Budget()
    for name in sorted(set[str].intersection(*(_taken(one) for one in writes)) - GENERIC):
        wanted = Wanted(name, "", any_owner=True)
        proofs = [
            proof_at(World(one.site.source, world.library), one.site, wanted, budget)
            for one in writes
        ]
        sure = [one for one in proofs if one is not None and not one.said]
        if len(sure) == len(writes):
            return Instead(name, joined(sure).places)
    return None


def _taken(write: Access) -> set[str]:
    operations = write.site.facts.operations
    return {lock_name(one) for op in operations for one in op.about("lock.acquire") if one}
