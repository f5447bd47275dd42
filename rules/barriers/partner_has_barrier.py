"""Rules of pairing that name a function without the barrier."""

from __future__ import annotations

from reviewer.claims.model import Claim, Kind
from reviewer.claims.patterns import Pattern
from reviewer.judging.back import back, pointed
from reviewer.judging.barriers import order_in_prose
from reviewer.judging.bodies import Body
from reviewer.judging.nearby import barrier_for, own_operation, variable_of
from reviewer.judging.pairing import Partner, Place
from reviewer.judging.partners import (
    Found,
    Standing,
    alike,
    partners_of,
    side,
    standing,
    taken_by_patch,
)
from reviewer.judging.variables import target
from reviewer.rule import Example, Reads, Rule
from reviewer.verdict import Location, Severity, Verdict, agrees, broken, unknown
from reviewer.world import World

_PUBLISH = """
static int heron_poll(struct heron *h)
{{
        /* Pairs with the smp_wmb() in heron_publish(). */
        smp_rmb();
        return h->fish;
}}

static void heron_publish(struct heron *h)
{{
        h->fish = 3;
        {}
        h->ready = 1;
}}
"""
"""What some examples are made of."""


class PartnerHasBarrier(Rule):
    """The function that a comment pairs with is taken to hold the barrier it names.

    Why it breaks: the barrier on the other side is dropped, weakened, or moves to another
    function with the code it belongs to, and the comment on this side stays. Then either the
    ordering that both sides rely on is gone, or the reader looks for it in the wrong place.

    Where it still holds: if the function has that barrier or a stronger one (a full barrier for
    smp_wmb(), a release for a write barrier, a value-returning atomic for a full barrier), itself
    or in a static helper, inline or macro it calls. A critical section or a wake-up might stand
    in for a barrier: unknown. A marked access, an acquire or a release must be on a variable that
    the comment's own side uses too; a fence, or a fully ordered operation, need not.

    Write instead: the function and primitive that are there now; and check that the order the
    comment promises still exists.

    Limits: where the function, or a static helper, inline or macro of it, calls through a pointer,
    calls what the tree does not define, or holds assembly, the claim is unknown, unless the patch
    under review takes the barrier away and adds no such call.
    A barrier that moved into another function of its own, called from the named one, is reported
    at low severity, and only if it is for the very variable that the comment's code reads or
    writes. Which of several fences of one function is meant is not judged. Whether the comment on
    the other side points back is evidence only: silence there is no fault, and a list of partners
    need not be complete.

    References: Documentation/memory-barriers.txt, Documentation/atomic_t.txt.
    """

    name = "partner-has-barrier"
    family = "barriers"
    since = "0.1"
    tree_wide = True
    shown_by = frozenset(("marks-exclude-data-race", "pair-forbids-outcome"))
    reads = (Reads(Kind.PAIRS),)
    patterns = (
        Pattern(
            "barrier-in-function",
            Kind.PAIRS,
            r"(?<!with )(?<!with the )(?<!with a )(?<!with an )"
            r"{object:barrier}(?: \([a-z0-9]{1,3}\)| barriers?| calls?)? "
            r"(?:(?:is|are|lives?|sits) )?(?:in|inside|within) (?:the )?{place:func|name}",
            detail=(("force", "in"),),
        ),
        Pattern(
            "pairs-with-short-name",
            Kind.PAIRS,
            r"\b(?:pairs?|paired|pairing|matches|matched) (?:up )?with (?:the |an? |its |smp |full "
            r"|implied |implicit )*(?:mb|rmb|wmb|acquire|release|cmpxchg|xchg|try_cmpxchg)"
            r"(?: barrier)? (?:in|of|from|inside|within|at the (?:top|start|end|bottom) of) "
            r"(?:the )?{place:func|name}",
            object="barrier",
        ),
        Pattern(
            "barrier-is-matched-with",
            Kind.PAIRS,
            r"{subject:barrier} (?:here |above |below )*(?:is|are) (?:matched|coupled) (?:with|by) "
            r"(?:the )?(?:ones?|{object:barrier}) (?:in|inside|of|from) (?:the )?{place:func|name}",
            object="barrier",
        ),
        Pattern(
            "matches-barrier-from",
            Kind.PAIRS,
            r"\bmatch(?:es)? (?:the |an? )?{object:barrier} (?:in|of|from|inside|by) (?:the )?"
            r"{place:func|name}",
        ),
        Pattern(
            "goes-with-barrier-in",
            Kind.PAIRS,
            r"\b(?:goes with|its pair is|its partner is|(?:the )?(?:counterpart|partner) is|"
            r"counterpart (?:of|to)|complements|coupled with) (?:the )?{object:barrier} "
            r"(?:(?:that|which) is )?(?:implied |hidden )?(?:in|of|from|inside|within) (?:the )?"
            r"{place:func|name}",
            detail=(("force", "in"),),
        ),
        Pattern(
            "similar-one-lives-in",
            Kind.PAIRS,
            r"(?:similar|same|another|corresponding|other|counterpart) {object:barrier|func} "
            r"(?:lives|is|sits|stands|can be found|is found) in {place:func}",
            detail=(("force", "in"),),
        ),
    )
    stale = (
        Example(
            _PUBLISH.format("h->ops->settle(h);"),
            before=_PUBLISH.format("h->ops->settle(h);\n        smp_wmb();"),
            words="Pairs with the smp_wmb() in heron_publish()",
        ),
        Example(
            _PUBLISH.format("h->eggs = 1;"),
            words="Pairs with the smp_wmb() in heron_publish()",
        ),
        Example(
            """
            static int teal_limit(struct teal *t)
            {
                    /* Paired with WRITE_ONCE() in teal_setopt() */
                    return READ_ONCE(t->teal_limit);
            }
            """,
            files={
                "mm/other.c": """
            int teal_do_setopt(struct teal *t, int v)
            {
                    WRITE_ONCE(t->teal_limit, v);
                    return 0;
            }

            int teal_setopt(struct pond *p, int v)
            {
                    return teal_do_setopt(p->teal, v);
            }
            """
            },
            words="Paired with WRITE_ONCE() in teal_setopt()",
        ),
        Example(
            """
            static void swan_wake(struct swan *s)
            {
                    s->food = 1;
                    /* The matching barrier for this one is the smp_mb() in swan_sleep(). */
                    smp_mb();
                    if (s->asleep)
                            poke(s);
            }

            static void swan_sleep(struct swan *s)
            {
                    s->asleep = 1;
                    atomic_inc(&s->naps);
                    if (!s->food)
                            s->dreams++;
            }
            """,
            words="smp_mb() in swan_sleep()",
        ),
        Example(
            """
            static int teal_limit(struct teal *t)
            {
                    /* Pairs with the WRITE_ONCE() in teal_setopt(). */
                    return READ_ONCE(t->limit);
            }

            static void teal_setopt(struct teal *t, int v)
            {
                    WRITE_ONCE(t->depth, v);
                    t->limit = v;
            }
            """,
            words="Pairs with the WRITE_ONCE() in teal_setopt()",
        ),
    )
    sound = (
        Example(
            """
            static int heron_poll(struct heron *h)
            {
                    /* Pairs with the smp_wmb() in heron_publish() and in heron_reset(). */
                    smp_rmb();
                    return h->fish;
            }

            static void heron_publish(struct heron *h)
            {
                    h->fish = 3;
                    smp_store_release(&h->ready, 1);
            }

            static void heron_order(struct heron *h)
            {
                    smp_mb__before_atomic();
            }

            static void heron_reset(struct heron *h)
            {
                    heron_order(h);
                    h->ready = 0;
            }
            """
        ),
        Example(
            """
            static void swan_wake(struct swan *s)
            {
                    s->food = 1;
                    /* Pairs with the smp_mb() in swan_sleep(). */
                    smp_mb();
            }

            static void swan_sleep(struct swan *s)
            {
                    if (atomic_dec_return(&s->naps))
                            nap(s);
            }
            """
        ),
        Example(
            """
            static void egret_put(struct egret *e)
            {
                    /* Pairs with egret_get(), and with the unlock in egret_lock_all(). */
                    atomic_dec(&e->users);
            }

            static void egret_get(struct egret *e)
            {
                    e->users++;
            }

            static void egret_lock_all(struct egret *e)
            {
                    e->all = 1;
                    spin_unlock(&e->lock);
            }
            """
        ),
        Example(
            """
            static int teal_limit(struct teal *t)
            {
                    /* Pairs with the smp_store_release() in teal_setopt(). */
                    return smp_load_acquire(&t->limit);
            }

            static void teal_setopt(struct teal *t, int v)
            {
                    write_seqcount_begin(&t->seq);
                    WRITE_ONCE(t->limit, v);
                    write_seqcount_end(&t->seq);
            }
            """
        ),
        Example(_PUBLISH.format("h->ops->settle(h);")),
        Example(_PUBLISH.format("HERON_SETTLE;")),
        Example(_PUBLISH.format("heron_far_away(h);")),
        Example(
            """
            static int stork_poll(struct stork *s)
            {
                    if (READ_ONCE(s->state) != NESTING)
                            return 0;
                    /* Pairs with the smp_wmb() in settle(). */
                    smp_rmb();
                    return s->eggs;
            }

            static int stork_settle(struct stork *s)
            {
                    s->eggs = 2;
                    return stork_tell(s);
            }
            """,
            path="net/stork.c",
            files={"fs/settle.c": "int settle(int bird)\n{\n\treturn bird;\n}\n"},
        ),
    )

    def judge(self, claim: Claim, world: World) -> Verdict | None:
        """Broken if every definition of the place is at hand and none has the barrier."""
        verdict: Verdict | None = None
        for partner, place in partners_of(claim):
            verdict = _judge(claim, world, partner, place)
            if verdict is not None and verdict.decision.value == "broken":
                return verdict
        return verdict


def _judge(claim: Claim, world: World, partner: Partner, place: Place) -> Verdict | None:
    if not partner.primitives:
        return None
    what = _what(partner)
    if partner.want is None:
        return unknown(f"{what} is no ordering primitive that kstale knows")
    found = standing(world, partner, place, side(world, claim))
    where = f"{place.name}()" if place.name and not place.file else place.name or "this file"
    match found.standing:
        case Standing.VANISHED | Standing.UNRESOLVED:
            return unknown(f"no definition of {where} at hand")
        case Standing.OPAQUE:
            return unknown(f"{where} holds assembly")
        case Standing.UNSEEN:
            if not taken_by_patch(world, partner, place, found):
                return unknown(f"{where} has no {what}{_hidden(found)}")
            return _absent(claim, world, partner, place, found)
        case Standing.WEAK:
            return unknown(f"{where} has no {what}, {found.standing.value} that might do")
        case Standing.DIRECT | Standing.HELPER:
            spot = (
                (Location(found.call.path, found.call.line, f"{found.call.name}()"),)
                if found.call
                else ()
            )
            return agrees(f"{where} has it, or a stronger one{_back(claim, found)}", *spot)
        case Standing.ELSEWHERE:
            return _moved(claim, world, partner, place, found)
        case Standing.ABSENT:
            return _absent(claim, world, partner, place, found)


def _absent(claim: Claim, world: World, partner: Partner, place: Place, found: Found) -> Verdict:
    """All of the place is seen, and has not the barrier: broken, unless another may be meant."""
    what = _what(partner)
    where = f"{place.name}()" if place.name and not place.file else place.name or "this file"
    if not place.name or place.file:
        return unknown(f"no {what} in {where}, but it may be meant loosely")
    if (own := own_operation(world, place.name, found.bodies)) != "":
        return unknown(f"{where} has no {what}, but {own}() may be meant")
    if not partner.exact and _called_here(claim, world, place):
        return unknown(f"no barrier found in {where}, which the code here calls")
    if found.others:
        return _other_variables(partner, place, found)
    near = [one for one in alike(world, partner, place) if one != place.name]
    hint = f" {near[0]}() has it." if near else pointed(world, claim)
    return broken(
        f"The comment pairs with {what} in {where}, but {where} has none, nor anything "
        f"stronger, itself or in what it calls.{hint}",
        *(_location(body) for body in found.bodies),
    )


def _hidden(found: Found) -> str:
    """What cannot be looked into, in words."""
    if not found.hidden:
        return "; what it calls needs the index of the tree"
    names = ", ".join(f"{one}" for one in sorted(found.hidden)[:2])
    return f", but what {names} does there cannot be seen"


def _called_here(claim: Claim, world: World, place: Place) -> bool:
    """True if the code under the comment calls the place: its barrier may be anywhere below."""
    anchor = claim.comment.anchor
    return place.name in world.source.identifiers(anchor.start_byte, anchor.end_byte)


def _back(claim: Claim, found: Found) -> str:
    """Whether the comment there points back, for the ledger."""
    if found.call is None or found.call.via:
        return ""
    words = back(claim, found.call.body, found.call)
    return f"; {words}" if words else ""


def _other_variables(partner: Partner, place: Place, found: Found) -> Verdict:
    """What is there is on variables that the code under the comment never touches."""
    first = found.others[0]
    names = sorted({target(one) for one in found.others})[:3]
    return broken(
        f"The comment pairs with {_what(partner)} in {place.name}(), but what {place.name}() has "
        f"of the kind is for {', '.join(names)}, which this side never touches.",
        Location(first.path, first.line, f"{first.name}() is for {target(first)}"),
        *(_location(body) for body in found.bodies),
    )


def _what(partner: Partner) -> str:
    names = (one if order_in_prose(one) else f"{one}()" for one in partner.primitives)
    return " or ".join(names)


def _location(body: Body) -> Location:
    return Location(body.path, body.line, f"{body.name}() is here, without the barrier")


def _moved(claim: Claim, world: World, partner: Partner, place: Place, found: Found) -> Verdict:
    """The barrier is in a function that the named one calls; wrong place if for our variable."""
    call = found.call
    assert call is not None
    variable = variable_of(claim, world)
    if variable and partner.exact and call.via[-1].shared:
        for body in found.bodies:
            if variable in body.source.identifiers(body.start, body.end):
                break
        else:
            spot = barrier_for(call.via[-1], partner, variable)
            if spot is not None:
                shared = call.via[-1]
                return broken(
                    f"The comment pairs with {_what(partner)} in {place.name}(), but the one for "
                    f"{variable} is in {shared.name}(); {place.name}() itself never touches it.",
                    Location(spot.path, spot.line, f"{spot.name}() for {variable}"),
                    *(_location(body) for body in found.bodies),
                    severity=Severity.LOW,
                )
    return unknown(f"the barrier is in {call.via[-1].name}(), which {place.name}() calls")
