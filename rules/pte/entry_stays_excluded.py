"""Page-table functions in which a patch lets an adversary through, shown by a model of the code."""

from __future__ import annotations

from reviewer.claims.comments import read_file
from reviewer.claims.model import Claim, Kind, Modality
from reviewer.claims.wording.entries import speaks_of_exclusion
from reviewer.evidence.models.entries.compare import opened
from reviewer.judging.machines import admitted
from reviewer.rule import Example, Reads, Rule
from reviewer.source.model import Function
from reviewer.verdict import Breaks, Decision, Evidence, Location, Severity, Tier, Verdict
from reviewer.world import World

_MOVE = """
static void smew_move(struct mm_struct *mm, struct vm_area_struct *vma, unsigned long addr,
                      pte_t *from, pte_t *to, spinlock_t *ptl)
{{
        pte_t pte;

        spin_lock(ptl);
        pte = ptep_get_and_clear(mm, addr, from);
        set_pte_at(mm, addr, to, pte);
        /* The TLB flush makes sure that no concurrent zap can free the page. */
{}}}
"""
"""An entry is moved; where it is flushed decides."""
_MOVED = """
static int smew_settle(struct vm_area_struct *vma, unsigned long addr, pte_t *ptep,
                       struct folio *folio, pte_t entry)
{{
        /* The TLB flush makes sure that no GUP-fast can run from here on. */
        {}
        if (folio_mapcount(folio) + 1 != folio_ref_count(folio)) {{
                set_pte_at(vma->vm_mm, addr, ptep, entry);
                return -EAGAIN;
        }}
        set_pte_at(vma->vm_mm, addr, ptep, pte_wrprotect(entry));
        return 0;
}}

int smew_all(struct vm_area_struct *vma, unsigned long addr, pte_t *ptep, struct folio *folio)
{{
        pte_t entry;

        {}
        return smew_settle(vma, addr, ptep, folio, entry);
}}
"""
_FLUSHES = "entry = ptep_clear_flush(vma, addr, ptep);"
"""A step that stands in the function, or in its caller."""
_BEFORE = """
static int smew_protect(struct vm_area_struct *vma, unsigned long addr, pte_t *ptep,
                        struct folio *folio)
{
        pte_t entry;

        /* The TLB flush makes sure that no GUP-fast can run from here on. */
        entry = ptep_clear_flush(vma, addr, ptep);
        if (folio_mapcount(folio) + 1 != folio_ref_count(folio)) {
                set_pte_at(vma->vm_mm, addr, ptep, entry);
                return -EAGAIN;
        }
        set_pte_at(vma->vm_mm, addr, ptep, pte_wrprotect(entry));
        return 0;
}
"""
"""What the examples patch."""


class EntryStaysExcluded(Rule):
    """A comment argues that nobody gets through while an entry changes; a patch opens the way.

    Why it breaks: what keeps GUP-fast, a CPU with a stale translation or a secondary MMU out is a
    flush, a barrier, a second look at the entry, or the order of two lines. Without it the comment
    still says that all is safe.

    How it is judged: the function is followed along its paths, before the patch and after it, and
    runs beside each adversary that it meets (docs/models.md). It is broken if an outcome that is
    excluded before the patch is possible after it, on the same machine. A helper is looked at in
    the functions that call it. `kstale model PATH:LINE --with ADVERSARY` prints the test.

    Write instead: put back what kept the adversary out, or say what does now.

    Limits: only where a patch is judged, and a comment of the changed function makes a claim. What
    cannot be followed leaves the function unjudged: also a call that may change an entry it is
    given, and a function that takes too long. Folios are small, loops turn once.

    References: commit 088b8aa537c2 ("mm: fix PageAnonExclusive clearing racing with concurrent
    RCU GUP-fast"), commit 70cbc3cc78a9 ("mm: gup: fix the fast GUP race against THP collapse").
    """

    name = "entry-stays-excluded"
    family = "pte"
    since = "0.2"
    tier = Tier.PROVED
    general = True
    reads = tuple(Reads(kind) for kind in Kind if kind is not Kind.REFERS)
    stale = (
        Example(
            _MOVE.format(
                "        spin_unlock(ptl);\n        flush_tlb_range(vma, addr, addr + 1);\n"
            ),
            before=_MOVE.format(
                "        flush_tlb_range(vma, addr, addr + 1);\n        spin_unlock(ptl);\n"
            ),
            words="TLB flush makes sure that no concurrent zap",
            breaks="result",
            broken_on=("arm64", "x86-64-native"),
        ),
        Example(
            """
            static int smew_protect(struct vm_area_struct *vma, unsigned long addr, pte_t *ptep,
                                    struct folio *folio)
            {
                    pte_t entry;

                    /* The TLB flush makes sure that no GUP-fast can run from here on. */
                    entry = ptep_get_and_clear(vma->vm_mm, addr, ptep);
                    if (folio_mapcount(folio) + 1 != folio_ref_count(folio)) {
                            set_pte_at(vma->vm_mm, addr, ptep, entry);
                            return -EAGAIN;
                    }
                    set_pte_at(vma->vm_mm, addr, ptep, pte_wrprotect(entry));
                    return 0;
            }
            """,
            before=_BEFORE,
            words="TLB flush makes sure that no GUP-fast",
            breaks="result",
            broken_on=("arm64",),
        ),
    )
    sound = (
        Example(_MOVED.format("", _FLUSHES), before=_MOVED.format(_FLUSHES, "")),
        Example(
            _MOVE.format(
                "        flush_tlb_mm(mm);\n        spin_unlock(ptl);\n",
            ),
            before=_MOVE.format(
                "        flush_tlb_range(vma, addr, addr + 1);\n        spin_unlock(ptl);\n"
            ),
        ),
        Example(
            """
            static int smew_protect(struct vm_area_struct *vma, unsigned long addr, pte_t *ptep,
                                    struct folio *folio)
            {
                    pte_t entry;

                    /* The TLB flush makes sure that no GUP-fast can run from here on. */
                    entry = ptep_get_and_clear(vma->vm_mm, addr, ptep);
                    flush_tlb_page(vma, addr);
                    if (folio_mapcount(folio) + 1 != folio_ref_count(folio)) {
                            set_pte_at(vma->vm_mm, addr, ptep, entry);
                            return -EAGAIN;
                    }
                    set_pte_at(vma->vm_mm, addr, ptep, pte_wrprotect(entry));
                    return 0;
            }
            """,
            before=_BEFORE,
        ),
        Example(
            """
            static pte_t smew_calm(pte_t entry)
            {
                    return pte_wrprotect(entry);
            }

            static int smew_protect(struct vm_area_struct *vma, unsigned long addr, pte_t *ptep,
                                    struct folio *folio)
            {
                    pte_t entry;

                    /* The TLB flush makes sure that no GUP-fast can run from here on. */
                    entry = ptep_clear_flush(vma, addr, ptep);
                    if (folio_mapcount(folio) + 1 != folio_ref_count(folio)) {
                            set_pte_at(vma->vm_mm, addr, ptep, entry);
                            return -EAGAIN;
                    }
                    set_pte_at(vma->vm_mm, addr, ptep, smew_calm(entry));
                    return 0;
            }
            """,
            before=_BEFORE,
        ),
    )

    def judge(self, claim: Claim, world: World) -> Verdict | None:
        """Broken if an adversary's outcome was excluded before the patch and is possible now."""
        if world.before is None or not speaks_of_exclusion(claim.comment):
            return None
        function = world.function(claim)
        if function is None or not _is_nearest(claim, world, function):
            return None
        for one in opened(world, function, admitted(world, claim)):
            on = one.after.machines.broken
            where = ", ".join(on[:3]) + (f" and {len(on) - 3} more" if len(on) > 3 else "")
            return Verdict(
                Decision.BROKEN,
                f"The model of {one.function}() beside {one.adversary.name} says Never before this "
                f"patch and Sometimes after it ({where}): {one.adversary.harm}.",
                breaks=Breaks.RESULT,
                evidence=Evidence(
                    (Location(one.path, function.start_line, f"{one.function}() is modelled"),),
                    one.after.witness,
                ),
                machines=one.after.machines,
                severity=Severity.HIGH,
                tier=Tier.PROVED,
            )
        return None


def _is_nearest(claim: Claim, world: World, function: Function) -> bool:
    """True of the comment that the first changed line of the function stands below.

    And there of its first claim: the others ask the same. Of a function that the patch leaves alone
    no comment is; above all comments, the first one.
    """
    assert world.before is not None
    code = world.source.code(function.start_byte, function.body_end)
    former = world.before.source
    known = [
        former.code(one.start_byte, one.body_end) for one in former.functions_named(function.name)
    ]
    if not known or code in known:
        return False
    pairs = zip(code, known[0], strict=False)
    same = next((n for n, (now, was) in enumerate(pairs) if now != was), len(code))
    at = function.start_byte + same
    readings = read_file(
        world.source,
        wanted=lambda one: (
            function.start_byte <= one.start_byte < function.body_end and speaks_of_exclusion(one)
        ),
    )
    claims = [one for reading in readings for one in reading.claims if one.kind is not Kind.REFERS]
    about = [one.comment for one in claims]
    above = [one for one in about if one.start_byte <= at]
    nearest = above[-1] if above else about[0] if about else claim.comment
    if nearest.start_byte != claim.comment.start_byte:
        return False
    here = [one for one in claims if one.comment.start_byte == nearest.start_byte]
    first = next((one for one in here if one.modality is Modality.ASSERTED), claim)
    return (first.kind, first.quote) == (claim.kind, claim.quote)
