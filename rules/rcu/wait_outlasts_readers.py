"""Waits for readers, shown by a model of the code that waits and of the readers that it means."""

from __future__ import annotations

from dataclasses import replace
from functools import partial

from reviewer.claims.model import Claim, Kind
from reviewer.claims.wording.waits import is_of_this_code
from reviewer.evidence.models.grace.lost import Left, grace_left
from reviewer.evidence.models.grace.model import Answer
from reviewer.evidence.models.grace.tracer import GUARD, concepts, waits
from reviewer.evidence.models.stood import stood
from reviewer.evidence.models.values import Event
from reviewer.evidence.models.verdicts import judged
from reviewer.judging.machines import admitted
from reviewer.rule import Example, Reads, Rule, under
from reviewer.source.model import Function
from reviewer.verdict import (
    Breaks,
    Decision,
    Evidence,
    Location,
    Tier,
    Verdict,
    holds,
    unknown,
)
from reviewer.world import World

_BELOW = 2
"""Lines under the anchored statement in which the wait may stand that a comment speaks of."""
_READERS = ("rcu-gp", "rcu-reader")

_DROP = """
static void smew_drop(struct smew *s)
{
        list_del_rcu(&s->node);
        /* Wait for RCU readers of the list before the smew goes. */
        synchronize_rcu();
        kfree(s);
}

static void smew_note(struct smew *s)
{
        s->noted = 1;
}
"""
_LEAVE = """
static void smew_leave(struct smew *s)
{
        spin_lock(&smews_lock);
        list_del_rcu(&s->node);
        spin_unlock(&smews_lock);

        /* Wait for outstanding readers to complete before the smew goes. */
        synchronize_rcu();
        kfree(s);
}
"""
_COUNT = """
static int smew_count(struct pond *p)
{
        struct smew *s;
        int n = 0;

        rcu_read_lock();
        list_for_each_entry_rcu(s, &p->smews, node)
                n += s->eggs;
        rcu_read_unlock();
        return n;
}
"""
_SWAP = """
static void smew_swap(struct pond *p, struct smew *new)
{
        struct smew *old = rcu_dereference_protected(p->smew, 1);

        rcu_assign_pointer(p->smew, new);
        /* Wait for RCU readers of the old one. */
        synchronize_rcu();
        kfree(old);
}

static int smew_look(struct pond *p)
{
        int n;

        rcu_read_lock();
        n = rcu_dereference(p->smew)->eggs;
        rcu_read_unlock();
        return n;
}
"""


class WaitOutlastsReaders(Rule):
    """A wait for a grace period is said to outlast all readers that may still have found something.

    Why it breaks: the wait goes, comes before the link is taken away, or behind the free; then a
    reader that found the object looks at it when it is gone.

    How it is judged: the function that waits is followed along its paths, and so are the readers
    of the tree that look at what it takes away (list_del_rcu(), rcu_assign_pointer(), …). The claim
    holds if the kernel's memory model says that no reader can look at the object when it is given
    up, and that it can without the wait, and without the reader's section. It is broken if a patch
    makes possible what was excluded. `kstale model PATH:LINE` prints the test.

    Where it still holds: if something else on the way waits, or a caller does. A patch is told
    where the function frees the object itself, no path of it waits any more, and nothing that it
    calls on the way may wait. Where no free is seen, the comment must stand over the wait that
    goes, or name it, in the function, and give it to nobody else; the patch may do nothing but take
    it away, or move it, and what came behind it must not be seen to wait: then what the
    comment promises can fail, whoever frees. In a tree, nothing before the wait may give the object
    up. A reader that takes a lock first may be kept out by that: it is unknown, too, and so is a
    loop that goes round until something is so.

    Write instead: what the readers are waited for with now, and where.

    Limits: readers of RCU only, no SRCU, and no callbacks that rcu_barrier() waits for. What the
    updater takes away must be a link or a pointer of its own code; a flag that readers look at is
    not followed. A reader without a section of its own is taken to be in its caller's, as
    rcu_dereference() asserts; at least one must have its own. A reader that takes a reference keeps
    the object past its section: that is not asked. One that goes on with what it found and takes
    none leaves the claim unknown.

    References: Documentation/RCU/whatisRCU.rst; tools/memory-model/Documentation/explanation.txt,
    "RCU RELATIONS".
    """

    name = "wait-outlasts-readers"
    family = "rcu"
    since = "0.2"
    tree_wide = True
    reads = (Reads(Kind.WAITS),)
    stale = (
        Example(
            _DROP.replace("synchronize_rcu();", "smew_note(s);") + _COUNT,
            before=_DROP + _COUNT,
            words="Wait for RCU readers",
            breaks="result",
            broken_on=("x86-64-native", "arm64"),
        ),
        Example(
            _LEAVE.replace("synchronize_rcu();", "") + _COUNT,
            before=_LEAVE + _COUNT,
            words="Wait for outstanding readers to complete",
            breaks="result",
            broken_on=("x86-64-native", "arm64"),
        ),
        Example(  # who frees it is not seen: what is said of this function is false
            _LEAVE.replace("synchronize_rcu();", "").replace("kfree(s)", "smew_gone(s)") + _COUNT,
            before=_LEAVE.replace("kfree(s)", "smew_gone(s)") + _COUNT,
            words="Wait for outstanding readers to complete",
            breaks="result",
            broken_on=("x86-64-native", "arm64"),
        ),
    )
    sound = (
        Example(_SWAP.replace("synchronize_rcu()", "synchronize_rcu_expedited()"), before=_SWAP),
        Example(  # what another function may wait for is not known
            _DROP.replace("synchronize_rcu();", "smew_settle(s);") + _COUNT, before=_DROP + _COUNT
        ),
    )

    def judge(self, claim: Claim, world: World) -> Verdict | None:
        """Holds if the wait alone keeps readers away, broken if a patch lets them meet."""
        function = world.function(claim)
        if function is None:
            return None
        was = _was_of_readers(claim, world)
        if not was and _is_of_callbacks(claim, world, function):
            return None
        if not was and not _is_of_readers(claim, world, function):
            return None
        left = grace_left(
            world, function, _meant(claim, world, function), partial(_explained, claim, world)
        )
        model = left.model
        if left.before is not None:
            return _broken(claim, world, function, left)
        if model.answer is not Answer.EXCLUDES:
            return unknown(model.why)
        beside = len({one.function for one in model.left_to_callers})
        more = f"; {beside} more are in sections of their callers" if beside else ""
        return holds(
            f"no {model.why} can look at it behind the wait; without the wait one can{more}",
            *(Location(e.path, e.line, f"{e.name}()") for e in model.steps[1:] if e.name != GUARD),
        )


def _meant(claim: Claim, world: World, function: Function) -> range | None:
    """The lines in which the wait of a comment inside a function stands; None for any.

    A comment that points up ("above") or stands over the function speaks of any.
    """
    comment = claim.comment
    if comment.start_byte < function.body_start:
        return None
    lines = range(comment.start_line, comment.anchor.end_line + _BELOW + 1)
    return lines if _waits_in(world, function, lines) else None


def _waits_in(world: World, function: Function, lines: range) -> bool:
    facts = world.function_facts(function)
    return any(
        waits(one.name) and world.source.line_of(one.start_byte) in lines
        for one in facts.operations
    )


def _is_of_readers(claim: Claim, world: World, function: Function) -> bool:
    """True of a claim about a wait for readers of RCU that this function is said to do."""
    terms = [claim.about, claim.object.concept if claim.object is not None else ""]
    if any(under(one, _READERS) and not under(one, _OTHER) for one in terms):
        return True
    return _meant(claim, world, function) is not None


def _is_of_callbacks(claim: Claim, world: World, function: Function) -> bool:
    """True of a claim over rcu_barrier(), which waits for callbacks, and for no reader."""
    comment = claim.comment
    if comment.start_byte < function.body_start:
        return False
    lines = range(comment.start_line, comment.anchor.end_line + _BELOW + 1)
    return not _waits_in(world, function, lines) and any(
        under(concept, ("rcu.barrier",))
        for one in world.function_facts(function).operations
        if world.source.line_of(one.start_byte) in lines
        for concept in concepts(one.name)
    )


def _was_of_readers(claim: Claim, world: World) -> bool:
    """True of a claim beside a wait that the patch under review takes away."""
    was = world.before
    comment = stood(was, world, claim) if was is not None else None
    if was is None or comment is None:
        return False
    former = replace(claim, comment=comment)
    function = was.function(former)
    return function is not None and _is_of_readers(former, was, function)


def _explained(claim: Claim, world: World, wait: Event) -> bool:
    """True of a wait before the patch that the comment stood over, or named, in its function."""
    was = world.before
    comment = stood(was, world, claim) if was is not None else None
    if was is None or comment is None:
        return False
    former = replace(claim, comment=comment)
    function = was.function(former)
    if function is None or comment.start_byte < function.body_start or not is_of_this_code(claim):
        return False
    named = claim.object.name.removesuffix("()") if claim.object is not None else ""
    if named and waits(named):
        return wait.name == named and wait.top >= comment.start_line
    meant = _meant(former, was, function)
    return meant is not None and wait.top in meant


_OTHER = ("rcu-gp.srcu", "rcu-gp.tasks", "rcu-reader.srcu", "rcu-gp.irq")
"""Waits for readers of other kinds."""


def _broken(claim: Claim, world: World, function: Function, left: Left) -> Verdict:
    model = left.model
    assert model.program is not None
    found = judged(model.program, admitted(world, claim))
    if not found.machines.broken:
        return unknown("the outcome that the wait excluded is possible on no machine here")
    reader = model.reader.function if model.reader is not None else ""
    said = (
        f"This patch lets a reader in {reader}() look at what {function.name}() has freed"
        if model.gone is not None
        else f"With this patch {function.name}() waits for no reader any more that may be in "
        f"{reader}() with what it has taken away"
    )
    return Verdict(
        Decision.BROKEN,
        f"{said}: the model of both says Never before it and Sometimes after it ({model.place}).",
        breaks=Breaks.RESULT,
        evidence=Evidence(
            tuple(dict.fromkeys(Location(e.path, e.line, f"{e.name}()") for e in model.steps)),
            found.witness,
        ),
        machines=found.machines,
        tier=Tier.STRONG,  # no real change that breaks one has been met yet
    )
