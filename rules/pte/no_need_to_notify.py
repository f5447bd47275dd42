"""Secondary MMUs that need not be told of a changed entry, shown by a model with one of them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import ClassVar

from reviewer.claims.model import Claim, Kind
from reviewer.claims.patterns import Example as Sentence
from reviewer.claims.patterns import Pattern
from reviewer.claims.wording.entries import only_loses_rights
from reviewer.evidence.models.entries.secondary import absent, secondary
from reviewer.judging.machines import admitted
from reviewer.rule import Example, Reads, Rule
from reviewer.source.model import Function
from reviewer.verdict import Breaks, Location, Severity, Tier, Verdict, broken, holds, unknown
from reviewer.world import World

_DETAIL = (("force", "need-not"),)
_START = "        mmu_notifier_invalidate_range_start(&range);\n"
_CODE = """
static void murre_protect(struct vm_area_struct *vma, unsigned long addr, pte_t *ptep,
                          unsigned long pfn, pgprot_t prot)
{{
        struct mmu_notifier_range range;
        pte_t entry;

        mmu_notifier_range_init(&range, MMU_NOTIFY_CLEAR, 0, vma->vm_mm, addr, addr + PAGE_SIZE);
        mmu_notifier_invalidate_range_start(&range);
        /*
         * No need to notify as we are downgrading the protection, not changing it to point to
         * another page.
         */
        entry = ptep_clear_flush(vma, addr, ptep);
        set_pte_at(vma->vm_mm, addr, ptep, {});
        mmu_notifier_invalidate_range_end(&range);
}}
"""
"""What the examples are made of."""


class NoNeedToNotify(Rule):
    """Code is said not to need to tell secondary MMUs (KVM, an IOMMU) of the entry that it changes.

    Why it breaks: the notification may be left out while the range is invalidated around the
    change, and where the entry only loses rights. When the invalidation goes, or the entry comes
    to map another page, the secondary MMU goes on with the old one.

    Where it still holds: the model of the function beside a secondary MMU that has an entry of its
    own says Never, and Sometimes without mmu_notifier_invalidate_range_start(), and the range that
    is invalidated begins at the changed entry's address. "No need to invalidate - it was
    non-present before" holds if the model says Never, and Sometimes without the look at the entry.

    Write instead: what keeps secondary MMUs out now, or notify.

    Limits: what callers notify is not seen: without an invalidation in the function the claim is
    unknown; so is a function that changes a second entry, or whose range is made of other
    addresses than the entry's as far as can be told. That the entry maps another page is told
    where the value that is set is made anew.

    References: Documentation/mm/mmu_notifier.rst.
    """

    name = "no-need-to-notify"
    family = "pte"
    since = "0.2"
    severity = Severity.MEDIUM
    tier = Tier.HINT
    reads = (Reads(Kind.FORBIDS, object=("mmu-notifier", "absent-entry")),)
    words: ClassVar[Mapping[str, tuple[str, ...]]] = {
        "mmu-notifier": (
            "need to notify",
            "need to call mmu_notifier_invalidate_range",
            "need to call mmu_notifier_arch_invalidate_secondary_tlbs",
            "need to double call mmu_notifier",
        ),
        "absent-entry": ("need to invalidate",),
    }
    patterns = (
        Pattern(
            "no-need-to-notify",
            Kind.FORBIDS,
            r"\bno {object:event}(?! (?:user|anyone|anybody|each|every|of"
            r"|(?:the|an?|any|our|its|their|all|other)(?! (?:secondary|mmu)\b))\b)",
            concepts=(("object", "mmu-notifier"),),
            detail=_DETAIL,
            examples=(
                Sentence("No need to notify as we are downgrading", "code", "mmu-notifier"),
                Sentence("No need to notify the firmware of this", none=True),
            ),
        ),
        Pattern(
            "no-need-to-invalidate",
            Kind.FORBIDS,
            r"\bno {object:event}(?=[^.]*\b(?:non|not)[- ]?present\b)",
            concepts=(("object", "absent-entry"),),
            detail=_DETAIL,
            examples=(
                Sentence("No need to invalidate: it was not present", "code", "absent-entry"),
            ),
        ),
    )
    stale = (
        Example(
            _CODE.format("pfn_pte(pfn, prot)"),
            words="No need to notify",
            breaks="reason",
        ),
    )
    sound = (
        Example(_CODE.format("pte_wrprotect(entry)")),
        Example(_CODE.format("pte_wrprotect(entry)").replace(_START, "")),
        Example(_CODE.format("pte_wrprotect(entry)").replace("addr, addr +", "other, other +")),
    )

    def judge(self, claim: Claim, world: World) -> Verdict | None:
        """Holds by the invalidation around the change; broken if the entry is made anew."""
        function = world.function(claim)
        if function is None or claim.get("force") != "need-not":
            return None
        if claim.object is not None and claim.object.concept == "absent-entry":
            return _was_absent(claim, world, function)
        found = secondary(world, world.source, function, admitted(world, claim))
        if found.anew is not None and only_loses_rights(claim) and not found.why:
            path, line = found.anew
            return broken(
                "The comment says that the entry only loses rights, but the value that it is set "
                "to is made anew: secondary MMUs may have another page.",
                Location(path, line, "the entry is set here"),
                breaks=Breaks.REASON,
            )
        if found.why:
            return unknown(found.why)
        return holds(
            "a secondary MMU with an entry of its own never writes through it once the function is "
            "through; without the invalidation it may",
            *(Location(*one, "mmu_notifier_invalidate_range_start()") for one in found.keeps_out),
        )


def _was_absent(claim: Claim, world: World, function: Function) -> Verdict:
    """Holds by the look at the entry, behind which nobody can have what it held."""
    found = absent(world, world.source, function, admitted(world, claim))
    if found.why:
        return unknown(found.why)
    return holds(
        "the entry is set only where it was seen not to be present: nobody can have a translation "
        "of it; without that look a secondary MMU may",
        *(Location(*one, "what the entry holds is looked at") for one in found.keeps_out),
    )
