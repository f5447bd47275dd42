"""Which files of a tree differ from a revision of its repository."""

from __future__ import annotations

import subprocess

from reviewer.errors import TreeError
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
    base = ["git", "-C", str(tree.root)]
    listed = _lines([*base, "diff", "--name-only", "--relative", "-z", revision, "--"], tree)
    others = _lines([*base, "ls-files", "--others", "--exclude-standard", "-z"], tree)
    return frozenset(listed + others)


def _lines(command: list[str], tree: Listed) -> list[str]:
    done = subprocess.run(command, stdin=subprocess.DEVNULL, capture_output=True, check=False)
    if done.returncode:
        said = done.stderr.decode(errors="replace").strip().splitlines()
        raise TreeError(f"{tree.name}: {said[-1] if said else 'git failed'}")
    return done.stdout.decode("utf-8", "surrogateescape").split("\0")[:-1]
