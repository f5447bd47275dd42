"""Comments behind ``#endif`` and ``#else`` that name another condition."""

from __future__ import annotations

import re
from textwrap import shorten

from reviewer.claims.model import Claim, Kind
from reviewer.rule import Example, Reads, Rule
from reviewer.source.directives import Directive
from reviewer.source.layout import Layout
from reviewer.tree.likeness import is_one_slip
from reviewer.verdict import Location, Severity, Tier, Verdict, broken
from reviewer.world import World

_WORD = re.compile(r"\w+")
_UPPER = re.compile(r"_*[A-Z][A-Z0-9_]*")
_GLUE = frozenset(
    ["if", "ifdef", "ifndef", "end", "of", "not", "defined", "IS_ENABLED", "IS_REACHABLE"]
)
_NAME = re.compile(r"_*[A-Z][A-Z0-9_]{3,}")
_COMPLEMENT = re.compile(r"32|64|BIG|LITTLE|E[BL](?=_*\Z)")
"""What tells two options apart of which one is set where the other is not: X86_32, X86_64;
__MIPSEB__, __MIPSEL__."""
_ORDER = "ENDIAN"
_OPENS = ("if", "ifdef", "ifndef")
_BRANCHES = ("elif", "elifdef", "elifndef")


class EndifNamesItsCondition(Rule):
    """The comment behind an ``#endif`` is taken to name the condition that ends there.

    Why it breaks: the condition was changed at the top and the comment at the bottom forgotten,
    or the block was copied. Whoever reads the file from below thinks that code is built under an
    option that has nothing to do with it.

    Where it still holds: if the condition, or that of another branch of the same ``#if``, has
    one of the names. An ``#else`` may also name what the condition around it left open.

    Write instead: the condition, or nothing for a short block.

    Limits: a name at an ``#else`` that is neither denied nor a slip may be of what holds from there
    on: a hint (of six that were judged three were right). Only comments that are names and nothing
    else are read; parts of names count. An
    option that no Kconfig file has is the business of vanished-config.
    """

    name = "endif-names-its-condition"
    family = "references"
    since = "0.1"
    severity = Severity.LOW
    reads = (Reads(Kind.REFERS, object=("config", "identifier")),)
    stale = (
        Example(
            """
            #ifdef CONFIG_POND_HEATING
            int heat(void);
            #endif /* CONFIG_POND_DUCKS */
            """,
            words="CONFIG_POND_DUCKS",
            files={"mm/Kconfig": "config POND_DUCKS\n\tbool\n"},
        ),
    )
    sound = (
        Example(
            """
            #ifdef CONFIG_POND_HEATING
            int heat(void);
            #else /* !CONFIG_POND_HEATING */
            #if defined(CONFIG_POND_DUCKS) && defined(CONFIG_POND_SWANS)
            int swim(void);
            #endif /* CONFIG_POND_SWANS */
            #endif /* POND_HEATING */
            """
        ),
        Example(
            """
            #if !defined(CONFIG_POND_FROZEN) || defined(CONFIG_POND_DYNAMIC)
            #ifdef CONFIG_POND_DYNAMIC
            int swim(void);
            #else /* !CONFIG_POND_FROZEN */
            int dive(void);
            #endif
            #endif
            """
        ),
        Example(
            """
            #ifdef CONFIG_POND_32
            int swim(void);
            #else /* CONFIG_POND_64 */
            int dive(void);
            #endif /* CONFIG_POND_64 */
            """
        ),
        Example(
            """
            #if 0 /* #ifndef POND_ALONE */
            int swim(void);
            #endif /* POND_ALONE */
            """
        ),
    )

    def judge(self, claim: Claim, world: World) -> Verdict | None:
        """Broken if no branch of the condition has any of the names."""
        text = claim.comment.text.strip()
        if len(text) > 80 or not _only_names(text):
            return None
        layout = world.source.layout
        line = layout.line_start(claim.comment.start_byte)
        ending = layout.directive_touching(claim.comment.start_byte)
        if ending is None or ending.keyword not in ("endif", "else") or ending.start < line:
            return None
        names = _NAME.findall(text)
        chain = _chain(layout, ending)
        if not chain or not names or names[0] != (claim.object.name if claim.object else ""):
            return None
        index = world.index
        option = names[0].removeprefix("CONFIG_")
        if option != names[0] and index and index.complete and not index.config(option):
            return None  # that the option is gone says it all
        about = chain + _chain(layout, chain[0]) if ending.keyword == "else" else chain
        conditions = " ".join(one.rest for one in about)
        known = _NAME.findall(conditions) + _told(ending, world)
        if any(n in k or k in n or _same(n, k) for n in names for k in known):
            return None
        if any(_COMPLEMENT.sub("#", n) == _COMPLEMENT.sub("#", k) for n in names for k in known):
            return None
        if ending.keyword == "else" and _ORDER in text and _ORDER in conditions:
            return None  # the other order of bytes, however the condition spells it
        alternative = ending.keyword == "else" and "!" not in text and "not" not in text
        if alternative and not any(is_one_slip(n, k) for n in names for k in known):
            tier = Tier.HINT  # it may say what holds from here on, and is there under another name
        else:
            tier = None
        start = layout.line_of(chain[0].start)
        return broken(
            f"The comment names {names[0]}, but what ends here is the condition of line {start}: "
            f"#{chain[0].keyword} {shorten(chain[0].rest, 100, placeholder=' …')}",
            Location(world.path, start, "opens the condition"),
            tier=tier,
        )


def _told(ending: Directive, world: World) -> list[str]:
    """Names that stand on the lines of the branches themselves: ``#if 0 /* #ifndef POND */``."""
    layout, data = world.source.layout, world.source.data
    found: list[str] = []
    for one in _chain(layout, ending, (*_BRANCHES, "else")):
        end = data.find(b"\n", one.start)
        line = data[one.start : end if end >= 0 else len(data)]
        found += _NAME.findall(line.decode("utf-8", "replace"))
    return found


def _only_names(text: str) -> bool:
    """True if the comment is names of symbols and words of conditions, nothing else."""
    words = [word for word in _WORD.findall(text) if word not in _GLUE]
    return bool(words) and all(_UPPER.fullmatch(word) for word in words)


def _same(one: str, other: str) -> bool:
    return one.strip("_").removeprefix("CONFIG_") in other


def _chain(
    layout: Layout, ending: Directive, branches: tuple[str, ...] = _BRANCHES
) -> list[Directive]:
    """The ``#if`` that ``ending`` belongs to and its branches, in order."""
    depth = 0
    found: list[Directive] = []
    for one in reversed(layout.directives[: layout.directive_index(ending.start)]):
        if one.keyword == "endif":
            depth += 1
        elif one.keyword in _OPENS:
            if not depth:
                return [one, *reversed(found)]
            depth -= 1
        elif one.keyword in branches and not depth:
            found.append(one)
    return []
