"""Grace periods: flavours of primitives, and whether a function still waits."""

from __future__ import annotations

import inspect

import pytest

from reviewer.judging.grace import REMOVED, flavour_of, waits_of
from reviewer.kernel import Flavour
from reviewer.source.file import SourceFile
from reviewer.world import Library, World
from tests.support import MemoryTree, memory_index


def _world(text: str) -> World:
    data = (inspect.cleandoc(text) + "\n").encode()
    tree = MemoryTree({"mm/here.c": data})
    return World(SourceFile.parse("mm/here.c", data), Library(tree, memory_index(tree)))


@pytest.mark.parametrize(
    ("name", "flavour"),
    [
        ("synchronize_rcu", Flavour.RCU),
        ("synchronize_rcu_expedited", Flavour.RCU),
        ("synchronize_net", Flavour.RCU),
        ("call_rcu_hurry", Flavour.RCU),
        ("kvfree_rcu", Flavour.RCU),
        ("synchronize_srcu", Flavour.SRCU),
        ("call_srcu", Flavour.SRCU),
        ("synchronize_rcu_tasks", Flavour.TASKS),
        ("call_rcu_tasks_trace", Flavour.TRACE),
    ],
)
def test_flavours(name: str, flavour: Flavour) -> None:
    assert flavour_of(name) is flavour


@pytest.mark.parametrize("name", ["rcu_read_lock", "kfree", "rcu_dereference", "srcu_read_lock"])
def test_other_names_wait_for_nothing(name: str) -> None:
    assert flavour_of(name) is None


def test_what_took_the_place_of_a_removed_name_is_not_removed_itself() -> None:
    assert not set(REMOVED) & set(REMOVED.values())


def test_waits_are_found_in_helpers() -> None:
    world = _world(
        """
        static void settle(void) { synchronize_srcu(&s); }
        static void drop(struct x *x)
        {
                settle();
                x->ops->free(x);
        }
        static void keep(struct x *x) { x->kept = 1; }
        """
    )
    drop, keep = world.source.functions[1:]
    assert waits_of(world, drop).flavours == {Flavour.SRCU}
    assert waits_of(world, drop).unseen == "drop() calls through a pointer"
    assert not waits_of(world, keep).calls
    assert waits_of(world, keep).unseen == ""
