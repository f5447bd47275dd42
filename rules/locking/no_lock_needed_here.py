"""Comments inside a function that say that no lock is needed there."""

from __future__ import annotations

from functools import partial

from reviewer.claims.model import Claim, Kind
from reviewer.claims.wording.locks import is_done_by_another, says_avoided, speaks_of_lock
from reviewer.claims.wording.near import is_of_noun_before
from reviewer.evidence.put_there import is_put_there
from reviewer.judging.context import where
from reviewer.judging.holding import Lock, documented, lock_of
from reviewer.judging.place import function_around, place_of
from reviewer.kernel.expressions import lock_name
from reviewer.rule import Example, Reads, Rule
from reviewer.source.model import AnchorKind, Function, Operation
from reviewer.verdict import Location, Tier, Verdict, agrees, broken, unknown
from reviewer.world import World


class NoLockNeededHere(Rule):
    """A comment says that a place needs no lock, and the code is taken to do without.

    Why it breaks: the lock was put in later, for a race that was found, and the comment above it
    still says that there is none.

    Where it still holds: no lock is taken by the code the comment stands over, nor held from
    before in its function.

    Write instead: take the words out, or say why the lock is there.

    Limits: that no lock is taken is all that is looked at, not whether none is needed: comment and
    code agree. A lock is a finding only if it is the first thing that the code below does, and if
    the patch under review puts it there: of 13 such comments in a tree, over a lock that had
    always stood there, none was false. They say why it is taken all the same.

    References: Documentation/kernel-hacking/locking.rst.
    """

    name = "no-lock-needed-here"
    family = "locking"
    since = "0.2"
    tier = Tier.HINT  # no finding of it has been read yet
    fallback = True
    reads = (Reads(Kind.NEEDS_NONE, object=("lock",)), Reads(Kind.NEEDS_NONE, subject=("data",)))
    stale = (
        Example(
            """
            static void stock(struct pond *pond)
            {
                    /* No need to lock, since nobody else can see the pond yet. */
                    spin_lock(&pond->lock);
                    pond->fish++;
                    spin_unlock(&pond->lock);
            }
            """,
            words="No need to lock",
            before="""
            static void stock(struct pond *pond)
            {
                    /* No need to lock, since nobody else can see the pond yet. */
                    pond->fish++;
            }
            """,
        ),
    )
    sound = (
        Example(
            """
            static void stock(struct pond *pond)
            {
                    /* No need to lock, since nobody else can see the pond yet. */
                    spin_lock(&pond->lock);
                    pond->fish++;
                    spin_unlock(&pond->lock);
            }
            """
        ),
        Example(
            """
            static void stock(struct pond *pond)
            {
                    /* No need to lock, but lockdep wants it. */
                    spin_lock(&pond->lock);
                    pond->fish++;
                    spin_unlock(&pond->lock);
            }
            """,
            before="""
            static void stock(struct pond *pond)
            {
                    pond->fish++;
            }
            """,
        ),
        Example(
            """
            static void stock(struct pond *pond)
            {
                    /* No need to lock, since nobody else can see the pond yet. */
                    spin_lock(&pond->lock);
                    pond->fish++;
                    pond->full = 1;
                    spin_unlock(&pond->lock);
            }
            """,
            before="""
            static void stock(struct pond *pond)
            {
                    /* No need to lock, since nobody else can see the pond yet. */
                    spin_lock(&pond->lock);
                    pond->fish++;
                    spin_unlock(&pond->lock);
            }
            """,
        ),
        Example(
            """
            static void stock(struct pond *pond)
            {
                    /* No need to lock, since nobody else can see the pond yet. */
                    pond->fish++;
                    spin_lock(&pond->lock);
                    pond->shown = 1;
                    spin_unlock(&pond->lock);
            }
            """
        ),
        Example(
            """
            static void stock(struct pond *pond)
            {
                    /* No need to take keeper_lock here. */
                    spin_lock(&pond->lock);
                    pond->fish++;
                    spin_unlock(&pond->lock);
            }
            """
        ),
    )

    def judge(self, claim: Claim, world: World) -> Verdict | None:
        """Look at the locks that are taken before and at the place."""
        if says_avoided(claim) or is_of_noun_before(claim):
            return None
        whole = documented(claim, world)
        if whole is not None and is_done_by_another(claim):
            return None
        if whole is not None and speaks_of_lock(claim):
            return _takes_none(claim, whole, world)
        function = function_around(claim, world)
        if function is None or claim.comment.anchor.kind is AnchorKind.LINE:
            return None
        if not speaks_of_lock(claim):
            return None
        if function.has_error:
            return unknown(f"{function.name}() could not be parsed")
        site = place_of(claim, function, world)
        if site is None:
            return unknown("the comment stands over no code")
        lock = lock_of(claim)
        named = lock if lock is not None and not lock.prose else None
        facts = world.facts(claim)
        locks = [one for one in facts.operations if one.about("lock") and not one.via]
        first = locks[0] if locks else None
        inside = next((one for one in facts.operations if one.via and _takes(one, named)), None)
        if inside is not None:
            return unknown(f"{inside.via[0]}() takes a lock among the code below the comment")
        before = [one for one in site.facts.operations if one.start_byte < site.at]
        if asserted := [one for one in facts.operations if _asserts(one, named)]:
            return unknown(f"{asserted[0].name}() asks for a lock that is held")
        if first is not None and _takes(first, named):
            ahead = world.source.code(site.at, first.start_byte)
            here = b";" not in ahead and not first.arms
            alike = partial(_takes, named=named)
            if here and _plain(claim) and is_put_there(alike, claim, function, world):
                return broken(
                    f"The comment says that no lock is needed here, but this patch puts "
                    f"{first.name}({first.about('lock.acquire')[0]}) below it.",
                    where(first, world.path),
                )
            return unknown(f"{first.name}() stands among the code below the comment")
        held = [one for one in before if _takes(one, named)]
        left = [one for one in before if one.about("lock.release")]
        if held and len(left) < len(held):
            return unknown(f"{held[-1].name}() comes before, and may still be held")
        what = named.text if named is not None else "no lock"
        said = f"{function.name}() takes {'no ' if named else ''}{what} here"
        return agrees(said, Location(world.path, site.line, "no lock is taken for it"))


def _takes_none(claim: Claim, function: Function, world: World) -> Verdict:
    """Agrees if a function of which it is said takes no such lock, as far as its code is seen."""
    if function.has_error:
        return unknown(f"{function.name}() could not be parsed")
    lock = lock_of(claim)
    named = lock if lock is not None and not lock.prose else None
    for operation in world.function_facts(function).operations:
        if _takes(operation, named) or _asserts(operation, named):
            return unknown(f"{operation.name}() is among what {function.name}() does")
    what = named.text if named is not None else "lock"
    at = Location(world.path, function.start_line, f"{function.name}()")
    return agrees(f"{function.name}() takes no {what}", at)


def _takes(operation: Operation, named: Lock | None) -> bool:
    spelled = operation.about("lock.acquire")
    if named is None:
        return bool(spelled)
    return any(lock_name(one) == named.name for one in spelled)


def _asserts(operation: Operation, named: Lock | None) -> bool:
    """True for an assertion that a lock is held: then one is needed.

    Not in a helper or in one arm, where it may be of another case than the comment's.
    """
    if operation.via or operation.arms:
        return False
    spelled = operation.about("lock.assert")
    return bool(spelled) if named is None else any(lock_name(o) == named.name for o in spelled)


def _plain(claim: Claim) -> bool:
    """True if the words are about all locks, without a condition, and of the code right below."""
    scope = claim.scope
    limited = scope.condition or scope.unless or scope.until or scope.place
    return not limited and lock_of(claim) is None
