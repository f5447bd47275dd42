"""Every frame of the grammar reads its own examples, and what limits a claim is a field of it."""

from __future__ import annotations

import pytest

from reviewer.claims.extract import MAX_CLAIMS, MAX_MENTIONS, builtin_reader
from reviewer.claims.grammar.frames import Frame, builtin_grammar
from reviewer.claims.model import Claim, Duty, Kind, When
from reviewer.source.model import AnchorKind
from tests.claims.helpers import block, read

FRAMES = [
    (frame, *example)
    for frames in builtin_grammar().frames.values()
    for frame in frames
    for example in frame.examples
]


def shown(claim: Claim) -> set[str]:
    """The ways in which an example may write a claim."""
    target = claim.object.concept if claim.object else ""
    return {
        f"{claim.kind}({target})",
        f"{claim.kind}({claim.subject.concept})",
        f"{claim.kind}({claim.subject.concept}, {target})",
    }


@pytest.mark.parametrize(
    ("frame", "text", "said"), FRAMES, ids=[f"{f.name}: {text}" for f, text, _ in FRAMES]
)
def test_frame_reads_its_example(frame: Frame, text: str, said: str) -> None:
    claims = [claim for claim in read(text) if claim.kind is not Kind.REFERS]
    if said == "-":
        assert not [claim for claim in claims if claim.pattern == f"grammar:{frame.name}"]
        return
    for one in said.split(") "):
        wanted = one if one.endswith(")") else one + ")"
        assert any(wanted in shown(claim) for claim in claims), claims


def only(text: str, kind: Kind) -> Claim:
    found = [claim for claim in read(text) if claim.kind is kind]
    assert len(found) == 1, found
    return found[0]


def test_lack_of_a_duty_forbids_nothing() -> None:
    assert not [c for c in read("Callers need not hold foo_lock.") if c.kind is Kind.FORBIDS]
    assert only("Can be called without foo_lock held.", Kind.NEEDS_NONE).object is not None


def test_without_is_not_read_as_with() -> None:
    claims = read("Called without foo->lock held.")
    assert [c.kind for c in claims if c.kind is not Kind.REFERS] == [Kind.FORBIDS]


def test_alternatives_share_a_number() -> None:
    claims = [c for c in read("The caller must hold a_lock or b_lock.") if c.kind is Kind.REQUIRES]
    assert len(claims) == 2
    assert claims[0].alternative == claims[1].alternative != 0


def test_a_choice_that_is_no_lock_is_kept_in_words() -> None:
    text = "Must be called either with rtnl_lock held or before registration."
    claim = only(text, Kind.REQUIRES)
    assert claim.alternative
    assert claim.scope.unless == "before registration"


def test_what_is_denied_leaves_no_choice() -> None:
    claims = read("Must not be called with foo_lock held or from an NMI.")
    assert {claim.alternative for claim in claims if claim.kind is Kind.FORBIDS} == {0}


def test_the_moment_of_the_call_is_no_condition() -> None:
    claim = only("foo_lock must be held when calling this function.", Kind.REQUIRES)
    assert not claim.scope.condition
    assert only("foo_lock must be held if the queue runs.", Kind.REQUIRES).scope.condition


def test_a_condition_of_the_next_clause_is_not_ones_own() -> None:
    claim = only("foo_lock must be held, so we can wait if the queue runs.", Kind.REQUIRES)
    assert not claim.scope.condition


def test_a_lock_on_a_lock_is_that_lock() -> None:
    claim = only("The caller must hold an exclusive lock on cell->fs_lock.", Kind.REQUIRES)
    assert claim.object is not None
    assert claim.object.name == "cell->fs_lock"


def test_list_of_three_is_three_duties() -> None:
    text = "The caller must hold a_lock, the b_mutex of both parents and the s_lock."
    claims = [c for c in read(text) if c.kind is Kind.REQUIRES]
    assert [c.object.concept for c in claims if c.object] == [
        "lock:a_lock",
        "lock:b_mutex",
        "lock:s_lock",
    ]
    assert {c.duty for c in claims} == {Duty.CALLER}


def test_moment_and_end_are_fields() -> None:
    assert only("foo->lock is held on entry and exit.", Kind.REQUIRES).scope.when is When.THROUGHOUT
    claim = only("foo_lock must be held until the list is empty.", Kind.REQUIRES)
    assert claim.scope.until == "the list is empty"


def test_lock_order_table_nests() -> None:
    claim = only("Lock order: a_lock -> b_lock.", Kind.NESTS)
    assert (claim.subject.name, claim.object and claim.object.name) == ("b_lock", "a_lock")


@pytest.mark.parametrize(
    "text",
    [
        "The writers wait for each other in turn.",
        "This is racy in more ways than one.",
        "Beware of preemption at this point.",
    ],
)
def test_nothing_about_synchronization_is_silent(text: str) -> None:
    reading = builtin_reader().reading(block(text))
    assert len(reading.claims) + len(reading.unread) > 0


def test_history_is_told_apart() -> None:
    reading = builtin_reader().reading(block("Historically interrupts were a mess here."))
    assert [one.told for one in reading.unread] == [True]


@pytest.mark.parametrize(
    ("text", "most"),
    [("foo() ", MAX_MENTIONS), ("Called with foo_lock held. ", MAX_CLAIMS + MAX_MENTIONS)],
)
def test_a_hostile_comment_is_read_up_to_a_bound_that_is_told(text: str, most: int) -> None:
    reading = builtin_reader().reading(block(text * 5_000))
    assert 0 < len(reading.claims) < most + most
    assert reading.unread[-1].concepts == ("too-long",)


def test_what_stands_behind_the_bound_is_told_where_nothing_stands_before_it() -> None:
    reading = builtin_reader().reading(
        block("the wild duck " * 3_000 + "Called with foo_lock held.")
    )
    assert [one.concepts for one in reading.unread] == [("too-long",)]


def kinds(text: str) -> list[Kind]:
    """Kinds of the claims of a text, mentions left out."""
    return [claim.kind for claim in read(text) if claim.kind is not Kind.REFERS]


@pytest.mark.parametrize(
    ("text", "kind"),
    [
        ("All of these must be serialized by foo_lock to avoid races.", Kind.PROTECTED),
        ("Therefore no additional locks need to be taken before foo_walk().", Kind.NEEDS_NONE),
    ],
)
def test_one_proposition_is_one_claim(text: str, kind: Kind) -> None:
    assert kinds(text) == [kind]


def test_a_purpose_that_names_somebody_stays() -> None:
    assert Kind.EXCLUDES in kinds("Hold foo_lock to prevent races with foo_remove().")


def test_what_is_supposed_is_no_duty() -> None:
    assert not kinds("foo_next() may return 10 if called under rcu_read_lock().")
    assert not kinds("If we are in process context the work is done at once.")
    assert kinds("Must be used only when called under foo_lock.")


def test_a_leading_clause_has_its_own_subject() -> None:
    claim = only("If we have work to do, foo_run() returns with foo->lock held.", Kind.LEAVES)
    assert claim.object is not None
    assert claim.object.name == "foo->lock"


def test_a_moment_asks_for_nothing() -> None:
    assert not kinds("The node sits in memory until the buffer is synchronized by a timer.")


def test_what_must_happen_before_is_ordered() -> None:
    claim = only("This must happen before the ducks are let out, to avoid a race.", Kind.ORDERS)
    assert claim.object is not None
    assert claim.object.text == "ducks are let out"


def test_whatever_must_be_done_asks_for_its_context() -> None:
    claim = only(
        "A matching foo_end() must be issued while still in process context.", Kind.REQUIRES
    )
    assert claim.object is not None
    assert claim.object.concept == "process-context"


def test_shunning_a_call_forbids_it() -> None:
    assert kinds("Avoid calling foo_free() with interrupts disabled.") == [Kind.FORBIDS]
    assert not kinds("We drop the reference early, to avoid calling foo_free() under foo_lock.")


def test_what_is_done_under_a_named_lock_is_protected_by_it() -> None:
    claim = only("Register both ducks while holding the pond_lock.", Kind.PROTECTED)
    assert claim.object is not None
    assert claim.object.name == "pond_lock"
    assert not kinds("We could walk the list under the pond_lock.")


def test_a_lock_described_in_kernel_doc_is_that_member() -> None:
    text = "struct pond - water\n@lock: spin lock for resource protection\n@n: ducks"
    claim = next(
        c for c in read(text, kind=AnchorKind.STRUCT, kernel_doc=True) if c.kind is Kind.PROTECTED
    )
    assert claim.object is not None
    assert claim.object.name == "lock"
