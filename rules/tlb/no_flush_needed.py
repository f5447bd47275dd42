"""No TLB flush needed, said where the code flushes."""

from __future__ import annotations

import re

from reviewer.claims.model import Claim, Kind
from reviewer.claims.patterns import Example as Sentence
from reviewer.claims.patterns import Pattern
from reviewer.claims.wording.flushes import limit_of_none, speaks_of_more_flushes
from reviewer.judging.flushes import certain_flush, flushing
from reviewer.judging.order import inside, right_behind
from reviewer.rule import Example, Reads, Rule
from reviewer.verdict import Breaks, Location, Severity, Verdict, agrees, broken, unknown
from reviewer.world import World

_ANY = r"(?:a |an |the |any |another |further |extra |additional |explicit |separate |actual ){0,2}"
_DO = r"(?:do |perform |issue |send |have |call |request )?"
_DETAIL = (("force", "need-not"),)
_CONCEPTS = (("object", "tlb-flush"),)
_FLUSHES = re.compile(r"flush|invalidat|shootdown", re.IGNORECASE)
"""In the name of a function that could not be looked through."""


class NoFlushNeeded(Rule):
    """Code that flushes the TLB stands under a comment that says no flush is needed.

    Why it breaks: the comment explains why a flush is missing. When a flush is added (the entry is
    no longer only relaxed, the hardware caches more than was thought) and the comment stays, it
    invites the next reader to take the flush out again.

    Where it still holds: the code under the comment does not flush.

    Write instead: why the flush is there, or drop the comment.

    Limits: only a flush of other CPUs that the code under the comment always does is evidence, and
    only if the words are without condition, speak of no sort of flush in particular, and no other
    flush is spoken of. Flushes by helpers do not count, nor those that set access flags and are
    empty on some architectures.

    References: arch/x86/mm/pgtable.c ptep_set_access_flags() family, Documentation/mm/
    mmu_notifier.rst.
    """

    name = "no-flush-needed"
    family = "tlb"
    since = "0.1"
    severity = Severity.LOW
    reads = (Reads(Kind.FORBIDS, object=("tlb-flush",)),)
    patterns = (
        Pattern(
            "no-need-to-flush",
            Kind.FORBIDS,
            rf"\bno need (?:here )?(?:to {_DO}|for ){_ANY}{{object:flush}}",
            detail=_DETAIL,
            concepts=_CONCEPTS,
            examples=(Sentence("There is no need to flush the TLB", "code", "tlb-flush"),),
        ),
        Pattern(
            "no-flush-needed",
            Kind.FORBIDS,
            r"(?:\bno |\bwithout )(?:further |extra |additional |explicit |separate |actual )?"
            r"{object:flush}(?: here)? (?:is |are |be |being )?"
            r"(?:needed|required|necessary|performed|done|issued)\b",
            detail=_DETAIL,
            concepts=_CONCEPTS,
            examples=(Sentence("No TLB flush is needed", "code", "tlb-flush"),),
        ),
        Pattern(
            "flush-is-not-needed",
            Kind.FORBIDS,
            r"{object:flush}(?: here)? (?:(?:is|are) not |isn't |aren't |not |is un|are un)"
            r"(?:actually |really )?(?:needed|required|necessary)\b",
            detail=_DETAIL,
            concepts=_CONCEPTS,
            examples=(Sentence("A TLB flush is not required here", "code", "tlb-flush"),),
        ),
        Pattern(
            "need-not-flush",
            Kind.FORBIDS,
            r"(?:(?:do not|don't|does not|doesn't) (?:actually |really |even )?"
            r"(?:need|require|have)"
            rf"|needn't|need not)(?: to)? {_DO}{_ANY}{{object:flush}}",
            detail=_DETAIL,
            concepts=_CONCEPTS,
            examples=(Sentence("We do not need to flush the TLB", "code", "tlb-flush"),),
        ),
    )
    stale = (
        Example(
            """
            static void relax(struct vm_area_struct *vma, pte_t *ptep, pte_t pte)
            {
                    set_pte_at(vma->vm_mm, vma->vm_start, ptep, pte);
                    /* The entry only got wider: no need to flush the TLB. */
                    flush_tlb_page(vma, vma->vm_start);
            }
            """,
            words="no need to flush the TLB",
            breaks="reason",
        ),
    )
    sound = (
        Example(
            """
            static void relax(struct vm_area_struct *vma, pte_t *ptep, pte_t pte)
            {
                    /* The entry only got wider: no need to flush the TLB. */
                    set_pte_at(vma->vm_mm, vma->vm_start, ptep, pte);
            }
            """
        ),
        Example(
            """
            static void change(struct vm_area_struct *vma, unsigned long addr, bool narrower)
            {
                    /* If the entry only got wider, there is no need to flush the TLB. */
                    if (narrower)
                            flush_tlb_page(vma, addr);
            }
            """
        ),
        Example(
            """
            static void change(struct vm_area_struct *vma, unsigned long addr, bool wider)
            {
                    /* No TLB flush is needed. */
                    if (wider)
                            return;
                    flush_tlb_page(vma, addr);
            }
            """
        ),
        Example(
            """
            static void change(struct vm_area_struct *vma, unsigned long addr, pte_t *ptep)
            {
                    ptep_set_wrprotect(vma->vm_mm, addr, ptep);
                    /* A remote TLB flush is not needed, the local one below is enough. */
                    local_flush_tlb_page(vma, addr);
            }
            """
        ),
        Example(
            """
            static void change(struct vm_area_struct *vma, unsigned long addr, bool narrower)
            {
                    if (narrower) {
                            flush_tlb_page(vma, addr);
                    } else {
                            /* The entry only got wider: no TLB flush is needed. */
                    }
                    flush_tlb_page(vma, addr + PAGE_SIZE);
            }
            """
        ),
        Example(
            """
            static void change(struct vm_area_struct *vma, unsigned long addr)
            {
                    /* No need to flush the dcache here. */
                    flush_tlb_page(vma, addr);
            }
            """
        ),
    )

    def judge(self, claim: Claim, world: World) -> Verdict | None:
        """Look for a flush right under the comment."""
        if claim.get("force") != "need-not":
            return None
        code = flushing(world, claim)
        if code is None:
            return unknown("the claim stands in no function that could be parsed")
        done = next(
            (
                op
                for op in right_behind(claim, code.function, code.facts, world.source)
                if certain_flush(op)
            ),
            None,
        )
        if done is not None:
            return _contradicted(claim, Location(code.facts.path, done.line, f"{done.name}()"))
        part = world.facts(claim) if inside(claim, code.function) else code.facts
        if part.having("tlb.flush"):
            return unknown("the code flushes, but not always, or not other CPUs")
        hidden = [name for name in part.unknown if _FLUSHES.search(name) or "tlb" in name]
        if hidden:
            return unknown(f"{hidden[0]}() may flush and could not be looked through")
        if part.unknown:
            return unknown(
                f"no flush was seen, but {part.unknown[0]}() could not be looked through"
            )
        return agrees(
            "the code does not flush the TLB", Location(part.path, part.start_line, "no flush here")
        )


def _contradicted(claim: Claim, flush: Location) -> Verdict:
    """Broken, unless the words are limited or tell of this flush."""
    limit = limit_of_none(claim)
    if limit:
        return unknown(f"the code flushes, but the words are limited: {limit}")
    if speaks_of_more_flushes(claim):
        return unknown("the comment speaks of another flush as well")
    return broken(
        "the comment says that no TLB flush is needed, and the code does one right here",
        flush,
        breaks=Breaks.REASON,
    )
