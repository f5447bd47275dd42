"""Rules of locking that name a lock the struct does not have."""

from __future__ import annotations

import re

from reviewer.claims.lock_names import lock_name
from reviewer.claims.model import Claim, Kind
from reviewer.judging.defined import is_defined_as
from reviewer.judging.holding import GENERIC
from reviewer.judging.locks import is_gone, used_as_lock
from reviewer.judging.members import MEMBER, lacks, missing, structs_of
from reviewer.kernel.folders import OTHER_PROGRAMS
from reviewer.rule import Example, Reads, Rule
from reviewer.source.model import AnchorKind
from reviewer.tree.model import Index, NameKind
from reviewer.tree.trace import traced_cache
from reviewer.verdict import Verdict, unknown
from reviewer.world import World


class LockIsAMember(Rule):
    """The lock that a comment names is taken to be a member of the struct it names it of.

    Why it breaks: a lock moves from one struct to another (from the pool to each class of it),
    and comments go on to say pool->lock. The name "lock" alone is everywhere, so nobody misses
    it.

    Where it still holds: if the struct has such a member, by whatever macro, or any code of the
    file says the same.

    Write instead: the lock that the code takes today.

    Limits: the file must declare the variable as pointer to at most three structs, none of which
    has the member, and speak of no other that has it and that the variable may be short for;
    lists of locks and code in comments are not read.

    References: Documentation/locking/.
    """

    name = "lock-is-a-member"
    family = "locking"
    since = "0.1"
    tree_wide = True
    reads = (Reads(Kind.REFERS, object=("field", "function")),)
    stale = (
        Example(
            """
            struct brood { spinlock_t lock; };
            struct pond { int ducks; };

            /* pond->lock must be held. */
            static void count_duck(struct pond *pond, struct brood *brood)
            {
                    lockdep_assert_held(&brood->lock);
                    pond->ducks++;
            }
            """,
            words="pond->lock",
        ),
    )
    sound = (
        Example(
            """
            struct pond { spinlock_t lock; int ducks; };

            /* pond->lock must be held. */
            static void count_duck(struct pond *pond)
            {
                    pond->ducks++;
            }
            """
        ),
        Example(
            """
            struct pond_device { spinlock_t fish_lock; };
            struct device { int power; };
            static void wake(struct device *dev);
            static void rest(struct device *dev);
            static struct pond_device *of(struct farm *farm);

            /* These are locked by dev->fish_lock. */
            static void count_duck(struct farm *farm)
            {
                    farm->ducks++;
            }
            """
        ),
        Example(
            """
            struct fish { int fins; };
            struct gems { struct mutex mutex; int used; };
            struct pond { struct gems gem; };
            struct duck { /* Protected by gem.mutex. */ int feathers; };

            static void swim(struct duck *duck, struct fish *gem)
            {
                    duck->feathers += gem->fins;
            }
            """
        ),
        Example(
            """
            struct queue { int tickets; };
            struct pond { spinlock_t lock; };

            static int tickets(struct queue *wq)
            {
                    return wq->tickets;
            }

            /* Must be called with wq.lock held. */
            #define wait_for_ducks(wq) do { wait(wq); } while (0)
            """
        ),
        Example(
            """
            struct pond { int ducks; };
            struct farm { spinlock_t lock; };

            /* duck->lock must be held. */
            static void count_duck(struct pond *pond)
            {
                    pond->ducks++;
            }
            """
        ),
    )

    def judge(self, claim: Claim, world: World) -> Verdict | None:
        """Broken if the one struct the variable can be has no such member."""
        if claim.object is None or world.path.startswith(OTHER_PROGRAMS):
            return None
        match = MEMBER.fullmatch(claim.object.name) or MEMBER.fullmatch(claim.object.text)
        if match is None or not lock_name(f"{match[1]}->{match[2]}") or not used_as_lock(claim):
            return None
        owner, name = match[1], match[2]
        index = world.index
        if index is None or not index.complete or is_gone(name, index):
            return None
        code = world.source.code()
        if re.search(rb"\b%b(?:->|\.)%b\b" % (owner.encode(), name.encode()), code):
            return None
        if "_" in name and re.search(rb"(?:->|\.)_*%b\b" % name.encode(), code):
            return unknown(f"{name} is a lock of this file; {owner} may stand for what leads to it")
        anchor = claim.comment.anchor
        macro = world.source.definition(anchor.name) if anchor.kind is AnchorKind.MACRO else None
        if macro is not None and owner in macro.parameters:
            return unknown(f"{owner} is whatever the macro is given")
        structs = structs_of(owner, claim, world)
        if not structs:
            return unknown(f"what {owner} is cannot be told from this file")
        if not lacks(structs, name, index):
            return None
        if is_defined_as(index, name, NameKind.MACRO):
            return unknown(f"{name} is a macro")
        if f"{owner}.{name}" in claim.quote and (around := _around(owner, world, index)):
            return unknown(f"{owner} may be a member of struct {around}")
        if name not in GENERIC and (other := _likely(owner, name, world, index)):
            return unknown(f"{owner} may stand for a struct {other} here")
        members = frozenset(one for struct in structs for one in index.members(struct))
        locks = sorted(one for one in members if lock_name(f"x->{one}"))
        has = f" Its locks are {', '.join(locks[:4])}." if locks else ""
        return missing(claim, world, index, structs, name, has=has)


def _around(owner: str, world: World, index: Index) -> str:
    """A struct of this folder or file with a member called as the owner is; '' for none.

    ``x.lock`` with a dot may be that of a struct inside another, whatever a variable x is.
    """
    folder = world.path.rpartition("/")[0]
    mine = world.source.identifiers()
    owners = {
        sense.owner
        for sense in index.senses(owner)
        if sense.owner and (sense.owner in mine or sense.path.rpartition("/")[0] == folder)
    }
    return min(owners, default="")


def _likely(owner: str, name: str, world: World, index: Index) -> str:
    """A struct with a lock of that name that the owner may be short for, if the file speaks of it.

    ``dev`` of a file that knows a ``struct drm_device`` may be one, whatever else is called so.
    """
    likely = _called_like(index, owner, name)
    return next((one for one in likely if one in world.source.identifiers()), "")


@traced_cache(maxsize=1024, compared=True)
def _called_like(index: Index, owner: str, name: str) -> tuple[str, ...]:
    """The structs with a member of a name of which some word begins as a variable is called."""
    owners = sorted({sense.owner for sense in index.senses(name)} - {""})
    return tuple(one for one in owners if any(p.startswith(owner) for p in one.split("_")))
