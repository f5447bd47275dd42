"""Calls whose code is not looked through: whether they end what the caller holds or has off.

They are read as text, and so is what they call, a few calls deep: a helper of one file may drop a
lock through a function of another one.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from enum import Enum, IntEnum
from typing import Protocol

from reviewer.judging.callsites import Site
from reviewer.judging.holding import GENERIC
from reviewer.kernel.expressions import arguments_of, lock_name
from reviewer.kernel.folders import OTHER_PROGRAMS
from reviewer.kernel.hints import may_change_state
from reviewer.kernel.table import named_locks, primitive
from reviewer.source.model import Operation
from reviewer.tree.model import Definition, Index, NameKind
from reviewer.tree.reading import code_file
from reviewer.tree.trace import traced_cache
from reviewer.world import Library, World

_DEEP = 3
"""Calls followed: foo_finish() of one file, pond_put() of another, its pond_unlock()."""
_PLACES_AT_MOST = 3
_ARGUMENTS_AT_MOST = 400
_REMEMBERED = 8192
_CALL = re.compile(rb"(->|\.)?\s*\b([A-Za-z_]\w*)\s*\(")
_KEYWORDS = frozenset(("if", "for", "while", "switch", "return", "sizeof", "typeof", "defined"))
Tagged = tuple[tuple[str, str], ...]
"""Concepts of a primitive's call, each with what it is about."""
_KINDS = (NameKind.FUNCTION, NameKind.MACRO)


class Leaves(IntEnum):
    """How a helper leaves what holds when it is called."""

    ALONE = 0
    UNKNOWN = 1
    ENDED = 2


class Does(Enum):
    """What one primitive does to it."""

    NOTHING = "nothing"
    BEGIN = "begin"
    END = "end"
    """Ends what began last: what the helper itself began, if it did."""
    END_ALL = "end all"


class State(Protocol):
    """What is held or off around a call; a value, by which answers are remembered."""

    def done_by(self, name: str, objects: Tagged) -> Does:
        """What a primitive does to it, given its concepts and what each is about."""
        ...

    def untouched_in(self, code: bytes) -> bool:
        """True if the code of a whole file shows that nothing in it touches it."""
        ...


@dataclass(frozen=True, slots=True)
class LockHeld:
    """A lock of a name is held."""

    name: str

    def done_by(self, name: str, objects: Tagged) -> Does:
        """By what is about a lock of that name."""
        tags = [tag for tag, spelled in objects if lock_name(spelled) == self.name]
        if any(tag.startswith("lock.release") for tag in tags):
            return Does.END
        return Does.BEGIN if any(tag.startswith("lock.acquire") for tag in tags) else Does.NOTHING

    def untouched_in(self, code: bytes) -> bool:
        """If it has a name of its own, and no line spells it."""
        if self.name in GENERIC or self.name in named_locks():
            return False
        return re.search(rb"\b" + re.escape(self.name.encode()) + rb"\b", code) is None


@dataclass(frozen=True, slots=True)
class _Body:
    path: str
    name: str
    code: bytes
    untouched: bool
    """True if nothing in the file around it touches the state."""
    macro: bool


def unseen(site: Site) -> frozenset[int]:
    """Numbers of the caller's calls whose code is not seen.

    Those that a looked-through helper makes are among them: it ends in the state they leave.
    """
    operations = site.facts.operations
    helped = {op.start_byte for op in operations if op.via}
    unknown = frozenset(site.facts.unknown)
    return frozenset(
        number
        for number, op in enumerate(operations)
        if not op.concepts and (op.via or op.start_byte not in helped) and op.name in unknown
    )


def may_lose(world: World, op: Operation, lock: str, *, seen: bool) -> bool:
    """True if an operation of a caller may drop a lock of that name without spelling it.

    ``seen`` is False for one whose code is not looked through: it may if it is handed the lock.
    """
    if seen:
        return _by_pointer(world, op, lock)
    if any(text.lstrip().startswith("&") and lock_name(text) == lock for text in op.arguments):
        return True
    return may_end(world, op, LockHeld(lock))


def may_end(world: World, op: Operation, state: State) -> bool:
    """True if a call whose code is not looked through may end a state that its caller is in.

    One whose name speaks of locking or ending may unless its code shows that it does not; any
    other one only if its code shows that it does.
    """
    leaves = _leaves(world.library, op.place[0], op.name, state, _DEEP)
    return leaves >= (Leaves.UNKNOWN if may_change_state(op.name) else Leaves.ENDED)


def _by_pointer(world: World, op: Operation, lock: str) -> bool:
    """True for ``spin_unlock(l)`` where the function around it has ``l = &p->lock``."""
    pointers = [one for one in op.about("lock") if one.isidentifier() and one != lock]
    source = world.file(op.place[0]) if pointers else None
    lines = source.layout.lines if source is not None else ()
    if source is None or not 0 < op.place[1] <= len(lines):
        return False
    function = source.function_at(source.layout.line_end(lines[op.place[1] - 1]))
    if function is None:
        return False
    code = source.code(function.body_start, function.body_end).decode("latin-1")
    given = r"\s*=\s*&[^;=]*(?:->|\.|&)\s*" + re.escape(lock) + r"\b"
    return any(re.search(rf"\b{one}{given}", code) for one in pointers)


@traced_cache(maxsize=_REMEMBERED)
def _leaves(library: Library, path: str, name: str, state: State, depth: int) -> Leaves:
    if library.index is None or not re.fullmatch(r"[A-Za-z_]\w*", name):
        return Leaves.UNKNOWN
    bodies = _bodies(library, path, name, state)
    if not bodies:
        return Leaves.UNKNOWN
    return max(_of_body(library, one, state, depth) for one in bodies)


def _of_body(library: Library, body: _Body, state: State, depth: int) -> Leaves:
    found = Leaves.ALONE if body.untouched and not body.macro else Leaves.UNKNOWN
    begun = False
    for member, name, arguments in _calls(body.code):
        known = primitive(name)
        if known is not None and (known.exact or not known.pure) and not member:
            done = state.done_by(name, known.concepts(arguments))
            if done is Does.END_ALL or (done is Does.END and not begun):
                return Leaves.ENDED
            begun = begun or done is Does.BEGIN
            continue
        if name == body.name or begun:
            continue  # what it drops from here on it may have taken itself
        its = Leaves.UNKNOWN
        if not member and depth > 1:
            its = _leaves(library, body.path, name, state, depth - 1)
        if its is Leaves.ENDED:
            return its
        if may_change_state(name):
            found = max(found, its)
    return found


def _calls(code: bytes) -> Iterator[tuple[bool, str, tuple[str, ...]]]:
    """What a body calls, with whether it is a member, and with its arguments."""
    for match in _CALL.finditer(code):
        name = match[2].decode()
        if name in _KEYWORDS:
            continue
        rest = code[match.end() : match.end() + _ARGUMENTS_AT_MOST].decode("latin-1")
        yield match[1] is not None, name, tuple(arguments_of(rest))


def _bodies(library: Library, path: str, name: str, state: State) -> tuple[_Body, ...]:
    """The bodies that a call in a file may mean; () if some cannot be told."""
    assert library.index is not None
    places = _places(library.index, path, name)
    found: list[_Body] = []
    for one in places if len(places) <= _PLACES_AT_MOST else ():
        file = code_file(library.tree, one.path)
        if file is None:
            return ()
        lines = file.code.split(b"\n")
        end = one.end
        macro = one.kind is NameKind.MACRO
        if macro:
            end = one.line
            while end < len(lines) and lines[end - 1].rstrip().endswith(b"\\"):
                end += 1
        if not 0 < one.line <= end <= len(lines):
            return ()
        code = b"\n".join(lines[one.line - 1 : end])
        code = code[code.find(b")" if macro else b"{") + 1 :]
        found.append(_Body(one.path, name, code, state.untouched_in(file.code), macro))
    return tuple(found)


def _places(index: Index, path: str, name: str) -> list[Definition]:
    """Where a name that a file calls may be defined: there, else what is not static elsewhere."""
    found = [
        one
        for one in index.definitions(name)
        if one.kind in _KINDS and not one.path.startswith(OTHER_PROGRAMS)
    ]
    here = [one for one in found if one.path == path]
    seen = [one for one in found if not one.static or one.path.endswith(".h")]
    return here or seen
