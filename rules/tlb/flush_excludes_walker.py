"""A TLB flush said to keep lockless walkers out."""

from __future__ import annotations

from dataclasses import replace

from reviewer.claims.model import Claim, Kind
from reviewer.judging.examples import GUP_FAST_TRUSTS
from reviewer.judging.flushes import Flushing, consequence, flushing, gup_machines
from reviewer.judging.gup import WATCHED
from reviewer.judging.scenario import Judged, Scenario, judge, load
from reviewer.judging.slicing import Slice
from reviewer.mmu.machine import Machine
from reviewer.rule import Example, Reads, Rule
from reviewer.verdict import (
    Breaks,
    Decision,
    Evidence,
    Location,
    Severity,
    Verdict,
    broken,
    unknown,
)
from reviewer.world import World

WALKERS = ("gup-fast", "gup", "o-direct", "lockless-walk", "page-table-walk")


class FlushExcludesWalker(Rule):
    """A completed TLB flush is taken to keep lockless page-table walkers out.

    Why it breaks: GUP-fast walks page tables with interrupts off. That kept it out of the way as
    long as a flush sent an IPI to every CPU and waited. It does not where the flush is a broadcast
    instruction (arm64, powerpc radix, s390), a hypercall or a flag for a preempted vCPU (KVM,
    Hyper-V, Xen): the flush completes while a walker still holds the old entry in a register.

    Where it still holds: on machines whose flush is an IPI that every CPU must take; or when the
    code waits for walkers in another way (tlb_remove_table_sync_one(), a grace period).

    Write instead: what really makes the code safe, mostly that GUP-fast reads the entry again
    after it took its reference and drops the reference if the entry changed.

    Limits: reason and result are judged apart. The result is judged only if the code looks at the
    reference count after the flush and GUP-fast's own code is in the tree.

    References: commit 2667f50e8b81 ("mm: introduce a general RCU get_user_pages_fast()"),
    mm/mmu_gather.c "Semi RCU freeing of the page directories".
    """

    name = "flush-excludes-walker"
    family = "tlb"
    since = "0.1"
    severity = Severity.MEDIUM
    watches = (WATCHED,)
    reads = (Reads(Kind.EXCLUDES, subject=("tlb-flush",), object=WALKERS),)
    stale = (
        Example(
            """
            static int share_page(struct vm_area_struct *vma, struct page *page, pte_t *ptep)
            {
                    pte_t old;

                    /*
                     * Flush the TLB, so that no GUP-fast can be in progress. Then
                     * look at the count.
                     */
                    old = ptep_clear_flush(vma, vma->vm_start, ptep);
                    if (page_count(page) != 1) {
                            set_pte_at(vma->vm_mm, vma->vm_start, ptep, old);
                            return -EBUSY;
                    }
                    return 0;
            }
            """,
            words="Flush the TLB, so that no GUP-fast",
            breaks="reason",
            broken_on=("arm64", "x86-64-kvm"),
        ),
        Example(
            """
            static int share_page(struct vm_area_struct *vma, struct page *page, pte_t *ptep)
            {
                    pte_t old;

                    /*
                     * Flush the TLB, so that no GUP-fast can be in progress. Then
                     * look at the count.
                     */
                    old = ptep_get_and_clear(vma->vm_mm, vma->vm_start, ptep);
                    if (page_count(page) != 1) {
                            set_pte_at(vma->vm_mm, vma->vm_start, ptep, old);
                            return -EBUSY;
                    }
                    return 0;
            }
            """,
            words="Flush the TLB, so that no GUP-fast",
        ),
        Example(
            """
            static int share_page(struct vm_area_struct *vma, struct page *page, pte_t *ptep)
            {
                    pte_t old;

                    /* The TLB flush makes sure that no GUP-fast can run from here on. */
                    old = ptep_clear_flush(vma, vma->vm_start, ptep);
                    return page_count(page) == 1 ? 0 : -EBUSY;
            }
            """,
            words="TLB flush makes sure that no GUP-fast",
            breaks="result",
            broken_on=("arm64",),
            files={
                "mm/gup.c": """
                static int gup_fast_one(pte_t *ptep, struct page **pages)
                {
                        pte_t pte = ptep_get_lockless(ptep);

                        if (!try_grab_folio(page_folio(pte_page(pte)), 1, FOLL_PIN))
                                return 0;
                        *pages = pte_page(pte);
                        return 1;
                }
                """
            },
        ),
        Example(
            """
            static int protect_page(struct vm_area_struct *vma, struct page *page, pte_t *ptep)
            {
                    /* Flush the TLB, so that no GUP-fast can be in progress. */
                    ptep_set_wrprotect(vma->vm_mm, vma->vm_start, ptep);
                    flush_tlb_page(vma, vma->vm_start);
                    return page_count(page) == 1 ? 0 : -EBUSY;
            }
            """,
            words="Flush the TLB, so that no GUP-fast",
            breaks="reason",
            broken_on=("arm64",),
            files={"mm/gup.c": GUP_FAST_TRUSTS},
        ),
    )
    sound = (
        Example(
            """
            static int share_page(struct vm_area_struct *vma, struct page *page, pte_t *ptep)
            {
                    /*
                     * A TLB flush does not keep GUP-fast out: it may raise the count
                     * for a moment, sees the changed entry and drops it again.
                     */
                    ptep_clear_flush(vma, vma->vm_start, ptep);
                    return page_count(page) == 1 ? 0 : -EBUSY;
            }
            """
        ),
        Example(
            """
            static void drop_table(struct mm_struct *mm, struct vm_area_struct *vma, pte_t *ptep)
            {
                    /* Flush the TLB, then wait, so that no GUP-fast can be in progress. */
                    ptep_clear_flush(vma, vma->vm_start, ptep);
                    synchronize_rcu();
            }
            """
        ),
        Example(
            """
            static int share_page(struct vm_area_struct *vma, struct page *page, pte_t *ptep)
            {
                    /* In the past, the TLB flush made sure that no GUP-fast can run. */
                    ptep_clear_flush(vma, vma->vm_start, ptep);
                    return page_count(page) == 1 ? 0 : -EBUSY;
            }
            """
        ),
    )

    def judge(self, claim: Claim, world: World) -> Verdict | None:
        """Slice the flush out of the code and run it against a walker on each machine."""
        code = flushing(world, claim)
        if code is None:
            return unknown("the claim stands in no function that could be parsed")
        if not code.flushes:
            return _no_flush(code)
        part = code.slice().without("ref")
        if not part.has("tlb.flush"):
            return unknown("the flush is on a branch that the comment is not on")
        machines = gup_machines(world, claim)
        if not machines:
            return unknown("no machine with a lockless walker fits the comment's conditions")
        reason = _reason(load(self.folder, "flush-excludes-walker"), part, machines)
        flush = next(op for op in part.operations if any("flush" in c for c in op.concepts))
        where = Location(code.facts.path, flush.line, f"{flush.name}() is the flush meant")
        if not reason.machines.broken:
            decision = Decision.UNKNOWN if reason.machines.unknown else Decision.HOLDS
            said = "no walker outlives the flush and what follows it on any machine judged"
            return Verdict(
                *(decision, said),
                evidence=Evidence((where,)),
                machines=reason.machines,
                rests_on=(where,),
            )
        result = consequence(world, code, machines)
        evidence = (where, *result.locations)
        count = f"{len(reason.machines.broken)} of {len(machines)} machines"
        said = f"a completed TLB flush does not keep lockless walkers out on {count}"
        if result.judged is not None and result.judged.machines.broken:
            return Verdict(
                Decision.BROKEN,
                f"{said}, and the check that relies on it can pass while a walker takes its "
                f"reference: {result.why}",
                breaks=Breaks.RESULT,
                evidence=Evidence(evidence, result.judged.witness),
                machines=result.judged.machines,
                severity=Severity.HIGH,
            )
        safe = result.judged is not None and not result.judged.machines.unknown
        then = f"the result still holds, since {result.why}" if safe else result.why
        return Verdict(
            Decision.BROKEN,
            f"{said}; {then}",
            breaks=Breaks.REASON,
            evidence=Evidence(evidence, reason.witness),
            machines=reason.machines,
        )


def _reason(scenario: Scenario, part: Slice, machines: tuple[Machine, ...]) -> Judged:
    """Whether a walker outlives the flush of an entry that was cleared. Where the code does not
    clear it, a walker that does is one for certain, and one that does not may be too."""
    if part.has("pte.clear"):
        return judge(scenario.with_code(part.statements), machines)
    found = judge(scenario.with_code((_CLEARED, *part.statements)), machines)
    seen = found.machines
    return replace(found, machines=replace(seen, holds=(), unknown=(*seen.holds, *seen.unknown)))


_CLEARED = "r9 = ptep_get_and_clear(pte);"


def _no_flush(code: Flushing) -> Verdict:
    if code.hidden:
        return unknown(f"{code.hidden[0]}() may flush and could not be looked through")
    if not code.slice().statements:
        return unknown("the code under the comment changes no page-table entry")
    return broken(
        f"the comment relies on a TLB flush that {code.function.name}() does not do",
        code.place,
        Location(
            code.facts.path,
            code.slice().operations[0].line,
            "the entry is changed here, and no flush follows",
        ),
        breaks=Breaks.RESULT,
        severity=Severity.HIGH,
    )
