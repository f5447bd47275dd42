"""Forms a fresh draw showed unread: locks behind a call, races denied, inner and outer locks."""

from __future__ import annotations

import pytest

from reviewer.claims.model import Claim, Kind, Modality
from reviewer.source.model import AnchorKind
from tests.claims.helpers import read


def of(kind: Kind, text: str) -> list[Claim]:
    return [claim for claim in read(text) if claim.kind is kind]


@pytest.mark.parametrize(
    ("text", "locks"),
    [
        ("Caller must hold POND_I(inode)->lock.", ["POND_I(inode)->lock"]),
        ("Must hold p->fish_lock or pond_of(p)->lock.", ["p->fish_lock", "pond_of(p)->lock"]),
    ],
)
def test_a_lock_may_stand_behind_a_call(text: str, locks: list[str]) -> None:
    found = [claim.object for claim in of(Kind.REQUIRES, text)]
    assert [one.name for one in found if one is not None] == locks


@pytest.mark.parametrize(
    ("text", "names"),
    [
        ("Both imply the later pond_change()->pond_allow().", ["pond_change"]),
        ("Look at pond_of(p)->depth first.", ["pond_of"]),
    ],
)
def test_what_is_called_is_still_named(text: str, names: list[str]) -> None:
    found = [claim.object for claim in of(Kind.REFERS, text)]
    assert [one.name.lstrip("->") for one in found if one is not None] == names


@pytest.mark.parametrize(
    "text",
    [
        "Make sure to not race with an ongoing drain.",
        "We hold the path to make sure we don't race with the drain.",
        "This ensures that we never race with drain_all().",
    ],
)
def test_no_race_keeps_somebody_out(text: str) -> None:
    assert of(Kind.EXCLUDES, text)


def test_a_race_that_is_not_denied_keeps_nobody_out() -> None:
    assert not of(Kind.EXCLUDES, "It is not enough to make sure we race with the drain.")


def test_inner_and_outer_locks_nest() -> None:
    (inner,) = of(Kind.NESTS, "pond_lock is an inner lock of farm_lock.")
    (outer,) = of(Kind.NESTS, "pond_lock is the outer lock when used with fish_lock.")
    assert inner.subject.name == "pond_lock"
    assert outer.object is not None
    assert outer.object.name == "pond_lock"
    field = read(
        "This is always the inner lock when overlapping with farm_mutex.",
        kind=AnchorKind.FIELD,
        name="pond.fish_lock",
    )
    assert [one.subject.name for one in field if one.kind is Kind.NESTS] == ["fish_lock"]


def test_what_would_be_added_is_told_and_where_it_is_called_from_is_said() -> None:
    (added,) = of(Kind.REQUIRES, "If we add a lookup, it will still need foo_lock held.")
    assert added.modality is Modality.HYPOTHETICAL
    (called,) = of(Kind.FORBIDS, "This could be called from interrupt context.")
    assert called.modality is Modality.ASSERTED
