"""What comes before what, who waits, and what pairs; sentences are our own."""

from __future__ import annotations

import pytest

from reviewer.claims.model import Claim, Kind, Modality
from tests.claims.helpers import read


def _named(claim: Claim) -> tuple[str, str]:
    first, then = claim.subject, claim.object
    return (first.name or first.text), ((then.name or then.text) if then else "")


def _only(text: str, kind: Kind) -> list[Claim]:
    return [claim for claim in read(text) if claim.kind is kind]


@pytest.mark.parametrize(
    ("text", "first", "then", "step"),
    [
        ("Store p->active before loading the p->cpu.", "p->active", "p->cpu", "before"),
        (
            "Make sure the new p->tail is visible before we ring the doorbell.",
            *("p->tail", "ring the doorbell", "before"),
        ),
        (
            "Ensures that the write to p->a is seen by whoever sees p->b.",
            *("p->a", "p->b", "before"),
        ),
        ("Anyone who sees p->ready set will also see p->data.", "p->data", "p->ready", "before"),
        ("Nobody may see p->b without seeing p->a.", "p->a", "p->b", "before"),
        (
            "The store to p->flag must come after the store to p->data.",
            *("p->flag", "p->data", "after"),
        ),
        (
            "Barrier so that the loads below cannot be done before the check of p->ready.",
            *("loads below", "p->ready", "after"),
        ),
        ("Order the load of p->a against the store of p->b.", "p->a", "p->b", "either"),
        ("The load must not be hoisted above p->lock.", "load", "p->lock", "either"),
        (
            "This keeps the compiler from moving the store of p->a past p->lock.",
            *("p->a", "p->lock", "either"),
        ),
        (
            "smp_rmb() keeps the load of p->x from being done before the load of p->y.",
            *("p->x", "p->y", "after"),
        ),
        (
            "A full barrier is needed between the store to p->a and the load of p->b.",
            *("p->a", "p->b", "before"),
        ),
        (
            "Force memory writes to complete before enabling p->irq.",
            *("memory writes to complete", "p->irq", "before"),
        ),
        (
            "The changes to p->state should be visible before changes to p->flags.",
            *("p->state", "p->flags", "before"),
        ),
        (
            "Use a memory barrier so that p->owner is seen by the adapter.",
            *("example", "p->owner", ""),
        ),
        (
            "The flag must be tested before enabling interrupts.",
            *("flag", "enabling interrupts", "before"),
        ),
        ("Memory barrier before checking p->free.", "Memory barrier", "p->free", "before"),
        (
            "Make sure there is no reorder of filling the ring and ringing the bell.",
            *("filling the ring", "ringing the bell", "either"),
        ),
        (
            "Make sure the ack gets there before we enable interrupts.",
            *("ack gets there", "enable interrupts", "before"),
        ),
        (
            "Do not let the load of p->b be satisfied before the store of p->a.",
            *("p->b", "p->a", "after"),
        ),
    ],
)
def test_two_events_and_which_comes_first(text: str, first: str, then: str, step: str) -> None:
    (claim,) = _only(text, Kind.ORDERS)
    assert (*_named(claim), claim.get("step")) == (first, then, step)


@pytest.mark.parametrize(
    "text",
    [
        "list_del_init() is used, since p->lock is dropped in order to take q->lock",
        "p->a is not guaranteed to be visible before the lock is taken.",
        "p->a need not be written before p->b is read, even without a barrier.",
        "Since gcc doesn't see that the list changes, it can reorder the reads of p->a.",
        "For a given flow, packets are not reordered.",
        "It happens if relaxed ordering is used and requests are sent after an atomic read.",
        "read the clock status until POND_INT is still 0 after the read, without the lock",
        "The locking order is first p->lock and then q->mutex.",
        "Try first to load it from the new path by foo_load(), then fall back to the lock.",
    ],
)
def test_what_orders_no_accesses(text: str) -> None:
    assert not _only(text, Kind.ORDERS)


def test_the_order_of_two_locks_is_one_claim() -> None:
    claims = [
        c for c in read("The p->lock must be acquired before q->mutex.") if c.kind != "refers"
    ]
    assert [claim.kind for claim in claims] == [Kind.NESTS]


@pytest.mark.parametrize(
    "text",
    [
        "Must wait for all AIO to complete before we continue with the lock.",
        "Wait for all readers of p->map to finish.",
        "Wait until all tasks have left the section.",
        "Wait for all pending activities to finish before removing it.",
        "Wait for everyone who might still look at it.",
        "We must wait for that to stop before freeing it.",
    ],
)
def test_whoever_is_at_work_is_waited_for(text: str) -> None:
    assert [claim.kind for claim in _only(text, Kind.WAITS)] == [Kind.WAITS]


@pytest.mark.parametrize(
    "text",
    [
        "Wait for the device to finish its reset.",
        "Wait 10 ms for the lock bit.",
        "Don't wait for all requests to complete.",
        "The wait for all workers to start is long.",
        "Only wait if no error was met during all of our thread set up.",
    ],
)
def test_machinery_is_not_waited_for(text: str) -> None:
    assert not _only(text, Kind.WAITS)


@pytest.mark.parametrize(
    ("text", "places"),
    [
        ("The barrier matches the read in pond_wake().", ["pond_wake"]),
        ("The other half of this barrier is in pond_poll().", ["pond_poll"]),
        ("This is the counterpart of the barrier in pond_poll().", ["pond_poll"]),
        ("This barrier goes with the one in pond_poll().", ["pond_poll"]),
        ("See pond_poll() for the matching barrier.", ["pond_poll"]),
        ("pond_fill() has the matching smp_wmb().", ["pond_fill"]),
        ("The matching barrier is in pond_poll().", ["pond_poll"]),
        ("Paired with smp_store_release() on p->head in pond_fill().", ["pond_fill"]),
        ("coupled with smp_rmb() in pond_poll()", ["pond_poll"]),
        ("Paired with critical section in pond_poll().", ["pond_poll"]),
        ("Memory barrier pairs with the input side.", [""]),
        ("The release pairs with the call to pond_flush() there.", ["pond_flush"]),
        (
            "This pairs with the one in pond_poll() and the one in pond_fill().",
            ["pond_poll", "pond_fill"],
        ),
        ("A refcount that matches the one in pond_get().", []),
        ("It does not match the barrier in pond_poll().", []),
    ],
)
def test_a_pairing_knows_where_its_other_half_is(text: str, places: list[str]) -> None:
    assert [claim.get("place") for claim in _only(text, Kind.PAIRS)] == places


@pytest.mark.parametrize(
    "text",
    [
        "smp_wmb() does not ensure that the store to p->a is visible before the store to p->b.",
        "There is no guarantee that the store to p->a is visible before the store to p->b.",
        "Without the barrier, the store to p->a must come after the store to p->b.",
        "There's no need for a barrier between the store to p->a and the load of p->b.",
        "This does not prevent the compiler from moving the store of p->a past p->lock.",
        "Nothing prevents the store of p->a from being reordered with p->b.",
        "Nothing keeps the load of p->a from being done before the load of p->b.",
        "Don't write p->a first, then read p->b.",
        "We need not observe an RCU grace period before freeing it.",
    ],
)
def test_an_order_that_is_denied_is_not_asserted(text: str) -> None:
    said = [one for one in _only(text, Kind.ORDERS) if one.modality is Modality.ASSERTED]
    assert said == []
