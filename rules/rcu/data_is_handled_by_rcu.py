"""Data said to be protected by RCU, and what its readers and writers do."""

from __future__ import annotations

import re

from reviewer.claims.model import Claim, Kind
from reviewer.evidence.fields import FILES_AT_MOST, Data, Touch, writes_of
from reviewer.evidence.named_data import handled_by_rcu, named_data
from reviewer.judging.holding import one_of_several
from reviewer.kernel.folders import OTHER_PROGRAMS
from reviewer.rule import Example, Reads, Rule
from reviewer.source.model import AnchorKind
from reviewer.verdict import Location, Tier, Verdict, agrees, broken, unknown
from reviewer.world import World

_POND = """
struct pond {
        struct fish *fish; /* protected by RCU */
        int depth;
};
"""


class DataIsHandledByRcu(Rule):
    """A pointer or list is said to be protected by RCU.

    Why it breaks: a lock or a reference count took RCU's place and the comment stayed, or the
    pointer is now read and written plainly.

    Where it still holds: some code publishes it with rcu_assign_pointer(), reads it with
    rcu_dereference() or walks it with a list primitive of RCU, or frees it with kfree_rcu().

    Write instead: what keeps the data alive today.

    Limits: one place that handles it so agrees, and nothing is said to hold: that every reader is
    in a section is for others. Broken, as a hint, only for a pointer of one struct that is written
    plainly where no file that spells it or its struct has anything of RCU.

    References: Documentation/RCU/whatisRCU.rst.
    """

    name = "data-is-handled-by-rcu"
    family = "rcu"
    since = "0.2"
    tier = Tier.HINT  # no finding of it has been read yet
    tree_wide = True
    reads = (Reads(Kind.PROTECTED, object=("rcu-reader",)),)
    stale = (
        Example(
            _POND
            + """
void stock(struct pond *pond, struct fish *fish)
{
        pond->fish = fish;
}
""",
            words="protected by RCU",
        ),
    )
    sound = (
        Example(
            _POND
            + """
void stock(struct pond *pond, struct fish *fish)
{
        rcu_assign_pointer(pond->fish, fish);
}
"""
        ),
        Example(
            _POND
            + """
void drain(struct pond *pond)
{
        struct fish *fish = pond->fish;

        pond->fish = NULL;
        synchronize_rcu();
        free_fish(fish);
}
"""
        ),
        Example(
            """
struct pond {
        int fish; /* protected by RCU */
};

void stock(struct pond *pond)
{
        pond->fish = 1;
}
"""
        ),
    )

    def judge(self, claim: Claim, world: World) -> Verdict | None:
        """Look for what handles the data as RCU asks."""
        if world.index is None or world.path.startswith(OTHER_PROGRAMS):
            return None
        if claim.object is None or claim.object.concept != "rcu-reader":
            return None
        names = named_data(claim, world)
        for name in names:
            places = list(handled_by_rcu(world, name))
            if places:
                return agrees(f"{name} is handled as RCU asks", *places[:4], partial=True)
        if not names:
            return None
        against = _plain(claim, names[0], world)
        return against or unknown(f"nothing was seen that handles {names[0]} by RCU's primitives")


def _plain(claim: Claim, name: str, world: World) -> Verdict | None:
    """Broken if the pointer under the comment is only ever written plainly."""
    anchor = claim.comment.anchor
    index = world.index
    assert index is not None
    if anchor.kind is not AnchorKind.FIELD or claim.about != "code" or claim.get("mode"):
        return None
    struct = anchor.name.partition(".")[0]
    declared = world.source.code(anchor.start_byte, anchor.end_byte)
    if re.search(rb"\*\s*" + re.escape(name.encode()) + rb"\s*;", declared) is None:
        return None
    if one_of_several(claim):
        return None
    # who publishes or frees the struct by RCU protects what hangs on it
    paths = dict.fromkeys((*index.files(name), *index.files(struct)))
    if len(paths) > FILES_AT_MOST or any(_knows_rcu(world, path) for path in paths):
        return None
    found = writes_of(world, Data(name, struct), "", (Touch.WRITE,))
    if found.why or not found.writes:
        return None
    return broken(
        f"The comment says that {name} is protected by RCU, but no file that spells it or its "
        f"struct uses RCU: {len(found.writes)} plain writes were seen, and nothing publishes, "
        "reads or frees it so.",
        *(
            Location(one.site.path, one.site.line, f"{one.site.caller.name}() writes it plainly")
            for one in found.writes[:4]
        ),
    )


def _knows_rcu(world: World, path: str) -> bool:
    """True if a file's code has a name of RCU at all."""
    source = world.file(path)
    return source is None or re.search(rb"\w*rcu", source.code(), re.I) is not None
