"""Lockless walkers whose references a comparison of the count is said to see."""

from __future__ import annotations

from typing import ClassVar

from reviewer.claims.model import Claim, Kind
from reviewer.claims.patterns import Example as Sentence
from reviewer.claims.patterns import Pattern
from reviewer.claims.wording.counts import synchronizes
from reviewer.claims.wording.walkers import for_another_reason
from reviewer.evidence.models.anew import MOVED, may_have_moved
from reviewer.evidence.models.entries.counted import Counted, counted
from reviewer.evidence.models.entries.operations import of_entries
from reviewer.evidence.models.stood import stood
from reviewer.judging.gup import WATCHED
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

_WALKERS = ("gup", "gup-fast", "o-direct", "lockless-walk", "pin")
_WALKER = """
static int gup_fast_one(pte_t *ptep, struct page **pages)
{{
        pte_t pte = ptep_get_lockless(ptep);
        struct folio *folio;

        if (!pte_present(pte) || !pte_write(pte))
                return 0;
        folio = page_folio(pte_page(pte));
        if (!folio_try_get(folio))
                return 0;
        if ({}) {{
                folio_put(folio);
                return 0;
        }}
        *pages = &folio->page;
        return 1;
}}
"""
_AGAIN = {"mm/gup.c": _WALKER.format("pte_val(pte) != pte_val(ptep_get(ptep))")}
_CODE = """
static int tern_protect(struct vm_area_struct *vma, unsigned long addr, pte_t *ptep,
                        struct folio *folio)
{{
        pte_t entry;

        /* Check that no O_DIRECT or similar I/O is in progress. */
        {}
        if ({}) {{
                set_pte_at(vma->vm_mm, addr, ptep, entry);
                return -EAGAIN;
        }}
        set_pte_at(vma->vm_mm, addr, ptep, pte_wrprotect(entry));
        return 0;
}}
"""
_FLUSHED = "entry = ptep_clear_flush(vma, addr, ptep);"
_CLEARED = "entry = ptep_get_and_clear(vma->vm_mm, addr, ptep);"
_READ = "entry = ptep_get(ptep);"
_COUNTS = "folio_mapcount(folio) + 1 != folio_ref_count(folio)"
"""What the examples are made of."""


class CountSeesEveryReference(Rule):
    """A comparison of the reference count is said to see whoever takes references without a lock.

    Why it breaks: GUP-fast takes its reference at any moment. The comparison sees it only if the
    entry was changed before, in an order that the walker cannot miss, and if the walker looks at
    the entry again once it has its reference. Without either, or if the comparison goes, it keeps a
    reference, perhaps to write, to a page that the code takes for its own.

    How it is judged: the paths by the comment are followed and run beside each walker whose entry
    they change before they compare (`kstale model PATH:LINE --with gup-fast-write`). It holds if
    the model says Never on every machine with a lockless walker, Sometimes without the comparison,
    and if the walkers of mm/gup.c, followed as well, back off from such code. It rests on the
    change of the entry, on what orders it before the count, on the comparison, and on the walker's
    second look. It is broken if a patch makes it Sometimes that was Never, by the code or by the
    walker, and has the code call nothing anew that the model does not know.

    Write instead: what keeps references away now, or that the count is a hint.

    Limits: the number that the count is compared with is taken to be right, and a folio that is the
    only one at hand to be that of the entry; where counts of two are compared, or one of two
    parameters, it is unknown. References that others take (the page cache, who walks page frames)
    are not asked about. In a tree alone, code that seems to lack an order is unknown: a call that
    is passed by may order. A barrier that the comment stands on, and that another operation makes
    needless, leaves it unknown.

    References: mm/gup.c gup_fast_pte_range(), mm/ksm.c write_protect_page(), mm/rmap.c
    try_to_unmap_one(), commit 70cbc3cc78a9 ("mm: gup: fix the fast GUP race against THP collapse").
    """

    name = "count-sees-every-reference"
    family = "refcount"
    since = "0.3"
    severity = Severity.HIGH
    tier = Tier.PROVED
    watches = (WATCHED,)
    reads = (
        Reads(Kind.STABLE, subject=("check", "code")),
        Reads(Kind.EXCLUDES, subject=("code",), object=_WALKERS),
    )
    patterns: ClassVar[tuple[Pattern, ...]] = (
        Pattern(
            "check-no-walker",
            Kind.STABLE,
            r"^(?:so |then |now |we |first |also )*check (?:that|whether) no {object:walker}"
            r"(?: or [^.;:,]{1,24}?)? (?:is|are) "
            r"(?:in progress|in flight|running|active|under way)\b",
            concepts=(("object", "o-direct"), ("object", "gup-fast"), ("object", "gup")),
            detail=(("reference", "counted"),),
            examples=(
                Sentence("Check that no O_DIRECT or the like is in progress", "code", "o-direct"),
            ),
        ),
        Pattern(
            "walker-is-fine",
            Kind.STABLE,
            r"^(?:parallel|concurrent) {object:walker} (?:is|are) (?:fine|ok|okay|harmless)\b"
            r"(?:,? (?:since|because|as) [^.;]+)?",
            concepts=(("object", "gup-fast"), ("object", "lockless-walk")),
            detail=(("reference", "counted"),),
            examples=(Sentence("Parallel GUP-fast is fine", "code", "gup-fast"),),
        ),
    )
    stale = (
        Example(
            _CODE.format(_CLEARED, _COUNTS),
            before=_CODE.format(_FLUSHED, _COUNTS),
            words="Check that no O_DIRECT or similar I/O is in progress",
            breaks="result",
            broken_on=("arm64",),
            files=_AGAIN,
        ),
        Example(
            _CODE.format(_READ, _COUNTS),
            before=_CODE.format(_FLUSHED, _COUNTS),
            words="Check that no O_DIRECT or similar I/O is in progress",
            breaks="result",
            broken_on=("arm64", "x86-64-native"),
            files=_AGAIN,
        ),
        Example(
            _CODE.format(_FLUSHED, "vma->vm_start == addr"),
            before=_CODE.format(_FLUSHED, _COUNTS),
            words="Check that no O_DIRECT or similar I/O is in progress",
            breaks="result",
            broken_on=("arm64", "x86-64-native"),
            files=_AGAIN,
        ),
    )
    sound = (
        Example(_CODE.format(_FLUSHED, _COUNTS), files=_AGAIN),
        Example(_CODE.format(_FLUSHED, _COUNTS)),
        Example(
            _CODE.format(_CLEARED + " smp_mb();", _COUNTS),
            before=_CODE.format(_FLUSHED, _COUNTS),
            files=_AGAIN,
        ),
        Example(
            _CODE.format(_FLUSHED, _COUNTS.replace("!=", "<")),
            before=_CODE.format(_FLUSHED, _COUNTS),
            files=_AGAIN,
        ),
        Example(
            _CODE.format(_FLUSHED, "folio_ref_count(folio) > folio_mapcount(folio) + 1"),
            before=_CODE.format(_FLUSHED, _COUNTS),
            files=_AGAIN,
        ),
        Example(_CODE.format(_CLEARED, _COUNTS), files=_AGAIN),
        Example(
            _CODE.format(_CLEARED + " tern_settle(vma);", _COUNTS),
            before=_CODE.format(_FLUSHED, _COUNTS),
            files=_AGAIN,
        ),
    )

    def judge(self, claim: Claim, world: World) -> Verdict | None:
        """Holds by the change, the order and the comparison; broken if a patch lets one through."""
        if not _is_of_walkers(claim) or for_another_reason(claim):
            return None
        verdict = self._judged(claim, world)
        if verdict.decision is Decision.UNKNOWN and claim.about.startswith("check"):
            return None  # count-check-excludes-pin judges these by less of the code
        return verdict

    def _judged(self, claim: Claim, world: World) -> Verdict:
        function = world.function(claim)
        mark = claim.comment.anchor.start_byte
        if function is None or function.has_error:
            return unknown("the claim stands in no function that could be parsed")
        if not function.body_start <= claim.comment.start_byte < function.body_end:
            return unknown("the comment does not stand where the count is compared")
        machines = admitted(world, claim)
        found = counted(world, world.source, function, mark, machines)
        if not found.rests_on:
            return _lost(claim, world, function, found) or unknown(
                found.why or "a reference may be kept unseen, as far as the code was followed"
            )
        if found.needless(world.path, claim.comment.anchor.start_line):
            return unknown("what orders under the comment is not needed: a flush orders already")
        places = tuple(Location(*one) for one in found.rests_on)
        return Verdict(
            Decision.HOLDS,
            "no walker keeps a reference that the comparison does not see; without the comparison "
            "it may",
            evidence=Evidence(places),
            machines=found.machines,
            rests_on=places,
        )


def _is_of_walkers(claim: Claim) -> bool:
    if claim.kind is Kind.EXCLUDES:
        return synchronizes(claim)
    counted_by = claim.subject.concept.startswith("check") or bool(claim.get("reference"))
    return counted_by and claim.object is not None and claim.object.concept in _WALKERS


def _lost(claim: Claim, world: World, function: Function, found: Counted) -> Verdict | None:
    """Broken if the patch under review lets a walker through that was kept away."""
    was = world.before
    comment = stood(was, world, claim) if was is not None else None
    if was is None or comment is None:
        return None
    former = was.source.function_at(comment.start_byte)
    if former is None:
        return None
    machines = admitted(world, claim)
    before = counted(was, was.source, former, comment.anchor.start_byte, machines)
    if not before.rests_on:
        return None
    if found.walker is not None:
        return _trusted(found, function, world) if found.machines.broken else None
    asked = frozenset(before.adversary.split())
    mark = claim.comment.anchor.start_byte
    if not found.machines.broken:
        found = counted(world, world.source, function, mark, machines, asked=asked)
    if not found.machines.broken or found.adversary not in asked:
        return None
    if may_have_moved(world, function, of_entries()):
        return unknown(MOVED)
    was_at = next(one for one in before.rests_on)
    said = f"this patch lets a walker through that was kept away before ({was_at[0]}:{was_at[1]})"
    return _broken(f"{said}: {found.harm}", found, function, world)


def _trusted(found: Counted, function: Function, world: World) -> Verdict:
    """The patch has a walker keep what it took, whatever the entry is by then."""
    assert found.walker is not None
    where = Location(*found.walker, "a reference is taken here, and kept whatever the entry is")
    said = "since this patch a walker does not look at the entry again once it has a reference"
    return _broken(f"{said}: {found.harm}", found, function, world, where)


def _broken(
    said: str, found: Counted, function: Function, world: World, *where: Location
) -> Verdict:
    here = Location(world.path, function.start_line, f"{function.name}() is modelled")
    return Verdict(
        Decision.BROKEN,
        said,
        breaks=Breaks.RESULT,
        evidence=Evidence((here, *where), found.witness),
        machines=found.machines,
        severity=Severity.HIGH,
        tier=Tier.PROVED,
    )
