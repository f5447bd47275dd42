"""Whether a call that is not followed certainly orders nothing, so that it may be passed over."""

from __future__ import annotations

from reviewer.evidence.models.calls import ORDERING
from reviewer.evidence.models.definitions import is_check, is_of_the_kernel
from reviewer.evidence.models.reach import culprit
from reviewer.evidence.models.values import Does, Event
from reviewer.kernel import primitive
from reviewer.source.file import SourceFile
from reviewer.tree.trace import traced_cache
from reviewer.world import Library


def is_quiet(library: Library, event: Event) -> bool:
    """True of a call that nothing orders in, whatever it calls; all of that was read."""
    source = library.source(event.path) if event.does is Does.OPAQUE else None
    return source is not None and not event.orders and _orders(library, source, event.name) == ""


def orders_nothing(library: Library, source: SourceFile, name: str) -> bool:
    """As ``is_quiet``, of a name that a file calls."""
    return _orders(library, source, name) == ""


@traced_cache(maxsize=4096)
def _orders(library: Library, source: SourceFile, name: str) -> str:
    return culprit(library, source, name, lambda where, called: _known(library, where, called))


def _known(library: Library, source: SourceFile, name: str) -> bool | None:
    """False of what orders, True of what the kernel's table or its kind says does not, else None.

    Allocation is none of these: whether it orders is nobody's promise, and it never serves as a
    barrier (Documentation/memory-barriers.txt has it in no list), but it may take locks.
    """
    known = primitive(name)
    if known is not None and known.order:
        return not known.order & ORDERING
    if is_check(source, name):
        return True
    if known is None or not known.pure:
        return None
    return True if known.exact or is_of_the_kernel(library, source, name) else None
