"""All that a name of a call may be, and which names are checks or messages."""

from __future__ import annotations

import re

from reviewer.kernel import primitive
from reviewer.source.file import SourceFile
from reviewer.source.model import Function
from reviewer.tree.model import Index, NameKind
from reviewer.tree.trace import traced_cache
from reviewer.world import Library

DEFINITIONS = 24
"""Definitions of one name (each architecture has its own) that are looked at."""
_FAR = ("tools/", "samples/", "scripts/", "Documentation/")
_MESSAGES = re.compile(
    r"(?:pr|dev)_(?:emerg|alert|crit|err|warn|notice|info|debug|dbg|cont|devel)(?:_once|_ratelimited)?"
    r"|_?printk\w*|WARN\w*|(?:VM_)?(?:BUG|WARN)_ON\w*|p(?:te|md|ud|gd)_ERROR"
)
"""include/linux/printk.h, include/linux/mmdebug.h, include/asm-generic/bug.h: messages and debug
checks, which nothing is changed by. That the kernel's table calls a name pure (``memcpy()``, any
``is_…()``) is no promise of that: it has no effect on order."""
_SANITIZERS = re.compile(r"k(?:m|a|c)san_\w+|trace_\w+|lockdep_\w+")
"""Hooks of sanitizers, tracepoints (made by pasting: include/linux/tracepoint.h) and lockdep."""
_FLAGS = re.compile(
    r"_{0,2}folio_(?:test_)?(?:test|set|clear)_\w+|_{0,2}(?:Test)?(?:Set|Clear)?Page[A-Z]\w*"
)
"""What include/linux/page-flags.h makes by pasting: flags of a folio, of which the one that matters
(AnonExclusive) stands in the table of operations."""


def is_check(source: SourceFile, name: str) -> bool:
    """True of a check or a message as the kernel has them; not of a file's own by such a name."""
    if source.functions_named(name) or name in source.macros:
        return False
    known = primitive(name)
    if known is not None and any(".assert" in tag.concept for tag in known.tags):
        return True
    return _MESSAGES.fullmatch(name) is not None


def locks_only(source: SourceFile, name: str) -> bool:
    """True of a lock in the kernel's table, ``mmap_read_lock(mm)``, that lets no interrupt in."""
    if source.functions_named(name) or name in source.macros:
        return False
    known = primitive(name)
    return known is not None and all(
        tag.concept.startswith(("lock.", "context."))
        and tag.concept not in ("context.irq_on", "lock.may_acquire")
        for tag in known.tags
    )


def is_pasted(name: str) -> bool:
    """True of a hook or a folio's flag by its name, if the tree has no definition of it."""
    return _SANITIZERS.fullmatch(name) is not None or _FLAGS.fullmatch(name) is not None


def is_of_the_kernel(library: Library, source: SourceFile, name: str) -> bool:
    """True of a name that the kernel's headers define, or nobody.

    ``is_*`` and ``cpu_*`` of the table are the kernel's own; a driver has such names too.
    """
    found = defining(library, source, name)
    return not found or any(one.path.startswith(("include/", "arch/")) for one in found)


def defining(library: Library, source: SourceFile, name: str) -> tuple[SourceFile, ...]:
    """The files that define a name as seen from a file: it itself, else all that have it."""
    if library.index is None or source.functions_named(name) or name in source.macros:
        return (source,)
    paths = _open_to_all(library.index, name)
    return tuple(one for path in paths if (one := library.source(path)) is not None)


@traced_cache(maxsize=4096, compared=True)
def _open_to_all(index: Index, name: str) -> tuple[str, ...]:
    """The files that define a function or macro of a name which is not their own."""
    return tuple(
        dict.fromkeys(
            one.path
            for one in index.senses(name)
            if one.kind in (NameKind.FUNCTION, NameKind.MACRO)
            and not one.path.startswith(_FAR)
            and not (one.path.endswith(".c") and (one.static or one.kind is NameKind.MACRO))
        )
    )


def definitions(
    library: Library, source: SourceFile, name: str
) -> tuple[tuple[SourceFile, Function], ...] | None:
    """All that a name may be, as seen from a file.

    None if one of them cannot be read: of a macro with several bodies only the first is.
    """
    found: list[tuple[SourceFile, Function]] = []
    for where in defining(library, source, name):
        found += [(where, one) for one in where.functions_named(name)]
        if name in where.macros:
            macro = where.macro_function(name)
            if macro is None or _bodies(where, name) > 1:
                return None
            found.append((where, macro))
    return tuple(found)


def _bodies(source: SourceFile, name: str) -> int:
    """How many definitions of a macro with a body a file has."""
    told = re.compile(
        rb"^[ \t]*#[ \t]*define[ \t]+" + name.encode() + rb"\b(?:\([^)]*\))?[ \t]*\S", re.M
    )
    return len(told.findall(source.code()))
