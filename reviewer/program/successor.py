"""What a name that is gone is called today, where the two trees prove that it was renamed.

Proof is the code itself. A function or macro with a body was renamed if the file that had it now
has one that is new since, with the same body in all but its name. What has no body to compare
(members, enumerators, constants, variables) was renamed if what is new stands between the same
neighbours, is declared in the same words, and has a like name. Two that fit are none.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from difflib import SequenceMatcher

from reviewer.program.program import Program
from reviewer.source.comments import tokens
from reviewer.tree.likeness import likeness
from reviewer.tree.model import Definition, NameKind, Tree
from reviewer.unit.model import Defined

_TOKEN = re.compile(rb"\w+|[^\w\s]")
_SAME = 0.9
"""Share of a body's tokens that stay when it is only renamed: a rename often takes one or two
helpers with it."""
_NEXT = 0.2
"""By how much the second best body has to be less like."""
_BODY = 20
"""Tokens that a definition needs to prove anything by itself."""
_STATED = 12
"""And behind its opening brace: a stub's ``WARN_ON(1); return -ENODEV;`` has ten."""
_TOKENS_AT_MOST = 4000
_LIKE = 0.6
"""How like the names have to be where the code around them is the proof."""
_BODIES = frozenset((NameKind.FUNCTION,))
_PLACED = frozenset(
    (NameKind.FIELD, NameKind.ENUMERATOR, NameKind.MACRO, NameKind.VARIABLE, NameKind.LOCK)
)


@dataclass(frozen=True, slots=True)
class Successor:
    """The name of today, where it is defined, and what shows it, for a commit message."""

    definition: Definition
    why: str


@dataclass(frozen=True, slots=True)
class Side:
    """A tree with its program."""

    tree: Tree
    program: Program


def successor(was: Definition, old: Side, new: Side) -> Successor | None:
    """What ``was``, which the newer tree has no more, is called there; None if nothing proves it.

    Raises TreeError if a file cannot be read.
    """
    if was.kind in _BODIES:
        return _by_body(was, old, new)
    if was.kind in _PLACED:
        return _by_place(was, old, new)
    return None


def _by_body(was: Definition, old: Side, new: Side) -> Successor | None:
    before = _lines(old.tree, was.path)
    after = _lines(new.tree, was.path)
    wanted = _body(before, was, was.name)
    if not _BODY <= len(wanted) <= _TOKENS_AT_MOST:
        return None
    if b"{" in wanted and len(wanted) - wanted.index(b"{") <= _STATED:
        return None
    found: list[tuple[float, Defined]] = []
    for one in _defined(new, was.path):
        if one.kind is not was.kind or old.program.definitions(one.name):
            continue
        if _is_macro(one.name, new):
            continue  # it defines a function whose name is made of its arguments
        body = _body(after, one, one.name)
        matcher = SequenceMatcher(None, wanted, body, autojunk=False)
        if matcher.real_quick_ratio() > _SAME - _NEXT and matcher.quick_ratio() > _SAME - _NEXT:
            found.append((matcher.ratio(), one))
    found.sort(key=lambda pair: -pair[0])
    if not found or found[0][0] < _SAME:
        return None
    if len(found) > 1 and found[1][0] > found[0][0] - _NEXT:
        return None
    return _told(found[0][1], was, "with the same body")


def _is_macro(name: str, side: Side) -> bool:
    return any(one.kind is NameKind.MACRO for one in side.program.definitions(name))


def _by_place(was: Definition, old: Side, new: Side) -> Successor | None:
    before, after = (
        [one for one in _defined(side, was.path) if _in_reach(one, was)] for side in (old, new)
    )
    at = next((n for n, one in enumerate(before) if one.name == was.name), None)
    if at is None:
        return None
    text, now = _lines(old.tree, was.path), _lines(new.tree, was.path)
    names = {one.name for one in before}
    found = []
    for number, one in enumerate(after):
        if one.name in names or one.kind is not was.kind or likeness(was.name, one.name) < _LIKE:
            continue
        beside = _beside(before, at), _beside(after, number)
        if beside[0] != beside[1] or beside[0] == ("", ""):
            continue
        if _body(text, was, was.name) == _body(now, one, one.name):
            found.append(one)
    return _told(found[0], was, "declared alike at the same place") if len(found) == 1 else None


def _in_reach(one: Defined, was: Definition) -> bool:
    return one.kind is was.kind and one.owner == was.owner


def _beside(rows: Sequence[Defined], at: int) -> tuple[str, str]:
    """Names just before and behind, '' at an end."""
    return (
        rows[at - 1].name if at else "",
        rows[at + 1].name if at + 1 < len(rows) else "",
    )


def _defined(side: Side, path: str) -> list[Defined]:
    record = side.program.linked.record(path)
    if record is None:
        return []
    return sorted(record.definitions, key=lambda one: one.line)


def _lines(tree: Tree, path: str) -> list[bytes]:
    """The file's lines without comments; [] if there is no such file."""
    data = tree.read(path) or b""
    return b"".join(_code(data)).split(b"\n")


def _code(data: bytes) -> Iterator[bytes]:
    at = 0
    for start, end in tokens(data).comments:
        yield data[at:start]
        yield b" " + b"\n" * data.count(b"\n", start, end)
        at = end
    yield data[at:]


def _body(lines: Sequence[bytes], one: Definition | Defined, name: str) -> list[bytes]:
    """The tokens of a definition, its own name blanked."""
    last = max(one.end, one.line)
    while last <= len(lines) and lines[last - 1].rstrip().endswith(b"\\"):
        last += 1
    own = name.encode()
    found = _TOKEN.findall(b"\n".join(lines[one.line - 1 : last]))
    return [b"@" if token == own else token for token in found]


def _told(one: Defined, was: Definition, why: str) -> Successor:
    definition = Definition(one.name, one.kind, was.path, one.line, one.end, one.owner, one.static)
    return Successor(definition, why)
