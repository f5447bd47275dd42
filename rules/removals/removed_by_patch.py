"""Comments that lean on a barrier, lock, flush or wait that the patch under review removes."""

from __future__ import annotations

import re

from reviewer.claims.model import Claim
from reviewer.claims.model import Kind as Says
from reviewer.claims.wording.operations import speaks_of_operation
from reviewer.evidence.removals import Kind, Removed
from reviewer.judging.barriers import order_of, serves, wanted
from reviewer.judging.bodies import bodies
from reviewer.judging.partners import partners_of
from reviewer.rule import Example, Reads, Rule
from reviewer.verdict import Breaks, Location, Tier, Verdict, broken
from reviewer.world import World

_BARRIERS = frozenset({Kind.BARRIER, Kind.ACCESS})
_OF_AN_OBJECT = frozenset({Kind.ACCESS, Kind.LOCK, Kind.ATOMIC, Kind.REFERENCE})
"""What is done to one place or lock: under a comment there may be some, of which it means one."""


class RemovedByPatch(Rule):
    """A comment explains an operation, or counts on it elsewhere, that this patch removes.

    Why it breaks: the operation goes and the comment stays. What it said of order, exclusion or
    waiting is no longer given by anything, be it in the same function, in the partner that the
    comment names, or in a helper that is said to imply it.

    Where it still holds: if the patch puts something at least as strong in its place: a release
    for a write barrier, a guard for a lock, a helper that holds the barrier.

    Write instead: take the comment out or say what gives the order now; or keep the operation.

    Limits: only where a patch is judged (check, reply, the hook). A function that calls anything
    new whose code is not at hand is not judged: the operation may have gone there. A barrier that
    moves within its function is not noticed. A comment elsewhere counts only if nothing that is
    left in the function does the same, or nothing there has the name that the comment gives.

    References: Documentation/process/submit-checklist.rst, "memory barriers".
    """

    name = "removed-by-patch"
    family = "removals"
    since = "0.2"
    tier = Tier.PROVED
    general = True
    reads = tuple(Reads(kind) for kind in Says if kind is not Says.REFERS)
    stale = (
        Example(
            """
            static void dipper_dive(struct dipper *d)
            {
                    d->depth = 3;
                    /* Pairs with the smp_rmb() in dipper_look(). */
                    WRITE_ONCE(d->wet, 1);
            }

            static int dipper_look(struct dipper *d)
            {
                    int wet = READ_ONCE(d->wet);

                    smp_rmb();
                    return wet ? d->depth : 0;
            }
            """,
            before="""
            static void dipper_dive(struct dipper *d)
            {
                    d->depth = 3;
                    /* Pairs with the smp_rmb() in dipper_look(). */
                    smp_wmb();
                    WRITE_ONCE(d->wet, 1);
            }

            static int dipper_look(struct dipper *d)
            {
                    int wet = READ_ONCE(d->wet);

                    smp_rmb();
                    return wet ? d->depth : 0;
            }
            """,
            words="Pairs with the smp_rmb() in dipper_look()",
            breaks="result",
        ),
        Example(
            """
            static void dipper_dive(struct dipper *d)
            {
                    d->depth = 3;
                    /* Pairs with the barrier in dipper_look(). */
                    smp_wmb();
                    WRITE_ONCE(d->wet, 1);
            }

            static int dipper_look(struct dipper *d)
            {
                    return READ_ONCE(d->wet) ? d->depth : 0;
            }
            """,
            before="""
            static void dipper_dive(struct dipper *d)
            {
                    d->depth = 3;
                    /* Pairs with the barrier in dipper_look(). */
                    smp_wmb();
                    WRITE_ONCE(d->wet, 1);
            }

            static int dipper_look(struct dipper *d)
            {
                    return smp_load_acquire(&d->wet) ? d->depth : 0;
            }
            """,
            words="Pairs with the barrier in dipper_look()",
            breaks="result",
        ),
    )
    sound = (
        Example(
            """
            static void dipper_dive(struct dipper *d)
            {
                    d->depth = 3;
                    /* Pairs with the smp_rmb() in dipper_look(). */
                    smp_store_release(&d->wet, 1);
            }

            static int dipper_look(struct dipper *d)
            {
                    return smp_load_acquire(&d->wet) ? d->depth : 0;
            }
            """,
            before="""
            static void dipper_dive(struct dipper *d)
            {
                    d->depth = 3;
                    /* Pairs with the smp_rmb() in dipper_look(). */
                    smp_wmb();
                    WRITE_ONCE(d->wet, 1);
            }

            static int dipper_look(struct dipper *d)
            {
                    int wet = READ_ONCE(d->wet);

                    smp_rmb();
                    return wet ? d->depth : 0;
            }
            """,
        ),
        Example(
            """
            static void dipper_call(struct dipper *d)
            {
                    struct dipper *mate;

                    /* Pairs with smp_mb() in dipper_fly(). READ_ONCE() reads mate whole. */
                    mate = READ_ONCE(d->mate);
                    if (mate)
                            wake_dipper(mate);
            }
            """,
            before="""
            static void dipper_call(struct dipper *d)
            {
                    struct dipper *mate;

                    /* Pairs with smp_mb() in dipper_fly(). READ_ONCE() reads mate whole. */
                    mate = READ_ONCE(d->mate);
                    if (mate && READ_ONCE(mate->depth) != 3)
                            wake_dipper(mate);
            }
            """,
        ),
    )

    def judge(self, claim: Claim, world: World) -> Verdict | None:
        """Broken if what the claim leans on is among what the patch removes."""
        for lost in world.removals:
            own = _own(claim, world, lost)
            partner = "" if own else _partner(claim, world, lost)
            said = "" if own or partner else _helper(claim, lost)
            why = own or partner or said
            if why and _stood(claim, world):
                the = "the last" if lost.last else "the"
                return broken(
                    f"This patch removes {the} {lost.name}() of {lost.function}(), {why}.",
                    Location(lost.path, lost.line, f"{lost.name}(), removed by this patch"),
                    breaks=Breaks.RESULT,
                    tier=Tier.STRONG if said or (partner and not lost.last) else None,
                )
        return None


def _stood(claim: Claim, world: World) -> bool:
    """True if the comment was there before the patch, in these words.

    Of one that the patch writes its author knows what goes: on two list patches of 765 that took a
    barrier away and said in its place what gives the order now, the new comment was a finding.
    """
    library = world.library.before
    if library is None:
        return True
    was = next((one.was for one in world.removals if one.path == world.path), world.path)
    before = library.source(was)
    text = " ".join(claim.comment.text.split())
    return before is not None and any(" ".join(one.text.split()) == text for one in before.comments)


def _own(claim: Claim, world: World, lost: Removed) -> str:
    """The comment stands over the operation, and speaks of it."""
    if (
        lost.kind is Kind.CALL
        or world.path != lost.path
        or claim.comment.anchor.function != lost.function
    ):
        return ""
    text = " ".join(claim.comment.text.split())
    named = re.search(rf"\b{re.escape(lost.name)}\b", text) is not None
    over = text in lost.comments
    if not over and not (named and lost.last):
        return ""
    if lost.kind is Kind.BARRIER and claim.kind is Says.PAIRS and not _is_own(claim, lost):
        return ""
    place = re.split(r"->|\.", lost.object)[-1]
    told = bool(place) and re.search(rf"\b{re.escape(place)}\b", text) is not None
    if lost.kind in _OF_AN_OBJECT and named and not told and _has_another(claim, world, lost):
        return ""
    if named or speaks_of_operation(claim, lost.kind):
        return "which this comment explains"
    if lost.kind is Kind.LOCK and lost.last and told:
        return f"and nothing else there takes {place}"
    return ""


def _has_another(claim: Claim, world: World, lost: Removed) -> bool:
    """True if what is left below the comment has one of that name: on the object that is meant."""
    return any(one.name == lost.name for one in world.facts(claim).operations)


def _is_own(claim: Claim, lost: Removed) -> bool:
    """True unless the comment names another barrier as its own."""
    if not claim.subject.concept.startswith("barrier:"):
        return True
    want = wanted(claim.subject.name)
    return lost.name == claim.subject.name or (want is not None and serves(lost.order, want))


def _partner(claim: Claim, world: World, lost: Removed) -> str:
    """The comment pairs with the operation."""
    if claim.kind is not Says.PAIRS or lost.kind not in _BARRIERS:
        return ""
    for partner, place in partners_of(claim):
        if place.file or place.name != lost.function:
            continue
        if not lost.last and not (lost.name_gone and lost.name in partner.primitives):
            continue
        if lost.name not in partner.primitives:
            if lost.kind is Kind.ACCESS:
                continue
            named = [one for one in partner.primitives if order_of(one) is not None]
            if partner.want is not None and not serves(lost.order, partner.want):
                continue
            if partner.want is None and named:
                continue
        if any(body.path == lost.path for body in bodies(world, place.name)):
            return "which this comment pairs with"
    return ""


def _helper(claim: Claim, lost: Removed) -> str:
    """The comment says that the function does what it no longer does."""
    if claim.subject.name != lost.function or claim.object is None or not lost.last:
        return ""
    about = {Kind.BARRIER: "barrier", Kind.FLUSH: "tlb", Kind.WAIT: "rcu"}.get(lost.kind)
    if about is not None and claim.object.concept.startswith(about):
        return f"which is said to give {claim.object.text}"
    return ""
