"""Comments that say what an operation is for, over the place where it stands."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import replace

from reviewer.claims.model import Claim, Kind
from reviewer.claims.wording.locks import says_is_taken, says_taken
from reviewer.claims.wording.operations import (
    spares_an_operation,
    speaks_of_cpus,
    speaks_of_grace,
)
from reviewer.evidence.held_in_words import SORTS
from reviewer.evidence.shared_locks import shared_lock
from reviewer.evidence.steps_in_words import in_words
from reviewer.evidence.waiting import is_of_rcu, wait_done
from reviewer.judging.context import where
from reviewer.judging.holding import GENERIC, Same, documented, lock_of, lock_operations
from reviewer.judging.place import function_around
from reviewer.kernel import primitive
from reviewer.kernel.expressions import lock_name, normal
from reviewer.kernel.order import BARRIERS, SECTIONS, Order, order_of_concepts
from reviewer.rule import Example, Reads, Rule, under
from reviewer.source.model import AnchorKind, Function, Operation
from reviewer.verdict import Tier, Verdict, agrees, broken, unknown
from reviewer.world import World

_WAITS = ("wait", "rcu.synchronize", "rcu.barrier", "tlb.flush", "ipi.broadcast")
_KEEPS_OUT = (
    *("lock.acquire", "context.irq_off", "context.preempt_off", "context.bh_off"),
    *("rcu.read_lock", "seq.write_begin", "seq.read_begin", "lock.assert", *_WAITS),
)
_GIVES: dict[Kind, tuple[str, ...]] = {
    Kind.ORDERS: _WAITS,
    Kind.EXCLUDES: (*_KEEPS_OUT, "ref.get"),
    Kind.SERIALIZED: _KEEPS_OUT,
    Kind.PROTECTED: _KEEPS_OUT,
    Kind.STABLE: (*_KEEPS_OUT, "ref.get", "lock.assert"),
    Kind.WAITS: (*_WAITS, "rcu.call", "rcu.free"),
    Kind.ATOMIC: ("atomic.rmw", "lock.acquire", "context.irq_off", "context.preempt_off"),
}
"""What gives each kind of claim, beside the barriers that give an order."""
_ORDERS = BARRIERS & ~SECTIONS & ~Order.DEPENDENCY
"""Barriers of their own: a marked load orders only what is reached through it."""
_ASKS = frozenset({"wait.query"})
_FOR = (Kind.PROTECTED, Kind.SERIALIZED, Kind.EXCLUDES)
"""What a lock is said to be for over a function that takes it."""
_SPARED = (Kind.STABLE, Kind.EXCLUDES, Kind.SERIALIZED)
"""What may be so without the operation: "nobody can remove it, so that no lock is needed"."""
_NEAR = 2  # statements: "take X" over the declaration of its flags, or a test, and the call


class OperationStandsHere(Rule):
    """A comment over a lock, barrier or wait says what it is there for.

    Why it breaks: the operation is replaced, another lock is taken in its place, and the comment
    stays. Whether an operation does what it is said to do is for other rules; this one knows
    whether what can do it stands there.

    Where it still holds: the code the comment stands over begins with an operation of the sort:
    a barrier for an order; a lock, a section or a wait for what is kept out, or else a lock that
    the function takes that is named as kept out. Where the comment
    names the lock it is that lock, also over a function that takes it. A loop that polls, a lock
    taken and dropped at once and a helper that waits are waits too, also those that a condition
    tells to be needed. Two steps in plain words stand in their order where most of the words of
    each are parts of the names in one statement.

    Write instead: the name of the lock that is taken.

    Limits: comment and code agree, and nothing more is said: of 60 claims decided on a fresh draw
    of 6.12 all were read, and 4 of 15 of this rule agreed with another operation than the one that
    is meant (two of them done under a condition, which no longer counts); of another 60 it was 4 of
    13, with locks and barriers that a helper has for itself (these no longer count either), and one
    arguable. Another lock is a finding only where the comment says that it is taken and the
    function takes it nowhere.

    References: Documentation/process/submit-checklist.rst, "memory barriers".
    """

    name = "operation-stands-here"
    family = "steps"
    since = "0.2"
    tier = Tier.HINT  # no finding of it has been read yet
    fallback = True
    reads = tuple(Reads(kind) for kind in _GIVES)
    stale = (
        Example(
            """
            static void stock(struct pond *pond)
            {
                    /* Take feed_mutex to prevent a race with the keeper. */
                    mutex_lock(&pond->fish_mutex);
                    pond->fish++;
                    mutex_unlock(&pond->fish_mutex);
            }
            """,
            words="Take feed_mutex to prevent a race",
        ),
    )
    sound = (
        Example(
            """
            static void stock(struct pond *pond)
            {
                    /* Take fish_mutex to prevent a race with the keeper. */
                    mutex_lock(&pond->fish_mutex);
                    pond->fish++;
                    mutex_unlock(&pond->fish_mutex);
            }
            """
        ),
        Example(
            """
            static void stock(struct pond *pond)
            {
                    /* Take feed_mutex to prevent a race with the keeper. */
                    feed_begin(pond);
                    mutex_lock(&pond->fish_mutex);
                    pond->fish++;
                    mutex_unlock(&pond->fish_mutex);
            }
            """
        ),
    )

    def judge(self, claim: Claim, world: World) -> Verdict | None:
        """Look for the operation at the head of the anchored code."""
        named = _named(claim)
        whole = documented(claim, world) or _over(claim, named, world)
        if whole is not None and claim.kind is Kind.WAITS:
            return _waits_inside(claim, whole, world)
        if whole is not None:
            inside = _taken_inside(claim, named, world)
            return inside or _shared(claim, whole, world)
        function = function_around(claim, world)
        if function is None:
            return None
        if function.has_error:
            return unknown(f"{function.name}() could not be parsed")
        first = list(_first(claim, world))
        spared = claim.kind in _SPARED and spares_an_operation(claim)
        for operation in first if not spared else ():
            called = operation.name == _barrier_named(claim) and not operation.via
            gives = _gives(operation, claim) and _of_the_sort(operation, claim)
            if not gives and not called:
                continue
            if operation.arms and not operation.via and claim.kind is not Kind.WAITS:
                continue  # it is done under a condition that the comment does not speak of
            if operation.via and not _is_spoken_of(operation, claim, named):
                continue
            if not named or (_is(operation, named) and _is_its(operation, claim, named)):
                return agrees(f"{operation.name}() stands here", where(operation, world.path))
        if claim.kind is Kind.WAITS and (waited := wait_done(first, claim, world)) is not None:
            return waited
        other = next((one for one in first if one.about("lock.acquire") and not one.via), None)
        if other is not None and named and first[0] is other and _says_taken(claim, named):
            everything = world.function_facts(function)
            if not everything.unknown and not any(_is(o, named) for o in everything.operations):
                return broken(
                    f"The comment speaks of taking {named}, but what is taken here is "
                    f"{other.about('lock.acquire')[0]}, and {function.name}() takes no {named}.",
                    where(other, world.path),
                )
        other_way = in_words(claim, world) or _shared(claim, function, world)
        return other_way or unknown("no operation that can do it begins the code below the comment")


def _is_spoken_of(operation: Operation, claim: Claim, named: str) -> bool:
    """True if what a helper does may be meant by a comment over its call.

    A wait may, a lock that is named, and any lock by a helper that is called after locks: of four
    such agreements that were wrong in 60 read, three were with a lock or barrier deep in a helper,
    and of another two one was with the compiler's barrier in one that takes a lock.
    """
    if claim.kind is Kind.WAITS or not operation.concepts:
        return True
    return bool(named) or ("lock" in operation.via[0] and _below(operation.concepts, ("lock",)))


def _over(claim: Claim, named: str, world: World) -> Function | None:
    """The function under a comment that says of a lock what it is for, or of a wait."""
    anchor = claim.comment.anchor
    if anchor.kind is not AnchorKind.FUNCTION or anchor.function:
        return None
    taken = bool(named) and (claim.kind in _FOR or says_is_taken(claim))
    said = claim.kind is Kind.WAITS or taken
    return world.function(claim) if said else None


def _waits_inside(claim: Claim, function: Function, world: World) -> Verdict | None:
    """Agrees if the function waits, of the flavour that its comment speaks of."""
    if function.has_error:
        return None
    rcu = is_of_rcu(claim)
    roots = tuple(one for one in _waits_of(claim) if one.startswith("rcu") or not rcu)
    facts = world.function_facts(function)
    for operation in facts.operations:
        if _below(operation.concepts, roots):
            said = f"{function.name}() calls {operation.name}()"
            return agrees(said, where(operation, world.path))
    waited = wait_done(facts.operations, claim, world)
    return waited or unknown(f"{function.name}() waits by nothing that can be seen")


def _waits_of(claim: Claim) -> tuple[str, ...]:
    """What may be the wait that a claim speaks of.

    A flush waits for CPUs that use a translation, an IPI for those that take it, and for nothing
    else (seen five times); call_rcu() and kfree_rcu() make nobody wait who calls them.
    """
    roots = _WAITS if speaks_of_cpus(claim) else _WAITS[:3]
    named = claim.object is not None and under(claim.object.concept, ("rcu-gp", "rcu-reader"))
    later = named or speaks_of_grace(claim)
    return (*roots, "rcu.call", "rcu.free") if later else roots


def _shared(claim: Claim, function: Function, world: World) -> Verdict | None:
    """Agrees if what the claim keeps out is a function that takes a lock that this one takes."""
    if claim.kind not in (Kind.EXCLUDES, Kind.SERIALIZED) or function.has_error:
        return None
    return shared_lock(claim, function, world)


def _named(claim: Claim) -> str:
    """The name of the lock that a claim is about, or ''."""
    for term in (claim.subject, claim.object):
        if term is not None and under(term.concept, ("lock",)) and term.name:
            return lock_name(term.name) or term.name.rstrip("()")
    return ""


def _barrier_named(claim: Claim) -> str:
    """The primitive that a claim on an order names: "READ_ONCE() is needed since …"; or ''."""
    for term in (claim.object, claim.subject):
        if claim.kind is Kind.ORDERS and term is not None and under(term.concept, ("barrier",)):
            return term.name if term.name != "data_race" else ""  # it orders nothing
    return ""


def _says_taken(claim: Claim, named: str) -> bool:
    return says_taken(claim) and named in claim.quote


def _taken_inside(claim: Claim, named: str, world: World) -> Verdict | None:
    """Agrees if a function takes the lock that its own comment says it takes for a purpose."""
    if not named or named not in claim.quote:
        return None
    told = says_is_taken(claim) and claim.subject.name.rstrip("()") != ""
    if not told and (claim.kind not in _FOR or claim.get("section").startswith("@")):
        return None
    if under(claim.subject.concept, ("lock",)):
        claim = replace(claim, object=claim.subject)
    function = world.function(claim)
    lock = lock_of(claim)
    if function is None or function.has_error:
        return None
    facts = world.function_facts(function)
    done = lock_operations(lock, claim, function, facts) if lock is not None else ()
    own = named not in GENERIC
    taken = [o.operation for o in done if o.kind == "acquire" and (own or o.sure is Same.YES)]
    if own or lock is None:
        taken += [o for o in facts.operations if _is(o, named) and o.about("lock.acquire")]
    if not taken:
        none = unknown(f"{function.name}() takes {named} by nothing that can be seen")
        return none if told else None
    return agrees(f"{function.name}() takes {named}", where(taken[0], world.path))


def _first(claim: Claim, world: World) -> Iterator[Operation]:
    """The operations of the first statements that the comment stands over."""
    anchor = claim.comment.anchor
    code = world.source.code(anchor.start_byte, anchor.end_byte)
    ends = [match.end() for match in re.finditer(rb";", code)]
    near = len(ends) if claim.kind is Kind.WAITS else min(len(ends), _NEAR)
    until = anchor.start_byte + (ends[near - 1] if ends else len(code))
    for operation in world.facts(claim).operations:
        if operation.start_byte < until:
            yield operation


def _gives(operation: Operation, claim: Claim) -> bool:
    kind = claim.kind
    if operation.concepts and operation.concepts <= _ASKS:
        return False  # waitqueue_active() keeps nobody waiting
    gives = _waits_of(claim) if kind is Kind.WAITS else _GIVES[kind]
    if _below(operation.concepts, gives):
        return True
    if kind not in (Kind.ORDERS, Kind.EXCLUDES):
        return False
    if _below(operation.concepts, ("lock", "rcu.traverse", "rcu.dereference")):
        return False
    order = order_of_concepts(operation.concepts)
    if Order.COMPILER in order and (known := primitive(operation.name)) is not None and known.fence:
        return True  # barrier(): against interrupts of the same CPU, or the compiler
    return bool(order & _ORDERS) and Order.HANDOFF not in order  # a timer started orders nothing


def _of_the_sort(operation: Operation, claim: Claim) -> bool:
    """True unless the claim says what protects, or waits, and the operation is something else."""
    if claim.kind is Kind.WAITS and is_of_rcu(claim):
        return _below(operation.concepts, ("rcu",))
    if claim.kind is not Kind.PROTECTED or claim.object is None:
        return True
    if under(claim.object.concept, ("process-context", "hardirq", "softirq")):
        return False  # "happens in thread context": by no lock
    roots = ("rcu",) if under(claim.object.concept, ("rcu-reader",)) else ("lock", "seq")
    text = claim.object.text.lower()
    sort = next((one for name, one in SORTS.items() if text.endswith(name)), None)
    called = " ".join((operation.name, *operation.via, *operation.about("lock")))
    return _below(operation.concepts, roots) and (sort is None or sort.search(called) is not None)


def _below(concepts: Iterable[str], roots: tuple[str, ...]) -> bool:
    return any(under(one, roots) for one in concepts)


def _is_its(operation: Operation, claim: Claim, named: str) -> bool:
    """True unless a lock of a common name is that of another owner than the comment says."""
    said = next((t for t in (claim.subject, claim.object) if t is not None and t.name), None)
    if named not in GENERIC or said is None or not re.search(r"->|\.", said.name):
        return True
    owner = normal(said.name.lstrip("&@*"))
    return any(normal(one).endswith(owner) for one in operation.about("lock"))


def _is(operation: Operation, named: str) -> bool:
    """True if an operation is on the lock of that name."""
    spelled = operation.about("lock")
    return any(lock_name(one) == named or one == named for one in spelled)
