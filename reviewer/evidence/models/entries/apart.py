"""Whether two pointers of a path lead to one page-table entry, or certainly to two.

A path has an entry by several names: by parameters, by walks down the tables, by pointers that were
computed or come from nowhere known. Walks to one address lead to one entry, whichever function is
asked, unless they start from parameters that differ. Only two parameters of the function are taken
to lead to different entries (the old and the new one of a move), and what is reached from one and
not from the other. Of all other pairs nothing is known.
"""

from __future__ import annotations

import re

from reviewer.evidence.models.entries.operations import VARIABLE
from reviewer.source.header_text import split_arguments

_WORD = re.compile(r"(?<![\w:])[A-Za-z_]\w*")
"""Words of a pointer, but for variables of which nothing is known (``2:pte``)."""
_WALK = re.compile(r"pte_offset_map\w*\((.*)\)")
_UPPER = re.compile(r"(p4d|pud|pmd)_(?:offset|alloc)\((.*)\)")
"""Steps to an entry of an upper level."""
_PMD_FIRST = 2
"""Arguments of ``pte_offset_map(pmd, address)``; the others have the address space in front.

include/linux/mm.h, include/linux/pgtable.h
"""


def entry_of(base: str, pointers: frozenset[str]) -> str:
    """What to call the entry that a pointer leads to; ``pointers`` are parameters that lead to any.

    The name is that of the pointer, or tells the address of a walk and where it started.
    """
    base = base.removeprefix("*")
    walk = _WALK.fullmatch(base)
    if walk is None:
        return _step(base)
    given = _arguments(walk)
    if len(given) < _PMD_FIRST:
        return base
    at = len(given) > _PMD_FIRST
    start = sorted(pointers.intersection(_WORD.findall(given[at])))
    return f"entry({' '.join(start)}, {given[at + 1]})"


def _step(base: str) -> str:
    """A walk through an upper level, whether a missing table would be made on it or not."""
    upper = _UPPER.fullmatch(base)
    given = _arguments(upper) if upper is not None else []
    if upper is None or len(given) < _PMD_FIRST:
        return base
    at = len(given) > _PMD_FIRST
    return f"{upper[1]}({_step(given[at])}, {given[at + 1]})"


def _arguments(call: re.Match[str]) -> list[str]:
    code = call[call.lastindex or 0].encode("latin-1")
    return split_arguments(code, 0, len(code))


def apart(one: str, other: str, pointers: frozenset[str]) -> bool:
    """True if two names of entries are certainly those of two."""
    if one.startswith(VARIABLE) or other.startswith(VARIABLE):
        return True
    mine, theirs = (pointers.intersection(_WORD.findall(name)) for name in (one, other))
    return bool(mine - theirs and theirs - mine)
