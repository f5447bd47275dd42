"""Grace periods: which flavour a primitive waits for, and whether code still waits.

Since 5.1 one synchronize_rcu() waits for what used to be three flavours (preemptible, sched, bh):
kernel/rcu/update.c and Documentation/RCU/whatisRCU.rst. SRCU and the Tasks flavours stay apart.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from enum import Enum
from functools import lru_cache

from reviewer.judging.bodies import Body, Call, bodies_in, reached
from reviewer.source.model import Function
from reviewer.world import World


class Flavour(Enum):
    """Whose readers a grace period waits for."""

    RCU = "RCU"
    SRCU = "SRCU"
    TASKS = "RCU Tasks"
    TRACE = "RCU Tasks Trace"
    ANY = "some flavour"


_WAITS: tuple[tuple[str, Flavour], ...] = (
    (
        r"(?:synchronize|call|poll|start_poll|get|cond)_?\w*srcu\w*|srcu_barrier"
        r"|cleanup_srcu_struct",
        Flavour.SRCU,
    ),
    (
        r"\w*(?:synchronize|call|barrier)\w*rcu_tasks_trace\w*|rcu_barrier_tasks_trace",
        Flavour.TRACE,
    ),
    (r"\w*rcu_tasks\w*|rcu_barrier_tasks\w*|synchronize_rcu_mult", Flavour.TASKS),
    (
        r"(?:__)?(?:cond_)?synchronize_(?:rcu|net|sched)\w*|(?:__)?call_rcu\w*"
        r"|k?v?free_rcu\w*|kvfree_call_rcu"
        r"|rcu_barrier\w*|queue_rcu_work|rcu_sync_\w+|(?:start_)?poll_state_synchronize_rcu\w*"
        r"|\w*get_state_synchronize_rcu\w*|\w*_free_rcu|\w*_rcu_free\w*|rcu_work\w*"
        r"|tlb_remove_table\w*"
        r"|\w*free\w*_rcu\w*|\w*rcu\w*(?:free|delay|defer|put|release|wait|sync)\w*"
        r"|INIT_RCU_WORK|rcu_head_init",
        Flavour.RCU,
    ),
    (
        r"unregister_(?:netdevice|netdev|pernet|shrinker|kprobe|ftrace|trace)\w*"
        r"|free_netdev|dev_put\w*",
        Flavour.RCU,
    ),
    (
        r"tracepoint_synchronize_unregister|stop_machine\w*|percpu_(?:ref|rwsem|down)_\w+"
        r"|membarrier\w*",
        Flavour.RCU,
    ),
    (
        r"\w*(?:call|sync|free|put|destroy|release|queue|exit|kill)\w*_rcu\w*"
        r"|\w*rcu_(?:call|callback|head)\w*",
        Flavour.ANY,
    ),
)
_COMPILED = tuple((re.compile(pattern), flavour) for pattern, flavour in _WAITS)

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


@lru_cache(maxsize=8192)
def flavour_of(name: str) -> Flavour | None:
    """The flavour whose grace period a call waits for, starts or polls; None if it does none."""
    for pattern, flavour in _COMPILED:
        if pattern.fullmatch(name):
            return flavour
    return None


@dataclass(frozen=True, slots=True)
class Waits:
    """What a function does about grace periods, directly or in what it calls."""

    calls: tuple[Call, ...]
    indirect: bool
    """True if it calls through a pointer, where a wait may hide."""

    @property
    def flavours(self) -> frozenset[Flavour]:
        """Flavours of the waits found."""
        return frozenset(f for call in self.calls if (f := flavour_of(call.name)) is not None)


_INDIRECT = re.compile(rb"(?:->|\.)[ \t]*\w+[ \t]*\(|\(\s*\*\s*\w+\s*\)\s*\(")


def waits_of(world: World, function: Function) -> Waits:
    """All grace-period operations within reach of a function of this file."""
    found: list[Call] = []
    indirect = False
    for body in bodies_in(world.source, function.name):
        if not body.start <= function.body_start < body.end:
            continue
        indirect = _INDIRECT.search(body.code()) is not None
        for call in reached(world, body, lambda name: flavour_of(name) is not None):
            if flavour_of(call.name) is not None:
                found.append(call)
    return Waits(tuple(found), indirect)


def body_of(world: World, function: Function) -> Body | None:
    """The body of a function of this file."""
    return next(
        (
            body
            for body in bodies_in(world.source, function.name)
            if body.start <= function.body_start < body.end
        ),
        None,
    )
