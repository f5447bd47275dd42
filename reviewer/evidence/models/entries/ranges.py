"""Which addresses an invalidation covers: whether the entry that a function changes is in them.

C tells no more than how the range was made: mmu_notifier_range_init() with a start that is the
changed entry's address, rounded down or not, or that the address begins with. Anything else is not
taken for covered.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from reviewer.evidence.models.entries.operations import ENTRIES, operations
from reviewer.source.file import SourceFile
from reviewer.source.model import Function

_INIT = re.compile(r"\bmmu_notifier_range_init(_owner)?\s*\(")
_CALL = re.compile(r"\b([A-Za-z_]\w*)\s*\(")
_ROUNDED = re.compile(r"\s*&\s*(?:~\s*)?\(?[\w>.()-]*(?:MASK|mask|SIZE\s*-\s*1)[\w()]*\)?$")
_ALIGNED = re.compile(r"(?:ALIGN_DOWN|round_down|rounddown)\s*\((.*),[^,]*\)$", re.S)


def uncovered(source: SourceFile, function: Function, lines: frozenset[tuple[str, int]]) -> str:
    """Why entries changed at some lines may be outside of what is invalidated; '' if none is."""
    code = source.code(function.body_start, function.body_end).decode("latin-1")
    ranges = [
        (_base(start), " ".join(end.split()))
        for match in _INIT.finditer(code)
        for start, end in _bounds(code, match)
    ]
    if not ranges:
        return f"{function.name}() does not say which range it invalidates"
    first = source.line_of(function.body_start)
    for path, line in sorted(lines):
        if path != source.path or not source.line_of(function.body_end) >= line >= first:
            return f"the entry is changed in a helper ({path}:{line}), with an address of its own"
        begin = sum(len(one) + 1 for one in code.split("\n")[: line - first])
        for address in _addresses(code, begin):
            if not any(_covers(start, end, _base(address), code) for start, end in ranges):
                return f"line {line}: whether the invalidated range covers {address} is not known"
    return ""


def _bounds(code: str, init: re.Match[str]) -> Iterator[tuple[str, str]]:
    """The first address of a range and the one behind it: the last arguments, before an owner."""
    given = _arguments(code, init.end())
    if init[1] is not None:
        given = given[:-1]
    if len(given) >= 6:
        yield given[-2], given[-1]


def _addresses(code: str, offset: int) -> Iterator[str]:
    """The addresses of the entries that the call at an offset changes."""
    end = code.find("\n", offset)
    for match in _CALL.finditer(code, offset, end if end >= 0 else len(code)):
        known = operations().get(match[1])
        at = -1
        if known is not None and known.changes:
            at = max(known.argument(kind) for kind in ENTRIES)
        given = _arguments(code, match.end()) if at > 0 else []
        if len(given) > at > 0:
            yield given[at - 1]


def _covers(start: str, end: str, address: str, code: str) -> bool:
    """True if a range begins at an address, or the address at the range, and ends behind it."""
    if _base(end) == start or not (start in end or re.search(r"end\b", end)):
        return False
    begins = rf"\b{re.escape(address)}\s*=\s*{re.escape(start)}\s*[;,]"
    return address == start or re.search(begins, code) is not None


def _base(expression: str) -> str:
    """An address without what rounds it down to a page or a huge one."""
    text = " ".join(expression.split())
    while True:
        aligned = _ALIGNED.fullmatch(text)
        bare = aligned[1].strip() if aligned is not None else _ROUNDED.sub("", text)
        if bare.startswith("(") and bare.endswith(")"):
            bare = bare[1:-1].strip()
        if bare == text:
            return text
        text = bare


def _arguments(code: str, begin: int) -> list[str]:
    """The arguments of a call whose bracket opens before an offset."""
    found = [""]
    depth = 0
    for one in code[begin:]:
        if one == ")" and depth == 0:
            break
        depth += (one in "([{") - (one in ")]}")
        if one == "," and depth == 0:
            found.append("")
        else:
            found[-1] += one
    return [one.strip() for one in found]
