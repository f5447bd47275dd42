"""How commands that make patches hand them over: as files of a folder, or on standard output."""

from __future__ import annotations

import sys
from collections import Counter
from collections.abc import Sequence
from pathlib import Path
from typing import Protocol, TypeVar

from reviewer.cli.failure import complain
from reviewer.errors import KstaleError
from reviewer.escape import escape
from reviewer.report.patches import PatchText
from reviewer.tree.model import Tree
from reviewer.tree.syntax import Compiled, compiles

NO_HISTORY = "subjects begin as paths do, there is no git history to ask"
"""What is said of a folder: its subsystems' own prefixes are not known."""


class Changed(Protocol):
    """A file before and after."""

    @property
    def path(self) -> str:
        """Where it is in the tree."""

    @property
    def before(self) -> bytes:
        """Its contents in the tree."""

    @property
    def after(self) -> bytes:
        """Its contents with the patch."""


_Changed = TypeVar("_Changed", bound=Changed)


def compilable(tree: Tree, files: Sequence[_Changed]) -> tuple[list[_Changed], str]:
    """The files that still compile or that could not be compiled, and a summary of which is which.

    Those that do not are told of on stderr.
    """
    kept: list[_Changed] = []
    causes: Counter[str] = Counter()
    for file in files:
        said, why = compiles(tree, file.path, file.before, file.after)
        if said is Compiled.NO:
            complain(f"{file.path}: left out, it would not compile: {why}")
            continue
        kept.append(file)
        if said is Compiled.UNKNOWN:
            causes[why] += 1
    words = "".join(f"; not compiled, {count}: {why}" for why, count in causes.items())
    done = len(kept) - causes.total()
    return kept, (f"; compiled, {done}" if done else "") + words


def emit(patches: Sequence[PatchText], folder: Path | None, summary: str) -> None:
    """Write the patches, and the summary where it is in nobody's way.

    Raises KstaleError if the folder cannot be written.
    """
    if folder is None:
        for one in patches:
            sys.stdout.write(one.data.decode("utf-8", "replace") + "\n")
        print(f"kstale: {summary}", file=sys.stderr)
        return
    try:
        folder.mkdir(parents=True, exist_ok=True)
        for number, one in enumerate(patches, 1):
            file = folder / f"{number:04}-{one.name}.patch"
            file.write_bytes(one.data)
            print(f"{escape(str(file))}: {escape(one.subject)}")
    except OSError as error:
        raise KstaleError(f"{folder}: cannot be written: {error.strerror}") from error
    print(summary)
