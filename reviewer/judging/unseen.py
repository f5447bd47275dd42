"""What a function calls and nobody can look into: such a call may hold the barrier looked for.

An operation of a structure, a name that the tree does not define, a macro that stands alone. Static
helpers, inlines and macros are looked through; of functions that others share it is enough that
they are there, since who names a function means it, and not all that is below it.
"""

from __future__ import annotations

import re
from collections.abc import Iterable

from reviewer.judging.bodies import Body, bodies, is_report
from reviewer.kernel import primitive
from reviewer.world import World

_CALL = re.compile(rb"(->|\.|\*[ \t]*)?[ \t]*\b([A-Za-z_]\w*)[ \t]*(?=\()")
_BY_POINTER = re.compile(rb"\(\s*\*\s*([\w.>-]+)[^()]*\)\s*\(|(\w+)\[[^\]\n]*\]\s*\(")
_ALONE = re.compile(rb"[;{})][ \t]*\n\s*([A-Z_][A-Z0-9_]+)(?=[ \t]*;)")
_KEYWORDS = frozenset(
    b"if for while switch return sizeof typeof __typeof__ typeof_unqual defined do else case goto "
    b"offsetof container_of __attribute__ _Generic __auto_type".split()
)
_BUILTIN = re.compile(r"__builtin_\w+|__compiletime_\w+|__same_type|__is_constexpr")
_DEEP = 4
_BODIES = 120
"""Bodies that are looked into; beyond them what is left counts as unseen."""


def unseen(world: World, found: Iterable[Body]) -> frozenset[str]:
    """The calls in some bodies, and in helpers of theirs, that cannot be looked into."""
    level = list(found)
    seen = {(body.path, body.start) for body in level}
    hidden: set[str] = set()
    for _ in range(_DEEP):
        following: list[Body] = []
        for body in level:
            if len(seen) > _BODIES:
                return frozenset({*hidden, body.name})
            inner = _looked_into(world, body, hidden)
            following += (one for one in inner if (one.path, one.start) not in seen)
            seen.update((one.path, one.start) for one in inner)
        level = following
    return frozenset(hidden)


def _looked_into(world: World, body: Body, hidden: set[str]) -> list[Body]:
    """The helpers that a body calls; what cannot be looked into is added to ``hidden``."""
    code = body.code()
    begin = max(code.find(b"{"), 0)
    hidden.update((m[1] or m[2]).decode() for m in _BY_POINTER.finditer(code, begin))
    alone = (m[1].decode() for m in _ALONE.finditer(code, begin))
    hidden.update(one for one in alone if primitive(one) is None)
    inner: list[Body] = []
    for sign, raw in dict.fromkeys((m[1], m[2]) for m in _CALL.finditer(code, begin)):
        name = raw.decode()
        if sign in (b"->", b"."):
            hidden.add(name)
        elif not (raw in _KEYWORDS or name == body.name or _is_known(name)):
            there = bodies(world, name, body.source)
            if not there:
                hidden.add(name)
            inner += (one for one in there if not one.shared)
    return inner


def _is_known(name: str) -> bool:
    """True of names that are known: if they served they would have been found."""
    return _BUILTIN.fullmatch(name) is not None or is_report(name) or primitive(name) is not None
