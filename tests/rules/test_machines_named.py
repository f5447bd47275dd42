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
