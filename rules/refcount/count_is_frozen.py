"""A reference count said to be frozen, where nothing freezes it."""

from __future__ import annotations

import re

from reviewer.claims.model import Claim, Kind
from reviewer.claims.patterns import Example as Sentence
from reviewer.claims.patterns import Pattern
from reviewer.claims.wording.counts import freezes_itself, speaks_of_slabs
from reviewer.judging.bodies import body_of, calls, reach, sees_far
from reviewer.judging.flushes import scenarios
from reviewer.judging.machines import admitted
from reviewer.judging.order import has_label, inside, jumps_back, right_behind
from reviewer.judging.scenario import judge, load
from reviewer.rule import Example, Reads, Rule
from reviewer.source.model import CodeFacts, Function, Operation
from reviewer.verdict import (
    Breaks,
    Decision,
    Evidence,
    Location,
    Severity,
    Verdict,
    agrees,
    broken,
    unknown,
)
from reviewer.world import World

_MAY_FREEZE = re.compile(r"freez|frozen|cmpxchg|ref_set|set_count|set_page_count|ref_sub", re.I)


class CountIsFrozen(Rule):
    """The reference count is taken to be frozen, so that nobody can get a new reference.

    Why it breaks: a frozen count (zero, set by folio_ref_freeze()) makes every folio_try_get()
    fail, and all that follows may treat the page as its own. If the freeze was dropped or moved,
    or the count was unfrozen before, a speculative reference can come at any time.

    Where it still holds: the function freezes the count, asks whether that succeeded, and has not
    unfrozen it. A freeze that stands elsewhere merely agrees.

    Write instead: who freezes the count, or what else keeps references away.

    Limits: a comment that says what the code does ("freeze the count so that …") is broken only
    if nothing in reach of the function freezes, sets or exchanges a count; one that says how
    things are ("the count is frozen") only if the code unfroze it just before. Callers that freeze
    are not looked for. Frozen slabs are another matter.

    References: include/linux/page_ref.h folio_ref_freeze(), mm/huge_memory.c __split_huge_page(),
    mm/filemap.c "Lockless page cache".
    """

    name = "count-is-frozen"
    family = "refcount"
    since = "0.1"
    severity = Severity.MEDIUM
    reads = (Reads(Kind.STABLE, subject=("refcount.frozen",)),)
    words = {
        "refcount.frozen": (
            "freeze the refcount",
            "freeze refcount",
            "freezes the refcount",
            "freezing the refcount",
            "freeze the page refcount",
            "freeze the folio refcount",
            "freeze the reference count",
            "freeze the page count",
            "freeze the page",
            "freeze the folio",
            "refcount is frozen",
            "refcount frozen",
            "refcount has been frozen",
            "reference count is frozen",
            "ref count is frozen",
            "page count is frozen",
            "page is frozen",
            "folio is frozen",
            "refs frozen",
            "refs are frozen",
            "frozen refcount",
        )
    }
    patterns = (
        Pattern(
            "count-frozen",
            Kind.STABLE,
            "{subject:count}",
            concepts=(("subject", "refcount.frozen"),),
            examples=(Sentence("The refcount is frozen here", "refcount.frozen"),),
        ),
    )
    stale = (
        Example(
            """
            static int take_over(struct folio *folio)
            {
                    /* Freeze the refcount so that no speculative reference can be taken. */
                    if (folio_ref_count(folio) != 1)
                            return -EBUSY;
                    folio->private = NULL;
                    return 0;
            }
            """,
            words="Freeze the refcount",
            breaks="result",
        ),
        Example(
            """
            static void take_over(struct folio *folio)
            {
                    if (!folio_ref_freeze(folio, 1))
                            return;
                    folio->mapping = NULL;
                    folio_ref_unfreeze(folio, 1);
                    /* The refcount is frozen: nobody looks at the flags. */
                    folio_clear_dirty(folio);
            }
            """,
            words="refcount is frozen",
            breaks="result",
        ),
    )
    sound = (
        Example(
            """
            static int take_over(struct folio *folio)
            {
                    /* Freeze the refcount so that no speculative reference can be taken. */
                    if (!folio_ref_freeze(folio, 1))
                            return -EBUSY;
                    folio_clear_dirty(folio);
                    folio_ref_unfreeze(folio, 1);
                    return 0;
            }
            """
        ),
        Example(
            """
            static void clean(struct folio *folio)
            {
                    /* The refcount is frozen: nobody looks at the flags. */
                    folio_clear_dirty(folio);
            }
            """
        ),
        Example(
            """
            static int own(struct folio *folio)
            {
                    return folio_ref_freeze(folio, 1);
            }

            static int take_over(struct folio *folio)
            {
                    /* Freeze the refcount so that no speculative reference can be taken. */
                    if (!own(folio))
                            return -EBUSY;
                    folio_clear_dirty(folio);
                    return 0;
            }
            """
        ),
        Example(
            """
            static int take_over(struct folio *folio, const struct takers *takers)
            {
                    /* Freeze the refcount so that no speculative reference can be taken. */
                    return takers->own(folio);
            }
            """
        ),
    )

    def judge(self, claim: Claim, world: World) -> Verdict | None:
        """Look for what freezes the count, and for what unfroze it before the comment."""
        if speaks_of_slabs(claim) or "/slub" in world.path:
            return None
        function = world.function(claim)
        if function is None or function.has_error:
            return unknown("the claim stands in no function that could be parsed")
        facts = world.function_facts(function)
        thawed = _thawed(claim, world, function, facts)
        if thawed is not None:
            return broken(
                "the count was unfrozen before, so new references can come",
                thawed,
                breaks=Breaks.RESULT,
                severity=Severity.HIGH,
            )
        freezes = facts.having("ref.freeze")
        if freezes:
            where = Location(facts.path, freezes[0].line, f"{freezes[0].name}() freezes the count")
            if not any(_counts(claim, world, function, facts, one) for one in freezes):
                return agrees("the function freezes the count, on some way", where)
            return self._frozen(claim, world, where)
        if not inside(claim, function) or not freezes_itself(claim):
            return unknown("callers may have frozen the count")
        may = _may_freeze(world, function, facts)
        if may:
            return unknown(may)
        return broken(
            f"nothing in reach of {function.name}() freezes a reference count",
            Location(facts.path, function.start_line, f"{function.name}()"),
            breaks=Breaks.RESULT,
        )

    def _frozen(self, claim: Claim, world: World, where: Location) -> Verdict:
        """A freeze was found: run it against folio_try_get() on the machines admitted."""
        machines = admitted(world, claim)
        judged = judge(load(scenarios("refcount"), "freeze-try-get"), machines)
        if judged.machines.broken or judged.machines.unknown or not machines:
            return unknown("the count is frozen, but what that keeps out was not settled")
        return Verdict(
            Decision.HOLDS,
            "the function freezes the count, and no reference can be got then",
            evidence=Evidence((where,)),
            machines=judged.machines,
            rests_on=(where,),
        )


def _counts(
    claim: Claim, world: World, function: Function, facts: CodeFacts, freeze: Operation
) -> bool:
    """True if whoever passes the comment has frozen the count, or is about to, and has asked."""
    source = world.source
    asked = _ASKED.search(source.code(function.body_start, freeze.start_byte))
    behind = right_behind(claim, function, facts, source)
    if asked is None or freeze.via or freeze.conditions:
        return False
    if not inside(claim, function) or freezes_itself(claim):
        return freeze in behind
    begin, end = freeze.start_byte, claim.comment.start_byte
    if begin > end or jumps_back(source, function) or has_label(source, begin, end):
        return False
    if not behind or behind[0].arms[: len(freeze.arms)] != freeze.arms:
        return False
    if any(
        "ref.unfreeze" in op.concepts and begin < op.start_byte < end for op in facts.operations
    ):
        return False
    if asked[1]:
        return _LEFT.match(source.code(begin, end)) is not None
    return any(begin < arm < end for arm in behind[0].arms)


_ASKED = re.compile(rb"\bif\s*\((?:\s|(?:un)?likely\()*(!?)\s*\Z")
_LEFT = re.compile(rb"[^;{}]*\{?(?:[^;{}]*;)*?\s*(?:return|goto|continue|break)\b")


def _thawed(claim: Claim, world: World, function: Function, facts: CodeFacts) -> Location | None:
    """Where the count was unfrozen on the way to the comment, if nothing froze it again."""
    if not inside(claim, function) or freezes_itself(claim):
        return None
    behind = right_behind(claim, function, facts, world.source)
    if not behind or jumps_back(world.source, function):
        return None
    arms = behind[0].arms
    start = claim.comment.start_byte
    last = None
    for op in facts.operations:
        if op.start_byte >= start:
            break
        if "ref.freeze" in op.concepts:
            last = None
        elif "ref.unfreeze" in op.concepts and op.arms == arms[: len(op.arms)] and not op.via:
            last = op
    if last is None or any("ref.freeze" in op.concepts for op in behind):
        return None
    if b":" in world.source.code(last.start_byte, start):
        return None
    return Location(facts.path, last.line, f"{last.name}() unfreezes the count")


def _may_freeze(world: World, function: Function, facts: CodeFacts) -> str:
    """Why the function may freeze a count after all, or ''."""
    body = body_of(world, function)
    if body is None:
        return "the function's body could not be read"
    if body.has_asm():
        return "the function holds assembly, where a freeze may hide"
    if not (sees_far(world) or facts.complete):
        return "without an index it cannot be told whether a callee freezes the count"
    within = reach(world, body, lambda _: False)
    for call in within.calls:
        if _MAY_FREEZE.search(call.name):
            return f"{call.name}() may freeze the count"
    if within.unseen:
        return f"{within.unseen}, where a freeze may hide"
    if not any(True for _ in calls(body)):
        return "the code calls nothing"
    return ""
