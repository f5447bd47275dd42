"""One file's bytes in, its Unit out."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator

from reviewer.tree.definitions import definitions
from reviewer.tree.dialect import ASSEMBLIES, KEYWORDS, Dialect, code_of, parts_of, words_of
from reviewer.tree.members import Found
from reviewer.tree.model import NameKind
from reviewer.tree.pasting import Shape, shapes_of
from reviewer.unit.model import Defined, Role, Unit

VERSION = 6
"""Raised whenever what a Unit says of the same bytes changes: it is part of the store's name."""

DEFINITIONS_AT_MOST = 4000
"""Macros and enumerators of files with more definitions are not kept one by one: register headers
are a third of the tree's bytes, and a comment that speaks of one is a question for the file."""

_STRING_WORD = re.compile(rb"[A-Za-z]\w*_\w+")
_CALL = re.compile(rb"(?<!\w)([A-Za-z_]\w*+)[ \t]*+\(")
_COMMENT_WORD = re.compile(rb"(?<!\w)(?:\w+(?=\(\))|[A-Za-z_]\w*_\w+)")
_COMMENT_FILE = re.compile(
    rb"(?<![\w.+@-])[\w+-][\w.+-]*\.[A-Za-z]\w*(?![\w+-])"  # usb-ohci.txt
    rb"|/[\w+-]*\w(?![\w+-]|\.\w)"  # /Kconfig
)
"""No identifier is such, so that both can stand in one table."""
_MAY_NAME_FILE = re.compile(rb"\w\.[A-Za-z]|/\w")
_CALLABLE = (NameKind.FUNCTION, NameKind.PROTOTYPE, NameKind.MACRO, NameKind.TYPEDEF)
_IN_REGISTER_HEADERS = (NameKind.MACRO, NameKind.ENUMERATOR)
_DIGIT_9 = ord("9")
# Plain integers: combining flags one by one costs a third of the time of compiling.
_CODE, _DEFINED, _STRING = int(Role.CODE), int(Role.DEFINED), int(Role.STRING)
_COMMENT, _CALLED, _LISTED = int(Role.COMMENT), int(Role.CALLED), int(Role.LISTED)


def compile_unit(data: bytes, kind: Dialect) -> Unit:
    """What the file says; never fails, whatever the bytes are."""
    code, strings, comments = parts_of(data, kind)
    found = list(definitions(code, kind))
    roles = dict.fromkeys(words_of(code), _CODE)
    for one in found:  # glued names such as sys_open, which the code spells otherwise, among them
        roles[one.name] = _CODE | _DEFINED
    for name in _called(code, kind, found, roles):
        roles[name] |= _CALLED
    for word in [w for w in roles if w[0] <= _DIGIT_9 or w in KEYWORDS]:
        del roles[word]
    for name in _quoted(strings):
        roles.setdefault(name, _STRING)
    for name in _spoken(comments):
        roles[name] = roles.get(name, 0) | _COMMENT
    shapes: frozenset[Shape] = frozenset()
    if kind is Dialect.C or kind in ASSEMBLIES:
        shapes = frozenset(shapes_of(code))
    partial = len(found) > DEFINITIONS_AT_MOST
    if partial:
        found = [one for one in found if one.kind not in _IN_REGISTER_HEADERS]
    for one in found:
        if one.name in roles:
            roles[one.name] |= _LISTED
    return Unit(roles, tuple(_defined(code, found)), shapes, partial)


def compile_names(data: bytes, kind: Dialect) -> Unit:
    """What the file defines, and nothing of what it uses or says: enough of an older tree."""
    code = code_of(data, kind)
    found = list(definitions(code, kind))
    roles = {
        one.name: _CODE | _DEFINED
        for one in found
        if one.name[:1] > b"9" and one.name not in KEYWORDS
    }
    partial = len(found) > DEFINITIONS_AT_MOST
    if partial:
        found = [one for one in found if one.kind not in _IN_REGISTER_HEADERS]
    return Unit(roles, tuple(_defined(code, found)), frozenset(), partial)


def _called(
    code: bytes, kind: Dialect, found: Iterable[Found], roles: dict[bytes, int]
) -> set[bytes]:
    if kind is not Dialect.C:
        return set(roles)
    callable_here = {one.name for one in found if one.kind in _CALLABLE}
    return callable_here | (set(_CALL.findall(code)) & roles.keys())


def _quoted(strings: Iterable[bytes]) -> Iterator[bytes]:
    for text in strings:
        if b"_" in text:
            yield from _STRING_WORD.findall(text)


def _spoken(comments: Iterable[bytes]) -> set[bytes]:
    spoken: set[bytes] = set()
    for text in comments:
        if b"_" in text or b"()" in text:
            spoken.update(_COMMENT_WORD.findall(text))
        if _MAY_NAME_FILE.search(text) is not None:
            spoken.update(_COMMENT_FILE.findall(text))
    return spoken


def _defined(code: bytes, found: Iterable[Found]) -> Iterable[Defined]:
    """The definitions with lines, by line; what two patterns found of one is put together."""
    line, at = 1, 0
    rows: dict[tuple[bytes, NameKind, int, bytes], Defined] = {}
    for one in sorted(found, key=lambda each: each.offset):
        line += code.count(b"\n", at, one.offset)
        at = one.offset
        end = line + code.count(b"\n", at, one.end) if one.end > at else line
        key = (one.name, one.kind, line, one.owner)
        static = one.static
        if (known := rows.get(key)) is not None:
            end, static = max(end, known.end), static or known.static
        rows[key] = Defined(one.name.decode(), one.kind, line, end, one.owner.decode(), static)
    return rows.values()
