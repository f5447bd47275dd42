"""The strength of primitives and of words for barriers."""

from __future__ import annotations

import pytest

from reviewer.judging.barriers import FULL, Order, order_in_prose, order_of, serves, wanted


@pytest.mark.parametrize(
    ("strong", "weak"),
    [
        ("smp_mb", "smp_wmb"),
        ("smp_mb", "smp_load_acquire"),
        ("smp_store_release", "smp_wmb"),
        ("smp_load_acquire", "smp_rmb"),
        ("atomic_dec_return", "smp_mb"),
        ("test_and_set_bit", "smp_mb__after_atomic"),
        ("try_cmpxchg", "cmpxchg"),
        ("smp_store_mb", "smp_mb"),
        ("set_current_state", "smp_mb"),
        ("rcu_assign_pointer", "smp_store_release"),
        ("smp_load_acquire", "READ_ONCE"),
        ("xchg", "WRITE_ONCE"),
    ],
)
def test_stronger_serves_weaker(strong: str, weak: str) -> None:
    have, want = order_of(strong), wanted(weak)
    assert have is not None
    assert want is not None
    assert serves(have, want)


@pytest.mark.parametrize(
    ("weak", "strong"),
    [
        ("smp_wmb", "smp_mb"),
        ("smp_rmb", "smp_wmb"),
        ("atomic_inc", "smp_mb"),
        ("clear_bit", "smp_mb__before_atomic"),
        ("atomic_cmpxchg_relaxed", "smp_wmb"),
        ("READ_ONCE", "smp_store_release"),
        ("WRITE_ONCE", "READ_ONCE"),
        ("spin_unlock", "smp_mb"),
        ("rcu_read_lock", "smp_rmb"),
    ],
)
def test_weaker_does_not_serve_stronger(weak: str, strong: str) -> None:
    have, want = order_of(weak), wanted(strong)
    assert have is not None
    assert want is not None
    assert not serves(have, want)


def test_a_full_rmw_gives_everything() -> None:
    order = order_of("atomic_fetch_add")
    assert order is not None
    assert FULL in order


@pytest.mark.parametrize("name", ["foo", "printk", "lockdep_assert_held", "block_device"])
def test_other_names_order_nothing(name: str) -> None:
    assert order_of(name) in {None, Order.NONE}


@pytest.mark.parametrize(
    ("words", "order"),
    [
        ("write barrier", Order.WMB),
        ("read memory barrier", Order.RMB),
        ("full barrier", Order.MB),
        ("release semantics", Order.RELEASE),
    ],
)
def test_prose(words: str, order: Order) -> None:
    assert order_in_prose(words) == order
