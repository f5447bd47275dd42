"""Recall and precision against comments that kernel developers found stale, or made right.

Usage: ``python -m tests.groundtruth BENCH [--tree 6.1=DIR] [--was 6.1=DIR] [--misses] [--hits]``

BENCH holds ``stale.json``, ``live.json``, ``sound.json`` and ``inject.json`` (any may be absent).
A finding hits a row when its words overlap the row's lines and its family fits the row's
category. Rows are found by their words first (``text_sha``) and by line number second. Injected
rows are judged as ``kstale check`` would judge the patch that brings the old words back, with the
older tree that ``--was 6.12=DIR`` names, if any.
"""

from __future__ import annotations

import argparse
import hashlib
import json
import re
import sys
from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path
from typing import Any

from reviewer.finding import Finding, Origin
from reviewer.mail.model import FileChange
from reviewer.review.bench import prepare
from reviewer.review.check import check
from reviewer.review.model import Selection
from reviewer.review.request import Request
from reviewer.review.scan import scan
from reviewer.tree.opening import open_tree
from tests.real.trees import folder

CATEGORIES: Mapping[str, frozenset[str]] = {
    "renamed/removed function or symbol reference": frozenset(
        {"references", "barriers", "locking", "rcu", "context", "tlb", "pte", "refcount"}
    ),
    "removed config/file/path": frozenset({"references"}),
    "lock renamed/removed or locking rule changed": frozenset(
        {"locking", "references", "context", "rcu"}
    ),
    "context (irq/preempt/sleep)": frozenset({"context", "locking", "rcu", "references"}),
    "memory barrier pairing": frozenset({"barriers", "references"}),
    "refcount/mapcount": frozenset({"refcount", "references", "pte", "tlb"}),
    "TLB/IPI/GUP/page-table": frozenset({"tlb", "pte", "refcount", "references"}),
    "RCU/grace period": frozenset({"rcu", "references", "locking"}),
}
"""Which families' reasons are of a category; the other categories are not kstale's to judge."""


@dataclass(frozen=True)
class Row:
    """One row of ground truth with its lines in the tree at hand."""

    id: str
    tree: str
    path: str
    start: int
    end: int
    category: str
    sync: bool

    def overlaps(self, found: Finding) -> bool:
        """True if the finding's words lie on the row's lines, or it says so of them."""
        if found.path != self.path:
            return False
        if found.line <= self.end and self.start <= found.end_line:
            return True
        comment = found.claim.comment
        return any(
            self.start <= one.line <= self.end
            and comment.start_line <= one.line <= comment.end_line
            for one in found.verdict.evidence.locations
            if one.path == self.path
        )

    def fits(self, found: Finding) -> bool:
        """True if the finding's family can be the row's reason."""
        families = CATEGORIES.get(self.category)
        return families is None or found.family in families


def rows(bench: Path, name: str, trees: Mapping[str, Path]) -> list[Row]:
    """The rows of one file of the bench."""
    file = bench / f"{name}.json"
    if not file.is_file():
        return []
    found = []
    for given in json.loads(file.read_text(encoding="utf-8")):
        tree = str(given.get("tree", "6.12"))
        if tree not in trees:
            continue
        start, end = _place(trees[tree] / given["path"], given)
        category = given.get("category") or given.get("family", "")
        found.append(
            Row(given["id"], tree, given["path"], start, end, category, bool(given.get("sync")))
        )
    return found


def _place(file: Path, given: Mapping[str, Any]) -> tuple[int, int]:
    """The row's lines: where its words stand now, else where they stood."""
    start, end = given["lines"]
    wanted = given.get("text_sha")
    if not wanted or not file.is_file():
        return start, end
    lines = file.read_text(encoding="utf-8", errors="replace").splitlines()
    length = end - start
    for offset in sorted(range(-200, 201), key=abs):
        first = start + offset
        if first >= 1 and _sha(lines[first - 1 : first + length]) == wanted:
            return first, first + length
    return start, end


def _sha(lines: Sequence[str]) -> str:
    words = " ".join(re.sub(r"/\*+|\*+/|^\s*\*|//", " ", line) for line in lines)
    return hashlib.sha1(" ".join(words.split()).encode(), usedforsecurity=False).hexdigest()[:16]


def scanned(
    wanted: Iterable[Row],
    trees: Mapping[str, Path],
    selection: Selection,
    was: Mapping[str, str],
    jobs: int,
) -> dict[str, list[Finding]]:
    """Findings of a scan of all files the rows name, by tree; ``was`` is an older one for each."""
    paths: dict[str, set[str]] = defaultdict(set)
    for row in wanted:
        if (trees[row.tree] / row.path).is_file():
            paths[row.tree].add(row.path)
    results = {}
    for tree, found in paths.items():
        older = (was[tree],) if tree in was else ()
        asked = Request(str(trees[tree]), tuple(sorted(found)), replace(selection, was=older))
        results[tree] = list(scan(asked, jobs=jobs).findings)
    return results


def injected(
    given: Mapping[str, Any], trees: Mapping[str, Path], selection: Selection
) -> tuple[str, str, str, tuple[str, ...]]:
    """Check the 6.12 file with the 6.1 words put back: (id, category, hit or miss, messages)."""
    new, old = trees["6.12"], trees["6.1"]
    path = given["path"]
    pre = (new / path).read_bytes()
    words = (old / path).read_bytes().splitlines(keepends=True)
    first, last = given["lines_old_6_1"]
    put = words[first - 1 : last]
    lines = pre.splitlines(keepends=True)
    start, end = given["lines_new_6_12"]
    post = b"".join([*lines[: start - 1], *put, *lines[end:]])
    change = FileChange(
        path,
        path,
        pre,
        post,
        frozenset(range(start, end + 1)),
        frozenset(range(start, start + len(put))),
    )
    tree = open_tree(str(new))
    report = check(prepare(selection), tree, [change])
    row = Row(
        given["id"], "6.12", path, start, start + len(put) - 1, given["category"], given["sync"]
    )
    hits = [
        one
        for one in report.findings
        if one.origin is not Origin.EXISTING and row.overlaps(one) and row.fits(one)
    ]
    messages = tuple(f"{one.rule}: {one.verdict.message}" for one in hits)
    return row.id, row.category, "hit" if hits else "miss", messages


def table(title: str, results: Iterable[tuple[str, bool]]) -> None:
    """Print hits per category, and over all categories that kstale judges."""
    total: Counter[str] = Counter()
    hit: Counter[str] = Counter()
    for category, found in results:
        total[category] += 1
        hit[category] += found
    print(f"\n{title}")
    for category in sorted(total, key=lambda name: (name not in CATEGORIES, name)):
        note = "" if category in CATEGORIES or title != "stale" else "  (not judged)"
        share = 100 * hit[category] / total[category]
        print(f"  {category:48} {hit[category]:4}/{total[category]:<4} {share:5.1f} %{note}")
    judged = [name for name in total if name in CATEGORIES] or list(total)
    all_, found_ = sum(total[n] for n in judged), sum(hit[n] for n in judged)
    print(f"  {'all judged classes':48} {found_:4}/{all_:<4} {100 * found_ / max(all_, 1):5.1f} %")


def main(argv: Sequence[str] | None = None) -> int:
    """Print the figures."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("bench", type=Path)
    parser.add_argument("--tree", action="append", default=[], metavar="VERSION=DIR")
    parser.add_argument("--was", action="append", default=[], metavar="VERSION=DIR")
    parser.add_argument("--jobs", type=int, default=2)
    parser.add_argument("--misses", action="store_true", help="list rows that were not found")
    parser.add_argument("--hits", action="store_true", help="list hits with their messages")
    parser.add_argument("--only", action="append", default=[], help="rule or family")
    arguments = parser.parse_args(argv)
    trees = {version: folder(version) for version in ("6.1", "6.12")}
    trees |= {name: Path(path) for name, _, path in (t.partition("=") for t in arguments.tree)}
    was = {name: path for name, _, path in (t.partition("=") for t in arguments.was)}
    for tree in trees.values():
        if not (tree / "MAINTAINERS").is_file():
            parser.error(f"{tree}: no kernel tree; give it with --tree")
    selection = Selection(only=tuple(arguments.only))
    stale = rows(arguments.bench, "stale", trees)
    live = rows(arguments.bench, "live", trees)
    sound = rows(arguments.bench, "sound", trees)
    found = scanned([*stale, *live, *sound], trees, selection, was, arguments.jobs)
    for title, wanted in (("stale", stale), ("live", live)):
        results = []
        for row in wanted:
            hits = [one for one in found.get(row.tree, ()) if row.overlaps(one) and row.fits(one)]
            results.append((row.category, bool(hits)))
            if (arguments.misses and not hits) or (arguments.hits and hits):
                why = "; ".join(f"{one.rule}: {one.verdict.message}" for one in hits) or "missed"
                print(f"{row.id} {row.tree} {row.path}:{row.start} [{row.category}] {why}")
        table(title, results)
    alarms = [(row, one) for row in sound for one in found.get(row.tree, ()) if row.overlaps(one)]
    print(f"\nsound: {len(sound)} rows, {len({row.id for row, _ in alarms})} with a finding")
    for row, one in alarms:
        print(f"  {row.id} {one.path}:{one.line} {one.rule}: {one.verdict.message}")
    file = arguments.bench / "inject.json"
    if file.is_file():
        given = json.loads(file.read_text(encoding="utf-8"))
        older = (was["6.12"],) if "6.12" in was else ()
        asked = partial(injected, trees=trees, selection=replace(selection, was=older))
        with ProcessPoolExecutor(2) as pool:
            outcomes = list(pool.map(asked, given, chunksize=8))
        for id_, category, outcome, messages in outcomes:
            if (arguments.misses and outcome == "miss") or (arguments.hits and messages):
                print(f"{id_} [{category}] {'; '.join(messages) or 'missed'}")
        table("inject", [(category, outcome == "hit") for _, category, outcome, _ in outcomes])
    return 0


if __name__ == "__main__":
    sys.exit(main())
