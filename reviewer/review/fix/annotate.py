"""Comments about locks that every caller honours, turned into what lockdep or sparse checks.

Proved means: the rule ``caller-holds-lock`` says that the claim holds, and it says so of the very
lock that the assertion names, in the function's own words, by the operations that take it in every
caller that the tree has. What holds by assertions or annotations further up is no such proof.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from enum import StrEnum

from reviewer.claims.model import Claim
from reviewer.errors import TreeError
from reviewer.finding import LedgerEntry
from reviewer.judging.callers import callers_hold
from reviewer.judging.callsites import sites_of
from reviewer.judging.holding import annotated, documented, lock_of, lock_operations
from reviewer.program.opening import open_program
from reviewer.review.bench import prepare
from reviewer.review.fix.assertion import assertions, inserted
from reviewer.review.fix.guarded import GUARD, Guard, guard_of
from reviewer.review.judge import Judgement, judge_file
from reviewer.review.model import Selection
from reviewer.review.request import Request
from reviewer.review.result import told_in
from reviewer.review.results import Results
from reviewer.review.scan import Progress, scan
from reviewer.source.file import SourceFile
from reviewer.source.model import Function
from reviewer.tree.model import Listed
from reviewer.tree.opening import open_tree
from reviewer.tree.overlay import Overlay
from reviewer.unit.build import Report as Compiling
from reviewer.verdict import Decision, Location
from reviewer.world import Library, World

RULE = "caller-holds-lock"
WRITERS = "writes-hold-lock"
"""The rule that counts who writes a member, where ``__guarded_by()`` is asked for."""


class How(StrEnum):
    """What is put into the code."""

    ASSERT = "assert"
    """``lockdep_assert_held()`` behind the declarations: checked when the code runs."""
    MUST_HOLD = "must-hold"
    """``__must_hold()`` behind the parameters: checked by sparse, or by clang where it can."""
    GUARDED_BY = "guarded-by"
    """``__guarded_by()`` behind a member: checked by clang's context analysis."""


@dataclass(frozen=True, slots=True)
class Annotation:
    """One function or member whose comment about a lock can be checked from now on."""

    path: str
    line: int
    subject: str
    """The function's name, or ``struct::member``."""
    lock: str
    statement: str
    calls: tuple[Location, ...]
    """Every call in the tree, or every access to the member."""
    rests_on: tuple[Location, ...]
    """The operations that take the lock there."""


@dataclass(frozen=True, slots=True)
class AnnotatedFile:
    """A file before and after."""

    path: str
    before: bytes
    after: bytes
    annotations: tuple[Annotation, ...]


@dataclass(frozen=True, slots=True)
class Annotations:
    """What can be annotated, what was proved and has no place or name, and what was not read."""

    files: tuple[AnnotatedFile, ...]
    proved: int
    missing: tuple[str, ...]


def annotate(
    spec: str,
    paths: Sequence[str],
    how: How = How.ASSERT,
    *,
    jobs: int = 1,
    progress: Progress | None = None,
    compiling: Compiling | None = None,
) -> Annotations:
    """The annotations that a tree's comments and callers together prove. Raises TreeError."""
    selection = Selection(only=(WRITERS if how is How.GUARDED_BY else RULE,))
    results = Results()
    request = Request(spec, tuple(paths), selection)
    report = scan(request, jobs=jobs, progress=progress, compiling=compiling, results=results)
    proved: Counter[str] = Counter()
    for path in results:
        proved[path] += sum(one.decision is Decision.HOLDS for one in told_in(results[path]))
    tree = open_tree(spec)
    if how is How.GUARDED_BY and not open_program(tree).definitions(GUARD):
        raise TreeError(f"{tree.name}: has no {GUARD}(), which came with clang's context analysis")
    bench = prepare(selection)
    library = Library(tree, open_program(tree), bench.machines)
    files = []
    for path in sorted(+proved):
        source = library.source(path)
        if source is None:
            continue
        review = judge_file(Judgement(bench, library), source)
        make = _guarded if how is How.GUARDED_BY else _file
        file = make(source, review.entries, library, how)
        if file is not None and _stands(file, tree, library, selection):
            files.append(file)
    return Annotations(tuple(files), proved.total(), report.missing)


def _file(
    source: SourceFile, entries: Sequence[LedgerEntry], library: Library, how: How
) -> AnnotatedFile | None:
    """The file with an annotation for each proved claim, the last function first."""
    found: dict[int, tuple[Function, Annotation]] = {}
    for entry in entries:
        if entry.verdict.decision is Decision.HOLDS:
            pair = _annotation(entry.claim, World(source, library))
            if pair is not None:
                found.setdefault(pair[0].start_byte, pair)
    after, made = source.data, []
    for start in sorted(found, reverse=True):
        function, annotation = found[start]
        # What stands further down was changed already, and this function's bytes were not.
        now = SourceFile.parse(source.path, after)
        here = next((one for one in now.functions_named(function.name)), None)
        if here is None or here.start_byte != start:
            continue
        text = _put(now, here, annotation.statement, how)
        if text is not None:
            after = text
            made.append(annotation)
    if not made:
        return None
    return AnnotatedFile(source.path, source.data, after, tuple(reversed(made)))


def _guarded(
    source: SourceFile, entries: Sequence[LedgerEntry], library: Library, how: How
) -> AnnotatedFile | None:
    """The file with each member guarded whose every access is made under the lock."""
    world = World(source, library)
    found: dict[int, tuple[Guard, Annotation]] = {}
    for entry in entries:
        guard = guard_of(entry.claim, world) if entry.verdict.decision is Decision.HOLDS else None
        if guard is not None:
            told = Annotation(
                source.path,
                source.line_of(guard.at),
                guard.member,
                guard.lock,
                guard.text,
                guard.accesses,
                guard.rests_on,
            )
            found.setdefault(guard.at, (guard, told))
    after = source.data
    for at in sorted(found, reverse=True):
        after = after[:at] + b" " + found[at][0].text.encode() + after[at:]
    made = tuple(found[at][1] for at in sorted(found))
    return AnnotatedFile(source.path, source.data, after, made) if made else None


def _annotation(claim: Claim, world: World) -> tuple[Function, Annotation] | None:
    function, lock = documented(claim, world), lock_of(claim)
    if function is None or lock is None or annotated(lock, claim, function):
        return None
    if lock_operations(lock, claim, function, world.function_facts(function)):
        return None  # the code says so already
    shown = [
        (one, verdict)
        for one in assertions(lock, function, world)
        if (verdict := callers_hold(claim, one.lock, function, world)).decision is Decision.HOLDS
        and verdict.rests_on
    ]
    if len(shown) != 1:
        return None
    assertion, verdict = shown[0]
    return function, Annotation(
        world.path,
        function.start_line,
        function.name,
        assertion.lock.text,
        assertion.statement,
        tuple(_calls(function, world)),
        verdict.rests_on,
    )


def _calls(function: Function, world: World) -> Iterator[Location]:
    for site in sites_of(world, function).known:
        yield Location(site.path, site.line, f"{site.caller.name}()")


def _put(source: SourceFile, function: Function, statement: str, how: How) -> bytes | None:
    if how is How.ASSERT:
        return inserted(source, function, statement)
    lock = statement.partition("(")[2].rpartition(")")[0]
    if not lock.startswith("&"):
        return None  # an assertion of its own names no lock
    data = source.data
    end = function.body_start
    while end > function.start_byte and data[end - 1 : end].isspace():
        end -= 1
    if not data[:end].endswith(b")"):
        return None
    return data[:end] + f"\n\t__must_hold({lock})".encode() + data[end:]


def _stands(file: AnnotatedFile, tree: Listed, library: Library, selection: Selection) -> bool:
    """True if the claims hold by the annotations when the file is judged again."""
    program = library.index
    assert program is not None
    changed = Overlay(tree, {file.path: file.after})
    bench = prepare(selection)
    fresh = Library(changed, open_program(changed), bench.machines)
    try:
        review = judge_file(Judgement(bench, fresh), SourceFile.parse(file.path, file.after))
    except TreeError:
        return False
    broken = [one for one in review.entries if one.verdict.decision is Decision.BROKEN]
    before = judge_file(Judgement(bench, library), SourceFile.parse(file.path, file.before))
    return len(broken) <= sum(one.verdict.decision is Decision.BROKEN for one in before.entries)
