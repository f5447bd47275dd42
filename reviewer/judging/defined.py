"""What is asked of a name that many files have, as narrowly as it is meant.

Thousands of structs have a ``lock``: whoever only wants to know whether it is a macro somewhere
need not be asked again when one more has it.
"""

from __future__ import annotations

from reviewer.tree.model import Index, NameKind
from reviewer.tree.trace import traced_cache


@traced_cache(maxsize=4096, compared=True)
def is_defined_as(index: Index, name: str, kind: NameKind) -> bool:
    """True if something of a kind is defined by a name, wherever."""
    return any(one.kind is kind for one in index.senses(name))


@traced_cache(maxsize=4096, compared=True)
def is_spelled_in(index: Index, name: str, folder: str) -> bool:
    """True if code of some file of a folder, and not below it, has a name."""
    return any(path.rpartition("/")[0] == folder for path in index.files(name))
