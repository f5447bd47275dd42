"""Words of synchronization that only name a thing, or leave open if it is so."""

from __future__ import annotations

import pytest

from reviewer.claims.model import Modality
from reviewer.review.bench import prepare
from reviewer.review.model import Selection
from reviewer.source.file import SourceFile


def _asserted(comment: str) -> list[str]:
    """Kinds of the claims that a comment above a function asserts, as a review reads it."""
    reader = prepare(Selection()).reader
    source = SourceFile.parse("heron.c", f"/* {comment} */\nint wade(void)\n{{\n}}\n".encode())
    (block,) = source.comments
    return [
        one.kind.value
        for one in reader.read(block)
        if one.kind.value != "refers" and one.modality is Modality.ASSERTED
    ]


@pytest.mark.parametrize(
    "comment",
    [
        "Lightweight ordering barriers defined by the pond will do.",
        "Allow out-of-order freeing of eggs.",
        "Allocate an ordered workqueue with user-defined lockdep_map.",
        "It is an error to load a fence sequence number that is not kept.",
        "Check whether the nest lock is held.",
        "Some ponds have a memory barrier to be used with care.",
        "Handle this by having a subclass for allocated blocks so that lockdep is quiet.",
    ],
)
def test_what_is_only_so_called_is_no_claim(comment: str) -> None:
    """An ordered queue, a sequence number, a block of a disk, a question."""
    assert _asserted(comment) == []


@pytest.mark.parametrize(
    ("comment", "kind"),
    [
        ("Orders the store to nest_full before the load of nest_egg.", "orders"),
        ("Ordering nest_full against nest_egg needs the barrier.", "orders"),
        ("The store to nest_full is ordered before the load of nest_egg.", "orders"),
        ("The nest lock is held by the caller.", "requires"),
        (
            "Stop, because we check if nest is full locklessly above, we need the use ->nest_lock "
            "to make sure we see the latest state to not miss eggs.",
            "excludes",
        ),
        ("This function sleeps until the pond is quiet.", "implies"),
    ],
)
def test_what_is_done_stays_a_claim(comment: str, kind: str) -> None:
    """The same words as verbs."""
    assert kind in _asserted(comment)
