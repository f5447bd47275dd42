"""Kconfig symbols that comments name and no Kconfig file defines."""

from __future__ import annotations

from reviewer.claims.model import Claim, Kind
from reviewer.claims.wording.mentions import is_record, says_it_is_gone
from reviewer.claims.wording.telling import is_glued, is_history
from reviewer.judging.asides import is_aside
from reviewer.judging.mentions import is_foreign, is_placeholder, severity_of
from reviewer.judging.references import no_index, tail_of
from reviewer.rule import Example, Reads, Rule
from reviewer.tree.model import NameKind
from reviewer.verdict import Location, Severity, Verdict, broken, holds
from reviewer.world import World

_MACRO = (NameKind.MACRO, NameKind.ENUMERATOR)


class VanishedConfig(Rule):
    """A configuration option that a comment names is taken to exist.

    Why it breaks: options are renamed and removed, and what the comment says of "with" or
    "without" the option is then said of no kernel that can be built.

    Where it still holds: if a Kconfig file of the tree defines the symbol, or code defines a
    macro of that name itself.

    Write instead: today's option, or drop the case.

    Limits: options of out-of-tree Kconfig files are taken for gone.
    """

    name = "vanished-config"
    family = "references"
    since = "0.1"
    severity = Severity.LOW
    tree_wide = True
    reads = (Reads(Kind.REFERS, object=("config",)),)
    stale = (
        Example(
            """
            /* Does nothing without CONFIG_POND_HEATING. */
            static void heat(void)
            {
            }
            """,
            words="CONFIG_POND_HEATING",
            files={"mm/Kconfig": "config POND\n\tbool\n"},
        ),
    )
    sound = (
        Example(
            """
            /* Does nothing without CONFIG_POND; CONFIG_POND_* and CONFIG_FOO are like it. */
            static void heat(void)
            {
            }
            """,
            files={"mm/Kconfig": "config POND\n\tbool\n"},
        ),
    )

    def judge(self, claim: Claim, world: World) -> Verdict | None:
        """Broken if neither Kconfig nor code defines the symbol."""
        term = claim.object
        if term is None or not term.name.startswith("CONFIG_"):
            return None
        name = term.name
        symbol = name.removeprefix("CONFIG_").removesuffix("_MODULE")
        if len(symbol) < 3 or symbol != symbol.strip("_") or is_placeholder(symbol):
            return None
        if is_record(claim) or any(
            known.endswith("_" + name) for known in world.source.identifiers()
        ):
            return None  # a register's or a record's name that begins the same way
        if claim.comment.text[claim.end :].lstrip().startswith("["):
            return None  # a field of a message, of which there are several
        if is_glued(claim) or is_foreign(claim, world, name):
            return None
        if is_history(claim) or says_it_is_gone(claim):
            return None
        index = world.index
        if index is None or not index.complete:
            return no_index(name)
        if index.config(symbol) or index.config(name.removeprefix("CONFIG_")):
            return holds(f"Kconfig defines {symbol}")
        if any(one.kind in _MACRO for one in index.senses(name)):
            return None
        if is_aside(claim, name, world) or tail_of(name, world):
            return None
        return broken(
            f"The comment speaks of {name}, but no Kconfig file of this tree defines {symbol}.",
            Location(world.path, claim.line, f"names {name}, which nothing defines"),
            severity=severity_of(claim),
        )
