"""A lock that sleeps, asserted by a function or by what it calls.

Who holds a mutex or an rw_semaphore is a task: neither can be taken in an interrupt, nor kept by
one. So an assertion that such a lock is held says in which context the function runs, though
nothing in it sleeps by itself.
"""

from __future__ import annotations

import re
from itertools import pairwise

from reviewer.judging.bodies import Body, Call, bodies_in, reached
from reviewer.judging.members import struct_reached
from reviewer.kernel import primitive
from reviewer.kernel.expressions import arguments_of, lock_name, normal
from reviewer.source.model import Function
from reviewer.tree.model import Definition, NameKind
from reviewer.verdict import Location
from reviewer.world import World

_SLEEPING = re.compile(r"\bstruct\s+(?:mutex|rw_semaphore)\s+\w|\bDEFINE_MUTEX\b|\bDECLARE_RWSEM\b")
_DECLARED = frozenset({NameKind.FIELD, NameKind.LOCK, NameKind.VARIABLE})


def asserted_mutex(world: World, function: Function) -> Location | None:
    """Where a function of the World's file, or what it calls, asserts such a lock."""
    for body in bodies_in(world.source, function.name):
        for call in reached(world, body, lambda name: primitive(name) is not None):
            known = primitive(call.name)
            if known is None or not _is_called(body, call):
                continue
            for tag, spelled in known.concepts(tuple(arguments_of(call.arguments))):
                if tag == "lock.assert" and spelled and _sleeps(spelled, call.body, world):
                    return Location(call.path, call.line, f"{call.name}({spelled})")
    return None


def _is_called(body: Body, call: Call) -> bool:
    """True if each function on the way is called, and not only handed on, as a work's is."""
    way = (body, *call.via)
    return all(
        re.search(rb"\b%b\s*\(" % callee.name.encode(), caller.code())
        for caller, callee in pairwise(way)
    )


def _sleeps(spelled: str, body: Body, world: World) -> bool:
    """True if a lock, as a body spells it, is declared as one that sleeps."""
    name = lock_name(normal(spelled))
    index = world.index
    functions = body.source.functions_named(body.name)
    if index is None or not name or not functions:
        return False
    found = [one for one in index.definitions(name) if one.kind in _DECLARED]
    owner = normal(spelled).removesuffix(name).rstrip("->.")
    if owner:
        struct = struct_reached(world.library, body.source, functions[0], owner)
        found = [one for one in found if struct and one.owner == struct]
    else:
        found = [one for one in found if one.path == body.path and not one.owner]
    return len(found) == 1 and _is_sleeping(found[0], world)


def _is_sleeping(one: Definition, world: World) -> bool:
    source = world.file(one.path)
    if source is None:
        return False
    code = source.code().split(b"\n")
    line = code[one.line - 1].decode("utf-8", "replace") if one.line <= len(code) else ""
    return _SLEEPING.search(line) is not None
