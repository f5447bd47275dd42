"""A present entry said to change only with a TLB flush in between."""

from __future__ import annotations

from reviewer.claims.model import Claim, Kind
from reviewer.judging.flushes import scenarios
from reviewer.judging.machines import admitted
from reviewer.judging.scenario import judge, load
from reviewer.rule import Example, Reads, Rule
from reviewer.source.model import CodeFacts, Operation
from reviewer.verdict import (
    Breaks,
    Decision,
    Evidence,
    Location,
    Severity,
    Verdict,
    unknown,
)
from reviewer.world import World

_FILE = "mm/memory.c"
_ZAP = "zap_pte_range"
_COMMENT = """
#ifdef CONFIG_GUP_GET_PXX_LOW_HIGH
/*
 * The PTE will not switch to a different present page without a TLB flush
 * in between.
 */
static inline pte_t read_both_halves(pte_t *ptep)
{
        pte_t pte;

        do {
                pte.pte_low = READ_ONCE(ptep->pte_low);
                smp_rmb();
                pte.pte_high = READ_ONCE(ptep->pte_high);
                smp_rmb();
        } while (pte.pte_low != READ_ONCE(ptep->pte_low));
        return pte;
}
#endif
"""


class EntryKeptUntilFlush(Rule):
    """A present entry is taken to point elsewhere only after a TLB flush.

    Why it breaks: unmapping (munmap, MADV_DONTNEED) gathers pages and flushes when it is done.
    Unless it is forced to, it drops the page-table lock before the flush, and a fault may then put
    another page into the cleared entry: present, not present, present elsewhere, and no flush yet.
    A lockless reader of a two-word entry that compares only the low word can then put together the
    low word of one page and the high word of another.

    Where it still holds: for changes made under one hold of the page-table lock with a flush
    inside it (ptep_clear_flush()).

    Write instead: that the order of the two words' writes and reads is all that is relied on, and
    what happens if the low word comes back with another high word.

    Limits: that unmapping defers its flush is read from zap_pte_range() of the tree; without it
    the claim is unknown.

    References: mm/memory.c zap_pte_range(), include/linux/pgtable.h ptep_get_lockless().
    """

    name = "entry-kept-until-flush"
    family = "pte"
    since = "0.1"
    severity = Severity.HIGH
    reads = (Reads(Kind.STABLE, subject=("pte", "split-entry"), object=("tlb-flush",)),)
    stale = (
        Example(
            _COMMENT,
            words="not switch to a different present page without a TLB flush",
            breaks="result",
            broken_on=("x86-pae-native", "x86-pae-kvm"),
            files={
                "mm/memory.c": """
                static void zap_pte_range(struct mmu_gather *tlb, pte_t *pte, bool force)
                {
                        spinlock_t *ptl = &tlb->ptl;

                        spin_lock(ptl);
                        ptep_get_and_clear(tlb->mm, 0, pte);
                        if (force)
                                tlb_flush_mmu_tlbonly(tlb);
                        spin_unlock(ptl);
                }
                """
            },
        ),
    )
    sound = (
        Example(_COMMENT),
        Example(
            _COMMENT,
            files={
                "mm/memory.c": """
                static void zap_pte_range(struct mmu_gather *tlb, pte_t *pte, bool force)
                {
                        spinlock_t *ptl = &tlb->ptl;

                        spin_lock(ptl);
                        ptep_get_and_clear(tlb->mm, 0, pte);
                        tlb_flush_mmu_tlbonly(tlb);
                        spin_unlock(ptl);
                }
                """
            },
        ),
    )

    def judge(self, claim: Claim, world: World) -> Verdict | None:
        """See whether unmapping defers its flush, then run that against the reader."""
        if claim.get("unless") != "object":
            return None
        where = _deferred(world)
        if where is None:
            return unknown(f"{_ZAP}() of {_FILE} does not show that a flush is deferred")
        split = tuple(one for one in admitted(world, claim) if one.split)
        if not split:
            return unknown("no machine with two-word entries fits the comment's conditions")
        judged = judge(load(scenarios("pte"), "split-flush-deferred"), split)
        if judged.machines.broken:
            return Verdict(
                Decision.BROKEN,
                "unmapping may drop the page-table lock before it flushes, so the entry can turn "
                "to another page first, and a reader can see halves of two entries",
                breaks=Breaks.RESULT,
                evidence=Evidence((where,), judged.witness),
                machines=judged.machines,
            )
        return Verdict(
            Decision.BROKEN,
            "unmapping may drop the page-table lock before it flushes, so the entry can turn to "
            "another page without a flush",
            breaks=Breaks.REASON,
            evidence=Evidence((where,)),
            machines=judged.machines,
        )


def _deferred(world: World) -> Location | None:
    """Where unmapping drops the page-table lock with its flush still to come, if it does."""
    source = world.file(_FILE)
    if source is None:
        return None
    for function in source.functions_named(_ZAP):
        facts = world.function_facts(function, source)
        unlock = _unlock(facts)
        if unlock is None:
            continue
        cleared = min((op.start_byte for op in _clears(facts)), default=unlock.start_byte)
        flushed = any(
            cleared < op.start_byte < unlock.start_byte and op.arms == unlock.arms[: len(op.arms)]
            for op in facts.having("tlb.flush")
            if "tlb.flush.deferred" not in op.concepts
        )
        if cleared < unlock.start_byte and not flushed:
            return Location(_FILE, unlock.line, "the lock is dropped, flushed only if forced")
    return None


def _clears(facts: CodeFacts) -> tuple[Operation, ...]:
    """Where entries are cleared, their flush gathered or still to come."""
    return facts.having("tlb.flush.deferred") + facts.having("pte.clear")


def _unlock(facts: CodeFacts) -> Operation | None:
    """The last release of the page-table lock."""
    return next(
        (
            op
            for op in reversed(facts.operations)
            if any(c.startswith("lock.release") for c in op.concepts)
        ),
        None,
    )
