"""What a worker of a scan does: it judges some files and keeps what it has loaded for the next."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace

from reviewer.errors import TreeError
from reviewer.finding import LedgerEntry, NotUnderstood
from reviewer.program.opening import open_program
from reviewer.program.program import Program
from reviewer.review.asked import asked_bytes
from reviewer.review.bench import Bench, prepare
from reviewer.review.cited import note_cited
from reviewer.review.findings import findings
from reviewer.review.judge import Judgement, judge_file
from reviewer.review.model import Selection
from reviewer.review.records import Record
from reviewer.review.request import Request
from reviewer.review.result import FileResult, packed
from reviewer.review.told import told_of
from reviewer.review.unchanged import is_made_of
from reviewer.source.between import code_digest
from reviewer.tree.compared import Question, ask, questions
from reviewer.tree.model import Listed
from reviewer.tree.opening import open_tree
from reviewer.tree.trace import comparing, recording
from reviewer.world import Library

_loaded: dict[tuple[str, Selection], tuple[Bench, Library]] = {}
"""One worker judges many batches: what it has loaded is kept between them."""


@dataclass(frozen=True, slots=True)
class Judged:
    """A file that a worker has judged, ready to be kept; an empty result if it was not read."""

    path: str
    record: Record
    causes: tuple[str, ...] = ()
    seconds: tuple[tuple[str, float], ...] = ()
    questions: Mapping[int, Question] = field(default_factory=dict)
    """Those that were compared and that no file before it in the batch asked."""


def judge_batch(request: Request, paths: Sequence[str]) -> tuple[Judged, ...]:
    """Judge some files; runs in a worker process."""
    bench, library = _load(request.tree, request.selection)
    found: list[Judged] = []
    known: set[int] = set()
    with comparing():
        for path in paths:
            one = _judged(request, bench, library, path)
            new = {number: asked for number, asked in one.questions.items() if number not in known}
            known.update(new)
            found.append(replace(one, questions=new))
    return tuple(found)


def _judged(request: Request, bench: Bench, library: Library, path: str) -> Judged:
    assert isinstance(library.index, Program)
    unit = library.index.unit(path)
    with recording() as asked:
        try:
            source = library.source(path)
        except TreeError as error:
            return Judged(path, Record(path, unit, b"", b""), (str(error),))
        if source is None:
            cause = f"{path}: a symbolic link, or gone"
            return Judged(path, Record(path, unit, b"", b""), (cause,))
        review = judge_file(Judgement(bench, library, parse_all=request.parse_all), source)
        note_cited(library.index, path, review.entries, ledger=request.ledger is not None)
    causes = review.causes
    if not library.index.tree.fixed and any(unit) and not is_made_of(unit, source.data):
        causes += (f"{path}: changed while the tree was looked at",)  # so it is not kept
    line = request.ledger
    told: tuple[LedgerEntry | NotUnderstood, ...] = (*review.entries, *review.unread)
    found = tuple(findings(review.entries))
    result = FileResult(
        found,
        review.stats,
        tuple(line(one) for one in told) if line is not None else (),
        tuple(told_of(review.entries, found)),
    )
    code = code_digest(source)
    record = Record(path, unit, asked_bytes(asked), packed(result), code)
    return Judged(path, record, causes, review.seconds, questions(asked))


def asked_again(
    request: Request, tree: Listed, program: Program, question: Question
) -> Mapping[int, Question]:
    """Asks a question again; its number with the answer of now, and those it asked itself."""
    load_once(request, tree, program)
    _, library = _loaded[request.tree, request.selection]
    standing = {"library": library, "index": library.index, "tree": library.tree}
    with comparing(), recording() as asked:
        try:
            ask(question, standing)
        except Exception:  # noqa: BLE001 - of whatever comes of it no verdict is kept
            return {}
    return questions(asked)


def load_once(request: Request, tree: Listed, program: Program) -> None:
    """Loads what every worker needs before they are forked, which then share it.

    Each would take 1.4 CPU seconds and 90 MB for it; a scan of Linux has some twenty of them.
    """
    if (request.tree, request.selection) in _loaded:
        return
    bench = prepare(request.selection)
    bench.reader  # noqa: B018 - read here, not in each
    library = Library(tree, program, bench.machines, older=bench.older)
    _loaded[request.tree, request.selection] = (bench, library)


def unload() -> None:
    """Drops what is loaded: a folder may have changed since."""
    _loaded.clear()


def _load(spec: str, selection: Selection) -> tuple[Bench, Library]:
    key = (spec, selection)
    if key not in _loaded:
        _loaded.clear()
        tree = open_tree(spec)
        bench = prepare(selection)
        library = Library(tree, open_program(tree), bench.machines, older=bench.older)
        _loaded[key] = (bench, library)
    return _loaded[key]
