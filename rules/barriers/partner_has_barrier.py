"""Rules of pairing that name a function without the barrier."""

from __future__ import annotations

from reviewer.claims.model import Claim, Kind
from reviewer.claims.patterns import Pattern
from reviewer.evidence.partner import on_the_other_side
from reviewer.judging.partners import partners_of
from reviewer.rule import Example, Reads, Rule
from reviewer.verdict import Verdict
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
            verdict = on_the_other_side(claim, world, partner, place)
            if verdict is not None and verdict.decision.value == "broken":
                return verdict
        return verdict
