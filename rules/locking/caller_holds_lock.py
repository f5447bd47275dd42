"""Functions that take the lock their callers are told to hold."""

from __future__ import annotations

from reviewer.claims.model import Claim, Kind, Role
from reviewer.claims.wording.duties import asks_callers, on_entry, perhaps_on_entry
from reviewer.evidence.asked_of_callers import shown_of
from reviewer.judging.holding import GENERIC, lock_of
from reviewer.judging.serializing import callers_serialize
from reviewer.judging.spoken import spoken_of
from reviewer.rule import Example, Reads, Rule
from reviewer.source.model import AnchorKind, Function
from reviewer.verdict import STANDS, Decision, Tier, Verdict, unknown
from reviewer.world import World

_POND = """
struct pond_ops {
        void (*restock)(struct pond *pond);
};

struct pond {
        struct mutex fish_mutex;
        struct work_struct work;
        const struct pond_ops *ops;
};
/* Called with fish_mutex held. */
static void stock(struct pond *pond)
{
        pond->fish++;
}
"""
_FILL = """
void fill(struct pond *pond)
{
        INIT_WORK(&pond->work, feed);
        mutex_lock(&pond->fish_mutex);
        stock(pond);
        mutex_unlock(&pond->fish_mutex);
}
"""


class CallerHoldsLock(Rule):
    """The caller is told to hold a lock, and the function is taken to rely on it.

    Why it breaks: locking moves between caller and callee. When a function is changed to take
    the lock itself (or to assert that it is not held), a comment that still asks the caller for
    it asks for a deadlock. When a function now asserts the lock for writing, "held for reading"
    is not enough. Or the callers moved on: one has dropped the lock by then, or takes it only
    after the call.

    Where it still holds: the function asserts the lock, is annotated with __must_hold(), drops
    the lock before it takes it again, or every call in the tree is made with the lock held. Of
    "this function is protected by the lock" only that holds: it may as well take it itself.

    Write instead: "Takes foo->lock", or what lockdep_assert_held*() in the code says.

    Limits: a lock called by words ("the pool lock") is the one lock that fits them, or the one
    they can be about that every call holds; a finding on it is a hint. That an interrupt handler,
    a timer, a work item or a thread reaches the function through code that does not know the lock
    is a hint, and told only of calls made under no condition.
    A lock with a common name (lock, mutex) is compared with its owner as written; locks taken
    under a condition, by trylock, for reading, or nested are left undecided. Callers are evidence
    where the function itself says nothing; one whose state is not certain on every way to the call
    leaves the claim undecided.

    References: Documentation/locking/lockdep-design.rst, include/linux/lockdep.h.
    """

    name = "caller-holds-lock"
    family = "locking"
    since = "0.1"
    reads = (
        Reads(Kind.REQUIRES, object=("lock",)),
        Reads(Kind.PROTECTED, object=("lock",)),
        Reads(Kind.SERIALIZED),
    )
    stale = (
        Example(
            """
            /* Called with pond_mutex held. */
            static void stock(struct pond *pond)
            {
                    mutex_lock(&pond_mutex);
                    pond->fish++;
                    mutex_unlock(&pond_mutex);
            }
            """,
            words="Called with pond_mutex held",
        ),
        Example(
            """
            /* The caller must hold pond->pond_sem for reading. */
            static void drain(struct pond *pond)
            {
                    lockdep_assert_held_write(&pond->pond_sem);
                    pond->fish = 0;
            }
            """,
            words="caller must hold pond->pond_sem for reading",
        ),
        Example(
            """
            /* Called with p->lock held. */
            static void stock(struct pond *p)
            {
                    p->fish++;
            }

            void fill(struct pond *pond)
            {
                    stock(pond);
                    spin_lock(&pond->lock);
                    pond->full = 1;
                    spin_unlock(&pond->lock);
            }
            """,
            words="Called with p->lock held",
        ),
        Example(
            _POND
            + """
static void feed(struct work_struct *work)
{
        stock(pond_of(work));
}
"""
            + _FILL,
            words="Called with fish_mutex held",
        ),
        Example(
            _POND
            + """
static const struct pond_ops ops = { .restock = stock };

static void feed(struct work_struct *work)
{
        struct pond *pond = pond_of(work);

        if (!pond->water)
                return;
        if (pond->ops->restock) {
                pond->fed = 1;
                pond->ops->restock(pond);
        }
}
"""
            + _FILL,
            words="Called with fish_mutex held",
        ),
        Example(
            """
            /* Pond lock should be held as this looks at depth. */
            static int depth_of(struct fish *fish)
            {
                    return fish->depth;
            }

            int catch(struct pond *pond)
            {
                    struct fish *fish;
                    int depth;

                    spin_lock(&pond->lock);
                    fish = pond->first;
                    spin_unlock(&pond->lock);
                    depth = depth_of(fish);
                    return depth;
            }
            """,
            words="Pond lock should be held",
        ),
    )
    sound = (
        Example(
            _POND
            + """
static void feed(struct work_struct *work)
{
        struct pond *pond = pond_of(work);

        if (pond->mine)
                stock(pond);
}
"""
            + _FILL
        ),
        Example(
            """
            /* Pond lock should be held as this looks at depth. */
            static int depth_of(struct fish *fish)
            {
                    return fish->depth;
            }

            int catch(struct pond *pond, struct pond *other)
            {
                    struct fish *fish;

                    spin_lock(&pond->lock);
                    fish = pond->first;
                    spin_unlock(&pond->lock);
                    return depth_of(other->first);
            }
            """
        ),
        Example(
            """
            /* The caller must hold a lock on the pond that is exclusive enough. */
            static void stock(struct keeper *keeper, struct pond *pond)
            {
                    spin_lock(&keeper->lock);
                    keeper->ponds++;
                    spin_unlock(&keeper->lock);
            }
            """
        ),
        Example(
            """
            /* Note: @test is called with pond_hash_lock held, so it can't sleep. */
            static void stock(struct pond *pond, int (*test)(struct pond *))
            {
                    spin_lock(&pond_hash_lock);
                    pond->count += test(pond);
                    spin_unlock(&pond_hash_lock);
            }
            """
        ),
        Example(
            """
            /* Must acquire pond_list_lock, as the keeper may look. */
            static void stock(struct pond *pond)
            {
                    spin_lock(&pond_list_lock);
                    pond->count++;
                    spin_unlock(&pond_list_lock);
            }
            """
        ),
        Example(
            """
            /* Called with p->lock held. */
            static void stock(struct pond *p)
            {
                    p->fish++;
            }

            void fill(struct farm *farm)
            {
                    spin_lock(&farm->pond.lock);
                    stock(&farm->pond);
                    spin_unlock(&farm->pond.lock);
            }
            """
        ),
        Example(
            """
            /* Called with p->lock held, drops it. */
            static void stock(struct pond *p)
            {
                    finish(p);
            }

            void fill(struct pond *pond)
            {
                    stock(pond);
                    spin_lock(&pond->lock);
                    pond->full = 1;
                    spin_unlock(&pond->lock);
            }
            """
        ),
        Example(
            """
            /* Called with p->lock held. */
            static void stock(struct pond *p)
            {
                    p->fish++;
            }

            void fill(struct pond *pond, int locked)
            {
                    if (!locked)
                            spin_lock(&pond->lock);
                    stock(pond);
                    if (!locked)
                            spin_unlock(&pond->lock);
            }
            """
        ),
        Example(
            """
            /* Called with pond_mutex held. */
            static void stock(struct pond *pond)
            {
                    lockdep_assert_held(&pond_mutex);
                    pond->fish++;
            }
            """
        ),
        Example(
            """
            /* Called with pond_mutex held, drops and retakes it. */
            static void feed(struct pond *pond)
            {
                    mutex_unlock(&pond_mutex);
                    throw_bread(pond);
                    mutex_lock(&pond_mutex);
            }
            """
        ),
        Example(
            """
            /* The caller must hold the parent's pond_sem. */
            static void stock(struct pond *pond)
            {
                    down_write(&pond->pond_sem);
                    pond->fish++;
                    up_write(&pond->pond_sem);
            }
            """
        ),
        Example(
            """
            /* Called with pond->lock held. */
            static void stock(struct pond *pond)
            {
                    spin_lock(&pond->fish->lock);
                    pond->fish->count++;
                    spin_unlock(&pond->fish->lock);
            }
            """
        ),
    )

    def judge(self, claim: Claim, world: World) -> Verdict | None:
        """Compare with what the function asserts, takes and drops."""
        if claim.kind is Kind.SERIALIZED:
            function = _under(claim, world)
            asked = function is not None and asks_callers(claim)
            return callers_serialize(function, world) if function and asked else None
        if claim.kind is Kind.PROTECTED:
            return _guarded(claim, world)
        verdict = _judged(claim, world)
        if verdict is not None and not on_entry(claim) and verdict.decision not in STANDS:
            return unknown("the words do not say for certain that the caller holds it")
        if verdict is not None and verdict.decision is Decision.BROKEN:
            doubt = _doubt(claim, hint=verdict.tier is Tier.HINT)
            if doubt:
                return unknown(f"{doubt} ({verdict.message})")
        return verdict


def _guarded(claim: Claim, world: World) -> Verdict | None:
    """Of "this routine is guarded by the lock" over a function: whether its callers hold it.

    It may as well take the lock itself: what does not hold is unknown.
    """
    if _under(claim, world) is None:
        return None
    spoken = spoken_of(claim, world)
    if spoken is None or not spoken.here:
        return None
    verdict = shown_of(spoken.function, claim, spoken.world)
    return verdict if verdict.decision in STANDS else unknown(verdict.message)


def _under(claim: Claim, world: World) -> Function | None:
    """The function a comment stands over, whatever the claim is about."""
    anchor = claim.comment.anchor
    over = anchor.kind is AnchorKind.FUNCTION and not anchor.function
    return world.function(claim) if over else None


def _doubt(claim: Claim, *, hint: bool) -> str:
    """Why the claim may ask for something else than what it is read as, or ''.

    Of 41 findings of a whole 6.12 all were read: 21 were right. These three kinds, and a duty "to
    take" a lock that nobody is named for, were 19 of the 20 wrong ones and 6 of the right.
    """
    lock = lock_of(claim)
    if lock is None or (lock.prose and not hint) or (lock.name in GENERIC and not lock.owner):
        return "the lock is called by words, and may be another one"
    if claim.role is Role.REASON:
        return "it is said as a reason, perhaps of what the function calls"
    if claim.get("section") == "locking" and claim.get("force") == "states":
        return "it says which lock is used, not who takes it"
    return ""


def _judged(claim: Claim, world: World) -> Verdict | None:
    spoken = spoken_of(claim, world)
    if spoken is None or not perhaps_on_entry(claim):
        return None
    if not spoken.here and lock_of(claim) is None and not spoken.function.macro:
        return unknown(f"which lock {spoken.function.name}() is said to need is not named")
    verdict = shown_of(spoken.function, claim, spoken.world)
    if not spoken.here and verdict.decision is Decision.BROKEN:
        return unknown(f"it is said in passing, far from the function ({verdict.message})")
    return verdict
