"""Scan a tree: a pure function over files, mapped over processes; what stands is not done again."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import Executor
from contextlib import suppress
from functools import partial

from reviewer.errors import ResultError, TreeError
from reviewer.finding import Finding
from reviewer.kernel.folders import SOURCES
from reviewer.program.changes import changed_keys
from reviewer.program.older import compared, open_older
from reviewer.program.opening import open_program, opened_once
from reviewer.program.program import Program
from reviewer.review.batches import batches, run
from reviewer.review.bench import verify
from reviewer.review.head import Heads
from reviewer.review.kept import Codes, KeptReviews
from reviewer.review.model import Report, Stats
from reviewer.review.records import Standing
from reviewer.review.request import Request
from reviewer.review.result import findings_in, lines_in
from reviewer.review.results import Packed, Results
from reviewer.review.unchanged import same_code
from reviewer.review.worker import asked_again, judge_batch, load_once, unload
from reviewer.tree.compared import Question
from reviewer.tree.model import Listed, Tree
from reviewer.tree.opening import open_tree
from reviewer.unit.build import Report as Compiling
from reviewer.unit.collecting import uncollected
from reviewer.unit.interrupt import interruptible
from reviewer.unit.snapshot import Snapshot, differing
from reviewer.unit.store import Store

_BATCH_BYTES = 256 << 10
_BATCH_FILES = 48
"""A batch takes a worker about half a second: short enough that an interrupt loses little."""
Progress = Callable[[int, int], None]
"""Called with files done and files in all."""


def sources(tree: Tree, paths: Sequence[str]) -> tuple[str, ...]:
    """C files, headers and assembly below the paths, sorted. Raises TreeError if one is missing."""
    _check(tree, paths)
    found: set[str] = set()
    for path in paths or ("",):
        listed = [one for one in tree.files(path) if one.endswith(SOURCES) or one == path]
        found.update(listed)
    return tuple(sorted(found))


def _check(tree: Tree, paths: Sequence[str]) -> None:
    for path in paths:
        if path and not tree.exists(path):
            raise TreeError(f"{path}: not in {tree.name}")


def scan(
    request: Request,
    *,
    jobs: int = 1,
    executor: Executor | None = None,
    progress: Progress | None = None,
    compiling: Compiling | None = None,
    lines: Callable[[str], object] | None = None,
    results: Results | None = None,
) -> Report:
    """Judge all claims of a tree's files; the result does not depend on ``jobs`` or ``executor``.

    What the store does not know of the tree is compiled first, and verdicts of an earlier run that
    still stand are taken over. ``lines`` gets the lines of the ledger, in the order of the files;
    ``results`` what each file came to, packed, in place of the report, which then has no findings.
    ``Report.missing`` says what was not looked at, and why; an interrupt ends the scan soon and is
    one of the reasons, or is raised where there are ``results``. Raises TreeError or RuleError.
    """
    unload()
    tree = open_tree(request.tree)
    verify(request.selection)
    _check(tree, request.paths)
    with interruptible():
        with opened_once():
            program = open_program(tree, executor=executor, jobs=jobs, report=compiling)
            files = _files(tree, request, program.snapshot)
            open_older(request.selection.was, jobs, compiling)
        return _Scan(request, tree, program, files, lines, progress, results).run(jobs, executor)


def _files(tree: Listed, request: Request, snapshot: Snapshot | None) -> tuple[str, ...]:
    if snapshot is None or request.paths:
        files = sources(tree, request.paths)
    else:  # it has them all, and walking a tree takes half a second
        files = tuple(path for path in snapshot.paths if path.endswith(SOURCES))
    if request.since:
        from reviewer.tree.since import changed_since

        changed = changed_since(tree, request.since)
        return tuple(path for path in files if path in changed)
    return files


class _Scan:
    """One run over the files of a tree."""

    def __init__(
        self,
        request: Request,
        tree: Listed,
        program: Program,
        files: tuple[str, ...],
        lines: Callable[[str], object] | None,
        progress: Progress | None,
        results: Results | None,
    ) -> None:
        self._handed = results
        self._heads = Heads() if results is None else results.heads
        self._request = request
        self._tree = tree
        self._program = program
        self._files = files
        self._lines = lines
        self._progress = progress
        self._results: dict[str, tuple[str, ...]] = {}
        self._written = 0
        self._missing: list[str] = []
        self._seconds: dict[str, float] = defaultdict(float)
        self._findings: dict[str, tuple[Finding, ...]] = {}
        self._done = 0

    def run(self, jobs: int, executor: Executor | None) -> Report:
        """Judge what no kept verdict stands for, and put everything together."""
        kept = self._kept()
        todo = list(self._files)
        try:
            if kept is not None:
                todo = self._taken_over(kept, todo)
            work = partial(judge_batch, self._request)
            portions = batches(self._sized(todo), _BATCH_BYTES, _BATCH_FILES)
            if todo and executor is None:
                load_once(self._request, self._tree, self._program)
            for done in run(work, portions, min(jobs, 1 + len(todo) // 4), executor):
                if done.result is None:
                    for path in done.paths:
                        self._take(path, (f"{path}: the worker that judged it died",), b"", ())
                    continue
                for judged in done.result:
                    if kept is not None and not judged.causes:
                        kept.add(judged.record, judged.questions)
                    elif kept is not None:
                        kept.bring(judged.questions)
                    self._take(judged.path, judged.causes, judged.record.result, judged.seconds)
        except KeyboardInterrupt:
            if self._handed is not None:
                raise  # who puts whole trees side by side can make nothing of a part of one
            left = len(self._files) - self._done
            self._missing.append(f"interrupted: {left:,} of {len(self._files):,} files not judged")
        else:
            if kept is not None:
                kept.end()
                if todo:
                    self._look_again()
        self._flush(whole=True)
        return self._report()

    def _look_again(self) -> None:
        """Says what of a folder changed while it was judged, and keeps no verdict that asked of it.

        Each file judged was compared with its unit; what was read beside it was not.
        """
        before = self._program.snapshot
        if self._tree.fixed or before is None:
            return
        self._program = open_program(open_tree(self._request.tree))
        kept, after = self._kept(), self._program.snapshot
        if kept is None or after is None or after.digest == before.digest:
            return
        unload()  # what is asked again is asked of the tree as it is now
        kept.begin(list(kept.standing(self._changed, self._again)))
        kept.end()
        changed = differing(before, after)
        self._missing += (f"{path}: changed while the tree was looked at" for path in changed)

    def _kept(self) -> KeptReviews | None:
        snapshot = self._program.snapshot
        if snapshot is None:
            return None
        older = [one.known_by for one in open_older(self._request.selection.was)]
        return KeptReviews(Store().folder, repr((self._request.kept_as, older)), snapshot)

    def _taken_over(self, kept: KeptReviews, todo: list[str]) -> list[str]:
        """Takes the verdicts that stand; the files for which there is none."""
        wanted = set(todo)
        whole = kept.whole()
        if whole is not None:
            with uncollected():
                if self._all_taken(whole, wanted):
                    return []
        standing = list(kept.standing(self._changed, self._again))
        if not kept.is_whole or not wanted.issubset(record.path for record in standing):
            kept.begin(standing)
        for record in standing:
            if record.path in wanted:
                with suppress(ResultError):  # it is judged anew
                    self._take(record.path, (), record.result, ())
                    wanted.discard(record.path)
        return [path for path in todo if path in wanted]

    def _all_taken(self, whole: Standing, wanted: set[str]) -> bool:
        """Takes the wanted verdicts of a whole run, all of them at once or none."""
        found = dict(zip(whole.paths, whole.packed, strict=True))
        if not wanted <= found.keys():
            return False
        paths = self._files
        try:
            self._took(paths, [found[path] for path in paths])
        except ResultError:
            return False
        if self._lines is not None:
            self._results.update((path, ()) for path in paths if path not in self._results)
        self._done = len(paths)
        self._flush()
        if self._progress:
            self._progress(self._done, len(paths))
        return True

    def _took(self, paths: Sequence[str], packed: Sequence[Packed]) -> None:
        """Takes what some files came to. Raises ResultError, and takes none, if one is damaged."""
        if self._handed is not None:
            self._handed.add(paths, packed)
            return
        heads = Heads()
        heads.extend(packed)
        rows = zip(paths, packed, heads.findings, heads.lines, strict=True)
        told = [row for row in rows if row[2] or (row[3] and self._lines is not None)]
        findings = {path: findings_in(data) for path, data, some, _ in told if some}
        if self._lines is not None:
            self._results.update((path, lines_in(data)) for path, data, _, some in told if some)
        self._findings.update(findings)
        self._heads.extend(packed)

    def _changed(self, before: Snapshot, codes: Codes) -> frozenset[int] | None:
        after = self._program.snapshot
        assert after is not None
        linked = self._program.linked
        keys = Store().keys(linked.segments)
        same = same_code(before, after, codes, self._tree)
        return changed_keys(before, after, linked, keys, same)

    def _again(self, question: Question) -> Mapping[int, Question]:
        return asked_again(self._request, self._program.tree, self._program, question)

    def _sized(self, paths: Sequence[str]) -> list[tuple[str, int]]:
        if not paths:
            return []  # the sizes of a whole tree take a second
        sizes = self._program.sizes
        return [(path, sizes.get(path, 0)) for path in paths]

    def _take(
        self,
        path: str,
        causes: tuple[str, ...],
        result: bytes,
        seconds: tuple[tuple[str, float], ...],
    ) -> None:
        if result:
            self._took((path,), (result,))
        if self._lines is not None:
            self._results.setdefault(path, ())  # if not read: what comes behind it need not wait
        self._done += 1
        self._missing += causes
        for rule, spent in seconds:
            self._seconds[rule] += spent
        self._flush()
        if self._progress:
            self._progress(self._done, len(self._files))

    def _flush(self, *, whole: bool = False) -> None:
        """Writes the ledger's lines as far as the files before have been judged."""
        if self._lines is None:
            return
        while self._written < len(self._files):
            lines = self._results.pop(self._files[self._written], None)
            if lines is None and not whole:
                return
            for line in lines or ():
                self._lines(line)
            self._written += 1

    def _report(self) -> Report:
        ordered = [one for path in sorted(self._findings) for one in self._findings[path]]
        return Report(
            tree=self._tree.name,
            findings=tuple(ordered),
            ledger=(),
            stats=Stats(*self._heads.counts),
            notes=self._notes(),
            missing=tuple(sorted({*self._missing, *self._unread()})),
            seconds=tuple(sorted(self._seconds.items())),
        )

    def _notes(self) -> tuple[str, ...]:
        return compared(open_older(self._request.selection.was))

    def _unread(self) -> Iterator[str]:
        yield from self._program.unread
