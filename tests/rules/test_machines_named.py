"""Machines that a comment names: those it speaks of, and those that are only examples."""

from __future__ import annotations

import pytest

from reviewer.verdict import Decision
from tests.judging.pond import decisions

_CODE = """
void sweep(struct vm_area_struct *vma, unsigned long addr, pte_t *pte)
{{
        pte_t entry;

        /* The TLB flush sends an IPI to every CPU{words}. */
        entry = ptep_clear_flush(vma, addr, pte);
        use(entry);
}}
"""


@pytest.mark.parametrize(
    ("words", "decision"),
    [
        ("", Decision.BROKEN),
        (" on native x86", Decision.AGREES),
        (", especially on native x86", Decision.UNKNOWN),
        (", for example on native x86", Decision.UNKNOWN),
        (" also on native x86", Decision.UNKNOWN),
        (", like native x86", Decision.UNKNOWN),
    ],
)
def test_an_example_does_not_limit_what_is_said(words: str, decision: Decision) -> None:
    assert decisions(_CODE.format(words=words), "flush-implies-ipi") == [decision]


@pytest.mark.parametrize(
    "words",
    [
        " on native x86, on arm64 it is broadcast",
        " on native x86 and on arm64 the hardware does it",
        " on native x86 (on arm64 it is broadcast)",
        " on native x86 and is broadcast on arm64",
        ", and is broadcast on arm64",
        " on native x86, on arm64, it is broadcast",
    ],
)
def test_a_machine_of_another_clause_is_not_the_claims(words: str) -> None:
    assert decisions(_CODE.format(words=words), "flush-implies-ipi") == [Decision.UNKNOWN]


@pytest.mark.parametrize(
    ("start", "decision"),
    [
        ("On arm64 it is broadcast, on native x86 the", Decision.UNKNOWN),
        ("On arm64 it is broadcast, elsewhere the", Decision.UNKNOWN),
        ("On loongarch and native x86 the", Decision.AGREES),
        ("On arm64 and native x86 the", Decision.BROKEN),
    ],
)
def test_a_machine_before_the_claim(start: str, decision: Decision) -> None:
    code = _CODE.format(words="").replace("/* The", f"/* {start}")
    assert decisions(code, "flush-implies-ipi") == [decision]
