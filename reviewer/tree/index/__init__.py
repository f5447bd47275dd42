"""The index of a tree's names: stored and kept up to date, or searched for on demand."""

from reviewer.tree.index.build import build, index_of, stored
from reviewer.tree.index.lookup import StoredIndex
from reviewer.tree.index.modes import IndexMode, open_index

__all__ = ["IndexMode", "StoredIndex", "build", "index_of", "open_index", "stored"]
