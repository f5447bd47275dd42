"""The one lock that is held where a comment says so in words that name no lock of the code.

"Called with the hub device locked", "the caller holds the queue lock": the words may fit several
locks, or the lock of another function that stands for it. What is held at the place, or at every
call, is known without them. Where it is just one lock that the words can be about, comment and
code agree. That another lock is meant is possible: so nothing of this holds, and nothing is broken.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from functools import partial

from reviewer.claims.model import Claim, Kind
from reviewer.judging.callsites import Site, sites_of
from reviewer.judging.holding import GENERIC
from reviewer.judging.lockstate import Held, Wanted, lock_at
from reviewer.judging.meant import is_short_for
from reviewer.judging.proof import Budget, entered_with, shown
from reviewer.kernel.expressions import lock_name, normal
from reviewer.source.model import Function
from reviewer.verdict import Location, Verdict, agrees
from reviewer.world import World

_CALLS_AT_MOST = 240
"""Calls looked at for one claim, all levels together: what it may cost."""
_UP = 2
"""Callers above a call that are asked where the function around it has nothing to do with it."""
SORTS = {
    "mutex": re.compile(r"mutex|mtx", re.I),
    "semaphore": re.compile(r"sem\b|sema|down_", re.I),
    "spinlock": re.compile(r"spin", re.I),
}
"""What the lock or what takes it must be called, where the words say its sort."""
_NO_NAMES = frozenset(
    """
    a an the its this that these those his her our their any all both some same such one own is are
    be been being was were must should shall can may has have had to of for on in at by with under
    from or and not already also always still exclusive exclusively shared write read proper
    appropriate relevant corresponding right correct necessary required needed before calling after
    lock locks locked locking mutex mutexes semaphore sem spinlock spinlocks spin rwsem rwlock held
    structure struct object state current associated internal global local main whole
    """.split()  # noqa: SIM905 - closed words and sorts read better as text
)
_HOLDING = frozenset(
    """
    hold holds holding take takes taken taking took acquire acquires acquired acquiring grab grabs
    grabbed grabbing own owns call called run needs need requires require obtain obtained get got
    """.split()  # noqa: SIM905 - as above
)
"""Words before a bare "lock" that are no part of its name."""
_WORDS_AT_MOST = 3
"""Words that may name a lock; more are a sentence that was taken for one."""
_Meant = Callable[[str], bool]
"""Whether a lock, as a caller spells it, is one that the words can mean."""


def held_by_callers(claim: Claim, function: Function, world: World) -> Verdict | None:
    """Agrees if all calls of a function are made with the one lock that the words can mean."""
    words = _words(claim)
    if words is None:
        return None
    asserted = _asserted(claim, words, function, world)
    if asserted is not None:
        return asserted
    budget = Budget(_CALLS_AT_MOST)
    meant = partial(_is_called, words=words) if words else None
    found = _at_every_call(world, function, _UP, frozenset(), budget, meant)
    fitting = {name: places for name, places in found.items() if _fits(claim, words, places)}
    if len(fitting) != 1:
        return None
    name, places = next(iter(fitting.items()))
    at = tuple(dict.fromkeys(place for place, _ in places))
    return agrees(f"all calls of {function.name}() that were seen hold {name}", *at[:8])


def held_by_another_sort(
    claim: Claim, lock: str, function: Function, world: World
) -> Verdict | None:
    """Agrees if all calls hold the one lock that is called so but for its sort: ``event_spinlock``.

    For ``event_lock``, which the file spells nowhere: somebody's slip, or the lock before it was
    made another. Whole words of the name have to be the same.
    """
    words, mine = _stem(lock), world.source.identifiers()
    if not words or lock in mine or _is_in_sight(lock, world, mine):
        return None

    def meant(spelled: str) -> bool:
        return _stem(_called(spelled)) == words

    fitting = _at_every_call(world, function, _UP, frozenset(), Budget(_CALLS_AT_MOST), meant)
    if len(fitting) != 1:
        return None
    name, places = next(iter(fitting.items()))
    at = tuple(dict.fromkeys(place for place, _ in places))
    return agrees(f"all calls of {function.name}() that were seen hold {name}", *at[:8])


def _is_in_sight(lock: str, world: World, mine: frozenset[str]) -> bool:
    """True if a struct that the file knows has such a lock, or a header declares it."""
    senses = world.index.definitions(lock) if world.index is not None else ()
    return any(one.owner in mine if one.owner else one.path.endswith(".h") for one in senses)


def _stem(lock: str) -> list[str]:
    return [one for one in lock.split("_") if one and one not in _NO_NAMES]


def _asserted(
    claim: Claim, words: tuple[str, ...], function: Function, world: World
) -> Verdict | None:
    """Agrees if the one lock that a function asserts on every way is one that the words can mean.

    Nothing may be held before it: what the function takes itself is not its callers'.
    """
    found: dict[str, list[tuple[Location, str]]] = {}
    for operation in world.function_facts(function).operations:
        if operation.via or operation.arms or operation.conditions:
            continue
        for tag, spelled in operation.objects:
            if tag.startswith("lock.acquire"):
                return None
            if tag == "lock.assert" and spelled:
                note = f"{operation.name}({spelled})"
                place = Location(world.path, operation.line, note)
                found.setdefault(_called(normal(spelled)), []).append((place, spelled))
    if len(found) != 1:
        return None
    name, places = next(iter(found.items()))
    if not _fits(claim, words, places):
        return None
    return agrees(f"{function.name}() asserts {name}", *(place for place, _ in places[:8]))


def held_at(claim: Claim, site: Site, world: World) -> Verdict | None:
    """Agrees if just one lock that the words can mean is held at a place, here or by callers."""
    words = _words(claim)
    if words is None:
        return None
    here: dict[str, list[tuple[Location, str]]] = {}
    for name, place, spelled in _held_in(world, site, None):
        here.setdefault(name, []).append((place, spelled))
    fitting = {name: places for name, places in here.items() if _fits(claim, words, places)}
    if len(fitting) == 1:
        name, places = next(iter(fitting.items()))
        at = tuple(place for place, _ in places)
        return agrees(f"{name} is held here in {site.caller.name}()", *at[:8])
    if here or claim.kind is not Kind.REQUIRES:
        return None  # "take the lock to avoid a race": by this function, if by any
    there = world if site.path == world.path else World(site.source, world.library)
    return held_by_callers(claim, site.caller, there)


def _at_every_call(
    world: World, function: Function, depth: int, seen: frozenset[tuple[str, int]], budget: Budget,
    meant: _Meant | None,
) -> dict[str, list[tuple[Location, str]]]:  # fmt: skip
    """The locks that every call holds, by name, with what takes them; {} if that is not known.

    Only those that are ``meant``; if all are (None), no caller may have to do with another: "the
    lock" says nothing of which it is.
    """
    if function.static and world.path.endswith(".h"):
        return {}
    sites = sites_of(world, function)
    if sites.why or sites.unread or not sites.known:
        return {}
    common: dict[str, list[tuple[Location, str]]] | None = None
    for site in sites.known:
        key = (site.path, site.caller.start_byte)
        if key in seen:
            continue  # it calls itself
        if not budget.spend():
            return {}
        here: dict[str, list[tuple[Location, str]]] = {}
        for name, place, spelled in _held_in(world, site, meant):
            here.setdefault(name, []).append((place, spelled))
        touched = _handled(site)
        if meant is None and touched - set(here):
            return {}
        if depth:
            there = world if site.path == world.path else World(site.source, world.library)
            up = depth - 1
            above = _at_every_call(there, site.caller, up, seen | {key}, budget, meant)
            for name, places in above.items():
                if name not in touched:
                    here.setdefault(name, []).extend(places)
        both = here if common is None else {n: common[n] + here[n] for n in common if n in here}
        common = both
        if not common:
            return {}
    return common or {}


def _held_in(
    world: World, site: Site, meant: _Meant | None
) -> Iterator[tuple[str, Location, str]]:  # fmt: skip
    """The locks that a function certainly holds at a site, as it spells them; those meant."""
    asked: set[str] = set()
    for operation in site.facts.operations:
        if operation.start_byte >= site.start_byte:
            break
        for tag, spelled in operation.objects:
            if not tag.startswith(("lock.acquire", "lock.assert")) or not spelled:
                continue
            exact = normal(spelled)
            name = lock_name(exact)
            if not name or exact in asked:
                continue
            asked.add(exact)
            if meant is not None and not meant(exact):
                continue
            wanted = Wanted(name, exact)
            state = lock_at(world, site, wanted, held=bool(entered_with(site.caller, wanted)))
            if state.held is Held.YES and state.operations:
                yield _called(exact), shown(site, state.operations[0]), exact


def _handled(site: Site) -> set[str]:
    return {
        _called(normal(spelled))
        for operation in site.facts.operations
        for tag, spelled in operation.objects
        if tag.startswith("lock.") and spelled
    }


def _called(exact: str) -> str:
    """A lock by its own name; one of a name of many with the name of its owner."""
    parts = re.split(r"->|\.", exact)
    leaf = re.sub(r"\[.*", "", parts[-1])
    return leaf if leaf not in GENERIC or len(parts) == 1 else "->".join(parts[-2:])


def _words(claim: Claim) -> tuple[str, ...] | None:
    """The words that name the lock, () for "the lock"; None if they are no name."""
    if claim.object is None or not claim.object.concept.startswith("lock"):
        return None
    text = re.sub(r"\(\)|'s?\b", " ", claim.object.text.lower())
    if re.search(r"[,;:._]|\bor\b", text) or claim.object.name:
        return None  # several, or a name, which other rules look for
    before = re.search(
        rf"([\w-]+) {re.escape(text.strip())}\b", " ".join(claim.quote.lower().split())
    )
    words = re.findall(r"\w+", text) + (re.findall(r"\w+", before[1]) if before else [])
    words = [one for one in words if one not in _NO_NAMES and one not in _HOLDING]
    return tuple(words) if len(words) <= _WORDS_AT_MOST else None


def _fits(claim: Claim, words: tuple[str, ...], places: list[tuple[Location, str]]) -> bool:
    """True if a lock is of the sort that is said and called by one of the words, if there are any.

    The last word counts most, as the one before "lock"; an owner counts for a lock of a name that
    every other struct has: ``dqm->lock`` and ``pond->pond_list_lock`` are both "the pond's".
    """
    assert claim.object is not None
    said = claim.object.text.lower()
    sort = next((one for name, one in SORTS.items() if said.endswith(name)), None)
    for place, spelled in places:
        if sort is not None and not sort.search(f"{place.note} {spelled}"):
            return False
        if words and not _is_called(spelled, words):
            return False
    return True


def _is_called(spelled: str, words: tuple[str, ...]) -> bool:
    parts = re.split(r"->|\.", re.sub(r"\[[^\]]*\]", "", spelled))
    leaf = parts.pop()
    names = leaf.split("_")
    if leaf in GENERIC:
        names += [piece for one in parts[-2:] for piece in (one, *one.split("_"))]
    called = [one for one in names if one not in _NO_NAMES]
    return any(is_short_for(one, word) for word in words for one in called)
