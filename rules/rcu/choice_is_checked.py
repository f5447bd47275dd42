"""Choices between RCU and a lock that the code itself checks."""

from __future__ import annotations

import re

from reviewer.claims.model import Claim, Kind
from reviewer.judging.holding import GENERIC, documented, lock_of
from reviewer.judging.place import function_around
from reviewer.kernel.expressions import arguments_of, lock_name
from reviewer.rule import Example, Reads, Rule, under
from reviewer.verdict import Location, Tier, Verdict, agrees, broken, unknown
from reviewer.world import World

_CHECKS = re.compile(
    rb"\b(?:s?rcu_dereference\w*_check|h?list_for_each_entry\w*_rcu|lockdep_assert"
    rb"|RCU_LOCKDEP_WARN)\s*\("
)
_HELD = re.compile(r"\w*held\w*")
_ONE = re.compile(r"lockdep_is_held\(\s*&?([\w.>-]+)\s*\)")
_LONG = 400
"""Bytes of a call's arguments that are looked at."""
_SORT = re.compile(r"_?(?:mutex|lock|sem|rwsem|mtx)\Z")


class ChoiceIsChecked(Rule):
    """ "Called with foo_mutex or rcu_read_lock() held": one of two ways to keep something alive.

    Why it breaks: the check in the code is given another lock, and the words that explain it stay.

    Where it still holds: the function checks for the same choice: rcu_dereference_check() or a
    list that is walked with a condition that names the lock. Comment and code then agree.

    Write instead: the condition of the check, which lockdep looks at when the code runs.

    Limits: what callers hold is not asked. A finding needs a check for one other lock, by the only
    such check of the function, where the comment above names a lock of its own name, and neither
    has the other's.

    References: Documentation/RCU/lockdep.rst.
    """

    name = "choice-is-checked"
    family = "rcu"
    since = "0.2"
    tier = Tier.HINT  # no finding of it has been read yet
    fallback = True
    reads = (Reads(Kind.REQUIRES, object=("lock", "rcu-reader")),)
    stale = (
        Example(
            """
            /* Called with pond_mutex or rcu_read_lock() held. */
            static struct fish *first(struct pond *pond)
            {
                    return rcu_dereference_check(pond->fish, lockdep_is_held(&lake_mutex));
            }
            """,
            words="pond_mutex",
        ),
    )
    sound = (
        Example(
            """
            /* Called with pond_mutex or rcu_read_lock() held. */
            static struct fish *first(struct pond *pond)
            {
                    return rcu_dereference_check(pond->fish, lockdep_is_held(&pond_mutex));
            }
            """
        ),
    )

    def judge(self, claim: Claim, world: World) -> Verdict | None:
        """Look for the check in the function that the choice is said of."""
        whole = documented(claim, world)
        function = whole or function_around(claim, world)
        if not claim.alternative or function is None or function.has_error:
            return None
        code = world.source.code(function.body_start, function.body_end)
        others: list[tuple[str, Location]] = []
        for call in _CHECKS.finditer(code):
            rest = code[call.end() : call.end() + _LONG].split(b";")[0]
            given = tuple(arguments_of(rest.decode("latin-1")))
            plain = call[0].startswith((b"lockdep", b"RCU"))
            condition = ", ".join(given if plain else given[1:])
            if _HELD.search(condition) is None:
                continue
            name = call[0].split(b"(")[0].decode("latin-1").strip()
            at = world.source.line_of(function.body_start + call.start())
            here = Location(world.path, at, condition[:60])
            if _is_of(claim, condition, plain):
                return agrees(f"{function.name}() checks for a choice, in {name}()", here)
            others.append((condition, here))
        lock = lock_of(claim)
        own = lock is not None and not lock.prose and lock.name not in GENERIC
        # what is said inside is mostly of what is called there
        if len(others) == 1 and lock is not None and own and whole is not None:
            checked = _ONE.fullmatch(others[0][0])
            text = world.source.data[function.body_start : function.body_end]
            unspoken = lock.name.encode() not in text and not _speaks_of(claim, checked)
            if checked is not None and unspoken and lock_name(checked[1]) not in ("", lock.name):
                return broken(
                    f"The comment says that {lock.text} or RCU will do, but {function.name}() "
                    f"checks for {checked[1]} or RCU.",
                    others[0][1],
                )
        return unknown(f"{function.name}() checks for no choice that can be read")


def _speaks_of(claim: Claim, checked: re.Match[str] | None) -> bool:
    """True if the comment has the lock that is checked for as well."""
    name = lock_name(checked[1]) if checked is not None else ""
    return bool(name) and re.search(rf"\b{re.escape(name)}\b", claim.comment.text) is not None


def _is_of(claim: Claim, condition: str, plain: bool) -> bool:
    """True for the lock that a condition names, and for RCU where that is the other choice."""
    assert claim.object is not None
    if under(claim.object.concept, ("rcu-reader",)):
        return not plain or "rcu" in condition
    lock = lock_of(claim)
    if lock is None:
        return False
    word = claim.object.concept.partition(":")[2]
    stems = {one for one in (_SORT.sub("", lock.name), word) if len(one) > 1}
    for asks, asked in _ASKED.findall(condition):
        if asks not in _IS_HELD:  # lockdep_rtnl_is_held()
            if lock.name in asks or stems & set(asks.split("_")):
                return True
            continue
        parts = re.split(r"->|\.", asked.strip("& "))
        if parts[-1] == lock.name or (lock.prose and parts[-2:-1] == [lock.name]):
            return True
    return False


_ASKED = re.compile(r"(\w*held\w*)\s*\(([^()]*)\)")
_IS_HELD = frozenset({"lockdep_is_held", "lockdep_is_held_type", "lock_is_held"})
