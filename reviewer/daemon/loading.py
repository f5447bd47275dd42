"""What a daemon loads before it listens: all that commands load whatever they are about."""

from __future__ import annotations

import inspect
import tempfile
from contextlib import suppress
from importlib import import_module
from pathlib import Path
from pkgutil import walk_packages

import reviewer
from reviewer.errors import KstaleError
from reviewer.program.opening import open_program
from reviewer.review.bench import Bench, prepare
from reviewer.review.judge import Judgement, judge_file
from reviewer.review.model import Selection
from reviewer.rule import Example
from reviewer.source.file import SourceFile
from reviewer.tree.folder import FolderTree
from reviewer.world import Library


def load() -> None:
    """Import all of kstale, load the rules and the reader, and judge an example of each rule.

    Much is made when it is first needed: expressions are compiled, tables are read. The examples
    need it.
    """
    for module in walk_packages(reviewer.__path__, "reviewer."):
        if not module.name.endswith("__main__"):
            import_module(module.name)
    bench = prepare(Selection())
    bench.reader  # noqa: B018 - the largest part of it
    for rule in bench.rules:
        for example in rule.stale[:1]:
            with suppress(KstaleError):
                _judge(bench, example)


def _judge(bench: Bench, example: Example) -> None:
    code = (inspect.cleandoc(example.code) + "\n").encode()
    with tempfile.TemporaryDirectory(prefix="kstale-") as folder:
        for path, text in (*example.files.items(), (example.path, example.code)):
            file = Path(folder, path)
            file.parent.mkdir(parents=True, exist_ok=True)
            file.write_text(inspect.cleandoc(text) + "\n", encoding="utf-8")
        tree = FolderTree(folder)
        judge_file(
            Judgement(bench, Library(tree, open_program(tree))),
            SourceFile.parse(example.path, code),
        )
