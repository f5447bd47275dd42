"""Whether a function that is not followed leaves alone what a pointer leads to.

All that the tree has of a name is looked at, and all that these hand the pointer on to. A function
is known to change nothing if each use of the pointer is seen and none of them changes anything; a
definition that is missing, a pointer that is kept or given back, a call through a pointer: it may
do anything then.
"""

from __future__ import annotations

from dataclasses import dataclass

from reviewer.evidence.models.definitions import (
    DEFINITIONS,
    definitions,
    is_check,
    is_pasted,
    locks_only,
)
from reviewer.evidence.models.entries.operations import operations
from reviewer.evidence.models.entries.uses import Leads, handed_on
from reviewer.evidence.models.primitives import primitive
from reviewer.source.file import SourceFile
from reviewer.source.model import Function
from reviewer.tree.trace import traced_cache
from reviewer.world import Library

_VISITED = 80
"""Functions that are looked at before a call counts as unknown: about 0.1 s of reading."""


@traced_cache(maxsize=4096)
def changed_by(
    library: Library, source: SourceFile, name: str, at: int, leads: Leads, objects: frozenset[str]
) -> str:
    """What may change what argument number ``at`` of a call in a file leads to.

    It is the name of the function in which that cannot be excluded; '' if it is changed nowhere.
    ``objects`` are the kinds of memory of a folio and of entries that matter.
    """
    return _Search(library, objects).culprit(source, name, at, leads)


@dataclass(frozen=True, slots=True)
class _Use:
    """A parameter that a function has the pointer in, or a macro what it leads to (``there``)."""

    source: SourceFile
    function: Function
    at: int
    leads: Leads
    there: bool


class _Search:
    """All that one pointer reaches."""

    def __init__(self, library: Library, objects: frozenset[str]) -> None:
        self._library = library
        self._objects = objects
        self._seen: set[tuple[str, int, int, Leads, bool]] = set()
        self._waiting: list[_Use] = []
        self._unseen = ""

    def culprit(self, source: SourceFile, name: str, at: int, leads: Leads) -> str:
        if not self._handed(source, name, at, leads, there=False):
            return name
        while self._waiting:
            use = self._waiting.pop()
            if len(self._seen) > _VISITED or not self._harmless(use):
                return self._unseen or use.function.name
        return ""

    def _harmless(self, use: _Use) -> bool:
        """Whether a function does nothing with a parameter, and hands it on to none that does."""
        parsed, name = use.source.parsed(use.function), use.function.parameters[use.at]
        found = handed_on(parsed, name, use.leads, there=use.there)
        return found is not None and all(
            self._handed(use.source, one.name, one.at, one.leads, there=one.there) for one in found
        )

    def _handed(self, source: SourceFile, name: str, at: int, leads: Leads, *, there: bool) -> bool:
        """Whether a call is harmless as far as it can be told here; definitions wait their turn."""
        if is_check(source, name):
            return True
        known = operations().get(name)
        if known is not None and not known.tells(self._objects):
            return False
        if known is not None:
            return not known.changes or (
                leads is not Leads.LOCAL and known.object not in self._objects
            )
        if locks_only(source, name):
            return True
        access = primitive(name)
        if access is not None and access.location >= 0:
            return there if at != access.location else not access.writes
        found = definitions(self._library, source, name)
        if found == () and is_pasted(name):
            return True
        if not found or len(found) > DEFINITIONS:
            self._unseen = name
            return False
        for where, function in found:
            other = where.alias(function)
            if other and other != name:
                if not self._handed(where, other, at, leads, there=there):
                    return False
            elif function.macro or not there:  # else it is by value
                if at >= len(function.parameters):
                    return False
                self._add(_Use(where, function, at, leads, there))
        return True

    def _add(self, use: _Use) -> None:
        key = (use.source.path, use.function.start_byte, use.at, use.leads, use.there)
        if key not in self._seen:
            self._seen.add(key)
            self._waiting.append(use)
