"""Older trees of the same kernel: what a name was, before it went."""

from __future__ import annotations

import os
from bisect import bisect_left
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache
from itertools import islice, takewhile
from typing import TYPE_CHECKING

from reviewer.errors import TreeError
from reviewer.program.opening import open_names
from reviewer.program.scope import in_sight
from reviewer.repository import GitError, ask_text
from reviewer.tree.dialect import code_of, dialect, words_of
from reviewer.tree.folder import FolderTree, names_digest
from reviewer.tree.model import Definition, Listed, NameKind
from reviewer.tree.opening import kernel_version, misplaced, open_tree
from reviewer.tree.revision import RevisionTree
from reviewer.tree.tags import is_candidate
from reviewer.unit.names import NamesStore
from reviewer.unit.store import Store
from reviewer.unit.taking import is_known_commit

if TYPE_CHECKING:
    from reviewer.program.program import Program
    from reviewer.unit.build import Report

_NEWEST = "--sort=-version:refname"
_FORMAT = "--format=%(refname:short) %(objectname) %(*objectname)"
_TAGS = "refs/tags/v[0-9]*"
_RELEASES_AT_MOST = 2
"""Releases that are used by themselves: each opened program costs a scan's worker 30 MB."""


@dataclass(frozen=True)
class Older:
    """An older tree; ``label`` is its release (``6.1.192``) or what the user called it.

    ``before_patch`` if it is the tree that the patch under review applies to.
    """

    label: str
    program: Program
    before_patch: bool = False
    whole: bool = True
    """False if only what it defines was compiled: what it uses is in its files."""

    @property
    def release(self) -> str:
        """What to say that has a name no more, '' of the tree under the patch: it is no release."""
        return "" if self.before_patch else self.label

    @property
    def known_by(self) -> tuple[str, bytes]:
        """What a verdict that rests on it depends on: its label, its code and its paths."""
        program = self.program
        if program.snapshot is not None:
            return self.label, program.snapshot.digest
        names = names_digest(list(program.tree.files()))
        return self.label, bytes.fromhex(program.linked.digest) + names

    def had(self, name: str, folder: str) -> bool:
        """True if the code of some file of a folder had a name."""
        if self.whole:
            return any(path.rpartition("/")[0] == folder for path in self.program.files(name))
        return name.encode() in _words(self.program, folder)

    def wrote(self, name: str, path: str) -> bool:
        """True if the code of a file had a name."""
        if self.whole:
            return path in self.program.files(name)
        return name.encode() in _words_of(self.program, path)

    def defined(self, name: str, path: str) -> tuple[Definition, ...]:
        """Where the older tree defined a name, in sight of a file; its own file first."""
        found = [one for one in self.program.definitions(name) if in_sight(path, one)]
        return tuple(
            sorted(
                found,
                key=lambda one: (
                    one.path != path,
                    one.kind is NameKind.PROTOTYPE,
                    one.path,
                    one.line,
                ),
            )
        )


@dataclass(frozen=True, slots=True)
class Past:
    """What a name was: its definition in the newest older tree that had it.

    ``gone`` is the label of the next older tree, which has it no more, '' if the last release had
    it.
    ``by_patch`` if the tree before the patch under review had it.
    """

    label: str
    definition: Definition
    gone: str
    by_patch: bool = False


@lru_cache(maxsize=8)
def _words(program: Program, folder: str) -> frozenset[bytes]:
    """The words of the code of a folder's files; a scan goes through a tree folder by folder."""
    paths = program.linked.paths
    below = f"{folder}/" if folder else ""
    first = bisect_left(paths, below)
    found: set[bytes] = set()
    for path in takewhile(lambda one: one.startswith(below), islice(paths, first, None)):
        if path.rpartition("/")[0] == folder:
            found |= _words_of(program, path)
    return frozenset(found)


@lru_cache(maxsize=64)
def _words_of(program: Program, path: str) -> frozenset[bytes]:
    """The words of the code of a file, none if there is no such file of code."""
    kind = dialect(path)
    data = None if kind is None else program.tree.read(path)
    if kind is None or data is None:
        return frozenset()
    return frozenset(words_of(code_of(data, kind)))


_MOST_KEPT = 4
_kept: dict[tuple[str, ...], tuple[Older, ...]] = {}
"""Older trees by what ``--was`` names; those opened last."""


def open_older(
    specs: tuple[str, ...], jobs: int = 1, report: Report | None = None
) -> tuple[Older, ...]:
    """Older trees, oldest first, as ``--was`` names them; opened once. Raises TreeError.

    What the store lacks of one is compiled, by ``jobs`` processes: what it defines, no more.
    """
    if specs not in _kept:
        while len(_kept) >= _MOST_KEPT:
            _kept.pop(next(iter(_kept)))
        _kept[specs] = _opened(specs, jobs, report)
    return _kept[specs]


def _opened(specs: tuple[str, ...], jobs: int, report: Report | None) -> tuple[Older, ...]:
    found = []
    for spec in specs:
        tree = open_tree(spec)
        if hint := misplaced(tree):
            raise TreeError(hint)
        program, whole = open_names(tree, jobs=jobs, report=report)
        program.stands_for = "older"  # what it answers is another question than of the tree itself
        found.append(Older(_label(tree, spec), program, whole=whole))
    return tuple(sorted(found, key=lambda one: _order(one.label)))


def past_of(
    name: str, path: str, older: tuple[Older, ...], meant: Callable[[Definition], bool]
) -> Past | None:
    """What a name was in sight of a file, None if no older tree had it as what is ``meant``."""
    gone = ""
    for one in reversed(older):
        definitions = [found for found in one.defined(name, path) if meant(found)]
        if definitions:
            return Past(one.label, definitions[0], gone, one.before_patch)
        gone = one.release
    return None


def compared(older: tuple[Older, ...]) -> tuple[str, ...]:
    """What a summary says of older trees, nothing if there are none."""
    if not older:
        return ()
    return (f"names are compared with {' and '.join(one.label for one in older)}",)


def older_trees(tree: Listed, named: Sequence[str]) -> tuple[str, ...]:
    """The older trees of a tree: those ``named`` beside it, else the releases that the store has.

    A revision is looked for in the repository of the tree, then where the user stands.
    Raises TreeError if one cannot be opened, or is newer than the tree.
    """
    if not named:
        return known_releases(tree)
    version = kernel_version(tree)
    found = tuple(_beside(tree, spec) for spec in named)
    for spec in found:
        label = kernel_version(open_tree(spec))
        if version and label and _order(label) > _order(version):
            raise TreeError(f"{spec}: {label}, newer than {version} of {tree.name}: no older tree")
    return found


def _beside(tree: Listed, spec: str) -> str:
    """A tree as the user named it beside another one, by a name that ``open_tree`` knows."""
    repository = _repository(tree)
    if not spec or os.path.isdir(spec) or repository is None:
        return spec
    return f"{repository[0]}@{spec}" if _commit(repository[0], spec) else spec


def _repository(tree: Listed) -> tuple[str, str] | None:
    """The repository of a tree and the tree's commit in it, None if it is in none."""
    if isinstance(tree, RevisionTree):
        return tree.git_dir, tree.commit
    if isinstance(tree, FolderTree) and (tree.root / ".git").exists():
        return str(tree.root), _commit(str(tree.root), "HEAD")
    return None


def _commit(repository: str, revision: str) -> str:
    """The commit that a repository knows by a name, '' if it knows none."""
    asked = ("rev-parse", "--verify", "--quiet", "--end-of-options", f"{revision}^{{commit}}")
    try:
        return ask_text(repository, *asked).strip()
    except GitError:
        return ""


def known_releases(tree: Listed) -> tuple[str, ...]:
    """The newest release tags below a git tree that the store has, as trees; () if there are none.

    They cost nothing to look at, so they are used when the user names no older tree. A tag of the
    tree itself is none, nor are the candidates of a release, which have next to all that it has.
    """
    placed = _repository(tree)
    if placed is None or not placed[1]:
        return ()
    repository, revision = placed
    store, names = Store(), NamesStore()
    found: list[str] = []
    for tag, commit in _tags(repository, revision):
        known = is_known_commit(commit, store) or is_known_commit(commit, names)
        if known and commit != revision and not is_candidate(tag):
            found.append(f"{repository}@{tag}")
            if len(found) == _RELEASES_AT_MOST:
                break
    return tuple(found)


def _tags(repository: str, revision: str) -> Iterator[tuple[str, str]]:
    """Release tags that a revision contains, newest first, with their commits."""
    try:
        said = ask_text(repository, "for-each-ref", f"--merged={revision}", _NEWEST, _FORMAT, _TAGS)
    except GitError:
        return
    for line in said.splitlines():
        tag, *objects = line.split()
        yield tag, objects[-1]


def _label(tree: Listed, spec: str) -> str:
    return kernel_version(tree) or spec.rpartition("@")[2]


def _order(label: str) -> tuple[tuple[int, str], ...]:
    parts = label.removeprefix("v").replace("-", ".").split(".")
    return tuple((int(part), "") if part.isdigit() else (-1, part) for part in parts)
