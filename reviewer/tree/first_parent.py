"""The first-parent history of some files of a repository, read without a checkout."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

from reviewer.errors import TreeError
from reviewer.repository import GitError, ask

_FIELDS = "%H%x00%P%x00%cs%x00%an%x00%s"
_ABBREVIATED = 12
_CODE = ("*.c", "*.h", "*.S")
_LOOKED_AT = 8
"""Commits that add or take away a name that are looked at for the files that had it."""


@dataclass(frozen=True, slots=True)
class Commit:
    """A commit; ``parents`` are ids, the date is the committer's."""

    id: str
    parents: tuple[str, ...]
    date: str
    author: str
    subject: str

    @property
    def fixes(self) -> str:
        """The commit as a ``Fixes:`` line names it."""
        return f'Fixes: {self.id[:_ABBREVIATED]} ("{self.subject}")'


class Repository:
    """A repository, asked in git's own words. Every method raises TreeError if git fails."""

    def __init__(self, folder: str) -> None:
        self._folder = folder

    def first_parents(self, revision: str, paths: Sequence[str]) -> list[Commit]:
        """Commits below a revision that change one of the paths, newest first."""
        log = ("log", "--first-parent", f"--format={_FIELDS}", "--end-of-options")
        return _commits(self._text(*log, revision, "--", *paths))

    def merged(self, merge: Commit, paths: Sequence[str]) -> list[Commit]:
        """Commits that a merge brought in and that change one of the paths, newest first."""
        log = ("log", "--topo-order", "--no-merges", f"--format={_FIELDS}", "--end-of-options")
        found = f"{merge.parents[0]}..{merge.id}"
        return _commits(self._text(*log, found, "--", *paths))

    def read(self, commit: str, path: str) -> bytes | None:
        """A file of a commit, None if it has none of that path."""
        try:
            return self._bytes("cat-file", "blob", f"{commit}:{path}")
        except TreeError:
            return None

    def touched(self, since: str, revision: str, path: str, lines: tuple[int, int]) -> list[Commit]:
        """Commits after ``since`` that changed these lines (of ``revision``), newest first."""
        if since == revision:
            return []
        spec = f"-L{lines[0]},{lines[1]}:{path}"
        log = ("log", "-s", f"--format={_FIELDS}", spec)  # -L takes no --end-of-options
        return _commits(self._text(*log, f"{since}..{revision}"))

    def is_cut(self, commit: Commit) -> bool:
        """True if a shallow clone begins with a commit: it has parents, which are not here."""
        if commit.parents:
            return False
        head = self._bytes("cat-file", "commit", commit.id).partition(b"\n\n")[0]
        return b"\nparent " in head

    def had(self, name: str, revision: str, where: Sequence[str] = _CODE) -> list[str]:
        """Files that had a name in code or text before a commit took it from them, sorted."""
        word = rf"\b{re.escape(name)}\b"
        log = ("log", f"-{_LOOKED_AT}", "--no-renames", f"-S{word}", "--pickaxe-regex")
        shown = ("--name-only", "--format=", "--first-parent", "-m", "--end-of-options", revision)
        out = self._text(*log, *shown, "--", *where)
        return sorted({line for line in out.splitlines() if line})

    def _text(self, *arguments: str) -> str:
        return self._bytes(*arguments).decode("utf-8", "replace")

    def _bytes(self, *arguments: str) -> bytes:
        try:
            return ask(self._folder, *arguments)
        except GitError as error:
            raise TreeError(f"{self._folder}: {error}") from error


def _commits(text: str) -> list[Commit]:
    found = []
    for line in text.splitlines():
        if line.count("\0") == _FIELDS.count("%x00"):
            sha, parents, date, author, subject = line.split("\0")
            found.append(Commit(sha, tuple(parents.split()), date, author, subject))
    return found
