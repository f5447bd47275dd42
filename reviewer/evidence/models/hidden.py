"""Where code touches a member by words that no path shows: macros of headers, and deep helpers.

A macro is told by its body, and by the bodies of the macros that this names; helpers by what the
function calls, to whatever depth, in its own file and in static inlines of ``include/``. A helper
that spells the member of a pointer that is declared as another struct is passed by.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from reviewer.evidence.models.definitions import defining
from reviewer.evidence.models.scope import called_in, inline_of
from reviewer.evidence.models.types import declared
from reviewer.evidence.models.values import Place
from reviewer.judging.defined import is_defined_as
from reviewer.source.file import SourceFile
from reviewer.source.model import Function
from reviewer.tree.model import NameKind
from reviewer.tree.trace import traced_cache
from reviewer.world import Library

_NESTED = 4
"""Macros inside each other that are looked into."""
_REACHED = 400
"""Helpers that are looked at."""
_WORD = re.compile(r"[A-Za-z_]\w*")
_MEMBER = re.compile(r"(?:->|\.)\s*([A-Za-z_]\w*)(\s*##)?")
_PASTED = "##"
"""Behind what the name of a member begins with that a macro pastes together."""
_GIVEN = "->()"
"""In place of a member that is an argument of a macro."""


def macros_with(
    library: Library, source: SourceFile, function: Function, place: Place
) -> frozenset[str]:
    """Macros that a function names and that spell a member or a variable, of headers too.

    A macro of the file itself may spell the member without an arrow, for another one to use. One
    may take the member for an argument, or paste its name together.
    """
    word = place.chain[-1][1].partition("#")[0]
    wanted = f"->{word}" if place.owner else word
    found: set[str] = set()
    for name in source.identifiers(function.body_start, function.body_end):
        words = spelled(library, source, name, _NESTED)
        if wanted in words or (name in source.macros and word in words):
            found.add(name)
        heads = (one.removesuffix(_PASTED) for one in words if one.endswith(_PASTED))
        if place.owner and any(wanted.startswith(head) for head in heads):
            found.add(name)
        if _GIVEN in words and place.owner:
            given = rb"\b" + name.encode() + rb"\s*\([^;{}]*(?<![\w.>])" + word.encode() + rb"\b"
            if re.search(given, source.code(function.body_start, function.body_end)):
                found.add(name)
    return frozenset(found)


@traced_cache(maxsize=16384)
def spelled(library: Library, source: SourceFile, name: str, deep: int) -> frozenset[str]:
    """What a macro of a name spells, as seen from a file; none for what is no macro.

    Every word, and members with an arrow in front; of those that are pasted what they begin with.
    """
    found: set[str] = set()
    for where in _defining(library, source, name):
        macro = where.macros.get(name)
        if macro is None:
            continue
        body = where.code(macro.body, macro.end).decode("latin-1")
        words = set(_WORD.findall(body))
        found |= words
        for member, pasted in _MEMBER.findall(body):
            own = member in (macro.parameters or ())
            found.add(f"->{'' if own else member}{_PASTED}" if pasted else f"->{member}")
            if own and not pasted:
                found.add(_GIVEN)
        for word in words if deep else ():
            if word != name and word not in (macro.parameters or ()):
                found |= spelled(library, where, word, deep - 1)
    return frozenset(found)


def _defining(library: Library, source: SourceFile, name: str) -> tuple[SourceFile, ...]:
    """The file itself if it defines a macro, else the headers that it can see."""
    if name in source.macros:
        return (source,)
    if library.index is None or not is_defined_as(library.index, name, NameKind.MACRO):
        return ()
    return tuple(
        one for one in defining(library, source, name) if _sees(source, one.path)
    )  # fmt: skip


def _sees(source: SourceFile, path: str) -> bool:
    """True of a header of the kernel's own, of the file's folder, or that it includes by name."""
    folder, _, base = path.rpartition("/")
    return (
        path.startswith(("include/", "arch/"))
        or folder == source.path.rpartition("/")[0]
        or b"/" + base.encode() + b'"' in source.data
    )


def deep_use(
    library: Library, source: SourceFile, function: Function, place: Place, deep: int
) -> str:
    """Where a helper below those that are followed touches a member, or one may; '' if none does.

    Where there are more helpers than are looked at, one of the others may: the function is named.
    """
    member = place.chain[-1][1].partition("#")[0].encode()
    front = rb"(?:(?<![\w.>])(\w+)\s*)?(?:->|\.)\s*" if place.owner else rb"()(?<![\w.>])"
    spelled = re.compile(front + re.escape(member) + rb"\b(?!\s*\()")
    owners = {struct for struct, _ in place.chain if struct}
    for found in _below(library, source, function, deep):
        if found is None:
            return f"{source.path}:{source.line_of(function.start_byte)}"
        where, helper = found
        code = where.code(helper.start_byte, helper.body_end)
        structs: dict[str, str] | None = None
        for one in spelled.finditer(code):
            structs = declared(code) if structs is None else structs
            struct = structs.get((one[1] or b"").decode())
            if struct is None or struct in owners:
                return f"{where.path}:{where.line_of(helper.start_byte + one.end() - 1)}"
    return ""


def _below(
    library: Library, source: SourceFile, function: Function, deep: int
) -> Iterator[tuple[SourceFile, Function] | None]:
    """Helpers that a function reaches by more steps than ``deep`` only; None if there are more."""
    seen = {(source.path, function.start_byte)}
    level = [(source, function)]
    steps = 0
    while level and len(seen) < _REACHED:
        steps += 1
        below: list[tuple[SourceFile, Function]] = []
        for where, one in level:
            for name in called_in(where, one.start_byte, one.body_end):
                inner = _definition(library, source, where, name)
                if inner is None or (inner[0].path, inner[1].start_byte) in seen:
                    continue
                seen.add((inner[0].path, inner[1].start_byte))
                below.append(inner)
        if steps > deep:
            yield from below
        level = below
    if level:
        yield None


def _definition(
    library: Library, home: SourceFile, source: SourceFile, name: str
) -> tuple[SourceFile, Function] | None:
    here = source.definition(name)
    return (source, here) if here is not None else inline_of(library, home, name)
