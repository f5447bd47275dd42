"""From a scan to files with comments put right: each edit is made, looked at, and judged again."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from reviewer.finding import Finding
from reviewer.program.opening import open_program
from reviewer.program.program import Program
from reviewer.review.bench import Bench, prepare
from reviewer.review.findings import findings as found_in
from reviewer.review.fix.edits import Edit, Evidence, edits
from reviewer.review.fix.mend import mended, only_comments_differ
from reviewer.review.judge import Judgement, judge_file
from reviewer.review.model import Selection
from reviewer.source.file import SourceFile
from reviewer.tree.model import Listed
from reviewer.tree.overlay import Overlay
from reviewer.world import Library


@dataclass(frozen=True, slots=True)
class FixedFile:
    """A file before and after, and the edits that were made."""

    path: str
    before: bytes
    after: bytes
    edits: tuple[Edit, ...]


@dataclass(frozen=True, slots=True)
class Fixes:
    """The files that can be put right, by path; ``refused`` counts edits that did not pass."""

    files: tuple[FixedFile, ...]
    refused: int


Wanted = Callable[[Edit], bool]
"""Says of an edit whether what else is known allows it (git's history, for one)."""


def fix(tree: Listed, findings: Sequence[Finding], selection: Selection, wanted: Wanted) -> Fixes:
    """Put right what is certain of some findings of a tree; the tree itself is not touched.

    An edit stays only if it changes comments alone, the finding is gone when the file is judged
    again, and no other has come. Raises TreeError.
    """
    bench = prepare(selection)
    program = open_program(tree)
    evidence = Evidence(tree, program, bench.older)
    by_path: dict[str, list[Finding]] = defaultdict(list)
    for finding in findings:
        by_path[finding.path].append(finding)
    files: list[FixedFile] = []
    refused = 0
    for path, some in sorted(by_path.items()):
        data = tree.read(path)
        if data is None:
            continue
        proposed = list(edits(some, SourceFile.parse(path, data), evidence))
        made = _passing(path, data, [one for one in proposed if wanted(one)], tree, program, bench)
        refused += len(proposed) - len(made)
        if made:
            files.append(FixedFile(path, data, mended(data, made), tuple(made)))
    return Fixes(tuple(files), refused)


def _passing(
    path: str, data: bytes, proposed: list[Edit], tree: Listed, program: Program, bench: Bench
) -> list[Edit]:
    """The edits that pass together, else those that pass one on the other."""
    if not proposed:
        return []
    before = _judged(path, data, tree, program, bench)
    if _passes(path, data, proposed, before, tree, program, bench):
        return proposed
    made: list[Edit] = []
    for edit in proposed:
        if _passes(path, data, [*made, edit], before, tree, program, bench):
            made.append(edit)
    return made


def _passes(
    path: str,
    data: bytes,
    proposed: Sequence[Edit],
    before: Counter[str],
    tree: Listed,
    program: Program,
    bench: Bench,
) -> bool:
    after = mended(data, proposed)
    if after == data or not only_comments_differ(data, after):
        return False
    left = _judged(path, after, tree, program, bench)
    cured = Counter(_fact(edit.finding) for edit in proposed)
    return not left - before and all(left[fact] < before[fact] for fact in cured)


def _judged(path: str, data: bytes, tree: Listed, program: Program, bench: Bench) -> Counter[str]:
    """What is broken in a file with these bytes, as facts that do not depend on lines."""
    changed = Overlay(tree, {path: data})
    library = Library(changed, program.over(changed), bench.machines, older=bench.older)
    review = judge_file(Judgement(bench, library), SourceFile.parse(path, data))
    return Counter(_fact(one) for one in found_in(review.entries))


def _fact(finding: Finding) -> str:
    term = finding.claim.object or finding.claim.subject
    return f"{finding.rule} {term.name or term.concept}"
