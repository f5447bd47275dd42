"""Small trees of one function and one caller of it, for tests of what callers show."""

from __future__ import annotations

import inspect
from collections.abc import Mapping

from reviewer.review.bench import prepare
from reviewer.review.judge import Judgement, judge_file
from reviewer.review.model import Selection
from reviewer.verdict import Decision, Verdict
from reviewer.world import Library, World
from tests.support import MemoryTree, memory_index

PATH = "fs/pondfs/pond.c"


def world(files: Mapping[str, str]) -> World:
    """The file PATH of a tree of some files."""
    tree = MemoryTree({p: (inspect.cleandoc(c) + "\n").encode() for p, c in files.items()})
    library = Library(tree, memory_index(tree))
    source = library.source(PATH)
    assert source is not None
    return World(source, library)


def judged(code: str, rule: str = "caller-holds-lock", **files: str) -> Verdict:
    """The one verdict of a rule on the file PATH, of a tree with more files (``mm__a``)."""
    more = {path.replace("__", "/") + ".c": text for path, text in files.items()}
    here = world({PATH: code, **more})
    bench = prepare(Selection(only=(rule,)))
    review = judge_file(Judgement(bench, here.library), here.source)
    (entry,) = [one for one in review.entries if one.rule == rule]
    return entry.verdict


def caller(body: str, before: str = "") -> str:
    """A function that is told to be called with pond->lock, and one caller of it."""
    lines = "\n".join(f"        {line}" for line in inspect.cleandoc(body).splitlines())
    return f"""{before}
/* Called with p->lock held. */
static void stock(struct pond *p)
{{
        p->fish++;
}}

static int keep(struct pond *pond, int n)
{{
{lines}
}}
"""


def decisions(code: str, rule: str, **files: str) -> list[Decision]:
    """The decisions of a rule on the file PATH, in the order of the claims."""
    more = {path.replace("__", "/") + ".c": text for path, text in files.items()}
    here = world({PATH: code, **more})
    bench = prepare(Selection(only=(rule,)))
    review = judge_file(Judgement(bench, here.library), here.source)
    return [one.verdict.decision for one in review.entries if one.rule]
