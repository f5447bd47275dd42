"""Barriers as comments speak of them: what words ask for, and what may stand on the other side.

What a primitive orders is asked of the kernel's table (``reviewer.kernel``).
"""

from __future__ import annotations

import re

from reviewer.kernel.order import (
    ACQUIRES,
    BARRIERS,
    BOTH,
    FULL,
    RELEASES,
    SECTIONS,
    Order,
    serves,
)
from reviewer.kernel.table import order_of

__all__ = [
    "ACQUIRES",
    "BARRIERS",
    "BOTH",
    "FULL",
    "RELEASES",
    "SECTIONS",
    "Order",
    "across",
    "order_in_prose",
    "order_of",
    "serves",
    "wanted",
]

_PROSE: tuple[tuple[str, Order], ...] = (
    (
        r"(?:read|load|rmb|rcu_dereference)[- ]?(?:side )?(?:memory )?barriers?"
        r"|read memory barrier",
        Order.RMB,
    ),
    (r"(?:write|store|wmb)[- ]?(?:side )?(?:memory )?barriers?|write memory barrier", Order.WMB),
    (r"(?:full|general)(?: (?:smp|memory))? (?:barriers?|fences?|mb)|(?:smp|memory) mb", Order.MB),
    (r"(?:smp|memory) rmb", Order.RMB),
    (r"(?:smp|memory) wmb", Order.WMB),
    (r"(?:load[- ])?acquires?(?: (?:barriers?|semantics|operation|ordering))?", Order.ACQUIRE),
    (r"(?:store[- ])?releases?(?: (?:barriers?|semantics|operation|ordering))?", Order.RELEASE),
    (
        r"(?:memory |smp |implicit |implied |effective |ordering |compiler )*(?:barriers?|fences?)",
        BARRIERS,
    ),
)
_PROSE_RE = tuple((re.compile(p, re.I), order) for p, order in _PROSE)


def order_in_prose(words: str) -> Order | None:
    """What "write barrier" or "release semantics" asks for; None if the words name none."""
    words = " ".join(words.split())
    for pattern, order in _PROSE_RE:
        if pattern.fullmatch(words):
            return order
    return None


def wanted(name: str) -> Order | None:
    """What must be found where a comment says ``name`` is: any one of these flags will do.

    A full barrier asks for MB; a release is served by a write barrier and the other way round,
    since kernel comments do not tell them apart (bench trap: "release for wmb").
    """
    given = order_of(name)
    if given is None or given is Order.NONE:
        return None
    if given & SECTIONS:
        return SECTIONS | Order.MB
    if Order.MB in given:
        return Order.MB
    if given & RELEASES and given & ACQUIRES:
        return RELEASES | ACQUIRES
    if given & RELEASES:
        return RELEASES
    if given & ACQUIRES:
        return ACQUIRES | Order.DEPENDENCY
    if given & Order.READ and given & Order.WRITE:
        return BOTH
    return given & (Order.READ | Order.WRITE | Order.COMPILER) or given


def across(names: tuple[str, ...]) -> Order:
    """What may stand on the other side of a pair with the named primitives.

    A barrier between reads pairs with one between writes, a full one with anything that orders
    but a lock, a marked access with any access. Where only "the barrier" is said, locks count.
    """
    found = Order.NONE
    for name in names:
        order = order_in_prose(name) or order_of(name)
        if order is None:
            return BARRIERS | BOTH
        lock = order & SECTIONS
        if Order.MB in order or (order & ACQUIRES and order & RELEASES):
            found |= FULL | Order.DEPENDENCY | lock
        elif order & ACQUIRES:
            found |= RELEASES | Order.MB | lock
        elif order & RELEASES:
            found |= ACQUIRES | Order.MB | Order.DEPENDENCY | lock
        else:
            found |= BARRIERS | BOTH
    return found or BARRIERS | BOTH
