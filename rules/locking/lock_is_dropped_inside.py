"""Functions said to drop a lock and take it again, which never touch it."""

from __future__ import annotations

import re

from reviewer.claims.lock_names import lock_name
from reviewer.claims.model import Claim, Kind
from reviewer.claims.wording.locks import drops_and_takes_again
from reviewer.judging.bodies import Call, Gap, body_of, reach, sees_far
from reviewer.judging.context import unless_left, where
from reviewer.judging.holding import documented
from reviewer.judging.members import struct_reached
from reviewer.judging.place import certain
from reviewer.kernel import primitive
from reviewer.kernel.expressions import arguments_of, normal
from reviewer.kernel.expressions import lock_name as lock_name_of
from reviewer.kernel.folders import OTHER_PROGRAMS
from reviewer.rule import Example, Reads, Rule
from reviewer.source.model import Flow, Function, Operation
from reviewer.tree.model import NameKind
from reviewer.verdict import Location, Tier, Verdict, agrees, broken, holds, unknown
from reviewer.world import World

_LETS_GO = re.compile(
    r"\w*(?:unlock|release|relock|resched|sleep|wait|schedule|drop|put|break|relax|yield|guard"
    r"|up_(?:read|write)|done|lend|bounce|switch|swap|_end|exit|leave)\w*|up",
    re.I,
)
_GLOBAL = re.compile(r"\(?\s*&\w+\s*(?:[,)]|\Z)")
"""A lock that is no member: not the one that a comment calls ``x->lock``."""


class LockIsDroppedInside(Rule):
    """A function is said to release a lock and take it again; its caller allows for that.

    Why it breaks: the work that needed the lock dropped goes away or is deferred, so that the
    lock is now held all the way through, and the comment stays. Callers re-check state for
    nothing, and whoever adds a call that must not run under the lock believes it does not.

    Where it still holds: if the function drops that lock and takes it again on every way. If some
    way, or something in its folder that it calls, does so, code and comment agree.

    Write instead: "Called with the lock held".

    Limits: header comments of functions; a function that hands the lock on, calls through
    pointers or calls deeper than is looked may drop it there: unknown. Code of other folders drops
    no lock of a struct that only this folder defines, nor does a file that does not spell the
    struct: that it does not call back is a hint.

    References: Documentation/locking/lockdep-design.rst.
    """

    name = "lock-is-dropped-inside"
    family = "locking"
    since = "0.1"
    tree_wide = True
    reads = (Reads(Kind.REFERS, object=("field", "identifier")),)
    stale = (
        Example(
            """
            static void finish(struct pond *pond)
            {
                    pond->ducks--;
            }

            /* Called with pond->lock held, releases and re-acquires pond->lock. */
            static void give_back(struct pond *pond)
            {
                    finish(pond);
            }
            """,
            words="pond->lock",
        ),
        Example(
            """
            static DEFINE_SPINLOCK(weir_lock);

            static void finish(struct pond *pond)
            {
                    spin_lock(&weir_lock);
                    pond->ducks--;
                    spin_unlock(&weir_lock);
            }

            /* Called with pond->lock held, releases and re-acquires pond->lock. */
            static void give_back(struct pond *pond)
            {
                    finish(pond);
            }
            """,
            words="pond->lock",
        ),
        Example(
            """
            struct pond {
                    spinlock_t lock;
            };

            /* Called with pond->lock held, releases and re-acquires pond->lock. */
            static void give_back(struct pond *pond, struct duck *duck)
            {
                    send_home(duck);
            }
            """,
            words="pond->lock",
            files={
                "lib/duck.c": """
            void send_home(struct duck *duck)
            {
                    spin_lock(&duck->lock);
                    duck->at_home(duck);
                    spin_unlock(&duck->lock);
            }
            """
            },
        ),
    )
    sound = (
        Example(
            """
            struct pond {
                    spinlock_t lock;
            };

            /* Called with pond->lock held, releases and re-acquires pond->lock. */
            static void give_back(struct pond *pond, struct duck *duck)
            {
                    spinlock_t *mine = &pond->lock;

                    send_home(mine, &duck->lock);
            }
            """,
            files={
                "lib/duck.h": "struct duck {\n\tspinlock_t lock;\n};\n",
                "lib/duck.c": """
            void send_home(spinlock_t *one, spinlock_t *other)
            {
                    spin_unlock(one);
                    spin_lock(one);
            }
            """,
            },
        ),
        Example(
            """
            struct pond {
                    spinlock_t lock;
            };

            static void finish(struct pond *pond)
            {
                    pond->done(pond);
            }

            /* Called with pond->lock held, releases and re-acquires pond->lock. */
            static void give_back(struct pond *pond)
            {
                    finish(pond);
            }
            """
        ),
        Example(
            """
            /* Drop feed_lock and reacquire it. */
            static void give_back(struct pond *pond)
            {
                    spin_unlock(&pond->late_feed_lock);
                    spin_lock(&pond->late_feed_lock);
            }
            """
        ),
        Example(
            """
            static void finish(struct pond *pond)
            {
                    spin_unlock(&pond->lock);
                    feed(pond);
                    spin_lock(&pond->lock);
            }

            /* Called with pond->lock held, releases and re-acquires pond->lock. */
            static void give_back(struct pond *pond)
            {
                    finish(pond);
            }
            """
        ),
        Example(
            """
            /* Drops pond->lock and reacquires it. */
            static void give_back(struct pond *pond)
            {
                    pond->ops->feed(pond);
            }
            """
        ),
    )

    def judge(self, claim: Claim, world: World) -> Verdict | None:
        """Broken if nothing within reach lets go of a lock of that name."""
        if claim.object is None or world.path.startswith(OTHER_PROGRAMS):
            return None
        name = lock_name(claim.object.name)
        if not name:
            return None
        if not drops_and_takes_again(claim):
            return None
        function = documented(claim, world)
        if function is None:
            return None
        if not sees_far(world):
            return unknown(f"what {function.name}() calls needs the index of the tree")
        return _search(function, name, claim, world)


def _search(function: Function, name: str, claim: Claim, world: World) -> Verdict:
    body = body_of(world, function)
    if body is None:
        return unknown(f"{function.name}() could not be read")
    folder = world.path.rpartition("/")[0]
    leaf = re.compile(rf"(?:\b|_){re.escape(name)}\b")
    spelled = claim.object.name if claim.object is not None else name
    within = reach(world, body, _primitive)
    private = _private(spelled, function, world)
    dropped: list[Location] = []
    again = False
    doubt = ""
    for call in within.calls:
        given = call.arguments.split(";")[0]
        handed = leaf.search(given) and not ("->" in spelled and _GLOBAL.match(given))
        known = _primitive(call.name)
        place = f"{call.name}() at line {call.line}"
        if handed and private and _is_of_another(call, private, world):
            continue
        if handed and _LETS_GO.fullmatch(call.name):
            near = call.path.rpartition("/")[0] == folder or call.path.startswith("include/")
            if near and any(_is_said(one, spelled) for one in arguments_of(call.arguments)):
                dropped.append(Location(call.path, call.line, f"{call.name}()"))
                again = again or not known
            doubt = doubt or f"{place} drops a {name}"
        elif handed and not known:
            doubt = doubt or f"{place} is handed {name}"
        elif handed:
            again = again or _takes(call)
        elif "unlock" in call.name and not known:
            doubt = doubt or f"{place} may drop it"
    if dropped:
        return _seen(dropped, again, _does_so(function, spelled, world), name)
    gaps = [one for one in within.gaps if not (private and _is_blind(one, private, world))]
    if doubt or gaps:
        return unknown(f"{function.name}() does not drop {spelled} itself; {doubt or gaps[0].why}")
    return broken(
        f"The comment says that {function.name}() drops {spelled} and takes it again, but nothing "
        "it calls here lets go of a lock of that name.",
        Location(world.path, function.start_line, f"{function.name}() begins here"),
        tier=Tier.HINT if within.gaps else None,
    )


def _private(spelled: str, function: Function, world: World) -> str:
    """The struct whose member the lock is, if only the folder of the function knows its members.

    What stands elsewhere cannot drop such a lock unless it is handed it, or calls back.
    """
    owner = re.split(r"(?:->|\.)\w+\Z", spelled)[0]
    struct = struct_reached(world.library, world.source, function, owner)
    if not struct or owner == spelled or world.index is None:
        return ""
    folder = world.path.rpartition("/")[0]
    where = {one.path for one in world.index.definitions(struct) if one.kind is NameKind.STRUCT}
    return struct if {path.rpartition("/")[0] for path in where} == {folder} else ""


def _is_of_another(call: Call, struct: str, world: World) -> bool:
    """True if the lock that a call is handed is known to be a member of another struct."""
    around = [
        one
        for one in call.body.source.functions_named(call.body.name)
        if one.start_byte == call.body.start
    ]
    given = [normal(one) for one in arguments_of(call.arguments)]
    owners = [re.split(r"(?:->|\.)\w+\Z", one)[0] for one in given if "->" in one or "." in one]
    if not around or not owners or any(_may_point_to_lock(one, call, around[0]) for one in given):
        return False
    theirs = [struct_reached(world.library, call.body.source, around[0], one) for one in owners]
    return all(theirs) and struct not in theirs


def _may_point_to_lock(given: str, call: Call, function: Function) -> bool:
    """True for a name that is handed on and got an address: ``l = &pond->lock``."""
    if not given.isidentifier():
        return False
    code = call.body.source.code(function.start_byte, function.body_end)
    return re.search(rf"\b{given}\s*=[^=;]*&".encode(), code) is not None


def _is_blind(gap: Gap, struct: str, world: World) -> bool:
    """True if what was not looked into stands in files that do not spell the struct of the lock."""
    if not _spells(gap.path, struct, world):
        return True
    if not gap.called or world.index is None:
        return False
    if gap.called.startswith("trace_"):
        return True  # a tracepoint reports
    where = {one.path for one in world.index.definitions(gap.called)}
    return bool(where) and not any(_spells(path, struct, world) for path in where)


def _spells(path: str, struct: str, world: World) -> bool:
    source = world.file(path)
    return source is None or struct in source.identifiers()


def _seen(dropped: list[Location], again: bool, sure: tuple[Location, ...], name: str) -> Verdict:
    """What drops the lock was found: holds by what drops and takes it on every way."""
    said = f"{dropped[0].note} lets go of {name}"
    if len(dropped) == 1 and sure:
        return holds(f"{said}, and it is taken again", *sure)
    if not again:
        return unknown(f"{said}, but nothing is seen to take it again")
    return agrees(said, *dropped)


def _does_so(function: Function, spelled: str, world: World) -> tuple[Location, ...]:
    """The release and the acquire behind it, if every way through a function does both.

    Not where it is taken before: what is dropped then is not what the function is entered with.
    """
    first: Operation | None = None
    for one in world.function_facts(function).operations:
        takes = [
            tag
            for tag, text in one.objects
            if tag.startswith("lock.acquire") and _is_said(text, spelled)
        ]
        if takes and first is None:
            break
        if one.via or one.flow is not Flow.ALWAYS or one.conditions:
            continue
        if unless_left(one, function, world.source):
            break
        if any(_is_said(text, spelled) for text in one.about("lock.release")):
            first = one
        elif first is not None and any(certain(one, tag) for tag in takes):
            return (where(first, world.path), where(one, world.path))
    return ()


def _is_said(text: str, spelled: str) -> bool:
    """True if an expression of the code is the lock as the comment spells it."""
    if "->" not in spelled and "." not in spelled:
        return lock_name_of(text) == lock_name_of(spelled)
    return normal(text).replace(".", "->") == normal(spelled).replace(".", "->")


def _takes(call: Call) -> bool:
    known = primitive(call.name)
    concepts = () if known is None else known.concepts(tuple(arguments_of(call.arguments)))
    return any(tag.startswith("lock.acquire") for tag, _ in concepts)


def _primitive(name: str) -> bool:
    return primitive(name) is not None
