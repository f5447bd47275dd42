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
_STEP = (
    rb"(?P<brace>[{}])|\b(?:goto\s+(?P<label>\w+)|break|continue|return\b[^;]*)\s*;|(?P<anew>%b)"
)
"""A brace, what leaves the path, and what sets a variable anew."""
_STRETCHES_AT_MOST = 64
"""Stretches that are read behind the ends of a section; a function with more is in doubt."""
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
    stretches = (
        part
        for match, name in calls
        if section(name).startswith("rcu_read_unlock")
        for part in _behind(code, match.end(), anew)
    )
    for number, (at, end) in enumerate(stretches):
        if number == _STRETCHES_AT_MOST or used.search(code, at, end):
            return True
    return False


def _behind(code: bytes, start: int, anew: re.Pattern[bytes]) -> Iterator[tuple[int, int]]:
    """The stretches that may run behind a place while a variable keeps its value."""
    step = re.compile(_STEP % anew.pattern)
    waiting, seen = [start], {b""}
    while waiting:
        at = waiting.pop()
        last = len(code)
        depth = least = 0
        for one in step.finditer(code, at):
            if one["brace"] is not None:
                depth += 1 if one["brace"] == b"{" else -1
                least = min(least, depth)
                continue
            goes = one["label"]
            if goes is not None and goes not in seen:
                seen.add(goes)
                label = re.search(rb"[;{}:]\s*%b\s*:(?!:)" % goes, code)
                waiting += [label.end()] if label is not None else []
            if depth == least and _is_sure(code, at, one.start()):
                last = one.start() if one["anew"] is not None else one.end()
                break
        yield at, last


def _is_sure(code: bytes, start: int, end: int) -> bool:
    """True if no condition stands before what begins at ``end``, in its own statement."""
    begin = max(start, *(code.rfind(one, start, end) + 1 for one in _ENDS))
    return _HEAD.fullmatch(code, begin, end) is not None


_ENDS = (b";", b"{", b"}", b":")
"""Of the statement before."""


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
