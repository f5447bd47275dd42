"""Operations said to be a memory barrier that are none."""

from __future__ import annotations

import re

from reviewer.claims.model import Claim, Kind
from reviewer.claims.patterns import Pattern
from reviewer.claims.wording.barriers import asks_for_full, names_machines
from reviewer.judging.barriers import BARRIERS, FULL, SECTIONS, Order, order_in_prose, order_of
from reviewer.judging.bodies import bodies
from reviewer.judging.context import where
from reviewer.kernel.order import order_of_concepts
from reviewer.rule import Example, Reads, Rule
from reviewer.verdict import Location, Verdict, agrees, broken, unknown
from reviewer.world import World

_PRIMITIVE = re.compile(
    r"(?:raw_)?(?:spin|read|write)_(?:un|try)?lock\w*|mutex_(?:un)?lock\w*|(?:up"
    r"|down)_(?:read|write)"
    r"|(?:atomic(?:64|_long)?|refcount|kref|local)_\w+|rcu_read_(?:un)?lock\w*|percpu_ref_\w+"
    r"|(?:__)?(?:test_and_)?(?:set|clear|change)_bit\w*|test_bit|(?:try_)?cmpxchg\w*|xchg\w*"
    r"|READ_ONCE|WRITE_ONCE|smp_\w+|rcu_(?:assign_pointer|dereference)|RCU_INIT_POINTER"
)


class PrimitiveImpliesBarrier(Rule):
    """An atomic or locking operation is taken to be a memory barrier, and is none.

    Why it breaks: only value-returning read-modify-write operations are fully ordered.
    atomic_inc(), set_bit(), clear_bit(), atomic_set(), anything _relaxed and a marked access order
    nothing; a lock taken is an acquire and a lock dropped a release, not a full barrier. "No
    barrier needed, clear_bit() implies one" was true of some machines, never of the kernel's
    model.

    Where it still holds: for xchg(), cmpxchg() that succeeds, atomic_*_return(), test_and_set_bit()
    and the like; waits, wake-ups and grace periods; an acquire or release said to be just that.

    Write instead: the barrier (smp_mb__after_atomic() beside an atomic), or the ordered variant.

    Limits: only primitives of the kernel's own catalogue are judged; what architectures promise on
    top is not counted. A function that is no primitive is not judged.

    References: Documentation/atomic_t.txt, Documentation/atomic_bitops.txt,
    Documentation/memory-barriers.txt, "Implicit kernel memory barriers".
    """

    name = "primitive-implies-barrier"
    family = "barriers"
    since = "0.1"
    reads = (
        Reads(Kind.IMPLIES, object=("barrier",)),
        Reads(Kind.ATOMIC, object=("barrier",)),
    )
    patterns = (
        Pattern(
            "implies-barrier",
            Kind.IMPLIES,
            r"(?<!where ){subject:barrier|func|name}(?: (?:call|above|below|here|itself"
            r"|already|always|also"
            r"|does|will|which|that|operation|in [^ .;:]+))*,? "
            r"(?:implies|imply|implying|provides?|contains?|includes?|acts as|serves as|has|have"
            r"|gives us|gives|is also|is|guarantees?|does|functions as|issues?)"
            r"(?: (?:already|also|always))?(?: (?:an?|the|needed|necessary|required"
            r"|implicit|implied))*"
            r"(?: (?:full|general|complete|memory|smp|write|read))* ?{object:barrier}",
            concepts=(("object", "barrier"),),
        ),
        Pattern(
            "barrier-implied-by",
            Kind.IMPLIES,
            r"{object:barrier} (?:(?:is|are|which is|that is|already|we need is|here is) )*"
            r"(?:implied|provided|implicit|given|guaranteed|contained|issued)(?: (?:here"
            r"|already))? "
            r"(?:by|in|with) (?:the |a |an |our )*{subject:barrier|func|name}",
            concepts=(("object", "barrier"),),
        ),
    )
    stale = (
        Example(
            """
            static void finch_rest(struct finch *f)
            {
                    /* clear_bit() implies a full memory barrier, so none is needed here. */
                    clear_bit(FINCH_FLYING, &f->flags);
                    if (waitqueue_active(&f->wait))
                            wake_up(&f->wait);
            }
            """,
            words="clear_bit() implies a full memory barrier",
        ),
        Example(
            """
            static void finch_count(struct finch *f)
            {
                    f->seen = 1;
                    /* The barrier is implied by atomic_inc(). */
                    atomic_inc(&f->count);
            }
            """,
            words="barrier is implied by atomic_inc()",
        ),
        Example(
            """
            static void finch_leave(struct finch *f)
            {
                    spin_unlock(&f->lock);
                    /* spin_unlock() is a full barrier */
                    if (f->waiting)
                            poke(f);
            }
            """,
            words="spin_unlock() is a full barrier",
        ),
    )
    sound = (
        Example(
            """
            static void finch_rest(struct finch *f)
            {
                    /* test_and_clear_bit() implies a full memory barrier. */
                    if (test_and_clear_bit(FINCH_FLYING, &f->flags))
                            wake_up(&f->wait);
            }
            """
        ),
        Example(
            """
            static void finch_rest(struct finch *f)
            {
                    clear_bit(FINCH_FLYING, &f->flags);
                    /* clear_bit() does not imply a memory barrier. */
                    smp_mb__after_atomic();
                    /* spin_unlock() has release semantics, and acts as a barrier for f->song. */
                    spin_unlock(&f->lock);
            }
            """
        ),
        Example(
            """
            /* If set_bit() is a full barrier on this machine, this is cheap. */
            static void finch_sing(struct finch *f)
            {
                    set_bit(FINCH_SINGS, &f->flags);
            }
            """
        ),
    )

    def judge(self, claim: Claim, world: World) -> Verdict | None:
        """Broken if the operation is a known primitive that orders less than is said."""
        name = claim.subject.name
        if not name or claim.object is None:
            return None
        if claim.get("section") in {"return", "returns"}:
            return None
        if world.path.startswith("arch/") or names_machines(claim):
            return unknown("the comment speaks of some machines only")
        given = order_of(name)
        if given is None or _PRIMITIVE.fullmatch(name) is None:
            return _inside(name, claim, world) or unknown(
                f"{name}() is no ordering primitive that kstale knows"
            )
        said = _said(claim)
        if said is None or said & given:
            return agrees(f"{name}() gives that order")
        own = bodies(world, name)
        if any(body.path == world.path for body in own):
            return unknown(f"{name}() is defined in this very file")
        what = "an acquire or a release only" if given & (FULL ^ Order.MB) else "no barrier at all"
        return broken(
            f"The comment takes {name}() for {claim.object.text}, but it is {what}.",
            Location(world.path, claim.line, f"{name}(): see Documentation/atomic_t.txt"),
        )


def _inside(name: str, claim: Claim, world: World) -> Verdict | None:
    """Agrees if the one function of that name certainly calls something that gives the order."""
    found = world.functions(name.rstrip("()"))
    if len(found) != 1 or found[0][1].has_error:
        return None
    source, function = found[0]
    there = World(source, world.library)
    said = (_said(claim) or BARRIERS) & ~SECTIONS & ~Order.DEPENDENCY
    for operation in there.function_facts(function).operations:
        sure = not operation.arms and not operation.conditions
        order = order_of_concepts(operation.concepts)
        if sure and order & said and not order & SECTIONS:
            does = f"{function.name}() calls {operation.name}()"
            return agrees(does, where(operation, source.path))
    return None


def _said(claim: Claim) -> Order | None:
    """What the words ask for; "a memory barrier" is served by anything that orders."""
    assert claim.object is not None
    if asks_for_full(claim):
        return Order.MB
    if claim.object.name:
        order = order_of(claim.object.name)
        if order is Order.COMPILER:
            return None
        return order
    return order_in_prose(claim.object.text) or BARRIERS
