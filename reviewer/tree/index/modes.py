"""Which index a command works with."""

from __future__ import annotations

from enum import StrEnum
from itertools import islice

from reviewer.tree.index.build import build, stored
from reviewer.tree.index.search import TargetedSearch
from reviewer.tree.model import Index, Listed

_SMALL = 2000
"""Files of a tree that is searched rather than indexed."""


class IndexMode(StrEnum):
    """How rules that ask the whole tree get their answers."""

    AUTO = "auto"
    """The stored index where there is one; else a search if the tree is small, or no index."""
    SEARCH = "search"
    """The stored index where there is one, else a search: some seconds for a whole kernel."""
    BUILD = "build"
    """The stored index, built or brought up to date first."""
    NEVER = "never"
    """No index: such claims stay unknown."""


def open_index(tree: Listed, mode: IndexMode = IndexMode.AUTO) -> Index | None:
    """The index to judge a tree with; None for NEVER, or where AUTO has none at hand.

    Raises TreeError if a build fails.
    """
    if mode is IndexMode.NEVER:
        return None
    if mode is IndexMode.BUILD:
        return build(tree)
    found = stored(tree)
    if found is None and (mode is IndexMode.SEARCH or _small(tree)):
        return TargetedSearch(tree)
    return found


def _small(tree: Listed) -> bool:
    """True if reading the whole tree costs no more than starting to."""
    return sum(1 for _ in islice(tree.entries(), _SMALL + 1)) <= _SMALL
