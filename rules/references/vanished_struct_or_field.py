"""Structs and fields that comments name and no code has."""

from __future__ import annotations

import re

from reviewer.claims.model import Claim, Kind
from reviewer.claims.wording.mentions import is_called_field, is_mapping
from reviewer.claims.wording.telling import example_code
from reviewer.judging.defined import is_defined_as, is_spelled_in
from reviewer.judging.members import struct_here, struct_in_file, struct_in_folder
from reviewer.judging.mentions import not_reported
from reviewer.judging.presence import is_gone, member_only_elsewhere
from reviewer.judging.references import gone, is_lock, no_index, short_for, there
from reviewer.rule import Example, Reads, Rule
from reviewer.tree.model import Index, NameKind
from reviewer.tree.trace import traced_cache
from reviewer.verdict import Location, Severity, Tier, Verdict, unknown
from reviewer.world import World

_PLAIN = re.compile(r"[a-z_][a-z0-9_]*")
_LONG = 6
"""Letters of a field of one word that is looked up with no struct in front."""
_AROUND = 2000
"""Letters on either side in which the comment may write another member of the variable."""


class VanishedStructOrField(Rule):
    """A struct or field that a comment names is taken to exist.

    Why it breaks: fields move to another struct or get a new name, structs are split and merged;
    comments go on explaining what a count or flag means that nobody keeps any more.

    Where it still holds: if code within reach of the file has the field's name (in whatever
    struct), or any code the struct's.

    Write instead: the field or struct that holds the value today.

    Limits: what is written with an arrow is no word of a message or of Kconfig's help, and not
    short for a function. A field of the same name in an unrelated struct within reach hides a
    stale mention; one that only other drivers or file systems have makes it a hint. Locks are the
    locking rules' business. Names are read as fields only behind ``->`` or ``struct x.``.
    """

    name = "vanished-struct-or-field"
    family = "references"
    since = "0.1"
    severity = Severity.LOW
    tree_wide = True
    reads = (Reads(Kind.REFERS, object=("struct", "field", "function", "identifier")),)
    stale = (
        Example(
            """
            struct pond { int fish; };

            /* Stocked ponds have pond->nr_fish above zero. */
            static int stocked(struct pond *pond)
            {
                    return pond->fish > 0;
            }
            """,
            words="pond->nr_fish",
        ),
        Example(
            """
            struct pond { int fish; };

            /* Stocked ponds have ->dynticks above zero. */
            static int stocked(struct pond *pond)
            {
                    pr_info("full dynticks are on");
                    return pond->fish > 0;
            }
            """,
            words="->dynticks",
        ),
        Example(
            """
            /* Takes its numbers from struct pond_inventory of the caller. */
            static int stocked(void)
            {
                    return 1;
            }
            """,
            words="struct pond_inventory",
        ),
        Example(
            """
            struct pond { int fish; };

            /* If pond->fish is set, then nothing is in pond->nr_eels. */
            static int stocked(struct pond *pond)
            {
                    return pond->fish > 0;
            }
            """,
            words="pond->nr_eels",
            path="fs/pond/pond.c",
            files={"drivers/river/river.c": "struct river {\n\tint nr_eels;\n};\n"},
        ),
    )
    sound = (
        Example(
            """
            struct pond { int fish; };

            /* If pond->fish is set, then nothing is in pond->nr_eels. */
            static int stocked(struct pond *pond)
            {
                    return pond->fish > 0;
            }
            """,
            path="fs/pond/pond.c",
            files={"fs/river.c": "struct river {\n\tint nr_eels;\n};\n"},
        ),
        Example(
            """
            struct pond { int nr_fish; };

            /* Stocked ponds have pond->nr_fish above zero, see &struct pond. */
            static int stocked(struct pond *pond)
            {
                    return pond->nr_fish > 0;
            }
            """
        ),
        Example(
            """
            /* Any struct foo_inventory will do; the struct was called pond_inventory before. */
            static int stocked(void)
            {
                    return 1;
            }
            """
        ),
    )

    def judge(self, claim: Claim, world: World) -> Verdict | None:
        """Broken if no code has the struct, or a field of that name."""
        term = claim.object
        if term is None or not term.name or example_code(claim):
            return None
        name, what = _subject(term.concept, term.name)
        if term.concept == "identifier" and is_called_field(claim):
            name, what = term.name, "field"
        if not name or is_lock(name) or not _PLAIN.fullmatch(name):
            return None
        if not_reported(claim, world, name):
            return None
        index = world.index
        if index is None or not index.complete:
            return no_index(name)
        elsewhere: tuple[Location, ...] = ()
        arrow = what == "field" and "->" in term.name
        if not is_gone(name, world, member=arrow):
            if what == "field":
                elsewhere = member_only_elsewhere(name, world, index)
            if not elsewhere:
                return there(name, world)
        elif name.endswith("s") and not is_gone(name[:-1], world):
            return there(name, world)
        if what == "field" and is_mapping(claim):
            return None  # a->b in words
        if what == "field" and not _is_known(claim, term.name, world, index):
            return unknown(f"no code has {name}, nor the variable that it is said to be in")
        near = short_for(name, world) or (_stem(name, world) if what == "struct" else "")
        whole = _is_whole(term.name, claim, world, index)
        if near and not whole and not (arrow and _is_only_called(near, world, index)):
            return unknown(f"no code has {name}, but it may be short for {near}")
        # Not measured on a draw of its own; and members by which assembly tells an offset.
        tier = Tier.HINT if elsewhere or world.path.endswith(".S") else None
        return gone(claim, world, name, what, whole=whole, elsewhere=elsewhere, tier=tier)


def _is_only_called(name: str, world: World, index: Index) -> bool:
    """True for a function of the file and no member: ``->depth`` is not short for one."""
    if is_defined_as(index, name, NameKind.FIELD):
        return False
    return re.search(rb"\b%b\s*\(" % name.encode(), world.source.code()) is not None


def _is_known(claim: Claim, written: str, world: World, index: Index) -> bool:
    """True if code of the folder has the variable of ``variable->name``, or there is none.

    Vendors' drivers and firmware have their own, which comments that came with them go on naming.
    One to which the comment gives another member that the file has is no such variable.
    """
    owner = re.split(r"->|\.", written)[0]
    if owner in ("", written, "current") or owner in world.source.identifiers():
        return True
    others = re.findall(rf"\b{re.escape(owner)}->(\w+)", _around(claim))
    if any(one in world.source.identifiers() for one in others):
        return True
    return is_spelled_in(index, owner, world.path.rpartition("/")[0])


def _is_whole(written: str, claim: Claim, world: World, index: Index) -> bool:
    """True if the one struct that the variable of ``variable->name`` points to has nothing like it.

    ``head->ref_list`` is not short for a ``skip_ref_list`` of what else the folder has.
    """
    owner, arrow, name = written.rpartition("->")
    structs = struct_here(owner, claim, world) or struct_in_file(owner, world)
    structs = structs or struct_in_folder(owner, world) or _struct_told(owner, name, claim, index)
    if not arrow or len(structs) != 1:
        return False
    members = index.members(structs[0])
    return bool(members) and not any(name in one for one in members)


def _struct_told(owner: str, name: str, claim: Claim, index: Index) -> tuple[str, ...]:
    """The one struct that has another member which the comment gives the same variable, or ()."""
    others = set(re.findall(rf"\b{re.escape(owner)}->(\w+)", _around(claim))) - {name}
    return _only_struct(index, tuple(sorted(others)))


@traced_cache(maxsize=1024, compared=True)
def _only_struct(index: Index, members: tuple[str, ...]) -> tuple[str, ...]:
    """The one struct that has any of some members, or ()."""
    found = {one.owner for name in members for one in index.senses(name) if one.owner}
    return tuple(found) if len(found) == 1 else ()


def _around(claim: Claim) -> str:
    return claim.comment.text[max(0, claim.start - _AROUND) : claim.end + _AROUND]


def _stem(name: str, world: World) -> str:
    """One of several names of the file that begin as the struct's, ``foo_in`` of ``foo``, or ''."""
    begun = sorted(one for one in world.source.identifiers() if one.startswith(name + "_"))
    return begun[0] if len(begun) > 1 else ""


def _subject(concept: str, written: str) -> tuple[str, str]:
    """The name to look up and what it is called, or ('', '')."""
    if concept == "identifier":
        return "", ""
    if concept == "struct":
        return (written, "struct") if "_" in written.strip("_") else ("", "")
    base, arrow, member = written.rpartition("->")
    if arrow and not base:
        plain = "_" in member.strip("_") or len(member) >= _LONG
        return (member, "field") if plain else ("", "")
    if not arrow and concept == "field" and written.count(".") == 1:
        return "", ""  # "e.g" and file.name and the like
    if not arrow or not re.fullmatch(r"[a-z_][a-z0-9_.>-]*", base):
        return "", ""
    member = member.rpartition(".")[2]
    return (member, "field") if len(member) > 3 else ("", "")
