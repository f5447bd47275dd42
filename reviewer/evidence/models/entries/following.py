"""The paths of a function, followed once for all adversaries that look for the same.

What an adversary tells of itself to whoever follows code is which kinds of memory code and
adversary share, which of them somebody else touches, and flags that are set meanwhile. The second
is asked only where a call may do anything, and kept beside it; the third only where the code has
such flags. So one way through a function serves all that share the same kinds of memory with it.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache

from reviewer.evidence.models.entries.adversaries import Adversary, adversaries
from reviewer.evidence.models.entries.configured import Followed
from reviewer.evidence.models.entries.slice import EntryTracer, Path
from reviewer.source.file import SourceFile
from reviewer.source.model import Function
from reviewer.tree.trace import traced_cache
from reviewer.world import Library, World

_AT_MOST = 24
"""Functions whose paths are kept: those of one, and of its callers."""


@dataclass(frozen=True, slots=True)
class Following:
    """The paths of a function, and what there is to say of them.

    ``cut`` is what was not followed, ``doubts`` calls that may do anything, ``steps`` what it took,
    ``into`` the functions that were looked into.
    """

    paths: tuple[Path, ...]
    cut: tuple[str, ...]
    doubts: tuple[tuple[str, frozenset[str]], ...]
    steps: int
    into: Followed
    constants: frozenset[str]
    forgot: frozenset[frozenset[str]]
    """Where a call may have changed a variable: the kinds of memory without which it has not."""

    def doubts_of(self, adversary: Adversary) -> tuple[str, ...]:
        """What of the doubts is one beside an adversary."""
        touched = adversary.touches
        return tuple(
            why for why, kinds in self.doubts if not kinds or not kinds.isdisjoint(touched)
        )


def following(
    world: World, source: SourceFile, function: Function, adversary: Adversary, mark: int,
    *, sceptical: bool,
) -> Following:  # fmt: skip
    """The paths of a function beside an adversary; arguments as of ``entry_model()``."""
    kinds = adversary.shares

    def of(contested: frozenset[str], given: frozenset[str]) -> Following:
        return _following(
            world.library, world.source, source, function, kinds, contested, given, mark, sceptical
        )

    found = of(_widest(kinds), frozenset())
    families = tuple(name.partition("_")[0] + "_" for name in adversary.given)
    alike = not any(name.startswith(families) for name in found.constants)
    alike &= all(not kinds.isdisjoint(adversary.touches) for kinds in found.forgot)
    if found.cut:  # for paths that part only by what is no matter beside this one, perhaps
        alike &= len(found.doubts_of(adversary)) == len(found.doubts)
    if alike:
        return found
    return of(adversary.touches, adversary.given)


@traced_cache(maxsize=_AT_MOST)
def _following(
    library: Library, at: SourceFile, source: SourceFile, function: Function,
    kinds: frozenset[str], contested: frozenset[str], given: frozenset[str], mark: int,
    sceptical: bool,
) -> Following:  # fmt: skip
    tracer = EntryTracer(World(at, library), kinds, contested, given, mark)
    tracer.sceptical = sceptical
    paths = tracer.paths_of(source, function)
    return Following(
        paths,
        tuple(tracer.left_out),
        tuple(tracer.doubts.items()),
        tracer.steps,
        {**tracer.followed, (source.path, function.start_byte): (source, function)},
        frozenset(tracer.constants),
        frozenset(tracer.forgot),
    )


@cache
def _widest(kinds: frozenset[str]) -> frozenset[str]:
    """All that any adversary touches of those that share the same kinds of memory with code."""
    alike = (one for one in adversaries().values() if one.shares == kinds)
    return frozenset().union(*(one.touches for one in alike))
