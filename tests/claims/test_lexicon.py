"""Words and C names become the concepts that lexicon.toml says."""

from __future__ import annotations

import pytest

from reviewer.claims.lexicon import builtin_lexicon, variants
from reviewer.claims.tagging import Tagger

TAGGER = Tagger(builtin_lexicon())
CASES = [
    (entry.concept, example) for entry in builtin_lexicon().entries for example in entry.examples
]


def concepts(text: str) -> list[str]:
    return [term.concept for term in TAGGER.tag(text, text.lower()).terms]


@pytest.mark.parametrize(("concept", "example"), CASES)
def test_example_yields_its_concept(concept: str, example: str) -> None:
    found = concepts(example)
    assert any(one.startswith(concept) for one in found), found


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("x->lock", ["lock:lock"]),
        ("the foo_mutex", ["lock:foo_mutex"]),
        ("mm->mmap_sem", ["lock:mmap_sem"]),
        ("spin_lock(&q->wait_lock)", ["lock:wait_lock"]),
        ("the widget lock", ["lock:widget"]),
        ("the page table lock", ["lock:ptl"]),
        ("foo_unlock()", ["function"]),
        ("foo_block", ["identifier"]),
        ("frob()", ["function"]),
        ("%GFP_FOO", ["constant"]),
        ("&struct foo", ["struct"]),
        ("struct foo.bar", ["field"]),
        ("CONFIG_FOO_BAR", ["config"]),
        ("Documentation/core-api/x.rst", ["path"]),
        ("mm/foo.c", ["path"]),
        ("the page(s)", []),
        ("see brk(2)", []),
        ("interrupts disabled", ["irq-off"]),
        ("irqs and preemption disabled", ["irq-off", "preempt-off"]),
        ("disabling bottom halves", ["bh-off"]),
        ("with interrupts enabled", ["irq-on"]),
        ("smp_store_release()", ["barrier:smp_store_release"]),
        ("synchronize_sched()", ["rcu-gp.sched"]),
    ],
)
def test_terms(text: str, expected: list[str]) -> None:
    assert concepts(text) == expected


def test_a_name_keeps_its_spelling() -> None:
    (term,) = TAGGER.tag("mm->mmap_lock", "mm->mmap_lock").terms
    assert (term.concept, term.name) == ("lock:mmap_lock", "mm->mmap_lock")


def test_variants() -> None:
    assert {"tlb flush", "tlb-flush", "tlb_flush", "tlb flushes"} <= set(variants("tlb flush"))
    assert variants("bhs=") == ("bhs",)
