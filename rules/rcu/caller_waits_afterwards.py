"""Callers told to wait for a grace period, or to flush, after the call, who do not."""

from __future__ import annotations

import re

from reviewer.claims.model import Claim, Kind
from reviewer.claims.wording.waits import left_to_callers, said_domain
from reviewer.judging.bodies import Call, body_of, reach, reached
from reviewer.judging.callsites import Site, sites_of
from reviewer.judging.grace import flavour_of, is_of_domain
from reviewer.judging.holding import documented
from reviewer.kernel import primitive
from reviewer.kernel.folders import OTHER_PROGRAMS
from reviewer.rule import Example, Reads, Rule
from reviewer.source.model import Operation
from reviewer.verdict import Breaks, Location, Severity, Verdict, agrees, broken, holds, unknown
from reviewer.world import World

_WAITS = ("rcu.synchronize", "rcu.barrier", "tlb.flush", "cache.flush", "barrier")
_LEAVES = re.compile(rb"\b(?:return|goto|break|continue)\b")
_SHOWN = 3
_AT_MOST = 8
"""Callers beyond which what all of them reach is not worth the time."""


class CallerWaitsAfterwards(Rule):
    """The caller is told to wait for readers, or to flush, after the call, and is taken to do so.

    Why it breaks: the callers change to another wait (an expedited one, a callback), or the wait
    moves into the function or goes away, and the comment goes on to ask for the old one. Whoever
    adds a caller does what no other caller does.

    Where it still holds: if every caller itself does what the comment says, behind the call and on
    every way. A caller that waits by other means than the same primitive, expedited or not, or
    sometimes, or before the call, leaves it undecided.

    Write instead: the primitive that the callers use.

    Limits: "the caller must call X() afterwards" and "must be followed by X()" over a function
    all of whose callers can be read. What these call through pointers, or deeper than is looked,
    may wait: unknown.

    References: Documentation/RCU/checklist.rst.
    """

    name = "caller-waits-afterwards"
    family = "rcu"
    since = "0.1"
    tree_wide = True
    reads = (Reads(Kind.REFERS, object=("function", "identifier")),)
    stale = (
        Example(
            """
            /*
             * Tells the terns of a new nest.
             * The caller must invoke synchronize_srcu(&t->srcu) afterwards.
             */
            void tern_moved(struct tern *t)
            {
                    t->moved++;
            }

            static void tern_move(struct tern *t)
            {
                    tern_moved(t);
                    synchronize_srcu_expedited(&t->srcu);
            }
            """,
            words="synchronize_srcu(&t->srcu)",
            breaks="reason",
        ),
        Example(
            """
            /* Callers should call synchronize_rcu() after this. */
            static void tern_hide(struct tern *t)
            {
                    t->hidden = 1;
            }

            void tern_dive(struct tern *t)
            {
                    tern_hide(t);
            }
            """,
            words="synchronize_rcu()",
            breaks="result",
        ),
    )
    sound = (
        Example(
            """
            /* The caller must invoke synchronize_srcu(&t->srcu) afterwards. */
            static void tern_moved(struct tern *t)
            {
                    t->moved++;
            }

            static void tern_wait(struct tern *t)
            {
                    synchronize_srcu(&t->srcu);
            }

            static void tern_move(struct tern *t)
            {
                    tern_moved(t);
                    tern_wait(t);
            }
            """
        ),
        Example(
            """
            /* Callers must call synchronize_rcu() afterwards. */
            void tern_hide(struct tern *t)
            {
                    t->hidden = 1;
            }

            static const struct tern_ops ops = { .hide = tern_hide };

            void tern_dive(struct tern *t)
            {
                    tern_hide(t);
            }
            """
        ),
        Example(
            """
            /* Callers must call synchronize_rcu() afterwards. */
            static void tern_hide(struct tern *t)
            {
                    t->hidden = 1;
            }

            static void tern_dive(struct tern *t)
            {
                    tern_hide(t);
            }

            void tern_leave(struct tern *t)
            {
                    tern_dive(t);
                    synchronize_rcu();
                    kfree(t);
            }
            """
        ),
        Example(
            """
            /* Callers must call synchronize_rcu() afterwards. */
            static void tern_hide(struct tern *t)
            {
                    t->hidden = 1;
            }

            void tern_leave(struct tern *t)
            {
                    tern_hide(t);
                    kfree_rcu(t, rcu);
            }
            """
        ),
    )

    def judge(self, claim: Claim, world: World) -> Verdict | None:
        """Broken if no caller within reach does what the comment tells callers to do."""
        name = claim.object.name.rstrip("()") if claim.object is not None else ""
        if not name or world.path.startswith(OTHER_PROGRAMS):
            return None
        if not left_to_callers(claim) or not _is_wait(name):
            return None
        function = documented(claim, world)
        if function is None:
            return None
        sites = sites_of(world, function)
        if sites.why or sites.unread or not sites.known:
            return unknown(sites.why or f"not every caller of {function.name}() can be read")
        if len(sites.known) > _AT_MOST:
            return unknown(f"{function.name}() has more than {_AT_MOST} callers")
        own = _waits(world, Site(world.source, function, world.function_facts(function), 0), name)
        if own:
            return unknown(f"{function.name}() itself reaches {own[0].name}()")
        found = [(site, _waits(world, site, name)) for site in sites.known]
        doing = [(site, one) for site, calls in found for one in calls if one.name == name]
        if doing:
            behind = [_wait_behind(site, name, said_domain(claim)) for site in sites.known]
            if None in behind:
                return unknown(
                    f"not every caller of {function.name}() is seen to reach {name}() behind it"
                )
            where = [
                Location(call.path, call.line, f"{call.name}(), for {site.caller.name}()")
                for site, call in doing
            ]
            said = f"every caller of {function.name}() reaches {name}()"
            itself = all(one is not None and not one.via for one in behind)
            sure = itself and len(doing) == len(found)
            return holds(said, *where) if sure else agrees(said, *where)
        return _judged(function.name, name, found, world)


def _judged(
    function: str, name: str, found: list[tuple[Site, list[Call]]], world: World
) -> Verdict:
    """Nobody does what is asked: another wait in its place, or none at all?"""
    twin = _twin(name)
    if all(any(call.name == twin for call in calls) for _, calls in found):
        shown = [next(call for call in calls if call.name == twin) for _, calls in found][:_SHOWN]
        return broken(
            f"The comment tells callers of {function}() to call {name}() afterwards; "
            f"what they call is {twin}().",
            *(Location(call.path, call.line, f"{call.name}()") for call in shown),
            severity=Severity.LOW,
        )
    if any(calls for _, calls in found):
        return unknown(f"callers of {function}() wait by other means than {name}()")
    for site, _ in found:
        here = World(site.source, world.library)
        body = body_of(here, site.caller)
        left_out = reach(here, body, _is_wait).unseen if body is not None else "it cannot be read"
        if left_out:
            return unknown(f"{site.caller.name}() is not seen to wait, but {left_out}")
        above = sites_of(here, site.caller)
        if above.why or above.unread or any(_waits(here, one, name) for one in above.known):
            return unknown(f"callers of {site.caller.name}() may wait")
    return broken(
        f"The comment tells callers of {function}() to call {name}() afterwards, but none of its "
        f"callers does, nor anything they call.",
        *(
            Location(site.path, site.line, f"{site.caller.name}() calls {function}()")
            for site, _ in found[:_SHOWN]
        ),
        breaks=Breaks.RESULT,
    )


def _wait_behind(site: Site, name: str, domain: str) -> Operation | None:
    """The wait that comes after the call, with no way out between; its helper may have one."""
    operations = site.facts.operations
    call = operations[site.number]
    for one in operations[site.number + 1 :]:
        between = site.source.code(call.start_byte, max(one.start_byte, call.start_byte))
        if one.name == name and one.arms == call.arms[: len(one.arms)]:
            same = not one.via or one.flow is call.flow
            same = same and set(one.conditions) <= set(call.conditions)
            same = same and is_of_domain(name, one.arguments, domain)
            return one if same and not _LEAVES.search(between) else None
    return None


def _is_wait(name: str) -> bool:
    return _kind(name) != ""


def _kind(name: str) -> str:
    """What sort of wait a primitive is: the concept of the catalogue, cut to its first parts."""
    flavour = flavour_of(name)
    if flavour is not None:
        return f"grace period of {flavour.value}"
    known = primitive(name)
    tags = [] if known is None else [tag.concept for tag in known.tags]
    return next((root for root in _WAITS for tag in tags if tag.startswith(root)), "")


def _twin(name: str) -> str:
    """The same wait, expedited or not."""
    return name.removesuffix("_expedited") if name.endswith("_expedited") else name + "_expedited"


def _waits(world: World, site: Site, name: str) -> list[Call]:
    """Waits of the kind of ``name`` within reach of a caller."""
    kind = _kind(name)
    body = body_of(World(site.source, world.library), site.caller)
    return [
        call
        for call in (reached(world, body, _is_wait) if body is not None else ())
        if call.name == name or _kind(call.name) == kind
    ]
