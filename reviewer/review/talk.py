"""A mail that speaks of code: the comments there, the mail's own premises, its orders."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace

from reviewer.evidence.steps.lists import Argument, arguments, listings
from reviewer.evidence.steps.table import Table, tabulate
from reviewer.finding import LedgerEntry, Origin
from reviewer.judging.flushes import scenarios
from reviewer.judging.machines import fitting
from reviewer.judging.scenario import judge, load
from reviewer.mail.model import Message
from reviewer.mail.talk import Passage, passages
from reviewer.mmu.machine import Machine, machines
from reviewer.program.program import Program
from reviewer.review.bench import Bench
from reviewer.review.findings import findings
from reviewer.review.judge import Judgement, judge_file
from reviewer.review.model import FileReview, Stats
from reviewer.review.premises import MOST, Told, state
from reviewer.review.topics import Topic, topics
from reviewer.tree.model import Listed
from reviewer.verdict import Location
from reviewer.world import Library, World

_ORDERINGS_AT_MOST = 3
"""Ordering arguments of one mail that are run."""
_ORDERINGS_SECONDS = 3.0
"""Processor time for all of them; the one of a mail takes about one."""


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
    notes = [f"no patch in this mail: it speaks of {listed(spoken)}", *message.notes]
    for passage in found:
        if len(premises) >= MOST:
            notes.append(f"{message.source}: after {MOST} false premises no more is read")
            break
        stated = state(bench, tree, program, message, passage, spoken, known)
        if stated is None:
            continue
        ledger += stated.review.entries
        stats += replace(stated.review.stats, files=0)
        premises += stated.told
        notes += stated.held()
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


def listed(spoken: Iterable[Topic]) -> str:
    """Functions with their places."""
    return ", ".join(
        f"{one.name}() ({one.source.path}:{one.function.start_line})" for one in spoken
    )


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
