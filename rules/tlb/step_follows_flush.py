"""A TLB flush said to come before, or after, some other step."""

from __future__ import annotations

from collections.abc import Sequence

from reviewer.claims.model import Claim, Kind
from reviewer.claims.wording.counts import speaks_of_count
from reviewer.claims.wording.locks import says_given_up
from reviewer.claims.wording.steps import kind_of_step
from reviewer.judging.flushes import Flushing, flushing
from reviewer.judging.holding import Same, lock_of, lock_operations
from reviewer.judging.locks import sentence_near
from reviewer.judging.machines import admitted
from reviewer.judging.order import Pair, inside, jumps_back, locked_between, order_of, plain
from reviewer.judging.scenario import Judged, judge, load
from reviewer.rule import Example, Reads, Rule
from reviewer.source.model import Operation
from reviewer.verdict import (
    Breaks,
    Decision,
    Evidence,
    Location,
    MachineVerdicts,
    Severity,
    Verdict,
    holds,
    unknown,
)
from reviewer.world import World

_STEPS = {
    "check": ("ref.read", "ref.freeze"),
    "install": ("pte.set",),
    "free": ("free", "tlb.free_table", "tlb.free_page"),
}
_CONCEPTS = {
    "pte-clear": ("pte.clear",),
    "free": ("free", "tlb.free_table", "tlb.free_page"),
    "page-table-free": ("tlb.free_table",),
}


class StepFollowsFlush(Rule):
    """A step is taken to follow the TLB flush (or the flush the step), as the code once had it.

    Why it breaks: the order is the argument. A page-table lock dropped before the flush lets
    another CPU find the empty entry and reuse the page while stale translations still reach it; a
    page freed before the flush is written by its former owner. Code gets moved, the comment stays.

    Where it still holds: the code still does the two steps in the order the comment gives.

    Write instead: the order that the code has and why it is enough, or put the steps back.

    Limits: the order is that of the text of one function, on one path: steps on different
    branches, in loops, behind a ``goto`` that leads back or in helpers are not called broken. Which
    lock is meant must be plain.

    References: commit 383c4613c67c ("mm: close theoretical race where stale TLB entries could
    linger"), mm/memory.c zap_pte_range(), mm/mremap.c move_ptes().
    """

    name = "flush-comes-before-step"
    family = "tlb"
    since = "0.1"
    severity = Severity.MEDIUM
    reads = (Reads(Kind.ORDERS, subject=("tlb-flush",)),)
    stale = (
        Example(
            """
            static void zap_one(struct vm_area_struct *vma, pmd_t *pmd, unsigned long addr)
            {
                    spinlock_t *ptl;
                    pte_t *pte = pte_offset_map_lock(vma->vm_mm, pmd, addr, &ptl);

                    ptep_get_and_clear(vma->vm_mm, addr, pte);
                    /* Do the TLB flush before dropping the ptl. */
                    pte_unmap_unlock(pte, ptl);
                    flush_tlb_page(vma, addr);
            }
            """,
            words="TLB flush before dropping the ptl",
            breaks="result",
            broken_on=("arm64", "x86-64-kvm"),
        ),
        Example(
            """
            static void drop_one(struct vm_area_struct *vma, struct page *page, pte_t *pte)
            {
                    __free_page(page);
                    /* Flush the TLB before freeing the page. */
                    flush_tlb_page(vma, vma->vm_start);
            }
            """,
            words="Flush the TLB before freeing",
        ),
    )
    sound = (
        Example(
            """
            static void zap_one(struct vm_area_struct *vma, pmd_t *pmd, u64 addr, bool dirty)
            {
                    spinlock_t *ptl;
                    pte_t *pte = pte_offset_map_lock(vma->vm_mm, pmd, addr, &ptl);

                    ptep_get_and_clear(vma->vm_mm, addr, pte);
                    /* Do the TLB flush before dropping the ptl. */
                    if (dirty)
                            flush_tlb_page(vma, addr);
                    pte_unmap_unlock(pte, ptl);
            }
            """
        ),
        Example(
            """
            static void zap_two(struct vm_area_struct *vma, pte_t *pte, spinlock_t *ptl, bool late)
            {
                    /* Do the TLB flush before dropping the ptl. */
                    if (late) {
                            spin_unlock(ptl);
                    } else {
                            flush_tlb_page(vma, vma->vm_start);
                            spin_unlock(ptl);
                    }
            }
            """
        ),
        Example(
            """
            static void relax_one(struct vm_area_struct *vma, pte_t *pte)
            {
                    ptep_get_and_clear(vma->vm_mm, vma->vm_start, pte);
                    /* Flush the TLB after clearing the PTE. */
                    flush_tlb_page(vma, vma->vm_start);
            }
            """
        ),
        Example(
            """
            static void later(struct vm_area_struct *vma, spinlock_t *ptl)
            {
                    /* Reclaim does not flush the TLB before dropping the ptl. */
                    spin_unlock(ptl);
                    flush_tlb_page(vma, vma->vm_start);
            }
            """
        ),
    )

    def judge(self, claim: Claim, world: World) -> Verdict | None:
        """Compare the order of the text with the comment's, on one path of the function."""
        if claim.get("step") not in ("before", "after") or claim.get("deferred"):
            return None
        if claim.subject.concept != "tlb-flush":
            return unknown("the flush is deferred: where it happens is not in this function")
        code = flushing(world, claim)
        if code is None:
            return unknown("the claim stands in no function that could be parsed")
        steps = _steps(claim, code)
        if steps is None:
            return unknown("which operation the step is cannot be told from the words")
        flushes = _flushes(code)
        if not flushes:
            return unknown(f"no TLB flush was seen in {code.function.name}()")
        if not steps:
            return unknown(f"the step was not seen in {code.function.name}()")
        early = claim.get("step") == "before"
        near = order_of(*_both(_behind(claim, code, flushes), _behind(claim, code, steps), early))
        first = order_of(*_nearest(claim, code, flushes, steps))
        whole = order_of(*_both(flushes, steps, early))
        kept = near.kept if near.turned is None else first.kept
        if kept is not None:
            return holds("the code has the steps in this order", *_places(code, kept))
        if whole.turned is None or whole.kept is not None:
            return unknown("the flush and the step stand on different paths, or in both orders")
        if code.hidden or not plain(whole.turned) or jumps_back(world.source, code.function):
            return unknown("the order of the text need not be that of the run")
        if locked_between(code.facts, whole.turned):
            return unknown("a lock is taken in between, so the order may still be kept")
        return self._broken(claim, world, code, whole.turned)

    def _broken(self, claim: Claim, world: World, code: Flushing, pair: Pair) -> Verdict:
        """The verdict, with the race where a page-table lock is dropped too early."""
        done, late = pair
        race = self._race(claim, world, code, done)
        bug = race is not None and bool(race.machines.broken)
        said = f"{done.name}() on line {done.line} comes before {late.name}() on line {late.line}"
        return Verdict(
            Decision.BROKEN,
            f"the order is the other way round: {said}",
            breaks=Breaks.RESULT if bug else Breaks.REASON,
            evidence=Evidence(_places(code, pair), race.witness if race and bug else None),
            machines=race.machines if race and bug else MachineVerdicts(),
            severity=Severity.HIGH if bug else None,
        )

    def _race(self, claim: Claim, world: World, code: Flushing, done: Operation) -> Judged | None:
        if claim.object is None or claim.object.concept != "lock:ptl":
            return None
        cleared = code.facts.having("pte.clear")
        if not cleared or cleared[0].start_byte > done.start_byte:
            return None
        return judge(load(self.folder, "lock-dropped-before-flush"), admitted(world, claim))


def _flushes(code: Flushing) -> tuple[Operation, ...]:
    """Flushes that reach other CPUs, in any branch of the function."""
    return tuple(
        op
        for op in code.facts.having("tlb.flush")
        if (
            op.name != "flush_tlb_batched_pending"
            and not any(
                c.startswith(("tlb.flush.local", "tlb.flush.deferred")) for c in op.concepts
            )
        )
        or "tlb.flush.deferred_end" in op.concepts
    )


def _steps(claim: Claim, code: Flushing) -> Sequence[Operation] | None:
    """Operations the other step may be; None if the words do not tell."""
    term = claim.object
    if term is None:
        return None
    if term.concept == "lock" or term.concept.startswith("lock:"):
        return _releases(claim, code)
    if term.concept == "function":
        name = term.name.removesuffix("()")
        return [op for op in code.facts.operations if op.name == name]
    wanted = _CONCEPTS.get(term.concept, ())
    if term.concept == "step":
        kind = kind_of_step(term.text)
        if kind == "check" and not speaks_of_count(claim):
            return None
        wanted = _STEPS.get(kind, ())
    if not wanted:
        return None
    return [op for op in code.facts.operations if any(_under(op, root) for root in wanted)]


def _releases(claim: Claim, code: Flushing) -> Sequence[Operation] | None:
    """Where the lock is given up, if the words say so and one lock of the code can be meant."""
    _, after = sentence_near(claim, 40)
    lock = lock_of(claim)
    if lock is None or not says_given_up(claim.quote + after.split(".")[0]):
        return None
    found = [
        one
        for one in lock_operations(lock, claim, code.function, code.facts)
        if one.kind == "release" and one.sure is not Same.NO
    ]
    return None if len({one.spelled for one in found}) > 1 else [d.operation for d in found]


def _both(
    flushes: Sequence[Operation], steps: Sequence[Operation], early: bool
) -> tuple[Sequence[Operation], Sequence[Operation]]:
    return (flushes, steps) if early else (steps, flushes)


def _behind(claim: Claim, code: Flushing, operations: Sequence[Operation]) -> Sequence[Operation]:
    """Operations behind the comment, or all if that stands over the function."""
    if not inside(claim, code.function) or claim.get("step") == "after":
        return operations
    return [op for op in operations if op.start_byte >= claim.comment.start_byte]


def _nearest(
    claim: Claim, code: Flushing, flushes: Sequence[Operation], steps: Sequence[Operation]
) -> tuple[Sequence[Operation], Sequence[Operation]]:
    """The flush and the step that come next behind a comment in the code: those it speaks of."""
    if not inside(claim, code.function) or claim.get("step") == "after":
        return (), ()
    return _behind(claim, code, flushes)[:1], _behind(claim, code, steps)[:1]


def _places(code: Flushing, pair: Pair) -> tuple[Location, ...]:
    first, second = pair
    return (
        Location(code.facts.path, first.line, f"{first.name}() comes first"),
        Location(code.facts.path, second.line, f"{second.name}() comes second"),
    )


def _under(operation: Operation, root: str) -> bool:
    return any(c == root or c.startswith(root + ".") for c in operation.concepts)
