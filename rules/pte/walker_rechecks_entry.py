"""GUP-fast said to look at the entry again."""

from __future__ import annotations

from reviewer.claims.model import Claim, Kind
from reviewer.claims.wording.entries import level_of
from reviewer.judging.examples import GUP_FAST_RECHECKS, GUP_FAST_TRUSTS
from reviewer.judging.flushes import gup_machines, scenarios
from reviewer.judging.gup import WATCHED, Recheck, walker
from reviewer.judging.scenario import judge, load
from reviewer.rule import Example, Reads, Rule
from reviewer.verdict import Breaks, Decision, Evidence, Location, Severity, Verdict, unknown
from reviewer.world import World

_CODE = """
static int count_settled(struct vm_area_struct *vma, struct page *page, pte_t *ptep)
{
        ptep_clear_flush(vma, vma->vm_start, ptep);
        /*
         * GUP-fast may raise the refcount for a moment, but it will observe the
         * changed PTE and drop that reference again.
         */
        return page_count(page) == 1;
}
"""


class WalkerRechecksEntry(Rule):
    """GUP-fast is taken to read the entry again and to drop its reference if it changed.

    Why it breaks: the second look in mm/gup.c is all that keeps a page from being pinned after its
    entry was cleared, on every machine whose flush is no IPI. If it goes, or if the reference
    before it no longer orders anything, every comment that relies on it is wrong and so is the
    code below it.

    Where it still holds: as long as GUP-fast of the same tree takes its reference with a fully
    ordered atomic operation and then compares the entry (the PMD for page tables that go away).

    Write instead: nothing; this comment names the right reason.

    Limits: GUP-fast is read from mm/gup.c; without that file the claim is unknown.

    References: mm/gup.c gup_fast_pte_range(), commit 70cbc3cc78a9 ("mm: gup: fix the fast GUP
    race against THP collapse").
    """

    name = "walker-rechecks-entry"
    family = "pte"
    since = "0.1"
    severity = Severity.HIGH
    watches = (WATCHED,)
    reads = (Reads(Kind.IMPLIES, subject=("gup-fast", "lockless-walk"), object=("pte-recheck",)),)
    stale = (
        Example(
            _CODE,
            words="GUP-fast may raise the refcount",
            breaks="result",
            broken_on=("arm64",),
            files={"mm/gup.c": GUP_FAST_TRUSTS},
        ),
    )
    sound = (Example(_CODE, files={"mm/gup.c": GUP_FAST_RECHECKS}), Example(_CODE))

    def judge(self, claim: Claim, world: World) -> Verdict | None:
        """Read GUP-fast's code, then run what it does against a cleared entry."""
        level = level_of(claim)
        seen = walker(world, level)
        if seen.recheck is Recheck.UNKNOWN:
            return unknown("mm/gup.c of this tree shows no lockless walker that takes references")
        machines = gup_machines(world, claim)
        if not machines:
            return unknown("no machine with a lockless walker fits the comment's conditions")
        again = seen.recheck is Recheck.YES
        if level == "pmd":
            name = "collapse-recheck-sync" if again else "collapse-no-recheck"
            scenario = load(scenarios("tlb"), name)
        else:
            scenario = load(scenarios("refcount"), "ksm-recheck" if again else "ksm-no-recheck")
        judged = judge(scenario, machines)
        if again:
            where = Location("mm/gup.c", seen.line, f"the {level} is read again here")
            said = "GUP-fast sees the change after it took its reference, and drops it"
        else:
            where = Location("mm/gup.c", seen.line, "a reference is taken, no second look follows")
            said = f"GUP-fast of this tree does not look at the {level} again"
        if judged.machines.broken or not again:
            return Verdict(
                Decision.BROKEN,
                said,
                breaks=Breaks.RESULT if judged.machines.broken else Breaks.REASON,
                evidence=Evidence((where,), judged.witness),
                machines=judged.machines,
            )
        decision = Decision.UNKNOWN if judged.machines.unknown else Decision.HOLDS
        return Verdict(
            *(decision, said),
            evidence=Evidence((where,)),
            machines=judged.machines,
            rests_on=(where,),
        )
