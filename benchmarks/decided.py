"""How many claims about synchronization are decided, by kind, and why the rest is not.

``python -m benchmarks.decided TREE --files N --seed S [--under FOLDER…] [--kind KIND…]``: judges N
C files drawn over the tree and prints kinds by decision, decisions by rule, and the most frequent
reasons of *unknown*, names and numbers taken out of them. A claim counts once, by the most telling
of its verdicts; references are not counted, nor claims that are not asserted. A second line counts
*checkable* claims only: those that name in subject, object or ``place`` a lock, function, member,
variable, type or macro that the tree defines, whatever was made of them. ``--show N`` prints N
decided claims drawn by the same seed, for reading by hand; ``--broken`` all findings.
"""

from __future__ import annotations

import argparse
import random
import re
import sys
import time
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path

from benchmarks.seeds import seed
from reviewer.claims.model import CODE, Claim, Kind, Modality
from reviewer.finding import LedgerEntry
from reviewer.program.opening import open_program
from reviewer.review.bench import prepare
from reviewer.review.judge import Judgement, judge_file
from reviewer.review.model import Selection
from reviewer.tree.model import Index, Listed
from reviewer.tree.opening import open_tree
from reviewer.verdict import Decision
from reviewer.world import Library

_TELLING = (Decision.BROKEN, Decision.HOLDS, Decision.AGREES, Decision.UNKNOWN)
_LAST = re.compile(r"->|\.|::")
_NAME = re.compile(r"\b\w*(?:_\w*|\w\(\))|\b\d+\b|\b\w+(?:->\w+)+|(?<=struct )\w+")


def drawn(tree: Listed, under: Iterable[str], seed: int, number: int) -> list[str]:
    """C files of the tree in an order that the seed decides."""
    paths = sorted({path for part in under for path in tree.files(part)})
    paths = [path for path in paths if path.endswith((".c", ".h"))]
    random.Random(seed).shuffle(paths)
    return paths[:number]


def told(entries: Iterable[LedgerEntry]) -> Iterator[LedgerEntry]:
    """Of each claim about synchronization the most telling entry."""
    best: dict[Claim, LedgerEntry] = {}
    for one in entries:
        claim = one.claim
        if claim.kind is Kind.REFERS or claim.modality is not Modality.ASSERTED:
            continue
        known = best.get(claim)
        rank = _rank(one)
        if known is None or rank < _rank(known):
            best[claim] = one
    yield from best.values()


def _rank(one: LedgerEntry) -> tuple[int, bool]:
    return _TELLING.index(one.verdict.decision), not one.rule


def checkable(claim: Claim, index: Index) -> bool:
    """True if the claim names something that the tree defines.

    Told by its fields alone: the names that the words gave it. The name of the code that the
    comment stands over does not count, nor what the words only describe ("the pool lock").
    """
    terms = [one for one in (claim.said_subject, claim.object) if one is not None]
    names = [one.name for one in terms if one.concept != CODE] + [claim.get("place")]
    return any(_defined(name, index) for name in names if name)


def _defined(name: str, index: Index) -> bool:
    last = _LAST.split(name.partition("(")[0])[-1].strip("&*@%")
    return bool(last) and bool(index.senses(last))


def of_all(entries: Sequence[LedgerEntry]) -> str:
    """How many are decided of how many."""
    decided = sum(one.verdict.decision is not Decision.UNKNOWN for one in entries)
    share = f"{decided / len(entries):.1%}" if entries else "-"
    return f"{decided} of {len(entries)} ({share})"


def reason(one: LedgerEntry) -> str:
    """Why a claim is unknown, without the names of this one."""
    return _NAME.sub("…", one.verdict.message)


def table(entries: list[LedgerEntry]) -> Iterator[str]:
    """Kinds by decision."""
    counts = Counter((one.claim.kind, one.verdict.decision) for one in entries)
    kinds = sorted(
        {kind for kind, _ in counts}, key=lambda kind: -sum(counts[kind, d] for d in _TELLING)
    )
    yield f"{'':14}" + "".join(f"{one.value:>9}" for one in _TELLING) + "  decided"
    for kind in kinds:
        row = [counts[kind, one] for one in _TELLING]
        yield f"{kind.value:14}" + "".join(f"{n:9}" for n in row) + f"{_share(row):>9}"
    row = [sum(counts[kind, one] for kind in kinds) for one in _TELLING]
    yield f"{'all':14}" + "".join(f"{n:9}" for n in row) + f"{_share(row):>9}"


def _share(row: list[int]) -> str:
    return f"{sum(row[:-1]) / sum(row):.0%}" if sum(row) else "-"


def shown(one: LedgerEntry) -> str:
    """A verdict with its comment and evidence, for reading."""
    words = " ".join(one.claim.quote.split())
    places = one.verdict.rests_on or one.verdict.evidence.locations
    rests = "".join(f"\n      {at.path}:{at.line} {at.note}" for at in places[:4])
    head = f"{one.path}:{one.claim.line} {one.verdict.decision.value} {one.rule}"
    return f"{head} ({one.claim.kind.value})\n   “{words}”\n   {one.verdict.message}{rests}"


def main(argv: list[str] | None = None) -> int:
    """Count, and print."""
    parser = argparse.ArgumentParser(prog="benchmarks.decided", description=__doc__)
    parser.add_argument("tree", type=Path)
    parser.add_argument("--files", type=int, default=150)
    parser.add_argument("--seed", type=seed, default=1)
    parser.add_argument("--under", nargs="*", default=[""])
    parser.add_argument("--kind", nargs="*", default=[], choices=[one.value for one in Kind])
    parser.add_argument("--reasons", type=int, default=15, help="reasons of unknown to print")
    parser.add_argument("--show", type=int, default=0, help="decided claims to print")
    parser.add_argument("--broken", action="store_true", help="print all findings")
    parser.add_argument("--unknown", default="", help="print claims whose reason has these words")
    options = parser.parse_args(argv)
    tree = open_tree(options.tree)
    index = open_program(tree)
    library = Library(tree, index, ())
    bench = prepare(Selection(disabled=("references",)))
    entries: list[LedgerEntry] = []
    start, size = time.process_time(), 0
    rules: Counter[str] = Counter()
    for path in drawn(tree, options.under, options.seed, options.files):
        source = library.source(path)
        if source is None:
            continue
        size += len(source.data)
        review = judge_file(Judgement(bench, library), source)
        for name, seconds in review.seconds:
            rules[name] += round(seconds * 1000)
        for cause in review.causes:
            print(cause, file=sys.stderr)
        kinds = options.kind
        entries += [one for one in told(review.entries) if not kinds or one.claim.kind in kinds]
    spent = time.process_time() - start
    print(f"{options.files} files, {size / 1e6:.1f} MB, {spent:.1f} CPU s")
    print("\n".join(table(entries)))
    named = [one for one in entries if checkable(one.claim, index)]
    print(f"decided {of_all(entries)}; of checkable claims {of_all(named)}")
    decided = [one for one in entries if one.verdict.decision is not Decision.UNKNOWN]
    by_rule = Counter((one.rule, one.verdict.decision.value) for one in decided)
    print("decided by:")
    for (rule, decision), number in by_rule.most_common():
        print(f"{number:6} {rule} {decision}")
    undecided = [one for one in entries if one.verdict.decision is Decision.UNKNOWN]
    why = Counter((one.claim.kind.value, one.rule, reason(one)) for one in undecided)
    print("unknown since:")
    for (kind, rule, text), number in why.most_common(options.reasons):
        print(f"{number:6} {kind} {rule or '-'}: {text[:120]}")
    print("slowest rules, ms:", ", ".join(f"{name} {ms}" for name, ms in rules.most_common(6)))
    if options.show:
        random.Random(options.seed).shuffle(decided)
        print("\n".join(shown(one) for one in decided[: options.show]))
    if options.broken:
        print("\n".join(shown(o) for o in decided if o.verdict.decision is Decision.BROKEN))
    if options.unknown:
        print("\n".join(shown(o) for o in undecided if options.unknown in o.verdict.message))
    return 0


if __name__ == "__main__":
    sys.exit(main())
