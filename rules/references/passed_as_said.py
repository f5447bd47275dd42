"""Flags that a comment in a function says are passed there."""

from __future__ import annotations

import re

from reviewer.claims.model import Claim, Kind
from reviewer.claims.wording.flags import we_pass_it
from reviewer.judging.bodies import Body, body_of, reached
from reviewer.judging.place import function_around
from reviewer.kernel import primitive
from reviewer.rule import Example, Reads, Rule
from reviewer.tree.trace import traced_cache
from reviewer.verdict import Location, Tier, Verdict, agrees, broken, unknown
from reviewer.world import World

_FLAG = re.compile(r"[A-Z][A-Z0-9]*(?:_[A-Z0-9]+)+")


class PassedAsSaid(Rule):
    """ "We pass FLAG": a comment over a call explains a flag that the call is given.

    Why it breaks: the flag is no longer needed and goes, and the words that explained it stay.

    Where it still holds: the function spells the flag. Where what it calls does, it is undecided.

    Write instead: nothing; or what the call does without the flag.

    Limits: only flags in capitals, right behind "pass". That the right call gets it is not looked
    at.

    References: Documentation/process/coding-style.rst, "Commenting".
    """

    name = "passed-as-said"
    family = "references"
    since = "0.2"
    tier = Tier.HINT  # no finding of it has been read on a fresh draw yet
    reads = (Reads(Kind.REFERS, object=("identifier",)),)
    stale = (
        Example(
            """
            #define POND_RESERVE 4

            static int fill(struct pond *pond)
            {
                    /* We pass in the magic POND_RESERVE as the water was set aside. */
                    return pour(pond, 0);
            }
            """,
            words="POND_RESERVE",
        ),
    )
    sound = (
        Example(
            """
            #define POND_RESERVE 4

            static int fill(struct pond *pond)
            {
                    /* We pass in the magic POND_RESERVE as the water was set aside. */
                    return pour(pond, POND_RESERVE);
            }
            """
        ),
    )

    def judge(self, claim: Claim, world: World) -> Verdict | None:
        """Look for the flag in the function around."""
        name = claim.object.name if claim.object is not None else ""
        if _FLAG.fullmatch(name) is None or not we_pass_it(claim):
            return None
        function = function_around(claim, world)
        if function is None:
            return None
        if function.has_error:
            return unknown(f"{function.name}() could not be parsed")
        spelled = re.compile(rb"\b" + name.encode() + rb"\b")
        code = world.source.code(function.body_start, function.body_end)
        found = spelled.search(code)
        if found is not None:
            line = world.source.line_of(function.body_start + found.start())
            return agrees(f"{function.name}() has {name}", Location(world.path, line, name))
        body = body_of(world, function)
        for callee in _callees(world, body) if body is not None else ():
            if spelled.search(callee.code()):
                return unknown(f"{callee.name}() passes {name}, for {function.name}() or not")
        where = f"{function.name}() does not spell it"
        return broken(
            f"The comment says that {name} is passed here, but {where}.",
            Location(world.path, function.start_line, f"{function.name}()"),
        )


@traced_cache(maxsize=1)
def _callees(world: World, body: Body) -> tuple[Body, ...]:
    """What a body calls, and what that calls: asked again for each flag of a comment."""
    calls = reached(world, body, _is_known)
    return tuple(dict.fromkeys(one for call in calls for one in call.via))


def _is_known(name: str) -> bool:
    return primitive(name) is not None
