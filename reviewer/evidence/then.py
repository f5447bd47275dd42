"""The code that an older tree had under a comment that this tree has in the same words.

A comment that stayed while the code under it changed is no finding by itself: most are as true as
before. But what its own words say is done here, and was done here then, tells by its absence.
"""

from __future__ import annotations

from dataclasses import dataclass

from reviewer.claims.model import Claim
from reviewer.errors import TreeError
from reviewer.judging.older_words import around, stood_already
from reviewer.judging.place import function_around
from reviewer.program.older import Older
from reviewer.source.file import SourceFile
from reviewer.source.model import Function
from reviewer.tree.trace import traced_cache
from reviewer.world import World


@dataclass(frozen=True, slots=True)
class Then:
    """A function of an older tree that had the comment, and the one that has it now."""

    label: str
    source: SourceFile
    was: Function
    now: Function

    def line_of(self, word: str) -> int:
        """The line of the older tree where the function spelled a word, 0 if it did not."""
        code = self.source.code(self.was.body_start, self.was.body_end)
        at = code.find(word.encode())
        return self.source.line_of(self.was.body_start + at) if at >= 0 else 0


def then(claim: Claim, world: World) -> Then | None:
    """The same function of the last release at hand, if it said the same of the claim."""
    older = next((one for one in reversed(world.older) if not one.before_patch), None)
    now = function_around(claim, world)
    if older is None or now is None or not stood_already(claim, older, world):
        return None
    source = _file(older, world.path)
    if source is None:
        return None
    found = around(claim).search(source.data)
    was = source.function_at(found.start()) if found is not None else None
    if was is None or was.name != now.name or was.has_error or now.has_error:
        return None
    return Then(older.label, source, was, now)


@traced_cache(maxsize=2)
def _file(older: Older, path: str) -> SourceFile | None:
    try:
        data = older.program.tree.read(path)
    except TreeError:
        return None
    return None if data is None else SourceFile.parse(path, data)
