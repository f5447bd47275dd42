"""Which index a command works with."""

from __future__ import annotations

from enum import StrEnum

from reviewer.tree.index.build import build, stored
from reviewer.tree.index.search import TargetedSearch
from reviewer.tree.model import Index, Listed


class IndexMode(StrEnum):
    """How rules that ask the whole tree get their answers."""

    AUTO = "auto"
    """The stored index where there is one, else a search for the names asked about."""
    BUILD = "build"
    """The stored index, built or brought up to date first."""
    NEVER = "never"
    """No index: such claims stay unknown."""


def open_index(tree: Listed, mode: IndexMode = IndexMode.AUTO) -> Index | None:
    """The index to judge a tree with; None for NEVER. Raises TreeError if a build fails."""
    if mode is IndexMode.NEVER:
        return None
    if mode is IndexMode.BUILD:
        return build(tree)
    return stored(tree) or TargetedSearch(tree)
