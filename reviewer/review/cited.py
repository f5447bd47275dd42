"""Lines of other files that are told of: a verdict is kept as long as what it names is there."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator

from reviewer.finding import LedgerEntry
from reviewer.program.program import Program
from reviewer.tree.trace import Asked, note
from reviewer.verdict import Decision, Location, Verdict

_PLACE = re.compile(r"(?<![\w/.-])([\w][\w/.+,-]*\.[A-Za-z]\w*):(\d+)")
"""A file and a line, as messages write them."""


def note_cited(
    program: Program, path: str, entries: Iterable[LedgerEntry], *, ledger: bool
) -> None:
    """Leaves a key for each line of another file than ``path`` that is told of and kept.

    With a ``ledger`` that is all; else what findings show, and what other answers rest on.
    """
    places: set[tuple[str, int]] = set()
    for one in entries:
        decision = one.verdict.decision
        if ledger or decision is Decision.BROKEN:
            places.update(_shown(one.verdict))
        if ledger or decision is not Decision.UNKNOWN:
            places.update(_in_text(one.verdict.message))
        places.update(_located(one.verdict.rests_on))
    for where, line in sorted(places):
        if where == path:
            continue
        name = program.standing_at(where, line)
        if name:
            note(Asked.LINE, f"{where}:{name}")
        else:
            note(Asked.CODE, where)


def _shown(verdict: Verdict) -> Iterator[tuple[str, int]]:
    yield from _located(verdict.evidence.locations)
    if (witness := verdict.evidence.witness) is not None:
        for text in (witness.litmus, witness.drawing, witness.execution):
            yield from _in_text(text)


def _located(places: Iterable[Location]) -> Iterator[tuple[str, int]]:
    for one in places:
        if one.line:
            yield one.path, one.line
        yield from _in_text(one.note)


def _in_text(text: str) -> Iterator[tuple[str, int]]:
    yield from ((found[1], int(found[2])) for found in _PLACE.finditer(text))
