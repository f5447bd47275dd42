"""What ``kstale claims FILE`` prints: how each comment of a file is read."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator

from reviewer.claims.extract import Reader, builtin_reader
from reviewer.claims.model import Claim, Kind, Modality, Role, Term
from reviewer.claims.reading import Reading
from reviewer.source.comments import RawComment
from reviewer.source.file import SourceFile
from reviewer.source.model import CommentBlock

_TOLD = {
    Modality.PAST: "history",
    Modality.HYPOTHETICAL: "hypothesis",
    Modality.QUESTION: "question",
    Modality.QUOTED: "quotation",
}

_HEADING = re.compile(r"(?://|/\*)\s*(?!CONFIG_)[A-Z][A-Z0-9_]*\s*(?:\*/)?")


def read_file(
    source: SourceFile,
    reader: Reader | None = None,
    wanted: Callable[[CommentBlock], bool] | None = None,
) -> Iterator[Reading]:
    """The reading of each comment of a file that holds a claim or something not understood.

    Only comments that are ``wanted`` are read; without it all of them.
    """
    reader = reader or builtin_reader()
    for raw in readable(source, reader):
        block = source.block(raw)
        if wanted is not None and not wanted(block):
            continue
        reading = reader.reading(block)
        if reading.claims or reading.unread:
            yield reading


def readable(source: SourceFile, reader: Reader) -> Iterator[RawComment]:
    """The comments of a file that may hold a claim or something not understood.

    The others are left out before their anchors are worked out: so is one that is nothing but a
    name in capitals, a heading of what follows. Register headers are made of them, and are a third
    of the tree's bytes.
    """
    for raw in source.raw_comments:
        words = source.data[raw.start_byte : raw.end_byte].decode("latin-1")
        if not raw.trailing and _HEADING.fullmatch(words):
            continue
        if reader.may_claim(words):
            yield raw


def claim_lines(
    source: SourceFile, reader: Reader | None = None, *, references: bool = False
) -> Iterator[str]:
    """One line a claim or sentence not understood; ``references`` also lists plain mentions."""
    for reading in read_file(source, reader):
        for claim in reading.claims:
            if references or claim.kind is not Kind.REFERS:
                yield claim_line(source.path, claim)
        for unread in reading.unread:
            last = f"-{unread.end_line}" if unread.end_line > unread.line else ""
            why = f"told as {_TOLD[unread.modality]}" if unread.told else "not understood"
            yield f"{source.path}:{unread.line}{last}: {why}: {_one_line(unread.quote)}"


def claim_line(path: str, claim: Claim) -> str:
    """``path:line: kind(subject, object) modality [role n] {details} "words"``."""
    terms = ", ".join(_term(term) for term in (claim.subject, claim.object) if term is not None)
    notes = claim.modality.value
    if claim.role is not Role.PLAIN:
        notes += f", {claim.role.value} of argument {claim.argument}"
    detail = "".join(f", {key} {value}" for key, value in claim.detail)
    detail += "".join(f", {key} {value}" for key, value in _limits(claim))
    return (
        f"{path}:{claim.line}: {claim.kind.value}({terms}) {notes}{detail}"
        f' "{_one_line(claim.quote)}" [{claim.pattern}]'
    )


def _limits(claim: Claim) -> Iterator[tuple[str, str]]:
    """Scope, duty and alternative, as far as they are said."""
    scope = claim.scope
    if claim.duty and not claim.get("held_by"):
        yield "duty", claim.duty.value
    if scope.when:
        yield "when", scope.when.value
    for name in ("until", "unless", "condition", "place"):
        words = getattr(scope, name)
        if words:
            yield name if name != "place" else "where", words
    if claim.alternative:
        yield "alternative", str(claim.alternative)


def _term(term: Term) -> str:
    said = term.name or term.text
    return f"{term.concept} {said}" if said and said not in term.concept else term.concept


def _one_line(text: str) -> str:
    return " ".join(text.split())
