"""What benchmarks of models share: a tree, the same with a file changed, and the counts."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence

from reviewer.program.opening import open_program
from reviewer.review.scan import sources
from reviewer.tree.opening import open_tree
from reviewer.tree.overlay import Overlay
from reviewer.world import Library


def opened(arguments: Sequence[str]) -> tuple[Library, Iterator[str], bool]:
    """The tree that is named first, the files of the folders behind it, and whether ``--kept``."""
    root, *folders = (one for one in arguments if one != "--kept")
    tree = open_tree(root)
    return Library(tree, open_program(tree)), iter(sources(tree, folders)), "--kept" in arguments


def patched(library: Library, path: str, data: bytes) -> Library:
    """The tree as a patch leaves it that makes ``data`` of a file."""
    tree = Overlay(library.tree, {path: data})  # type: ignore[arg-type]
    return Library(tree, library.index.over(tree), before=library)  # type: ignore[union-attr]


def say(counts: Counter[str], why: Counter[str], kind: str = "") -> None:
    """Prints the counts by name, then the commonest reasons, ``kind`` before each."""
    for name, count in sorted(counts.items()):
        print(f"{count:5} {name}")
    for name, count in why.most_common(12):
        print(f"{count:5} {kind}{name}")
