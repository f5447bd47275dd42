"""Calls that no path shows: whether one may wait for readers, or give an object up.

The paths leave out what does nothing that is asked about, and go into few helpers. So the code
between two steps is read for every name that it calls, whatever the condition.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator

from reviewer.evidence.models.definitions import is_check, is_of_the_kernel
from reviewer.evidence.models.grace.tracer import concepts, ends, stands_in, waits, waits_itself
from reviewer.evidence.models.reach import culprit, hiding, reached
from reviewer.evidence.models.values import Event
from reviewer.kernel import primitive
from reviewer.kernel.guards import SCOPED
from reviewer.source.file import SourceFile
from reviewer.source.model import Function
from reviewer.tree.trace import traced_cache
from reviewer.world import Library

_CALL = re.compile(rb"(->[ \t]*|\.[ \t]*)?(?<!\w)([A-Za-z_]\w*)[ \t]*\(")
_SECTION = re.compile(rb"\bguard\s*\(\s*rcu\s*\)\s*\(\s*\)|\bscoped_guard\s*\(\s*rcu\s*\)")
"""A guard that is a section of readers, and no lock."""
_WORD = re.compile(rb"[A-Za-z_]\w*")
_TEST = rb"\((?:[^()]|\((?:[^()]|\([^()]*\))*\))*\)"
_ROUND = rb"(?:cpu_relax|schedule\w*|cond_resched|yield|[mu]sleep\w*|[mu]delay)"
_POLLS = re.compile(
    rb"\b(?:(?P<loop>while|for)\s*"
    + _TEST
    + rb"\s*(?:;|(?:\{[^{}]*)?\b(?P<by>"
    + _ROUND
    + rb")\s*\()"
    rb"|do\s*\{[^{}]*\b(?P<too>" + _ROUND + rb")\s*\()"
)
_NO_CALLS = frozenset(b"if for while switch return sizeof typeof do else case".split())


def may_wait(
    library: Library, source: SourceFile, function: Function, first: Event, last: Event
) -> str:
    """A call between two steps that may wait for readers, or await them otherwise; '' if none."""
    polled = _polls(source, function, first.top, last.top)
    return polled or _between(library, source, function, first, last, _awaits)


def waits_behind(
    library: Library, source: SourceFile, function: Function, step: Event, root: str
) -> str:
    """A call behind a step that is seen to wait for readers of RCU; '' if none is.

    So is one that is given the object, by the variable ``root``, and has something done behind a
    grace period; a call through a pointer may do either, and so may a loop that polls.
    """
    end = source.line_of(function.body_end)
    if step.top < end and (polled := _polls(source, function, step.top + 1, end)):
        return polled
    code = source.code(function.body_start, function.body_end)
    for match in _CALL.finditer(code):
        if source.line_of(function.body_start + match.start(2)) <= step.top:
            continue
        name = match[2].decode()
        if match[1] is not None:
            return name
        given = root.encode() in _WORD.findall(code, match.end(), _end(code, match.end()))
        if match[2] not in _NO_CALLS and _waiting(library, source, name, given):
            return name
    return ""


def _end(code: bytes, start: int) -> int:
    found = code.find(b";", start)
    return found if found >= 0 else len(code)


@traced_cache(maxsize=512)
def _waiting(library: Library, source: SourceFile, name: str, given: bool) -> bool:
    return any(
        waits_itself(one) or (given and waits(one))
        for one in reached(library, source, name, _is_in_the_table)
    )


def _is_in_the_table(name: str) -> bool:
    known = primitive(name)
    return known is not None and bool(known.tags)


def may_end(
    library: Library, source: SourceFile, function: Function, first: Event, last: Event
) -> str:
    """A call between two steps that may free an object or drop a count of it; '' if none may."""
    return _between(library, source, function, first, last, ends)


def may_lock(library: Library, source: SourceFile, function: Function, last: int) -> str:
    """A call up to a line of a function that may take a lock; '' if none may."""
    for through, name in _called(source, function, source.line_of(function.body_start), last):
        if through or _where(library, source, name, _locks):
            return name
    return ""


def _locks(name: str) -> bool:
    return name in SCOPED or any(one.startswith("lock.acquire") for one in concepts(name))


def _awaits(name: str) -> bool:
    return waits(name) or stands_in(name)


def _polls(source: SourceFile, function: Function, first: int, last: int) -> str:
    """What a loop goes round with until something is so, which may be that readers are gone.

    Lines as of ``_called``. A loop without a body goes round with nothing: its keyword is given.
    """
    code = source.code(function.body_start, function.body_end)
    for match in _POLLS.finditer(code):
        line = source.line_of(function.body_start + match.end() - 1)
        if first > last or first <= line <= last:
            return bytes(match["by"] or match["too"] or match["loop"]).decode()
    return ""


def _between(
    library: Library, source: SourceFile, function: Function, first: Event, last: Event,
    does: Callable[[str], bool],
) -> str:  # fmt: skip
    own = {one.name for one in (first, last) if one.path == source.path}
    for through, name in _called(source, function, first.top, last.top):
        if through or (name not in own and _where(library, source, name, does)):
            return name
    return ""


def _called(
    source: SourceFile, function: Function, first: int, last: int
) -> Iterator[tuple[bool, str]]:
    """Names called in the lines from one to another, in all of a function if it is a loop's, and
    whether it is through a pointer or something else that tells nothing of itself."""
    code = source.code(function.body_start, function.body_end)
    code = _SECTION.sub(lambda match: b" " * len(match[0]), code)
    for match in hiding(code):
        line = source.line_of(function.body_start + match.end() - 1)
        if first > last or first <= line <= last:
            *_, word = (b"asm", *_WORD.findall(code[: match.end()]))
            yield True, word.decode()
    for match in _CALL.finditer(code):
        if match[2] in _NO_CALLS:
            continue
        line = source.line_of(function.body_start + match.start(2))
        if first > last or first <= line <= last:
            yield match[1] is not None, match[2].decode()


@traced_cache(maxsize=2048)
def _where(library: Library, source: SourceFile, name: str, does: Callable[[str], bool]) -> str:
    return culprit(library, source, name, lambda file, one: _known(library, file, one, does))


def _known(
    library: Library, source: SourceFile, name: str, does: Callable[[str], bool]
) -> bool | None:
    """False of what does it, True of what the kernel's table says does not."""
    known = primitive(name)
    if does(name):
        return False
    if is_check(source, name):
        return True
    if known is None or not known.tags:
        return None
    return True if known.exact or is_of_the_kernel(library, source, name) else None
