"""What a file defines, by the layout that kernel code keeps to.

No parser runs here: a whole tree must be read in a minute. Functions and variables start in
column 0; ``reviewer.source`` parses properly where a finding rests on one function.
"""

from __future__ import annotations

import re
import sys
from bisect import bisect_right
from collections.abc import Iterator
from functools import lru_cache
from operator import methodcaller
from typing import NamedTuple

from reviewer.tree.dialect import ASSEMBLIES, Dialect
from reviewer.tree.members import (
    ARRAY,
    LAST_NAME,
    LOCK_WORDS,
    NAMES,
    POINTER_NAME,
    Found,
    enumerators,
    fields,
)
from reviewer.tree.model import NameKind


class _Head(NamedTuple):
    """A function header or declaring macro; ``brace`` is where its body opens, or -1."""

    name: bytes
    kind: NameKind
    offset: int
    brace: int = -1
    static: bool = False


class Body(NamedTuple):
    """A function's name and the bytes from its header to its closing brace."""

    name: bytes
    start: int
    end: int


class _AtLines(NamedTuple):
    """A pattern that is looked for at beginnings of lines.

    ``re`` seeks a newline four times as fast as it tries ``^`` at each byte.
    """

    first: re.Pattern[bytes]
    others: re.Pattern[bytes]

    @classmethod
    def of(cls, pattern: bytes) -> _AtLines:
        return cls(re.compile(pattern), re.compile(b"\n" + pattern))

    def finditer(self, code: bytes) -> Iterator[re.Match[bytes]]:
        """Matches in order; those behind the first line begin with the newline before theirs."""
        first = self.first.match(code)
        if first is not None:
            yield first
        yield from self.others.finditer(code, first.end() if first is not None else 0)


class _AtKeywords(NamedTuple):
    """What may follow ``struct``, ``union`` or ``enum``, looked for behind each of the words.

    ``re`` seeks a word ten times as fast as it tries three at each byte.
    """

    each: tuple[re.Pattern[bytes], ...]

    @classmethod
    def of(cls, rest: bytes) -> _AtKeywords:
        """The patterns; the keyword is the first group of each."""
        words = (b"struct", b"union", b"enum")
        return cls(tuple(re.compile(b"(%b(?<!\\w%b))%b" % (one, one, rest)) for one in words))

    def finditer(
        self, code: bytes, start: int = 0, end: int = sys.maxsize
    ) -> Iterator[re.Match[bytes]]:
        """All matches, in order, none in another."""
        found = [match for each in self.each for match in each.finditer(code, start, end)]
        found.sort(key=_start)
        done = start
        for match in found:
            if match.start() >= done:
                done = match.end()
                yield match


_start = methodcaller("start")


_PARENS = rb"\((?:[^()]++|\((?:[^()]++|\((?:[^()]++|\([^()]*+\))*+\))*+\))*+\)"
_HEAD = _AtLines.of(rb"(?=[A-Za-z_])([^\n(;={}#]*?)(?<!\w)([A-Za-z_]\w*+)[ \t]*+(?=\()")
_GROUP = re.compile(_PARENS)
_AFTER = re.compile(
    rb"\s*+((?:(?!struct\b)[A-Za-z_]\w*+\s*+(?:" + _PARENS + rb"\s*+)?+)*+)([{;=,:]?)"
)
_MACRO = _AtLines.of(rb"[ \t]*+#[ \t]*+define[ \t]++(\w++)")
_TAG = _AtKeywords.of(rb"\s++(?:__\w++(?:\(\([^()]*+\)\))?+\s++)*+(\w++)\s*+\{")
_AGGREGATE = _AtKeywords.of(rb"\b((?:[^;{}()=,#]|__\w++\(\(?[^()]*+\)?\))*+)\{")
_TAG_NAME = re.compile(rb"(?<!\w)(?!__)(\w++)\s*+$")
_ATTRIBUTES_AT_MOST = 256
"""Bytes between a keyword and its tag that attributes may fill."""
_BRACE = re.compile(rb"[{}]")
_TAIL = re.compile(rb"\s*+((?:__\w++(?:" + _PARENS + rb")?+\s*+)*+)([\w\s,*\[\]]*+)[;=]")
_TYPEDEF_LINE = _AtLines.of(rb"[ \t]*+typedef\b([^;{}]*+);")
_VARIABLE = _AtLines.of(
    rb"(?=[A-Za-z_])(?!typedef\b|return\b|goto\b|else\b|case\b|using\b)"
    rb"(?!(?:struct|union|enum)\s++\w++\s*+;)([^\n(){};=#:]*?[\s*])([A-Za-z_]\w*+)\s*+(?:\[[^\]]*+\]\s*+)*+(?:__\w++(?:\([^()\n]*+\))?\s*+)*+[=;,]"
)
_LABEL = re.compile(rb"^([A-Za-z_.$][\w.$]*+):", re.M)
_ASM_ENTRY = re.compile(
    rb"^[ \t]*+(?:\w*(?:FUNC_START|CODE_START|ENTRY|FUNC_ALIAS|DATA_START|PROC_START|_GLOBAL)\w*)"
    rb"[ \t]*+\(?[ \t]*+(\w++)|^[ \t]*+\.(?:macro|globl|global|weak|set)[ \t]++(\w++)"
    rb"|^(?:LEAF|NESTED|FEXPORT)\((\w++)",
    re.M,
)
_SYMBOL = re.compile(rb"^[ \t]*+(?:menu)?config[ \t]++(\w++)", re.M)
_LOCK_MACRO = re.compile(rb"LOCK|MUTEX|RWSEM|SEMAPHORE|SRCU|SEQCOUNT")
_SYSCALL = re.compile(rb"^(COMPAT_)?SYSCALL(?:32)?_DEFINE\d$")
_NOT_FUNCTIONS = frozenset(
    b"if for while switch return sizeof defined do else case typeof __typeof__ asm __asm__ "
    b"static_assert _Static_assert BUILD_BUG_ON __attribute__ __aligned __section __printf __scanf "
    b"__releases __acquires __must_hold __printf_like __nonnull __alloc_size __counted_by "
    b"__cond_acquires __cond_releases __free __guarded_by __diag_ignore_all __declspec __context__ "
    b"__attribute_const__ __assume_aligned __realloc_size __no_sanitize".split()
)
_CONTROL = frozenset(b"if for while switch return else do case".split())
_DECLARERS = frozenset(
    b"EXPORT_SYMBOL EXPORT_SYMBOL_GPL EXPORT_SYMBOL_NS EXPORT_SYMBOL_NS_GPL MODULE_LICENSE "
    b"MODULE_AUTHOR MODULE_DESCRIPTION MODULE_ALIAS MODULE_PARM_DESC MODULE_DEVICE_TABLE "
    b"ALLOW_ERROR_INJECTION NOKPROBE_SYMBOL EXPORT_TRACEPOINT_SYMBOL EXPORT_TRACEPOINT_SYMBOL_GPL "
    b"EXPORT_PER_CPU_SYMBOL EXPORT_PER_CPU_SYMBOL_GPL EXPORT_SYMBOL_FOR_TESTS_ONLY "
    b"MODULE_FIRMWARE MODULE_VERSION MODULE_IMPORT_NS".split()
)


def definitions(code: bytes, kind: Dialect) -> Iterator[Found]:
    """What blanked code (``dialect.code_of``) defines, in no particular order."""
    if kind is Dialect.KCONFIG:
        for match in _SYMBOL.finditer(code):
            yield Found(b"CONFIG_" + match[1], NameKind.CONFIG, match.start(1))
        return
    if kind in ASSEMBLIES:
        yield from _assembly(code)
    if kind is Dialect.C or kind in ASSEMBLIES:
        for match in _MACRO.finditer(code):
            yield Found(match[1], NameKind.MACRO, match.start(1))
    if kind is Dialect.C:
        for head in _headers(code):
            end = code.find(b"\n}", head.brace) + 1 if head.brace >= 0 else 0
            yield Found(head.name, head.kind, head.offset, end, static=head.static)
        yield from _aggregates(code)
        yield from _variables(code)


def bodies(code: bytes) -> tuple[Body, ...]:
    """The functions that blanked C code defines, in order; each ends at a ``}`` in column 0."""
    found: list[Body] = []
    for head in _headers(code):
        if head.kind is NameKind.FUNCTION and head.brace >= 0:
            end = code.find(b"\n}", head.brace)
            found.append(Body(head.name, head.offset, len(code) if end < 0 else end + 2))
    return tuple(found)


def enclosing(functions: tuple[Body, ...], offset: int) -> Body | None:
    """The function whose header or body holds an offset."""
    at = bisect_right(functions, offset, key=lambda body: body.start) - 1
    return functions[at] if at >= 0 and offset < functions[at].end else None


def members(code: bytes, tag: bytes) -> Iterator[bytes]:
    """Names inside ``struct tag { … }`` (union, enum) of blanked code, nested ones included."""
    for named in _braced(tag).finditer(code):
        # The keyword is looked for behind the brace: a search for it alone finds every variable.
        floor = max(0, named.start() - _ATTRIBUTES_AT_MOST)
        for match in _TAG.finditer(code, floor, named.end()):
            if match[2] == tag and match.end() == named.end():
                end = _closing(code, match.end())
                read = enumerators if match[1] == b"enum" else fields
                yield from (found.name for found in read(code, match.end(), end - 1))


@lru_cache(maxsize=64)
def _braced(tag: bytes) -> re.Pattern[bytes]:
    """A tag with the brace of its members."""
    return re.compile(re.escape(tag) + rb"\s*+\{")


def _closing(code: bytes, start: int) -> int:
    """The offset after the ``}`` that closes the brace before ``start``."""
    depth = 1
    for brace in _BRACE.finditer(code, start):
        depth += 1 if brace[0] == b"{" else -1
        if not depth:
            return brace.end()
    return len(code)


def _assembly(code: bytes) -> Iterator[Found]:
    for match in _LABEL.finditer(code):
        yield Found(match[1], NameKind.LABEL, match.start(1))
    for match in _ASM_ENTRY.finditer(code):
        name = match[1] or match[2] or match[3]
        yield Found(name, NameKind.FUNCTION, match.start())


def _headers(code: bytes) -> Iterator[_Head]:
    """Function headers and declaring macros in column 0."""
    for match in _HEAD.finditer(code):
        before, name = match[1], match[2]
        if name in _CONTROL or before.startswith(b"typedef"):
            continue
        offset = match.start(2)
        group = _GROUP.match(code, match.end())
        while group is not None and name in _NOT_FUNCTIONS:
            following = _HEAD_AFTER_ATTRIBUTE.match(code, group.end())
            if following is None:
                group = None
                break
            name, offset = following[1], following.start(1)
            group = _GROUP.match(code, following.end())
        if group is None:
            continue
        after = _AFTER.match(code, group.end())
        mark = after[2] if after is not None else b""
        assert after is not None
        if mark == b"{":
            yield from _function(name, before, group[0], offset, after.start(2))
        elif before.strip() in (b"", b"static", b"static __maybe_unused", b"extern"):
            yield from _declared(name, group, offset)
        elif mark in (b";", b",") and group[0][1:2] != b"*":
            yield _Head(name, NameKind.PROTOTYPE, offset, static=_is_static(before))
        elif (pointer := POINTER_NAME.match(group[0])) is not None:
            yield _Head(
                pointer[1],
                NameKind.VARIABLE,
                group.start() + pointer.start(1),
                static=_is_static(before),
            )


def _is_static(before: bytes) -> bool:
    return b"static" in before.split()


_HEAD_AFTER_ATTRIBUTE = re.compile(rb"[\s\w*]*?(?<!\w)([A-Za-z_]\w*+)[ \t]*+(?=\()")


def _function(name: bytes, before: bytes, group: bytes, offset: int, brace: int) -> Iterator[_Head]:
    static = _is_static(before)
    if not name.isupper() or before.strip():
        yield _Head(name, NameKind.FUNCTION, offset, brace, static)
        return
    arguments = NAMES.findall(group)
    syscall = _SYSCALL.match(name)
    if syscall is not None and arguments:
        prefix = b"compat_sys_" if syscall[1] else b"sys_"
        yield _Head(prefix + arguments[0], NameKind.FUNCTION, offset, brace)
        for lead in (b"__do_", b"__se_", b"__x64_", b"__arm64_", b"__s390x_", b"__ia32_"):
            yield _Head(lead + prefix + arguments[0], NameKind.FUNCTION, offset)
    for argument in arguments[:2]:
        yield _Head(argument, NameKind.FUNCTION, offset, brace, static)


def _declared(macro: bytes, group: re.Match[bytes], offset: int) -> Iterator[_Head]:
    """``DEFINE_MUTEX(name)``, ``DEFINE_PER_CPU(type, name)``, ``TRACE_EVENT(name, …)``."""
    if macro in _DECLARERS or macro in _NOT_FUNCTIONS:
        return
    arguments = group[0][1:-1].split(b",", 2)
    locks = _LOCK_MACRO.search(macro) or LOCK_WORDS.search(arguments[0])
    kind = NameKind.LOCK if locks else NameKind.VARIABLE
    for argument in arguments[:2]:
        last = LAST_NAME.search(ARRAY.sub(b"", argument).rstrip())
        if last is not None:
            yield _Head(last[1], kind, offset)
            if b"EVENT" in macro or b"TRACE" in macro:
                yield _Head(b"trace_" + last[1], NameKind.FUNCTION, offset)


def _aggregates(code: bytes) -> Iterator[Found]:
    for match in _TAG.finditer(code):
        yield Found(match[2], NameKind.STRUCT, match.start(2))
    done = 0
    for match in _AGGREGATE.finditer(code):
        if match.start() < done:
            continue
        done = _closing(code, match.end())
        line = code.rfind(b"\n", 0, match.start()) + 1
        tail = _TAIL.match(code, done)
        names = NAMES.findall(ARRAY.sub(b"", tail[2])) if tail is not None else []
        if tail is not None:
            typedef = code.startswith(b"typedef", line)
            kind = NameKind.TYPEDEF if typedef else NameKind.VARIABLE
            for name in names:
                yield Found(name, kind, done)
        tag = _TAG_NAME.search(match[2])
        owner = tag[1] if tag is not None else names[0] if names else b""
        read = enumerators if match[1] == b"enum" else fields
        yield from read(code, match.end(), done - 1, owner)
    for match in _TYPEDEF_LINE.finditer(code):
        pointer = POINTER_NAME.search(match[1])
        if pointer is not None:
            yield Found(pointer[1], NameKind.TYPEDEF, match.start(1) + pointer.start(1))
            continue
        head = ARRAY.sub(b"", match[1].partition(b"(")[0])
        last = LAST_NAME.search(head)
        if last is not None:
            yield Found(last[1], NameKind.TYPEDEF, match.start(1) + last.start(1))


def _variables(code: bytes) -> Iterator[Found]:
    for match in _VARIABLE.finditer(code):
        lock = b"*" not in match[1] and LOCK_WORDS.search(match[1])
        kind = NameKind.LOCK if lock else NameKind.VARIABLE
        yield Found(match[2], kind, match.start(2))
