"""Grace periods: which flavour a primitive waits for, and whether code still waits.

What a primitive waits for is asked of the kernel's table (``reviewer.kernel``).
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from reviewer.judging.bodies import Body, Call, body_of, reach
from reviewer.judging.context import unless_left
from reviewer.kernel import Flavour, primitive
from reviewer.kernel.expressions import arguments_of, lock_name
from reviewer.source.file import SourceFile
from reviewer.source.model import Flow, Function, Operation
from reviewer.world import World

REMOVED: Mapping[str, str] = {
    "synchronize_sched": "synchronize_rcu",
    "synchronize_sched_expedited": "synchronize_rcu_expedited",
    "synchronize_rcu_bh": "synchronize_rcu",
    "synchronize_rcu_bh_expedited": "synchronize_rcu_expedited",
    "synchronize_kernel": "synchronize_rcu",
    "call_rcu_sched": "call_rcu",
    "call_rcu_bh": "call_rcu",
    "rcu_barrier_sched": "rcu_barrier",
    "rcu_barrier_bh": "rcu_barrier",
    "get_state_synchronize_sched": "get_state_synchronize_rcu",
    "cond_synchronize_sched": "cond_synchronize_rcu",
    "rcu_idle_enter": "ct_idle_enter",
    "rcu_idle_exit": "ct_idle_exit",
    "rcu_user_enter": "ct_user_enter",
    "rcu_user_exit": "ct_user_exit",
    "rcu_irq_enter": "ct_irq_enter",
    "rcu_irq_exit": "ct_irq_exit",
    "rcu_nmi_enter": "ct_nmi_enter",
    "rcu_nmi_exit": "ct_nmi_exit",
    "RCU_NONIDLE": "ct_irq_enter_irqson",
    "rcu_preempt_state": "rcu_state",
    "rcu_sched_state": "rcu_state",
    "rcu_bh_state": "rcu_state",
    "rcu_read_lock_sched_bh": "rcu_read_lock",
    "call_rcu_lazy": "call_rcu",
    "synchronize_idle_tasks": "synchronize_rcu_tasks",
    "rcu_swap_protected": "rcu_replace_pointer",
    "SLAB_DESTROY_BY_RCU": "SLAB_TYPESAFE_BY_RCU",
    "rcu_dereference_index_check": "rcu_dereference_check",
    "smp_read_barrier_depends": "READ_ONCE",
    "lockless_dereference": "READ_ONCE",
    "synchronize_srcu_sched": "synchronize_srcu",
    "rcu_dynticks_eqs_enter": "ct_kernel_exit_state",
    "rcu_dynticks_eqs_exit": "ct_kernel_enter_state",
    "RCU_DYNTICKS_IDX": "CT_RCU_WATCHING",
    "rcu_cpu_starting": "rcutree_report_cpu_starting",
}
"""Names of RCU's interface that are gone, and what stands in their place."""


def flavour_of(name: str) -> Flavour | None:
    """The flavour whose grace period a call waits for, starts or polls; None if it does none."""
    known = primitive(name)
    return None if known is None else known.waits_for


_HOW = {
    "rcu.synchronize": "waits",
    "rcu.barrier": "drains",
    "rcu.call": "queues",
    "rcu.free": "queues",
    "rcu.poll": "polls",
}


def manner_of(name: str) -> str:
    """waits, drains (callbacks), queues or polls; '' for a name that concerns no grace period."""
    known = primitive(name)
    tags = () if known is None else known.tags
    return next((_HOW[root] for tag in tags for root in _HOW if tag.concept.startswith(root)), "")


def is_alike(call: Call, named: str, said: str) -> bool:
    """True if a call waits in the manner of the one that is named, and for the same domain."""
    wanted = manner_of(named) if named else "waits"
    return manner_of(call.name) == wanted and is_of_domain(
        call.name, tuple(arguments_of(call.arguments)), said
    )


@dataclass(frozen=True, slots=True)
class Waits:
    """What a function does about grace periods, directly or in what it calls."""

    calls: tuple[Call, ...]
    unseen: str
    """What was not looked into, where a wait may hide; '' if nothing."""
    near: bool = False
    """True if some of that is called by the function itself or by its own helpers."""

    @property
    def flavours(self) -> frozenset[Flavour]:
        """Flavours of the waits found."""
        return frozenset(f for call in self.calls if (f := flavour_of(call.name)) is not None)


def waits_of(world: World, function: Function) -> Waits:
    """All grace-period operations within reach of a function of this file."""
    body = body_of(world, function)
    if body is None:
        return Waits((), f"{function.name}() could not be read")
    return waits_in(world, body)


def waits_in(world: World, body: Body) -> Waits:
    """All grace-period operations within reach of a body."""
    within = reach(world, body, lambda name: flavour_of(name) is not None)
    found = tuple(call for call in within.calls if flavour_of(call.name) is not None)
    return Waits(found, within.unseen, any(not one.far for one in within.gaps))


def is_of_domain(name: str, arguments: Sequence[str], said: str) -> bool:
    """True unless a call waits for the readers of another SRCU domain than is said.

    The last name of both is compared: the object in front has another one in each function.
    """
    if not said or flavour_of(name) is not Flavour.SRCU:
        return True
    return bool(arguments) and lock_name(arguments[0]) == lock_name(said)


_BEGINS = re.compile(rb"[;{}]\s*\Z")
"""What stands before a statement: a call that is an argument of a macro may not be done."""
_TURNS = re.compile(
    rb"[?:#]|&&|\|\||\b(?:return|goto|break|continue|if|else|for|while|do|switch|\w*for_each\w*)\b"
)


def follows_straight(source: SourceFile, at: int, wait: Operation) -> bool:
    """True if code at ``at`` (a byte of the file) is always followed by a wait further down."""
    between = source.code(at, max(wait.start_byte, at))
    begins = _BEGINS.search(between) is not None or not between.strip()
    turns = _TURNS.search(between) is not None or b"{" in between
    return at <= wait.start_byte and begins and not turns and not wait.conditions


def surely_waits(world: World, source: SourceFile, function: Function, name: str) -> bool:
    """True if a function calls ``name`` itself, on every way through it."""
    body = source.code(function.body_start, function.body_end)
    return any(
        one.name == name
        and not one.via
        and one.flow is Flow.ALWAYS
        and not one.conditions
        and not unless_left(one, function, source)
        and _BEGINS.search(body, 0, one.start_byte - function.body_start) is not None
        for one in world.function_facts(function, source).operations
    )
