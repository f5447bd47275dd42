"""Claims, modality, roles and exact spans, on comments of our own."""

from __future__ import annotations

import re
from time import process_time
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from reviewer.claims.extract import builtin_reader
from reviewer.claims.model import Claim, Kind, Modality, Role
from reviewer.source.model import AnchorKind
from tests.claims.helpers import block, read


def only(text: str, wanted: Kind, **how: Any) -> Claim:
    found = [claim for claim in read(text, **how) if claim.kind is wanted]
    assert len(found) == 1, found
    return found[0]


@pytest.mark.parametrize(
    ("text", "modality"),
    [
        ("Must be called with foo_lock held.", Modality.ASSERTED),
        (
            "The caller used to be required to hold foo_lock; caller must hold foo_lock.",
            Modality.PAST,
        ),
        ("This must be called with foo_lock held in the old times.", Modality.PAST),
        ("This was called foo_lock_all() once; must be called with foo_lock held", Modality.PAST),
        ("So this must be called with foo_lock held?", Modality.QUESTION),
        ("XXX: should be called with foo_lock held", Modality.HYPOTHETICAL),
        ("FIXME: must be called under foo_lock", Modality.HYPOTHETICAL),
        ("Must be called with foo_lock held if bar is set.", Modality.CONDITIONAL),
        ("If bar is set, this must be called with foo_lock held.", Modality.CONDITIONAL),
        ("Or we could insist that it must be called with foo_lock held.", Modality.HYPOTHETICAL),
        ("The rule that this must be called with foo_lock held is now obsolete.", Modality.PAST),
        ("2003-01-02 must be called with foo_lock held", Modality.PAST),
        ('It says "must be called with foo_lock held" there', Modality.QUOTED),
        ("Must be called with foo_lock held when calling from elsewhere.", Modality.ASSERTED),
    ],
)
def test_modality(text: str, modality: Modality) -> None:
    found = [claim for claim in read(text) if claim.kind is Kind.REQUIRES]
    assert [claim.modality for claim in found] == [modality]


def test_used_to_protect_is_no_history() -> None:
    claim = only("foo_lock is used to protect foo_list.", Kind.PROTECTED)
    assert claim.modality is Modality.ASSERTED


def test_a_shared_subject_is_that_of_the_first_clause() -> None:
    claim = only("The worker will be run from a timer and must not sleep.", Kind.FORBIDS)
    assert (claim.subject.concept, claim.subject.text) == ("data", "the worker")


def test_need_not_is_negated() -> None:
    claim = only("The foo code doesn't rely on foo_lock here.", Kind.REQUIRES)
    assert claim.modality is Modality.NEGATED


def test_a_list_gives_one_claim_each() -> None:
    claims = read("Must be called with a->lock held and interrupts disabled.")
    said = [c.object.concept for c in claims if c.kind is Kind.REQUIRES and c.object]
    assert said == ["lock:lock", "irq-off"]


def test_mode_of_the_lock() -> None:
    claim = only("The caller must hold mmap_lock for writing.", Kind.REQUIRES)
    assert claim.get("mode") == "write"


def test_context_section_is_a_claim_and_return_is_not() -> None:
    text = "foo - do it\n\nContext: Process context.\nReturn: 0 if called with foo_lock held\n"
    claim = only(text, Kind.REQUIRES, kernel_doc=True)
    assert claim.object is not None
    assert (claim.object.concept, claim.get("section")) == ("process-context", "context")


def test_the_subject_of_a_field_comment_is_the_field() -> None:
    claim = only(
        "protected by q->lock", Kind.PROTECTED, kind=AnchorKind.FIELD, name="q.list", trailing=True
    )
    assert (claim.subject.concept, claim.subject.name) == ("code", "q.list")


def test_a_sentence_about_something_else_is_not_about_the_code() -> None:
    claim = only("The tail entry must be accessed under foo_lock.", Kind.REQUIRES)
    assert (claim.subject.concept, claim.subject.text) == ("data", "the tail entry")


def test_pairing_names_barrier_and_place() -> None:
    claim = only("This smp_wmb() pairs with the smp_rmb() in foo_poll().", Kind.PAIRS)
    assert claim.object is not None
    assert claim.subject.concept == "barrier:smp_wmb"
    assert claim.object.concept == "barrier:smp_rmb"
    assert claim.get("place") == "foo_poll"


def test_pairing_with_two_places() -> None:
    claims = read("Pairs with smp_mb() in foo_poll() and bar_poll().")
    assert [c.get("place") for c in claims if c.kind is Kind.PAIRS] == ["foo_poll", "bar_poll"]


def test_list_under_a_lock() -> None:
    text = "foo_lock protects:\n - the list of widgets\n - q->count\n"
    claims = [c for c in read(text) if c.kind is Kind.PROTECTED]
    assert [(c.subject.text, c.object and c.object.concept) for c in claims] == [
        ("the list of widgets", "lock:foo_lock"),
        ("q->count", "lock:foo_lock"),
    ]


def test_references() -> None:
    text = "See foo_init(), struct bar, mm/baz.c and CONFIG_QUX for x->y."
    names = [c.object.name for c in read(text) if c.kind is Kind.REFERS and c.object]
    assert names == ["foo_init", "bar", "mm/baz.c", "CONFIG_QUX", "x->y"]


def test_code_in_a_comment_is_quoted() -> None:
    text = "Use it so:\n\n\tspin_lock(&foo->lock);\n\tbar_add(foo);\n"
    assert {c.modality for c in read(text)} == {Modality.QUOTED}


def test_chain_of_reasons() -> None:
    text = (
        "We clear the pte and flush the TLB before the comparison, this ensures that no\n"
        "O_DIRECT can start after the check of the refcount."
    )
    claims = read(text)
    roles = {(c.kind, c.subject.concept): c.role for c in claims if c.kind is not Kind.REFERS}
    assert roles[Kind.ORDERS, "tlb-flush"] is Role.REASON
    assert roles[Kind.EXCLUDES, "tlb-flush"] is Role.REASON
    assert [c.role for c in claims if c.kind is Kind.STABLE] == [Role.RESULT]
    assert {c.argument for c in claims if c.kind is not Kind.REFERS} == {1}


def test_what_is_not_understood_is_counted() -> None:
    reading = builtin_reader().reading(block("The frobs are safe from the TLB flush by magic."))
    assert not [c for c in reading.claims if c.kind is not Kind.REFERS]
    assert [u.concepts for u in reading.unread] == [("tlb-flush",)]


def test_lines_are_those_of_the_file() -> None:
    claim = only("Something else.\n\nCaller must hold\nfoo_lock.", Kind.REQUIRES)
    assert (claim.line, claim.end_line) == (3, 4)


SPACES = ("\n", "\n\n", "\t\t\t")
WORDS = st.sampled_from(SPACES) | st.sampled_from(
    re.findall(
        r"\S+",
        "must be called with held under the foo_lock x->lock interrupts disabled RCU and or pairs "
        "smp_mb() in foo() so that no GUP-fast can happen flush TLB before check PTE cannot "
        "change protected by if @x %Y CONFIG_Z mm/a.c caller not sleep may is stable "
        'synchronize_rcu() waits for all readers atomically . , ; : ( ) ? - * { } " \ue000 \u0130',
    )
)


@given(st.one_of(st.text(max_size=300), st.lists(WORDS, max_size=80).map(" ".join)))
@settings(max_examples=300)
def test_any_text_is_read_and_every_span_is_exact(text: str) -> None:
    comment = block(text)
    reading = builtin_reader().reading(comment)
    for claim in reading.claims:
        assert 0 <= claim.start < claim.end <= len(text)
        assert text[claim.start : claim.end] == claim.quote
        assert 1 <= claim.line <= claim.end_line
        if claim.object is not None and claim.kind is Kind.REFERS:
            assert "".join(claim.object.text.split()) == "".join(claim.quote.split())


@pytest.mark.parametrize(
    "piece",
    [
        "must be called with ",
        "x ",
        "foo_lock, ",
        "(",
        "foo(",
        "a->",
        "the caller must hold the the the ",
        "smp_mb() pairs with ",
        "the pte cannot change ",
        "- ",
        "interrupts, ",
        '"',
        "no GUP-fast or ",
        "@a.b.c.",
    ],
)
def test_hostile_text_is_read_in_linear_time(piece: str) -> None:
    size = 60_000
    text = piece * (size // len(piece))
    begin = process_time()
    builtin_reader().read(block(text))
    assert process_time() - begin < 3.0
