"""What an operation orders: the strengths of Documentation/atomic_t.txt and memory-barriers.txt.

An ``Order`` is worked out from the concepts of an operation, never from its name, so that there
is one answer to what a primitive gives.
"""

from __future__ import annotations

from collections.abc import Iterable
from enum import Flag, auto


class Order(Flag):
    """What an operation orders, and whether it is a marked access to shared memory."""

    NONE = 0
    READ = auto()
    """A marked load: READ_ONCE() or what contains one."""
    WRITE = auto()
    """A marked store."""
    ACQUIRE = auto()
    """What was read here comes before all that follows."""
    RELEASE = auto()
    """All that came before comes before what is written here."""
    RMB = auto()
    """Reads before come before reads behind."""
    WMB = auto()
    """Writes before come before writes behind."""
    MB = auto()
    """Everything before comes before everything behind."""
    DEPENDENCY = auto()
    """Orders later accesses only through the address that was read."""
    LOCK = auto()
    """Enters or leaves a critical section."""
    HANDOFF = auto()
    """Wakes, waits for or queues somebody who sees all that came before; a full barrier only if
    it does so (Documentation/memory-barriers.txt, "Sleep and wake-up functions")."""
    COMPILER = auto()
    """Keeps the compiler from moving accesses; orders nothing on the machine."""


ACQUIRES = Order.ACQUIRE | Order.RMB
RELEASES = Order.RELEASE | Order.WMB
FULL = ACQUIRES | RELEASES | Order.MB
BOTH = Order.READ | Order.WRITE
SECTIONS = Order.LOCK | Order.HANDOFF
"""Order that depends on who else takes the lock or is woken."""
BARRIERS = FULL | Order.DEPENDENCY | SECTIONS
"""Everything that orders anything; without the merely marked accesses."""

_GIVES: tuple[tuple[str, Order], ...] = (
    ("barrier.mb", FULL),
    ("barrier.rmb", ACQUIRES),
    ("barrier.wmb", RELEASES),
    ("barrier.acquire", ACQUIRES | Order.READ),
    ("barrier.release", RELEASES | Order.WRITE),
    ("barrier.atomic_full", FULL | BOTH),
    ("barrier.after_lock", FULL),
    ("barrier.depends", Order.DEPENDENCY | Order.READ),
    ("barrier.read_once", Order.READ | Order.DEPENDENCY),
    ("barrier.write_once", Order.WRITE),
    ("barrier.data_race", Order.READ),
    ("barrier.compiler", Order.COMPILER),
    ("barrier.core", FULL),
    ("barrier.asm", FULL),
    ("barrier.dsb", FULL),
    ("barrier.dmb", FULL),
    ("barrier.membarrier", FULL),
    ("atomic.read", Order.READ),
    ("atomic.set", Order.WRITE),
    ("atomic.rmw", BOTH),
    ("lock.acquire", ACQUIRES | Order.LOCK),
    ("lock.release", RELEASES | Order.LOCK),
    ("lock.downgrade", RELEASES | Order.LOCK),
    ("rcu.dereference.protected", Order.NONE),
    ("rcu.dereference", Order.READ | Order.DEPENDENCY),
    ("rcu.access", Order.READ),
    ("rcu.traverse", Order.READ | Order.DEPENDENCY),
    ("rcu.assign.plain", Order.WRITE),
    ("rcu.assign", RELEASES | Order.WRITE),
    ("rcu.list", RELEASES | Order.WRITE),
    ("rcu.synchronize", FULL),
    ("rcu.barrier", FULL),
    ("rcu.call", FULL),
    ("rcu.free", FULL),
    ("rcu.read_lock.srcu", Order.LOCK),
    ("rcu.read_unlock.srcu", Order.LOCK),
    ("rcu.unlink", Order.WRITE),
    ("seq.read_begin", Order.READ),
    ("seq.read_retry", Order.READ),
    ("seq.write_begin", RELEASES | Order.WRITE),
    ("seq.write_end", RELEASES | Order.WRITE),
    ("pte.read", Order.READ),
    ("pte.read_lockless", Order.READ),
    ("work.cancel", FULL | Order.HANDOFF),
    ("ref.get_unless_zero", BOTH),
    ("ref.get", BOTH),
    ("ref.put", BOTH),
    ("ref.freeze", BOTH),
    ("ref.read", Order.READ),
    ("ref.set", Order.WRITE),
    ("percpu.rmw", BOTH),
    ("wake", FULL | Order.HANDOFF),
    ("wait.event", FULL | Order.HANDOFF),
    ("wait.work", FULL | Order.HANDOFF),
    ("wait.timer", FULL | Order.HANDOFF),
    ("wait.irq", FULL | Order.HANDOFF),
    ("wait.thread", FULL | Order.HANDOFF),
    ("wait.schedule", FULL | Order.HANDOFF),
    ("work.queue", FULL | Order.HANDOFF),
    ("timer.start", FULL | Order.HANDOFF),
    ("timer.stop", FULL | Order.HANDOFF),
    ("ipi", FULL | Order.HANDOFF),
)
"""What each concept gives; the longest that covers a concept decides."""
_ORDERS = dict(_GIVES)


def order_of_concepts(concepts: Iterable[str]) -> Order:
    """What an operation of these concepts orders; ``Order.NONE`` if nothing."""
    found = Order.NONE
    for concept in concepts:
        name = concept
        while name and name not in _ORDERS:
            name = name.rpartition(".")[0]
        found |= _ORDERS.get(name, Order.NONE)
    return found


def serves(have: Order, want: Order) -> bool:
    """True if an operation of ``have`` gives one of the things wanted, or is stronger."""
    if want is Order.COMPILER:
        return bool(have)
    return bool(have & want)
