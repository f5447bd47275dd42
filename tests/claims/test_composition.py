"""What verbs, lists, denials and sections make of a sentence together; sentences are our own."""

from __future__ import annotations

from typing import Any

import pytest

from reviewer.claims.extract import builtin_reader
from reviewer.claims.model import Claim, Kind, Modality
from reviewer.source.model import AnchorKind
from tests.claims.helpers import block, read


def said(text: str, **how: Any) -> list[Claim]:
    """Claims of a text, mentions left out."""
    return [claim for claim in read(text, **how) if claim.kind is not Kind.REFERS]


def shown(text: str, **how: Any) -> list[str]:
    """Kind and concept of what each claim of a text speaks of."""
    return [f"{c.kind}({c.object.concept if c.object else c.about})" for c in said(text, **how)]


@pytest.mark.parametrize(
    ("text", "wanted"),
    [
        ("Do this while _not_ holding its mutex.", ["forbids(lock)"]),
        ("No reference or lock is held on the duck here.", ["forbids(lock)"]),
        ("Taking pond_lock is unnecessary here.", ["needs_none(lock:pond_lock)"]),
        ("No lock needed as nobody swims yet.", ["needs_none(lock)"]),
        ("The pond_lock cannot be taken here.", []),
        ("Never mind, pond_lock is not taken while holding it", []),
    ],
)
def test_denial_reaches_through_the_phrase(text: str, wanted: list[str]) -> None:
    assert shown(text) == wanted


@pytest.mark.parametrize(
    ("section", "change"),
    [
        ("0 with pond->lock held, or an error", "taken"),
        ("true and the pond->lock released", "released"),
        ("1 on success, 0 if the count fell and pond->lock taken", "taken"),
    ],
)
def test_a_return_section_says_what_is_left(section: str, change: str) -> None:
    claim = said(f"example - do it\n\nReturn: {section}", kernel_doc=True)[0]
    assert claim.kind is Kind.LEAVES
    assert claim.object is not None
    assert claim.object.name == "pond->lock"
    assert claim.get("change") == change
    assert not claim.alternative


def test_a_return_section_asks_for_nothing() -> None:
    assert not said("example - do it\n\nReturn: true in process context", kernel_doc=True)


def test_a_lock_that_comes_back_released_is_not_held() -> None:
    assert said("Returns an error with released pond_lock.")[0].get("change") == "released"
    assert not said("Returns an error with pond_lock held.")[0].get("change")


@pytest.mark.parametrize(
    "text",
    [
        "May be called from process or interrupt context.",
        "May be called from interrupt or process context.",
        "Can be used in softirq, process or hardirq context.",
    ],
)
def test_contexts_share_their_noun(text: str) -> None:
    claim = said(text)[0]
    assert (claim.kind, claim.get("why")) == (Kind.FORBIDS, "callable")
    assert claim.get("other") in {"hardirq", "softirq"}


def test_process_context_alone_forbids_no_sleep() -> None:
    assert not said("May be called from process context.")


@pytest.mark.parametrize(
    ("text", "first"),
    [
        ("Barrier: read the flag before the error.", "read the flag"),
        ("We must release pond_lock before taking a duck's lock.", "pond_lock"),
        ("Drop the ticket after dropping write locks, since that may start a write", None),
        ("Set before registering: a concurrent reader may look at once.", "Set"),
    ],
)
def test_steps_are_ordered(text: str, first: str | None) -> None:
    claim = next(claim for claim in said(text) if claim.kind is Kind.ORDERS)
    assert first is None or claim.subject.text == first


def test_a_step_of_housekeeping_orders_nothing_for_others() -> None:
    assert not said("Flush all the lockless lists before freeing the pond, which owns them.")


def test_a_wait_is_no_order_as_well() -> None:
    assert [c.kind for c in said("example() - free the duck after an RCU grace period")] == [
        Kind.WAITS
    ]


@pytest.mark.parametrize(
    "text",
    [
        "Lock for exclusive access to this pond",
        "Lock used to restrict concurrent access to the pond",
        "used for feeding related locking",
    ],
)
def test_a_lock_says_what_it_is_for(text: str) -> None:
    claims = said(text, kind=AnchorKind.FIELD)
    assert [c.kind for c in claims] == [Kind.PROTECTED]
    assert claims[0].get("lock") == "anchor"


@pytest.mark.parametrize(
    "text",
    [
        "Avoid looking too far unless this block is being scanned (or a lock is contended).",
        "Exclude the IRQ from balancing if requested.",
        "It will be freed by the put after we drop the lock.",
        "Make sure that we don't miss a concurrently added duck.",
        "We have a lock dependency path as follows.",
        "Wake us once, so that we don't sleep for ever.",
        "Requires locking the pond, which takes time.",
        "If no more tasks are allowed to take the lock, this will wait for ever.",
        "We keep this lock for quite long periods of time.",
        "This should be large enough to avoid reordering during eviction of a flow.",
        "The map will exceed POND_CLUSTER_SIZE, send an IPI here directly.",
    ],
)
def test_what_only_sounds_like_a_claim_is_none(text: str) -> None:
    assert not said(text)


def test_serializing_by_a_lock_that_follows() -> None:
    claim = said("There is one other duck, serialize with it by taking its head lock.")[0]
    assert claim.kind is Kind.PROTECTED
    assert claim.object is not None
    assert claim.object.concept == "lock:head"


@pytest.mark.parametrize(
    ("text", "kind"),
    [
        ("@duck is guaranteed to be alive since it is waiting for us.", Kind.STABLE),
        ("Holding pond_lock pins any duck on the list.", Kind.STABLE),
        ("Take pond->lock to make the 64-bit read safe.", Kind.PROTECTED),
        ("The pond is not freed until the refcount drops.", Kind.STABLE),
        ("fine to modify, there is no waiter queued to race with us", Kind.EXCLUDES),
    ],
)
def test_what_a_lock_or_a_state_keeps_so(text: str, kind: Kind) -> None:
    assert kind in [claim.kind for claim in said(text)]


def test_a_lock_table_nests_what_is_indented() -> None:
    text = (
        "Lock order:\n\n ->a_lock\t(foo)\n   ->b_mutex\t(bar)\n     c->lock\n   d_lock\n\n"
        " ->e_sem\n   a_lock\n\nThis comment goes on to say much else about the ducks of the pond."
    )
    nested = [(c.subject.name, c.object and c.object.name) for c in said(text)]
    assert nested == [
        ("b_mutex", "a_lock"),
        ("c->lock", "b_mutex"),
        ("d_lock", "a_lock"),
        ("a_lock", "e_sem"),
    ]


def test_a_table_is_understood_as_a_whole() -> None:
    text = "Locking order:\n a_lock\n   b_lock (for ducks)\n"
    assert not builtin_reader().reading(block(text)).unread


@pytest.mark.parametrize(
    "text",
    [
        "Make sure that all running NMIs have finished before we write.",
        "RCU head to free the duck with an RCU grace period",
        "Does not return until any running irq handlers have completed.",
    ],
)
def test_waiting_without_a_verb_of_waiting(text: str) -> None:
    assert [claim.kind for claim in said(text)] == [Kind.WAITS]


@pytest.mark.parametrize(
    ("text", "wanted"),
    [
        ("Set the flag with pond->lock held.", ["protected(lock:lock)"]),
        ("We read the order here without pond_lock.", ["needs_none(lock:pond_lock)"]),
        ("A look without pond_lock may miss a duck.", []),
        ("Close it; call this with pond_mutex down.", ["requires(lock:pond_mutex)"]),
        ("It is best to use a bulk load with RCU disabled.", []),
    ],
)
def test_what_is_mentioned(text: str, wanted: list[str]) -> None:
    assert shown(text) == wanted


def test_a_negative_number_is_no_dash() -> None:
    claim = said("Returns 0 on success or -1 with pond_lock released.")[0]
    assert (claim.kind, claim.get("change")) == (Kind.LEAVES, "released")


def test_a_member_of_kernel_doc_is_called_by_its_own_name() -> None:
    claims = said("Tree of ducks, protected by the lock @inode_lock.", kind=AnchorKind.FIELD)
    assert [(c.about, c.object and c.object.name) for c in claims] == [("code", "inode_lock")]


def test_two_owners_share_their_lock() -> None:
    claim = said("Mark it while holding both parent's and our pond->lock.")[0]
    assert claim.object is not None
    assert claim.object.name == "pond->lock"


@pytest.mark.parametrize(
    ("text", "wanted"),
    [
        ("enables IRQ notification upon measurement", []),
        ("Disables interrupts and returns.", ["leaves(irq-off)"]),
        ("Since ducks might sleep you need to not be holding any locks.", ["forbids(lock)"]),
        ("Need not hold pond_lock here.", ["needs_none(lock:pond_lock)"]),
        ("We let the waiter see that it now has the lock.", []),
        ("Removal of ducks is done with pond->lock held.", ["protected(lock:lock)"]),
        ("The caller is responsible for ensuring that @pond is locked.", ["requires(lock)"]),
        (
            "If neither A nor B are set, will return 0 with pond_lock held.",
            ["leaves(lock:pond_lock)"],
        ),
        ("The allocation flags are atomic.", []),
    ],
)
def test_who_does_it_and_what_is_meant(text: str, wanted: list[str]) -> None:
    assert shown(text) == wanted


@pytest.mark.parametrize(
    ("text", "wanted"),
    [
        (
            "Must be called in process context and with no spinlocks held.",
            ["requires(process-context)", "forbids(lock)"],
        ),
        ("Concurrent changes of the pond are not allowed.", ["serialized(data)"]),
        ("The caller is responsible for synchronizing calls to this.", ["serialized(data)"]),
        ("This requires that @duck be locked, or privately held.", ["requires(lock)"]),
        ("This is a lock-free lookup.", ["needs_none(lock)"]),
        ("Callers may want to do a lockless check before taking the lock.", []),
        ("Due to having preemption disabled both run here.", ["requires(preempt-off)"]),
        ("We should add the duck to the list before pond_unlock().", ["orders(function)"]),
        ("But we must wake the duck first, since pond->lock comes later.", ["orders(step)"]),
        ("We avoid bouncing the pond lock.", []),
        ("This is safe because IRQs are disabled and it comes later.", ["requires(irq-off)"]),
        (
            "Both setting and clearing of ducks are done under pond_lock.",
            ["protected(lock:pond_lock)"],
        ),
        ("a_lock->b_mutex->c_lock", ["nests(lock:a_lock)", "nests(lock:b_mutex)"]),
        ("It is not going to run, so there are no races with it.", ["excludes(data)"]),
        ("This lets us see what prevents us from detecting a lock deadlock.", []),
        ("Strictly speaking this should have a spinlock.", []),
    ],
)
def test_duties_bans_and_freedoms(text: str, wanted: list[str]) -> None:
    found = [c for c in said(text) if c.modality is not Modality.HYPOTHETICAL]
    assert [f"{c.kind}({c.object.concept if c.object else c.about})" for c in found] == wanted


def test_what_keeps_a_state_so_may_follow_while() -> None:
    kinds = [claim.kind for claim in said("The duck will stay alive while we hold pond_lock.")]
    assert Kind.STABLE in kinds


def test_a_lock_serializes_access_to_what_it_protects() -> None:
    text = "Serialise access to other fields in the struct."
    claims = said(text, kind=AnchorKind.FIELD, name="pond.lock")
    assert [claim.kind for claim in claims] == [Kind.PROTECTED]


def test_headings_without_a_table_are_none() -> None:
    for line in ("lock order:\n", "lock " * 30 + "order\n", "locking order of x:\n\n"):
        text = line * (6_000 // len(line))
        assert not [claim for claim in said(text) if claim.pattern == "lock-table"]


@pytest.mark.parametrize(
    ("text", "wanted"),
    [
        ("pond_lock is held when calling this function.", ["requires(lock:pond_lock)"]),
        ("It's assumed that the lock is held when this is called.", ["requires(lock)"]),
        ("pond_lock is held when called.", ["requires(lock:pond_lock)"]),
        ("pond_lock is held when the ducks are called.", []),
        ("Called under (and serialized by) pond->lock.", ["requires(lock:lock)"]),
        (
            "Take a reference to the lock's pond so that it doesn't get freed when we drop it.",
            ["stable(reference)"],
        ),
    ],
)
def test_the_call_is_a_moment_and_an_aside_is_stepped_over(text: str, wanted: list[str]) -> None:
    assert shown(text) == wanted


def test_a_word_of_synchronization_is_never_passed_over() -> None:
    text = "Unmap the text before mapping it anew, to avoid TLB conflicts."
    assert builtin_reader().reading(block(text)).unread


@pytest.mark.parametrize(
    ("text", "wanted"),
    [
        ("pond_lock is held if this is called.", []),
        ("pond_lock is held when calling this function from a timer.", []),
        ("pond_lock is held when this is called a second time.", []),
        ("The list is protected by (not really) pond_lock.", []),
        ("The list is protected by (unless frozen) pond_lock.", []),
        ("The list is protected by (and never by) pond_lock.", []),
        ("Nobody takes pond_lock so it doesn't go away by luck.", []),
        ("Grabbing pond_lock failed so it cannot go away.", ["stable(code)"]),
    ],
)
def test_another_moment_a_denied_aside_and_a_lock_not_taken(text: str, wanted: list[str]) -> None:
    assert shown(text) == wanted


@pytest.mark.parametrize(
    ("words", "condition"),
    [
        ("when calling this function", ""),
        ("when this is called", ""),
        ("when called with the pond frozen", ""),
        ("when calling this from a timer", "calling this from a timer"),
        ("if this is a write", "this is a write"),
        ("if this function is called from the timer", "this function is called from the timer"),
    ],
)
def test_the_call_itself_is_no_condition_but_one_from_somewhere_is(
    words: str, condition: str
) -> None:
    (claim, *_) = builtin_reader().read(block(f"Must hold pond_lock {words}."))
    assert claim.scope.condition == condition


@pytest.mark.parametrize(
    "text",
    [
        "Nobody must hold foo_lock when this is called.",
        "Neither the caller nor the callee must hold foo_lock.",
        "None of the callers hold foo_lock.",
        "Some callers hold foo_lock.",
        "Only some callers must hold foo_lock.",
        "foo_list is not yet protected by foo_lock.",
        "Callers weren't supposed to hold foo_lock.",
        "It is wrong to assume that foo_lock is held here.",
        "We cannot rely on the caller holding foo_lock.",
        "There is no guarantee foo_lock is held.",
        "Whether foo_lock is held or not doesn't matter.",
        "Called with or without foo_lock held.",
        "The caller may or may not hold foo_lock.",
        "The caller forgot to hold foo_lock.",
    ],
)
def test_what_may_be_otherwise_is_not_asserted(text: str) -> None:
    kinds = (Kind.REQUIRES, Kind.FORBIDS, Kind.PROTECTED)
    said = [one for one in read(text) if one.kind in kinds]
    assert [one for one in said if one.modality is Modality.ASSERTED] == []


def test_not_with_is_not_with() -> None:
    claims = read("Pairs with smp_mb() in foo() and not with smp_rmb() in bar().")
    assert [c.get("place") for c in claims if c.kind is Kind.PAIRS] == ["foo"]


@pytest.mark.parametrize(
    "text",
    [
        "It's not safe without foo_lock.",
        "It is not safe to touch foo_list without foo_lock.",
        "This is unsafe without foo_lock.",
        "It is never safe to do this without foo_lock.",
        "Nothing is safe without foo_lock.",
        "This can't be done safely without foo_lock.",
    ],
)
def test_what_is_unsafe_without_a_lock_needs_it(text: str) -> None:
    assert [one for one in read(text) if one.kind is Kind.NEEDS_NONE] == []


@pytest.mark.parametrize(
    "text",
    [
        "It does what input_event() cannot, which is often called from interrupt context.",
        "Set the count of clocks that might sleep to 0.",
        "The release is a long logic (which might sleep also).",
        "TIM ctx - holds timer context.",
        "Interrupts will be disabled only for the locking reader mode.",
    ],
)
def test_what_another_does_is_not_asked_of_this_code(text: str) -> None:
    asked = {Kind.REQUIRES, Kind.IMPLIES, Kind.FORBIDS}
    assert [one for one in read(text) if one.kind in asked] == []


@pytest.mark.parametrize(
    ("text", "concept"),
    [
        ("This is a helper which must be called from interrupt context.", "hardirq"),
        ("May only be called from non-atomic context.", "process-context"),
        ("Executed within threaded irq context.", "process-context"),
        ("This function is called from timer soft interrupt context.", "softirq"),
        ("Interrupts will be disabled when this is called.", "irq-off"),
    ],
)
def test_contexts_are_what_they_are_called(text: str, concept: str) -> None:
    found = [one for one in read(text) if one.kind is Kind.REQUIRES]
    assert [one.object.concept for one in found if one.object] == [concept]
