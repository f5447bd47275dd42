"""Comments that say that a place needs no barrier, no grace period and no section of RCU."""

from __future__ import annotations

import re
from functools import partial

from reviewer.claims.model import Claim, Kind
from reviewer.claims.wording.near import is_of_noun_before
from reviewer.evidence.put_there import is_put_there
from reviewer.judging.context import where
from reviewer.judging.holding import documented, one_of_several
from reviewer.judging.place import function_around, place_of
from reviewer.kernel import primitive
from reviewer.rule import Example, Reads, Rule, under
from reviewer.source.model import AnchorKind, Operation
from reviewer.verdict import Location, Tier, Verdict, agrees, broken, unknown
from reviewer.world import World

_NONE = {
    "rcu-gp": ("rcu.synchronize", "rcu.barrier", "rcu.call", "rcu.free"),
    "rcu-reader": ("rcu.read_lock",),
}
"""What would be it that is said not to be needed; of barriers those that are nothing else."""
_ANY = ("barrier", "barriers", "memory barrier", "memory barriers")
"""Of a read barrier, or a full one, another barrier is none."""
_ASSEMBLY = re.compile(rb"\basm\b|\b__asm__\b|\balternative\w*\s*\(")


class NoBarrierNeededHere(Rule):
    """A comment says that a place does without a barrier, a grace period or a section of RCU.

    Why it breaks: the barrier was put in later, for an order that was missed, and the comment
    above it still says why there is none.

    Where it still holds: nothing of the sort stands in the code that the comment stands over, or
    in the function that it documents.

    Write instead: take the words out, or say what the barrier is for.

    Limits: that there is none is all that is looked at, not whether one is needed: comment and code
    agree. One is a finding only if the patch under review puts it right below the comment, in the
    place of none; of a grace period if it is waited for, and of a call that the comment names if it
    is that call.

    References: Documentation/memory-barriers.txt.
    """

    name = "no-barrier-needed-here"
    family = "barriers"
    since = "0.2"
    tier = Tier.HINT  # no finding of it has been read yet
    fallback = True
    reads = (Reads(Kind.NEEDS_NONE, object=("barrier", *_NONE)),)
    stale = (
        Example(
            """
            static void stork_land(struct stork *s)
            {
                    s->nest = 1;
                    /* No barrier is needed here, since nobody else looks yet. */
                    smp_wmb();
                    s->landed = 1;
            }
            """,
            words="barrier is needed",
            before="""
            static void stork_land(struct stork *s)
            {
                    s->nest = 1;
                    /* No barrier is needed here, since nobody else looks yet. */
                    s->landed = 1;
            }
            """,
        ),
    )
    sound = (
        Example(
            """
            static void stork_land(struct stork *s)
            {
                    s->nest = 1;
                    /* No barrier is needed here, since nobody else looks yet. */
                    s->landed = 1;
            }
            """
        ),
        Example(
            """
            static void stork_land(struct stork *s)
            {
                    s->nest = 1;
                    /* No barrier is needed here, but it does not hurt. */
                    smp_wmb();
                    s->landed = 1;
            }
            """
        ),
        Example(
            """
            static void stork_leave(struct stork *s)
            {
                    s->landed = 0;
                    /* No need for synchronize_rcu() here. */
                    kfree_rcu(s, rcu);
            }
            """,
            before="""
            static void stork_leave(struct stork *s)
            {
                    s->landed = 0;
                    /* No need for synchronize_rcu() here. */
                    call_rcu(&s->rcu, stork_free);
            }
            """,
        ),
    )

    def judge(self, claim: Claim, world: World) -> Verdict | None:
        """Look for what is said not to be needed, in the code that the words are about."""
        if is_of_noun_before(claim) or claim.object is None:
            return None
        whole = documented(claim, world)
        function = whole or function_around(claim, world)
        if function is None or claim.comment.anchor.kind is AnchorKind.LINE:
            return None
        if function.has_error:
            return unknown(f"{function.name}() could not be parsed")
        site = None if whole else place_of(claim, function, world)
        if whole is None and site is None:
            return unknown("the comment stands over no code")
        facts = world.function_facts(function) if whole else world.facts(claim)
        found = next((one for one in facts.operations if _is_such(one, claim)), None)
        what = claim.object.text or claim.object.name
        start, end = claim.comment.anchor.start_byte, claim.comment.anchor.end_byte
        if whole is not None:
            start, end = function.body_start, function.body_end
        if found is None and _ASSEMBLY.search(world.source.code(start, end)) is not None:
            return unknown(f"{function.name}() has assembly, which may be one")
        if found is None:
            line = function.start_line if site is None else site.line
            said = f"{function.name}() has none of it{'' if whole else ' here'}"
            return agrees(said, Location(world.path, line, "nothing of the sort stands there"))
        if site is not None and not found.via and not one_of_several(claim):
            ahead = world.source.code(site.at, found.start_byte)
            first = b";" not in ahead and not found.arms
            alike = partial(_is_such, claim=claim)
            meant = first and _is_meant(found, claim)
            if meant and is_put_there(alike, claim, function, world):
                return broken(
                    f"The comment says that no {what} is needed here, but this patch puts "
                    f"{found.name}() below it.",
                    where(found, world.path),
                )
        return unknown(f"{found.name}() stands among the code that the comment is about")


def _is_such(operation: Operation, claim: Claim) -> bool:
    assert claim.object is not None
    concept = claim.object.concept
    for root, sorts in _NONE.items():
        if under(concept, (root,)):
            return any(under(one, sorts) for one in operation.concepts)
    named = claim.object.name.rstrip("()")
    if named:
        return operation.name == named
    known = primitive(operation.name)
    return known is not None and known.does("barrier") and not known.parameters


def _is_meant(operation: Operation, claim: Claim) -> bool:
    """True of what is certainly what a comment says is not needed, and no other thing of its sort.

    What is freed behind a grace period lets nobody wait for one; a compiler barrier is none of
    memory.
    """
    assert claim.object is not None
    named = claim.object.name.rstrip("()")
    if named:
        return operation.name == named
    if under(claim.object.concept, ("rcu-gp",)):
        return any(under(one, ("rcu.synchronize",)) for one in operation.concepts)
    if under(claim.object.concept, ("barrier",)):
        text = " ".join(claim.object.text.lower().split())
        return text in _ANY and "barrier.compiler" not in operation.concepts
    return True
