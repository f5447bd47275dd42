"""Calls through a member of an operations table: ``port->ops->start_tx(port)``.

A function that stands in a table is called wherever the member is. That no place is missed is
known only of a member whose name no other struct has, and only if the name stands nowhere as a
value: a macro that is handed it, or that pastes it together, or a copy of the pointer, may call it
unseen.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

from reviewer.kernel.folders import OTHER_PROGRAMS
from reviewer.source.file import SourceFile
from reviewer.tree.model import Index, NameKind
from reviewer.tree.reading import code_file, with_comments
from reviewer.tree.trace import traced_cache
from reviewer.world import Library

_FILES_AT_MOST = 600
"""Files that may spell a member: most only have a table, which their bytes show."""
_CALLERS_AT_MOST = 6
"""Files with calls through the member: each is parsed."""
_OF_SEVERAL_AT_MOST = 240
_OF_SEVERAL_CALLERS = 12
"""The same where several structs have the member, and each call's struct is looked up."""
_REMEMBERED = 64
_TABLE_AT_MOST = 8_000
_TABLE = re.compile(rb"\bstruct\s+(\w+)\s+\w+(?:\s*\[[^\]\n]*\])?\s*(?:__\w+\s*)*=\s*\{")
_VARIABLE = re.compile(rb"\bstruct\s+\w+\s+(\w+)\s*(?:__\w+\s*)*=\s*\{")
_CALLED = re.compile(rb"([A-Za-z_]\w*)\s*\Z")
_BACK = 400
_SET = re.compile(rb"(?:\.|->)\s*(\w+)\s*=\s*&?\s*\Z")
_ASKED_BEFORE = re.compile(rb"(?:\b(?:if|while)\s*\(|&&|\|\||!)[\s(]*\Z")
_ASKED_AFTER = re.compile(rb"\s*(?:&&|\|\||\?|==|!=|\)(?!\s*\())")
_OWNER = re.compile(rb"[A-Za-z_][\w.>\[\]\s-]*?(?:->|\.)\s*\Z")


@dataclass(frozen=True, slots=True)
class Calls:
    """Where a member is called, by file and offset of the call's expression."""

    places: tuple[tuple[str, int], ...] = ()
    complete: bool = False
    """True if there can be no other."""


def table_member(source: SourceFile, name: str, line: int) -> str:
    """The member that a function is put into where its name stands on a line, or ''."""
    start = source.layout.lines[line - 1]
    code = source.code(start, source.layout.line_end(start))
    match = re.search(rb"\b" + re.escape(name.encode()) + rb"\b(?!\s*\()", code)
    if match is None or re.match(rb"\s*(?:,|;|\}|\n|\Z)", code[match.end() :]) is None:
        return ""
    member = _SET.search(source.code(max(0, start + match.start() - 80), start + match.start()))
    return member[1].decode() if member is not None else ""


def table_struct(source: SourceFile, line: int) -> str:
    """The struct of the table whose initialiser a line stands in, or ''."""
    start = source.layout.lines[line - 1]
    before = source.code(max(0, start - _TABLE_AT_MOST), start)
    found = max(_TABLE.finditer(before), key=lambda one: one.start(), default=None)
    if found is None or b"\n}" in before[found.end() :]:
        return ""
    return found[1].decode()


def handed_to(source: SourceFile, name: str, line: int) -> tuple[str, int, str]:
    """The call that a function is an argument of where its name stands on a line, and which one.

    With the text of the arguments; ('', 0, '') if it is none.
    """
    start = source.layout.lines[line - 1]
    code = source.code(start, source.layout.line_end(start))
    match = re.search(rb"\b" + re.escape(name.encode()) + rb"\b(?!\s*\()", code)
    if match is None:
        return "", 0, ""
    before = source.code(max(0, start + match.start() - _BACK), start + match.start())
    depth, commas = 0, 0
    for at in range(len(before) - 1, -1, -1):
        char = before[at : at + 1]
        if char in b";{}":
            break
        if char == b")":
            depth += 1
        elif char == b"(" and depth:
            depth -= 1
        elif char == b"(":
            called = _CALLED.search(before[:at])
            after = source.code(start + match.end(), start + match.end() + _BACK)
            text = (before[at + 1 :] + match[0] + after.partition(b";")[0]).decode("latin-1")
            return (called[1].decode() if called is not None else ""), commas, text
        elif char == b"," and not depth:
            commas += 1
    return "", 0, ""


def table_variable(source: SourceFile, line: int) -> str:
    """The variable whose initialiser a line stands in, or ''."""
    start = source.layout.lines[line - 1]
    before = source.code(max(0, start - _TABLE_AT_MOST), start)
    found = max(_VARIABLE.finditer(before), key=lambda one: one.start(), default=None)
    return found[1].decode() if found is not None and b"\n}" not in before[found.end() :] else ""


@traced_cache(maxsize=_REMEMBERED, compared=True)
def calls_of(library: Library, member: str, struct: str = "") -> Calls:
    """The calls through a member of that name, if one struct only has it.

    With ``struct`` others may have it too, and whose member a call is through is not told. Of a
    name of too many files those count then that spell the struct and fill in no such table, as
    does the code that calls what the tables hold.
    """
    index = library.index
    if index is None or not (struct or of_one_struct(index, member)):
        return Calls()
    paths = [path for path in index.files(member) if not path.startswith(OTHER_PROGRAMS)]
    complete = not index.pasted(member)
    filled = None
    if len(paths) > (_OF_SEVERAL_AT_MOST if struct else _FILES_AT_MOST):
        if not struct:
            return Calls()
        both = frozenset(index.files(struct))
        paths = [path for path in paths if path in both]
        complete = False
        filled = re.compile(rb"\bstruct\s+" + re.escape(struct.encode()) + rb"\s+\w[^;{}()]*=\s*\{")
        if len(paths) > _FILES_AT_MOST:
            return Calls()
    found: list[tuple[str, int]] = []
    in_table = re.compile(rb"\.\s*" + re.escape(member.encode()) + rb"\s*=(?!=)")
    for path in paths:
        data = with_comments(library.tree, path)
        if data is not None and member.encode() not in in_table.sub(b"", data):
            continue
        if filled is not None and data is None:
            continue
        file = code_file(library.tree, path)
        if file is None:
            return Calls()
        if filled is not None and filled.search(file.code):
            continue
        for offset, known in _uses(file.code, member.encode()):
            if offset >= 0:
                found.append((path, offset))
            complete = complete and known
    most = _OF_SEVERAL_CALLERS if struct else _CALLERS_AT_MOST
    if len({path for path, _ in found}) > most:
        return Calls()
    return Calls(tuple(found), complete)


def of_one_struct(index: Index, member: str) -> bool:
    """True if no other struct of the kernel has a member of that name."""
    owners = (
        one.owner
        for one in index.each_sense(member)
        if one.kind is NameKind.FIELD and not one.path.startswith(OTHER_PROGRAMS)
    )
    first = next(owners, "")
    return first != "" and all(one == first for one in owners)


def _uses(code: bytes, member: bytes) -> Iterator[tuple[int, bool]]:
    """Offsets of calls, -1 for other uses, each with whether it hides no call."""
    for match in re.finditer(rb"\b" + re.escape(member) + rb"\b", code):
        before = code[max(0, match.start() - 120) : match.start()]
        after = code[match.end() : match.end() + 40]
        if re.search(rb"\(\s*\*\s*(?:const\s+)?\Z", before) and after.lstrip()[:1] == b")":
            yield -1, True  # its declaration
            continue
        if not re.search(rb"(?:->|\.)\s*\Z", before):
            yield -1, after.lstrip()[:1] == b"("  # a function of the same name, or a macro's part
            continue
        owner = _OWNER.search(before)
        if after.lstrip()[:1] == b"(":
            yield (match.start() - len(owner[0]) if owner is not None else -1), owner is not None
        elif re.match(rb"\s*=(?!=)", after):
            yield -1, True
        else:
            ahead = before[: -len(owner[0])] if owner is not None else before
            yield -1, bool(_ASKED_BEFORE.search(ahead) and _ASKED_AFTER.match(after))
