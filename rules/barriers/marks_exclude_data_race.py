"""Pairs of marked accesses of which one is plain, shown by a model of both functions."""

from __future__ import annotations

from reviewer.claims.model import Claim, Kind
from reviewer.evidence.models.marked import marked_model, names_marked
from reviewer.evidence.models.pairs import Answer, PairModel
from reviewer.evidence.models.verdicts import judged
from reviewer.judging.machines import admitted
from reviewer.judging.partners import partners_of
from reviewer.rule import Example, Reads, Rule
from reviewer.verdict import Breaks, Decision, Evidence, Location, Tier, Verdict, holds, unknown
from reviewer.world import World


class MarksExcludeDataRace(Rule):
    """Two marked accesses are said to pair, so that they are no data race.

    Why it breaks: READ_ONCE() and WRITE_ONCE() order nothing; they say that two CPUs may be at one
    place at once. If a patch makes either access plain, the compiler may tear, repeat or invent it,
    and the other side sees values that nobody stored.

    How it is judged: both functions are followed along their paths, helpers included. The marked
    access at the comment and one of the other side to the same member are put to the kernel's
    memory model with the locks that are held at each. The claim holds if the model warns of no data
    race, and of one with either access plain, and if no other access of either function to that
    member is in a race. It is broken if it held before the patch and an access is plain now that
    the model finds in a race. `kstale model PATH:LINE` prints the test.

    Write instead: mark the access again, or say which lock both sides hold now.

    Limits: locks that callers hold are not seen. The pair stays unknown where both sides use locks
    that the model does not have (lock_sock(), guard(), a reader's side), where the member's address
    or its object as a whole is handed on, and where a plain access stands in data_race(); nothing
    is broken where a patch adds calls or a function asserts a lock. Accesses of other functions are
    not asked about.

    References: tools/memory-model/Documentation/access-marking.txt; "Who's afraid of a big bad
    optimizing compiler?" (lwn.net/Articles/793253).
    """

    name = "marks-exclude-data-race"
    family = "barriers"
    since = "0.1"
    tree_wide = True
    reads = (Reads(Kind.PAIRS),)
    stale = (
        Example(
            """
            static int teal_limit(struct teal *t)
            {
                    /* Pairs with the WRITE_ONCE() in teal_setopt(). */
                    return READ_ONCE(t->limit);
            }

            static void teal_setopt(struct teal *t, int v)
            {
                    t->limit = v;
            }
            """,
            before="""
            static int teal_limit(struct teal *t)
            {
                    /* Pairs with the WRITE_ONCE() in teal_setopt(). */
                    return READ_ONCE(t->limit);
            }

            static void teal_setopt(struct teal *t, int v)
            {
                    WRITE_ONCE(t->limit, v);
            }
            """,
            words="Pairs with the WRITE_ONCE() in teal_setopt()",
            breaks="result",
        ),
        Example(
            """
            static int teal_limit(struct teal *t)
            {
                    /* Pairs with the WRITE_ONCE() in teal_setopt(). */
                    return t->limit;
            }

            static void teal_setopt(struct teal *t, int v)
            {
                    WRITE_ONCE(t->limit, v);
            }
            """,
            before="""
            static int teal_limit(struct teal *t)
            {
                    /* Pairs with the WRITE_ONCE() in teal_setopt(). */
                    return READ_ONCE(t->limit);
            }

            static void teal_setopt(struct teal *t, int v)
            {
                    WRITE_ONCE(t->limit, v);
            }
            """,
            words="Pairs with the WRITE_ONCE() in teal_setopt()",
            breaks="result",
        ),
    )
    sound = (
        Example(
            """
            static int teal_limit(struct teal *t)
            {
                    /* Pairs with the WRITE_ONCE() in teal_setopt(). */
                    return READ_ONCE(t->limit);
            }

            static void teal_setopt(struct teal *t, int v)
            {
                    WRITE_ONCE(t->limit, v);
            }
            """
        ),
        Example(
            """
            static int teal_limit(struct teal *t)
            {
                    int limit;

                    spin_lock(&t->lock);
                    /* Pairs with the WRITE_ONCE() in teal_setopt(). */
                    limit = t->limit;
                    spin_unlock(&t->lock);
                    return limit;
            }

            static void teal_setopt(struct teal *t, int v)
            {
                    spin_lock(&t->lock);
                    WRITE_ONCE(t->limit, v);
                    spin_unlock(&t->lock);
            }
            """,
            before="""
            static int teal_limit(struct teal *t)
            {
                    /* Pairs with the WRITE_ONCE() in teal_setopt(). */
                    return READ_ONCE(t->limit);
            }

            static void teal_setopt(struct teal *t, int v)
            {
                    WRITE_ONCE(t->limit, v);
            }
            """,
        ),
    )

    def judge(self, claim: Claim, world: World) -> Verdict | None:
        """Holds if the marks exclude a race, broken if a patch took one away."""
        unsure: PairModel | None = None
        held: Verdict | None = None
        for partner, place in partners_of(claim):
            if not place.name or place.file or not names_marked(partner):
                continue
            model = marked_model(world, claim, partner, place)
            if model.answer is Answer.ALLOWS:
                return _broken(claim, world, model, place.name)
            if model.answer is Answer.UNKNOWN:
                unsure = unsure or model
            else:
                held = held or holds(
                    f"no {model.why} with both marks; one without either",
                    *(Location(e.path, e.line, f"{e.name}()") for e in model.rests_on),
                )
        return unknown(unsure.why) if unsure is not None else held


def _broken(claim: Claim, world: World, model: PairModel, other: str) -> Verdict:
    assert model.program is not None
    assert model.shape is not None
    found = judged(model.program, admitted(world, claim))
    if not found.machines.broken:
        return unknown("the two accesses meet on no machine here")
    side = "here" if model.missing == "own" else f"in {other}()"
    steps = (model.shape.own.first, model.shape.other.first)
    return Verdict(
        Decision.BROKEN,
        f"This patch makes the access {side} a plain one: the kernel's memory model warns of no "
        f"{model.why} before it, and of one after it.",
        breaks=Breaks.RESULT,
        evidence=Evidence(
            tuple(Location(e.path, e.line, f"{e.name} of {e.place}") for e in steps), found.witness
        ),
        machines=found.machines,
        tier=Tier.STRONG,
    )
