"""Comments inside a function that say what is taken or dropped right there."""

from __future__ import annotations

import re
from collections.abc import Iterator

from reviewer.claims.model import Claim, Kind
from reviewer.claims.wording.locks import says_it_is_done_here
from reviewer.judging.context import where
from reviewer.judging.contextstate import Context, switches
from reviewer.judging.holding import GENERIC, Lock
from reviewer.judging.lockstate import is_meant
from reviewer.judging.meant import meant
from reviewer.judging.place import first_done, function_around, is_right_above, place_of
from reviewer.judging.proof import wanted_here
from reviewer.kernel.expressions import lock_name
from reviewer.rule import Example, Reads, Rule, under
from reviewer.source.model import AnchorKind, Function, Operation
from reviewer.verdict import Tier, Verdict, agrees, broken, unknown
from reviewer.world import World

_DOES = {"taken": "lock.acquire", "released": "lock.release"}
_OTHER = {"taken": "released", "released": "taken"}
_SWITCHED = {
    f"{name}-{how}": context
    for name, context in (("irq", Context.IRQ), ("preempt", Context.PREEMPT), ("bh", Context.BH))
    for how in ("off", "on")
}


class LockChangesHere(Rule):
    """ "This drops pond->lock", "takes the lock": a comment beside a call that does so.

    Why it breaks: the call is exchanged for one that leaves the lock alone, or does the contrary,
    and whoever reads on believes that the state has to be looked at again.

    Where it still holds: what the comment stands over, or what it calls, does so. That it is done
    in a helper, or by the lock of another object of that name, is not told apart: comment and code
    agree.

    Write instead: nothing, or what may have changed meanwhile.

    Limits: a finding needs a statement right below that does the contrary with that lock, and none
    behind it that does as the comment says: that one, or a stretch of code, may be meant.

    References: Documentation/kernel-hacking/locking.rst.
    """

    name = "lock-changes-here"
    family = "locking"
    since = "0.2"
    tier = Tier.HINT  # no finding of it has been read yet
    fallback = True
    reads = (Reads(Kind.LEAVES, object=("lock", *_SWITCHED)),)
    stale = (
        Example(
            """
            static void stock(struct pond *pond)
            {
                    pond->fish++;
                    /* Drops pond->lock. */
                    spin_lock(&pond->lock);
            }
            """,
            words="Drops pond->lock",
        ),
    )
    sound = (
        Example(
            """
            static void finish(struct pond *pond)
            {
                    spin_unlock(&pond->lock);
            }

            static void stock(struct pond *pond)
            {
                    spin_lock(&pond->lock);
                    pond->fish++;
                    /* Drops pond->lock. */
                    finish(pond);
            }
            """
        ),
        Example(
            """
            static void stock(struct pond *pond)
            {
                    /* feed() drops pond->lock, so take it again. */
                    spin_lock(&pond->lock);
                    pond->fish++;
                    spin_unlock(&pond->lock);
            }
            """
        ),
    )

    def judge(self, claim: Claim, world: World) -> Verdict | None:
        """Look at what the statement does with the lock that the words mean."""
        function = function_around(claim, world)
        if function is None or claim.object is None or function.has_error:
            return None
        site = place_of(claim, function, world)
        if site is None:
            return None
        first = tuple(
            one
            for one in first_done(claim, site, helpers=True)
            if b";" not in world.source.code(site.at, one.start_byte)
        )
        if not under(claim.object.concept, ("lock",)):
            return _switched(claim, first, world)
        change = claim.get("change")
        lock = meant(claim, function, world)
        if change not in _DOES or lock is None:
            return None
        done = [one for one in _with(lock.name, first) if _may_be(lock, *one, function)]
        wanted, contrary = _DOES[change], _DOES[_OTHER[change]]
        named = claim.subject.name if claim.about == "function" else ""
        for kind, _, operation in done:
            if named and named not in {operation.name, *operation.via}:
                continue  # "bar() drops it", and something else does
            if kind.startswith(wanted):
                through = f"{operation.via[0]}(), by " if operation.via else ""
                said = f"{lock.text} is {change} here, in {through}{operation.name}()"
                return agrees(said, where(operation, world.path))
        plain = claim.about == "code" and says_it_is_done_here(claim)
        alone = claim.comment.anchor.kind is not AnchorKind.BRANCH and lock.owner
        exact = wanted_here(lock)
        mine = bool(done) and exact is not None and is_meant(done[0][1], exact)
        if mine and plain and alone and done[0][0] == contrary and not done[0][2].via:
            operation = done[0][2]
            later = [o for o in site.facts.operations if o.start_byte > operation.start_byte]
            as_said = any(kind.startswith(wanted) for kind, *_ in _with(lock.name, tuple(later)))
            right_there = is_right_above(claim.comment, site.at, world.source)
            if not operation.arms and right_there and not as_said:
                return broken(
                    f"The comment says that {lock.text} is {change} here, but "
                    f"{operation.name}() does the contrary.",
                    where(operation, world.path),
                )
        return unknown(f"nothing is seen to have {lock.text} {change} in the code below")


def _with(name: str, operations: tuple[Operation, ...]) -> Iterator[tuple[str, str, Operation]]:
    """What is done with locks of a name, in source order, and as they are spelled."""
    for operation in operations:
        for tag, spelled in operation.objects:
            if tag.startswith(("lock.acquire", "lock.release")) and lock_name(spelled) == name:
                yield tag, spelled, operation


def _may_be(lock: Lock, _: str, spelled: str, operation: Operation, function: Function) -> bool:
    """True unless a lock of a common name is that of another object than the comment's.

    A helper's own variable is not told apart from what it is called with.
    """
    wanted = wanted_here(lock)
    if lock.name not in GENERIC or wanted is None:
        return True
    known = re.split(r"->|\.", spelled)[0].lstrip("&*") in function.parameters
    return is_meant(spelled, wanted) or (bool(operation.via) and not known)


def _switched(claim: Claim, operations: tuple[Operation, ...], world: World) -> Verdict | None:
    """Agrees if the statement switches off, or on, what the words say."""
    assert claim.object is not None
    context, how = _SWITCHED.get(claim.object.concept), claim.object.concept.partition("-")[2]
    if context is None:
        return None
    found = next((one for one in operations if switches(one, context, off=how == "off")), None)
    if found is None:
        return unknown(f"nothing is seen to switch {context.value} {how} in the code below")
    return agrees(f"{found.name}() does so here", where(found, world.path))
