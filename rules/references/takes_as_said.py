"""Calls in comments that give a function more than it takes."""

from __future__ import annotations

import re

from reviewer.claims.model import Claim, Kind
from reviewer.claims.wording.telling import example_code
from reviewer.judging.asides import is_aside
from reviewer.judging.mentions import (
    is_foreign,
    is_no_mention,
    is_said_to_be_foreign,
    severity_of,
)
from reviewer.kernel.expressions import arguments_of
from reviewer.program.scope import in_sight, within_reach
from reviewer.rule import Example, Reads, Rule
from reviewer.tree.model import Definition, Index, NameKind
from reviewer.tree.trace import traced_cache
from reviewer.verdict import Location, Severity, Tier, Verdict, broken, holds, unknown
from reviewer.world import Library, World

_DEFINITIONS_AT_MOST = 4
"""A function that more files define is each file's own."""
_CODE = (NameKind.FUNCTION, NameKind.PROTOTYPE)
_ARGUMENT = re.compile(r"[&*@%]*[A-Za-z_][\w.\[\]]*(?:->\w+)*(?: ?\*?\w+)?|-?\d\w*")
"""A name, with a type before it or not, or a number."""
_SECTION = re.compile(r"\d\w?")
"""``open(2)``: a section of the manual."""
_MACRO = re.compile(r"(?!void\b)\w+")
"""A parameter of one word is a macro, which may stand for several: ``POND_ARGS``."""


class TakesAsSaid(Rule):
    """A call that a comment writes out is taken to be one that the function of today takes.

    Why it breaks: a parameter goes, the calls in code are changed with it or do not compile, the
    one in the comment stays: what it says of that argument is about nothing.

    Where it still holds: if the function takes as many; fewer are often written, where the others
    do not matter. A macro, a member that is called, and a function that the file does not see may
    take more, and are undecided.

    Write instead: the call as it is today.

    Limits: arguments must be names or numbers. Functions with a variable number of parameters or
    with one that a macro spells, and those that more than four files define, are left alone. Code
    that was put into a comment is too.

    References: Documentation/doc-guide/kernel-doc.rst, "Function documentation".
    """

    name = "takes-as-said"
    family = "references"
    since = "0.2"
    tier = Tier.HINT  # no finding of it has been read on a fresh draw yet
    severity = Severity.LOW
    tree_wide = True
    reads = (Reads(Kind.REFERS, object=("function",)),)
    stale = (
        Example(
            """
            static int pond_fill(struct pond *pond)
            {
                    return pond->depth;
            }

            /* Runs pond_fill(pond, level) first. */
            static int flood(struct pond *pond)
            {
                    return pond_fill(pond) + 1;
            }
            """,
            words="pond_fill(pond, level)",
        ),
    )
    sound = (
        Example(
            """
            static int pond_fill(struct pond *pond, int level)
            {
                    return pond->depth + level;
            }

            int pond_drain(struct pond *pond, ...)
            {
                    return pond->depth;
            }

            static int pond_flow(void)
            {
                    return 1;
            }

            /*
             * Runs pond_fill(pond), pond_fill(pond, level), pond_drain(pond, 1, 2), and
             * pond_flow(2) of the manual.
             */
            static int flood(struct pond *pond)
            {
                    return pond_fill(pond, pond_flow()) + pond_drain(pond, 1);
            }
            """
        ),
        Example(
            """
            #define pond_fill(pond, level) fill_it(pond, level)

            /* Runs pond_fill(pond, level, now) of its own. */
            static int flood(struct pond *pond)
            {
                    return pond_fill(pond, 1);
            }
            """
        ),
        Example(
            """
            #define POND_ARGS int level, int rain

            static int pond_fill(struct pond *pond, POND_ARGS)
            {
                    return pond->depth + level + rain;
            }

            /* Runs pond_fill(pond, level, rain) first. */
            static int flood(struct pond *pond)
            {
                    return pond_fill(pond, 1, 2);
            }
            """
        ),
    )

    def judge(self, claim: Claim, world: World) -> Verdict | None:
        """Compare the number of arguments with that of the parameters of each definition."""
        term, index = claim.object, world.index
        if term is None or index is None or not index.complete:
            return None
        given = _given(claim.quote)
        if not given or example_code(claim) or is_no_mention(claim, world, term.name):
            return None
        if _is_no_code(index, term.name, world.path):
            return None
        found = [one for one in index.definitions(term.name) if one.kind is NameKind.FUNCTION]
        seen = [one for one in found if in_sight(world.path, one)]
        if not seen or len(found) > _DEFINITIONS_AT_MOST:
            return None
        if _is_others(claim, world, seen[0]):
            return None
        taken = _all_taken(world.library, term.name)
        if None in taken:
            return unknown(f"what {term.name}() takes cannot be told")
        most = max(one for one in taken if one is not None)
        if len(given) <= most:
            return holds(f"{term.name}() takes as many") if len(given) == most else None
        if is_aside(claim, term.name, world):
            return unknown(f"{term.name}() takes less, but the comment may speak of another")
        said = _number(len(given))
        return broken(
            f"The comment gives {term.name}() {said}, but it takes {most or 'none'}.",
            Location(seen[0].path, seen[0].line, f"{term.name}() is defined"),
            severity=severity_of(claim),
        )


def _given(quote: str) -> tuple[str, ...]:
    """The arguments of a call as a comment writes it, () if they are not all plain."""
    inside = " ".join(quote.partition("(")[2].rpartition(")")[0].replace("*\n", " ").split())
    given = tuple(one.strip() for one in inside.split(","))
    if not all(_ARGUMENT.fullmatch(one) for one in given) or given == ("void",):
        return ()
    return () if len(given) == 1 and _SECTION.fullmatch(given[0]) else given


def _is_others(claim: Claim, world: World, seen: Definition) -> bool:
    """True if another program's function of the name may be meant.

    A folder whose code came from elsewhere speaks of the kernel's where a header for all has it.
    """
    if seen.path.startswith("include/"):
        return is_said_to_be_foreign(claim, seen.name)
    return is_foreign(claim, world, seen.name)


@traced_cache(maxsize=1024, compared=True)
def _is_no_code(index: Index, name: str, path: str) -> bool:
    """True if something else than code may be meant by a name in a file."""
    return any(one.kind not in _CODE and within_reach(path, one.path) for one in index.senses(name))


@traced_cache(maxsize=1024, compared=True)
def _all_taken(library: Library, name: str) -> tuple[int | None, ...]:
    """How many parameters each function of a name has."""
    found = library.index.definitions(name) if library.index is not None else ()
    return tuple(_taken(one, library) for one in found if one.kind is NameKind.FUNCTION)


def _taken(one: Definition, library: Library) -> int | None:
    """How many parameters a definition has; None if it is variable, or not C as it is written."""
    source = library.source(one.path)
    if source is None:
        return None
    for function in source.functions:
        if function.name == one.name and function.start_line <= one.line <= function.end_line:
            head = source.code(function.start_byte, function.body_start)
            listed = re.search(rb"\b%b\s*\(" % one.name.encode(), head)
            if b"..." in head or listed is None:
                return None
            taken = arguments_of(head[listed.end() :].decode("latin-1"))
            if any(_MACRO.fullmatch(part.strip()) for part in taken):
                return None
            return len([name for name in function.parameters if name])
    return None


def _number(count: int) -> str:
    return f"{count} arguments" if count > 1 else "an argument"
