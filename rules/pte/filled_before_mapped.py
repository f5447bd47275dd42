"""A page that is said to be filled before it is mapped, shown by a model of what stands between."""

from __future__ import annotations

from reviewer.claims.model import Claim, Kind
from reviewer.evidence.models.anew import callers_order_anew
from reviewer.evidence.models.entries.filled import filled
from reviewer.evidence.models.stood import stood
from reviewer.judging.machines import admitted
from reviewer.rule import Example, Reads, Rule
from reviewer.verdict import (
    Breaks,
    Decision,
    Evidence,
    Location,
    Severity,
    Tier,
    Verdict,
    holds,
    unknown,
)
from reviewer.world import World

_CODE = """
static inline void auk_mark(struct folio *folio)
{{
        smp_wmb();
        folio->flags |= 8;
}}

static void auk_map(struct vm_area_struct *vma, unsigned long addr, pmd_t *pmd,
                    struct folio *folio)
{{
        spinlock_t *ptl;
        pte_t *pte;

        /*
         * The memory barrier inside auk_mark makes sure that preceding stores to the page become
         * visible before the set_pte_at() write.
         */
        {}
        pte = pte_offset_map_lock(vma->vm_mm, pmd, addr, &ptl);
        set_pte_at(vma->vm_mm, addr, pte, mk_pte(&folio->page, vma->vm_page_prot));
        pte_unmap_unlock(pte, ptl);
}}
"""
"""What the examples are made of."""
_MARK = "auk_mark(folio);"
_AHEAD = _CODE.format(";").replace("        /*\n", f"        {_MARK}\n        /*\n")


class FilledBeforeMapped(Rule):
    """A page is said to be filled, for everybody, before the entry that maps it is seen.

    Why it breaks: whoever reads through a new entry may see the page as it was before it was
    filled, unless a write barrier stands between. A lock that is taken there is none.

    How it is judged: the paths through the comment are followed from there on, beside a process
    that reads through the entry as soon as it is there (`kstale model PATH:LINE --with
    read-new-page`). It holds if the model says Never on every machine, and Sometimes on one without
    the barrier. It is broken if a patch makes it Sometimes that was Never, unless it has something
    order anew in front of the comment or in callers.

    Write instead: put the barrier back, or say what orders the two now.

    Limits: barriers other than smp_mb() and smp_wmb() leave it unknown, and so does a call in front
    of the barrier that may set the entry. Which stores fill the page is not looked at: what is
    asked is whether anything that was stored before the comment is seen before the entry.

    References: mm/memory.c do_anonymous_page(), include/linux/page-flags.h __folio_mark_uptodate().
    """

    name = "filled-before-mapped"
    family = "pte"
    since = "0.2"
    severity = Severity.HIGH
    tier = Tier.PROVED
    general = True
    reads = (Reads(Kind.ORDERS, object=("pte-change",)),)
    stale = (
        Example(
            _CODE.format(";"),
            before=_CODE.format(_MARK),
            words="makes sure that preceding stores",
            breaks="result",
            broken_on=("arm64",),
        ),
    )
    sound = (
        Example(_CODE.format(_MARK)),
        Example(
            _CODE.format("smp_wmb();"),
            before=_CODE.format(_MARK),
        ),
        Example(_AHEAD, before=_CODE.format(_MARK)),
        Example(_CODE.format("wmb();"), before=_CODE.format(_MARK)),
    )

    def judge(self, claim: Claim, world: World) -> Verdict | None:
        """Holds by the barrier behind the comment; broken if a patch took it away."""
        function = world.function(claim)
        if function is None or claim.get("step") != "before":
            return None
        mark, machines = claim.comment.anchor.start_byte, admitted(world, claim)
        found = filled(world, world.source, function, mark, machines)
        if found.rests_on:
            return holds(
                "whoever reads through the new entry sees what was stored before; without the "
                "barrier it may not",
                *(Location(*one, "orders the stores before the entry") for one in found.rests_on),
            )
        if not found.machines.broken or world.before is None:
            return unknown(found.why)
        was = world.before
        comment = stood(was, world, claim)
        former = was.source.function_at(comment.start_byte) if comment is not None else None
        if comment is None or former is None:
            return unknown(found.why)
        before = filled(was, was.source, former, comment.anchor.start_byte, machines)
        if not before.rests_on:
            return unknown(found.why)
        if found.ahead - before.ahead or callers_order_anew(world, world.source, function):
            return unknown("the patch has something order in front of the comment")
        path, line = before.rests_on[0]
        return Verdict(
            Decision.BROKEN,
            f"The barrier at {path}:{line} is not between the comment and the entry any more: the "
            "page can be read through its new entry as it was before it was filled.",
            breaks=Breaks.RESULT,
            evidence=Evidence(
                (Location(world.path, function.start_line, f"{function.name}() is modelled"),),
                found.witness,
            ),
            machines=found.machines,
            severity=Severity.HIGH,
            tier=Tier.PROVED,
        )
