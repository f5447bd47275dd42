"""Calls whose code is not looked through: whether they end what the caller holds or has off.

They are read as text, and so is what they call, a few calls deep: a helper of one file may drop a
lock through a function of another one.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from enum import Enum, IntEnum
from typing import Protocol

from reviewer.judging.callsites import Site
from reviewer.judging.holding import GENERIC
from reviewer.judging.pointers import may_drop
from reviewer.kernel.expressions import arguments_of, lock_name
from reviewer.kernel.folders import OTHER_PROGRAMS
from reviewer.kernel.hints import may_change_state
from reviewer.kernel.table import Primitive, named_locks, primitive
from reviewer.source.model import Operation
from reviewer.tree.model import Definition, Index, NameKind
from reviewer.tree.reading import code_file
from reviewer.tree.trace import traced_cache
from reviewer.world import Library, World

_DEEP = 5
"""Calls followed: foo_finish() of one file, pond_put() of another, its pond_unlock()."""
_DEEP_BY_CODE = 2
"""The same where the name tells nothing: most calls are such, and each costs a look."""
_PLACES_AT_MOST = 3
_ARGUMENTS_AT_MOST = 400
_REMEMBERED = 8192
_CALL = re.compile(rb"(->|\.)?\s*\b([A-Za-z_]\w*)\s*\(")
_THROUGH = re.compile(r"(?:->|\.)(\w+)\Z")
_POINTER = re.compile(r"\(*\w+\)*")
_ASSEMBLY = re.compile(rb"\b(?:asm|__asm__)\b")
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

    def untouched_in(self, index: Index, path: str) -> bool:
        """True if nothing in a file touches it."""
        ...

    def may_be(self, objects: Tagged) -> bool:
        """True if a primitive may be on it under a name of another function's."""
        ...

    def out_of_reach(self, library: Library, member: str) -> bool:
        """True if nothing that a pointer of that name can lead to touches it, as far as is seen."""
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

    def untouched_in(self, index: Index, path: str) -> bool:
        """If it has a name of its own that the file does not spell."""
        named = self.name in GENERIC or self.name in named_locks()
        return not named and path not in index.files(self.name)

    def may_be(self, objects: Tagged) -> bool:
        """If a lock is dropped that a pointer leads to: ``spin_unlock(l)``."""
        dropped = [spelled for tag, spelled in objects if tag.startswith("lock.release")]
        return any(not one or _POINTER.fullmatch(one) is not None for one in dropped)

    def out_of_reach(self, library: Library, member: str) -> bool:
        """If it has a name of its own, and no such pointer is given what drops it."""
        if self.name in GENERIC or self.name in named_locks():
            return False
        return not may_drop(library, member, self.name)


@dataclass(frozen=True, slots=True)
class _Call:
    name: str
    primitive: Primitive | None = None
    """What it is, if it changes some state."""
    objects: Tagged = ()
    """What it is about as that."""
    member: bool = False
    """True if it is called through a pointer of that name."""


def unseen(site: Site) -> frozenset[int]:
    """Numbers of the caller's calls whose code is not seen.

    Those that a looked-through helper makes are among them: it ends in the state they leave. Also
    names in capitals, which the facts take for constants: ``POND_UNLOCK(pond)`` may be a macro.
    """
    operations = site.facts.operations
    helped = {op.start_byte for op in operations if op.via}
    unknown = frozenset(site.facts.unknown)
    return frozenset(
        number
        for number, op in enumerate(operations)
        if not op.concepts
        and (op.via or op.start_byte not in helped)
        and (op.name in unknown or op.name.isupper())
    )


def may_lose(world: World, op: Operation, lock: str, *, seen: bool) -> bool:
    """True if an operation of a caller may drop a lock of that name without spelling it.

    ``seen`` is False for one whose code is not looked through: it may if it is handed the lock.
    """
    if seen:
        return by_pointer(world, op, lock)
    if any(text.lstrip().startswith("&") and lock_name(text) == lock for text in op.arguments):
        return True
    return may_end(world, op, LockHeld(lock))


def may_end(world: World, op: Operation, state: State) -> bool:
    """True if a call whose code is not looked through may end a state that its caller is in.

    One whose name speaks of locking or ending may unless its code shows that it does not; any
    other one only if its code shows that it does. What such a name reaches through a pointer, or
    deeper than is followed, is thus taken to leave it: a bet, not shown.
    """
    tells = may_change_state(op.name)
    if tells and (member := _THROUGH.search(op.name)) is not None:
        return not state.out_of_reach(world.library, member[1])
    deep = _DEEP if tells else _DEEP_BY_CODE
    leaves = _leaves(world.library, op.place[0], op.name, state, deep)
    return leaves >= (Leaves.UNKNOWN if tells else Leaves.ENDED)


def by_pointer(world: World, op: Operation, lock: str) -> bool:
    """True for ``spin_unlock(l)`` where the function around it has ``l = &p->lock``."""
    own = f"{op.via[-1]}." if op.via else ""
    about = [one.removeprefix(own) for one in op.about("lock")]
    pointers = [one for one in about if one.isidentifier() and one != lock]
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


@traced_cache(maxsize=_REMEMBERED, compared=True)
def _leaves(library: Library, path: str, name: str, state: State, depth: int) -> Leaves:
    index = library.index
    if index is None or not name.isidentifier():
        return Leaves.UNKNOWN
    places = places_of(index, path, name)
    if not 0 < len(places) <= _PLACES_AT_MOST:
        return Leaves.UNKNOWN
    return max(_of_body(library, index, *one, state, depth) for one in places)


def _of_body(
    library: Library, index: Index, place: Definition, number: int, state: State, depth: int
) -> Leaves:
    calls = _calls_in(library, place.path, place.name, number)
    if calls is None:
        return Leaves.UNKNOWN
    alone = place.kind is NameKind.FUNCTION and state.untouched_in(index, place.path)
    found = Leaves.ALONE if alone or not _hides(calls, state) else Leaves.UNKNOWN
    begun = False
    for call in calls:
        if call.primitive is not None:
            done = state.done_by(call.name, call.objects)
            if done is Does.END_ALL or (done is Does.END and not begun):
                return Leaves.ENDED
            begun = begun or done is Does.BEGIN
        elif not begun:  # what is ended from there on may have begun there
            its = Leaves.UNKNOWN
            if not call.member and depth > 1:
                its = _leaves(library, place.path, call.name, state, depth - 1)
            if its is Leaves.ENDED:
                return its
            if may_change_state(call.name) and not (
                call.member and state.out_of_reach(library, call.name)
            ):
                found = max(found, its)
    return found


def _hides(calls: tuple[_Call, ...], state: State) -> bool:
    """True if what a body does itself to a state may not be seen in it."""
    return any(
        one.name == _ASM or (one.primitive is not None and state.may_be(one.objects))
        for one in calls
    )


_ASM = "asm"
"""As a call: instructions, which may do anything."""


@traced_cache(maxsize=_REMEMBERED, compared=True)
def _codes(library: Library, path: str, name: str) -> tuple[tuple[bytes, bool], ...]:
    """The code of each function or macro of a name in a file, and whether it is a macro's."""
    file = code_file(library.tree, path)
    places = filter(_is_body, library.index.definitions_in(name, path) if library.index else ())
    found: list[tuple[bytes, bool]] = []
    for place in places:
        end = place.end
        macro = place.kind is NameKind.MACRO
        if macro and file is not None:
            end = place.line
            while file.lines(end, end).rstrip().endswith(b"\\"):
                end += 1
        found.append((file.lines(place.line, end) if file is not None else b"", macro))
    return tuple(found)


@traced_cache(maxsize=_REMEMBERED)
def _calls_in(library: Library, path: str, own: str, number: int) -> tuple[_Call, ...] | None:
    """What a function or macro calls, each helper once; None if its end is not known.

    It is the one of that ``number`` of those of its name in the file.
    """
    code, macro = _codes(library, path, own)[number]
    if not code:
        return None
    found: dict[object, _Call] = {}
    for match in _CALL.finditer(code, code.find(b")" if macro else b"{") + 1):
        name, member = match[2].decode(), match[1] is not None
        known = primitive(name) if not member else None
        if known is not None and (known.exact or not known.pure):
            if known.changes_state:
                rest = code[match.end() : match.end() + _ARGUMENTS_AT_MOST].decode("latin-1")
                objects = known.concepts(tuple(arguments_of(rest)))
                found[match.start()] = _Call(name, known, objects)
        elif name not in _KEYWORDS and name != own:
            found.setdefault((name, member), _Call(name, member=member))
    if _ASSEMBLY.search(code):
        found[_ASM] = _Call(_ASM)
    return tuple(found.values())


def places_of(index: Index, path: str, name: str) -> list[tuple[Definition, int]]:
    """Where a name that a file calls may be defined: there, else what is not static elsewhere.

    Not all of them, if they are more than are looked into; each with its number in its file.
    """
    here = [(one, at) for at, one in enumerate(filter(_is_body, index.definitions_in(name, path)))]
    if here:
        return here
    found: list[tuple[Definition, int]] = []
    seen: list[tuple[Definition, int]] = []
    for one in filter(_is_body, index.each_definition(name)):
        number = found[-1][1] + 1 if found and found[-1][0].path == one.path else 0
        found.append((one, number))
        if not one.static or one.path.endswith(".h"):
            seen.append((one, number))
        if len(seen) > _PLACES_AT_MOST:
            break
    only = found if len(found) == 1 else []  # one .c file may include another
    return seen or only


def _is_body(one: Definition) -> bool:
    return one.kind in _KINDS and not one.path.startswith(OTHER_PROGRAMS)
