"""Members that kernel-doc describes and the struct below it has not."""

from __future__ import annotations

from reviewer.claims.model import Claim, Kind
from reviewer.judging.aggregates import declared, may_bring_more, spelled
from reviewer.judging.mentions import is_placeholder
from reviewer.judging.references import replaced_by
from reviewer.program.older import Older, Past, past_of
from reviewer.rule import Example, Reads, Rule
from reviewer.source.model import AnchorKind
from reviewer.tree.likeness import is_one_slip
from reviewer.tree.model import Definition, NameKind
from reviewer.verdict import Location, Severity, Tier, Verdict, agrees, broken, unknown
from reviewer.world import World

_KINDS = (NameKind.FIELD, NameKind.ENUMERATOR, NameKind.LOCK)


class VanishedMember(Rule):
    """A member that kernel-doc describes is taken to be one of the struct below it.

    Why it breaks: a member is renamed or removed, its line of the kernel-doc stays (the reader
    looks for it in vain), or the two were spelled in two ways from the start. scripts/kernel-doc
    calls it an excess member, where somebody asks it.

    Where it still holds: if the body declares the name, in a nested struct too. Where it spells it
    as something else (a parameter, a type), or may get it from an included file, another struct or
    a macro, it is undecided.

    Write instead: the member of today, or nothing.

    Limits: the heading must name the struct, union or enum that follows; names that stand further
    right than the first are a callback's parameters, and left alone. That an older tree had
    the member there is proof that it went; without one it may never have been.

    References: Documentation/doc-guide/kernel-doc.rst, "Members".
    """

    name = "vanished-member"
    family = "references"
    since = "0.2"
    severity = Severity.LOW
    tree_wide = True
    reads = (Reads(Kind.REFERS, object=("member",)),)
    stale = (
        Example(
            """
            /**
             * struct pond - a pond
             * @depth: how deep it is
             * @width: how wide it is
             */
            struct pond {
                    int depth;
            };
            """,
            words="@width",
        ),
        Example(
            """
            /**
             * enum pond_state - what a pond is
             * @POND_FULL: to the brim
             * @POND_EMPTY: dry
             */
            enum pond_state { POND_FULL };
            """,
            words="@POND_EMPTY",
            older={"mm/example.c": "enum pond_state { POND_FULL, POND_EMPTY };\n"},
        ),
    )
    sound = (
        Example(
            """
            /**
             * struct pond - a pond
             * @depth: how deep it is
             * @ducks: who is on it
             * @shore.length: of the shore
             * @flags: the common part
             */
            struct pond {
                    struct POND_COMMON;
                    DECLARE_BITMAP(ducks, 8);
                    struct { int length; } shore;
                    int depth;
            };
            """
        ),
    )

    def judge(self, claim: Claim, world: World) -> Verdict | None:
        """Broken if the body that follows does not spell the name and nothing may bring it."""
        term, anchor = claim.object, claim.comment.anchor
        if term is None or is_placeholder(term.name):
            return None
        if anchor.kind is AnchorKind.FIELD and not claim.get("of"):
            return _inline(claim, term.name, anchor.name, world)
        if anchor.kind is not AnchorKind.STRUCT or anchor.name != claim.get("of"):
            return None
        name, tag = term.name, anchor.name
        at = Location(world.path, anchor.start_line, f"{tag} is defined")
        where = anchor.start_byte, anchor.end_byte
        if name in declared(world, tag, *where):
            return agrees(f"{tag} has {name}", at)
        if b"{" not in world.source.code(*where):
            return None
        if name in spelled(world, *where):
            return unknown(f"{tag} spells {name}, if not as the name of a member in sight")
        outer = term.text.removeprefix("@").removesuffix(name).rstrip(".->")
        if outer and outer in declared(world, tag, *where):
            return unknown(f"{tag} has {outer}, whose type may have {name}")
        if may_bring_more(world, *where):
            return unknown(f"{tag} has no {name} in sight, but a macro or a file may bring it")
        past = past_of(name, world.path, world.older, lambda one: _is_member(one, tag))
        if past is not None and _is_anothers(past, tag, world):
            past = None
        return _gone(claim, world, name, tag, past)


def _inline(claim: Claim, name: str, member: str, world: World) -> Verdict | None:
    """The verdict for kernel-doc inside of the body, above the member that it describes."""
    anchor = claim.comment.anchor
    tag, _, own = member.rpartition(".")
    if name == own:
        return agrees(f"it stands on {own}")
    if name in spelled(world, anchor.start_byte, anchor.end_byte):
        return unknown(f"what it stands on spells {name}, if not as its name")
    if not tag or not is_one_slip(name, own) or name in _named(tag, world):
        return None  # it may stand above several, or an #if
    return broken(
        f"The comment describes {name}, but what it stands on is {own} of {tag}.",
        Location(world.path, anchor.start_line, f"{own} is declared"),
    )


def _named(tag: str, world: World) -> frozenset[str]:
    """The members of whatever has the tag in the file."""
    return declared(world, tag.rpartition(".")[2], 0, world.source.size)


def _is_member(one: Definition, tag: str) -> bool:
    return one.owner == tag and one.kind in _KINDS


def _is_anothers(past: Past, tag: str, world: World) -> bool:
    """True if the struct that had the member is another one of that tag.

    It stands in another file, which has it still, or had it beside this file's.
    """
    where = past.definition.path
    if where == world.path or world.index is None:
        return False
    if any(one.path == where for one in world.index.senses(tag)):
        return True
    before = _older_of(past, world).program
    return any(one.path == world.path for one in before.definitions(tag))


def _gone(claim: Claim, world: World, name: str, tag: str, past: Past | None) -> Verdict:
    anchor = claim.comment.anchor
    places = [Location(world.path, anchor.start_line, f"{tag} is defined, without {name}")]
    message = f"The comment describes {name}, but {tag} has no such member"
    if past is None:
        today = _slip_of(name, claim, world)
    else:
        was, older = past.definition, _older_of(past, world)
        places.append(Location(was.path, was.line, f"in {past.label}: {name} of {tag}"))
        message += " any more: this patch takes it away" if past.by_patch else ""
        message += "" if past.by_patch else f" any more: {past.label} had it"
        new = replaced_by(name, was, older, world)
        today = new.name if new is not None else _slip_of(name, claim, world)
    hint = f" {today} is one." if today and today in _members(claim, world) else ""
    return broken(
        f"{message}.{hint}", *places, tier=Tier.PROVED if past is not None else Tier.STRONG
    )


def _older_of(past: Past, world: World) -> Older:
    return next(one for one in world.older if one.label == past.label)


def _members(claim: Claim, world: World) -> frozenset[str]:
    anchor = claim.comment.anchor
    return spelled(world, anchor.start_byte, anchor.end_byte)


def _slip_of(name: str, claim: Claim, world: World) -> str:
    """The one name of the body that the comment does not describe and is a letter away, or ''."""
    alike = [
        one
        for one in _members(claim, world)
        if is_one_slip(name, one) and f"@{one}" not in claim.comment.text
    ]
    return alike[0] if len(alike) == 1 else ""
