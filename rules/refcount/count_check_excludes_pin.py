"""A look at the reference count said to show that nobody pins the page."""

from __future__ import annotations

from reviewer.claims.model import Claim, Kind
from reviewer.judging.examples import GUP_FAST_RECHECKS, GUP_FAST_TRUSTS
from reviewer.judging.flushes import Flushing, consequence, flushing, gup_machines
from reviewer.judging.gup import WATCHED
from reviewer.rule import Example, Reads, Rule
from reviewer.verdict import Breaks, Decision, Evidence, Severity, Verdict, broken, unknown
from reviewer.world import World

_COUNTLIKE = ("ref", "count", "pin", "users")
_CHECK = """
static int count_settled(struct vm_area_struct *vma, struct page *page, pte_t *ptep)
{
        /* Clear the entry first: no O_DIRECT can happen after the check. */
        ptep_clear_flush(vma, vma->vm_start, ptep);
        return page_count(page) == page_mapcount(page) + 1;
}
"""


class CountCheckExcludesPin(Rule):
    """A reference count equal to the map count is taken to show that no pin exists or will.

    Why it breaks: GUP-fast takes its reference without locks. Between the look at the count and
    what the code does next, a walker that read the entry before it was cleared can still take one.

    Where it still holds: if the entry was cleared before the count is read and GUP-fast reads the
    entry again after it took its reference: it then drops the reference. Transient references may
    be seen, a lasting one cannot come.

    Write instead: that concurrent GUP-fast may raise the count for a moment and drops it again.

    Limits: the claim is judged on the slice of the code from the comment to the look at the
    count, against GUP-fast as mm/gup.c of the tree has it; speculative page-cache references are
    not judged.

    References: mm/ksm.c write_protect_page(), commit 088b8aa537c2 ("mm: fix PageAnonExclusive
    clearing racing with concurrent RCU GUP-fast").
    """

    name = "count-check-excludes-pin"
    family = "refcount"
    since = "0.1"
    severity = Severity.HIGH
    shown_by = frozenset({"count-sees-every-reference"})
    watches = (WATCHED,)
    reads = (Reads(Kind.STABLE, subject=("check", "refcount", "mapcount")),)
    stale = (
        Example(
            _CHECK,
            words="no O_DIRECT can happen after the check",
            breaks="result",
            broken_on=("arm64", "x86-64-kvm"),
            files={"mm/gup.c": GUP_FAST_TRUSTS},
        ),
        Example(
            """
            static int count_settled(struct vm_area_struct *vma, pte_t *ptep)
            {
                    /* Clear the entry first: no O_DIRECT can happen after the check. */
                    ptep_clear_flush(vma, vma->vm_start, ptep);
                    return 1;
            }
            """,
            words="no O_DIRECT can happen after the check",
            breaks="result",
            files={"mm/gup.c": GUP_FAST_RECHECKS},
        ),
    )
    sound = (
        Example(_CHECK, files={"mm/gup.c": GUP_FAST_RECHECKS}),
        Example(_CHECK),
        Example(
            """
            static int count_settled(struct page *page)
            {
                    /* No O_DIRECT can happen after the check: see the caller. */
                    return page_count(page) == page_mapcount(page) + 1;
            }
            """,
            files={"mm/gup.c": GUP_FAST_TRUSTS},
        ),
    )

    def judge(self, claim: Claim, world: World) -> Verdict | None:
        """Run the code up to its look at the count against GUP-fast of this tree."""
        walkers = ("gup", "gup-fast", "o-direct", "lockless-walk", "pin")
        if claim.object is None or not claim.object.concept.startswith(walkers):
            return None
        code = flushing(world, claim)
        if code is None:
            return unknown("the claim stands in no function that could be parsed")
        if claim.subject.concept.startswith("check") and not code.checks:
            return _no_check(code)
        part = code.slice(until="ref")
        if not part.has("pte.clear"):
            return unknown("the entry is not cleared between the comment and the look at the count")
        machines = gup_machines(world, claim)
        if not machines:
            return unknown("no machine with a lockless walker fits the comment's conditions")
        result = consequence(world, code, machines)
        if result.judged is None:
            return unknown(result.why)
        machine_verdicts = result.judged.machines
        if machine_verdicts.broken:
            return Verdict(
                Decision.BROKEN,
                "the check can pass while a walker still takes its reference: " + result.why,
                breaks=Breaks.RESULT,
                evidence=Evidence(result.locations, result.judged.witness),
                machines=machine_verdicts,
            )
        decision = Decision.UNKNOWN if machine_verdicts.unknown else Decision.HOLDS
        return Verdict(
            decision,
            "no lasting reference comes after the check: " + result.why,
            evidence=Evidence(result.locations),
            machines=machine_verdicts,
            rests_on=result.locations,
        )


def _no_check(code: Flushing) -> Verdict:
    """The comment speaks of a check: the code has none, or hides it."""
    hidden = [name for name in code.facts.unknown if any(word in name for word in _COUNTLIKE)]
    if hidden:
        return unknown(f"{hidden[0]}() may look at the count and could not be looked through")
    return broken(
        f"the comment speaks of a check of the count that {code.function.name}() does not make",
        code.place,
        breaks=Breaks.RESULT,
    )
