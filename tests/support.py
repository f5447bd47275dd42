"""Small trees in memory for tests."""

from __future__ import annotations

import inspect
from collections.abc import Iterator, Mapping

from reviewer.program.opening import open_program
from reviewer.review.bench import prepare
from reviewer.review.judge import Judgement, judge_file
from reviewer.review.model import Selection
from reviewer.tree.model import Entry, Index
from reviewer.verdict import Decision
from reviewer.world import Library


class MemoryTree:
    """A tree whose files are given as bytes."""

    name = "memory"
    identity = ""
    fixed = False

    def __init__(self, files: Mapping[str, bytes]) -> None:
        self._files = dict(files)

    def read(self, path: str) -> bytes | None:
        """The file's bytes."""
        return self._files.get(path)

    def exists(self, path: str) -> bool:
        """True for a file or folder."""
        below = path.rstrip("/") + "/"
        return path in self._files or any(one.startswith(below) for one in self._files)

    def files(self, under: str = "") -> Iterator[str]:
        """Paths below a folder."""
        below = under.rstrip("/") + "/" if under else ""
        yield from sorted(p for p in self._files if p.startswith(below) or p == under)

    def entries(self) -> Iterator[Entry]:
        """All files with their sizes."""
        for path in self.files():
            yield Entry(path, len(self._files[path]))


def memory_index(tree: MemoryTree) -> Index:
    """A complete index of a small tree, built as the stored one is."""
    return open_program(tree)


def decided(rule: str, path: str, code: str, **more: str) -> list[Decision]:
    """What a rule decides on the claims of one file of a small tree, in their order."""
    files = {path: inspect.cleandoc(code), **more}
    tree = MemoryTree({one: (text + "\n").encode() for one, text in files.items()})
    library = Library(tree, memory_index(tree))
    source = library.source(path)
    assert source is not None
    review = judge_file(Judgement(prepare(Selection(only=(rule,))), library), source)
    return [one.verdict.decision for one in review.entries if one.rule]
