"""A mail without a patch that speaks of code: its comments, the mail's own premises, its orders.

What the mail says of a function is judged as if it stood in a comment above that function, or below
the comment in it that says the same, so the rules need not know of mails: its claims, the machines
that the code is for and the facts they rest on are those of a comment there.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

from reviewer.claims.model import Claim, Kind
from reviewer.evidence.steps.lists import Argument, arguments, listings
from reviewer.evidence.steps.table import Table, tabulate
from reviewer.finding import Finding, LedgerEntry, Origin
from reviewer.judging.flushes import scenarios
from reviewer.judging.machines import fitting
from reviewer.judging.scenario import judge, load
from reviewer.mail.model import Message
from reviewer.mail.talk import Passage, passages
from reviewer.mmu.machine import Machine, machines
from reviewer.program.program import Program
from reviewer.review.findings import findings
from reviewer.review.judge import Bench, Judgement, judge_file
from reviewer.review.model import FileReview, Stats
from reviewer.review.topics import Topic, topics
from reviewer.source.file import SourceFile
from reviewer.source.model import CommentBlock
from reviewer.tree.model import Listed
from reviewer.verdict import Decision, Evidence, Location, Verdict
from reviewer.world import Library, World

_ORDERINGS_AT_MOST = 3
"""Ordering arguments of one mail that are run."""
_ORDERINGS_SECONDS = 3.0
"""Processor time for all of them; the one of a mail takes about one."""
_PREMISES_AT_MOST = 40
"""No mail that people write has more; each is judged with its whole file."""


@dataclass(frozen=True, slots=True)
class Told:
    """A finding, and the passage of the mail that it answers."""

    finding: Finding
    passage: Passage | None
    topic: Topic


@dataclass(frozen=True, slots=True)
class Ordering:
    """What the lists of writes and reads of a mail come to; lines are those of its source.

    ``reversed_on`` are machines whose own code clears an entry in the other order, with the place.
    """

    path: str
    line: int
    end_line: int
    argument: Argument
    table: Table
    reversed_on: tuple[str, ...] = ()
    reversed_at: tuple[Location, ...] = ()


@dataclass(frozen=True, slots=True)
class Talk:
    """All that was found out about a mail; ``comments`` are the tree's, ``premises`` its own."""

    message: Message
    topics: tuple[Topic, ...]
    comments: tuple[Told, ...]
    premises: tuple[Told, ...]
    orderings: tuple[Ordering, ...]
    ledger: tuple[LedgerEntry, ...]
    stats: Stats
    notes: tuple[str, ...]
    missing: tuple[str, ...]


def discuss(bench: Bench, tree: Listed, program: Program, message: Message) -> Talk | None:
    """What the tree and the simulator say to a mail; None if it names no function of the tree."""
    found = passages(message)
    spoken = topics(message, found, tree, program)
    if not spoken:
        return None
    library = Library(tree, program, bench.machines, older=bench.older)
    comments, reviews = _comments(bench, library, spoken)
    premises: list[Told] = []
    known = [entry for review in reviews for entry in review.entries]
    ledger = list(known)
    stats = sum((review.stats for review in reviews), Stats())
    notes = [f"no patch in this mail: it speaks of {_listed(spoken)}", *message.notes]
    for passage in found:
        if len(premises) >= _PREMISES_AT_MOST:
            notes.append(
                f"{message.source}: after {_PREMISES_AT_MOST} false premises no more is read"
            )
            break
        topic = _topic(passage, spoken)
        review = _stated(bench, tree, program, message, passage, topic, known)
        if review is None:
            continue
        ledger += review.entries
        stats += replace(review.stats, files=0)
        premises += [
            Told(one.with_origin(Origin.STATED), passage, topic) for one in findings(review.entries)
        ]
        notes += [
            f"{entry.path}:{entry.claim.line}: holds as far as it was checked: "
            f'"{" ".join(entry.claim.quote.split())}" ({entry.verdict.message})'
            for entry in review.entries
            if entry.verdict.decision is Decision.HOLDS
        ]
    ordered = list(_arguments(found))
    if len(ordered) > _ORDERINGS_AT_MOST:
        left = len(ordered) - _ORDERINGS_AT_MOST
        notes.append(f"{message.source}: {left} more lists of reads and writes were not run")
    return Talk(
        message,
        spoken,
        tuple(comments),
        tuple(premises),
        tuple(_orderings(message, ordered[:_ORDERINGS_AT_MOST], library, spoken[0])),
        tuple(ledger),
        stats,
        tuple(notes),
        (*program.unread, *(cause for review in reviews for cause in review.causes)),
    )


def _listed(spoken: Sequence[Topic]) -> str:
    return ", ".join(
        f"{one.name}() ({one.source.path}:{one.function.start_line})" for one in spoken
    )


def _topic(passage: Passage, spoken: Sequence[Topic]) -> Topic:
    """The function a passage is about: one that it names, else the main one."""
    return next((one for one in spoken if one.name in passage.names), spoken[0])


def _comments(
    bench: Bench, library: Library, spoken: Sequence[Topic]
) -> tuple[list[Told], list[FileReview]]:
    """What is false in the comments in and above the functions spoken of."""
    told: list[Told] = []
    reviews: list[FileReview] = []
    for topic in spoken:
        library.put(topic.source)
        review = judge_file(Judgement(bench, library, topic), topic.source)
        reviews.append(review)
        told += [
            Told(one.with_origin(Origin.DISCUSSED), topic.passage, topic)
            for one in findings(review.entries)
        ]
    return told, reviews


@dataclass(frozen=True, slots=True)
class _Above:
    """The claims of the comment that starts at a line."""

    line: int

    def concerns(self, path: str, comment: CommentBlock) -> bool:
        """True for that comment."""
        return comment.start_line == self.line

    def includes(self, path: str, claim: Claim) -> bool:
        """True for the comment's statements; a name that it mentions is no premise."""
        return claim.comment.start_line == self.line and claim.kind is not Kind.REFERS


def _stated(
    bench: Bench,
    tree: Listed,
    program: Program,
    message: Message,
    passage: Passage,
    topic: Topic,
    known: Sequence[LedgerEntry],
) -> FileReview | None:
    """The claims of a passage, judged at the function it is about; None if it has none.

    ``known`` are claims of the tree's comments.
    """
    comment = _comment(passage)
    if passage.is_code or not bench.reader.may_claim(comment.decode()):
        return None
    alone = SourceFile.parse("mail.c", comment + b"void mail(void)\n{\n}\n")
    reading = bench.reader.reading(alone.comments[0])
    if all(claim.kind is Kind.REFERS for claim in reading.claims):
        return None
    line = _place(reading.claims, topic, known)
    lines = topic.source.data.split(b"\n")
    above = b"\n".join(lines[: line - 1])
    data = above + (b"\n" if line > 1 else b"") + comment + b"\n".join(lines[line - 1 :])
    laid = SourceFile.parse(topic.source.path, data)
    library = Library(tree, program, bench.machines, older=bench.older)
    library.put(laid)
    review = judge_file(Judgement(bench, library, _Above(line)), laid)
    added = len(passage.lines) + 2
    entries = tuple(_in_mail(one, message, passage, line, added) for one in review.entries)
    return replace(review, path=message.source, entries=entries)


def _place(said: Sequence[Claim], topic: Topic, known: Sequence[LedgerEntry]) -> int:
    """The line to lay a passage on: below a comment of the function that says the same, if there is
    one, since there the code is that it speaks of; else above the function."""
    wanted = {_meaning(one) for one in said if one.kind is not Kind.REFERS}
    function = topic.function
    for entry in known:
        comment = entry.claim.comment
        inside = function.start_line <= comment.start_line <= function.end_line
        if entry.path == topic.source.path and inside and _meaning(entry.claim) in wanted:
            return comment.end_line + 1
    return function.start_line


def _meaning(claim: Claim) -> tuple[Kind, str]:
    """What sort of thing it says of what; against whom may well be put in other words."""
    return claim.kind, claim.subject.concept


def _comment(passage: Passage) -> bytes:
    """The passage as a comment, a line for a line."""
    safe = (line.replace("*/", "* ").replace("kstale:", "kstale ") for line in passage.lines)
    body = "\n".join(f" * {line}" for line in safe)
    return f"/*\n{body}\n */\n".encode("utf-8", "replace")


def _in_mail(
    entry: LedgerEntry, message: Message, passage: Passage, line: int, added: int
) -> LedgerEntry:
    """The entry with the mail's lines for the claim, and the tree's for its evidence."""

    def placed(laid: int) -> int:
        body = passage.first + laid - line - 1
        return message.source_line(body) or body

    def moved(place: Location) -> Location:
        inside = place.path == entry.path and place.line >= line + added
        return replace(place, line=place.line - added) if inside else place

    claim, verdict = entry.claim, entry.verdict
    evidence: Evidence = replace(
        verdict.evidence, locations=tuple(moved(one) for one in verdict.evidence.locations)
    )
    settled: Verdict = replace(
        verdict, evidence=evidence, rests_on=tuple(moved(one) for one in verdict.rests_on)
    )
    return replace(
        entry,
        path=message.source,
        claim=replace(claim, line=placed(claim.line), end_line=placed(claim.end_line)),
        verdict=settled,
    )


def _arguments(found: Sequence[Passage]) -> Iterator[Argument]:
    """The arguments of the mail about order."""
    lines = [
        (passage.first + number, line)
        for passage in found
        for number, line in enumerate(passage.lines)
    ]
    return iter(arguments(listings(lines)))


def _orderings(
    message: Message, found: Sequence[Argument], library: Library, main: Topic
) -> Iterator[Ordering]:
    """The arguments with their tables, on the machines that the main function is for."""
    world = World(main.source, library)
    chosen = fitting(world, main.function.conditions) or machines()
    for one in found:
        first = min(each.first for each in (*one.writers, one.reader))
        table = tabulate(one, chosen, _ORDERINGS_SECONDS / len(found))
        place = message.source_line(first) or first
        end = message.source_line(one.last) or one.last
        yield Ordering(message.source, place, end, one, table, *_reversed(chosen))


def _reversed(chosen: Sequence[Machine]) -> tuple[tuple[str, ...], tuple[Location, ...]]:
    """Where the code is for two-word entries: machines whose own clearing is the other way round.

    Lists that clear the word with the present bit first are no description of those.
    """
    if not all(one.split for one in chosen):
        return (), ()
    judged = judge(load(scenarios("pte"), "split-clear-by-machine"), tuple(chosen))
    names = judged.machines.broken
    places = tuple(
        Location(proof.path, proof.line, f"{one.name}: {proof.text}")
        for one in chosen
        if one.name in names
        for fact in one.facts
        if fact.name == "clear-high-first"
        for proof in fact.evidence
    )
    return names, places
