"""Whether a reader is done with what it found when its section ends."""

from __future__ import annotations

import re

from reviewer.evidence.models.grace.tracer import concepts, section
from reviewer.evidence.models.values import Event
from reviewer.source.file import SourceFile
from reviewer.source.model import Function

_CALL = re.compile(rb"\b([a-z_]\w*)\s*\(")
_FIRST = re.compile(rb"\s*([A-Za-z_]\w*)\s*,")
_TARGET = re.compile(rb"([A-Za-z_]\w*)\s*=\s*(?:\([^()]*\)\s*)?\Z")
_LEAVES = re.compile(rb"\b(?:goto|break|continue)\b|\breturn\b[^;]*;")
_USED = rb"(?<![\w.>&])%b\s*->|\*\s*%b\b|\breturn\s+%b\s*;|(?:\b\w+\(|,)\s*%b\s*[,)]"
_SET = rb"(?<![\w.>*])%b\s*=(?!=)|\w*for_each\w*\s*\(\s*%b\b"


def outlived(source: SourceFile, function: Function, look: Event) -> bool:
    """True if a function still uses, behind an end of its section, what it found by a look.

    The code behind each end is read up to where the path leaves or the variable is set anew. A
    reader that takes a reference may: the object is kept by that.
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
        ends = [one.end() for one in (_LEAVES.search(code, match.end()),) if one]
        ends += [one.start() for one in (anew.search(code, match.end()),) if one]
        if used.search(code, match.end(), min(ends, default=len(code))):
            return True
    return False


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
