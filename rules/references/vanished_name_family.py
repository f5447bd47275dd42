"""Families of names (``POND_DUCK_*``) of which code has no member."""

from __future__ import annotations

from reviewer.claims.model import Claim, Kind
from reviewer.claims.wording.mentions import family_named
from reviewer.claims.wording.telling import example_code, in_table, is_history
from reviewer.judging.mentions import is_foreign, severity_of
from reviewer.judging.references import no_index
from reviewer.rule import Example, Reads, Rule
from reviewer.verdict import Location, Severity, Tier, Verdict, broken
from reviewer.world import World

_WORDS_AT_LEAST = 2


class VanishedNameFamily(Rule):
    """A family of names that a comment writes with a star or XXX is taken to have members.

    Why it breaks: the common beginning was renamed with all who share it, or was mistyped from
    the start; a search for what the comment says finds nothing.

    Where it still holds: if any name of the tree begins so, or a pasting macro may form one.

    Write instead: the beginning that the names have today.

    Limits: the beginning must have two words and stand in the comment with ``*`` or ``XXX``
    behind it; names of registers are known only as far as the tree defines them.
    """

    name = "vanished-name-family"
    family = "references"
    tier = Tier.HINT
    since = "0.1"
    severity = Severity.LOW
    tree_wide = True
    reads = (Reads(Kind.REFERS, object=("identifier", "function", "constant")),)
    stale = (
        Example(
            """
            enum { POND_DUCK_GREY, POND_DUCK_WHITE };

            /* Helper to turn POND_POND_DUCK_XXX into a word. */
            const char *duck_word(int duck);
            """,
            words="POND_POND_DUCK_XXX",
        ),
    )
    sound = (
        Example(
            """
            enum { POND_DUCK_GREY, POND_DUCK_WHITE };

            /* Helper to turn POND_DUCK_XXX and POND_DUCK_* into a word. */
            const char *duck_word(int duck);
            """
        ),
    )

    def judge(self, claim: Claim, world: World) -> Verdict | None:
        """Broken if no name of the tree begins as the family does."""
        term = claim.object
        if term is None or not term.name:
            return None
        spelled, prefix = family_named(claim)
        if not prefix or in_table(claim) or example_code(claim):
            return None
        if len([part for part in prefix.split("_") if part]) < _WORDS_AT_LEAST:
            return None
        if is_history(claim) or is_foreign(claim, world, prefix):
            return None
        index = world.index
        if index is None or not index.complete:
            return no_index(prefix)
        if index.beginning(prefix) != () or index.beginning(prefix.lower()) != ():
            return None
        if any(known.startswith(prefix) for known in world.source.identifiers()):
            return None
        return broken(
            f"The comment speaks of {spelled}, but no name of this tree begins with {prefix}.",
            Location(world.path, claim.line, f"names {spelled}, which nothing matches"),
            severity=severity_of(claim),
        )
