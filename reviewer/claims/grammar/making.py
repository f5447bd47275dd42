"""A claim from tokens of a sentence, for all parts of the grammar."""

from __future__ import annotations

from collections.abc import Sequence

from reviewer.claims.building import Seen, section_of
from reviewer.claims.grammar.words import DETERMINER, Token
from reviewer.claims.modality import modality_of
from reviewer.claims.model import Claim, Duty, Kind, Modality, Role, Term


def spoken(seen: Seen, tokens: Sequence[Token], first: int, last: int) -> str:
    """The words of tokens ``[first:last]`` as they stand, without articles before them."""
    while first < last and (tokens[first].text in DETERMINER or tokens[first].text in {",", "*"}):
        first += 1
    while last > first and tokens[last - 1].text in {",", ".", "!", ":"}:
        last -= 1
    if first >= last:
        return ""
    at, until = seen.tagged.at, seen.tagged.until
    return seen.folded.text[at[tokens[first].start] : until[tokens[last - 1].end - 1]]


def modality(
    seen: Seen, tokens: Sequence[Token], first: int, last: int, *, negation: bool
) -> Modality:
    """How the sentence means tokens ``[first:last]``."""
    return modality_of(
        seen.tagged.text,
        tokens[first].start,
        tokens[last - 1].end,
        snippet=seen.sentence.snippet,
        section=seen.sentence.section,
        negation=negation,
    )


def claim_of(
    seen: Seen,
    tokens: Sequence[Token],
    span: tuple[int, int],
    kind: Kind,
    terms: tuple[Term, Term | None],
    how: Modality,
    name: str,
    detail: tuple[tuple[str, str], ...] = (),
    duty: Duty = Duty.UNSAID,
    *,
    choice: bool = False,
) -> Claim:
    """The claim that tokens ``[span[0]:span[1]]`` make; ``name`` is shown as ``grammar:NAME``."""
    first, last = tokens[span[0]].start, tokens[span[1] - 1].end
    start = seen.folded.start_of(seen.tagged.at[first])
    end = seen.folded.end_of(seen.tagged.until[last - 1])
    return Claim(
        kind=kind,
        said_subject=terms[0],
        object=terms[1],
        modality=how,
        role=Role.PLAIN,
        start=start,
        end=end,
        line=seen.lines.line(start),
        end_line=seen.lines.line(end - 1),
        quote=seen.comment.text[start:end],
        pattern=f"grammar:{name}",
        comment=seen.comment,
        detail=(*detail, *section_of(seen.sentence)),
        duty=duty,
        alternative=start + 1 if choice else 0,
    )
