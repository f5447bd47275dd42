"""All that a call reaches: whether any of it does something that must not be passed over.

Every definition that the tree has of a name is looked at, and of every name that these call. A name
that nobody defines, a call through a pointer, assembly: it may do anything then.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator

from reviewer.evidence.models.definitions import DEFINITIONS, defining
from reviewer.judging.bodies import Body, bodies_in
from reviewer.source.file import SourceFile
from reviewer.world import Library

_VISITED = 80
"""Bodies that are looked at before a call counts as unknown: about 0.05 s of reading."""
_CALLED = re.compile(rb"(->|\.|\*[ \t]*)?[ \t]*\b([A-Za-z_]\w*)[ \t]*(?=\()")
_BY_POINTER = re.compile(rb"\(\s*\*[^()]*\)\s*\(|\]\s*\(")
_ASSEMBLY = re.compile(
    rb"\b(?:asm|__asm__|__asm)\b(?!\s*(?:volatile|__volatile__)?\s*\(\s*\"\"\s*:)"
)
"""Assembly, but for the empty kind that only holds the compiler back (``barrier()``)."""
_KEYWORDS = frozenset(
    b"if for while switch return sizeof typeof __typeof__ typeof_unqual defined do else case goto "
    b"__attribute__ __aligned __alignof__ _Generic __auto_type".split()
)
_ALONE = re.compile(rb"[;{})][ \t]*\n\s*[A-Z_][A-Z0-9_]+[ \t]*;")
"""A macro that stands alone: only its definition tells what it does."""
_HIDES = (_ASSEMBLY, _BY_POINTER, _ALONE)
_BALANCED = re.compile(r"\w+_irqrestore|\w*local_irq_(?:save|restore)")
_PAIRS = ((b"irqsave", b"irqrestore"), (b"irq_save", b"irq_restore"))
"""What a body that has both leaves as it was."""
_BUILTINS = re.compile(
    r"__builtin_\w+|__compiletime_\w+|__same_type|__is_constexpr|likely|unlikely"
)


def is_assembly(text: str) -> bool:
    """True of code with assembly in it that does anything."""
    return _ASSEMBLY.search(text.encode("latin-1")) is not None


def hiding(code: bytes) -> Iterator[re.Match[bytes]]:
    """Where code does what no name in it tells: by a pointer, in assembly, in a macro alone."""
    for one in _HIDES:
        yield from one.finditer(code)


def culprit(
    library: Library, source: SourceFile, name: str,
    knows: Callable[[SourceFile, str], bool | None],
) -> str:  # fmt: skip
    """The function in which something cannot be excluded of a call in a file; '' if it can be.

    ``knows`` says of a name in a file whether it is harmless, None if its definitions tell.
    """
    waiting = [(source, name)]
    seen: set[tuple[str, int]] = set()
    asked: set[tuple[str, str]] = set()
    while waiting:
        where, called = waiting.pop()
        if (where.path, called) in asked:
            continue
        asked.add((where.path, called))
        known = True if _BUILTINS.fullmatch(called) else knows(where, called)
        if known is not None:
            if not known:
                return called
            continue
        found = _bodies(library, where, called)
        if not found or len(found) > DEFINITIONS:
            return called
        for body in found:
            if (body.path, body.start) in seen:
                continue
            seen.add((body.path, body.start))
            code = body.code()
            if len(seen) > _VISITED or next(hiding(code), None) is not None:
                return called
            balanced = any(one in code and other in code for one, other in _PAIRS)
            for through, inner in _calls(body, code):
                if through:
                    return called
                if not (balanced and _BALANCED.fullmatch(inner)):
                    waiting.append((body.source, inner))
    return ""


def reached(
    library: Library, source: SourceFile, name: str, ends: Callable[[str], bool]
) -> Iterator[str]:
    """The names that a call reaches, as far as bodies are at hand, and not behind ``ends``."""
    waiting = [(source, name)]
    asked: set[tuple[str, str]] = set()
    bodies = 0
    while waiting and bodies < _VISITED:
        where, called = waiting.pop(0)
        if (where.path, called) in asked:
            continue
        asked.add((where.path, called))
        yield called
        for body in () if ends(called) else _bodies(library, where, called)[:DEFINITIONS]:
            bodies += 1
            calls = _calls(body, body.code())
            waiting += [(body.source, inner) for through, inner in calls if not through]


def _bodies(library: Library, source: SourceFile, name: str) -> tuple[Body, ...]:
    return tuple(one for file in defining(library, source, name) for one in bodies_in(file, name))


def _calls(body: Body, code: bytes) -> Iterator[tuple[bool, str]]:
    """The names that a body calls, and whether it is by a pointer in a structure."""
    brace = code.find(b"{")
    start = brace if brace >= 0 else code.find(b")")
    seen: set[bytes] = set()
    for match in _CALLED.finditer(code, max(start, 0)):
        if match[2] in _KEYWORDS or match[2] in seen or match[2].decode() == body.name:
            continue
        seen.add(match[2])
        yield match[1] in (b"->", b"."), match[2].decode()
