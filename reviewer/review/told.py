"""What a claim came to, small enough to be kept for a whole tree and found again in another one."""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from enum import StrEnum
from typing import Any, NamedTuple

from reviewer.claims.model import Claim, Kind
from reviewer.finding import Finding, LedgerEntry
from reviewer.verdict import Decision, Location, Tier

_DIGITS = 16
"""Hex digits of a digest: two claims of one file never meet by chance."""
_AROUND = 400
"""Letters of a sentence on either side of a claim that count; none is longer."""
_STOP = re.compile(r"[.!?;](?=\s|\Z)|\n[ \t]*\n")


class Told(NamedTuple):
    """A claim with one rule's answer; a tuple, since a comparison reads a hundred thousand back.

    ``words`` is a digest of the sentence with the claim's own words, ``comment`` one of the whole
    comment: neither changes with lines, indentation or the name of the function around.
    ``name`` is the C name that the claim is about, '' if none.
    """

    words: str
    comment: str
    anchor: str
    line: int
    name: str
    kind: Kind
    rule: str
    family: str
    decision: Decision
    tier: Tier
    message: str
    finding: int = -1
    """Which of its file's findings tells of it, -1 for none."""
    rests_on: tuple[Location, ...] = ()


_TYPES = (str, str, str, int, str, str, str, str, str, str, str, int, list)
"""Of the fields of ``Told``, as JSON has them."""
_LOCATION = (str, int, str)
_WORDS: dict[str, Mapping[str, StrEnum]] = {
    field: {one.value: one for one in kind}
    for field, kind in (("kind", Kind), ("decision", Decision), ("tier", Tier))
}


def told_of(entries: Iterable[LedgerEntry], findings: Iterable[Finding] = ()) -> Iterator[Told]:
    """The entries of a file's ledger as what they came to; claims that no rule read are left out.

    A message is kept where something was decided: what is unknown is only counted. ``findings``
    are those made of these entries.
    """
    numbers = {(id(one.claim), id(one.verdict)): at for at, one in enumerate(findings)}
    for entry in entries:
        if not entry.rule:
            continue
        claim, verdict = entry.claim, entry.verdict
        anchor = claim.comment.anchor
        term = claim.object or claim.subject
        yield Told(
            words_of(claim),
            comment_of(claim),
            anchor.function or anchor.name,
            claim.line,
            term.name,
            claim.kind,
            entry.rule,
            entry.family,
            verdict.decision,
            entry.tier,
            verdict.message if verdict.decision is not Decision.UNKNOWN else "",
            numbers.get((id(claim), id(verdict)), -1),
            verdict.rests_on,
        )


def told_bytes(told: Sequence[Told]) -> bytes:
    """Answers as JSON, column by column: one look then shows whether all are of their type."""
    columns: list[Sequence[Any]] = list(zip(*told, strict=True))
    if columns:
        rests = ([(one.path, one.line, one.note) for one in row] for row in columns.pop())
        columns.append(list(rests))
    return json.dumps(columns, separators=(",", ":")).encode()


def told_from(data: bytes) -> tuple[Told, ...]:
    """Answers from their bytes. Raises ValueError if they are no such thing."""
    columns = json.loads(data)
    if columns == []:
        return ()
    *plain, rests = _columns(columns, _TYPES)
    for field, known in _WORDS.items():
        at = Told._fields.index(field)
        if not known.keys() >= set(plain[at]):
            raise ValueError(f"no such {field}")
        plain[at] = [known[one] for one in plain[at]]
    return tuple(map(Told._make, zip(*plain, map(_locations, rests), strict=True)))


def _columns(columns: object, types: Sequence[type]) -> list[list[Any]]:
    """Lists of one length, each of values of its type. Raises ValueError if there is another."""
    if type(columns) is not list or len(columns) != len(types):
        raise ValueError("no columns")
    for column, kind in zip(columns, types, strict=True):
        if type(column) is not list or set(map(type, column)) - {kind}:
            raise ValueError("a column of something else")
    return columns


def _locations(rows: list[object]) -> tuple[Location, ...]:
    if not rows:
        return ()
    if any(type(row) is not list or tuple(map(type, row)) != _LOCATION for row in rows):
        raise ValueError("no location")
    return tuple(Location(*row) for row in rows)  # type: ignore[misc]  # looked at above


def words_of(claim: Claim) -> str:
    """A digest of a claim's kind, its words, and the sentence that they stand in."""
    text = claim.comment.text
    low, high = max(0, claim.start - _AROUND), min(len(text), claim.end + _AROUND)
    low = max((one.end() for one in _STOP.finditer(text, low, claim.start)), default=low)
    after = _STOP.search(text, claim.end, high)
    high = after.start() if after else high
    return _digest(claim.kind.value, claim.quote, text[low:high])


def comment_of(claim: Claim) -> str:
    """A digest of the comment that a claim stands in."""
    return _digest(claim.comment.text)


def _digest(*texts: str) -> str:
    folded = "\0".join(" ".join(text.split()) for text in texts)
    return hashlib.sha256(folded.encode("utf-8", "surrogateescape")).hexdigest()[:_DIGITS]
