"""A count said to be stable under a lock that is no longer held where it is read."""

from __future__ import annotations

from reviewer.claims.model import Claim, Kind
from reviewer.judging.holding import Same, lock_of, lock_operations
from reviewer.judging.order import has_label, inside, jumps_back, right_behind
from reviewer.rule import Example, Reads, Rule
from reviewer.source.model import CodeFacts, Flow, Function, Operation
from reviewer.verdict import Breaks, Location, Severity, Verdict, broken, holds, unknown
from reviewer.world import World

_READS = ("map.count", "ref.read", "ref.freeze")
_FOLIO = "lock:folio"
_TAKES_FOLIO = ("folio_lock", "lock_page", "folio_trylock", "trylock_page", "folio_lock_killable")
_GIVES_FOLIO = ("folio_unlock", "unlock_page")
_HIDES = ("lock", "map", "walk")


class MapcountStableUnderLock(Rule):
    """A map or reference count is taken to be stable under a lock.

    Why it breaks: the count is as stable as the lock is long. When the unlock moves up, to shorten
    the section or to sleep, the count is read without it and can change under the reader.

    Where it still holds: the function takes the lock, or asserts it, and has not dropped it where
    it reads the count.

    Write instead: what else keeps the count, or that the value is a hint; or move the unlock back.

    Limits: whether that lock really keeps the count stable is not judged, only that it is held
    where the count is read behind the comment. Locks that callers hold leave it unknown; so do
    labels and helpers in between that may take the lock again.

    Off by default: no finding on kernel code, real or altered, has been seen and judged yet.

    References: mm/rmap.c (lock ordering at its top), include/linux/mm.h folio_mapcount().
    """

    name = "mapcount-stable-under-lock"
    family = "refcount"
    since = "0.1"
    default = False
    severity = Severity.MEDIUM
    reads = (Reads(Kind.STABLE, subject=("mapcount", "refcount"), object=("lock",)),)
    stale = (
        Example(
            """
            static bool sole_user(struct folio *folio, pte_t *pte, spinlock_t *ptl)
            {
                    bool sole;

                    spin_lock(ptl);
                    sole = pte_present(ptep_get(pte));
                    spin_unlock(ptl);
                    /* The mapcount is stable under the PTL. */
                    return folio_mapcount(folio) == 1 && sole;
            }
            """,
            words="mapcount is stable under the PTL",
            breaks="result",
        ),
        Example(
            """
            static int users(struct folio *folio)
            {
                    folio_lock(folio);
                    folio_clear_dirty(folio);
                    folio_unlock(folio);
                    /* The mapcount cannot change while we hold the folio lock. */
                    return folio_mapcount(folio);
            }
            """,
            words="mapcount cannot change while we hold the folio lock",
            breaks="result",
        ),
    )
    sound = (
        Example(
            """
            static bool sole_user(struct folio *folio, pte_t *pte, spinlock_t *ptl)
            {
                    bool sole;

                    spin_lock(ptl);
                    /* The mapcount is stable under the PTL. */
                    sole = folio_mapcount(folio) == 1;
                    spin_unlock(ptl);
                    return sole;
            }
            """
        ),
        Example(
            """
            static int users(struct folio *folio)
            {
                    /* The mapcount cannot change while we hold the folio lock. */
                    return folio_mapcount(folio);
            }
            """
        ),
        Example(
            """
            static int users(struct folio *folio, bool again)
            {
                    folio_lock(folio);
                    if (again) {
                            folio_unlock(folio);
                            folio_lock(folio);
                    }
                    /* The mapcount cannot change while we hold the folio lock. */
                    return folio_mapcount(folio);
            }
            """
        ),
    )

    def judge(self, claim: Claim, world: World) -> Verdict | None:
        """Follow the lock from the start of the function to the look at the count."""
        if claim.get("unless"):
            return None
        function = world.function(claim)
        if function is None or function.has_error or not inside(claim, function):
            return unknown("the claim stands in no function body that could be parsed")
        facts = world.function_facts(function)
        behind = right_behind(claim, function, facts, world.source)
        use = next((op for op in behind if op.concepts.intersection(_READS)), None)
        if use is None:
            return unknown("the count is not read right behind the comment")
        moves = _moves(claim, function, facts)
        if moves is None:
            return unknown("which lock is meant cannot be told from the words")
        before = [(held, op) for held, op in moves if op.start_byte < use.start_byte]
        if not before:
            return unknown("the function neither takes the lock nor asserts it")
        held, last = before[-1]
        if last.arms != use.arms[: len(last.arms)] or last.via or last.flow is Flow.LOOP:
            return unknown("the lock is taken or dropped on some path only")
        between = [
            op
            for op in facts.operations
            if last.start_byte < op.start_byte < use.start_byte
            and not op.concepts
            and any(word in op.name for word in _HIDES)
        ]
        if between:
            return unknown(f"{between[0].name}() in between may change the lock")
        crossed = has_label(world.source, last.start_byte, use.start_byte)
        if crossed or jumps_back(world.source, function):
            return unknown("a jump may lead around what is done to the lock")
        read = Location(facts.path, use.line, f"{use.name}() reads the count")
        if held:
            taken = Location(facts.path, last.line, f"{last.name}() takes or asserts the lock")
            return holds("the lock is held where the count is read", taken, read)
        return broken(
            "the lock is dropped before the count is read, so the count can change",
            Location(facts.path, last.line, f"{last.name}() drops the lock"),
            read,
            breaks=Breaks.RESULT,
        )


def _moves(
    claim: Claim, function: Function, facts: CodeFacts
) -> tuple[tuple[bool, Operation], ...] | None:
    """What is done to the lock in source order: True where it is held behind; None if unclear."""
    if claim.object is not None and claim.object.concept == _FOLIO:
        names = _TAKES_FOLIO + _GIVES_FOLIO
        found = [op for op in facts.operations if op.name in names]
        if len({op.arguments[:1] for op in found}) > 1:
            return None
        return tuple((op.name in _TAKES_FOLIO, op) for op in found)
    lock = lock_of(claim)
    if lock is None:
        return None
    done = lock_operations(lock, claim, function, facts)
    if len({one.spelled for one in done}) > 1 or any(d.sure is Same.NO for d in done):
        return None
    return tuple((one.kind != "release", one.operation) for one in done if one.kind != "assert_not")
