"""Small trees about herons, and what the rules on names say of a comment in one."""

from __future__ import annotations

import re
from collections.abc import Sequence

from reviewer.finding import Finding
from reviewer.program.older import Older
from reviewer.program.opening import open_program
from reviewer.review.bench import prepare
from reviewer.review.findings import findings
from reviewer.review.judge import Judgement, judge_file
from reviewer.review.model import Selection
from reviewer.source.file import SourceFile
from reviewer.world import Library
from tests.support import MemoryTree, memory_index

BENCH = prepare(Selection(only=("references", "locking")))


HERON = "int heron(void)\n{\n\treturn 0;\n}\n"


def findings_on(
    files: dict[str, str],
    path: str,
    older: dict[str, str] | None = None,
    *,
    younger: bool = False,
) -> Sequence[Finding]:
    """The findings on a file; its comment stood in the older tree too unless it is ``younger``."""
    tree = MemoryTree({one: text.encode() for one, text in files.items()})
    past: tuple[Older, ...] = ()
    if older is not None:
        if not younger:
            comments = re.findall(r"/\*.*?\*/", files[path], re.DOTALL)
            older = older | {path: "\n".join([older.get(path, ""), *comments])}
        before = MemoryTree({one: text.encode() for one, text in older.items()})
        past = (Older("1.0", open_program(before)),)
    library = Library(tree, memory_index(tree), older=past)
    source = SourceFile.parse(path, files[path].encode())
    return tuple(findings(judge_file(Judgement(BENCH, library), source).entries))


def a_file(comment: str, path: str = "mm/heron.c") -> dict[str, str]:
    """One file with a comment in front of a function."""
    return {path: f"{comment}\n{HERON}"}
