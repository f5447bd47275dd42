"""How a function can say in code that a lock is held: the assertion, and where it goes."""

from __future__ import annotations

import re
from dataclasses import dataclass

from tree_sitter import Node

from reviewer.judging.holding import Lock
from reviewer.source.file import SourceFile
from reviewer.source.model import Function
from reviewer.tree.model import Definition, NameKind
from reviewer.world import World

_PARAMETER = re.compile(rb"\bstruct\s+(\w+)\s*\*\s*(?:const\s+)?(\w+)\s*(?=[,)\[])")
_TYPE = (
    r"(?:(?:raw_)?spinlock_t|rwlock_t|local_lock_t|seqlock_t|struct\s+(?:mutex|rw_semaphore|ww_mutex"
    r"|rt_mutex|percpu_rw_semaphore))"
)
_DEFINED = (
    r"DEFINE_(?:RAW_)?(?:SPINLOCK|RWLOCK|MUTEX|SEMAPHORE)\s*\(\s*{name}\s*\)"
    r"|DECLARE_RWSEM\s*\(\s*{name}\s*\)"
    r"|DEFINE_STATIC_PERCPU_RWSEM\s*\(\s*{name}\s*\)"
)
_OWN = {
    "mmap_lock": ("mmap_assert_locked({owner})", "mmap_assert_write_locked({owner})"),
    "rtnl_mutex": ("ASSERT_RTNL()", "ASSERT_RTNL()"),
}
"""Locks that have assertions of their own: include/linux/mmap_lock.h, include/linux/rtnetlink.h."""


@dataclass(frozen=True, slots=True)
class Assertion:
    """The lock in the function's own words, and the statement that asserts it."""

    lock: Lock
    statement: str


def assertions(lock: Lock, function: Function, world: World) -> list[Assertion]:
    """The statements that may assert a comment's lock in its function, if it has a name there.

    A global lock, or a member of what a parameter points to. Several where more than one parameter
    has such a member: which is meant must be shown by the callers.
    """
    if lock.prose or world.index is None:
        return []
    defined = world.index.definitions(lock.name)
    parameters = _parameters(world.source, function)
    found = []
    for tag, name in parameters.items():
        if lock.owner and lock.owner != name:
            continue
        if any(is_member(one, tag, world) for one in defined):
            own = Lock(name, lock.name, lock.mode)
            found.append(Assertion(own, _statement(own, world)))
    if found or lock.owner:
        return found
    if len([one for one in defined if _is_global(one, world)]) == 1 == len(_lasting(defined)):
        own = Lock("", lock.name, lock.mode)
        return [Assertion(own, _statement(own, world))]
    return []


def _parameters(source: SourceFile, function: Function) -> dict[str, str]:
    """Tags of structs by the one parameter that points to each, as ``{tag: name}``."""
    text = source.code(function.start_byte, function.body_start)
    pairs = [(tag.decode(), name.decode()) for tag, name in _PARAMETER.findall(text)]
    tags = [tag for tag, _ in pairs]
    return {tag: name for tag, name in pairs if tags.count(tag) == 1}


def _statement(lock: Lock, world: World) -> str:
    index = world.index
    own = _OWN.get(lock.name)
    if own is not None and index is not None:
        text = own[lock.mode == "write"].format(owner=lock.owner)
        if index.definitions(text.partition("(")[0]):
            return text + ";"
    write = "_write" if lock.mode == "write" else ""
    return f"lockdep_assert_held{write}(&{lock.text});"


def _lasting(found: tuple[Definition, ...]) -> list[Definition]:
    """All that a name is but labels and declarations of the same thing."""
    return [one for one in found if one.kind not in (NameKind.LABEL, NameKind.PROTOTYPE)]


def _is_global(one: Definition, world: World) -> bool:
    if one.owner or one.kind not in (NameKind.LOCK, NameKind.VARIABLE):
        return False
    if one.static and one.path != world.path:
        return False
    name = re.escape(one.name)
    line = _line(one, world)
    if one.path != world.path and (
        re.match(r"\s*static\b", line) or not _in_header(one.name, world)
    ):
        return False  # the file could not name it
    return bool(
        re.search(_DEFINED.format(name=name), line)
        or re.search(rf"\b{_TYPE}\s+{name}\s*[;=_]", line)
    )


def _in_header(name: str, world: World) -> bool:
    """True if code of some header has the name: an extern declaration, for a lock."""
    return world.index is not None and any(path.endswith(".h") for path in world.index.files(name))


def is_member(one: Definition, tag: str, world: World) -> bool:
    """True for a lock that is a direct member of a struct: not inside another one, no pointer."""
    if one.owner != tag:
        return False
    if not re.search(rf"\b{_TYPE}\s+{re.escape(one.name)}\s*(?:;|____cache)", _line(one, world)):
        return False
    source = world.file(one.path)
    index = world.index
    if source is None or index is None:
        return False
    heads = [
        other.line
        for other in index.definitions(tag)
        if other.kind is NameKind.STRUCT and other.path == one.path and other.line <= one.line
    ]
    if not heads:
        return False
    lines = source.code().split(b"\n")[max(heads) - 1 : one.line]
    between = b"\n".join(lines)
    return between.count(b"{") - between.count(b"}") == 1


def _line(one: Definition, world: World) -> str:
    source = world.file(one.path)
    if source is None:
        return ""
    lines = source.code().split(b"\n")
    return lines[one.line - 1].decode("utf-8", "replace") if one.line <= len(lines) else ""


def inserted(source: SourceFile, function: Function, statement: str) -> bytes | None:
    """The file with a statement put behind the declarations that a function begins with.

    None where the body cannot be read with certainty, or its first lines are written in a way that
    leaves no place.
    """
    parsed = source.parsed(function)
    if parsed.root is None or function.has_error or function.macro:
        return None
    declared = _end_of_declarations(parsed.root, parsed.base)
    if declared is None:
        return None
    data, (start, any_declared) = source.data, declared
    end = data.find(b"\n", start)
    if end < 0 or source.code(start, end).strip(b" \t;"):
        return None
    at = end + 1
    while data[at : data.find(b"\n", at)].strip() == b"" and data.find(b"\n", at) >= 0:
        at = data.find(b"\n", at) + 1
    line = data[at : data.find(b"\n", at)]
    indent = line[: len(line) - len(line.lstrip())]
    if not indent or line.lstrip().startswith(b"#"):
        return None
    before = b"\n" if any_declared and at == end + 1 else b""
    return b"".join([data[:at], before, indent, statement.encode(), b"\n\n", data[at:]])


def _end_of_declarations(root: Node, base: int) -> tuple[int, bool] | None:
    """Where the declarations end that a body begins with, and whether there are any.

    None for a body without a statement.
    """
    function = next((one for one in root.named_children if one.type == "function_definition"), None)
    body = function.child_by_field_name("body") if function is not None else None
    if body is None:
        return None
    start, found = body.start_byte + 1, False
    for child in body.named_children:
        if child.type == "declaration":
            start, found = child.end_byte, True
        elif child.type != "comment":
            return base + start, found
    return None
