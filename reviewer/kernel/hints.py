"""What the name of a helper suggests where its code is not at hand.

A hint never proves anything: it only turns an answer into "unknown" (a helper of that name may
take or drop a lock, or switch interrupts). Names that the table knows are answered by the table.
"""

from __future__ import annotations

import re
from functools import lru_cache

from reviewer.kernel.table import primitive

_SOUNDS = re.compile(
    r"(?<![bc])(?:lock|LOCK)|mutex|sem(?:$|_)|acquire|release|irq|enable|disable|begin|end$|_end|"
    r"start|finish|stop|freeze|thaw|suspend|resume|quiesce|hold|drop|grab|take|enter|exit|leave|"
    r"claim|guard|save|restore|preempt|[gp]et_cpu|(?:^|_)(?:done|abort|commit|prepare|complete|fini"
    r"|wait|relax)(?:_|$)"
)


_TRACEPOINT = "trace_"
"""include/linux/tracepoint.h: ``trace_pond_lock()`` and ``trace_pond_lock_enabled()`` are made by
macros, leave preemption as it was and take no lock of who calls them."""


@lru_cache(maxsize=1 << 15)
def may_change_state(name: str) -> bool:
    """True if a function of this name may leave another state of locks or of context behind."""
    known = primitive(name)
    if known is not None and known.exact:
        return known.changes_state
    if name.startswith(_TRACEPOINT):
        return False
    return _SOUNDS.search(name.lower() if name.isupper() else name) is not None
