"""Comments that ask for the variant of a lock that switches interrupts off."""

from __future__ import annotations

import re

from reviewer.claims.model import Claim, Kind
from reviewer.evidence.variants import Taking, locks_around, takings
from reviewer.judging.place import function_around
from reviewer.rule import Example, Reads, Rule
from reviewer.verdict import Location, Tier, Verdict, agrees, broken, unknown
from reviewer.world import World

_STOCK = """struct pond { spinlock_t lock; int fish; };

static void stock(struct pond *pond)
{
        /* The hooks normally require _irqsave, but only fish are counted here. */
        spin_lock(&pond->lock);
        pond->fish++;
        spin_unlock(&pond->lock);
}
"""
_DRAIN = """
static void drain(struct pond *pond)
{
        spin_lock(&pond->lock);
        pond->fish = 0;
        spin_unlock(&pond->lock);
}
"""
_IRQ = """
static void pond_irq(struct pond *pond)
{
        unsigned long flags;

        spin_lock_irqsave(LOCK, flags);
        pond->fish = 0;
        spin_unlock_irqrestore(LOCK, flags);
}
"""
_OWN = "        spinlock_t *own = &pond->lock;\n"


class TakenWithIrqsOff(Rule):
    """ "This requires _irqsave", "we need spin_lock_irqsave() here": interrupts have to be off.

    Why it breaks: an interrupt handler that took the lock is gone or became a thread or a work
    item, all that take the lock were converted to the plain variant, and the words stay. Whoever
    believes them looks for an interrupt that is not there.

    Where it still holds: the lock below the comment is taken with interrupts off. Where any code
    takes one of the function's locks so, it is undecided.

    Write instead: nothing; or from which context the lock is taken.

    Limits: only locks whose struct can be told, of functions that take or assert one themselves.

    References: Documentation/locking/spinlocks.rst, lesson 3.
    """

    name = "taken-with-irqs-off"
    family = "locking"
    since = "0.2"
    tree_wide = True
    tier = Tier.HINT  # no finding of it has been read on a fresh draw yet
    reads = (Reads(Kind.IMPLIES, object=("irqs-off-lock",)),)
    stale = (Example(_STOCK + _DRAIN, words="require _irqsave"),)
    sound = (
        Example(_STOCK + _IRQ.replace("LOCK", "&pond->lock")),
        Example(_STOCK.replace("The hooks normally require", "We do not need")),
        Example(_STOCK.replace("spin_lock(&pond->lock)", "pond_lock(pond)")),
        Example(
            "#define pond_lock(pond, flags) spin_lock_irqsave(&(pond)->lock, flags)\n" + _STOCK
        ),
        Example(_STOCK + _IRQ.replace("LOCK", "own").replace("{\n", "{\n" + _OWN, 1)),
        Example(
            _STOCK
            + _DRAIN.replace("spin_lock(&pond->lock)", "CLASS(spinlock_irqsave, own)(&pond->lock)")
        ),
    )

    def judge(self, claim: Claim, world: World) -> Verdict | None:
        """Look at every place that takes a lock of the function."""
        function = function_around(claim, world)
        if function is None:
            return None
        if function.has_error:
            return unknown(f"{function.name}() could not be parsed")
        locks = locks_around(world, function)
        if not locks:
            return unknown(f"{function.name}() takes no lock whose struct can be told")
        every: list[Taking] = []
        for struct, leaf in locks:
            taken = tuple(takings(world, leaf, struct))
            off = next((one for one in taken if one.irqs_off), None)
            if off is not None and (off.path, off.function) == (world.path, function.name):
                return agrees(f"{off.function}() takes {leaf} so", _at(off))
            if off is not None:
                return unknown(f"{off.function}() takes {leaf} with interrupts off")
            if not taken:
                return unknown(f"nothing that takes {leaf} of struct {struct} can be seen")
            if _is_handed_on(leaf, world):
                return unknown(f"{leaf} may be taken through a macro or another name")
            every.extend(taken[:1])
        names = " or ".join(f"{struct}::{leaf}" for struct, leaf in locks)
        return broken(
            f"The comment says that locks are taken with interrupts off here, but no code takes "
            f"{names} so.",
            *(_at(one) for one in every),
        )


def _is_handed_on(leaf: str, world: World) -> bool:
    """True if the file has a macro that speaks of interrupts and of the lock, or points to it.

    ``CLASS(spinlock_irqsave, own)(&pond->lock)`` is such a macro.
    """
    lock = rf"(?:->|\.){re.escape(leaf)}\b"
    macro = rf"(?:^[ \t]*#[ \t]*define\b|\bCLASS\()[^\n]*irq[^\n]*{lock}"
    hidden = rf"{macro}|=\s*&[^;,\n]*{lock}\s*[;,]"
    return re.search(hidden.encode(), world.source.code(), re.M) is not None


def _at(one: Taking) -> Location:
    return Location(one.path, one.line, f"{one.function}() calls {one.call}()")
