"""What a patch changes of the answers of a program, and the program that it lies on."""

from __future__ import annotations

from typing import TYPE_CHECKING

from reviewer.errors import TreeError
from reviewer.program.changes import changed_by
from reviewer.tree.model import Listed
from reviewer.tree.overlay import Overlay
from reviewer.tree.trace import Asked, key
from reviewer.unit.build import unit_in_memory

if TYPE_CHECKING:
    from reviewer.program.program import Program

_FILES_AT_MOST = 64
"""Files of a patch of which it is worked out what they change; each is compiled as it was."""
_MANY = 200
"""Questions that a store does not answer at once (50 µs each): as much as to compile a file."""


class Below:
    """The program of a tree without a patch; what it answers as with the patch is asked there."""

    def __init__(self, program: Program, tree: Overlay) -> None:
        """``tree`` is that of ``program`` with the patch on it."""
        self._program = program
        self._tree = tree
        self._compared = False
        self._changed: frozenset[int] | None = None
        self._asked = 0

    def changed(self) -> frozenset[int] | None:
        """Keys of the questions that the patch gives other answers; None for too many files."""
        if not self._compared:
            self._compared = True
            self._changed = self._compare()
        return self._changed

    def answering(self, kind: Asked, name: str) -> Program | None:
        """The program with fewest patches that is known to answer a question as with this patch.

        None for the one with this patch. What it changes is worked out when much has been asked.
        """
        self._asked += 1
        if self._asked == _MANY:
            self.changed()
        found: Program | None = None
        wanted, here = key(kind, name), self
        while here._changed is not None and wanted not in here._changed:
            found = here._program
            if found.below is None:
                break
            here = found.below
        return found

    def _compare(self) -> frozenset[int] | None:
        under = self._program.tree
        new = changed_between(self._tree, under)
        if len(new) > _FILES_AT_MOST:
            return None
        try:
            old = {path: under.read(path) for path in new}
        except TreeError:
            return None
        before, after = (
            {path: unit_in_memory(path, data) for path, data in side.items()} for side in (old, new)
        )
        moved = [path for path in new if (old[path] is None) != (new[path] is None)]
        return changed_by(before, after, moved)


def changed_between(tree: Overlay, under: Listed) -> dict[str, bytes | None]:
    """The files that the patches between two trees change, as they are after them."""
    changed = dict(tree.changed)
    below = tree.base
    while isinstance(below, Overlay) and below is not under:
        changed = dict(below.changed) | changed
        below = below.base
    return changed
