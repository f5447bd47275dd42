"""Flags that a comment in a function says are passed there."""

from __future__ import annotations

import re

from reviewer.claims.model import Claim, Kind
from reviewer.claims.wording.flags import may_pass_it, value_passed, we_pass_it
from reviewer.evidence.then import Then, then
from reviewer.judging.bodies import Body, bodies, body_of, reached
from reviewer.judging.place import function_around
from reviewer.judging.statements import following
from reviewer.kernel import primitive
from reviewer.rule import Example, Reads, Rule
from reviewer.tree.model import NameKind
from reviewer.tree.trace import traced_cache
from reviewer.verdict import Location, Tier, Verdict, agrees, broken, unknown
from reviewer.world import World

_FLAG = re.compile(r"[A-Z][A-Z0-9]*(?:_[A-Z0-9]+)+")
_SPELLINGS = {
    "true": re.compile(rb"\b(?:true|TRUE|1)\b"),
    "false": re.compile(rb"\b(?:false|FALSE|0)\b"),
    "NULL": re.compile(rb"\b(?:NULL|0)\b"),
}
"""How code passes a value."""


class PassedAsSaid(Rule):
    """ "We pass FLAG", "use 'false' here": a comment over a call explains what the call is given.

    Why it breaks: the flag is no longer needed and goes, or the parameter does, and the words that
    explained it stay.

    Where it still holds: the function spells the flag. Where what it calls does, it is undecided,
    as is a value that stands elsewhere in the function; unless an older tree's function spelled it
    itself under the same words.

    Write instead: nothing; or what the call does without the flag.

    Limits: only flags in capitals, right behind "pass", and true, false and NULL where the comment
    says why. That the right call gets a flag is not looked at.

    References: Documentation/process/coding-style.rst, "Commenting".
    """

    name = "passed-as-said"
    family = "references"
    since = "0.2"
    tier = Tier.HINT  # no finding of it has been read on a fresh draw yet
    reads = (
        Reads(Kind.REFERS, object=("identifier",)),
        Reads(Kind.IMPLIES, object=("passed-value",)),
    )
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
        Example(
            """
            #define POND_RESERVE 4

            static int pour(struct pond *pond, int how)
            {
                    return pond->set_aside ? spill(pond, POND_RESERVE) : 0;
            }

            static int fill(struct pond *pond)
            {
                    /* We pass in POND_RESERVE if the water was set aside. */
                    return pour(pond, 0);
            }
            """,
            words="POND_RESERVE",
            older={
                "mm/example.c": """
            static int fill(struct pond *pond)
            {
                    /* We pass in POND_RESERVE if the water was set aside. */
                    return pour(pond, pond->set_aside ? POND_RESERVE : 0);
            }
            """
            },
        ),
        Example(
            """
            static int wade(struct pond *pond, int depth)
            {
                    return pond->depth < depth;
            }

            static int fill(struct pond *pond)
            {
                    /* Use 'false' as interrupts are off one level up. */
                    return wade(pond, pond->depth);
            }
            """,
            words="Use 'false' as",
        ),
    )
    sound = (
        Example(
            """
            #define POND_RESERVE 4
            #define POND_DEFAULT (POND_RESERVE | 1)

            static int fill(struct pond *pond)
            {
                    /* We pass in POND_RESERVE if the water was set aside. */
                    return pour(pond, pond->set_aside ? POND_DEFAULT : 0);
            }
            """,
            older={
                "mm/example.c": """
            static int fill(struct pond *pond)
            {
                    /* We pass in POND_RESERVE if the water was set aside. */
                    return pour(pond, pond->set_aside ? POND_RESERVE : 0);
            }
            """
            },
        ),
        Example(
            """
            static int fill(struct pond *pond, int how)
            {
                    /* We pass in POND_RESERVE if the water was set aside. */
                    return pour(pond, how);
            }
            """,
            older={
                "mm/example.c": """
            static int fill(struct pond *pond)
            {
                    /* We pass in POND_RESERVE if the water was set aside. */
                    return pour(pond, pond->set_aside ? POND_RESERVE : 0);
            }
            """
            },
        ),
        Example(
            """
            static int fill(struct pond *pond)
            {
                    bool deep = false;

                    /* Use 'false' as interrupts are off one level up. */
                    return wade(pond, deep);
            }
            """
        ),
        Example(
            """
            #define wade(pond) wade_in(pond, false)

            static int fill(struct pond *pond)
            {
                    /* Use 'false' as interrupts are off one level up. */
                    return wade(pond);
            }
            """
        ),
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
        """Look for the flag in the function around, for the value in the call below."""
        if claim.kind is Kind.IMPLIES:
            return _value(claim, world)
        name = claim.object.name if claim.object is not None else ""
        if _FLAG.fullmatch(name) is None or not may_pass_it(claim):
            return None
        function = function_around(claim, world)
        before = then(claim, world) if function is not None else None
        if function is None or not (before is not None or we_pass_it(claim)):
            return None
        if function.has_error:
            return unknown(f"{function.name}() could not be parsed")
        spelled = re.compile(rb"\b" + name.encode() + rb"\b")
        code = world.source.code(function.body_start, function.body_end)
        found = spelled.search(code)
        if found is not None:
            line = world.source.line_of(function.body_start + found.start())
            return agrees(f"{function.name}() has {name}", Location(world.path, line, name))
        if before is not None and before.line_of(name):
            return _went(name, before, spelled, world)
        if not we_pass_it(claim):
            return None
        body = body_of(world, function)
        for callee in _callees(world, body) if body is not None else ():
            if spelled.search(callee.code()):
                return unknown(f"{callee.name}() passes {name}, for {function.name}() or not")
        where = f"{function.name}() does not spell it"
        return broken(
            f"The comment says that {name} is passed here, but {where}.",
            Location(world.path, function.start_line, f"{function.name}()"),
        )


def _went(name: str, before: Then, spelled: re.Pattern[bytes], world: World) -> Verdict:
    """What an older tree passed under the same words, whoever else may pass it today.

    Not what comes by a parameter that is new, or by a macro or helper that is and has it.
    """
    function = before.now.name
    if set(before.now.parameters) - set(before.was.parameters):
        return unknown(f"{function}() may be given {name} by its callers today")
    mine = world.source.identifiers(before.now.body_start, before.now.body_end)
    theirs = before.source.identifiers(before.was.body_start, before.was.body_end)
    for word in sorted(mine - theirs):
        if _brings(word, spelled, world):
            return unknown(f"{word} has {name}")
    return broken(
        f"The comment says that {name} is passed here; {function}() of {before.label} spelled it "
        "under these words, and does not any more.",
        Location(world.path, before.now.start_line, f"{function}()"),
        Location(world.path, before.line_of(name), f"in {before.label}: {name}"),
    )


def _brings(word: str, spelled: re.Pattern[bytes], world: World) -> bool:
    """True if a helper, macro or constant has the flag."""
    if any(spelled.search(one.code()) for one in bodies(world, word)):
        return True
    for one in world.index.definitions(word) if world.index is not None else ():
        source = world.file(one.path)
        if source is not None and one.kind in (NameKind.MACRO, NameKind.ENUMERATOR):
            lines = source.data.split(b"\n")[one.line - 1 : max(one.line, one.end)]
            if spelled.search(b"\n".join(lines)):
                return True
    return False


def _value(claim: Claim, world: World) -> Verdict | None:
    """Whether the call below a comment is given the value that the comment says.

    A value that a variable or a macro may bring is undecided.
    """
    value = value_passed(claim)
    function = function_around(claim, world)
    below = following(world.source, claim.comment.end_byte)
    if function is None or below is None or not below.calls or claim.comment.trailing:
        return None
    spelled = _SPELLINGS[value]
    here = Location(world.path, below.line, below.text[:60])
    if spelled.search(below.text.encode()):
        return agrees(f"the call is given {value}", here)
    if spelled.search(world.source.code(function.body_start, function.body_end)):
        return unknown(f"{function.name}() has {value} elsewhere")
    known = [one for name in below.calls for one in bodies(world, name)]
    functions = {name for name in below.calls if any(f.name == name for f in known)}
    if functions != set(below.calls) or any(_may_be(one, value, spelled) for one in known):
        return unknown(f"what line {below.line} calls may be given {value} by another name")
    return broken(
        f"The comment says that {value} is passed here, but no call below it is given that.",
        here,
    )


def _may_be(callee: Body, value: str, spelled: re.Pattern[bytes]) -> bool:
    """True if a callee is a macro that has the value, or has a parameter that it may be given."""
    code = callee.code()
    head = code[: max(code.find(b"{"), 0)]
    if not head or code.startswith(b"#"):
        return spelled.search(code) is not None
    return b"bool" in head if value != "NULL" else b"*" in head


@traced_cache(maxsize=1)
def _callees(world: World, body: Body) -> tuple[Body, ...]:
    """What a body calls, and what that calls: asked again for each flag of a comment."""
    calls = reached(world, body, _is_known)
    return tuple(dict.fromkeys(one for call in calls for one in call.via))


def _is_known(name: str) -> bool:
    return primitive(name) is not None
