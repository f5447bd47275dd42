"""What a local of a function is only another word for: ``ctx`` where it is ``table->ctx``.

A local counts that gets its one value from a path of members whose root is a parameter that never
changes, or a pointer of the function's own that gets one value, too. What the path leads to may
change while the function runs: what is found by this is said and not proved, unless nothing
happened before the local was set.
"""

from __future__ import annotations

import re
from dataclasses import replace
from itertools import islice

from reviewer.judging.changing import changes_of
from reviewer.judging.holding import Lock
from reviewer.kernel import primitive
from reviewer.kernel.expressions import normal
from reviewer.source.file import SourceFile
from reviewer.source.model import Function
from reviewer.source.recent import beside_file

_SET = re.compile(
    rb"(?<![\w.>])([A-Za-z_]\w*)\s*=(?!=)\s*(&?\s*[A-Za-z_]\w*(?:\s*(?:->|\.)\s*\w+)+)\s*[;,]"
)
_MEMBER_OF = re.compile(r"(\w+)->(.*)", re.S)
_STEPS_AT_MOST = 3
_LOCALS_AT_MOST = 64
"""Values of that kind that are looked at in one function; the most that one of 4,000 files of 6.12
has are 54 (radeon_info_ioctl())."""


@beside_file
def _paths(source: SourceFile) -> dict[int, dict[str, str]]:
    return {}


def paths_of(source: SourceFile, function: Function) -> dict[str, str]:
    """Locals of a function with the path each stands for."""
    known = _paths(source)
    if function.start_byte not in known:
        known[function.start_byte] = dict(_found(source, function))
    return known[function.start_byte]


def _found(source: SourceFile, function: Function) -> dict[str, str]:
    code = source.code(function.body_start, function.body_end)
    given: dict[str, str] = {}
    for match in islice(_SET.finditer(code), _LOCALS_AT_MOST):
        name = match[1]
        path = re.sub(rb"\s+", b"", match[2])
        root = re.match(rb"&?(\w+)", path)
        assert root is not None  # by the expression
        if _times_changed(code, name) != 1 or not _is_its_own(code, name):
            continue
        changed = _times_changed(code, root[1])
        if root[1].decode() in function.parameters:
            fixed = not changed
        else:
            fixed = changed == 1 and _is_its_own(code, root[1])
        if fixed or root[1].decode() in given:
            given[name.decode()] = path.decode()
    return given


def _is_its_own(code: bytes, name: bytes) -> bool:
    """True if a function declares a pointer of that name, and not one that outlives it."""
    declared = (
        rb"(?:\b(?!return\b)\w+\s*|,\s*)\*+\s*(?:const\s+)?" + name + rb"\s*(?:__\w+\s*)?[=;,]"
    )
    kept = rb"\bstatic\b[^;{}()]*\*\s*" + name + rb"\b"
    return re.search(declared, code) is not None and re.search(kept, code) is None


def _times_changed(code: bytes, name: bytes) -> int:
    return sum(1 for _ in changes_of(name.decode()).finditer(code))


def is_of_the_entry(source: SourceFile, function: Function, owner: str) -> bool:
    """True if the local that a path begins with stands for what led there on entry.

    Nothing is called before it is set but what has no effect, and nothing on the path is written.
    """
    code = source.code(function.body_start, function.body_end)
    name = re.split(r"->|\.", owner)[0].encode()
    found = next((one for one in _SET.finditer(code) if one[1] == name), None)
    if found is None:
        return False
    before = code[: found.start()]
    called = [one.decode() for one in _CALLED.findall(before)]
    if not all((known := primitive(one)) is not None and known.pure for one in called):
        return False
    root, *members = re.split(rb"\s*(?:->|\.)\s*", found[2])
    written = (
        rb"(?:->|\.)\s*(?:" + b"|".join(members) + rb")\s*(?:=(?!=)|\+\+|--|[-+|&^]=)|\bswap\s*\("
    )
    if re.search(written, before):
        return False
    above = root.strip(b"& ").decode()
    return above in function.parameters or is_of_the_entry(source, function, above)


_CALLED = re.compile(rb"\b([A-Za-z_]\w*)\s*\(")


def written_out(source: SourceFile, function: Function, text: str) -> str:
    """An expression of a function with its first local replaced by what that stands for."""
    text = normal(text)
    for _ in range(_STEPS_AT_MOST):
        parts = _MEMBER_OF.fullmatch(text)
        path = paths_of(source, function).get(parts[1]) if parts is not None else None
        if parts is None or path is None:
            return text
        text = f"{path[1:]}.{parts[2]}" if path.startswith("&") else f"{path}->{parts[2]}"
    return text


def in_full(lock: Lock, function: Function, source: SourceFile) -> Lock:
    """A lock of a local that stands for what a parameter leads to, by that way."""
    if not lock.owner:
        return lock
    full = written_out(source, function, f"{lock.owner}->{lock.name}")
    return replace(lock, owner=full[: -len(lock.name)].rstrip("->."))
