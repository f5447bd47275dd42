"""Sentences that name a lock or a context and claim something else, or the contrary."""

from __future__ import annotations

import pytest

from reviewer.claims.model import Kind, Modality
from reviewer.source.model import AnchorKind
from tests.claims.helpers import read


def claimed(text: str) -> set[tuple[Kind, str]]:
    return {
        (one.kind, one.object.concept if one.object else "")
        for one in read(text)
        if one.kind is not Kind.REFERS and one.modality is Modality.ASSERTED
    }


@pytest.mark.parametrize(
    "text",
    [
        "Ask for a low latency to prevent the CPU from going into deep sleep states.",
        "This prevents a page fault.",
        "Disable the wakeup of the pond to prevent periodic wakeups.",
        "Limit the time used in the interrupt handler.",
        "The workers are used to schedule what follows from within an interrupt context.",
        "The keeper whose interrupts should be disabled.",
        "Light sleep by default, no need to power down here.",
        "This may happen without actively shutting down.",
        "It is safe to walk the list without holding foo_lock.",
        "We do not hold foo_lock for too long.",
        "We must not hold foo_lock for very long.",
        "foo_lock cannot be held by others here.",
    ],
)
def test_nothing_is_asked_or_kept_out(text: str) -> None:
    kinds = {Kind.REQUIRES, Kind.FORBIDS, Kind.EXCLUDES}
    assert not {one for one in claimed(text) if one[0] in kinds}
    assert (Kind.NEEDS_NONE, "lock") not in claimed(text)


@pytest.mark.parametrize(
    "text",
    [
        "Make sure the wing interrupts are disabled",
        "Called with beak interrupts disabled.",
        "The W7 interrupts must be enabled",
    ],
)
def test_interrupts_that_are_somebody_s_are_not_the_cpu_s(text: str) -> None:
    assert not {one for one in claimed(text) if one[1].startswith("irq-")}


@pytest.mark.parametrize(
    "text",
    [
        "Called with local interrupts disabled.",
        "They call it so, yet interrupts must be disabled.",
        "Called with foo_lock held and interrupts disabled.",
        "Called with preemption and interrupts disabled.",
        "Called with all interrupts disabled.",
    ],
)
def test_interrupts_that_are_nobody_s_are_the_cpu_s(text: str) -> None:
    assert (Kind.REQUIRES, "irq-off") in claimed(text)


@pytest.mark.parametrize(
    "text",
    [
        "Avoid taking any other locks under foo_lock to avoid lockdep splats.",
        "Avoid blocking other tasks for too long.",
    ],
)
def test_what_we_are_not_to_do_keeps_nobody_out(text: str) -> None:
    assert not {kind for kind, _ in claimed(text)} & {Kind.EXCLUDES, Kind.NEEDS_NONE}


@pytest.mark.parametrize(
    "text",
    [
        "We need to make a bunch of calls that might sleep.",
        "Before doing any allocations which may sleep.",
        "The pond consists of a run of data blocks.",
        "Blocks are given back one by one.",
        "This will soon change to dedicate some of those blocks for bread.",
        "Find out which operations (read or write) will not block.",
        "We ignore the rule that polls should not sleep.",
    ],
)
def test_what_is_no_code_does_not_sleep(text: str) -> None:
    assert not {one for one in claimed(text) if one[1] == "may-sleep"}


@pytest.mark.parametrize(
    ("text", "subject"),
    [
        ("Must be implemented and can sleep.", "code"),
        ("The callback must be implemented and can sleep.", "code"),
        ("This callback is optional; it must not sleep.", "code"),
        ("We're not allowed to sleep here.", "code"),
        ("This op might sleep.", "code"),
        ("It is called from a workqueue, and as such is allowed to sleep.", "code"),
        ("Like all callbacks it is called by the keeper, so it better not sleep.", "code"),
        ("These ioctls will not sleep, so no lock is taken.", "data"),
        ("This is where the foo_lock owner cannot sleep.", "lock:foo_lock"),
        ("It does a slab alloc which can sleep.", "data"),
    ],
)
def test_who_sleeps_is_who_the_verbs_before_speak_of(text: str, subject: str) -> None:
    found = [one for one in read(text) if one.object and one.object.concept == "may-sleep"]
    assert [one.about for one in found] == [subject]


@pytest.mark.parametrize(
    "text",
    [
        "There is no need to be atomic.",
        "It may fail if this can't be done atomically.",
        "Try to make the feed atomic by writing the bread last.",
    ],
)
def test_what_need_not_be_atomic(text: str) -> None:
    assert Kind.ATOMIC not in {kind for kind, _ in claimed(text)}


@pytest.mark.parametrize(
    "text", ["The feed is required to be atomic.", "Feeds of 32 bits are guaranteed to be atomic."]
)
def test_what_has_to_be_atomic(text: str) -> None:
    assert Kind.ATOMIC in {kind for kind, _ in claimed(text)}


@pytest.mark.parametrize(
    "text",
    [
        "The lock is locked/unlocked using spin_lock_irq() functions.",
        "foo_lock is locked via foo_take().",
        "Here we have wrappers for locking the pond.",
    ],
)
def test_how_a_lock_is_taken_asks_for_nothing(text: str) -> None:
    assert Kind.REQUIRES not in {kind for kind, _ in claimed(text)}


def test_a_lock_for_locking_protects_nothing_named() -> None:
    found = read("the mutex used for locking", kind=AnchorKind.FIELD, name="pond.foo_lock")
    assert Kind.PROTECTED not in {one.kind for one in found}


@pytest.mark.parametrize(
    ("text", "name"),
    [
        ("bar() drops foo_lock.", "bar"),
        ("bar() then takes foo_lock.", "bar"),
        ("This drops foo_lock.", "example"),
        ("example() drops foo_lock.", "example"),
    ],
)
def test_who_takes_a_lock_is_who_is_named(text: str, name: str) -> None:
    found = [one for one in read(text) if one.kind is Kind.LEAVES]
    assert [one.subject.name for one in found] == [name]


@pytest.mark.parametrize(
    "text",
    [
        "Process environment, called with foo_lock held.",
        "Interrupt, called with foo_lock held.",
        "Interrupt level, called with foo_lock held.",
        "Must be called with exclusively locked pond->foo_lock.",
    ],
)
def test_where_code_runs_is_not_what_is_called(text: str) -> None:
    found = [one for one in read(text) if one.object and one.object.name.endswith("foo_lock")]
    assert {one.about for one in found} == {"code"}


@pytest.mark.parametrize(
    ("text", "subject"),
    [
        ("feed() - Complete a feed with foo_lock held.", "code"),
        ("Test a flag under foo_lock.", "code"),
        ("Each duck is looked up under foo_lock.", "data"),
        ("Feed them. Walk the list under foo_lock.", "data"),
    ],
)
def test_what_a_function_is_for_is_done_by_it(text: str, subject: str) -> None:
    found = [one for one in read(text) if one.kind is Kind.PROTECTED]
    assert [one.about for one in found] == [subject]


@pytest.mark.parametrize(
    "text",
    [
        "This is like calling feed() except it does so while holding foo_lock.",
        "Calling it under foo_lock is always a bug.",
        "Feeding them all with foo_lock held is not a good idea.",
    ],
)
def test_what_is_not_done_protects_nothing(text: str) -> None:
    assert Kind.PROTECTED not in {kind for kind, _ in claimed(text)}


def test_what_must_be_is_said_of_the_code() -> None:
    assert (Kind.REQUIRES, "lock") in claimed("Must be inside the lock.")


def test_what_is_already_so_is_held() -> None:
    assert claimed("already under foo_lock") == {(Kind.REQUIRES, "lock:foo_lock")}
    assert (Kind.REQUIRES, "lock:foo_lock") not in claimed("later under foo_lock")


def test_what_a_lock_is_put_around_is_protected_by_it() -> None:
    found = claimed("Several threads look, so protect this with foo_lock.")
    assert (Kind.PROTECTED, "lock:foo_lock") in found
    assert Kind.EXCLUDES not in {kind for kind, _ in found}


def test_who_calls_this_function_with_a_lock() -> None:
    assert (Kind.REQUIRES, "lock:foo_lock") in claimed(
        "The driver calls this function with foo_lock held."
    )


def test_who_is_interrupted_is_kept_from_it() -> None:
    kinds = {
        kind for kind, _ in claimed("Set it to avoid getting interrupted while holding foo_lock.")
    }
    assert Kind.EXCLUDES in kinds


@pytest.mark.parametrize(
    ("text", "kind", "concept"),
    [
        ("OK, now we hold foo_lock, the pond cannot go away.", Kind.STABLE, "lock:foo_lock"),
        ("Called under foo_sem, so the depth won't change.", Kind.STABLE, "lock:foo_sem"),
        ("We don't hold foo_lock, so the pond cannot be removed.", Kind.STABLE, ""),
        ("Once we hold foo_lock, the pond cannot be freed.", Kind.STABLE, ""),
    ],
)
def test_what_the_clause_before_gives_as_the_reason(text: str, kind: Kind, concept: str) -> None:
    found = {one for one in claimed(text) if one[0] is kind}
    assert found <= {(kind, concept)}
    assert found or not concept


def test_who_keeps_others_out_is_the_lock_of_the_clause_before() -> None:
    (claim,) = [
        one
        for one in read("We hold foo_lock here, so no one can add ducks to the queue.")
        if one.kind is Kind.EXCLUDES
    ]
    assert claim.subject.concept == "lock:foo_lock"


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("Flag that tells whether lock is held.", set()),
        ("No reference, nor lock is required on the pond.", {(Kind.NEEDS_NONE, "lock")}),
        ("Called with the overall lock held.", {(Kind.REQUIRES, "lock")}),
        ("Called with the pool lock held.", {(Kind.REQUIRES, "lock:pool")}),
    ],
)
def test_which_words_name_a_lock(text: str, found: set[tuple[Kind, str]]) -> None:
    assert claimed(text) == found


def test_what_must_be_locked_is_named_without_its_lead() -> None:
    (claim,) = read("In other cases, the pond must be locked.")
    assert claim.object is not None
    assert claim.object.text == "pond"


def test_a_lock_behind_a_dot_has_its_name() -> None:
    assert (Kind.REQUIRES, "lock:lock") in claimed("It must be called with wq.lock being held.")
    assert (Kind.REQUIRES, "lock") in claimed("It must hold the lock. lock before use.")


def test_what_stands_behind_as_long_as_is_a_condition() -> None:
    text = "The barrier is fine here as long as we ensure the ordering of both writes."
    assert Kind.ORDERS not in {kind for kind, _ in claimed(text)}


@pytest.mark.parametrize(
    ("text", "concept"),
    [
        ("We hold neither the foo_lock nor the bar_lock.", "lock:foo_lock"),
        ("We hold neither the foo_lock nor the bar_lock.", "lock:bar_lock"),
        ("Called with neither foo_lock nor bar_lock held.", "lock:bar_lock"),
        ("Assumes that the pond is not locked and will take the lock itself.", "lock"),
    ],
)
def test_what_is_not_held_is_forbidden(text: str, concept: str) -> None:
    assert (Kind.FORBIDS, concept) in claimed(text)
    assert (Kind.REQUIRES, concept) not in claimed(text)


@pytest.mark.parametrize(
    "text",
    [
        "Prevent the interrupt handler from completing it twice.",
        "Clear the RCU pointer to prevent feed() from adding more.",
        "Hold foo_lock to prevent the worker from starting.",
        "Set the RCU flag to prevent the pond from being freed.",
        "Set the RCU flag to prevent new requests from being queued.",
        "Prevent any interrupts being serviced.",
        "A read barrier is needed to prevent fetches of x->slot from overtaking it.",
        "This prevents RCU consumers from seeing it too early.",
    ],
)
def test_whoever_else_does_it_is_kept_out(text: str) -> None:
    assert Kind.EXCLUDES in {kind for kind, _ in claimed(text)}


@pytest.mark.parametrize(
    "text",
    [
        "This is used in interrupt context.",
        "A callback used in interrupt context.",
        "May only be called in interrupt context.",
    ],
)
def test_code_is_used_where_it_runs(text: str) -> None:
    assert (Kind.REQUIRES, "hardirq") in claimed(text)
