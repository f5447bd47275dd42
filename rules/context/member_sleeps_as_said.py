"""Members of operations tables that a comment says may sleep, or must not."""

from __future__ import annotations

import re
from itertools import islice

from reviewer.claims.model import Claim, Kind
from reviewer.claims.wording.contexts import is_noun, is_qualified
from reviewer.claims.wording.near import sentence_around
from reviewer.evidence.operations import (
    Implementation,
    described_member,
    implementations,
    names_another,
    parameters_of,
)
from reviewer.judging.callercontext import atomic_call
from reviewer.judging.callsites import sites_through
from reviewer.judging.context import first_sleep, sleep_reached, sleeping, where
from reviewer.judging.holding import one_of_several
from reviewer.kernel.folders import OTHER_PROGRAMS
from reviewer.rule import Example, Reads, Rule
from reviewer.tree.model import NameKind
from reviewer.verdict import Location, Tier, Verdict, agrees, broken, unknown
from reviewer.world import World

_ASKED_AT_MOST = 24
"""Implementations looked at for one claim."""


class MemberSleepsAsSaid(Rule):
    """An operation's comment says whether those who implement it may sleep.

    Why it breaks: an implementation takes a mutex, or allocates with GFP_KERNEL, where the core
    calls it with a spinlock held; or the core's lock changed and the comment stayed.

    Where it still holds: comment and code agree where an implementation sleeps that may, and where
    a call through a member that must not sleep is made in an atomic section.

    Write instead: might_sleep(), or an assertion of the core's lock, where the member is called.

    Limits: the tables of the first 16 files that have them. Whether a call may sleep through what
    it calls in other files is followed a few calls deep.

    References: Documentation/driver-api/clk.rst, "Locking", which says such rules for one table.
    """

    name = "member-sleeps-as-said"
    family = "context"
    since = "0.2"
    tier = Tier.HINT  # one finding in the headers of 6.12, wrong: it was said of the next member
    tree_wide = True
    reads = (
        Reads(Kind.FORBIDS, object=("may-sleep",)),
        Reads(Kind.IMPLIES, object=("may-sleep",)),
    )
    stale = (
        Example(
            """
            struct pond_ops {
                    /* Must not sleep. */
                    void (*pond_feed)(struct pond *pond);
            };

            static void carp_feed(struct pond *pond)
            {
                    mutex_lock(&pond->mutex);
                    pond->fish++;
                    mutex_unlock(&pond->mutex);
            }

            static const struct pond_ops carp_ops = {
                    .pond_feed = carp_feed,
            };
            """,
            words="Must not sleep",
        ),
    )
    sound = (
        Example(
            """
            struct pond_ops {
                    /* Must not sleep. */
                    void (*pond_feed)(struct pond *pond);
            };

            static void carp_feed(struct pond *pond)
            {
                    pond->fish++;
            }

            static const struct pond_ops carp_ops = {
                    .pond_feed = carp_feed,
            };

            void pond_tick(struct pond *pond)
            {
                    spin_lock(&pond->lock);
                    pond->ops->pond_feed(pond);
                    spin_unlock(&pond->lock);
            }
            """
        ),
        Example(
            """
            struct pond_ops {
                    /* This may sleep. */
                    void (*pond_feed)(struct pond *pond);
            };

            static void carp_feed(struct pond *pond)
            {
                    mutex_lock(&pond->mutex);
                    pond->fish++;
                    mutex_unlock(&pond->mutex);
            }

            static const struct pond_ops carp_ops = {
                    .pond_feed = carp_feed,
            };
            """
        ),
    )

    def judge(self, claim: Claim, world: World) -> Verdict | None:
        """Ask those who implement the member, and those who call it."""
        struct, member = described_member(claim)
        if not member or world.path.startswith(OTHER_PROGRAMS):
            return None
        if parameters_of(claim, member, world) is None:
            return None
        called = f"{struct}::{member}()"
        if _is_of_several(struct, world):
            return unknown(f"there are several structs {struct}, whose tables are not told apart")
        if names_another(claim, struct, member, world):
            return unknown(f"the comment names other members beside {called}")
        if claim.kind is Kind.IMPLIES and not claim.get("possible") and is_noun(claim):
            return unknown(f"{claim.quote.strip()!r} may be a noun here")
        found = list(islice(implementations(world, struct, member), _ASKED_AT_MOST))
        if claim.kind is Kind.IMPLIES:
            return _may(called, found, world)
        if is_qualified(claim) or _is_in_part(claim):
            return unknown(f"the comment says it of some calls of {called}, or of who calls it")
        if not one_of_several(claim):
            for one in found:
                against = _sleeps(called, one, world)
                if against is not None:
                    return against
        call = atomic_call(sites_through(world, member, struct), world)
        if call is not None:
            said, places = call
            return agrees(f"{said} calls {called} with preemption off", *places, partial=True)
        return unknown(f"none of {len(found)} implementations of {called} seen sleeps always")


_OF_OTHERS = re.compile(r"\bcallers?\b|\b(?:if|when|once|unless)\b", re.I)
_IN_PART = re.compile(
    r"\b(?:with|while|when|during|between|under|unless|until|here|if|once)\b", re.I
)
"""What says, before and behind, that others or only some calls of the member must not sleep."""


def _is_in_part(claim: Claim) -> bool:
    before, after = sentence_around(claim)
    return _OF_OTHERS.search(before + claim.quote) is not None or _IN_PART.search(after) is not None


def _is_of_several(struct: str, world: World) -> bool:
    """True if the kernel has several structs of that name, as drivers have for themselves."""
    found = world.index.senses(struct) if world.index is not None else ()
    places = [one for one in found if one.kind is NameKind.STRUCT]
    return len([one for one in places if not one.path.startswith(OTHER_PROGRAMS)]) > 1


def _sleeps(called: str, one: Implementation, world: World) -> Verdict | None:
    """Broken if an implementation sleeps on every way through it."""
    facts = world.function_facts(one.function, one.source)
    sleep = first_sleep(facts, one.function, one.source)
    if sleep is None:
        return None
    name = one.function.name
    return broken(
        f"The comment says that {called} does not sleep, but {name}(), which is put there, calls "
        f"{sleep.name}() on every path.",
        where(sleep, one.source.path),
        _put(one),
    )


def _may(called: str, found: list[Implementation], world: World) -> Verdict:
    """Agrees if an implementation may sleep, itself or in what it calls."""
    for one in found:
        asleep = sleeping(world.function_facts(one.function, one.source))
        if asleep is not None:
            said = f"{one.function.name}(), put into {called}, may sleep in {asleep.name}()"
            return agrees(said, _put(one), where(asleep, one.source.path))
    for one in found[:_FOLLOWED]:
        call = sleep_reached(World(one.source, world.library), one.function)
        if call is not None:
            said = f"{one.function.name}(), put into {called}, may sleep in {call.name}()"
            return agrees(said, _put(one), Location(call.path, call.line, f"{call.name}()"))
    return unknown(f"none of {len(found)} implementations of {called} seen is known to sleep")


_FOLLOWED = 4
"""Implementations whose calls are followed as well."""


def _put(one: Implementation) -> Location:
    return Location(one.source.path, one.line, f"{one.function.name}() is put there")
