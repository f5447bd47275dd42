"""What waits without being a wait of the kernel's: poll loops, a lock taken and dropped, helpers.

A comment says what is waited for. Whether it is that which ends the wait is not asked: what is
found here agrees with such a comment, and never shows that it holds.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from itertools import pairwise

from reviewer.claims.model import Claim
from reviewer.judging.bodies import Call, bodies, reached
from reviewer.judging.context import where
from reviewer.kernel import primitive
from reviewer.rule import under
from reviewer.source.model import Flow, Operation
from reviewer.verdict import Location, Verdict, agrees
from reviewer.world import World

_POLLS = re.compile(r"[mnu]?sleep(?:_range\w*|_interruptible)?|fsleep|cpu_relax|[mnu]delay")
"""What a loop does between two looks at what it waits for (include/linux/{delay,processor}.h)."""
_IN_LOOP = re.compile(rb"\b(?:for|while)\b")
"""In a helper, or a macro like read_poll_timeout(), that polls."""
_SAYS = re.compile(
    r"(?:^|_)(?:wait|sync|synchronize|drain|quiesce|flush|poll|join)(?:_|\Z)|_timeout\Z"
)
"""Names of helpers that are there to wait: only into these is it looked, as each costs a parse."""
_RCU = re.compile(r"\bS?RCU\b|\bgrace[- ]periods?\b", re.I)
_CALLS_AT_MOST = 200


def is_of_rcu(claim: Claim) -> bool:
    """True if the wait is said to be one for readers of RCU."""
    if claim.object is not None and under(claim.object.concept, ("rcu-gp", "rcu-reader")):
        return True
    return _RCU.search(claim.quote) is not None


def wait_done(operations: Iterable[Operation], claim: Claim, world: World) -> Verdict | None:
    """Agrees if some operation polls in a loop, waits for a lock, or is a helper that waits."""
    if is_of_rcu(claim):
        return None
    every = list(operations)
    for one in every:
        if one.flow is Flow.LOOP and _POLLS.fullmatch(one.name):
            return agrees(f"{one.name}() stands in a loop here", where(one, world.path))
    for one, after in pairwise(one for one in every if one.about("lock")):
        taken = set(one.about("lock.acquire")) & set(after.about("lock.release"))
        if taken and _is_next(one, after, world):
            said = f"{taken.pop()} is taken and dropped, which waits for who has it"
            return agrees(said, where(one, world.path), where(after, world.path))
    for one in every:
        place = None if one.concepts or one.via else _waits(one, world)
        if place is not None:
            return agrees(f"{one.name}() waits, in {place.note}", where(one, world.path), place)
    return None


def _is_next(one: Operation, after: Operation, world: World) -> bool:
    """True if nothing stands between two operations, of a function or of one helper of it."""
    if one.via or after.via:
        apart = after.place[1] - one.place[1]
        return one.start_byte == after.start_byte and one.via == after.via and apart in (0, 1)
    between = world.source.code(one.start_byte, after.start_byte)
    return between.count(b";") == 1 and b"{" not in between and b"}" not in between


def _waits(operation: Operation, world: World) -> Location | None:
    """Where a helper waits, itself or in what it calls; None if no wait is seen."""
    if not operation.name.isidentifier() or _SAYS.search(operation.name) is None:
        return None
    for body in bodies(world, operation.name):
        for number, call in enumerate(reached(world, body, lambda one: primitive(one) is not None)):
            known = primitive(call.name)
            waits = known is not None and (
                known.does("wait.event") or known.does("rcu.synchronize")
            )
            if waits or _polls(call):
                return Location(call.path, call.line, f"{call.name}()")
            if number > _CALLS_AT_MOST:
                break
    return None


def _polls(call: Call) -> bool:
    """True if a call stands in a loop, and is what one does between two looks."""
    if _POLLS.fullmatch(call.name) is None:
        return False
    source, start = call.body.source, call.body.start
    ahead = source.code(start, source.layout.lines[call.line - 1])
    return any(_goes_on(ahead[one.end() :]) for one in _IN_LOOP.finditer(ahead))


def _goes_on(text: bytes) -> bool:
    """True if the statement that a loop's head begins has not ended where the text does."""
    inside = braces = 0
    for one in text:
        inside += (one in b"(") - (one in b")")
        braces += (one in b"{") - (one in b"}")
        if not inside and braces <= 0 and one in b";}":
            return False
    return True
