"""One vocabulary: each name has one row, and whatever asks about it gets the same answer."""

from __future__ import annotations

import re
import tomllib
from pathlib import Path

import pytest

import reviewer.kernel
import reviewer.mmu
from reviewer.judging.barriers import order_of as judged_order
from reviewer.judging.grace import flavour_of
from reviewer.judging.variables import is_fence
from reviewer.kernel import Flavour, Order, order_of, primitive
from reviewer.kernel.hints import may_change_state
from reviewer.kernel.order import ACQUIRES, FULL, RELEASES
from reviewer.kernel.table import catalogue

NAMES = catalogue().names


def test_no_two_tables_answer_differently() -> None:
    for name in NAMES:
        known = primitive(name)
        assert known is not None
        assert judged_order(name) == order_of(name) == known.order, name
        assert flavour_of(name) is known.waits_for, name
        assert is_fence(name) == known.fence, name
        assert may_change_state(name) == known.changes_state, name


def test_each_concept_agrees_with_the_others_of_its_row() -> None:
    for name in NAMES:
        known = primitive(name)
        assert known is not None
        if known.pure:
            assert not known.order, name
            assert known.waits_for is None, name
            assert not known.sleeps, name
        if known.does("rcu.synchronize"):
            assert known.sleeps, f"{name} waits for readers, so it sleeps"
            assert Order.MB in known.order, name
        if known.does("lock.acquire") and not known.does("lock.release"):
            assert Order.ACQUIRE in known.order, name
        if known.does("lock.release") and not known.does("lock.acquire"):
            assert Order.RELEASE in known.order, name
        if known.does("atomic.rmw.relaxed") and not known.does("wake"):
            assert not known.order & (FULL ^ RELEASES), name
        assert not (known.does("context.irq_off") and known.sleeps), name


def test_every_group_says_where_the_kernel_defines_it() -> None:
    folder = Path(reviewer.kernel.__file__).parent / "primitives"
    for path in sorted(folder.glob("*.toml")):
        for group in tomllib.loads(path.read_text())["group"]:
            assert re.search(r"\.[ch]\b", group["header"]), (path.name, group["header"])


_TAGS = {
    "mb": Order.MB,
    "rmb": Order.RMB,
    "wmb": Order.WMB,
    "acquire": Order.ACQUIRE,
    "release": Order.RELEASE,
    "barrier": Order.COMPILER,
    "sync-rcu": Order.MB,
    "sync-srcu": Order.MB,
    "before-atomic": Order.MB,
    "after-atomic": Order.MB,
    "after-spinlock": Order.MB,
    "after-unlock-lock": Order.MB,
    "after-srcu-read-unlock": Order.MB,
}


def _definitions() -> list[tuple[str, str]]:
    path = Path(reviewer.mmu.__file__).parent / "primitives" / "linux.def"
    return re.findall(r"^(\w+)\([^)]*\)\s+(.+)$", path.read_text(), re.M)


@pytest.mark.parametrize(("name", "body"), _definitions())
def test_the_simulator_orders_as_the_table_says(name: str, body: str) -> None:
    known = primitive(name)
    assert known is not None, "the simulator defines a primitive that the table does not know"
    if name == "smp_read_barrier_depends":
        return  # no barrier at all since 4.15, when READ_ONCE() took over its work
    said = Order.NONE
    for tag in re.findall(r"\{([\w-]+)\}", body):
        said |= _TAGS.get(tag, Order.NONE)
    said |= Order.ACQUIRE if re.search(r"__(?:try)?lock\(", body) else Order.NONE
    said |= Order.RELEASE if "__unlock(" in body else Order.NONE
    strong = Order.MB | Order.ACQUIRE | Order.RELEASE | Order.COMPILER
    if Order.MB in said:
        assert Order.MB in known.order
    else:
        assert known.order & strong == said & strong | (
            (Order.ACQUIRE if Order.RMB in said else Order.NONE)
            | (Order.RELEASE if Order.WMB in said else Order.NONE)
        )


@pytest.mark.parametrize(
    ("name", "order"),
    [
        ("smp_mb", FULL),
        ("smp_rmb", ACQUIRES),
        ("smp_wmb", RELEASES),
        ("dma_rmb", ACQUIRES),
        ("read_sequnlock_excl", RELEASES),
        ("percpu_up_read", RELEASES),
        ("spin_unlock", RELEASES),
        ("mutex_lock", ACQUIRES),
        ("atomic_inc", Order.NONE),
        ("set_bit", Order.NONE),
        ("list_del_rcu", Order.NONE),
        ("cpumask_test_and_set_cpu", FULL),
        ("synchronize_srcu", FULL),
    ],
)
def test_orders(name: str, order: Order) -> None:
    found = order_of(name)
    assert found is not None
    assert found & FULL == order & FULL


@pytest.mark.parametrize("name", ["READ_ONCE", "percpu_ref_get", "rcuwait_wait_event", "dev_put"])
def test_what_waits_for_no_grace_period(name: str) -> None:
    known = primitive(name)
    assert known is not None
    assert known.waits_for is None


@pytest.mark.parametrize(
    ("name", "flavour"),
    [
        ("synchronize_net", Flavour.RCU),
        ("unregister_netdev", Flavour.RCU),
        ("srcu_barrier", Flavour.SRCU),
        ("call_rcu_tasks_trace", Flavour.TRACE),
        ("synchronize_rcu_tasks_rude", Flavour.TASKS),
        ("percpu_ref_kill", Flavour.RCU),
    ],
)
def test_grace_periods(name: str, flavour: Flavour) -> None:
    known = primitive(name)
    assert known is not None
    assert known.waits_for is flavour
