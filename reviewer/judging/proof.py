"""Whether a lock is certainly held at a call or place, and the operations which that rests on.

Where the function at hand is entered with the lock, its callers are asked, and theirs, as long as
every call can be read. What comes back are the operations that take the lock (or annotations that
ask for it): without any one of them it would not be certain.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field, replace

from reviewer.judging.aliases import written_out
from reviewer.judging.callsites import Site, Sites, sites_of
from reviewer.judging.holding import GENERIC, Lock
from reviewer.judging.lockstate import AtCall, Held, Wanted, is_meant, lock_at, mapped
from reviewer.judging.members import is_only_one, struct_of
from reviewer.kernel.entry_points import entered_holding, is_the_only
from reviewer.kernel.expressions import lock_name, normal
from reviewer.source.file import SourceFile
from reviewer.source.model import Function, Operation
from reviewer.verdict import Location, Verdict, agrees, holds
from reviewer.world import World

_UP = 7
"""How many callers up a lock is looked for that a function is entered with."""
_CALLS_AT_MOST = 120
"""Calls looked at for one claim: what it may cost."""
_BEHIND_AT_MOST = 8
"""How many more ways may have been seen that do not hold a lock than that do, before no more are
looked at. Of the 18 claims that agreed by most ways, of 274 so asked in six folders of 6.12, one
had been 6 behind and no other more than 2."""
_PLACES_AT_MOST = 24
_ANNOTATION = re.compile(r"__(?:must_hold|releases)\w*\s*\((.*)\)", re.S)


@dataclass(slots=True)
class Budget:
    """What is left to spend on one claim."""

    calls: int = _CALLS_AT_MOST

    def spend(self) -> bool:
        """True while there is some left."""
        self.calls -= 1
        return self.calls >= 0


@dataclass(frozen=True, slots=True)
class Proof:
    """Operations that each must be there for a lock to be held for certain."""

    places: tuple[Location, ...]
    said: bool = False
    """True if some of them only say that it is held: an assertion, an annotation."""

    def verdict(self, message: str) -> Verdict:
        """Holds by what takes the lock, agrees by what merely says so."""
        places = self.places[:_PLACES_AT_MOST]
        return agrees(message, *places) if self.said else holds(message, *places)


def mostly(certain: int, seen: int) -> bool:
    """True if most of what was seen is certainly so, and more than one: code and comment agree.

    What is not certain of the rest is unknown and not otherwise: that is for the caller to see to.
    """
    return certain > 1 and 2 * certain > seen


def joined(proofs: Iterable[Proof]) -> Proof:
    """All of them together."""
    every = list(proofs)
    places = dict.fromkeys(at for proof in every for at in proof.places)
    return Proof(tuple(places), any(proof.said for proof in every))


def proof_at(
    world: World, site: Site, wanted: Wanted, budget: Budget, depth: int = _UP
) -> Proof | None:
    """The operations by which the lock is held at ``site``; None if it is not certain."""
    if not budget.spend():
        return None
    note = entered_with(site.caller, wanted)
    state = lock_at(world, site, wanted, held=bool(note))
    if state.held is Held.YES:
        if not state.operations:
            return Proof((Location(site.path, site.caller.start_line, note),), said=True)
        return _by_these(site, state, wanted, said=bool(note))
    entered = if_entered_so(world, site, wanted, state) if depth else None
    entry = held_on_entry(world, site, wanted, budget, depth) if entered is not None else None
    if entry is None or entered is None or not entered.operations:
        return entry
    return joined((entry, _by_these(site, entered, wanted, said=False)))


def if_entered_so(world: World, site: Site, wanted: Wanted, state: AtCall) -> AtCall | None:
    """The state at ``site`` where the function is entered with the lock; None if it is not held.

    So it may be where it is dropped and taken again on some ways to the place.
    """
    if state.held is Held.UNKNOWN:
        state = lock_at(world, site, wanted, held=True)
        return state if state.held is Held.YES else None
    return state if state.held is Held.ENTRY else None


def _by_these(site: Site, state: AtCall, wanted: Wanted, *, said: bool) -> Proof:
    """A proof by the operations of a state."""
    said = said or wanted.alike or any(_says(one) for one in state.operations)
    said = said or not all(is_of_one(site, one, wanted) for one in state.operations)
    return Proof(tuple(shown(site, operation) for operation in state.operations), said)


def held_on_entry(
    world: World, site: Site, wanted: Wanted, budget: Budget, depth: int = _UP
) -> Proof | None:
    """The operations by which every call of the function around ``site`` is made with the lock."""
    function = site.caller
    if function.static and site.path.endswith(".h"):
        return None
    here = world if site.path == world.path else World(site.source, world.library)
    owner = wanted.exact.removesuffix(wanted.name).rstrip("->.") or "anybody's"
    calls = sites_of(here, function, tables=True)
    sites, said = entered_by_table(calls, wanted.name, owner, here, function)
    if sites.why or sites.unread or not (sites.known or said):
        return None
    found = [Proof(said, said=True)] if said else []
    for one in sites.known:
        above = translated(wanted, site.source, function, one)
        proof = None if above is None else proof_at(here, one, above, budget, depth - 1)
        if proof is None:
            return None
        found.append(proof)
    return joined(found)


def entered_by_table(
    sites: Sites, lock: str, owner: str, world: World, function: Function
) -> tuple[Sites, tuple[Location, ...]]:
    """The calls less those through tables whose member is called with the lock, and these.

    That of another object than the function is given, ``dentry->d_parent->d_lock``, is not meant;
    nor is what a function further down calls by its name alone: ecryptfs has two inodes at hand;
    nor that of a variable of its own: a new inode is locked by nobody.
    """
    near = is_the_only(lock) or not owner or _is_given(owner, lock, world, function)
    rest, sure = sites.entered(
        lambda one: near and (one.lock or entered_holding(one.member, one.struct)) == lock
    )
    said = (
        Location(
            one.path,
            one.line,
            f"what is handed to {one.member.partition(' ')[0]}() is called with {lock} held"
            if " " in one.member
            else f".{one.member} is called with {lock} held",
        )
        for one in sure
    )
    return rest, tuple(said)


def _is_given(owner: str, lock: str, world: World, function: Function) -> bool:
    """True unless an owner is known to be another object than the one that a table hands on.

    A word that is no variable of the function is what the comment calls that one.
    """
    struct = struct_of(world.source, function, owner)
    if owner not in function.parameters:
        return re.fullmatch(r"\w+", owner) is not None and not struct
    members = world.index.members(struct) if struct and world.index is not None else ()
    return not members or lock in members


@dataclass(slots=True)
class Ways:
    """Calls through which a function is entered, each followed up to what tells of the lock."""

    held: dict[Location, None] = field(default_factory=dict)
    """Calls made with it held."""
    seen: set[tuple[str, int]] = field(default_factory=set)
    unread: int = 0
    lacking: bool = False
    """True if some call is certainly made without."""

    @property
    def number(self) -> int:
        """How many there are, with those that cannot be read."""
        return len(self.seen) + self.unread

    def may_agree(self, budget: Budget) -> bool:
        """False if whatever is still looked at cannot make most of them hold it."""
        left = max(0, budget.calls)
        behind = self.number - 2 * len(self.held)
        return not self.lacking and behind < min(left, _BEHIND_AT_MOST)

    @property
    def agree(self) -> bool:
        """True if most of them hold it and none certainly lacks it."""
        return not self.lacking and mostly(len(self.held), self.number)


def ways_to(world: World, function: Function, wanted: Callable[[Site], Wanted | None]) -> Ways:
    """The ways to a function of the World's file; ``wanted`` gives the lock in a caller's words.

    No more of them than tell whether most hold it: nobody asks how many do not.
    """
    ways = Ways()
    _follow(world, function, wanted, ways, Budget(), _UP)
    return ways


def _follow(
    world: World,
    function: Function,
    wanted: Callable[[Site], Wanted | None],
    ways: Ways,
    budget: Budget,
    depth: int,
) -> None:
    sites = sites_of(world, function, tables=True)
    ways.unread += sites.unread + bool(sites.why) + (not sites.known and not sites.unread)
    for site in sites.known:
        if not ways.may_agree(budget):
            return
        lock = wanted(site)
        key = (site.path, site.start_byte)
        if key in ways.seen:
            continue
        if lock is None or not budget.spend():
            ways.seen.add(key)
            continue
        state = lock_at(world, site, lock, held=bool(entered_with(site.caller, lock)))
        if depth and if_entered_so(world, site, lock, state) is not None:
            here = world if site.path == world.path else World(site.source, world.library)
            _follow(here, site.caller, _above(lock, site), ways, budget, depth - 1)
            continue
        ways.seen.add(key)
        lacking = state.held in (Held.RELEASED, Held.TAKEN_AFTER)
        ways.lacking |= lacking and not site.through
        if state.held is Held.YES:
            operation = (
                shown(site, state.operations[0]).note if state.operations else "is annotated so"
            )
            ways.held[
                Location(site.path, site.line, f"{site.caller.name}() calls: {operation}")
            ] = None


def _above(lock: Wanted, below: Site) -> Callable[[Site], Wanted | None]:
    return lambda site: translated(lock, below.source, below.caller, site)


def is_of_one(site: Site, operation: Operation, wanted: Wanted) -> bool:
    """True unless the lock of an operation is one of several that a bare name may mean.

    ``pond_lock`` is the lock of the only pond that a function knows, and of the one that it hands
    on; with two ponds at hand it may be either's, and so it may be behind a pointer of another
    object: ``lake->pond->pond_lock``. A local that stands for the way to the object is another word
    for it, as long as nothing on that way changes.
    """
    if wanted.exact:
        named = [one for tag, one in operation.objects if lock_name(one) == wanted.name]
        return any(is_meant(one, wanted) for one in named)
    if not wanted.any_owner:
        return True
    for tag, spelled in operation.objects:
        if not tag.startswith("lock.") or lock_name(spelled) != wanted.name:
            continue
        text = normal(spelled)
        root, *members = re.split(r"->|\.", text)
        if not members:
            continue
        if "[" in text or "->" in text.removeprefix(root).removeprefix("->"):
            return False
        if wanted.roots is not None and root not in wanted.roots:
            return False
        if not is_only_one(site.source, site.caller, root):
            return False
    return True


def _says(operation: Operation) -> bool:
    return any(tag.startswith("lock.assert") for tag, _ in operation.objects)


def entered_with(function: Function, wanted: Wanted) -> str:
    """The annotation that says a function is entered with the lock held, or ''."""
    for annotation in function.annotations:
        match = _ANNOTATION.match(annotation)
        if match is None or lock_name(match[1]) != wanted.name:
            continue
        if is_meant(match[1], replace(wanted, roots=frozenset(function.parameters))):
            return annotation
    return ""


def translated(wanted: Wanted, source: SourceFile, function: Function, site: Site) -> Wanted | None:
    """The lock of a function of a file in the words of a call of it; None if it cannot be said."""
    if not wanted.exact:
        roots = frozenset(text for text in site.arguments if re.fullmatch(r"\w+", text))
        return replace(wanted, roots=roots)
    parts = re.split(r"->|\.", wanted.exact)
    if len(parts) == 1:
        return wanted
    if has_alike(parts[0], source, function, site):
        return replace(wanted, alike=True)
    spelled = written_out(source, function, wanted.exact)
    owner = spelled[: -len(parts[-1])].rstrip("->.")
    exact = mapped(owner, wanted.name, function.parameters, site.arguments)
    alike = wanted.alike or spelled != wanted.exact
    return replace(wanted, exact=exact, alike=alike) if exact else None


def has_alike(name: str, source: SourceFile, function: Function, site: Site) -> bool:
    """True if a local of a function and one of its caller have the same name and struct.

    ``xhci`` is the same host wherever it is called so, also where the function itself has no such
    variable: what is found by it is said and not proved.
    """
    if name in function.parameters:
        return False
    there = struct_of(site.source, site.caller, name)
    here = struct_of(source, function, name)
    return bool(there) and (here == there or name not in names_in(source, function))


def names_in(source: SourceFile, function: Function) -> frozenset[str]:
    """The identifiers of a function's code."""
    return source.identifiers(function.start_byte, function.end_byte)


def shown(site: Site, operation: Operation) -> Location:
    """Where an operation on a lock stands in the function around ``site``, and what it is."""
    spelled = next(
        (name for tag, name in operation.objects if tag.startswith("lock.") and name), ""
    )
    name = operation.name
    if name.startswith("guard:"):
        name = f"guard({name[6:]})"
    if operation.via:
        return Location(site.path, operation.line, f"{operation.via[0]}() does {name}({spelled})")
    return Location(site.path, operation.line, f"{name}({spelled})")


def wanted_here(lock: Lock) -> Wanted | None:
    """The lock looked for in the function whose words the comment uses; None if not certain."""
    writes = lock.mode == "write"
    if lock.prose or (not lock.owner and lock.name in GENERIC):
        return None
    if lock.owner:
        exact = normal(f"{lock.owner}->{lock.name}")
        return Wanted(lock.name, exact, writes=writes)
    return Wanted(lock.name, "", writes=writes, any_owner=True)
