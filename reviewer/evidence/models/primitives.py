"""Kernel primitives as litmus statements: read off the simulator's own definitions.

What ``smp_load_acquire()`` or ``atomic_inc_return()`` does is defined in
``reviewer/mmu/primitives/linux.def`` and nowhere else; this only finds out which argument is the
location, and which spellings of the kernel are the same thing.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from functools import cache

from reviewer.evidence.models.values import Does

_EVENT = re.compile(r"__(\w+)\{?([\w-]*)\}?\((\*?)(\w+)")
_FENCE = re.compile(r"\{?\s*__fence\{([\w-]+)\};?\s*\}?")
_ORDERS = frozenset(
    {
        "mb", "acquire", "release", "rmb", "wmb", "sync-rcu", "sync-srcu", "before-atomic",
        "after-atomic", "after-spinlock", "after-unlock-lock", "after-srcu-read-unlock",
    }
)  # fmt: skip
_LOCATIONS = ("X", "P")


@dataclass(frozen=True, slots=True)
class Primitive:
    """One primitive: ``arguments`` are '@' (the location), '$' (a value) or a constant.

    ``order`` says for each argument of the litmus statement which argument of the call it is, -1
    for one that the call does not have. ``pointer`` is false if the call names the location itself.
    """

    name: str
    does: Does
    reads: bool = False
    writes: bool = False
    orders: bool = False
    arguments: tuple[str, ...] = ()
    order: tuple[int, ...] = ()
    pointer: bool = True
    star: bool = False
    """True if the litmus statement takes ``*location``."""
    bit: int = -1
    """The argument that names a bit of the location, -1 if none does."""

    @property
    def location(self) -> int:
        """Which argument of the call is the location; -1 for none."""
        at = self.arguments.index("@") if "@" in self.arguments else -1
        return self.order[at] if at >= 0 else -1


_SAME = (
    (re.compile(r"(?:raw_|arch_)*atomic(?:64|_long)_(\w+)"), r"atomic_\1"),
    (re.compile(r"(?:raw_|arch_)atomic_(\w+)"), r"atomic_\1"),
    (re.compile(r"refcount_(read|set|inc|add|inc_not_zero)"), r"atomic_\1"),
    (re.compile(r"(?:virt|dma|arch_smp|__smp)_(mb|rmb|wmb|load_acquire|store_release)"), r"smp_\1"),
    (re.compile(r"(?:virt|__smp)_(store_mb)"), r"smp_\1"),
    (re.compile(r"(mb|rmb|wmb)"), r"smp_\1"),
    (re.compile(r"(?:READ_ONCE_NOCHECK|__READ_ONCE|rcu_access_pointer|rcu_dereference_raw_check)"),
     "READ_ONCE"),
    (re.compile(r"(?:RCU_INIT_POINTER|__WRITE_ONCE)"), "WRITE_ONCE"),
    (re.compile(r"s?rcu_dereference_(?:raw|check|bh|bh_check|sched|sched_check|protected|rtnl)"),
     "rcu_dereference"),
    (re.compile(r"srcu_dereference(?:_check)?|rtnl_dereference|rcu_dereference_rtnl"),
     "rcu_dereference"),
    (re.compile(r"smp_acquire__after_ctrl_dep"), "smp_rmb"),
    (re.compile(r"(?:synchronize_rcu_(?:tasks|bh|mult)|synchronize_net|synchronize_sched)"),
     "synchronize_rcu"),
    (re.compile(r"rcu_read_(lock|unlock)_(?:bh|sched|sched_notrace)"), r"rcu_read_\1"),
    (re.compile(r"(?:raw_)?spin_lock(?:_irq|_irqsave|_bh|_nested|_irqsave_nested)?"
                r"|mutex_lock(?:_nested|_io)?|(?:raw_)?write_lock(?:_irq|_irqsave|_bh)?"
                r"|(?:percpu_)?down_write(?:_nested)?"), "spin_lock"),
    (re.compile(r"(?:raw_)?spin_unlock(?:_irq|_irqrestore|_bh)?|mutex_unlock|(?:percpu_)?up_write"
                r"|(?:raw_)?write_unlock(?:_irq|_irqrestore|_bh)?"), "spin_unlock"),
    (re.compile(r"(?:raw_)?read_lock(?:_irq|_irqsave|_bh)?|(?:percpu_)?down_read(?:_nested)?"),
     "read_lock"),
    (re.compile(r"(?:raw_)?read_unlock(?:_irq|_irqrestore|_bh)?|(?:percpu_)?up_read"),
     "read_unlock"),
)  # fmt: skip
"""Spellings of the kernel that are the same thing to the memory model.

include/linux/atomic/atomic-instrumented.h, include/asm-generic/barrier.h, include/linux/rcupdate.h.
A mutex or the writer's side of an rwlock or rwsem excludes and orders as a spinlock does; the
reader's side does so too, but for other readers.
"""
READERS = ("read_lock", "read_unlock")
"""Primitives of the reader's side."""

_BITS: dict[str, tuple[str, Does, bool, bool, bool]] = {
    # Documentation/atomic_bitops.txt: name -> litmus primitive, reads, writes, orders
    "set_bit": ("atomic_or", Does.ACCESS, False, True, False),
    "clear_bit": ("atomic_andnot", Does.ACCESS, False, True, False),
    "change_bit": ("atomic_xor", Does.ACCESS, False, True, False),
    "__set_bit": ("atomic_or", Does.ACCESS, False, True, False),
    "__clear_bit": ("atomic_andnot", Does.ACCESS, False, True, False),
    "test_bit": ("atomic_read", Does.ACCESS, True, False, False),
    "test_bit_acquire": ("atomic_read_acquire", Does.ACCESS, True, False, True),
    "test_and_set_bit": ("atomic_fetch_or", Does.ACCESS, True, True, True),
    "test_and_clear_bit": ("atomic_fetch_andnot", Does.ACCESS, True, True, True),
    "test_and_change_bit": ("atomic_fetch_xor", Does.ACCESS, True, True, True),
    "test_and_set_bit_lock": ("atomic_fetch_or_acquire", Does.ACCESS, True, True, True),
    "clear_bit_unlock": ("atomic_fetch_andnot_release", Does.ACCESS, False, True, True),
}


@cache
def primitive(name: str) -> Primitive | None:
    """What a call of this name does, None if the memory model has no such primitive."""
    if name in _BITS:
        litmus, does, reads, writes, orders = _BITS[name]
        value = ("@",) if litmus.startswith("atomic_read") else ("1", "@")
        order = (1,) if len(value) == 1 else (-1, 1)
        return Primitive(litmus, does, reads, writes, orders, value, order, bit=0)
    table = _defined()
    if name in table:
        return table[name]
    for pattern, same in _SAME:
        match = pattern.fullmatch(name)
        if match is not None:
            return table.get(match.expand(same))
    if re.fullmatch(r"try_cmpxchg(?:_acquire|_release|_relaxed)?", name):
        found = table[name.removeprefix("try_")]
        return replace(found, arguments=("@", "$old", "$"), order=(0, 1, 2))
    return None


@cache
def _defined() -> dict[str, Primitive]:
    """The primitives of the memory model's definition file, those of page tables left out."""
    from reviewer.mmu.litmus.definitions import load_definitions, own_files  # seldom needed

    found: dict[str, Primitive] = {}
    for name, definition in load_definitions(own_files(), frozenset()).items():
        if definition.function:
            continue
        text = definition.text
        fence = _FENCE.fullmatch(text)
        if fence is not None:
            orders = fence[1] in _ORDERS
            same = "barrier" if fence[1] == "barrier" else name  # lockdep_assert_held(lock)
            found[name] = Primitive(same, Does.FENCE, orders=orders)
            continue
        event = _EVENT.search(text)
        if event is None or "X" not in definition.params:
            continue
        kind, tag, star, where = event.groups()
        if where not in _LOCATIONS:
            continue
        does = {"lock": Does.LOCK, "unlock": Does.UNLOCK}.get(kind, Does.ACCESS)
        if kind in ("trylock", "islocked", "srcu"):
            continue
        lvalue = kind in ("load", "store") and not star
        found[name] = Primitive(
            name,
            does,
            reads=kind == "load" or (kind not in ("store", "lock", "unlock", "atomic_op")),
            writes=kind not in ("load", "lock", "unlock"),
            orders=tag in _ORDERS or "__fence{mb}" in text or kind in ("lock", "unlock"),
            arguments=tuple("@" if one == "X" else "$" for one in definition.params),
            order=tuple(range(len(definition.params))),
            pointer=not lvalue,
            star=lvalue,
        )
    for name in READERS:
        found[name] = replace(found[name.replace("read", "spin")], name=name)
    return found
