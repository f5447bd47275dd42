"""What a call through a pointer can lead to: whether a lock of a name of its own may be dropped.

Whoever drops it spells it, or calls what does: a function or a macro of a file that spells it. If
no such file gives a pointer of that name a value, nothing that drops the lock is behind it, as far
as tables and assignments show.
"""

from __future__ import annotations

import re

from reviewer.judging.meant import handled
from reviewer.kernel.expressions import lock_name
from reviewer.kernel.folders import OTHER_PROGRAMS
from reviewer.source.file import SourceFile
from reviewer.source.recent import beside_file
from reviewer.tree.model import Index
from reviewer.tree.reading import code_file
from reviewer.tree.trace import traced_cache
from reviewer.world import Library

_FILES_AT_MOST = 24
"""Files that spell a lock."""
_CALLERS_AT_MOST = 200
"""Files that spell what drops it there."""
_REMEMBERED = 256
_EXPORTED = re.compile(rb"\bEXPORT_\w+\s*\([^()]*\)")
_GIVEN = re.compile(rb"(?:\.|->)\s*(\w+)\s*=(?!=)")


def may_drop(library: Library, member: str, lock: str) -> bool:
    """True if what a pointer of that name leads to may drop the lock."""
    if library.index is None or library.index.pasted(member):
        return True
    given = _given(library, lock)
    return given is None or member.encode() in given


@traced_cache(maxsize=_REMEMBERED, compared=True)
def _given(library: Library, lock: str) -> frozenset[bytes] | None:
    """Members that are given a value in the files in which what drops a lock may be meant; None if
    those are too many, one cannot be read, or what drops it is put where no member is named."""
    index = library.index
    if index is None:
        return None
    paths = _kernel(index, lock)
    if len(paths) > _FILES_AT_MOST:
        return None
    droppers = set[str]()
    for path in paths:
        source = library.source(path)
        if source is None:
            return None
        droppers |= _droppers(source, lock)
    callers = {path for name in droppers for path in _kernel(index, name)}
    if len(callers) > _CALLERS_AT_MOST:
        return None
    members = set[bytes]()
    named = "|".join(sorted(re.escape(name) for name in droppers)).encode()
    unnamed = re.compile(rb"[{,(]\s*&?\s*(?:" + named + rb")\s*[,})]") if named else None
    for path in sorted(callers.union(paths)):
        file = code_file(library.tree, path)
        if file is None:
            return None
        if unnamed is not None and unnamed.search(_EXPORTED.sub(b"", file.code)):
            return None
        members.update(_GIVEN.findall(file.code))
    return frozenset(members)


def _kernel(index: Index, name: str) -> list[str]:
    return [path for path in index.files(name) if not path.startswith(OTHER_PROGRAMS)]


def _droppers(source: SourceFile, lock: str) -> set[str]:
    """Functions and macros of a file that drop a lock they did not take, or call what does."""
    first: dict[str, str] = {}
    for at, spelled, tag in handled(source):
        function = source.function_at(at) if lock_name(spelled) == lock else None
        if function is not None:
            first.setdefault(function.name, tag)
    takers = {name for name, tag in first.items() if tag.startswith("lock.acquire")}
    found = {name for name, tag in first.items() if tag.startswith("lock.release")}
    functions, macros = _spelled(source)
    bodies = {name: names for name, names in functions.items() if name not in takers} | macros
    found |= {name for name, names in macros.items() if lock in names}
    while more := {name for name, spelled in bodies.items() if spelled & found} - found:
        found |= more
    return found


@beside_file
def _spelled(source: SourceFile) -> tuple[dict[str, frozenset[str]], dict[str, frozenset[str]]]:
    """The identifiers of each function and of each macro of a file."""
    functions = {
        one.name: source.identifiers(one.start_byte, one.end_byte)
        for one in source.top_level.functions
    }
    macros = {
        called[0]: source.identifiers(one.start, one.end)
        for one in source.layout.directives
        if one.keyword == "define" and (called := _MACRO.match(one.rest)) is not None
    }
    return functions, macros


_MACRO = re.compile(r"\w+")
