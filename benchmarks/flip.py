"""Do verdicts rest on what they say they rest on: delete it, and judge again.

``python -m benchmarks.flip TREE --sample N --seed S [--under FOLDER…]``: files are drawn until N
*holds* verdicts of all rules but references were met; the operation that each rests on is deleted
in an overlay, and the claim is judged again (it must no longer hold) and the deletion is checked
as a patch (it should be flagged). ``--agrees N`` does so for verdicts of *agrees*, by the first
place that each names: it must no longer agree. ``--pairs N`` deletes barriers under comments that
say what they pair with, ``--partners N`` those that such comments name elsewhere; ``--neutral N``
makes edits that change nothing, of which none may be flagged.
"""

from __future__ import annotations

import argparse
import random
import re
import sys
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

from benchmarks.deleting import change_of, flags, judged, try_without, without
from benchmarks.seeds import seed
from reviewer.claims.model import Kind
from reviewer.finding import LedgerEntry
from reviewer.kernel.order import FULL, SECTIONS
from reviewer.kernel.table import order_of
from reviewer.program.opening import open_program
from reviewer.program.program import Program
from reviewer.review.bench import Bench, prepare
from reviewer.review.check import check
from reviewer.review.model import Selection
from reviewer.source.file import SourceFile
from reviewer.tree.model import Listed
from reviewer.tree.opening import open_tree
from reviewer.verdict import Decision, Location
from reviewer.world import Library

_LOCAL = re.compile(rb"\n\t(?:int|long|bool|unsigned int|unsigned long) ([a-z]\w*);\n")
_TWO = re.compile(rb"\n(\t[a-z][\w ]*[ *]\w+;)\n(\t[a-z][\w ]*[ *]\w+;)\n")


def drawn(tree: Listed, under: list[str], seed: int) -> Iterator[str]:
    """C files of the tree in an order that the seed decides."""
    paths = [path for part in under or [""] for path in tree.files(part)]
    paths = sorted(path for path in paths if path.endswith((".c", ".h")))
    random.Random(seed).shuffle(paths)
    yield from paths


def deciding(
    bench: Bench, library: Library, paths: Iterator[str], decision: Decision
) -> Iterator[LedgerEntry]:
    """The verdicts of one kind of all rules but references, at most two a file."""
    for path in paths:
        found = [
            one
            for one in judged(bench, library, path)
            if one.verdict.decision is decision and one.family != "references"
        ]
        yield from found[:2]


def flip(
    bench: Bench,
    tree: Listed,
    program: Program,
    paths: Iterator[str],
    sample: int,
    decision: Decision = Decision.HOLDS,
) -> None:
    """Print each deletion that did not tell, and the counts."""
    library = Library(tree, program, bench.machines)
    counts: Counter[str] = Counter()
    for entry in deciding(bench, library, paths, decision):
        if counts["drawn"] == sample:
            break
        counts["drawn"] += 1
        where = entry.verdict.rests_on or entry.verdict.evidence.locations
        if not where:
            counts["rests on nothing"] += 1
            print(f"rests on nothing: {entry.path}:{entry.claim.line} {entry.rule}")
            continue
        data = tree.read(where[0].path)
        post = None if data is None else without(data, where[0])
        if post is None or post == data:
            counts["not cut"] += 1
            print(f"not cut: {where[0]} {entry.rule}")
            continue
        tried = try_without(bench, tree, program, entry, where[0].path, post)
        counts["deleted"] += 1
        stands = tried.decision in (Decision.HOLDS, decision)
        counts[f"still {decision.value}"] += stands
        counts["flagged"] += tried.flagged
        if stands or not tried.flagged:
            said = f"{tried.decision or 'not read'}, {'' if tried.flagged else 'not '}flagged"
            claim = f"{entry.rule} {entry.path}:{entry.claim.line}"
            print(f"{said}: {claim} less {where[0].path}:{where[0].line} {where[0].note}")
    print(", ".join(f"{number} {name}" for name, number in counts.items()))


def agreeing(bench: Bench, tree: Listed, program: Program, paths: Iterator[str], n: int) -> None:
    """As ``flip``, for what comment and code agree on."""
    flip(bench, tree, program, paths, n, Decision.AGREES)


def pairs(bench: Bench, tree: Listed, program: Program, paths: Iterator[str], sample: int) -> None:
    """Delete barriers that stand right under a comment that pairs them, and check."""
    library = Library(tree, program, bench.machines)
    counts: Counter[str] = Counter()
    for path in paths:
        data = tree.read(path)
        if counts["deleted"] >= sample or data is None:
            break
        if b"air" not in data or b"mb()" not in data:
            continue
        seen: set[int] = set()
        for entry in judged(bench, library, path):
            comment = entry.claim.comment
            if entry.claim.kind is not Kind.PAIRS or comment.start_byte in seen:
                continue
            seen.add(comment.start_byte)
            source = library.source(path)
            assert source is not None
            match = re.match(rb"[^;{}]*?([a-z_]\w*)\s*\(", source.code()[comment.end_byte :])
            order = order_of(match[1].decode()) if match else None
            if match is None or order is None or not order & FULL or order & SECTIONS:
                continue
            start = comment.end_byte + match.start(1)
            line = source.line_of(start)
            post = without(data, Location(path, line, f"{match[1].decode()}()"))
            if post is None:
                continue
            report = check(bench, tree, [change_of(path, data, post)], program)
            counts["deleted"] += 1
            told = flags(report, entry)
            counts["flagged"] += told
            if not told:
                print(f"not flagged: {path}:{line} {match[1].decode()}()")
    print(", ".join(f"{number} {name}" for name, number in counts.items()))


def partners(
    bench: Bench, tree: Listed, program: Program, paths: Iterator[str], sample: int
) -> None:
    """Delete the barrier of the function that a comment names as its partner, and check."""
    library = Library(tree, program, bench.machines)
    counts: Counter[str] = Counter()
    for path in paths:
        data = tree.read(path)
        if counts["deleted"] >= sample or data is None:
            break
        if b"air" not in data or b"()" not in data:
            continue
        seen: set[int] = set()
        for entry in judged(bench, library, path):
            comment, found = entry.claim.comment.start_byte, entry.verdict.evidence.locations
            if entry.rule != "partner-has-barrier" or comment in seen or not found:
                continue
            if entry.verdict.decision is not Decision.AGREES:
                continue
            order = order_of(found[0].note.partition("(")[0])
            pre = tree.read(found[0].path)
            if pre is None or order is None or not order & FULL or order & SECTIONS:
                continue
            seen.add(comment)
            post = without(pre, found[0])
            if post is None or post == pre:
                continue
            tried = try_without(bench, tree, program, entry, found[0].path, post)
            counts["deleted"] += 1
            counts["flagged"] += tried.flagged
            if not tried.flagged:
                print(f"{tried.decision}, not flagged: {path}:{entry.claim.line} less {found[0]}")
    print(", ".join(f"{number} {name}" for name, number in counts.items()))


def neutral(bench: Bench, tree: Listed, program: Program, paths: Iterator[str], n: int) -> None:
    """A blank line, a renamed local, two declarations the other way round: nothing new."""
    counts: Counter[str] = Counter()
    for path in paths:
        data = tree.read(path)
        if counts["edits"] >= n or data is None:
            break
        for name, post in edits(path, data):
            report = check(bench, tree, [change_of(path, data, post)], program)
            new = [one for one in report.findings if one.origin.value != "existing"]
            counts["edits"] += 1
            counts["flagged"] += bool(new)
            for one in new:
                print(f"{name}: {path}:{one.line} {one.rule}: {one.verdict.message}")
    print(", ".join(f"{number} {name}" for name, number in counts.items()))


def edits(path: str, data: bytes) -> Iterator[tuple[str, bytes]]:
    """One edit of each kind that the file has a place for."""
    source = SourceFile.parse(path, data)
    for function in source.top_level.functions[:1]:
        at = data.find(b"\n", function.body_start) + 1
        yield "blank line", data[:at] + b"\n" + data[at:]
    for function in source.top_level.functions:
        body = data[function.body_start : function.body_end]
        local = _LOCAL.search(body)
        if local is None or re.search(rb"[\"'#]|(?:\.|->)" + local[1] + rb"\b", body):
            continue
        renamed = re.sub(rb"\b" + local[1] + rb"\b", local[1] + b"_2", body)
        yield "renamed local", data[: function.body_start] + renamed + data[function.body_end :]
        break
    two = _TWO.search(data)
    if two is not None and source.function_at(two.start(1)) is not None:
        swapped = b"\n" + two[2] + b"\n" + two[1] + b"\n"
        yield "declarations", data[: two.start()] + swapped + data[two.end() :]


def main(argv: list[str]) -> int:
    """Run what was asked for; the figures are printed as they fall."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("tree", type=Path)
    parser.add_argument("--sample", type=int, default=0)
    parser.add_argument("--agrees", type=int, default=0)
    parser.add_argument("--pairs", type=int, default=0)
    parser.add_argument("--partners", type=int, default=0)
    parser.add_argument("--neutral", type=int, default=0)
    parser.add_argument("--seed", type=seed, default=1)
    parser.add_argument("--under", nargs="*", default=[])
    given = parser.parse_args(argv)
    tree = open_tree(str(given.tree))
    program = open_program(tree)
    bench = prepare(Selection())
    runs = (
        (flip, given.sample),
        (agreeing, given.agrees),
        (pairs, given.pairs),
        (partners, given.partners),
        (neutral, given.neutral),
    )
    for run, number in runs:
        if number:
            print(f"{run.__name__}, seed {given.seed}:")
            run(bench, tree, program, drawn(tree, given.under, given.seed), number)
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
