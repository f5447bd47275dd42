"""Comments that say that something of the kernel needs to be told what goes on here."""

from __future__ import annotations

import re
from collections.abc import Iterator

from reviewer.claims.model import Claim, Kind
from reviewer.errors import TreeError
from reviewer.judging.older_words import stood_already
from reviewer.judging.place import function_around
from reviewer.program.older import Older
from reviewer.rule import Example, Reads, Rule
from reviewer.source.file import SourceFile
from reviewer.source.model import Function
from reviewer.source.recent import parsed
from reviewer.verdict import Location, Tier, Verdict, agrees, broken, unknown
from reviewer.world import World

_CALL = re.compile(rb"(?<![\w.>])([a-z_]\w*)\s*\(")
_WORD = re.compile(r"[a-z]\w{2,}")
_TO_BE = re.compile(r"\s(?:needs?|has|have|wants?)\s")
_NOBODY = frozenset({"the", "and", "our", "all"})
_OLD = """
static void sleep_in(struct pond *pond)
{
        /* RCU needs to be told that the pond sleeps. */

        if (!pond->fish) {
                rcu_pond_enter();
                wait_for_spring(pond);
        }
}
"""


class ToldAsSaid(Rule):
    """ "The RCU framework needs to be told": a call below tells it.

    Why it breaks: the call moves deeper, to whoever knows better when, and the comment stays over
    code that tells nobody anything.

    Where it still holds: a function called behind the comment has the name of what is told. Where
    none has, it is undecided unless an older tree had one there, under the same comment.

    Write instead: nothing; or where it is told now.

    Limits: who is told is known by a word of the called function's name. What a function that is
    new there does is looked at only in the same file.

    References: Documentation/process/coding-style.rst, "Commenting".
    """

    name = "told-as-said"
    family = "references"
    since = "0.2"
    tier = Tier.HINT  # no finding of it has been read on a fresh draw yet
    reads = (Reads(Kind.IMPLIES, object=("told",)),)
    stale = (
        Example(
            _OLD.replace("rcu_pond_enter();\n", "pond_settle(pond);\n"),
            words="RCU needs to be told",
            older={"mm/example.c": _OLD},
        ),
    )
    sound = (
        Example(_OLD, older={"mm/example.c": _OLD}),
        Example(
            """
            static void pond_settle(struct pond *pond)
            {
                    rcu_pond_enter();
            }
            """
            + _OLD.replace("rcu_pond_enter();\n", "pond_settle(pond);\n"),
            older={"mm/example.c": _OLD},
        ),
        Example(
            _OLD.replace("rcu_pond_enter();\n", "pond_settle(pond);\n"),
            older={"mm/example.c": _OLD.replace("RCU", "Somebody")},
        ),
        Example(  # what was called above the comment, or has its verb, tells nobody
            _OLD.replace("rcu_pond_enter();\n", "pond_settle(pond);\n"),
            older={
                "mm/example.c": _OLD.replace(
                    "rcu_pond_enter();\n", "pond_needs_rest(pond);\npond_settle(pond);\n"
                ).replace("{\n        /*", "{\n        rcu_pond_leave();\n        /*")
            },
        ),
    )

    def judge(self, claim: Claim, world: World) -> Verdict | None:
        """Look for a call that tells it, here and in older trees."""
        function = function_around(claim, world)
        if function is None:
            return None
        if function.has_error:
            return unknown(f"{function.name}() could not be parsed")
        words = _who(claim)
        here = list(_calls(world.source, function))
        for name, line in here:
            if line > claim.line and words & _parts(name):
                return agrees(f"{name}() is called", Location(world.path, line, f"{name}()"))
        for older in reversed(world.older):
            was = _calls_there(claim, older, world, function)
            told = next((one for one in was if words & _parts(one[0])), None)
            if told is None:
                continue
            if any(words & _parts(name) for name in _names(world.source, function)):
                return unknown(f"{function.name}() speaks of it elsewhere")
            new = {name for name, _ in here} - {name for name, _ in was}
            moved = next((one for one in new if _may_tell(one, words, world)), "")
            if moved:
                return unknown(f"{moved}() may tell it")
            return broken(
                f"The comment says that something is told here, as {older.label} did by "
                f"{told[0]}(); {function.name}() calls nothing of that name any more.",
                Location(world.path, function.start_line, f"{function.name}()"),
            )
        return unknown("nothing called below the comment has the name of what is told")


def _who(claim: Claim) -> frozenset[str]:
    """The words of who is told: what stands before "needs to be"."""
    said = _TO_BE.split(claim.quote.lower(), maxsplit=1)[0]
    return frozenset(_WORD.findall(said)) - _NOBODY


def _calls(source: SourceFile, function: Function) -> Iterator[tuple[str, int]]:
    code = source.code(function.body_start, function.body_end)
    for match in _CALL.finditer(code):
        yield match[1].decode(), source.line_of(function.body_start + match.start())


def _names(source: SourceFile, function: Function) -> Iterator[str]:
    code = source.code(function.body_start, function.body_end)
    yield from (one.decode() for one in set(re.findall(rb"[A-Za-z_]\w*", code)))


def _calls_there(
    claim: Claim, older: Older, world: World, function: Function
) -> list[tuple[str, int]]:
    """What an older tree's function of the name calls behind the comment, if that stood there."""
    if not stood_already(claim, older, world):
        return []
    try:
        data = older.program.tree.read(world.path)
    except TreeError:
        return []
    source = parsed(world.path, data or b"")
    there = source.functions_named(function.name)
    if len(there) != 1:
        return []
    said = _plain(claim.quote)
    at = [
        one.end_line
        for one in source.comments
        if there[0].start_byte <= one.start_byte < there[0].end_byte and said in _plain(one.text)
    ]
    calls = _calls(source, there[0])
    return [one for one in calls if one[1] > at[0]] if len(at) == 1 else []


def _plain(text: str) -> str:
    return " ".join(text.replace("*", " ").split())


def _parts(name: str) -> frozenset[str]:
    return frozenset(name.lower().split("_"))


def _may_tell(name: str, words: frozenset[str], world: World) -> bool:
    """True if a function of this file that is called anew has the word in its code."""
    return any(
        words & _parts(spelled)
        for one in world.source.functions_named(name)
        for spelled in _names(world.source, one)
    )
