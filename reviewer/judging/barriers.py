"""What the kernel's primitives order: the strength of barriers, from Documentation/atomic_t.txt.

Strength is what a reader of the code may rely on, a little generous where the kernel is: a
grace period, a wake-up or a wait counts as a full barrier, since comments pair with them as such
(Documentation/memory-barriers.txt, "Sleep and wake-up functions").
"""

from __future__ import annotations

import re
from enum import Flag, auto
from functools import lru_cache


class Order(Flag):
    """What an operation orders, and whether it is a marked access to shared memory."""

    NONE = 0
    READ = auto()
    """A marked load: READ_ONCE() or what contains one."""
    WRITE = auto()
    """A marked store."""
    ACQUIRE = auto()
    RELEASE = auto()
    RMB = auto()
    WMB = auto()
    MB = auto()
    DEPENDENCY = auto()
    """Orders later accesses only through the address that was read."""
    LOCK = auto()
    """Enters or leaves a critical section."""
    COMPILER = auto()


ACQUIRES = Order.ACQUIRE | Order.RMB
RELEASES = Order.RELEASE | Order.WMB
FULL = ACQUIRES | RELEASES | Order.MB
BOTH = Order.READ | Order.WRITE
BARRIERS = FULL | Order.DEPENDENCY | Order.LOCK
"""Everything that orders anything; without the merely marked accesses."""

_VALUE = (
    r"(?:_return|fetch_|_and_test|cmpxchg|xchg|add_unless|inc_not_zero|inc_unless|dec_unless"
    r"|dec_if_positive|add_negative|sub_if|_not_one|_and_lock)"
)
# First match decides. Sources: include/asm-generic/barrier.h, include/linux/atomic/*.h,
# Documentation/atomic_t.txt, Documentation/atomic_bitops.txt, include/linux/rcupdate.h,
# include/linux/wait.h, include/linux/seqlock.h.
_TABLE: tuple[tuple[str, Order], ...] = (
    (r"(?:__)?(?:smp_|virt_|dma_|arch_|io_|pmem_)*mb", FULL),
    (r"(?:__)?(?:smp_|virt_|dma_|arch_|io_|pmem_)*rmb", ACQUIRES),
    (r"(?:__)?(?:smp_|virt_|dma_|arch_|io_|pmem_)*wmb", RELEASES),
    (r"(?:__)?(?:smp|virt)_mb__\w+|set_mb|__sync_synchronize|iob|iobarrier_\w+", FULL),
    (r"(?:__)?(?:smp|virt)_store_mb", FULL | Order.WRITE),
    (
        r"smp_acquire__after_ctrl_dep|\w*_?(?:cond_)?load_acquire|\w+_read_acquire",
        ACQUIRES | Order.READ,
    ),
    (r"test_bit_acquire|\w+_uptodate_acquire|kcsan_acquire", ACQUIRES | Order.READ),
    (r"\w*_?store_release|\w+_set_release|kcsan_release", RELEASES | Order.WRITE),
    (r"smp_read_barrier_depends|read_barrier_depends", Order.DEPENDENCY | Order.READ),
    (r"barrier|barrier_data|prevent_tail_call_optimization", Order.COMPILER),
    # the compiler's own, which tools and BPF programs use
    (r"__sync_\w+|__atomic_\w+", FULL | BOTH),
    # bit operations
    (r"__test_and_\w+_bit(?:_le)?", BOTH),
    (r"\w*test_and_set_\w*bit_lock", ACQUIRES | BOTH | Order.LOCK),
    (r"(?!__)\w*test_and_(?:set|clear|change)_\w+|(?:Test(?:Set|Clear)\w+)", FULL | BOTH),
    (
        r"\w*clear_bit_unlock\w*|clear_and_wake_up_\w+|bit_spin_unlock|xor_unlock_\w+",
        RELEASES | BOTH | Order.LOCK,
    ),
    (
        r"(?:arch_|assign_|\w+_)?(?:set|clear|change)_bit|assign_bit|set_tsk_thread_flag"
        r"|clear_tsk_\w+|set_ti_thread_flag",
        BOTH,
    ),
    (r"test_bit|test_tsk_thread_flag|test_thread_flag", Order.READ),
    # atomics and exchanges
    (
        r"\w*(?:cmpxchg|xchg)\w*_relaxed|\w*(?:atomic|refcount)\w*_relaxed|\w*(?:cmpxchg"
        r"|xchg)\w*_local|this_cpu_\w+",
        BOTH,
    ),
    (r"\w*(?:cmpxchg|xchg|atomic|refcount)\w*_acquire", ACQUIRES | BOTH),
    (r"\w*(?:cmpxchg|xchg|atomic|refcount)\w*_release", RELEASES | BOTH),
    (r"\w*(?:try_)?cmpxchg\w*|\w*xchg\w*", FULL | BOTH),
    (rf"\w*atomic\w*{_VALUE}\w*", FULL | BOTH),
    (r"\w*atomic(?:64|_long)?_read|refcount_read", Order.READ),
    (r"\w*atomic(?:64|_long)?_set|refcount_set", Order.WRITE),
    (r"(?:raw_|arch_)?atomic(?:64|_long)?_\w+", BOTH),
    (r"(?:refcount|kref)_(?:dec|sub|put)\w*|\w+_ref_put_and_test", FULL & ~Order.MB | BOTH),
    (r"(?:refcount|kref)_\w+|percpu_ref_\w+", BOTH),
    # RCU
    (
        r"(?:s?rcu_dereference|rcu_access_pointer|rcu_pointer_handoff|srcu_dereference)\w*",
        Order.READ | Order.DEPENDENCY,
    ),
    (
        r"rcu_(?:assign|replace)_pointer|rcu_swap_protected|rcu_assign_sk_user_data\w*",
        RELEASES | BOTH,
    ),
    (r"RCU_INIT_POINTER", Order.WRITE),
    (
        r"(?:h?list|hlist_nulls|hlist_bl|rb|sk)_\w*(?:for_each|first|next|entry|lookup)\w*_rcu\w*",
        Order.READ | Order.DEPENDENCY,
    ),
    (r"(?:__)?(?:h?list|hlist_nulls|hlist_bl|rb|sk)_\w+_rcu", RELEASES | Order.WRITE),
    (r"(?:synchronize|cond_synchronize)_\w+|\w*rcu_barrier\w*|rcu_\w*synchronize\w*", FULL),
    (r"(?:__)?srcu_read_(?:un)?lock(?:_nmisafe)?", FULL | Order.LOCK),
    (r"rcu_read_(?:un)?lock\w*|rcu_note_\w+", Order.NONE),
    # sequence counters
    (
        r"(?:raw_)?read_seq\w*|(?:__)?u64_stats_fetch_\w+|raw_seqcount_begin|\w*read_seqcount_\w+",
        ACQUIRES | Order.READ,
    ),
    (
        r"(?:raw_)?write_seq\w*|u64_stats_update_\w+|\w*write_seqcount_\w+"
        r"|do_raw_write_seqcount\w+",
        RELEASES | ACQUIRES | Order.WRITE,
    ),
    # sleeping and waking
    (
        r"set_(?:current|special|task)_state|current_save_and_set_rtlock_wait_state",
        FULL | Order.WRITE,
    ),
    (
        r"\w*prepare_to_\w*wait\w*|\w*wait_event\w*|\w*wait_(?:for_completion|on_bit"
        r"|var_event|woken)\w*",
        FULL | BOTH | Order.LOCK,
    ),
    (
        r"\w*wake_up\w*|\w*wake_q\w*|complete(?:_all|_on_current_cpu)?|\w*_wake(?:up)?"
        r"|wake_\w+|woken_wake_\w+",
        FULL | Order.LOCK,
    ),
    (
        r"wq_has_sleeper|skwq_has_sleeper|swq_has_sleeper|rcuwait_\w+|finish_wait|finish_swait",
        FULL | Order.LOCK,
    ),
    (
        r"schedule(?:_timeout\w*|_preempt_disabled)?|io_schedule\w*|__schedule|cond_resched",
        FULL | Order.LOCK,
    ),
    (
        r"(?:mod_)?(?:delayed_)?(?:queue|schedule|flush|cancel)_(?:\w+_)?(?:work"
        r"|works)\w*|queue_work\w*",
        FULL | Order.LOCK,
    ),
    (
        r"(?:mod|del|add|timer)_(?:timer|delete|shutdown)\w*|hrtimer_(?:start|cancel|try)\w*",
        FULL | Order.LOCK,
    ),
    (
        r"smp_call_function\w*|on_each_cpu\w*|stop_machine\w*|irq_work_(?:queue|sync)\w*"
        r"|task_work_\w+|kick_all_cpus_sync",
        FULL,
    ),
    (r"llist_(?:add|del)\w*|kthread_(?:stop|park|queue|flush)\w*|call_rcu\w*|kv?free_rcu\w*", FULL),
    # locks: entering is acquire, leaving is release
    (
        r"lockdep\w*|assert_\w+|\w+_is_locked\w*|\w*clock\w*|\w*block\w*|\w+_locked|unlocked_\w+",
        Order.NONE,
    ),
    (
        r"\w*unlock\w*|up|up_(?:read|write)|release_sock|\w+_unlock|read_sequnlock\w*"
        r"|downgrade_write",
        RELEASES | BOTH | Order.LOCK,
    ),
    (
        r"\w*trylock\w*|\w*_?lock(?:_\w+)?|lock_\w+|down|down_(?:read|write|interruptible"
        r"|killable|timeout|trylock)\w*|guard|scoped_guard|\w+_lock\w*",
        ACQUIRES | BOTH | Order.LOCK,
    ),
    (r"local_bh_(?:dis|en)able|preempt_(?:dis|en)able\w*|local_irq_\w+", Order.NONE),
    # marked accesses
    (
        r"(?:__)?READ_ONCE(?:_NOCHECK)?|ACCESS_ONCE|data_race|READ_ONCE_\w+",
        Order.READ | Order.DEPENDENCY,
    ),
    (r"(?:__)?WRITE_ONCE|ASSIGN_ONCE|WRITE_ONCE_\w+", Order.WRITE),
    (
        r"(?:mfence|dmb|dsb|sync|lwsync|fence|membar|bcr_serialize|eieio|isync|ISB"
        r"|FENCE_\w+|RISCV_FENCE|__smp_\w+)",
        FULL,
    ),
    (
        r"xa_(?:load|find\w*|for_each\w*)|xas_load|radix_tree_lookup\w*|idr_find\w*",
        Order.READ | Order.DEPENDENCY,
    ),
    (
        r"xa_(?:store|insert|cmpxchg|alloc|erase)\w*|idr_(?:alloc|replace)\w*|radix_tree_insert",
        FULL | BOTH,
    ),
)
_COMPILED = tuple((re.compile(pattern), order) for pattern, order in _TABLE)


@lru_cache(maxsize=16384)
def order_of(name: str) -> Order | None:
    """What a call of ``name`` orders, or None if it is no primitive we know.

    ``Order.NONE`` is an answer: a known operation that orders nothing.
    """
    for pattern, order in _COMPILED:
        if pattern.fullmatch(name):
            return order
    return None


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
    if Order.MB in given:
        return Order.MB
    if Order.LOCK in given:
        return Order.LOCK | Order.MB
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
        lock = order & Order.LOCK
        if Order.MB in order or (order & ACQUIRES and order & RELEASES):
            found |= FULL | Order.DEPENDENCY | lock
        elif order & ACQUIRES:
            found |= RELEASES | Order.MB | lock
        elif order & RELEASES:
            found |= ACQUIRES | Order.MB | Order.DEPENDENCY | lock
        else:
            found |= BARRIERS | BOTH
    return found or BARRIERS | BOTH


def serves(have: Order, want: Order) -> bool:
    """True if an operation of ``have`` gives one of the things wanted, or is stronger."""
    if want is Order.COMPILER:
        return bool(have)
    return bool(have & want)
