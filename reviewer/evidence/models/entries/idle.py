"""Whether a call leaves entries, flushes and interrupts alone, beside what it is given.

Any function has globals and ``current``: it may flush, let interrupts in, or walk the tables of the
running process, whatever its arguments lead to (purity.py tells of these).
All that the tree has of the name is looked at, and all that this calls: it is idle if none of it is
an operation that counts (operations.txt), and if everything could be looked at.
"""

from __future__ import annotations

from reviewer.evidence.models.definitions import (
    definitions,
    is_check,
    is_of_the_kernel,
    is_pasted,
)
from reviewer.evidence.models.entries.operations import Operation, operations
from reviewer.evidence.models.primitives import primitive
from reviewer.evidence.models.reach import culprit
from reviewer.kernel import primitive as kernel_primitive
from reviewer.source.file import SourceFile
from reviewer.tree.trace import traced_cache
from reviewer.world import Library

_IDLE = (
    "pure", "atomic", "barrier", "alloc", "free", "cache", "context", "lock", "percpu", "rcu",
    "seq", "timer", "user.access", "wait", "wake", "work",
)  # fmt: skip
"""What the kernel's table may say of a function that is idle; one it says more of is looked at."""
_LETS_IN = "context.irq_on"


@traced_cache(maxsize=4096)
def acts(library: Library, source: SourceFile, name: str, objects: frozenset[str]) -> str:
    """What a call may do to the memory of some kinds, or to flushes and interrupts.

    It is the name of the function in which that cannot be excluded; '' if the call is idle.
    """
    return culprit(
        library, source, name, lambda where, called: _known(library, where, called, objects)
    )


def counts(known: Operation, objects: frozenset[str]) -> bool:
    """True of an operation that a path must show: a change of some kind of memory, or a flush.

    Barriers alone are not: one more than was seen makes no outcome possible.
    """
    if not known.changes:
        return False
    return known.object in objects or (
        known.object == "-" and not known.statement.startswith("smp_")
    )


def _known(library: Library, source: SourceFile, name: str, objects: frozenset[str]) -> bool | None:
    """True of a name that is known to be idle, False of one that is known to act, else None."""
    known = operations().get(name)
    if known is not None:
        return not counts(known, objects)
    if is_check(source, name) or (is_pasted(name) and not definitions(library, source, name)):
        return True
    table = kernel_primitive(name)
    if table is not None and table.does(_LETS_IN):
        return False
    if table is not None and all(any(_below(t.concept, one) for one in _IDLE) for t in table.tags):
        return True if table.exact or is_of_the_kernel(library, source, name) else None
    return True if primitive(name) is not None else None


def _below(concept: str, other: str) -> bool:
    return concept == other or concept.startswith(f"{other}.")
