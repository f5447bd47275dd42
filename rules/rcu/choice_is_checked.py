"""Choices between RCU and a lock that the code itself checks."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

from reviewer.claims.model import Claim, Kind
from reviewer.judging.holding import GENERIC, Lock, Same, documented, lock_of, same
from reviewer.judging.place import function_around
from reviewer.kernel.expressions import arguments_of, lock_name
from reviewer.rule import Example, Reads, Rule, under
from reviewer.source.model import Function
from reviewer.tree.model import NameKind
from reviewer.verdict import Location, Tier, Verdict, agrees, broken, unknown
from reviewer.world import World

_CHECKS = re.compile(
    rb"\b(?:s?rcu_dereference\w*_check|h?list_for_each_entry\w*_rcu|lockdep_assert"
    rb"|RCU_LOCKDEP_WARN)\s*\("
)
_ALONE = ("lockdep_assert", "RCU_LOCKDEP_WARN")
_ONE = re.compile(r"lockdep_is_held\(\s*&?([\w.>-]+)\s*\)")
_LONG = 400
"""Bytes of a call's arguments that are looked at."""
_SORT = re.compile(r"_?(?:mutex|lock|sem|rwsem|mtx)\Z")


class ChoiceIsChecked(Rule):
    """ "Called with foo_mutex or rcu_read_lock() held": one of two ways to keep something alive.

    Why it breaks: the check in the code is given another lock, and the words that explain it stay.

    Where it still holds: the function checks for the same choice: rcu_dereference_check() or a
    list that is walked with a condition that names the lock, and of RCU the same readers. Comment
    and code then agree. A condition that asks for two at once, or for one only, is no choice.

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
        others: list[_Check] = []
        for check in _checks(function, world):
            if check.lets_in(claim, function):
                return agrees(f"{function.name}() checks for a choice, in {check.name}()", check.at)
            others.append(check)
        # inside it is mostly said of what is called
        if whole is not None and len(others) == 1 and not others[0].alone and _has_rcu(claim):
            lock, checked = lock_of(claim), _ONE.fullmatch(others[0].condition)
            if lock is not None and checked is not None and _is_gone(lock, function, world):
                another = lock_name(checked[1]) not in ("", lock.name)
                if another and not _speaks_of(claim, "lockdep_is_held", checked[1]):
                    return broken(
                        f"The comment says that {lock.text} or RCU will do, but {function.name}() "
                        f"checks for {checked[1]} or RCU.",
                        others[0].at,
                    )
        return unknown(f"{function.name}() checks for no choice that can be read")


def _has_rcu(claim: Claim) -> bool:
    """True if a comment has RCU as one of the choices, which such a check has as well."""
    return _RCU in claim.comment.text.lower()


def _is_gone(lock: Lock, function: Function, world: World) -> bool:
    """True if a function does not have the lock of a comment by its name.

    What is a function or a macro by that name may take any lock, also the one that is checked for.
    """
    if lock.prose or lock.name in GENERIC:
        return False
    senses = world.index.senses(lock.name) if world.index is not None else ()
    if any(one.kind in (NameKind.FUNCTION, NameKind.MACRO) for one in senses):
        return False
    return lock.name.encode() not in world.source.data[function.body_start : function.body_end]


def _checks(function: Function, world: World) -> Iterator[_Check]:
    """The calls of a function that check for something that is held."""
    code = world.source.code(function.body_start, function.body_end)
    for call in _CHECKS.finditer(code):
        rest = code[call.end() : call.end() + _LONG].split(b";")[0]
        given = tuple(arguments_of(rest.decode("latin-1")))
        name = call[0].split(b"(")[0].decode("latin-1").strip()
        condition = given[0] if name in _ALONE and given else ", ".join(given[1:])
        if "held" in condition:
            line = world.source.line_of(function.body_start + call.start())
            yield _Check(name, condition, Location(world.path, line, condition[:60]))


@dataclass(frozen=True, slots=True)
class _Check:
    """A call that checks what is held."""

    name: str
    condition: str
    at: Location

    @property
    def alone(self) -> bool:
        """True if it checks the condition only; the others let readers of RCU in as well."""
        return self.name in _ALONE

    @property
    def asked(self) -> tuple[tuple[str, str], ...]:
        """What is asked, each with what it is asked of: () if not any one of them will do."""
        asked = tuple((one[1], one[2]) for one in _ASKED.finditer(self.condition))
        bad = self.name == "RCU_LOCKDEP_WARN"  # it is told what must not be
        denied = sum(1 for _ in _DENIED.finditer(self.condition))
        if denied != (len(asked) if bad else 0) or ("||" if bad else "&&") in self.condition:
            return ()
        return asked if len(asked) > 1 or not self.alone else ()

    def lets_in(self, claim: Claim, function: Function) -> bool:
        """True for the lock that it asks for, and for RCU where the comment has its lock too."""
        assert claim.object is not None
        if under(claim.object.concept, ("rcu-reader",)):
            if not self.alone:
                flavour = _FLAVOUR.search(self.name)
                said = _FLAVOUR.search(claim.object.name or claim.object.text)
                alike = (flavour and flavour[0]) == (said and said[0])
                return alike and any(_speaks_of(claim, *one) for one in self.asked)
            return any(_RCU in asks for asks, _ in self.asked)
        lock = lock_of(claim)
        if lock is None:
            return False
        word = claim.object.concept.partition(":")[2]
        return any(_is_of(lock, word, one, claim, function) for one in self.asked)


def _is_of(lock: Lock, word: str, asked: tuple[str, str], claim: Claim, function: Function) -> bool:
    """True if what is asked is of that lock: ``lockdep_pond_is_held()`` is of pond_mutex."""
    asks, spelled = asked
    if asks not in _IS_HELD:
        stems = {_SORT.sub("", lock.name), lock.name, word}
        return _called(asks) in stems
    found = same(lock, spelled.strip("& "), claim, function)
    return found is Same.YES or (found is Same.MAYBE and lock.name not in GENERIC)


def _called(asks: str) -> str:
    """Whose lock a helper asks for: ``rtnl`` of lockdep_rtnl_is_held()."""
    return _HELPER.sub("", asks)


def _speaks_of(claim: Claim, asks: str, spelled: str) -> bool:
    """True if a comment has the lock that is asked for, or the object whose lock it is."""
    if asks in _IS_HELD:
        parts = re.split(r"->|\.", spelled.strip("& "))
        leaf = lock_name(spelled.strip("& "))
        name = parts[-2] if leaf in GENERIC and len(parts) > 1 else leaf
    else:
        name = _called(asks) if _RCU not in asks else ""
    stem = _SORT.sub("", name)
    return (
        bool(stem)
        and re.search(rf"(?i)(?<![a-z]){re.escape(stem)}", claim.comment.text) is not None
    )


_ASKED = re.compile(r"(\w*held\w*)\s*\(([^()]*)\)")
_RCU = "rcu"
_DENIED = re.compile(r"!\s*\w*held\w*\s*\(")
_FLAVOUR = re.compile(r"srcu|_bh(?![a-z])|_sched(?![a-z])|_tasks|_trace")
_HELPER = re.compile(r"\A(?:lockdep_)?(?:is_)?|_?(?:is_)?(?:lock_)?held\Z")
_IS_HELD = frozenset({"lockdep_is_held", "lockdep_is_held_type", "lock_is_held"})
