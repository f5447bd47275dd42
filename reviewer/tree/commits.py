"""What a tree's own history adds to a patch: which commit it mends, and how subjects begin."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from functools import lru_cache

from reviewer.errors import TreeError
from reviewer.repository import GitError, ask_text
from reviewer.tree.folder import FolderTree
from reviewer.tree.history import Removal, removal
from reviewer.tree.model import Tree
from reviewer.tree.revision import RevisionTree

_SUBJECTS = 20
"""Commits to some files whose subjects are looked at for a prefix."""


class Commits:
    """The history below one revision of a repository."""

    def __init__(self, repository: str, revision: str) -> None:
        self.repository = repository
        self.revision = revision
        self._removal = lru_cache(maxsize=1024)(self._look_up)

    def fixes(self, name: str, path: str) -> str:
        """The ``Fixes:`` line of the commit that took a name out of a file, '' if none did."""
        found = self._removal(name, path)
        return found.fixes if found is not None else ""

    def allows(self, name: str, path: str, new: str) -> bool:
        """False if the commit that took a name away says that another one took its place."""
        found = self._removal(name, path)
        return found is None or found.renamed in ("", new)

    def prefix(self, paths: Sequence[str]) -> str:
        """What most subjects of the last commits to some files begin with, '' if nothing."""
        out = self._git(
            "log", f"-{_SUBJECTS}", "--no-merges", "--format=%s", self.revision, "--", *paths
        )
        subjects = out.splitlines()
        found = Counter(one.rpartition(": ")[0] for one in subjects if ": " in one).most_common(1)
        return found[0][0] if found and 2 * found[0][1] >= len(subjects) else ""

    @property
    def author(self) -> str:
        """Who commits here, ``Name <address>``, '' if git has not been told."""
        who, bracket, _ = self._git("var", "GIT_AUTHOR_IDENT").rpartition(">")
        return who + bracket

    def _look_up(self, name: str, path: str) -> Removal | None:
        if not name:
            return None
        try:
            return removal(self.repository, name, self.revision, path)
        except TreeError:
            return None

    def _git(self, *arguments: str) -> str:
        try:
            return ask_text(self.repository, *arguments)
        except GitError:
            return ""


def commits_of(tree: Tree) -> Commits | None:
    """The history that a tree lies in, None if it is in no repository with commits."""
    if isinstance(tree, RevisionTree):
        return Commits(tree.git_dir, tree.commit)
    if isinstance(tree, FolderTree) and (tree.root / ".git").exists():
        return Commits(str(tree.root), "HEAD")
    return None
