"""A reference said to be taken before a lock is dropped, or held by the caller."""

from __future__ import annotations

import re

from reviewer.claims.model import Claim, Kind
from reviewer.claims.patterns import Example as Sentence
from reviewer.claims.patterns import Pattern
from reviewer.claims.wording.locks import says_given_up
from reviewer.judging.holding import Same, documented, lock_of, lock_operations
from reviewer.judging.order import Pair, inside, jumps_back, locked_between, order_of, plain
from reviewer.rule import Example, Reads, Rule
from reviewer.source.model import CodeFacts, Function, Operation
from reviewer.verdict import Breaks, Location, Severity, Verdict, agrees, broken, holds, unknown
from reviewer.world import World

_ASSERTED = re.compile(
    rb"\b(?:VM_)?(?:BUG|WARN)_ON\w*\s*\(\s*(?:!\s*(?:folio|page)_(?:ref_)?count"
    rb"|!\s*(?:refcount|kref|atomic)_read"
    rb"|(?:(?:folio|page)_(?:ref_)?count|(?:refcount|kref|atomic)_read)\s*\([^()]*(?:\([^()]*\)"
    rb"[^()]*)?\)\s*(?:==\s*0|<=?\s*[01]))"
)
_TAKES = re.compile(r"get|grab|pin|hold|ref|inc|dup|clone", re.IGNORECASE)


class ReferenceTakenBeforeUse(Rule):
    """A reference is taken to be there before the lock that kept the object alive is dropped.

    Why it breaks: the lock (or the RCU section) is what keeps the object from going away. When the
    two calls change places, the object can be freed in between, and the reference is taken on
    memory that is somebody else's.

    Where it still holds: the function takes the reference first; or, where callers must hold one,
    it warns if there is none.

    Write instead: what keeps the object alive until the reference is taken.

    Limits: the order is that of the text of one function on one path, with one lock and one
    reference in it. "The caller must hold a reference" is never called broken: that a function
    takes one of its own does not show that callers need none.

    References: include/linux/mm.h folio_get(), Documentation/RCU/rcuref.rst.
    """

    name = "reference-taken-before-use"
    family = "refcount"
    since = "0.1"
    severity = Severity.HIGH
    reads = (
        Reads(Kind.ORDERS, subject=("reference", "refcount", "pin")),
        Reads(Kind.REQUIRES, object=("reference", "pin")),
    )
    patterns = (
        Pattern(
            "reference-before-drop",
            Kind.ORDERS,
            r"\b(?:tak(?:e|es|ing)|took|gets?|getting|grab(?:s|bing)?|acquir(?:e|es|ing)|hold|bump"
            r"|elevate|raise|pin) (?:up )?(?:the |our |another |an? )?{subject:count}"
            r"(?: (?:on|to|of|for) (?:[^ .;:]+ ){0,2}?[^ .;:]+)?,? (?P<order>before|prior to) "
            r"(?:we |it |the code |then ){0,1}(?:drop(?:s|ping)?|releas(?:e|es|ing)"
            r"|unlock(?:s|ing)?|leav(?:e|es|ing)|giv(?:e|es|ing) up) "
            r"(?:the |our |its |this ){0,1}{object:lock|context}",
            detail=(("reference", "taken"),),
            concepts=(
                ("subject", "reference"),
                ("subject", "refcount"),
                ("subject", "pin"),
                ("object", "lock"),
                ("object", "rcu-reader"),
            ),
            examples=(
                Sentence("Take a reference before dropping foo_lock", "reference", "lock:foo_lock"),
            ),
        ),
    )
    stale = (
        Example(
            """
            static struct page *grab(struct list_head *head, spinlock_t *tern_lock)
            {
                    struct page *page;

                    spin_lock(tern_lock);
                    page = list_first_entry(head, struct page, lru);
                    /* Take a reference before dropping tern_lock. */
                    spin_unlock(tern_lock);
                    get_page(page);
                    return page;
            }
            """,
            words="Take a reference before dropping",
            breaks="result",
        ),
    )
    sound = (
        Example(
            """
            static struct page *grab(struct list_head *head, spinlock_t *tern_lock)
            {
                    struct page *page;

                    spin_lock(tern_lock);
                    page = list_first_entry(head, struct page, lru);
                    /* Take a reference before dropping tern_lock. */
                    get_page(page);
                    spin_unlock(tern_lock);
                    return page;
            }
            """
        ),
        Example(
            """
            static struct page *grab(struct page *page, spinlock_t *tern_lock, bool mine)
            {
                    spin_lock(tern_lock);
                    /* Take a reference before dropping tern_lock. */
                    if (mine) {
                            spin_unlock(tern_lock);
                            return NULL;
                    }
                    get_page(page);
                    spin_unlock(tern_lock);
                    return page;
            }
            """
        ),
        Example(
            """
            /* The caller must hold a reference on the folio. */
            static bool isolate(struct folio *folio)
            {
                    if (!folio_try_get(folio))
                            return false;
                    folio_put(folio);
                    return true;
            }
            """
        ),
    )

    def judge(self, claim: Claim, world: World) -> Verdict | None:
        """Compare the order of the text, or look for an assertion of the reference."""
        if claim.kind is Kind.REQUIRES:
            return _required(claim, world)
        if not claim.get("reference"):
            return None
        function = world.function(claim)
        if function is None or function.has_error or not inside(claim, function):
            return unknown("the claim stands in no function body that could be parsed")
        facts = world.function_facts(function)
        taken = facts.having("ref.get") + facts.having("ref.get_unless_zero")
        given_up = _given_up(claim, function, facts)
        if not taken or given_up is None or not given_up:
            return unknown("which reference or which lock is meant was not seen in the code")
        start = claim.comment.start_byte
        near = order_of(
            [op for op in taken if op.start_byte > start],
            [op for op in given_up if op.start_byte > start],
        )
        if near.kept is not None and near.turned is None:
            return holds("the code takes the reference first", *_places(facts, near.kept))
        whole = order_of(taken, given_up)
        if whole.turned is None or whole.kept is not None or len(taken) > 1:
            return unknown("reference and lock stand on different paths, or in both orders")
        hidden = [name for name in facts.unknown if _TAKES.search(name)]
        if hidden:
            return unknown(f"{hidden[0]}() may take the reference and could not be looked through")
        if not plain(whole.turned) or jumps_back(world.source, function):
            return unknown("the order of the text need not be that of the run")
        if locked_between(facts, whole.turned):
            return unknown("a lock is taken in between, so the order may still be kept")
        return broken(
            "the reference is taken after the lock was dropped: the object can be gone by then",
            *_places(facts, whole.turned),
            breaks=Breaks.RESULT,
        )


def _required(claim: Claim, world: World) -> Verdict:
    """What a function does about a reference that its caller must hold."""
    function = documented(claim, world)
    if function is None or function.has_error:
        return unknown("the claim stands over no function that could be parsed")
    code = world.source.code(function.body_start, function.body_end)
    found = _ASSERTED.search(code)
    if found is None:
        return unknown(f"{function.name}() asserts no reference, and callers were not judged")
    line = world.source.line_of(function.body_start + found.start())
    return agrees(
        f"{function.name}() warns if there is no reference",
        Location(world.path, line, "the count is asserted here"),
    )


def _given_up(claim: Claim, function: Function, facts: CodeFacts) -> tuple[Operation, ...] | None:
    """Where the lock is given up; None if more than one can be meant."""
    if claim.object is None or not says_given_up(claim.quote):
        return None
    if claim.object.concept.startswith("rcu"):
        return facts.having("rcu.read_unlock")
    lock = lock_of(claim)
    if lock is None:
        found = [
            (name, op)
            for op in facts.operations
            for tag, name in op.objects
            if tag.startswith("lock.release")
        ]
    else:
        found = [
            (one.spelled, one.operation)
            for one in lock_operations(lock, claim, function, facts)
            if one.kind == "release" and one.sure is not Same.NO
        ]
    return None if len({name for name, _ in found}) > 1 else tuple(op for _, op in found)


def _places(facts: CodeFacts, pair: Pair) -> tuple[Location, ...]:
    first, second = pair
    return (
        Location(facts.path, first.line, f"{first.name}() comes first"),
        Location(facts.path, second.line, f"{second.name}() comes second"),
    )
