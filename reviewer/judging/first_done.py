"""What is held on entry, by the first thing that a function does with the lock.

Whoever asserts or drops a lock was entered with it; whoever takes it was not. An assertion behind
an early return shows it of what goes on from there.
"""

from __future__ import annotations

import re

from reviewer.claims.model import Claim
from reviewer.judging.holding import Lock, LockOperation, Same, one_of_several
from reviewer.judging.members import is_only_one, struct_of
from reviewer.judging.ran import by_goto_only, is_reached
from reviewer.kernel.expressions import normal
from reviewer.source.model import Function
from reviewer.verdict import Verdict, agrees, broken, unknown
from reviewer.world import World


def by_first(
    done: tuple[LockOperation, ...], lock: Lock, claim: Claim, function: Function, world: World
) -> Verdict | None:
    """The verdict on a claim that callers hold a lock; None if nothing is done with it."""
    if not done:
        return None
    first = done[0]
    if first.kind in ("assert", "release") and not is_reached(first.operation, function, world):
        return unknown(f"{function.name}() has {first.operation.name}() where it never runs")
    at = first.location(world.path, f"{first.operation.name}({first.spelled})")
    what = f"{function.name}() at line {first.operation.line}"
    if first.kind == "assert":
        if first.sure is Same.YES and first.always and _stricter(lock, first):
            return broken(
                f"The comment asks for {lock.text} held for reading, but {what} asserts that it "
                "is held for writing.",
                at,
            )
        if first.operation.arms or by_goto_only(first.operation, function, world):
            return unknown(f"{what} asserts {first.spelled} only under a condition")
        return agrees(f"{what} asserts {first.spelled}", at)
    if first.kind == "release":
        return agrees(f"{what} drops {first.spelled}, so it is held on entry", at)
    if first.sure is not Same.YES or _is_of_one_of_two(lock, first, function, world):
        return unknown(f"{what} takes {first.spelled}, which may be another lock")
    if first.kind == "try" or not first.always:
        return unknown(f"{what} takes {first.spelled} only under a condition")
    if first.kind == "acquire" and first.mode == "read":
        return unknown(f"{what} takes {first.spelled} for reading, which may nest")
    if one_of_several(claim):
        return unknown(f"{what} takes {first.spelled}, but the comment leaves a choice of locks")
    if first.kind == "assert_not":
        return broken(
            f"The comment asks for {lock.text} held, but {what} asserts that it is not held.", at
        )
    if not any(later.kind == "release" for later in done[1:]):
        return unknown(f"{what} takes {first.spelled} and keeps it, as a function that locks does")
    return broken(
        f"The comment asks the caller to hold {lock.text}, but {what} takes it itself: a caller "
        "that follows the comment deadlocks.",
        at,
    )


def _is_of_one_of_two(lock: Lock, first: LockOperation, function: Function, world: World) -> bool:
    """True if the comment does not say whose lock it is and the function knows two such objects."""
    root, *rest = re.split(r"->|\.", normal(first.spelled))
    if lock.owner or not rest or root not in function.parameters:
        return False
    return bool(struct_of(world.source, function, root)) and not is_only_one(
        world.source, function, root
    )


def _stricter(lock: Lock, first: LockOperation) -> bool:
    return lock.mode == "read" and first.mode == "write"
