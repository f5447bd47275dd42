"""What a mail says beside the diff that it carries or quotes, where a machine shows it false.

A patch changes code, and its mail may speak of the code before it or after it. What it takes for
granted of flushes, interrupts and walkers is true or false on a machine either way: only such
premises are judged, in the tree before the patch, and told only where a machine breaks them.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace

from reviewer.claims.model import Kind
from reviewer.finding import LedgerEntry
from reviewer.mail.model import Patch
from reviewer.mail.talk import Passage, passages
from reviewer.program.program import Program
from reviewer.review.bench import Bench
from reviewer.review.model import Stats
from reviewer.review.premises import MOST, Stated, speaks, state
from reviewer.review.talk import Talk, listed
from reviewer.review.topics import topics
from reviewer.tree.model import Listed

_OF_MACHINES = frozenset({Kind.IMPLIES, Kind.EXCLUDES})
"""What a flush brings about, and whom it keeps out."""
_SECTION = re.compile(r"\b([A-Za-z_]\w{2,})\(")


def beside(
    bench: Bench, tree: Listed, program: Callable[[], Program], patches: Sequence[Patch]
) -> Talk | None:
    """The false premises of a mail with these patches; None if it states none that can be judged.

    ``program`` opens the tree's program: most mails need none.
    """
    message = patches[0].message
    found = tuple(_prose(patches))
    speaking = [one for one in found if speaks(bench, one, _OF_MACHINES)]
    if not speaking:
        return None
    linked = program()
    spoken = topics(message, found, tree, linked, tuple(_changed(patches)))
    if not spoken:
        return None
    stated = [
        one
        for passage in speaking[:MOST]
        if (one := state(bench, tree, linked, message, passage, spoken)) is not None
    ]
    notes = [note for one in stated for note in one.held()]
    told = tuple(each for one in stated for each in one.told if each.by_machine)
    if told or notes:
        judged = dict.fromkeys(one.topic for one in stated)
        notes.insert(0, f"what the mail says beside its patch is judged at {listed(judged)}")
    return Talk(
        message,
        spoken,
        comments=(),
        premises=told,
        orderings=(),
        ledger=tuple(_of_machines(stated)),
        stats=sum((replace(one.review.stats, files=0) for one in stated), Stats()),
        notes=tuple(notes),
        missing=(*linked.unread, *(cause for one in stated for cause in one.review.causes)),
    )


def _of_machines(stated: Sequence[Stated]) -> Iterator[LedgerEntry]:
    for one in stated:
        yield from (entry for entry in one.review.entries if entry.claim.kind in _OF_MACHINES)


def _prose(patches: Sequence[Patch]) -> Iterator[Passage]:
    """The passages that stand above a diff, or less quoted than it (remarks on it)."""
    starts = [(one.depth, min(file.patch_line for file in one.files)) for one in patches]
    for passage in passages(patches[0].message):
        if not any(passage.depth >= depth and passage.last >= first > 0 for depth, first in starts):
            yield passage


def _changed(patches: Sequence[Patch]) -> Iterator[str]:
    """Functions that hunks name in their headers."""
    for patch in patches:
        for file in patch.files:
            for hunk in file.hunks:
                yield from _SECTION.findall(hunk.section)[:1]
