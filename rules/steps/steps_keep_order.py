"""Comments that say which of two steps comes first, in the function that takes both."""

from __future__ import annotations

from reviewer.claims.model import Claim, Kind
from reviewer.claims.wording.steps import due
from reviewer.evidence.orders import by_text
from reviewer.judging.context import where
from reviewer.judging.place import function_around, place_of
from reviewer.rule import Example, Reads, Rule
from reviewer.source.model import AnchorKind, Operation
from reviewer.verdict import Decision, Location, Tier, Verdict, broken, holds, unknown
from reviewer.world import World


class StepsKeepOrder(Rule):
    """This "must be done before foo()": the code below a comment and a call it names.

    Why it breaks: one of the two moves within the function, and the comment goes with neither.

    Where it still holds: the call that the comment names stands on the side it is said to be on,
    once, in the same function.

    Write instead: the order that is meant now, and why.

    Limits: only the order of the text counts, and only calls that are made once in the function;
    what branches and loops do with it is left out by asking that both run at the outermost level.
    Where they do not, or the two are calls of the function's callers, text in that order agrees.

    References: none; the order is the comment's own.
    """

    name = "steps-keep-order"
    family = "steps"
    since = "0.2"
    tier = Tier.HINT  # no finding of it has been read yet
    reads = (Reads(Kind.ORDERS, object=("function",)),)
    stale = (
        Example(
            """
            static void stock(struct pond *pond)
            {
                    open_gate(pond);
                    /* This must be done before open_gate(). */
                    fill_pond(pond);
            }
            """,
            words="must be done before open_gate()",
        ),
    )
    sound = (
        Example(
            """
            static void stock(struct pond *pond)
            {
                    /* This must be done before open_gate(). */
                    fill_pond(pond);
                    open_gate(pond);
            }
            """
        ),
    )

    def judge(self, claim: Claim, world: World) -> Verdict | None:
        """Find the named call, and see on which side of the place it stands."""
        side = due(claim)
        if claim.object is None or not side:
            return None
        verdict = _by_place(claim, side, world)
        if verdict is None or verdict.decision is Decision.UNKNOWN:
            return by_text(claim, side, world) or verdict
        return verdict


def _by_place(claim: Claim, side: str, world: World) -> Verdict | None:
    function = function_around(claim, world)
    if function is None or claim.object is None or claim.subject.concept != "code":
        return None
    if claim.comment.anchor.kind not in (AnchorKind.STATEMENTS, AnchorKind.BRANCH):
        return None
    if function.has_error:
        return unknown(f"{function.name}() could not be parsed")
    name = claim.object.name.rstrip("()")
    site = place_of(claim, function, world)
    facts = site.facts if site is not None else None
    calls = [op for op in facts.operations if op.name == name and not op.via] if facts else []
    if site is None or len(calls) != 1:
        return unknown(f"{function.name}() calls {name}() {len(calls)} times")
    call = calls[0]
    step = _step(site.facts.operations, site.at, world, claim)
    if step is None or step is call:
        return unknown("what the comment stands over is no one call")
    if call.arms != step.arms or call.conditions != step.conditions:
        return unknown(f"{name}() is called under another condition than the code here")
    if (step.start_byte < call.start_byte) is (side == "before"):
        return holds(
            f"{step.name}() comes {side} {name}() in {function.name}()",
            where(step, world.path),
            where(call, world.path),
        )
    if call.arms:
        return unknown(f"{name}() stands on the other side, in a branch or loop")
    return broken(
        f"The comment says that {step.name}() comes {side} {name}(), "
        f"but {function.name}() has them the other way round.",
        where(step, world.path),
        Location(world.path, call.line, f"{name}()"),
    )


def _step(
    operations: tuple[Operation, ...], at: int, world: World, claim: Claim
) -> Operation | None:
    """The one call of the first statement that the comment stands over."""
    code = world.source.code(at, max(at, claim.comment.anchor.end_byte))
    until = at + (code.find(b";") if b";" in code else len(code))
    inside = [op for op in operations if at <= op.start_byte < until and not op.via]
    return inside[0] if len(inside) == 1 else None
