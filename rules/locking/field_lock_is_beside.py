"""Locking rules of struct fields that name a lock the struct does not have."""

from __future__ import annotations

import re

from reviewer.claims.lock_names import lock_name
from reviewer.claims.model import Claim, Kind
from reviewer.claims.wording.mentions import member_behind
from reviewer.judging.locks import is_gone, is_placeholder, spelled_otherwise
from reviewer.kernel.folders import OTHER_PROGRAMS
from reviewer.rule import Example, Reads, Rule
from reviewer.source.model import AnchorKind
from reviewer.tree.model import NameKind, Sense
from reviewer.verdict import Location, Verdict, broken, unknown
from reviewer.world import World

_DATA = frozenset((NameKind.LOCK, NameKind.VARIABLE, NameKind.FIELD, NameKind.MACRO))


class FieldLockIsBeside(Rule):
    """A comment on a struct field says which lock protects it; the lock is taken to be there.

    Why it breaks: the lock is removed from the struct (an xarray has one of its own, a refcount
    needs none), or moves to another struct, and the comments on the fields it protected stay. A
    name that some other code uses too (inode_lock is a function) hides this from a search.

    Where it still holds: if the struct has the lock, or any code of the file, of its folder or of
    a header for all defines or uses a lock of that name.

    Write instead: the lock that protects the field today.

    Limits: only names written @lock, as members are; a lock named with an owner (foo->lock) is
    another rule's, as is a name that the whole tree has lost.

    References: Documentation/doc-guide/kernel-doc.rst (members are written @member).
    """

    name = "field-lock-is-beside"
    family = "locking"
    since = "0.1"
    tree_wide = True
    reads = (Reads(Kind.PROTECTED, object=("lock",)), Reads(Kind.REQUIRES, object=("lock",)))
    stale = (
        Example(
            """
            struct pond {
                    /* All ducks, protected by @duck_lock. */
                    struct xarray ducks;
                    spinlock_t fish_lock;
            };
            """,
            words="protected by @duck_lock",
            path="fs/example.h",
            files={"drivers/other.c": "static void duck_lock(struct duck *d) { }"},
        ),
    )
    sound = (
        Example(
            """
            struct pond {
                    /* All ducks, protected by @duck_lock. */
                    struct xarray ducks;
                    spinlock_t duck_lock;
            };
            """,
            path="fs/example.h",
        ),
        Example(
            """
            struct pond {
                    /* All ducks, protected by @duck_mutex. */
                    struct list_head ducks;
            };
            """,
            path="fs/example.h",
            files={"fs/example.c": "static DEFINE_MUTEX(duck_mutex);"},
        ),
    )

    def judge(self, claim: Claim, world: World) -> Verdict | None:
        """Broken if neither the struct, nor anything near, has a lock of the name."""
        anchor = claim.comment.anchor
        index = world.index
        if claim.object is None or anchor.kind is not AnchorKind.FIELD:
            return None
        if world.path.startswith(OTHER_PROGRAMS) or index is None or not index.complete:
            return None
        spelled = claim.object.text
        beside = member_behind(claim)
        if not claim.object.name and beside:
            spelled = f"@{beside}"
        if re.fullmatch(r"@\w+", spelled) is None:
            return None
        name = lock_name(spelled[1:])
        if "_" not in name or is_placeholder(name):
            return None
        struct = anchor.name.partition(".")[0]
        members = index.members(struct)
        if not members or members & {name, "_" + name, "__" + name}:
            return None
        if name in world.source.identifiers():
            return unknown(f"{name} is used in this file")
        if is_gone(name, index) and claim.object.name:
            return None  # lock-still-exists says so
        near = [d for d in index.senses(name) if _in_sight(d, world.path)]
        if near:
            return unknown(f"{name} is defined in {near[0].path}")
        other = spelled_otherwise(name, world)
        if any(d.kind in _DATA for d in index.senses(other)):
            return unknown(f"{name} may be short for {other}")
        return broken(
            f"The comment says that {anchor.name.replace('.', '::')} is protected by {name}, but "
            f"struct {struct} has no such lock, nor has any code near it.",
            Location(world.path, anchor.start_line, f"struct {struct} has no member {name}"),
        )


def _in_sight(definition: Sense, path: str) -> bool:
    """True if code at ``path`` may mean this definition."""
    if definition.kind not in _DATA:
        return False
    if definition.path.startswith("include/") or "/include/" in definition.path:
        return True
    return _top(definition.path) == _top(path) or path.startswith(("include/", "arch/"))


def _top(path: str) -> str:
    parts = path.split("/")[:-1]
    return "/".join(parts[:3] if parts[0] == "drivers" else parts[:2])
