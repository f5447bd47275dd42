"""Whether a call that is given nothing of ours leaves entries, flushes and interrupts alone.

A function that gets no pointer to an entry or a folio, no address space and no address still has
globals and ``current``: it may flush, let interrupts in, or walk the tables of the running process.
All that the tree has of the name is looked at, and all that this calls: it is idle if none of it is
an operation that counts (operations.txt), and if everything could be looked at.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from reviewer.evidence.models.entries.definitions import DEFINITIONS, defining, is_check
from reviewer.evidence.models.entries.operations import Operation, operations
from reviewer.evidence.models.primitives import primitive
from reviewer.judging.bodies import Body, bodies_in
from reviewer.kernel import primitive as kernel_primitive
from reviewer.source.file import SourceFile
from reviewer.tree.trace import traced_cache
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
_BUILTINS = re.compile(
    r"__builtin_\w+|__compiletime_\w+|__same_type|__is_constexpr|likely|unlikely"
)
_IDLE = (
    "pure", "atomic", "barrier", "alloc", "free", "cache", "context", "lock", "percpu", "rcu",
    "seq", "timer", "user.access", "wait", "wake", "work",
)  # fmt: skip
"""What the kernel's table may say of a function that is idle; one it says more of is looked at."""
_LETS_IN = "context.irq_on"
_BALANCED = re.compile(r"\w+_irqrestore|\w*local_irq_(?:save|restore)")
_PAIRS = ((b"irqsave", b"irqrestore"), (b"irq_save", b"irq_restore"))
"""What a body that has both leaves as it was."""


@traced_cache(maxsize=4096)
def acts(library: Library, source: SourceFile, name: str, objects: frozenset[str]) -> str:
    """What a call may do to the memory of some kinds, or to flushes and interrupts.

    It is the name of the function in which that cannot be excluded; '' if the call is idle.
    """
    waiting = [(source, name)]
    seen: set[tuple[str, int]] = set()
    asked: set[tuple[str, str]] = set()
    while waiting:
        where, called = waiting.pop()
        if (where.path, called) in asked:
            continue
        asked.add((where.path, called))
        known = _known(where, called, objects)
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
            if len(seen) > _VISITED or _ASSEMBLY.search(code) or _BY_POINTER.search(code):
                return called
            balanced = any(one in code and other in code for one, other in _PAIRS)
            for through, inner in _calls(body, code):
                if through:
                    return called
                if not (balanced and _BALANCED.fullmatch(inner)):
                    waiting.append((body.source, inner))
    return ""


def counts(known: Operation, objects: frozenset[str]) -> bool:
    """True of an operation that a path must show: a change of some kind of memory, or a flush.

    Barriers alone are not: one more than was seen makes no outcome possible.
    """
    if not known.changes:
        return False
    return known.object in objects or (
        known.object == "-" and not known.statement.startswith("smp_")
    )


def _known(source: SourceFile, name: str, objects: frozenset[str]) -> bool | None:
    """True of a name that is known to be idle, False of one that is known to act, else None."""
    known = operations().get(name)
    if known is not None:
        return not counts(known, objects)
    if _BUILTINS.fullmatch(name) or is_check(source, name):
        return True
    table = kernel_primitive(name)
    if table is not None and table.does(_LETS_IN):
        return False
    if table is not None and all(any(_below(t.concept, one) for one in _IDLE) for t in table.tags):
        return True
    return True if primitive(name) is not None else None


def _below(concept: str, other: str) -> bool:
    return concept == other or concept.startswith(f"{other}.")


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
