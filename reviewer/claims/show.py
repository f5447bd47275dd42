"""What ``kstale claims FILE`` prints: how each comment of a file is read."""

from __future__ import annotations

from collections.abc import Iterator

from reviewer.claims.comments import read_file
from reviewer.claims.extract import Reader
from reviewer.claims.model import Claim, Kind, Modality, Role, Term
from reviewer.source.file import SourceFile

_TOLD = {
    Modality.PAST: "history",
    Modality.HYPOTHETICAL: "hypothesis",
    Modality.QUESTION: "question",
    Modality.QUOTED: "quotation",
}


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
