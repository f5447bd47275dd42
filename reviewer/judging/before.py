"""What the calls before a place may come to: whether any of them has to do with a lock."""

from __future__ import annotations

from reviewer.judging.bodies import bodies, reached
from reviewer.judging.callsites import Site
from reviewer.kernel import primitive
from reviewer.world import World


def may_take_before(world: World, site: Site, lock: str) -> bool:
    """True if what a function calls before a site spells a lock, as ``pond_lock_all()`` does.

    Of a lock that is called as others are (``lock``) that is so of most calls that lock anything.
    """
    names = {
        op.name
        for op in site.facts.operations
        if op.start_byte < site.start_byte and not op.via and not op.concepts
    }
    return any(
        lock.encode() in body.code()
        or any(lock in call.arguments for call in reached(world, body, _is_primitive))
        for name in sorted(names)
        for body in bodies(world, name, site.source)
    )


def _is_primitive(name: str) -> bool:
    return primitive(name) is not None
