"""Whether all that a function reaches is known, and nothing of it sleeps.

Its calls are followed by name through every definition that the file may mean, shared functions as
well as helpers, as deep as it takes; a call through a pointer, a name without a body and a limit
reached leave it open. So does a sleep under whatever condition: that is for others to judge.
"""

from __future__ import annotations

import re
from collections import deque
from dataclasses import dataclass

from reviewer.judging.bodies import Body, Call, bodies, bodies_in, body_of, calls, is_report
from reviewer.kernel import primitive
from reviewer.kernel.expressions import arguments_of
from reviewer.kernel.guards import GUARDS, NAMED
from reviewer.source.model import Function
from reviewer.world import World

_BODIES_AT_MOST = 160
_KNOWN = re.compile(
    r"(?:h?list|llist|rb|hlist_bl|hlist_nulls|plist)_(?:for_each\w*|(?:\w+_)?entry\w*)"
    r"|rbtree_postorder_for_each\w*|container_of\w*|trace_\w+"
)
"""Macros of lists and trees, which do no more than to follow pointers (include/linux/list.h), and
tracepoints, which run with preemption off (include/linux/tracepoint.h); not a file's own."""
_TRACES = re.compile(r"_?(?:\w+_)?(?:dbg|debug)\w*|[a-z]+_err\w*|ASSERT\w*")
"""Reports, which may be made anywhere, where nobody defines the name otherwise."""
_NO_CALL = re.compile(
    r"(?:unsigned|signed|char|int|long|short|bool|void|u?int\d+_t|_*[su](?:8|16|32|64)|__\w+__"
    r"|asm|volatile|inline|const)"
)
"""Types in casts, attributes, and assembly, which puts nobody to sleep."""
_SLEEPS = ("context.sleeps", "context.may_sleep", "context.alloc")
"""Also an allocation whose flags are not known here."""
_SPARED = ("lock.release", "lock.acquire.try")
_GUARDS = frozenset({*GUARDS, "CLASS"})
"""Macros that take what their first argument says."""
_KIND = re.compile(r"\s*(\w+)")


@dataclass(frozen=True, slots=True)
class Awake:
    """What was found: ``sleeps`` is the first call that may, ``gap`` what is not known of it."""

    looked_into: int
    sleeps: Call | None = None
    gap: str = ""

    @property
    def certain(self) -> bool:
        """True if everything was looked into and nothing sleeps."""
        return self.sleeps is None and not self.gap


def awake(world: World, function: Function) -> Awake:
    """Follow what a function of the World's file calls."""
    first = body_of(world, function)
    if first is None:
        return Awake(0, gap=f"{function.name}() has no body that can be read")
    waiting, seen = deque([first]), {(first.path, first.start)}
    while waiting:
        body = waiting.popleft()
        if gap := body.hides():
            return Awake(len(seen), gap=gap)
        for call in calls(body):
            if is_report(call.name):
                continue
            if _may_sleep(call):
                return Awake(len(seen), call)
            into = _callees(world, body, _meant(call))
            if into is None:
                return Awake(len(seen), gap=f"{call.name}() is not looked into")
            for one in into:
                if (one.path, one.start) not in seen:
                    seen.add((one.path, one.start))
                    waiting.append(one)
        if len(seen) > _BODIES_AT_MOST:
            return Awake(len(seen), gap=f"{function.name}() reaches too much")
    return Awake(len(seen))


def _meant(call: Call) -> str:
    """What a call does by name: a guard what it guards with."""
    kind = _KIND.match(call.arguments) if call.name in _GUARDS else None
    return f"{NAMED}{kind[1]}" if kind is not None else call.name


def _may_sleep(call: Call) -> bool:
    known = primitive(_meant(call))
    if known is None:
        return False
    tags = frozenset(tag for tag, _ in known.concepts(tuple(arguments_of(call.arguments))))
    return not tags.isdisjoint(_SLEEPS) and tags.isdisjoint(_SPARED)


def _callees(world: World, body: Body, name: str) -> tuple[Body, ...] | None:
    """What a call runs; () if the kernel's table answers for it, None if that is not known."""
    known = primitive(name)
    if known is not None and (known.exact or not known.pure):
        own = name.startswith(NAMED) and not known.exact  # DEFINE_GUARD() says what it runs
        return None if own else ()
    if name.startswith("__builtin_") or _NO_CALL.fullmatch(name):
        return ()
    if _KNOWN.fullmatch(name) is None or bodies_in(body.source, name):
        found = bodies(world, name, body.source)
        if found:
            return found
    by_name = known is not None or _KNOWN.fullmatch(name)
    return () if by_name or _TRACES.fullmatch(name) else None
