"""The tree that a series applies to, where it is not the tree as it was given.

A patch on a list was made on some other commit than the one at hand, or is in the tree already. In
a git repository its base is found by itself: ``base-commit:`` (git format-patch --base), else the
blob ids of the ``index`` lines. Whatever was chosen is said.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from reviewer.errors import KstaleError, PatchError
from reviewer.mail import apply
from reviewer.mail.model import FileChange, Patch, Series
from reviewer.mail.paths import problem
from reviewer.repository import GitError, ask_text
from reviewer.tree.folder import FolderTree
from reviewer.tree.model import Listed
from reviewer.tree.overlay import Overlay
from reviewer.tree.revision import RevisionTree

_BASE_COMMIT = re.compile(r"^base-commit: ([0-9a-f]{12,64})\s*$", re.M)
_SEARCH_SECONDS = 5
"""Time for one search through the history of a file; a whole kernel's takes about 1 s a file."""
_MOST_SEARCHED = 3
"""Files whose blob ids are searched for: all of a patch were there together in some commit."""


@dataclass(frozen=True, slots=True)
class Base:
    """A tree to judge a series on, and why it is not the one given (nothing if it is)."""

    tree: Listed
    notes: tuple[str, ...] = ()
    holds_earlier: bool = False
    """True if patches of the series that are not at hand are in the tree, if they come before."""


def choose_base(series: Series, tree: Listed) -> Base:
    """The tree as given if the series applies to it exactly; else with the series undone, where
    it is in there already; else the commit it was made on; else the tree as given."""
    if not series.patches or applies(series.patches, tree):
        return Base(tree)
    undone = _undone(series.patches, tree)
    if undone is not None:
        why = "already in the tree: judged as it was before, by undoing it"
        return Base(undone, (why,), holds_earlier=True)
    stacked = _stacked(series, tree)
    if stacked is not None:
        return stacked
    for commit, why, exact in _commits(series, tree):
        try:
            there = RevisionTree(str(_folder(tree)), commit)
        except KstaleError:
            continue
        if applies(series.patches, there):
            said = f"judged on commit {there.commit[:12]}, {why}"
            return Base(there, (said,), holds_earlier=exact)
    return Base(tree)


def applies(patches: Sequence[Patch], tree: Listed) -> bool:
    """True if all patches apply one on the other, no context line left off."""
    read = apply.Overlay(tree.read)
    try:
        for patch in patches:
            changes = apply.rebuild(patch, read, fuzz=0)
            read.add(changes)
    except KstaleError:
        return False
    return True


def _undone(patches: Sequence[Patch], tree: Listed) -> Overlay | None:
    """The tree before the patches, if it holds them all."""
    read = apply.Overlay(tree.read)
    files: dict[str, bytes | None] = {}
    for patch in reversed(patches):
        try:
            apply.rebuild(patch, read, fuzz=0)
        except apply.AlreadyAppliedError:
            changes = apply.rebuild(patch, read, already_applied=True)
        except KstaleError:
            return None
        else:
            return None
        before = dict(_before(changes))
        files |= before
        read.put(before)
    return Overlay(tree, files)


def _before(changes: Sequence[FileChange]) -> Iterator[tuple[str, bytes | None]]:
    for change in changes:
        if change.skipped:
            continue
        if change.new_path and change.new_path != change.old_path:
            yield change.new_path, None
        if change.old_path:
            yield change.old_path, change.pre


def _stacked(series: Series, tree: Listed) -> Base | None:
    """The tree with the patches below, which were given beside, where the series then applies."""
    if not series.below:
        return None
    read = apply.Overlay(tree.read)
    try:
        for patch in series.below:
            read.add(apply.rebuild(patch, read))
        for patch in series.patches[:1]:
            apply.rebuild(patch, read)
    except PatchError:
        return None
    below = Overlay(tree, read.changed)
    said = f"judged on top of {_names(series.below)}, which it needs"
    return Base(below, (said,), holds_earlier=True)


def _names(patches: Sequence[Patch]) -> str:
    return ", ".join(f"'{patch.title}'" for patch in patches[:3]) + (
        f" and {len(patches) - 3} more" if len(patches) > 3 else ""
    )


def _folder(tree: Listed) -> str:
    """Where git can be asked about a tree, '' if nowhere."""
    if isinstance(tree, FolderTree):
        return str(tree.root)
    return tree.git_dir if isinstance(tree, RevisionTree) else ""


def _commits(series: Series, tree: Listed) -> Iterator[tuple[str, str, bool]]:
    """Commits that the series may have been made on, the likeliest first, and why; and whether it
    is that of the first patch at hand, and not of the series."""
    folder = _folder(tree)
    if not folder:
        return
    messages = [patch.message for patch in series.patches]
    for message in ([series.cover] if series.cover else []) + messages:
        for match in _BASE_COMMIT.finditer(message.body):
            yield match[1], "the base-commit it names", False
    files = [
        file
        for file in series.patches[0].files
        if file.old_path and not problem(file.old_path) and file.old_blob.strip("0")
    ]
    start = tree.commit if isinstance(tree, RevisionTree) else "HEAD"
    for file in files[:_MOST_SEARCHED]:
        found = _git(
            folder, "log", "-2", "--format=%H %P", f"--find-object={file.old_blob}", start,
            "--", file.old_path or "",
        )  # fmt: skip
        for commit in found.split():
            yield commit, f"which has the {file.old_path} that its index line names", True


def _git(folder: str, *arguments: str) -> str:
    """What git prints; '' where it fails or takes too long."""
    try:
        return ask_text(folder, *arguments, seconds=_SEARCH_SECONDS)
    except GitError:
        return ""
