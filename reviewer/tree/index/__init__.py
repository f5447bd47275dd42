"""The stored index of a tree's names: built once, then kept up to date by what changed."""

from reviewer.tree.index.build import build, open_index
from reviewer.tree.index.lookup import StoredIndex

__all__ = ["StoredIndex", "build", "open_index"]
