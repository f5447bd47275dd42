"""What a mail says of a function of the tree, judged as if it stood in a comment there.

A passage is laid above the function, or below the comment in it that says the same, so the rules
need not know of mails: its claims, the machines that the code is for and the facts they rest on are
those of a comment there.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

from reviewer.claims.activities import done_by
from reviewer.claims.model import Claim, Kind
from reviewer.finding import Finding, LedgerEntry, Origin
from reviewer.mail.model import Message
from reviewer.mail.talk import Passage
from reviewer.program.program import Program
from reviewer.review.bench import Bench
from reviewer.review.findings import findings
from reviewer.review.judge import Judgement, judge_file
from reviewer.review.model import FileReview
from reviewer.review.topics import Topic, first_of
from reviewer.source.file import SourceFile
from reviewer.source.model import CommentBlock
from reviewer.tree.model import Listed
from reviewer.verdict import Decision, Evidence, Location, Verdict
from reviewer.world import Library

MOST = 40
"""No mail that people write has more; each is judged with its whole file."""


@dataclass(frozen=True, slots=True)
class Told:
    """A finding, and the passage of the mail that it answers."""

    finding: Finding
    passage: Passage | None
    topic: Topic

    @property
    def by_machine(self) -> bool:
        """True if it is a machine that shows it, not only the code."""
        return bool(self.finding.machines.broken)


@dataclass(frozen=True, slots=True)
class Stated:
    """What a passage comes to: all its claims, and those that are false."""

    review: FileReview
    topic: Topic
    told: tuple[Told, ...]

    def held(self) -> Iterator[str]:
        """A note on each that holds."""
        for entry in self.review.entries:
            if entry.verdict.decision is Decision.HOLDS:
                words = " ".join(entry.claim.quote.split())
                place = f"{entry.path}:{entry.claim.line}: holds as far as it was checked"
                yield f'{place}: "{words}" ({entry.verdict.message})'


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


def state(
    bench: Bench,
    tree: Listed,
    program: Program,
    message: Message,
    passage: Passage,
    spoken: Sequence[Topic],
    known: Sequence[LedgerEntry] = (),
) -> Stated | None:
    """The claims of a passage, judged at the function it is about; None if it has none.

    That is one that it names, else the one that does what it speaks of ("THP collapse"), of which
    only what a machine shows is told, else the main one. ``known`` are claims of the tree's
    comments.
    """
    named = next((one for one in spoken if one.name in passage.names), None)
    if not speaks(bench, passage):
        return None
    names = done_by(passage.text) if named is None else ()
    done = first_of(names, tree, program)
    if names and done is None:
        return None
    topic = named or done or spoken[0]
    review = _judged(bench, tree, program, message, passage, topic, known)
    told = tuple(
        Told(one.with_origin(Origin.STATED), passage, topic) for one in findings(review.entries)
    )
    shown = tuple(one for one in told if one.by_machine) if done else told
    return Stated(review, topic, shown)


def speaks(bench: Bench, passage: Passage, kinds: frozenset[Kind] = frozenset(Kind)) -> bool:
    """True if a passage of prose makes a claim of one of the kinds; a name alone is none."""
    comment = _comment(passage)
    if passage.is_code or not bench.reader.may_claim(comment.decode()):
        return False
    claims = bench.reader.reading(_alone(comment)).claims
    return any(one.kind in kinds and one.kind is not Kind.REFERS for one in claims)


def _alone(comment: bytes) -> CommentBlock:
    source = SourceFile.parse("mail.c", comment + b"void mail(void)\n{\n}\n")
    return source.comments[0]


def _judged(
    bench: Bench,
    tree: Listed,
    program: Program,
    message: Message,
    passage: Passage,
    topic: Topic,
    known: Sequence[LedgerEntry],
) -> FileReview:
    comment = _comment(passage)
    line = _place(bench.reader.reading(_alone(comment)).claims, topic, known)
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
