"""Rule ``gone-since-release``: see the class."""

from __future__ import annotations

import re

from reviewer.claims.model import Claim, Kind
from reviewer.judging.mentions import is_glued, is_history, is_placeholder, severity_of
from reviewer.judging.references import replaced_by, spellings
from reviewer.program.older import Past, past_of
from reviewer.program.scope import in_sight
from reviewer.rule import Example, Reads, Rule
from reviewer.tree.model import Index, NameKind
from reviewer.verdict import Location, Tier, Verdict, broken
from reviewer.world import World

_NAMES = ("function", "identifier", "constant", "struct", "field", "lock")
_NO_SUCH = re.compile(
    r"\b(?:no longer|not (?:any )?more|does(?:n't| not) exist|(?:was|were|been|got|is|are) "
    r"(?:removed|renamed|replaced|dropped|gone)|removed|formerly|previously|used to|legacy|old name"
    r"|the old|history|changelog|originally)\b",
    re.I,
)
_AROUND = 120
"""Letters around a mention in which the comment may say itself that the name is gone."""
_LOCAL = frozenset((NameKind.LABEL,))


class GoneSinceRelease(Rule):
    """A name that an older release of this kernel defined is taken to be there still.

    Why it breaks: functions, macros, structs, members and locks are renamed and removed, comments
    keep the name. An older tree that had it, where this file could see it, proves that the word is
    a name of the kernel, however it is written; this tree, which has it nowhere in sight, proves
    that it is gone. No wording is needed.

    Where it still holds: the name is defined, used or pasted together anywhere in the kernel's own
    code that this file can see, under one of the usual spellings.

    Write instead: what took its place; the finding names it where one name of the file that
    defined the old one is new since then and alike.

    Limits: needs an older tree (``--was``). Names of one word without ``()`` are left alone: prose
    has them too. A comment that says itself that the name is gone is right.

    References: 86dd6c04ef9f ("sched/balancing: Rename scheduler_tick() => sched_tick()").
    """

    name = "gone-since-release"
    family = "references"
    since = "0.2"
    tier = Tier.PROVED
    tree_wide = True
    reads = (Reads(Kind.REFERS, object=_NAMES),)
    stale = (
        Example(
            """
            int pond_fill_all(void);

            /* Called by pond_fill_each_one() with the level low. */
            static int fill(void)
            {
                    return pond_fill_all();
            }
            """,
            words="pond_fill_each_one()",
            older={"mm/pond.c": "int pond_fill_each_one(void)\n{\n\treturn 1;\n}\n"},
        ),
        Example(
            """
            struct pond { int nr_fish; };

            /* nr_fish is kept by pond_inventory_mode */
            static int stocked(struct pond *pond)
            {
                    return pond->nr_fish > 0;
            }
            """,
            words="pond_inventory_mode",
            older={"mm/example.c": "static int pond_inventory_mode;\n"},
        ),
    )
    sound = (
        Example(
            """
            /* Called by pond_fill_all(), which was called pond_fill_each_one() before. */
            static int fill(void)
            {
                    return pond_fill_all();
            }
            """,
            older={"mm/pond.c": "int pond_fill_each_one(void)\n{\n\treturn 1;\n}\n"},
        ),
        Example(
            """
            /* As pond_fill_each_one() of the other driver. */
            static int fill(void)
            {
                    return 0;
            }
            """,
            older={"drivers/pond.c": "static int pond_fill_each_one(void)\n{\n\treturn 1;\n}\n"},
        ),
        Example(
            """
            int pond_fill_each_one(void);

            /* Called by pond_fill_each_one(). */
            static int fill(void)
            {
                    return 0;
            }
            """,
            older={"mm/pond.c": "int pond_fill_each_one(void)\n{\n\treturn 1;\n}\n"},
        ),
    )

    def judge(self, claim: Claim, world: World) -> Verdict | None:
        """Broken if an older tree defined the name in sight of the file, and this one does not."""
        term, index = claim.object, world.index
        if term is None or index is None or not world.older:
            return None
        called = term.concept == "function"
        name = re.split(r"->|\.|::", term.name)[-1]
        plain = called or name != term.name or term.concept in ("struct", "lock")
        if not name.isidentifier() or not (plain or "_" in name.strip("_")):
            return None  # prose has words too
        past = past_of(name, world.path, world.older)
        if past is None:
            return None
        if is_there(name, world, index, called=called):
            return None  # what it is today is another rule's question
        if is_placeholder(name) or is_glued(claim) or is_history(claim) or _says_so(claim):
            return None
        return _gone(claim, world, name, past)


def is_there(name: str, world: World, index: Index, *, called: bool) -> bool:
    """True if this tree has the name, in a sense that can be meant, in sight of the file."""
    if index.pasted(name) or index.in_strings(name):
        return True
    if any(index.used_in_kernel(form) for form in spellings(name)[1:]):
        return True
    if not index.used_in_kernel(name):
        return False
    if not called:
        return True
    for one in index.definitions(name):
        if one.kind not in _LOCAL and in_sight(world.path, one):
            return True
    return any(not use.mention for use in index.callers(name))


def _says_so(claim: Claim) -> bool:
    text = claim.comment.text
    return _NO_SUCH.search(text, max(0, claim.start - _AROUND), claim.end + _AROUND) is not None


def _gone(claim: Claim, world: World, name: str, past: Past) -> Verdict:
    was = past.definition
    owner = f" of struct {was.owner}" if was.owner and was.kind is NameKind.FIELD else ""
    since = f", gone since {past.gone}" if past.gone else ""
    places = [
        Location(world.path, claim.line, f"names {name}, which no code in sight has"),
        Location(was.path, was.line, f"in {past.label}: the {was.kind.value}{owner} {name}{since}"),
    ]
    today = replaced_by(name, was, world)
    hint = ""
    if today is not None:
        hint = f" {today.name} took its place."
        places.append(Location(today.path, today.line, f"{today.name} is defined"))
    return broken(
        f"The comment speaks of {name}, a {was.kind.value}{owner} that {past.label} had in "
        f"{was.path} and this tree has no more.{hint}",
        *places,
        severity=severity_of(claim),
        tier=Tier.PROVED,
    )
