"""What a function and its callers show of a lock that its comment asks its callers for.

First what the function itself does with the lock, then what its callers hold, then whether code
that the kernel enters reaches it through nothing that takes it.
"""

from __future__ import annotations

from reviewer.claims.model import Claim
from reviewer.claims.wording.duties import singles_out
from reviewer.evidence.held_in_words import held_by_another_sort, held_by_callers
from reviewer.evidence.unheld import unheld_way
from reviewer.judging.aliases import in_full
from reviewer.judging.callers import callers_hold, of_its_struct
from reviewer.judging.first_done import by_first
from reviewer.judging.holding import (
    GENERIC,
    Lock,
    Same,
    annotated,
    annotation_at,
    lock_operations,
    one_of_several,
)
from reviewer.judging.meant import meant
from reviewer.judging.serializing import callers_serialize
from reviewer.source.model import Function
from reviewer.tree.model import NameKind
from reviewer.verdict import STANDS, Decision, Tier, Verdict, agrees, broken, unknown
from reviewer.world import World


def shown_of(function: Function, claim: Claim, world: World) -> Verdict:
    """The verdict on "the caller holds it", for the lock that the words mean."""
    lock = meant(claim, function, world)
    if lock is None:
        by_words = held_by_callers(claim, function, world)
        if by_words is None and _is_just_locking(claim):
            return callers_serialize(function, world)
        return by_words or unknown("the lock is named by words that match no one lock of the code")
    if function.has_error:
        return unknown(f"{function.name}() could not be parsed")
    full = in_full(lock, function, world.source)
    note = annotated(lock, claim, function) or annotated(full, claim, function)
    done = lock_operations(lock, claim, function, world.function_facts(function))
    done = of_its_struct(lock, done, function, world)
    said = None if note else by_first(done, lock, claim, function, world)
    if said is not None and said.decision is Decision.BROKEN:
        return said
    other = said is not None and said.decision is Decision.UNKNOWN
    shown = other and done[0].kind in ("assert", "release")  # for it, if ever it runs
    if said is not None and other and done[0].sure is not Same.MAYBE and not shown:
        return said
    verdict = callers_hold(claim, lock, function, world)
    if verdict.decision is Decision.UNKNOWN or verdict.partial:
        verdict = _never_taken(claim, lock, function, world) or verdict
    if verdict.decision in STANDS or (not other and verdict.decision is not Decision.UNKNOWN):
        return verdict
    if note:
        where = annotation_at(world.source, function, note)
        return agrees(f"{function.name}() is annotated {note}", where)
    if said is None and verdict.decision is Decision.UNKNOWN:
        said = held_by_another_sort(claim, lock.name, function, world)
    return said if said is not None else verdict


def _is_just_locking(claim: Claim) -> bool:
    """True for "the caller should take care of locking": of some lock, that no word names."""
    said = claim.object.text.lower().split()[-1:] if claim.object is not None else []
    return said == ["locking"]


_LOCKS = frozenset({NameKind.FIELD, NameKind.LOCK, NameKind.VARIABLE})


def _never_taken(claim: Claim, lock: Lock, function: Function, world: World) -> Verdict | None:
    """Broken, as a hint, if code that the kernel enters calls the function and takes it nowhere."""
    index = world.index
    if lock.name in GENERIC or lock.prose or index is None:
        return None
    if not any(one.kind in _LOCKS for one in index.senses(lock.name)):
        return None  # bh_lru_lock() is a function, and takes what has another name
    if lock.name in world.source.identifiers(function.start_byte, function.end_byte):
        return None
    if one_of_several(claim) or singles_out(claim, lock.name):
        return None
    way = unheld_way(world, function, lock.name)
    if not way:
        return None
    through = " → ".join(f"{one.note.partition('(')[0]}()" for one in way[1:])
    return broken(
        f"The comment says that {lock.text} is held where {function.name}() is called, but "
        f"{way[0].note}, and on the way {through} → {function.name}() nothing takes it.",
        *way,
        tier=Tier.HINT,
    )
