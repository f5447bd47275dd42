"""What two verbs share, what is left out, and what only names a thing; sentences are our own."""

from __future__ import annotations

from typing import Any

import pytest

from reviewer.claims.model import Claim, Kind, Modality
from reviewer.source.model import AnchorKind
from tests.claims.helpers import read


def shown(text: str, **how: Any) -> list[str]:
    """Kind, object and change of each claim of a text, mentions left out."""
    return [_shown(claim) for claim in read(text, **how) if claim.kind is not Kind.REFERS]


def _shown(claim: Claim) -> str:
    target = claim.object.concept if claim.object else claim.about
    change = claim.get("change")
    return f"{claim.kind}({target})" + (f" {change}" if change else "")


@pytest.mark.parametrize(
    ("text", "wanted"),
    [
        ("This function takes and releases pond_lock.", ["leaves(lock:pond_lock) taken"]),
        ("Grabs/drops pond->lock.", ["leaves(lock:lock) taken"]),
        (
            "Called with pond_lock held, drops it before returning.",
            ["requires(lock:pond_lock)", "leaves(lock:pond_lock) released"],
        ),
        (
            "Must be called under the RCU read lock and takes pond_lock.",
            ["requires(rcu-reader)", "leaves(lock:pond_lock) taken"],
        ),
        (
            "Must be atomic and called with BH disabled.",
            ["forbids(may-sleep)", "requires(bh-off)"],
        ),
    ],
)
def test_verbs_share_their_object_and_who_does_it(text: str, wanted: list[str]) -> None:
    assert shown(text) == wanted


@pytest.mark.parametrize(
    ("text", "wanted"),
    [
        ("It is a bug to call this with pond_lock held.", ["forbids"]),
        ("It is an error to call this without pond_lock held.", ["requires"]),
        ("It is not illegal to call this with pond_lock held.", []),
        ("It is not a bug to call this with pond_lock held.", []),
        ("It is not necessary that callers hold pond_lock.", []),
        ("Nothing requires that the caller holds pond_lock.", []),
        ("All callers except pond_drain() hold pond_lock.", []),
    ],
)
def test_what_is_wrong_or_not_necessary_is_no_duty(text: str, wanted: list[str]) -> None:
    said = [c for c in read(text) if c.kind is not Kind.REFERS]
    assert [c.kind.value for c in said if c.modality is Modality.ASSERTED] == wanted


@pytest.mark.parametrize(
    "text",
    [
        "This never grabs or drops pond_lock.",
        "This may take or drop pond_lock.",
        "This does not take and release pond_lock.",
    ],
)
def test_verbs_share_what_is_denied_or_only_allowed(text: str) -> None:
    assert not [one for one in shown(text) if one.startswith("leaves")]


@pytest.mark.parametrize(
    ("text", "wanted"),
    [
        ("Callers must hold pond_lock but not bank_lock.", ["pond_lock", "not bank_lock"]),
        (
            "Must be called with pond_lock held and bank_lock not held.",
            ["pond_lock", "not bank_lock"],
        ),
        ("Callers must hold pond_lock but not necessarily bank_lock.", ["pond_lock"]),
        ("Callers must hold pond_lock but not always bank_lock.", ["pond_lock"]),
        ("pond_lock is held, RCU is not needed here.", ["pond_lock"]),
        ("Context: Process context. Takes pond_lock.", []),
    ],
)
def test_a_lock_is_asked_for_only_where_it_is(text: str, wanted: list[str]) -> None:
    found = []
    for claim in read(text, kernel_doc=text.startswith("Context")):
        if claim.kind in {Kind.REQUIRES, Kind.FORBIDS} and claim.object and claim.object.name:
            denied = "not " if claim.kind is Kind.FORBIDS else ""
            found.append(denied + claim.object.name)
    assert sorted(found) == sorted(wanted)


@pytest.mark.parametrize(
    ("text", "wanted"),
    [
        ("pond_lock protects the list of ducks, the count and the flags.", 3),
        ("pond_lock protects pond->ducks, geese and pond->depth.", 3),
        ("pond_lock protects the list and prevents races with pond_drain().", 1),
        ("pond_lock protects the list, not @count.", 1),
        ("pond_lock protects the list, @depth, but not the flags.", 2),
        ("Written under pond_lock, read under RCU.", 2),
        ("PW: pond_lock and bank->mutex protected for writes.", 2),
        ("pond->tree is also RCU protected.", 1),
        ("The RCU protected list of ducks.", 0),
    ],
)
def test_each_thing_of_a_list_is_protected(text: str, wanted: int) -> None:
    assert len([claim for claim in read(text) if claim.kind is Kind.PROTECTED]) == wanted


@pytest.mark.parametrize(
    ("text", "how", "wanted"),
    [
        ("Must be atomic.", {}, ["forbids(may-sleep)"]),
        ("Must be atomic with respect to readers.", {}, []),
        ("must be atomic", {"kind": AnchorKind.STATEMENTS}, []),
        ("must be atomic", {"kind": AnchorKind.FIELD, "name": "pond.depth"}, []),
        ("drain - empty it\n@depth: must be atomic", {"kernel_doc": True}, []),
        (
            "drain - ops\n@fill: must be atomic",
            {"kind": AnchorKind.STRUCT, "kernel_doc": True},
            ["forbids(may-sleep)"],
        ),
        ("Need not be atomic.", {}, []),
        ("The read of the depth must not be atomic.", {}, []),
    ],
)
def test_only_a_function_that_is_atomic_may_not_sleep(
    text: str, how: dict[str, Any], wanted: list[str]
) -> None:
    assert shown(text, **how) == wanted


@pytest.mark.parametrize(
    ("text", "wanted"),
    [
        ("Called with pond_lock unlocked.", []),
        ("Called with pond_lock not locked.", []),
        ("Called with pond_lock held and bank_lock released.", []),
        ("Called with pond_lock held or not held.", []),
        ("Depends on the caller holding pond_lock or not.", []),
        ("Provides no memory ordering.", []),
        ("Neither pond_lock nor RCU protects the list, @count and the flags.", []),
    ],
)
def test_what_is_denied_behind_its_words_is_not_said(text: str, wanted: list[str]) -> None:
    said = [c for c in read(text) if c.kind is not Kind.REFERS]
    assert [_shown(c) for c in said if c.modality is Modality.ASSERTED] == wanted


def test_no_lock_protects_nothing() -> None:
    assert not shown("No lock for the list", kind=AnchorKind.FIELD, name="pond.lock")


def test_what_was_protected_is_history() -> None:
    assert not shown("The tree was pond_lock protected.")


def test_it_is_no_lock_where_two_were_named() -> None:
    assert "leaves(lock:bank_lock) released" not in shown(
        "Called with pond_lock and bank_lock held, drops it before returning."
    )


@pytest.mark.parametrize(
    "text",
    [
        "the pond_mutex to be locked",
        "Avoid locking problems by failing it here",
        "On failure the caller must call pond_cleanup_lock().",
        "It calls helpers that may sleep under pond_lock.",
    ],
)
def test_what_is_only_named_asks_for_nothing(text: str) -> None:
    kinds = {claim.kind for claim in read(text) if claim.about == "code"}
    assert not kinds & {Kind.REQUIRES, Kind.NEEDS_NONE, Kind.IMPLIES}


@pytest.mark.parametrize(
    ("text", "wanted"),
    [
        ("Called with pond->lock spinlock held.", "requires(lock:lock)"),
        ("Called w/pond_lock held.", "requires(lock:pond_lock)"),
        ("Called w/o pond_lock held.", "forbids(lock:pond_lock)"),
        ("duck->name must be protected by pond_lock.", "protected(lock:pond_lock)"),
        ("The pond mutex will prevent faults until we are done.", "excludes(data)"),
        ("Preemption has to stay disabled until the ducks are counted.", "requires(preempt-off)"),
        ("Order the ducks (e.g. the grey ones) before the geese: smp_wmb()", None),
    ],
)
def test_short_and_roundabout_forms(text: str, wanted: str | None) -> None:
    claims = [claim for claim in read(text) if claim.kind is not Kind.REFERS]
    assert not [claim for claim in claims if claim.alternative]
    assert not [claim for claim in claims if claim.modality is Modality.HYPOTHETICAL]
    if wanted is not None:
        assert wanted in [_shown(claim) for claim in claims]


def test_every_lock_of_a_list_serves_the_purpose() -> None:
    found = [
        claim.subject.name
        for claim in read("Take pond_lock and bank_sem to avoid racing with pond_drain().")
        if claim.kind is Kind.EXCLUDES
    ]
    assert sorted(found) == ["bank_sem", "pond_lock"]


@pytest.mark.parametrize("lead", ["Used to synchronize access to", "mutex synchronizing"])
def test_a_comment_on_a_lock_says_what_it_is_for(lead: str) -> None:
    claims = read(f"{lead} the ducks", kind=AnchorKind.FIELD, name="pond.lock")
    assert [(c.kind, c.modality) for c in claims] == [(Kind.PROTECTED, Modality.ASSERTED)]


@pytest.mark.parametrize(
    "text",
    [
        "The task is in pond_drain(), which has pond_lock.",
        "We can't clone a path that holds the pond_lock.",
        "Avoid unnecessary wakeups of the heron",
        "The duck id must be released with out holding pond_lock.",
        "We need to lock and check that pond->count is not raised",
    ],
)
def test_what_others_do_asks_for_nothing_here(text: str) -> None:
    asked = {Kind.REQUIRES, Kind.EXCLUDES, Kind.ORDERS}
    assert not [claim for claim in read(text) if claim.kind in asked]


def test_a_flag_that_tells_of_the_caller_asks_for_nothing() -> None:
    text = "drain - empty a pond\n@locked: caller holds pond_lock\n@pool: holds the pond_lock"
    claims = [c for c in read(text, kernel_doc=True) if c.kind is Kind.REQUIRES]
    assert [claim.modality for claim in claims] == [Modality.CONDITIONAL]


def test_an_event_is_what_is_protected() -> None:
    claims = [
        c for c in read("The removal is done under the pond_lock.") if c.kind is not Kind.REFERS
    ]
    assert [(c.kind, c.subject.text) for c in claims] == [(Kind.PROTECTED, "removal")]


@pytest.mark.parametrize(
    ("text", "wanted"),
    [
        ("Takes pond_lock and tells the herons that they may no longer land.", "leaves"),
        ("Swimmers may come in, provided they hold the pond_lock.", "requires"),
        ("Called with bottom-half processing disabled.", "requires"),
        ("Wait for a grace period to ensure that all RCU readers have finished.", "waits"),
    ],
)
def test_one_claim_that_is_not_history(text: str, wanted: str) -> None:
    claims = [claim for claim in read(text) if claim.kind is not Kind.REFERS]
    assert [claim.kind.value for claim in claims] == [wanted]
    assert claims[0].modality in {Modality.ASSERTED, Modality.CONDITIONAL}


def test_what_comes_next_asks_for_nothing() -> None:
    assert "requires(lock)" not in shown("After that the pond queue gets locked.")


def test_a_comment_on_a_lock_is_read_once() -> None:
    claims = read(
        "Mutex to protect the ducks, ref counts and the flags",
        kind=AnchorKind.FIELD,
        name="pond.lock",
    )
    patterns = [claim.pattern for claim in claims if claim.kind is Kind.PROTECTED]
    assert patterns == ["grammar:guards"] * 3


@pytest.mark.parametrize(
    ("text", "wanted"),
    [
        ("pond->ducks is protected by 'pond->lock'.", ["protected(lock:lock)"]),
        ("Called from IRQ.", ["requires(hardirq)"]),
        ("The caller must lock", ["requires(lock)"]),
        ("lock to be held whilst feeding the ducks", ["requires(lock)"]),
        ("RCU-protected (and by pond_lock for writers)", ["protected(rcu-reader)"]),
        ("The caller must ensure this doesn't race with pond_drain().", ["serialized(data)"]),
        ("The list may be read without holding pond_lock.", ["needs_none(lock:pond_lock)"]),
        ("Fill it with the data held by the pond lock manager.", []),
        ("It tells how many times the lock has been locked.", []),
        ("This makes the time the pond lock is held short.", []),
        ("The ducks synchronize with the seasons of the lock.", []),
    ],
)
def test_no_more_and_no_less(text: str, wanted: list[str]) -> None:
    assert shown(text) == wanted


@pytest.mark.parametrize(
    ("text", "wanted"),
    [
        ("To be called in process context.", ["requires(process-context)"]),
        ("All callers that get here will already hold pond_lock.", ["requires(lock:pond_lock)"]),
        ("The pond gets called from interrupt context.", ["requires(hardirq)"]),
        ("Expects pond and bank_mutex to be held.", ["requires(lock:bank_mutex)"]),
        ("Nests inside the pond_lock.", []),
        ("pond_lock protects the race between ducks_in() and ducks_out().", ["protected"]),
    ],
)
def test_what_is_wanted_is_read_whatever_its_form(text: str, wanted: list[str]) -> None:
    said = shown(text)
    assert len(said) == len(wanted)
    assert all(one.startswith(lead) for one, lead in zip(said, wanted, strict=True))


def test_what_a_value_means_asks_for_nothing() -> None:
    text = "1 means that pond_lock is held by the caller."
    claims = [claim for claim in read(text) if claim.kind is not Kind.REFERS]
    assert {claim.modality for claim in claims} <= {Modality.CONDITIONAL}
