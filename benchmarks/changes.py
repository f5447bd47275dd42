"""What rules that judge by models tell of real changes: each false alarm is one of these.

    python -m benchmarks.changes OLD NEW --files N --seed S [--under FOLDER…] [--functions]
                                         [--saying REGEX] [--rules NAME…]

Draws N .c files that differ between two trees, lays each alone over the old tree as one patch, and
checks it. Most files say nothing that such a rule reads: ``--saying`` draws from those whose old
text matches, "[Pp]air(s|ed) with" for pairs. With ``--functions`` each function of such a file that
differs is a patch of its own, as commits are, the rest of the file as it was. Printed is all that
is told, with place and rule, what it costs (user and system seconds), and how many claims the rules
judged in what the patches touch: silence says as much as there are claims that held and could have
fallen.
"""

from __future__ import annotations

import argparse
import difflib
import os
import random
import re
import sys
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from benchmarks.seeds import seed
from reviewer.mail.model import FileChange
from reviewer.program.opening import open_program
from reviewer.program.program import Program
from reviewer.review.bench import Bench, prepare
from reviewer.review.check import check
from reviewer.review.model import Selection
from reviewer.rule import builtin_rules, load_rules
from reviewer.source.file import SourceFile
from reviewer.tree.model import Listed
from reviewer.tree.opening import open_tree
from reviewer.verdict import Decision

_MODELS = "reviewer.evidence.models"


@dataclass(frozen=True, slots=True)
class Change:
    """A file, what of it changes, and its text before and after."""

    path: str
    what: str
    pre: bytes
    post: bytes


def by_models() -> tuple[str, ...]:
    """The rules that judge by models made from the code."""
    return tuple(
        one.name
        for one in load_rules(builtin_rules())
        if any(
            getattr(value, "__module__", "").startswith(_MODELS)
            for value in vars(sys.modules[type(one).__module__]).values()
        )
    )


def change_of(one: Change) -> FileChange:
    """The patch, with the lines that it takes away and brings."""
    before, after = one.pre.split(b"\n"), one.post.split(b"\n")
    pre: set[int] = set()
    post: set[int] = set()
    for tag, a, b, c, d in difflib.SequenceMatcher(None, before, after).get_opcodes():
        if tag != "equal":
            pre.update(range(a + 1, b + 1))
            post.update(range(c + 1, d + 1))
    return FileChange(one.path, one.path, one.pre, one.post, frozenset(pre), frozenset(post))


def drawn(
    old: Listed, new: Listed, under: list[str], seed: int, number: int, saying: str
) -> list[Change]:
    """Files that differ and whose old text has some words, in an order that the seed decides."""
    words = re.compile(saying.encode())
    paths = sorted({path for part in under for path in old.files(part) if path.endswith(".c")})
    random.Random(seed).shuffle(paths)
    found: list[Change] = []
    for path in paths:
        pre, post = old.read(path), new.read(path)
        if pre is not None and post is not None and pre != post and words.search(pre):
            found.append(Change(path, "", pre, post))
            if len(found) == number:
                break
    return found


def functions(whole: Change) -> Iterator[Change]:
    """Each function that both images define once, and not alike: put alone into the old file."""
    old, new = (SourceFile.parse(whole.path, data) for data in (whole.pre, whole.post))
    for one in old.functions:
        others = new.functions_named(one.name)
        if one.macro or len(others) != 1 or len(old.functions_named(one.name)) != 1:
            continue
        text = whole.post[others[0].start_byte : others[0].end_byte]
        if text != whole.pre[one.start_byte : one.end_byte]:
            post = whole.pre[: one.start_byte] + text + whole.pre[one.end_byte :]
            yield Change(whole.path, f" {one.name}()", whole.pre, post)


def _row(
    bench: Bench, tree: Listed, program: Program, one: Change, counts: Counter[str]
) -> tuple[float, bool]:
    """Checks one change, prints what is told; seconds, and whether anything is."""
    start = _seconds()
    report = check(bench, tree, [change_of(one)], program)
    spent = _seconds() - start
    told = [each for each in report.findings if each.origin.value != "existing"]
    counts.update(f"{each.rule}: {each.verdict.decision}" for each in report.ledger if each.rule)
    head = f"{one.path}{one.what}: {spent:.1f} s"
    if told or report.corrected or spent >= 2:
        print(f"{head}, {len(told)} told", flush=True)
    for each in told:
        message = each.verdict.message
        print(f"    {each.path}:{each.line} {each.origin.value} [{each.rule}] {message}")
    for each in report.corrected:
        print(f"    {each.path}:{each.line} corrected [{each.rule}] {each.verdict.message}")
    for cause in report.missing:
        print(f"    not looked at: {cause}")
    return spent, bool(told)


def _seconds() -> float:
    """What this process took of the processors, and the copies of it that have ended."""
    return sum(os.times()[:4])


def main(argv: list[str] | None = None) -> int:
    """Print what is told of each change, then the counts."""
    parser = argparse.ArgumentParser(
        prog="benchmarks.changes",
        description=__doc__,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("old", type=Path)
    parser.add_argument("new", type=Path)
    parser.add_argument("--files", type=int, default=60)
    parser.add_argument("--seed", type=seed, default=1)
    parser.add_argument("--under", nargs="*", default=[""])
    parser.add_argument("--functions", action="store_true")
    parser.add_argument("--saying", default="")
    parser.add_argument("--rules", nargs="*", default=[])
    given = parser.parse_args(argv)
    rules = tuple(given.rules) or by_models()
    old, new = open_tree(given.old), open_tree(given.new)
    program = open_program(old)
    bench = prepare(Selection(only=rules))
    files = drawn(old, new, given.under, given.seed, given.files, given.saying)
    print(f"{len(files)} files, {len(rules)} rules: {', '.join(rules)}")
    counts: Counter[str] = Counter()
    spent: list[float] = []
    flagged = 0
    for whole in files:
        for one in functions(whole) if given.functions else (whole,):
            seconds, told = _row(bench, old, program, one, counts)
            spent.append(seconds)
            flagged += told
    for name, number in sorted(counts.items()):
        print(f"{number:6} {name}")
    spent.sort()
    broken = sum(number for name, number in counts.items() if name.endswith(Decision.BROKEN))
    if spent:
        print(
            f"something told of {flagged} of {len(spent)} changes ({broken} claims broken after); "
            f"CPU s each: median {spent[len(spent) // 2]:.2f}, nine in ten under "
            f"{spent[len(spent) * 9 // 10]:.2f}, most {spent[-1]:.1f}, all {sum(spent):.0f}"
        )
    return 0


if __name__ == "__main__":
    sys.exit(main())
