"""A TLB flush said to be deferred, batched or left to the caller, where the code does it."""

from __future__ import annotations

from reviewer.claims.model import Claim, Kind
from reviewer.claims.patterns import Example as Sentence
from reviewer.claims.patterns import Pattern
from reviewer.claims.wording.flushes import limit_of_flush, promises_safety, speaks_of_more_flushes
from reviewer.judging.flushes import Flushing, certain_flush, flushing
from reviewer.judging.machines import admitted
from reviewer.judging.order import right_behind
from reviewer.judging.scenario import judge, load
from reviewer.rule import Example, Reads, Rule
from reviewer.verdict import (
    Breaks,
    Decision,
    Evidence,
    Location,
    Severity,
    Verdict,
    agrees,
    broken,
    holds,
    unknown,
)
from reviewer.world import World

_LATER = (("deferred", "later"),)
_CALLER = (("deferred", "caller"),)
_PENDING = "flush_tlb_batched_pending"


class FlushIsDeferred(Rule):
    """A TLB flush is taken to come later: batched, deferred, or done by the caller.

    Why it breaks: somebody made the code flush at once, mostly to mend a race, and the comment
    still tells callers to flush (twice, then) or readers that stale translations are about.
    And a batched flush is not safe against mprotect() or munmap() by itself: they find the entry
    empty, flush nothing and return while user code still writes the page.

    Where it still holds: the code only notes the flush (tlb_remove_tlb_entry(),
    arch_tlbbatch_add_pending()), or does none.

    Write instead: where the flush happens now.

    Limits: only a flush of other CPUs that the code always does is evidence, not one in a helper,
    and only if the words are without condition and of one flush. Whether callers do flush is not
    judged.

    Off by default: no finding on kernel code, real or altered, has been seen and judged yet.

    References: commit 3ea277194daa ("mm, mprotect: flush TLB if potentially racing with a parallel
    reclaim leaving stale TLB entries"), mm/rmap.c set_tlb_ubc_flush_pending().
    """

    name = "flush-is-deferred"
    family = "tlb"
    since = "0.1"
    default = False
    severity = Severity.MEDIUM
    reads = (Reads(Kind.ORDERS, subject=("tlb-flush",)),)
    patterns = (
        Pattern(
            "flush-deferred",
            Kind.ORDERS,
            r"{subject:flush}(?: (?:of|for) (?:[^ .;]+ ){1,3}?)?(?: here)? ?"
            r"(?:is|are|will be|gets?|being) (?:[a-z]+ly )?"
            r"(?:batched|deferred|delayed|postponed|(?:done|performed|issued|handled) later"
            r"|(?:done|performed) at the end)\b",
            object="step",
            detail=_LATER,
            concepts=(("subject", "tlb-flush"),),
            examples=(Sentence("The TLB flush is deferred to the end", "tlb-flush", "step"),),
        ),
        Pattern(
            "defer-flush",
            Kind.ORDERS,
            r"(?:\bwe |\bso |\band |^\W*){subject:flush}(?: here)?"
            r"(?: (?:until|till|to the end)\b|\W*$)",
            object="step",
            detail=_LATER,
            concepts=(("subject", "tlb-flush.deferred"),),
            examples=(
                Sentence("We defer the TLB flush until the lock is gone", "tlb-flush.deferred"),
            ),
        ),
        Pattern(
            "flush-by-caller",
            Kind.ORDERS,
            r"{subject:flush} (?:is|are|will be) (?:[a-z]+ly )?(?:left to |(?:done|performed|issued"
            r"|handled) by |up to |the responsibility of )(?:the |our |its )?callers?\b",
            object="step",
            detail=_CALLER,
            concepts=(("subject", "tlb-flush"),),
            examples=(Sentence("The TLB flush is left to the caller", "tlb-flush", "step"),),
        ),
        Pattern(
            "caller-flushes",
            Kind.ORDERS,
            r"\bcallers? (?:(?:is|are) (?:then )?responsible (?:for|to)|(?:must|should|shall|will"
            r"|has to|have to|needs? to|(?:is|are) expected to)) (?:then |also |do |doing |perform "
            r"|performing |issue |take care of |the |a |any |required ){0,3}{subject:flush}"
            r"(?! (?:before|first|prior))",
            object="step",
            detail=_CALLER,
            concepts=(("subject", "tlb-flush"),),
            examples=(Sentence("The caller must flush the TLB", "tlb-flush", "step"),),
        ),
    )
    stale = (
        Example(
            """
            /* Clears one entry. The caller must flush the TLB. */
            static void clear_one(struct vm_area_struct *vma, unsigned long addr, pte_t *ptep)
            {
                    ptep_get_and_clear(vma->vm_mm, addr, ptep);
                    flush_tlb_page(vma, addr);
            }
            """,
            words="caller must flush the TLB",
            breaks="reason",
        ),
        Example(
            """
            static void clear_one(struct vm_area_struct *vma, unsigned long addr, pte_t *ptep)
            {
                    /* The TLB flush is deferred to the end of the batch. */
                    ptep_clear_flush(vma, addr, ptep);
            }
            """,
            words="TLB flush is deferred",
        ),
        Example(
            """
            static void unmap_one(struct mm_struct *mm, unsigned long addr, pte_t *ptep)
            {
                    pte_t pte = ptep_get_and_clear(mm, addr, ptep);

                    /* The TLB flush is batched, which is safe against a parallel mprotect. */
                    set_tlb_ubc_flush_pending(mm, pte, addr);
            }
            """,
            words="TLB flush is batched",
            breaks="result",
            broken_on=("arm64", "x86-64-kvm"),
        ),
    )
    sound = (
        Example(
            """
            static void unmap_one(struct mm_struct *mm, unsigned long addr, pte_t *ptep)
            {
                    pte_t pte = ptep_get_and_clear(mm, addr, ptep);

                    /* The TLB flush is batched, which is safe against a parallel mprotect. */
                    set_tlb_ubc_flush_pending(mm, pte, addr);
            }

            void flush_tlb_batched_pending(struct mm_struct *mm)
            {
                    flush_tlb_mm(mm);
            }
            """
        ),
        Example(
            """
            /* Clears one entry. The caller must flush the TLB. */
            static void clear_one(struct mm_struct *mm, unsigned long addr, pte_t *ptep)
            {
                    ptep_get_and_clear(mm, addr, ptep);
            }
            """
        ),
        Example(
            """
            static void clear_one(struct vm_area_struct *vma, u64 addr, pte_t *ptep, bool now)
            {
                    /* The TLB flush is deferred if the caller asked for that. */
                    if (now)
                            ptep_clear_flush(vma, addr, ptep);
                    else
                            ptep_get_and_clear(vma->vm_mm, addr, ptep);
            }
            """
        ),
        Example(
            """
            /* The caller must flush the TLB before it calls this. */
            static void clear_one(struct vm_area_struct *vma, unsigned long addr, pte_t *ptep)
            {
                    ptep_clear_flush(vma, addr, ptep);
            }
            """
        ),
    )

    def judge(self, claim: Claim, world: World) -> Verdict | None:
        """Look for an immediate flush; check the batch against parallel changes if said safe."""
        deferred = claim.get("deferred")
        if not deferred:
            return None
        code = flushing(world, claim)
        if code is None:
            return unknown("the claim stands in no function that could be parsed")
        operations = right_behind(claim, code.function, code.facts, world.source)
        done = next((op for op in operations if certain_flush(op)), None)
        if done is not None:
            limit = limit_of_flush(claim)
            if limit:
                return unknown(f"the code flushes, but the words are limited: {limit}")
            if speaks_of_more_flushes(claim):
                return unknown("the comment speaks of another flush as well")
            return broken(
                f"the TLB flush is not left for later: {code.function.name}() does it itself",
                Location(code.facts.path, done.line, f"{done.name}()"),
                breaks=Breaks.REASON,
            )
        if promises_safety(claim):
            return self._race(claim, world, code)
        return _kept(deferred, code)

    def _race(self, claim: Claim, world: World, code: Flushing) -> Verdict:
        """A batched flush against mprotect(), where the tree does not check for pending ones."""
        if world.index is None:
            return unknown("without an index it cannot be told whether pending flushes are awaited")
        found = world.functions(_PENDING)
        if found:
            source, function = found[0]
            where = Location(source.path, function.start_line, f"{_PENDING}()")
            return holds("who changes entries waits for batched flushes first", where)
        judged = judge(load(self.folder, "batched-flush-mprotect"), admitted(world, claim))
        if not judged.machines.broken:
            return unknown("no machine was found where the batched flush comes too late")
        return Verdict(
            Decision.BROKEN,
            "a parallel mprotect() finds the entry empty, flushes nothing and returns while stale "
            "translations still write the page",
            breaks=Breaks.RESULT,
            evidence=Evidence((code.place,), judged.witness),
            machines=judged.machines,
            severity=Severity.HIGH,
        )


def _kept(deferred: str, code: Flushing) -> Verdict:
    """The verdict where no flush is done at once."""
    noted = [op for op in code.facts.having("tlb.flush.deferred") if op.start_byte >= code.start]
    if noted:
        where = Location(code.facts.path, noted[0].line, f"{noted[0].name}() only notes the flush")
        return holds("the flush is noted for later", where)
    if code.facts.having("tlb.flush"):
        return unknown("the code flushes on some path")
    if code.hidden:
        return unknown(f"{code.hidden[0]}() may flush and could not be looked through")
    if code.facts.unknown:
        name = code.facts.unknown[0]
        return unknown(f"no flush was seen, but {name}() could not be looked through")
    if deferred == "caller":
        return agrees("the function does not flush", code.place)
    return unknown("no flush, and nothing that notes one, was seen")
