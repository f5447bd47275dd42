"""Which files of a tree differ from a revision of its repository."""

from __future__ import annotations

from reviewer.errors import TreeError
from reviewer.repository import GitError, ask_text
from reviewer.tree.folder import FolderTree
from reviewer.tree.model import Listed
from reviewer.tree.revision import RevisionTree


def changed_since(tree: Listed, revision: str) -> frozenset[str]:
    """Paths that differ from ``revision``; files that git does not track among them.

    Raises TreeError if the tree is in no git repository, or git knows no such revision.
    """
    if isinstance(tree, RevisionTree):
        return tree.changed_since(revision)
    if not isinstance(tree, FolderTree):
        raise TreeError(f"{tree.name}: not in a git repository")
    listed = _lines(tree, "diff", "--name-only", "--relative", "-z", revision, "--")
    others = _lines(tree, "ls-files", "--others", "--exclude-standard", "-z")
    return frozenset(listed + others)


def _lines(tree: FolderTree, *arguments: str) -> list[str]:
    try:
        return ask_text(tree.root, *arguments).split("\0")[:-1]
    except GitError as error:
        raise TreeError(f"{tree.name}: {error}") from error
