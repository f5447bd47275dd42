"""Pairs of barriers in a tree: how many a model of both sides decides, and what deletions do.

    python -m benchmarks.pairs [--kept] TREE mm kernel …

Each pair that the model finds to forbid its outcome is asked again with either barrier weakened in
the source: that a barrier is gone must be noticed, at the least by no longer holding. *Told* are
those of which it is said what orders the two sides still. ``--kept`` leaves all these out.
"""

from __future__ import annotations

import re
import sys
import time
from collections import Counter
from collections.abc import Iterator

from benchmarks.patched import opened, patched, say
from reviewer.claims.comments import read_file
from reviewer.claims.model import Claim, Kind, Modality
from reviewer.evidence.models.lost import pair_left
from reviewer.evidence.models.marked import marked_model, names_marked
from reviewer.evidence.models.pairs import Answer, PairModel
from reviewer.judging.partners import partners_of
from reviewer.review.bench import prepare
from reviewer.review.model import Selection
from reviewer.world import Library, World

_WORDS = re.compile(rb"pair|match|counterpart", re.I)
_WEAKER = (
    (re.compile(rb"^\s*(?:smp_|virt_|dma_)?(?:mb|rmb|wmb|acquire__after_ctrl_dep)\(\);"), b";"),
    (re.compile(rb"\b(test_and_(?:set|clear)_bit)\("), rb"__\1("),
    (re.compile(rb"smp_load_acquire\(&"), b"READ_ONCE("),
    (re.compile(rb"smp_store_release\(&"), b"WRITE_ONCE("),
    (re.compile(rb"\bREAD_ONCE\("), b"("),
    (re.compile(rb"\bWRITE_ONCE\(([^,;]*), (.*)\);"), rb"\1 = \2;"),
    (re.compile(rb"smp_cond_load_acquire\("), b"smp_cond_load_relaxed("),
    (re.compile(rb"_read_acquire\("), b"_read("),
    (re.compile(rb"\b((?:cmp)?xchg)(?:_acquire|_release)?\("), rb"\1_relaxed("),
    (re.compile(rb"(atomic_fetch_\w+?)(?:_acquire|_release)?\("), rb"\1_relaxed("),
    (re.compile(rb"atomic_(dec|inc)_and_test\((.*?)\)"), rb"!atomic_\1_return_relaxed(\2)"),
    (re.compile(rb"_return\("), b"_return_relaxed("),
)


def _pairs(library: Library, path: str) -> Iterator[tuple[Claim, str, PairModel]]:
    source = library.source(path)
    if source is None or not _WORDS.search(source.data):
        return
    for reading in read_file(source, prepare(Selection()).reader):
        for claim in reading.claims:
            if claim.kind is not Kind.PAIRS or claim.modality is not Modality.ASSERTED:
                continue
            for partner, place in partners_of(claim):
                if place.name and not place.file:
                    world = World(source, library)
                    if names_marked(partner):
                        yield claim, place.name, marked_model(world, claim, partner, place)
                        continue
                    yield claim, place.name, pair_left(world, claim, partner, place)


def _deleted(
    library: Library, path: str, line: int, name: str, claim: Claim, at: str, named: str
) -> str:
    """What is said with one operation weakened."""
    lines = (library.tree.read(path) or b"").split(b"\n")
    for pattern, to in _WEAKER:
        weaker = pattern.sub(to, lines[line - 1], count=1)
        if weaker != lines[line - 1]:
            break
    else:
        return f"not weakened ({name})"
    lines[line - 1] = weaker
    for other, place, model in _pairs(patched(library, path, b"\n".join(lines)), at):
        if other.line == claim.line and place == named:
            by = ", ".join(f"{one.name} at {one.path}:{one.line}" for one in model.kept_by)
            return f"{model.answer}{', told' if by else ''} ({by or model.why})"
    return "the claim is not read any more"


def main() -> int:
    """Print a line for each decided pair, then the counts."""
    library, paths, kept = opened(sys.argv[1:])
    counts: Counter[str] = Counter()
    why: Counter[str] = Counter()
    for path in paths:
        start = time.process_time()
        for claim, place, model in _pairs(library, path):
            counts[model.answer] += 1
            if model.answer is Answer.UNKNOWN:
                why[model.why] += 1
                continue
            spent = time.process_time() - start
            print(f"{path}:{claim.line} {place}(): {model.answer}, {model.why}; {spent:.1f} s")
            for event in model.rests_on if model.answer is Answer.FORBIDS and not kept else ():
                said = _deleted(library, event.path, event.line, event.name, claim, path, place)
                print(f"    without {event.name} ({event.path}:{event.line}): {said}")
                counts[f"deletions: {said.partition(' (')[0]}"] += 1
            start = time.process_time()
    say(counts, why, "unknown: ")
    return 0


if __name__ == "__main__":
    sys.exit(main())
