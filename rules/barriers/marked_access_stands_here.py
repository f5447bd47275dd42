"""Marked accesses that a comment explains and that stood under it in an older tree."""

from __future__ import annotations

import re

from reviewer.claims.model import Claim, Kind
from reviewer.evidence.then import then
from reviewer.rule import Example, Reads, Rule
from reviewer.source.file import SourceFile
from reviewer.source.model import CommentBlock, Function
from reviewer.verdict import Breaks, Location, Tier, Verdict, broken
from reviewer.world import World

_MARKED = re.compile(
    rb"\b(READ_ONCE|WRITE_ONCE|smp_load_acquire|smp_store_release)"
    rb"\s*\(\s*&?\s*((?:\w+(?:->|\.))*\w+)"
)
_READS = frozenset(("READ_ONCE", "smp_load_acquire"))
_MARKS = (
    "barrier:READ_ONCE",
    "barrier:WRITE_ONCE",
    "barrier:smp_load_acquire",
    "barrier:smp_store_release",
)
_THEN = """
static void fill(struct pond *pond)
{
        /*
         * Both depth and nr_fish are looked at without the lock; the READ_ONCE()s
         * pair with WRITE_ONCE() in pour().
         */
        if (READ_ONCE(pond->depth) && READ_ONCE(pond->nr_fish))
                pour(pond);
}
"""


class MarkedAccessStandsHere(Rule):
    """A marked access that a comment explains by name is taken to stand under it.

    Why it breaks: the code below is split or simplified, one of the accesses that the words give
    as lockless moves to where it needs no mark or another explanation, and the words go on naming
    both.

    Where it still holds: every marked access that stood under the comment in the older tree, and
    whose place the comment names, stands there today, be it by a stronger mark.

    Write instead: name what is read or written here.

    Limits: needs an older tree (``--was``) that has the comment in the same words. That the other
    access went is no bug, the comment is to be put right. In 6.12 beside 6.1 there is no such
    comment, so that no finding of it has been read outside the bench.

    References: tools/memory-model/Documentation/access-marking.txt.
    """

    name = "marked-access-stands-here"
    family = "barriers"
    since = "0.2"
    tier = Tier.HINT
    reads = (
        Reads(Kind.PAIRS, object=_MARKS),
        Reads(Kind.PAIRS, subject=_MARKS),
    )
    stale = (
        Example(
            """
            static void fill(struct pond *pond)
            {
                    /*
                     * Both depth and nr_fish are looked at without the lock; the READ_ONCE()s
                     * pair with WRITE_ONCE() in pour().
                     */
                    if (READ_ONCE(pond->depth))
                            pour(pond);
            }
            """,
            words="pair with WRITE_ONCE() in pour",
            older={"mm/example.c": _THEN},
        ),
    )
    sound = (
        Example(
            """
            static void fill(struct pond *pond)
            {
                    int fish = READ_ONCE(pond->nr_fish);

                    /*
                     * Both depth and nr_fish are looked at without the lock; the READ_ONCE()s
                     * pair with WRITE_ONCE() in pour().
                     */
                    if (READ_ONCE(pond->depth) && fish)
                            pour(pond);
            }
            """,
            older={"mm/example.c": _THEN},
        ),
        Example(
            """
            static void fill(struct pond *pond)
            {
                    /*
                     * Both depth and nr_fish are looked at without the lock; the READ_ONCE()s
                     * pair with WRITE_ONCE() in pour().
                     */
                    if (READ_ONCE(pond->depth) && smp_load_acquire(&pond->nr_fish))
                            pour(pond);
            }
            """,
            older={"mm/example.c": _THEN},
        ),
    )

    def judge(self, claim: Claim, world: World) -> Verdict | None:
        """Compare the marked accesses under the comment with those of the older tree."""
        before = then(claim, world)
        if before is None:
            return None
        text = " ".join(claim.comment.text.split())
        blocks = before.source.comments_in(before.was.body_start, before.was.body_end)
        old = next((one for one in blocks if " ".join(one.text.split()) == text), None)
        if old is None:
            return None
        now = {(mark in _READS, at) for mark, at, _ in _marked(world.source, claim.comment)}
        for mark, place, line in _marked(before.source, old):
            name = re.split(r"->|\.", place)[-1]
            if (mark in _READS, place) in now or re.search(rf"\b{re.escape(name)}\b", text) is None:
                continue
            if f"{mark}(" not in text or _times(world.source, before.now, mark, place) >= _times(
                before.source, before.was, mark, place
            ):
                continue  # it stands elsewhere in the function, as the words may say
            return broken(
                f"{mark}({place}) stood under these words in {before.label} and stands there no "
                "more.",
                Location(world.path, claim.comment.anchor.start_line, "what stands there now"),
                Location(world.path, line, f"in {before.label}: {mark}({place})"),
                breaks=Breaks.REASON,
            )
        return None


def _times(source: SourceFile, function: Function, mark: str, place: str) -> int:
    """How often a function accesses a place in the way of a mark: reads it, or writes it."""
    code = source.code(function.body_start, function.body_end)
    return sum(
        (one[1].decode() in _READS) == (mark in _READS) and one[2].decode() == place
        for one in _MARKED.finditer(code)
    )


def _marked(source: SourceFile, comment: CommentBlock) -> list[tuple[str, str, int]]:
    """The marked accesses of the code that a comment is anchored to: mark, place and line."""
    anchor = comment.anchor
    code = source.code(anchor.start_byte, anchor.end_byte)
    return [
        (one[1].decode(), one[2].decode(), source.line_of(anchor.start_byte + one.start()))
        for one in _MARKED.finditer(code)
    ]
