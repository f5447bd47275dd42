"""Whether a reader is done with what it found when its section ends."""

from __future__ import annotations

import re
from collections.abc import Iterator

from reviewer.evidence.models.grace.tracer import concepts, section
from reviewer.evidence.models.values import Event
from reviewer.source.file import SourceFile
from reviewer.source.model import Function

_CALL = re.compile(rb"\b([a-z_]\w*)\s*\(")
_FIRST = re.compile(rb"\s*([A-Za-z_]\w*)\s*,")
_TARGET = re.compile(rb"([A-Za-z_]\w*)\s*=\s*(?:\([^()]*\)\s*)?\Z")
_LEAVES = re.compile(rb"\b(?:goto\s+(\w+)|break|continue|return\b[^;]*)\s*;")
_HEAD = re.compile(rb"\s*(?:(?:if|while|for|switch)\s*\()?[\s(!]*")
"""What stands before an assignment that is made whatever the condition."""
_USED = rb"(?<![\w.>&])%b\s*->|\*\s*%b\b|\breturn\s+%b\s*;|(?:\b\w+\(|,)\s*%b\s*[,)]"
_SET = rb"(?<![\w.>*])%b\s*=(?!=)|\w*for_each\w*\s*\(\s*%b\b"


def outlived(source: SourceFile, function: Function, look: Event) -> bool:
    """True if a function still uses, behind an end of its section, what it found by a look.

    The code behind each end is read up to where the path leaves or the variable is set anew,
    whatever the condition, and from where it may go to. A reader that takes a reference may: the
    object is kept by that.
    """
    code = source.code(function.body_start, function.body_end)
    found = _variable(source, function, look, code)
    if found is None:
        return False
    calls = [(one, one[1].decode()) for one in _CALL.finditer(code)]
    if any(one.startswith("ref.get") for _, name in calls for one in concepts(name)):
        return False
    used, anew = (re.compile(one.replace(b"%b", re.escape(found))) for one in (_USED, _SET))
    for match, name in calls:
        if not section(name).startswith("rcu_read_unlock"):
            continue
        if any(used.search(code, at, end) for at, end in _behind(code, match.end(), anew)):
            return True
    return False


def _behind(code: bytes, start: int, anew: re.Pattern[bytes]) -> Iterator[tuple[int, int]]:
    """The stretches that may run behind a place while a variable keeps its value."""
    waiting, seen = [start], {b""}
    while waiting:
        at = waiting.pop()
        sets = (one.start() for one in anew.finditer(code, at) if _always(code, at, one.start()))
        last = next(sets, len(code))
        for one in _LEAVES.finditer(code, at, last):
            if one[1] is not None and one[1] not in seen:
                seen.add(one[1])
                label = re.search(rb"[;{}:]\s*%b\s*:(?!:)" % one[1], code)
                waiting += [label.end()] if label is not None else []
            if _always(code, at, one.start()):
                last = one.end()
                break
        yield at, last


def _always(code: bytes, start: int, end: int) -> bool:
    """True if what runs from one place passes the other: no condition and no other arm between."""
    depth = least = 0
    for brace in re.findall(rb"[{}]", code[start:end]):
        depth += 1 if brace == b"{" else -1
        least = min(least, depth)
    return depth == least and _HEAD.fullmatch(_STATEMENT.split(code[start:end])[-1]) is not None


_STATEMENT = re.compile(rb"[;{}:]")


def _variable(source: SourceFile, function: Function, look: Event, code: bytes) -> bytes | None:
    """The variable that gets what is found, if the look stands in the function itself."""
    if look.path != source.path:
        return None
    for match in _CALL.finditer(code):
        at = function.body_start + match.start()
        if match[1].decode() != look.name or source.line_of(at) != look.line:
            continue
        before = _TARGET.search(code, max(0, match.start() - 80), match.start())
        first = _FIRST.match(code, match.end())
        if before is not None:
            return before[1]
        return first[1] if first is not None and "for_each" in look.name else None
    return None
