"""Waits behind which no lockless walker is said to be inside any more."""

from __future__ import annotations

from dataclasses import replace
from typing import ClassVar

from reviewer.claims.model import Claim, Duty, Kind
from reviewer.claims.patterns import Example as Sentence
from reviewer.claims.patterns import Pattern
from reviewer.claims.wording.walkers import (
    for_another_reason,
    leaves_out,
    means_all,
    says_irqs_off,
    waits_for,
)
from reviewer.evidence.models.anew import MOVED, may_have_moved
from reviewer.evidence.models.entries.inside import Inside, inside, may_wait
from reviewer.evidence.models.entries.operations import of_entries
from reviewer.evidence.models.entries.sections import sections_of
from reviewer.evidence.models.stood import stood
from reviewer.judging.machines import admitted
from reviewer.rule import Example, Reads, Rule
from reviewer.source.model import Function
from reviewer.verdict import (
    Breaks,
    Decision,
    Evidence,
    Location,
    Severity,
    Tier,
    Verdict,
    unknown,
)
from reviewer.world import World

_WALKERS = ("gup-fast", "lockless-walk", "page-table-walk")
_GUP = {
    "mm/gup.c": """
    static int gup_fast_range(unsigned long start, unsigned long end)
    {
            return end > start;
    }

    static int gup_fast(unsigned long start, unsigned long end)
    {
            unsigned long flags;
            int found;

            local_irq_save(flags);
            found = gup_fast_range(start, end);
            local_irq_restore(flags);
            return found;
    }
    """
}
_CODE = """
static void tern_nothing(void *arg)
{{
}}

/* Synchronize with GUP-fast, which runs with interrupts disabled. */
void tern_settle(struct mm_struct *mm)
{{
        {}
}}
"""
_CALLS = "smp_call_function(tern_nothing, NULL, 1);"
"""What the examples are made of."""


class WaitExcludesWalker(Rule):
    """A wait is said to leave no walker of page tables inside that came before it.

    Why it breaks: a walker that reads with interrupts off is gone when its CPU has taken an
    interrupt, or when a grace period has passed. An interrupt that nobody waits for, a flush that
    is a broadcast, or a wait on one of two ways leaves it where it was.

    How it is judged: each path of the code runs beside a walker that came in before it (`kstale
    model PATH:LINE --with walker-inside`). It holds if the model says Never on every machine that
    the place admits, and Sometimes without the wait; it rests on the wait, and on the place where
    the walker turns interrupts off, or asserts that they are.

    Where it still holds: what closes the way to new walkers stands in front of the code, and is not
    looked at. A wait in a helper, or by callers, leaves it unknown.

    Write instead: what walkers are waited for with now, or that they may still be inside.

    Limits: of GUP-fast, mm/gup.c must show a walk that it makes with interrupts off only; of a
    function that the comment names, the sentence must say so, and the function or all that call it
    assert it under no condition. Of calls on some CPUs, only those on all that are online, and on
    those of an address space, are waits. It is broken only where a patch takes the wait away, and
    nothing may have taken its place.

    References: mm/mmu_gather.c tlb_remove_table_sync_one(), arch/powerpc/mm/book3s64/pgtable.c
    serialize_against_pte_lookup(), commit 2ba99c5e0881 ("mm/khugepaged: fix GUP-fast interaction by
    sending IPI").
    """

    name = "wait-excludes-walker"
    family = "tlb"
    since = "0.3"
    severity = Severity.HIGH
    tier = Tier.PROVED
    tree_wide = True
    reads = (
        Reads(Kind.EXCLUDES, subject=("code", "ipi", "rcu-gp"), object=(*_WALKERS, "function")),
    )
    patterns: ClassVar[tuple[Pattern, ...]] = (
        Pattern(
            "sufficient-for-walker",
            Kind.EXCLUDES,
            r"\b(?:is|are) (?:however |therefore |thus )?(?:sufficient|enough) for "
            r"(?:all |the )?(?:software )?{object:walker} (?:that|which) "
            r"(?:rely|relies|depend|depends) on {other:context}",
            concepts=tuple(("object", one) for one in _WALKERS),
            examples=(
                Sentence(
                    "It is sufficient for lockless walkers that rely on IRQ disabling",
                    "code",
                    "lockless-walk",
                ),
            ),
        ),
    )
    stale = (
        Example(
            _CODE.format(""),
            before=_CODE.format(_CALLS),
            words="Synchronize with GUP-fast",
            breaks="result",
            broken_on=("arm64", "x86-64-native"),
            files=_GUP,
        ),
        Example(
            _CODE.format(_CALLS.replace("1)", "0)")),
            before=_CODE.format(_CALLS),
            words="Synchronize with GUP-fast",
            breaks="result",
            broken_on=("arm64", "x86-64-native"),
            files=_GUP,
        ),
    )
    sound = (
        Example(_CODE.format(_CALLS), files=_GUP),
        Example(_CODE.format(_CALLS)),
        Example(_CODE.format("kick_all_cpus_sync();"), before=_CODE.format(_CALLS), files=_GUP),
        Example(_CODE.format("tern_wait(mm);"), before=_CODE.format(_CALLS), files=_GUP),
        Example(_CODE.format(""), files=_GUP),
    )

    def judge(self, claim: Claim, world: World) -> Verdict | None:
        """Holds by the wait and the walker's section; broken if a patch takes the wait away."""
        function = world.function(claim)
        if claim.object is None or function is None or function.has_error or leaves_out(claim):
            return None
        if claim.get("other") not in ("", "irq-off"):
            return None  # walkers that rely on something else
        if claim.duty is Duty.CALLER or not waits_for(claim) or for_another_reason(claim):
            return None
        if not means_all(claim):
            return None  # only some of them are waited for, or nobody knows which
        before = _before(claim, world)
        if not may_wait(world.source, function) and before is None:
            return None
        name = claim.object.name if claim.object.concept == "function" else ""
        if claim.object.concept == "function" and not (name and says_irqs_off(claim)):
            return None
        sections = sections_of(world, name)
        if not sections:
            return unknown("no code is seen to walk with interrupts off")
        found = _asked(claim, world, function)
        if found.rests_on:
            waits = (Location(*one, "walkers are waited for") for one in found.rests_on)
            off = (Location(*one, "the walker has interrupts off") for one in sections)
            places = (*waits, *off)
            return Verdict(
                Decision.HOLDS,
                "a walker that came in before is gone behind the wait; without it one may be there",
                evidence=Evidence(places),
                machines=found.machines,
                rests_on=places,
            )
        if before is None or not found.machines.broken:
            return unknown(found.why)
        if may_have_moved(world, function, of_entries()):
            return unknown(MOVED)
        path, line = before.rests_on[0]
        where = Location(world.path, function.start_line, f"{function.name}() is modelled")
        return Verdict(
            Decision.BROKEN,
            f"the wait at {path}:{line} is not there any more: a walker that came in before may be "
            "inside when the code is through",
            breaks=Breaks.RESULT,
            evidence=Evidence((where,), found.witness),
            machines=found.machines,
            severity=Severity.HIGH,
            tier=Tier.PROVED,
        )


def _asked(claim: Claim, world: World, function: Function) -> Inside:
    """The model; by the statement under the comment, if it stands in the function."""
    within = function.body_start <= claim.comment.start_byte < function.body_end
    mark = claim.comment.anchor.start_byte if within else -1
    return inside(world, world.source, function, mark, admitted(world, claim))


def _before(claim: Claim, world: World) -> Inside | None:
    """What held before the patch under review."""
    was = world.before
    comment = stood(was, world, claim) if was is not None else None
    if was is None or comment is None:
        return None
    former = replace(claim, comment=comment)
    function = was.function(former)
    if function is None or not may_wait(was.source, function):
        return None
    found = _asked(former, was, function)
    return found if found.rests_on else None
