"""Judge one file: read its comments, run the rules, count what could not be decided."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from functools import partial
from math import inf
from time import perf_counter
from typing import Protocol

from reviewer.claims.comments import comments_of
from reviewer.claims.model import Claim, Kind, Modality
from reviewer.claims.reading import Reading
from reviewer.finding import LedgerEntry, NotUnderstood
from reviewer.judging.meaning import as_meant
from reviewer.review.bench import Bench
from reviewer.review.model import FileReview, count
from reviewer.review.once import counted, once
from reviewer.review.unasked import why_unasked
from reviewer.rule import Rule
from reviewer.source.file import SourceFile
from reviewer.source.model import CommentBlock
from reviewer.verdict import Decision, Severity, Tier, unknown
from reviewer.world import Library, World

_ASSERTED = frozenset({Modality.ASSERTED})
_JUDGED = {
    # "If foo() fails" and "neither foo() nor bar()" still say that there is a foo().
    Kind.REFERS: _ASSERTED | {Modality.CONDITIONAL, Modality.NEGATED},
}
_NOT_OF_THIS_CODE = {
    Modality.DEVICE: "not about code: a step of a device",
    Modality.ELSEWHERE: "not about this code: said of what is used elsewhere",
}
_SAID_AT_MOST = 8
"""Times that a comment's claim is judged if it is stated in the same words; so that a comment that
repeats itself for 100 kB costs what a few claims cost."""
_OF_A_KIND_AT_MOST = 64
"""Claims of one kind judged in one comment; the most that one of Linux 6.12 makes are 59, of the
calls in include/net/mac80211.h that may sleep."""
_PAIRS_AT_MOST = 24
"""Likewise of pairings, each of which is followed into both functions."""
_SAID_BEFORE = "said before in this comment, in the same words"
_BEFORE_IT = "claims of this kind before"


class Scope(Protocol):
    """Which claims of a file are to be judged."""

    def concerns(self, path: str, comment: CommentBlock) -> bool:
        """False if no claim of the comment can be included, whatever it says."""

    def includes(self, path: str, claim: Claim) -> bool:
        """True if the claim is to be judged."""


@dataclass(frozen=True, slots=True)
class Judgement:
    """What judging a file needs; without ``scope`` every claim is judged.

    ``parse_all`` parses every function, to count those with errors; else only what rules ask for
    is parsed, and nothing is counted.
    """

    bench: Bench
    library: Library
    scope: Scope | None = None
    parse_all: bool = False


@dataclass(frozen=True, slots=True)
class Judged:
    """What was decided of some comments of a file, by this process or a copy of it."""

    entries: tuple[LedgerEntry, ...] = ()
    claims: int = 0
    unread: int = 0
    told: int = 0
    stated: int = 0
    seconds: tuple[tuple[str, float], ...] = ()
    causes: tuple[str, ...] = ()
    passed: tuple[NotUnderstood, ...] = ()


def judge_file(judgement: Judgement, source: SourceFile) -> FileReview:
    """Judge the claims of a file's comments.

    A claim that is not asserted is kept in the ledger unjudged.
    """
    judged = judge_comments(judgement, source, concerned(judgement, source))
    return review_of(judgement, source, [judged])


def concerned(judgement: Judgement, source: SourceFile) -> Iterator[CommentBlock]:
    """The comments of a file that are to be read."""
    scope = judgement.scope
    wanted = None if scope is None else partial(scope.concerns, source.path)
    return comments_of(source, judgement.bench.reader, wanted)


def judge_comments(
    judgement: Judgement, source: SourceFile, comments: Iterable[CommentBlock]
) -> Judged:
    """Judge the claims of some comments of a file; no comment's verdicts depend on another's."""
    with judgement.library.inheriting():
        return _judge_comments(judgement, source, comments)


def _judge_comments(
    judgement: Judgement, source: SourceFile, comments: Iterable[CommentBlock]
) -> Judged:
    bench, library, scope = judgement.bench, judgement.library, judgement.scope
    world = World(source, library)
    entries: list[LedgerEntry] = []
    seconds: dict[str, float] = defaultdict(float)
    causes: list[str] = []
    unread = told = stated = 0
    passed: list[NotUnderstood] = []
    claims: list[Claim] = []
    read = bench.reader.reading if scope is None else bench.again.reading
    for reading in _readings(source, comments, read, causes):
        told_here = sum(one.told for one in reading.unread)
        told += told_here
        passed.extend(NotUnderstood(source.path, one) for one in reading.unread)
        stated += reading.stated
        unread += len(reading.unread) - told_here
        claims.extend(
            _meant(one, world, causes)
            for one in reading.claims
            if scope is None or scope.includes(source.path, one)
        )
    for claim, times, of_kind in counted(claims):
        if times > _SAID_AT_MOST:
            entries.append(_unjudged(world.path, claim, _SAID_BEFORE))
        elif of_kind > (most := _at_most(claim)):
            why = f"the comment has made {most} {_BEFORE_IT}"
            entries.append(_unjudged(world.path, claim, why))
        else:
            entries.extend(_judge(bench.by_kind[claim.kind], claim, world, seconds, causes))
    return Judged(
        tuple(entries),
        len(claims),
        unread,
        told,
        stated,
        tuple(seconds.items()),
        tuple(causes),
        tuple(passed),
    )


def review_of(judgement: Judgement, source: SourceFile, parts: Sequence[Judged]) -> FileReview:
    """What was decided in a file, put together of its comments' parts."""
    entries = [one for part in parts for one in part.entries]
    entries.sort(key=_place)
    entries = list(once(_one_each(entries, judgement.bench.rules)))
    functions = source.functions if judgement.parse_all else ()
    stats = count(
        entries,
        files=1,
        bytes=len(source.data),
        functions=len(functions),
        functions_with_errors=sum(one.has_error for one in functions),
        comments=len(source.raw_comments),
        claims=sum(one.claims for one in parts),
        unread=sum(one.unread for one in parts),
        told=sum(one.told for one in parts),
        stated=sum(one.stated for one in parts),
    )
    seconds: dict[str, float] = defaultdict(float)
    for rule, spent in (pair for part in parts for pair in part.seconds):
        seconds[rule] += spent
    passed = [one for part in parts for one in part.passed]
    passed.sort(key=lambda one: one.sentence.comment.start_byte)
    return FileReview(
        source.path,
        tuple(entries),
        stats,
        tuple(sorted(seconds.items())),
        tuple(sorted(cause for part in parts for cause in part.causes)),
        tuple(passed),
    )


def _place(entry: LedgerEntry) -> tuple[int, int, str, int, int]:
    """Where an entry stands in its file, whichever part it came with."""
    claim = entry.claim
    return claim.line, claim.start, entry.rule, claim.end, claim.comment.start_byte


def _meant(claim: Claim, world: World, causes: list[str]) -> Claim:
    try:
        return as_meant(claim, world)
    except Exception as error:  # noqa: BLE001 - as in a rule
        fault = f"{type(error).__name__}: {error}"
        causes.append(f"{world.path}:{claim.line}: what it is about was not told: {fault}")
        return claim


def _at_most(claim: Claim) -> float:
    """Claims of its kind that are judged in one comment; mentions are bounded by the reader."""
    if claim.kind is Kind.REFERS:
        return inf
    return _PAIRS_AT_MOST if claim.kind is Kind.PAIRS else _OF_A_KIND_AT_MOST


def _readings(
    source: SourceFile,
    comments: Iterable[CommentBlock],
    read: Callable[[CommentBlock], Reading],
    causes: list[str],
) -> Iterator[Reading]:
    """The readings of comments, up to one that the reader cannot cope with."""
    line = 1
    try:
        for comment in comments:
            reading = read(comment)
            if reading.claims or reading.unread:
                line = max(line, comment.end_line)
                yield reading
    except Exception as error:  # noqa: BLE001 - one comment must not end a scan of a tree
        fault = f"{type(error).__name__}: {error}"
        causes.append(f"{source.path}: comments behind line {line} were not read: {fault}")


def _judge(
    rules: Sequence[Rule],
    claim: Claim,
    world: World,
    seconds: dict[str, float],
    causes: list[str],
) -> Iterable[LedgerEntry]:
    why = why_unasked(claim)
    if claim.modality not in _JUDGED.get(claim.kind, _ASSERTED):
        why = _NOT_OF_THIS_CODE.get(claim.modality, f"not asserted: {claim.modality.value}")
        rules = [one for one in rules if claim.modality in one.also]
    entries: list[LedgerEntry] = []
    for rule in rules:
        if not rule.wants(claim) or (rule.fallback and _decided(entries)):
            continue
        start = perf_counter()
        try:
            verdict = rule.judge(claim, world)
        except Exception as error:  # noqa: BLE001 - one rule's fault must not end a scan of a tree
            causes.append(
                f"{world.path}:{claim.line}: rule {rule.name} failed: "
                f"{type(error).__name__}: {error}"
            )
            continue
        seconds[rule.name] += perf_counter() - start
        if verdict is None:
            continue
        entries.append(
            LedgerEntry(
                world.path,
                claim,
                rule.name,
                rule.family,
                verdict.severity or rule.severity,
                verdict,
                verdict.tier or rule.tier,
            )
        )
    if not entries:
        yield _unjudged(world.path, claim, why)
    yield from entries


def _decided(entries: Iterable[LedgerEntry]) -> bool:
    return any(one.verdict.decision is not Decision.UNKNOWN for one in entries)


def _one_each(entries: Sequence[LedgerEntry], rules: Sequence[Rule]) -> Iterator[LedgerEntry]:
    """The entries less general findings on comments that have a general one already.

    On the same claim a specific finding takes the tier of the general one, and gives way to one
    that shows more and is no hint, which nobody may see.
    """
    general = {one.name for one in rules if one.general}
    shown_by = {one.name: one.shown_by for one in rules if one.shown_by}
    broken = [one for one in entries if one.verdict.decision is Decision.BROKEN]
    lent = {
        (one.claim.start, one.claim.comment.start_byte): one.tier
        for one in broken
        if one.rule in general
    }
    showing = {(one.claim.start, one.claim.comment.start_byte, one.rule): one for one in broken}
    said = set()
    for one in entries:
        if one.verdict.decision is not Decision.BROKEN:
            yield one
        elif more := [
            name
            for name in sorted(shown_by.get(one.rule, ()))
            if (shown := showing.get((one.claim.start, one.claim.comment.start_byte, name)))
            and shown.tier is not Tier.HINT
        ]:
            yield replace(one, verdict=unknown(f"{more[0]} shows it of this claim"))
        elif one.rule not in general:
            tier = lent.get((one.claim.start, one.claim.comment.start_byte), one.tier)
            yield replace(one, tier=tier)
        elif one.claim.comment.start_byte not in said:
            said.add(one.claim.comment.start_byte)
            yield one
        else:
            yield _unjudged(one.path, one.claim, "a finding on this comment says it")


def left_out(entry: LedgerEntry) -> bool:
    """True if nobody looked at a claim, since its comment makes too many of its kind."""
    return not entry.rule and entry.verdict.message.endswith(_BEFORE_IT)


def _unjudged(path: str, claim: Claim, why: str) -> LedgerEntry:
    return LedgerEntry(path, claim, "", "", Severity.LOW, unknown(why))
