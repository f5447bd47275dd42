"""Rules of locking that name a lock the struct does not have."""

from __future__ import annotations

import re

from reviewer.claims.lock_names import lock_name
from reviewer.claims.model import Claim, Kind
from reviewer.judging.locks import NOT_KERNEL, is_gone, used_as_lock
from reviewer.rule import Example, Reads, Rule
from reviewer.tree.model import Definition, Index, NameKind
from reviewer.verdict import Location, Verdict, broken, unknown
from reviewer.world import World

_MEMBER = re.compile(r"&?([A-Za-z_]\w*)(?:->|\.|::)([A-Za-z_]\w*)(?:\(.*)?", re.S)

_STRUCTS_AT_MOST = 3


class LockIsAMember(Rule):
    """The lock that a comment names is taken to be a member of the struct it names it of.

    Why it breaks: a lock moves from one struct to another (from the pool to each class of it),
    and comments go on to say pool->lock. The name "lock" alone is everywhere, so nobody misses
    it.

    Where it still holds: if the struct has such a member, by whatever macro, or any code of the
    file says the same.

    Write instead: the lock that the code takes today.

    Limits: the file must declare the variable as pointer to at most three structs, none of which
    has the member; lists of locks and code in comments are not read.

    References: Documentation/locking/.
    """

    name = "lock-is-a-member"
    family = "locking"
    since = "0.1"
    tree_wide = True
    reads = (Reads(Kind.REFERS, object=("field", "function")),)
    stale = (
        Example(
            """
            struct brood { spinlock_t lock; };
            struct pond { int ducks; };

            /* pond->lock must be held. */
            static void count_duck(struct pond *pond, struct brood *brood)
            {
                    lockdep_assert_held(&brood->lock);
                    pond->ducks++;
            }
            """,
            words="pond->lock",
        ),
    )
    sound = (
        Example(
            """
            struct pond { spinlock_t lock; int ducks; };

            /* pond->lock must be held. */
            static void count_duck(struct pond *pond)
            {
                    pond->ducks++;
            }
            """
        ),
        Example(
            """
            struct pond { int ducks; };
            struct farm { spinlock_t lock; };

            /* duck->lock must be held. */
            static void count_duck(struct pond *pond)
            {
                    pond->ducks++;
            }
            """
        ),
    )

    def judge(self, claim: Claim, world: World) -> Verdict | None:
        """Broken if the one struct the variable can be has no such member."""
        if claim.object is None or world.path.startswith(NOT_KERNEL):
            return None
        match = _MEMBER.fullmatch(claim.object.name) or _MEMBER.fullmatch(claim.object.text)
        if match is None or not lock_name(f"{match[1]}->{match[2]}") or not used_as_lock(claim):
            return None
        owner, name = match[1], match[2]
        index = world.index
        if index is None or not index.complete or is_gone(name, index):
            return None
        code = world.source.code()
        if re.search(rb"\b%b(?:->|\.)%b\b" % (owner.encode(), name.encode()), code):
            return None
        if "_" in name and re.search(rb"(?:->|\.)_*%b\b" % name.encode(), code):
            return unknown(f"{name} is a lock of this file; {owner} may stand for what leads to it")
        structs = _structs_of(owner, claim, world)
        if not structs:
            return unknown(f"what {owner} is cannot be told from this file")
        for struct in structs:
            members = index.members(struct)
            if not members or members & {name, "_" + name, "__" + name}:
                return None
        if any(one.kind is NameKind.MACRO for one in index.definitions(name)):
            return unknown(f"{name} is a macro")
        return _missing(claim, world, index, structs, name)


def _structs_of(owner: str, claim: Claim, world: World) -> tuple[str, ...]:
    """The struct that ``owner`` points to in the function at hand, else those in the file."""
    declared = re.compile(
        rb"\bstruct\s+(\w+)(?:\s*\*+\s*|\s+)(?:const\s+)?" + owner.encode() + rb"\s*[,;)=]"
    )
    function = world.function(claim)
    spans = [(function.start_byte, function.end_byte)] if function is not None else []
    for start, end in [*spans, (0, len(world.source.data))]:
        found = {m[1].decode() for m in declared.finditer(world.source.code(start, end))}
        if found:
            return tuple(sorted(found)) if len(found) <= _STRUCTS_AT_MOST else ()
    return ()


def _missing(
    claim: Claim, world: World, index: Index, structs: tuple[str, ...], name: str
) -> Verdict:
    where: list[Definition] = []
    for struct in structs:
        defined = [one for one in index.definitions(struct) if one.kind is NameKind.STRUCT]
        if len(defined) != 1:
            return unknown(f"struct {struct} is not defined once")
        where += defined
    members = frozenset(one for struct in structs for one in index.members(struct))
    locks = sorted(one for one in members if lock_name(f"x->{one}"))
    has = f" Its locks are {', '.join(locks[:4])}." if locks else ""
    return broken(
        f"The comment speaks of {claim.object.text if claim.object else name}, but struct "
        f"{' or '.join(structs)} has no member {name}.{has}",
        *(Location(one.path, one.line, f"struct {one.name}") for one in where),
        Location(world.path, claim.line, f"names {name} of struct {structs[0]}"),
    )
