"""Since which commit a comment is false: its claim judged along the history of the files concerned.

The tree is the one of the revision asked for; only the files that the finding rests on, and those
that had the name it speaks of, are put back to what they were. So each step compiles a few files,
and nothing is checked out.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from enum import Enum, auto

from reviewer.claims.model import Kind
from reviewer.errors import TreeError
from reviewer.finding import Finding, LedgerEntry
from reviewer.program.opening import open_program
from reviewer.program.program import Program
from reviewer.review.bench import prepare
from reviewer.review.findings import findings
from reviewer.review.judge import Judgement, judge_file
from reviewer.review.matching import claims, match
from reviewer.review.model import Selection
from reviewer.review.once import is_told
from reviewer.review.told import comment_of, told_of, words_of
from reviewer.source.file import SourceFile
from reviewer.tree.first_parent import Commit, Repository
from reviewer.tree.model import Tree
from reviewer.tree.overlay import Overlay
from reviewer.tree.revision import RevisionTree
from reviewer.verdict import Decision
from reviewer.world import Library

_OPTIONS = ("Kconfig*", "*/Kconfig*")
"""Where options are defined, for git."""
_OWNER = re.compile(r"->|\.|::")


class _State(Enum):
    TRUE = auto()
    """The words are there and not broken."""
    FALSE = auto()
    ABSENT = auto()


@dataclass(frozen=True, slots=True)
class Ageing:
    """A finding with the commit that made it so."""

    finding: Finding
    commit: Commit | None
    """None if the history does not reach back to it."""
    written: bool
    """True if the words were false when ``commit`` wrote them."""
    touched: tuple[Commit, ...]
    """Who changed the comment since, newest first."""
    judged: int
    """Commits that were judged, of ``commits`` that touch the files concerned."""
    commits: int


def age(tree: RevisionTree, path: str, line: int, selection: Selection) -> list[Ageing]:
    """The findings of the comment at a line, each with its commit.

    Raises TreeError if the tree has no such file, no comment stands there, or nothing in it is
    broken.
    """
    repository = Repository(tree.git_dir)
    bench = prepare(selection)
    program = open_program(tree)
    library = Library(tree, program, bench.machines, older=bench.older)
    source = library.source(path)
    if source is None:
        raise TreeError(f"{path}: not in {tree.name}")
    if not any(one.start_line <= line <= one.end_line for one in source.comments):
        raise TreeError(f"{path}:{line}: no comment stands there")
    review = judge_file(Judgement(bench, library), source)
    found = [
        one
        for one in findings(review.entries)
        if one.claim.comment.start_line <= line <= one.claim.comment.end_line
    ]
    if not found:
        raise TreeError(f"{path}:{line}: nothing that the comment claims is broken there")
    return [_age(tree, one, repository, _alone(selection, one)) for one in found]


def _alone(selection: Selection, finding: Finding) -> Selection:
    """The selection with the finding's rule alone: no other is asked about the past."""
    return Selection(
        selection.folders, (finding.rule,), machines=selection.machines, was=selection.was
    )


def _age(
    tree: RevisionTree, finding: Finding, repository: Repository, selection: Selection
) -> Ageing:
    paths = _concerned(finding, repository, tree.commit)
    history = repository.first_parents(tree.commit, paths)
    past = _Past(tree, finding, paths, repository, selection)
    commit, written = _turn(history, past.state)
    if commit is not None and len(commit.parents) > 1:
        inner = repository.merged(commit, paths)
        within, born = _turn(inner, past.state)
        commit, written = (within, born) if within is not None else (commit, written)
    if commit is not None and repository.is_cut(commit):
        commit, written = None, False
    comment = finding.claim.comment
    touched: list[Commit] = []
    if commit is not None:
        lines = (comment.start_line, comment.end_line)
        touched = repository.touched(commit.id, tree.commit, finding.path, lines)
    return Ageing(finding, commit, written, tuple(touched), past.judged, len(history))


def _concerned(finding: Finding, repository: Repository, revision: str) -> list[str]:
    """The comment's file, those of the evidence, and those that had the name it speaks of."""
    paths = {finding.path, *(one.path for one in finding.evidence.locations if one.path)}
    term = finding.claim.object
    if finding.claim.kind is Kind.REFERS and term is not None:
        if term.concept == "config":
            symbol = term.name.removeprefix("CONFIG_").removesuffix("_MODULE")
            paths.update(repository.had(symbol, revision, _OPTIONS))
        elif "/" in term.name:
            paths.add(term.name)
        elif (name := _OWNER.split(term.name)[-1]).isidentifier():
            paths.update(repository.had(name, revision))
    return sorted(paths)


def _turn(history: Sequence[Commit], state: Callable[[str], _State]) -> tuple[Commit | None, bool]:
    """The commit of a history, newest first, behind which the claim is false; by bisection.

    Also whether it wrote the words. (None, False) if the whole history has it false.
    """
    if not history:
        return None, False
    false, step, at = 0, 1, 0
    while True:
        at = min(at + step, len(history) - 1)
        before = state(history[at].id)
        if before is not _State.FALSE:
            break
        false = at
        if at == len(history) - 1:
            first = history[at]
            before = state(first.parents[0]) if first.parents else _State.ABSENT
            return (None, False) if before is _State.FALSE else (first, before is _State.ABSENT)
        step *= 2
    true = at
    while true - false > 1:
        middle = (false + true) // 2
        now = state(history[middle].id)
        if now is _State.FALSE:
            false = middle
        else:
            true, before = middle, now
    return history[false], before is _State.ABSENT


class _Past:
    """Judges one claim in the tree with the files concerned as some commit had them."""

    def __init__(
        self,
        tree: RevisionTree,
        finding: Finding,
        paths: Sequence[str],
        repository: Repository,
        selection: Selection,
    ) -> None:
        self._tree = tree
        self._paths = paths
        self._path = finding.path
        self._rule = finding.rule
        self._repository = repository
        self._bench = prepare(selection)
        self._program = open_program(tree)
        self._known: dict[str, _State] = {}
        claim = finding.claim
        source = SourceFile.parse(finding.path, tree.read(finding.path) or b"")
        told = claims(told_of(self._entries(source, tree, self._program)))
        key = (claim.line, words_of(claim), comment_of(claim))
        keys = [(one[0].line, one[0].words, one[0].comment) for one in told]
        self._group = told[keys.index(key)]

    @property
    def judged(self) -> int:
        """Commits that were judged."""
        return len(self._known)

    def state(self, commit: str) -> _State:
        """What the claim is with the files of a commit."""
        if commit not in self._known:
            self._known[commit] = self._state(commit)
        return self._known[commit]

    def _state(self, commit: str) -> _State:
        files = {path: self._repository.read(commit, path) for path in self._paths}
        data = files.get(self._path)
        if data is None:
            return _State.ABSENT
        there = Overlay(self._tree, files)
        program = self._program.over(there)
        entries = self._entries(SourceFile.parse(self._path, data), there, program)
        pairs = match(claims(told_of(entries)), [self._group])
        if 0 not in pairs:
            return self._unread(entries)
        broken = any(one.decision is Decision.BROKEN for one in pairs[0] if one.rule == self._rule)
        return _State.FALSE if broken else _State.TRUE

    def _unread(self, entries: Sequence[LedgerEntry]) -> _State:
        """What the claim is where no rule answered: true if the words are there all the same.

        What an older tree had is asked about only where the tree has it no more. A finding on
        another name of the same list may tell of this one too.
        """
        for one in entries:
            if not one.rule and words_of(one.claim) == self._group[0].words:
                return _State.FALSE if is_told(one) else _State.TRUE
        return _State.ABSENT

    def _entries(self, source: SourceFile, tree: Tree, program: Program) -> tuple[LedgerEntry, ...]:
        bench = self._bench
        library = Library(tree, program, bench.machines, older=bench.older)
        return judge_file(Judgement(bench, library), source).entries
