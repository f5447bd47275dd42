"""Why no rule looked at a claim, and which claims could be looked up by the names they give."""

from __future__ import annotations

import inspect

import pytest

from benchmarks.decided import checkable
from reviewer.claims.model import Kind
from reviewer.finding import LedgerEntry
from reviewer.review.bench import prepare
from reviewer.review.judge import Judgement, judge_file
from reviewer.review.model import Selection
from reviewer.tree.model import Index
from reviewer.world import Library
from tests.support import MemoryTree, memory_index

_POND = """
struct pond {
	spinlock_t fish_lock;
	int fish;
};
"""


def _judged(code: str) -> tuple[list[LedgerEntry], Index]:
    """The entries of one file but mentions of names, judged by no rule, and the tree's names."""
    tree = MemoryTree({"kernel/pond.c": (_POND + inspect.cleandoc(code) + "\n").encode()})
    index = memory_index(tree)
    library = Library(tree, index)
    source = library.source("kernel/pond.c")
    assert source is not None
    bench = prepare(Selection(only=("vanished-function",)))
    review = judge_file(Judgement(bench, library), source)
    return [one for one in review.entries if one.claim.kind is not Kind.REFERS], index


@pytest.mark.parametrize(
    ("code", "why"),
    [
        (
            "/* The bread of all ducks is protected by fish_lock. */\nstatic void feed(void) {}",
            "it speaks of something in plain words, which cannot be looked up",
        ),
        (
            "/* Called with fish_lock held. */\nstruct duck { int a; };",
            "no rule asks such a thing of what has no body of code",
        ),
        (
            "/* Called with fish_lock held. */\nstatic void feed(void) {}",
            "no rule reads such a claim",
        ),
        (
            "/* feed() drops fish_lock. */\nstatic void call(void) {}",
            "no rule asks such a thing of what it names",
        ),
    ],
)
def test_why_no_rule_looked(code: str, why: str) -> None:
    entries, _ = _judged(code)
    assert {one.verdict.message for one in entries} == {why}


@pytest.mark.parametrize(
    ("words", "can"),
    [
        ("Called with fish_lock held.", True),
        ("Called with pond->fish_lock held.", True),
        ("Called with bread_lock held.", False),
        ("Called with the fish lock held.", False),
        ("Called with interrupts disabled.", False),
    ],
)
def test_a_claim_is_checkable_by_the_names_it_gives(words: str, can: bool) -> None:
    entries, index = _judged(f"/* {words} */\nstatic void feed(void) {{}}")
    assert [checkable(one.claim, index) for one in entries] == [can]
