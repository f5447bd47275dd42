"""Whether a reader is done with what it found when its section ends."""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import partial

from reviewer.evidence.models.grace.always import guarded
from reviewer.evidence.models.grace.tracer import concepts, section
from reviewer.evidence.models.values import Event
from reviewer.source.file import SourceFile
from reviewer.source.model import Function

_CALL = re.compile(rb"\b([a-z_]\w*)\s*\(")
_FIRST = re.compile(rb"\s*([A-Za-z_]\w*)\s*,")
_ASSIGNS = re.compile(rb"(?<![=!<>+*/%&|^-])=(?!=)")
_CAST = rb"(?:\([^()]*\)\s*)*"
_CALLED = re.compile(rb"\s*" + _CAST + rb"&?\s*\Z")
"""What stands between the sign and a call whose result is assigned."""
_COPY = (
    rb"(?:\A|[?:=]|(?<!\w)\()\s*" + _CAST + rb"(?:%b\s*(?:\Z|[:)]|=(?!=))|&\s*%b\s*->)"
    rb"|\b(?:container_of|\w+_entry)\s*\(\s*&?\s*%b\b"
)
_GIVEN = re.compile(rb"[^;{}]*?\)")
_WORD = re.compile(rb"[A-Za-z_]\w*")
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
    whatever the condition, and from where it may go to; so it is for each variable that gets the
    same. What is stored elsewhere may be used by anybody. A reader that takes a reference may go
    on: the object is kept by that.
    """
    code = source.code(function.body_start, function.body_end)
    found, far = _variables(source, function, look, code)
    calls = [(one, one[1].decode()) for one in _CALL.finditer(code)]
    if any(_takes(code, one, name, found) for one, name in calls):
        return False
    if far:
        return True
    ends = [one.end() for one, name in calls if section(name).startswith("rcu_read_unlock")]
    ends += [end for _, end in guarded(source, function)]
    number = 0
    for name in sorted(found):
        used, anew = (re.compile(one.replace(b"%b", re.escape(name))) for one in (_USED, _SET))
        for at, end in (part for left in ends for part in _behind(code, left, anew)):
            number += 1
            if number > _STRETCHES_AT_MOST or used.search(code, at, end):
                return True
    return False


def _takes(code: bytes, call: re.Match[bytes], name: str, found: frozenset[bytes]) -> bool:
    """True of a call that takes a reference to what was found."""
    if not any(one.startswith("ref.get") for one in concepts(name)):
        return False
    given = _GIVEN.match(code, call.end())
    return given is not None and not found.isdisjoint(_WORD.findall(given[0]))


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


def _variables(
    source: SourceFile, function: Function, look: Event, code: bytes
) -> tuple[frozenset[bytes], bool]:
    """The variables that get what is found, and whether something that is none gets it.

    What a helper finds is what the function gets from its call.
    """
    found: set[bytes] = set()
    far = False
    pointer = partial(_is_pointer, source, function)
    inside = look.path == source.path and look.line == look.top
    for match in _CALL.finditer(code):
        if source.line_of(function.body_start + match.start()) != look.top:
            continue
        if inside and match[1].decode() != look.name:
            continue
        first = _FIRST.match(code, match.end())
        if inside and first is not None and "for_each" in look.name:
            found.add(first[1])
        for left, right in _assigned(code[: match.start()][-_NEAR:]):
            if _CALLED.fullmatch(right) is not None:
                far |= left is None
                found |= {left} if left is not None and pointer(left) else set()
    waiting = list(found)
    every = [one for part in re.split(rb"[;{}]", code) for one in _assigned(part)]
    while waiting:
        copied = re.compile(_COPY.replace(b"%b", re.escape(waiting.pop())))
        for left, right in every:
            if copied.search(right.strip()) is None or left in found:
                continue
            if left is None:
                far = True
            elif pointer(left):
                found.add(left)
                waiting.append(left)
    return frozenset(found), far


_NEAR = 160
"""Bytes before a call in which what it is assigned to is looked for."""


def _assigned(text: bytes) -> Iterator[tuple[bytes | None, bytes]]:
    """The assignments of a piece of code: to which variable, None if it is none, and what."""
    for sign in _ASSIGNS.finditer(text):
        left = re.split(rb"[;{}(),=]", text[: sign.start()])[-1].strip()
        name = re.search(rb"(?:\A|[\s*])(\w+)\Z", left)
        yield (None if left.startswith(b"*") or name is None else name[1]), text[sign.end() :]


def _is_pointer(source: SourceFile, function: Function, name: bytes) -> bool:
    """True unless the function declares a number or the like of that name."""
    code = source.code(function.start_byte, function.body_end)
    declared = _DECLARED.replace(b"%b", re.escape(name))
    return re.search(declared, code) is None


_DECLARED = (
    rb"(?:[;{}(,]|\A)\s*(?!return\b|goto\b|else\b|case\b)(?:\w+\s+)+"
    rb"(?:[^;{}()*]*,\s*)?%b\s*(?=[;,=)])"
)
"""A declaration without a ``*``."""
