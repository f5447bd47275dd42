"""Scan a tree: a pure function over files, mapped through a concurrent.futures executor."""

from __future__ import annotations

import re
from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import Executor, ProcessPoolExecutor
from functools import partial

from reviewer.claims.model import Claim, Kind
from reviewer.errors import TreeError
from reviewer.finding import Finding, LedgerEntry, Origin, finding_of
from reviewer.program.opening import open_program
from reviewer.review.judge import Bench, Judgement, judge_file, prepare
from reviewer.review.model import FileReview, Report, Selection, Stats
from reviewer.tree.model import Tree
from reviewer.tree.opening import open_tree
from reviewer.unit.build import Report as Compiling
from reviewer.verdict import Decision
from reviewer.world import Library

SOURCES = (".c", ".h")
_BATCH = 24
_PARAGRAPH = re.compile(r"\n[ \t]*\n|\n[ \t]*(?:@\w+:|[-*o][ \t]|\(?\w{1,2}[.)][ \t])")
Progress = Callable[[int, int], None]
"""Called with files done and files in all."""

# One worker judges many batches: what it has loaded is kept between them.
_loaded: dict[tuple[str, Selection], tuple[Bench, Library]] = {}


def sources(tree: Tree, paths: Sequence[str]) -> tuple[str, ...]:
    """C files and headers below the given paths, sorted. Raises TreeError for a missing path."""
    found: set[str] = set()
    for path in paths or ("",):
        if path and not tree.exists(path):
            raise TreeError(f"{path}: not in {tree.name}")
        listed = [one for one in tree.files(path) if one.endswith(SOURCES) or one == path]
        found.update(listed)
    return tuple(sorted(found))


def scan(
    spec: str,
    paths: Sequence[str],
    selection: Selection,
    *,
    parse_all: bool = False,
    jobs: int = 1,
    executor: Executor | None = None,
    progress: Progress | None = None,
    compiling: Compiling | None = None,
) -> Report:
    """Judge all claims of a tree's files; the result does not depend on ``jobs``.

    What the store does not know of the tree is compiled first. ``parse_all`` parses every
    function, so that the statistics can say how many have errors.
    Raises TreeError or RuleError; an unreadable file is noted and skipped, never silently.
    """
    tree = open_tree(spec)
    files = sources(tree, paths)
    prepare(selection)
    program = open_program(tree, executor=executor, jobs=jobs, report=compiling)
    batches = [files[at : at + _BATCH] for at in range(0, len(files), _BATCH)]
    work = partial(judge_batch, spec, selection, parse_all)
    reviews: list[FileReview] = []
    for batch in _map(work, batches, jobs, executor):
        reviews.extend(batch)
        if progress:
            progress(len(reviews), len(files))
    notes = []
    if missing := len(files) - len(reviews):
        notes.append(f"{missing} files could not be read (symbolic links or too large)")
    notes.extend(f"not read: {one}" for one in program.unread)
    return assemble(tree.name, reviews, tuple(notes))


def judge_batch(
    spec: str, selection: Selection, parse_all: bool, paths: Sequence[str]
) -> tuple[FileReview, ...]:
    """Judge some files; runs in a worker process."""
    bench, library = _load(spec, selection)
    reviews = []
    for path in paths:
        source = library.source(path)
        if source is not None:
            reviews.append(judge_file(Judgement(bench, library, parse_all=parse_all), source))
    return tuple(reviews)


def assemble(tree: str, reviews: Iterable[FileReview], notes: tuple[str, ...] = ()) -> Report:
    """Put the reviews of files together, sorted by path."""
    ordered = sorted(reviews, key=lambda one: one.path)
    seconds: dict[str, float] = defaultdict(float)
    for review in ordered:
        for rule, spent in review.seconds:
            seconds[rule] += spent
    return Report(
        tree=tree,
        findings=tuple(found for one in ordered for found in findings(one.entries)),
        ledger=tuple(entry for one in ordered for entry in one.entries),
        stats=sum((one.stats for one in ordered), Stats()),
        notes=notes,
        seconds=tuple(sorted(seconds.items())),
    )


def findings(entries: Sequence[LedgerEntry]) -> Iterator[Finding]:
    """The broken entries of one file as findings, equal ones numbered.

    Several claims of one comment that break on the same fact make one finding, the first; but a
    name that is gone is told of in each paragraph and list item, which are mended one by one. A
    mention of a name stands back where another rule says of a statement with the same words that
    the name is gone.
    """
    seen: Counter[str] = Counter()
    told: set[tuple[str, int, int, str]] = set()
    stated: dict[int, list[LedgerEntry]] = defaultdict(list)
    for entry in entries:
        if entry.verdict.decision is Decision.BROKEN and entry.claim.kind is not Kind.REFERS:
            stated[entry.claim.comment.start_byte].append(entry)
    for entry in entries:
        if entry.verdict.decision is Decision.BROKEN:
            if _mentioned_only(entry, stated[entry.claim.comment.start_byte]):
                continue
            comment = entry.claim.comment.start_byte
            fact = (entry.rule, comment, _paragraph(entry.claim), entry.verdict.message)
            if fact in told:
                continue
            told.add(fact)
            first = finding_of(entry)
            ordinal = seen[first.fingerprint]
            seen[first.fingerprint] += 1
            yield finding_of(entry, ordinal, Origin.EXISTING) if ordinal else first


def _paragraph(claim: Claim) -> int:
    """Which paragraph or list item of its comment a mention stands in; 0 for any other claim."""
    if claim.kind is not Kind.REFERS:
        return 0
    return sum(1 for _ in _PARAGRAPH.finditer(claim.comment.text, 0, claim.start))


def _mentioned_only(entry: LedgerEntry, stated: Iterable[LedgerEntry]) -> bool:
    """True if the entry is a mention whose name a finding about the same words already tells of."""
    claim = entry.claim
    if claim.kind is not Kind.REFERS or claim.object is None:
        return False
    name = re.compile(rf"\b{re.escape(claim.object.name.rpartition('>')[2])}\b")
    return any(
        other.claim.start < claim.end
        and claim.start < other.claim.end
        and name.search(other.verdict.message)
        for other in stated
    )


def _load(spec: str, selection: Selection) -> tuple[Bench, Library]:
    key = (spec, selection)
    if key not in _loaded:
        _loaded.clear()
        tree = open_tree(spec)
        bench = prepare(selection)
        library = Library(tree, open_program(tree), bench.machines)
        _loaded[key] = (bench, library)
    return _loaded[key]


def _map(
    work: Callable[[Sequence[str]], tuple[FileReview, ...]],
    batches: Sequence[Sequence[str]],
    jobs: int,
    executor: Executor | None,
) -> Iterator[tuple[FileReview, ...]]:
    if executor is not None:
        yield from executor.map(work, batches)
    elif jobs <= 1 or len(batches) <= 1:
        yield from map(work, batches)
    else:
        with ProcessPoolExecutor(jobs) as pool:
            yield from pool.map(work, batches)
