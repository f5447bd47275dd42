"""Entries that are said to be looked at again under the lock before they are changed."""

from __future__ import annotations

import re
from dataclasses import replace
from typing import ClassVar

from reviewer.claims.model import Claim, Kind
from reviewer.claims.patterns import Example as Sentence
from reviewer.claims.patterns import Pattern
from reviewer.claims.wording.entries import level_of, names_another_lock
from reviewer.evidence.models.anew import MOVED, may_have_moved
from reviewer.evidence.models.entries.operations import of_entries
from reviewer.evidence.models.entries.unchanged import Unchanged, unchanged
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
    unknown,
)
from reviewer.world import World

_TEXT = """
static void siskin_protect(struct vm_fault *vmf, unsigned long addr)
{{
        struct vm_area_struct *vma = vmf->vma;

        /* Re-check the pte - we dropped the lock */
        {}
        if ({})
                set_pte_at(vma->vm_mm, addr, vmf->pte, pte_wrprotect(vmf->orig_pte));
        {}
}}
"""
_LOCKED = "vmf->pte = pte_offset_map_lock(vma->vm_mm, vmf->pmd, addr, &vmf->ptl);"
_SAME = "pte_same(ptep_get(vmf->pte), vmf->orig_pte)"
_DROPPED = "pte_unmap_unlock(vmf->pte, vmf->ptl);"
_UNLOCKED = "vmf->pte = pte_offset_map(vmf->pmd, addr);"
"""What the examples are made of."""
_LEAD = r"^(?:so |then |now |first |we (?:must |have to |need to )?)*"
"""How such a sentence begins."""


class EntryUnchangedSinceLook(Rule):
    """An entry is said to be looked at again under its lock, so that it is what was seen before.

    Why it breaks: what was read of an entry without the lock of its table, or before the lock was
    dropped, may be gone by the time the entry is changed: others take it out, and give up the page.
    Set again by what was seen before, the entry maps a page that is somebody else's.

    How it is judged: the paths by the comment run beside somebody who takes the entry out under the
    lock (`kstale model PATH:LINE --with entry-zapped`). It holds if the model says Never on every
    machine, and Sometimes both without the lock and without the look, on which it rests. It is
    broken if a patch makes it Sometimes, and has the code call nothing anew, nor read the entry in
    another way in place of the comparison.

    Where it still holds: if the mmap_lock is held for writing, or the page is locked and isolated,
    nobody may be there to take the entry out. The model does not see such locks.

    Write instead: what keeps the entry as it was, or look again.

    Limits: the lock must be taken by the call that gives the entry; of others it is not known whose
    they are. Entries that were present only. What others put into an empty entry is not asked.

    References: mm/memory.c wp_page_copy(), Documentation/mm/split_page_table_lock.rst.
    """

    name = "entry-unchanged-since-look"
    family = "pte"
    since = "0.3"
    severity = Severity.HIGH
    tier = Tier.PROVED
    reads = (Reads(Kind.STABLE, subject=("code",)),)
    patterns: ClassVar[tuple[Pattern, ...]] = (
        Pattern(
            "recheck-entry",
            Kind.STABLE,
            _LEAD + r"{object:access}",
            concepts=(("object", "pte-recheck"),),
            detail=(("entry", "unchanged"),),
            examples=(Sentence("Re-check the pte - we dropped the lock", "code", "pte-recheck"),),
        ),
        Pattern(
            "recheck-under-lock",
            Kind.STABLE,
            _LEAD + r"re-?check under (?:the )?{object:lock}",
            concepts=(("object", "lock:ptl"),),
            detail=(("entry", "unchanged"),),
            examples=(Sentence("Re-check under ptl", "code", "lock:ptl"),),
        ),
    )
    stale = (
        Example(
            _TEXT.format(_LOCKED, "addr", _DROPPED),
            before=_TEXT.format(_LOCKED, _SAME, _DROPPED),
            words="Re-check the pte",
            breaks="result",
            broken_on=("arm64", "x86-64-native"),
        ),
        Example(
            _TEXT.format(_UNLOCKED, _SAME, "pte_unmap(vmf->pte);"),
            before=_TEXT.format(_LOCKED, _SAME, _DROPPED),
            words="Re-check the pte",
            breaks="result",
            broken_on=("arm64", "x86-64-native"),
        ),
    )
    sound = (
        Example(_TEXT.format(_LOCKED, _SAME, _DROPPED)),
        Example(_TEXT.format(_LOCKED, "addr", _DROPPED)),
        Example(
            _TEXT.format(_LOCKED, f"addr && {_SAME}", _DROPPED),
            before=_TEXT.format(_LOCKED, _SAME, _DROPPED),
        ),
        Example(
            _TEXT.format(_LOCKED, "pte_val(*vmf->pte) == pte_val(vmf->orig_pte)", _DROPPED),
            before=_TEXT.format(_LOCKED, _SAME, _DROPPED),
        ),
        Example(
            _TEXT.format(
                _LOCKED + " vmf->orig_pte = ptep_get(vmf->pte);",
                "pte_present(vmf->orig_pte)",
                _DROPPED,
            ),
            before=_TEXT.format(_LOCKED, _SAME, _DROPPED),
        ),
        Example(
            _TEXT.format(_LOCKED, "ptep_get(vmf->pte).pte == vmf->orig_pte.pte", _DROPPED),
            before=_TEXT.format(_LOCKED, _SAME, _DROPPED),
        ),
        Example(
            _TEXT.format(_LOCKED, "vmf->pte->pte == vmf->orig_pte.pte", _DROPPED),
            before=_TEXT.format(_LOCKED, _SAME, _DROPPED),
        ),
        Example(
            _TEXT.format(_LOCKED, "siskin_same(vmf)", _DROPPED),
            before=_TEXT.format(_LOCKED, _SAME, _DROPPED),
        ),
    )

    def judge(self, claim: Claim, world: World) -> Verdict | None:
        """Holds by the lock and the look; broken if a patch took one of them away."""
        if claim.get("entry") != "unchanged" or claim.object is None:
            return None
        if "check" not in claim.quote.lower() or level_of(claim) != "pte":
            return None
        if names_another_lock(claim):
            return None
        found = _asked(claim, world)
        if found is None:
            return unknown("the comment stands in no function that could be parsed")
        if found.rests_on:
            places = tuple(Location(*one) for one in found.rests_on)
            return Verdict(
                Decision.HOLDS,
                "an entry that was taken out is not set again by what was seen before; without the "
                "lock, or without the look, it may be",
                evidence=Evidence(places),
                machines=found.machines,
                rests_on=places,
            )
        function, was = world.function(claim), world.before
        comment = stood(was, world, claim) if was is not None else None
        if was is None or comment is None or function is None or not found.machines.broken:
            return unknown(found.why)
        former = replace(claim, comment=comment)
        before = _asked(former, was)
        if before is None or not before.rests_on:
            return unknown(found.why)
        if may_have_moved(world, function, of_entries()):
            return unknown(MOVED)
        if _looks_otherwise(_code(claim, world), _code(former, was)):
            return unknown("the entry is looked at in another way now, which was not followed")
        where = Location(world.path, function.start_line, f"{function.name}() is modelled")
        return Verdict(
            Decision.BROKEN,
            "since this patch an entry may be set by what was seen before, although somebody took "
            "it out in between and gave up its page",
            breaks=Breaks.RESULT,
            evidence=Evidence((where,), found.witness),
            machines=found.machines,
            severity=Severity.HIGH,
            tier=Tier.PROVED,
        )


def _code(claim: Claim, world: World) -> bytes:
    """The code behind the comment."""
    function = world.function(claim)
    assert function is not None
    return world.source.code(claim.comment.end_byte, function.body_end)


def _looks_otherwise(now: bytes, before: bytes) -> bool:
    """True if a comparison went that the model knows, and the entry is read still."""
    went = now.count(b"pte_same(") < before.count(b"pte_same(")
    return went and _READS.search(now) is not None


_READS = re.compile(
    rb"\bptep_(?!set_)\w+\s*\(|\*\s*(?:\w+(?:->|\.))*\w*ptep?\b|\bpte_val\s*\("
    rb"|ptep?\s*->\s*pte\b"
)


def _asked(claim: Claim, world: World) -> Unchanged | None:
    function = world.function(claim)
    if function is None or function.has_error:
        return None
    if not function.body_start <= claim.comment.start_byte < function.body_end:
        return None
    mark = claim.comment.anchor.start_byte
    return unchanged(world, world.source, function, mark, admitted(world, claim))
