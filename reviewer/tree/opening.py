"""From what a user wrote to a tree."""

from __future__ import annotations

import os
import re

from reviewer.errors import TreeError
from reviewer.tree.folder import FolderTree
from reviewer.tree.model import Listed, Tree
from reviewer.tree.revision import RevisionTree

_VERSION = re.compile(rb"^(VERSION|PATCHLEVEL|SUBLEVEL)[ \t]*=[ \t]*(\d+)", re.M)


def open_tree(spec: str) -> Listed:
    """Opens ``FOLDER``, ``REPOSITORY@REVISION``, or ``REVISION`` of the current repository.

    Of a bare repository, which has no files of its own, the newest commit.
    Raises TreeError if it is none of these.
    """
    if os.path.isdir(spec):
        return RevisionTree(spec, "HEAD") if _is_bare(spec) else FolderTree(spec)
    for at in (m.start() for m in re.finditer("@", spec)):
        if at and os.path.isdir(spec[:at]):
            return RevisionTree(spec[:at], spec[at + 1 :] or "HEAD")
    if not spec:
        raise TreeError("(empty): no such folder")
    try:
        return RevisionTree(".", spec)
    except TreeError as error:
        raise TreeError(f"{spec}: neither a folder nor a revision here") from error


def _is_bare(folder: str) -> bool:
    """True for the folder in which git keeps a repository, as git itself knows it."""
    kept = [os.path.isdir(os.path.join(folder, one)) for one in ("objects", "refs")]
    return all(kept) and os.path.isfile(os.path.join(folder, "HEAD"))


def full_spec(spec: str) -> str:
    """The tree that ``open_tree`` opens by a name that means the same wherever one stands.

    Raises TreeError as it does.
    """
    if os.path.isdir(spec):
        return os.path.realpath(spec)
    tree = open_tree(spec)
    if not isinstance(tree, RevisionTree):
        return spec
    folder, at, revision = spec.rpartition("@")
    if not (at and os.path.isdir(folder)):
        folder, revision = ".", spec
    return f"{os.path.realpath(folder)}@{revision}"


def kernel_version(tree: Tree) -> str:
    """``6.12.117`` as the top Makefile has it, or '' if this is no kernel tree."""
    found = {m[1]: m[2].decode() for m in _VERSION.finditer(tree.read("Makefile") or b"")}
    parts = [found.get(key) for key in (b"VERSION", b"PATCHLEVEL", b"SUBLEVEL")]
    if parts[0] is None or parts[1] is None:
        return ""
    return ".".join(part for part in parts if part is not None)


def misplaced(tree: Tree) -> str:
    """What is wrong with a folder that lies in a kernel tree and is not its root; else ''.

    Raises TreeError for a folder without any file.
    """
    if not isinstance(tree, FolderTree) or kernel_version(tree):
        return ""
    if next(tree.entries(), None) is None:
        raise TreeError(f"{tree.name}: an empty folder, no kernel tree")
    for above in tree.root.parents:
        if (above / "Makefile").is_file() and kernel_version(FolderTree(above)):
            inside = tree.root.relative_to(above)
            return f"{tree.name}: this looks like {inside} of a kernel tree; its root is {above}"
    return ""


def notes(tree: Tree) -> tuple[str, ...]:
    """What a user should know before trusting findings about this tree; one line each."""
    if not kernel_version(tree):
        return (f"{tree.name} is no whole kernel tree: absence from it proves nothing",)
    return ()
