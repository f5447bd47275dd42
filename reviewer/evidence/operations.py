"""Members of operations tables: which one a comment describes, and what is put there in the tree.

A table is read where it is written as one: ``struct pond_ops x = { .feed = carp_feed, … };``. What
is assigned member by member while the kernel runs is not seen.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from reviewer.claims.model import Claim
from reviewer.kernel.folders import OTHER_PROGRAMS
from reviewer.source.file import SourceFile
from reviewer.source.model import AnchorKind, Function
from reviewer.tree.reading import code_file, with_comments
from reviewer.tree.trace import traced_cache
from reviewer.world import Library, World

_FUNCTION = re.compile(r"\b([A-Za-z_]\w*)\(\)")
_LONG = 200
"""Bytes behind a member's name in which its parameters end."""
_FILES_AT_MOST = 16
"""Files whose functions are looked at for one member: each is parsed."""
_SPELL_AT_MOST = 600
"""Files that spell a struct: their bytes are looked at."""
_TABLES_AT_MOST = 48
"""Files whose tables of a struct are read."""


@dataclass(frozen=True, slots=True)
class Implementation:
    """A function that a table has for a member, and the line of the table that says so."""

    source: SourceFile
    function: Function
    line: int
    """Of the table, in the file of ``source``."""


def described_member(claim: Claim) -> tuple[str, str]:
    """The struct and the member that a comment at its declaration speaks of; '' if none."""
    anchor = claim.comment.anchor
    if anchor.kind is AnchorKind.FIELD:
        struct, _, member = anchor.name.partition(".")
        return struct, member.rpartition(".")[2]
    section = claim.get("member") or claim.get("section")
    if anchor.kind is AnchorKind.STRUCT and section.startswith("@"):
        return anchor.name, section.lstrip("@").rpartition(".")[2]
    return "", ""


def names_another(claim: Claim, struct: str, member: str, world: World) -> bool:
    """True if the comment at a member names another one of its struct, which may be meant."""
    if claim.comment.anchor.kind is not AnchorKind.FIELD or world.index is None:
        return False
    named = set(_FUNCTION.findall(claim.comment.text)) - {member}
    return not named.isdisjoint(world.index.members(struct))


def parameters_of(claim: Claim, member: str, world: World) -> tuple[str, ...] | None:
    """The names of the parameters where the member is declared; None if it is no function."""
    anchor = claim.comment.anchor
    code = world.source.code(anchor.start_byte, anchor.end_byte + _LONG).decode("latin-1")
    declared = re.search(rf"\(\s*\*\s*{re.escape(member)}\s*\)\s*\(([^()]*)\)", code)
    if declared is None:
        return None
    names = (re.search(r"(\w+)\s*(?:\[\w*\])?\s*\Z", one) for one in declared[1].split(","))
    return tuple(name[1] if name is not None else "" for name in names)


def implementations(world: World, struct: str, member: str) -> Iterator[Implementation]:
    """What tables of the struct have for the member, file by file in order of paths.

    Of the first files only: that nothing else is put there is never said.
    """
    read = 0
    for table in _tables(world.library, struct):
        put = dict(table.entries.get(member, ()))
        source = world.file(table.path) if put else None
        if source is None:
            continue
        for called, offset in put.items():
            named = source.functions_named(called)
            if len(named) == 1 and not named[0].has_error:
                yield Implementation(source, named[0], source.line_of(offset))
        read += 1
        if read >= _FILES_AT_MOST:
            return


@dataclass(frozen=True, slots=True)
class _Tables:
    """The tables of one struct in a file: by member what is put there, and at which offset."""

    path: str
    entries: Mapping[str, list[tuple[str, int]]]


_ENTRY = re.compile(rb"\.\s*([A-Za-z_]\w*)\s*=\s*&?([A-Za-z_]\w*)\s*(?=[,}\n])")


_STEP = re.compile(rb"[{}]")
_ELEMENT = re.compile(rb"\](?:\s*=)?\s*\Z|[{,]\s*\Z")


def _own(table: bytes) -> bytes:
    """A table with what it has for members that are structs themselves blanked.

    What stands in braces is of the table's own struct where it is an element of an array.
    """
    first = table.index(b"{")
    several = b"[" in table[:first]
    out = bytearray(table)
    own: list[bool] = []
    for match in _STEP.finditer(table, first):
        at = match.start()
        if table[at : at + 1] == b"}":
            own = own[:-1]
        elif own:
            element = _ELEMENT.search(table[max(first, at - _BACK) : at]) is not None
            own.append(several and len(own) == 1 and element)
        else:
            own.append(True)
        if own and not own[-1]:
            following = _STEP.search(table, match.end())
            end = following.start() if following is not None else len(table)
            out[match.end() : end] = b" " * (end - match.end())
    return bytes(out)


_BACK = 64
"""Bytes before a brace in which it shows whether an element of an array begins there."""


@traced_cache(maxsize=4)
def _tables(library: Library, struct: str) -> tuple[_Tables, ...]:
    index = library.index
    if index is None:
        return ()
    paths = sorted(one for one in index.files(struct) if not one.startswith(OTHER_PROGRAMS))
    tag = re.escape(struct.encode())
    table = re.compile(rb"\bstruct\s+" + tag + rb"\s+\w[^;={}()]*=\s*\{(?:[^}]|\}(?!\s*;))*")
    found: list[_Tables] = []
    for path in paths if len(paths) <= _SPELL_AT_MOST else ():
        data = with_comments(library.tree, path)
        if data is None or table.search(data) is None:
            continue
        file = code_file(library.tree, path)
        if file is None or table.search(file.code) is None:
            continue
        entries: dict[str, list[tuple[str, int]]] = {}
        for body in table.finditer(file.code):
            for match in _ENTRY.finditer(_own(body[0])):
                put = (match[2].decode(), body.start() + match.start())
                entries.setdefault(match[1].decode(), []).append(put)
        found.append(_Tables(path, entries))
        if len(found) >= _TABLES_AT_MOST:
            break
    return tuple(found)
