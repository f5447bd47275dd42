"""Callers as evidence: whether those who call a function hold the lock that its comment names."""

from __future__ import annotations

import re
from dataclasses import dataclass, replace

from reviewer.claims.model import Claim
from reviewer.claims.wording.duties import hands_over, singles_out
from reviewer.judging.aliases import in_full, is_of_the_entry
from reviewer.judging.bodies import bodies, reached
from reviewer.judging.callerlock import (
    anybodys,
    can_be_mapped,
    is_of_a_kind,
    is_of_another_object,
    of_a_parameter,
    wanted_of,
)
from reviewer.judging.callsites import Site, sites_of
from reviewer.judging.holding import (
    GENERIC,
    Lock,
    LockOperation,
    Same,
    lock_operations,
    one_of_several,
)
from reviewer.judging.lockstate import AtCall, Held, Wanted, lock_at
from reviewer.judging.members import is_only_one, struct_in_file, struct_reached
from reviewer.judging.nobody import calls_without
from reviewer.judging.proof import (
    Budget,
    Proof,
    entered_by_table,
    entered_with,
    joined,
    mostly,
    names_in,
    proof_at,
    shown,
    ways_to,
)
from reviewer.kernel import primitive
from reviewer.kernel.expressions import lock_name, normal
from reviewer.kernel.table import named_locks
from reviewer.source.model import Function
from reviewer.verdict import Location, Tier, Verdict, agrees, broken, unknown
from reviewer.world import World


@dataclass(frozen=True, slots=True)
class Asked:
    """What one call site says."""

    site: Site
    state: AtCall
    proof: Proof | None = None
    """By what the lock is certainly held there, in the caller or in its own callers."""


def callers_hold(claim: Claim, lock: Lock, function: Function, world: World) -> Verdict:
    """Judge "the caller holds it" by what the callers in the tree do.

    Broken if some caller certainly calls without the lock, holds if every one certainly has it.
    """
    silent = f"{function.name}() neither asserts nor takes {lock.text} itself"
    if is_of_a_kind(lock, function, world):
        lock = replace(lock, owner="", alike=True)
    if not can_be_mapped(lock, function, world.source):
        return unknown(silent)
    calls = sites_of(world, function, tables=True)
    another = singles_out(claim, lock.name, strictly=True)
    whose = lock.owner or ("another's" if another else "")
    sites, said = entered_by_table(calls, lock.name, whose, world, function)
    if sites.why:
        return unknown(f"{silent}; {sites.why}")
    if said and not sites.known and not sites.unread:
        return agrees(f"{function.name}() is entered with {lock.text} held", *said)
    if not sites.known:
        return unknown(f"{silent}, and no call of it can be read ({sites.unread} mentions)")
    budget = Budget()
    asked: list[Asked] = []
    doubted, skipped = sites.unread, list[Site]()
    for site in sites.known:
        # where most can no longer hold it, it does not matter by what the others do
        if 2 * doubted >= len(sites.known) + sites.unread:
            skipped.append(site)
        prove = site not in skipped[-1:]
        asked.append(_ask(world, site, lock, function, budget, prove=prove))
        doubted += asked[-1].proof is None
    lacking = (Held.RELEASED, Held.TAKEN_AFTER)
    if sure := [one for one in asked if one.state.held in lacking and not one.site.through]:
        against = _without(claim, lock, function, world, sure)
        if against is not None:
            return against
    proofs = [one.proof for one in asked if one.proof is not None]
    count = len(proofs)
    if count == len(asked) and not sites.unread:
        plural = "its only call is made with" if count == 1 else f"all {count} calls are made with"
        proofs += [Proof(said, said=True)] if said else []
        return joined(proofs).verdict(f"{function.name}(): {plural} {lock.text} held")
    rest = f", {sites.unread} further mentions" if sites.unread else ""
    ways = ways_to(
        world,
        function,
        lambda site: wanted_of(lock, world.source, function, site) or anybodys(lock),
    )
    if ways.agree:
        most = (
            f"{function.name}(): {len(ways.held)} of {ways.number} ways to call it that were seen"
        )
        return agrees(
            f"{most} certainly hold {lock.text}, the others cannot be told",
            *tuple(ways.held)[:8],
            partial=True,
        )
    if not ways.lacking and mostly(count, len(asked) + sites.unread):
        return agrees(
            f"{function.name}(): {count} of {len(asked) + sites.unread} calls certainly hold "
            f"{lock.text}, the others cannot be told",
            *joined(proofs).places[:8],
            partial=True,
        )
    if not count and not sites.unread and not one_of_several(claim) and _certain(lock, claim):
        against = _by_nobody(lock, function, world)
        late = (_ask(world, one, lock, function, budget, prove=True).proof for one in skipped)
        if against is not None and not any(late):
            return against
    certain = f"at least {count}" if skipped else count
    return unknown(f"{silent}; of {len(asked)} calls seen {certain} certainly hold it{rest}")


def _by_nobody(lock: Lock, function: Function, world: World) -> Verdict | None:
    """Broken, as a hint, if no caller that can be followed so much as spells the lock."""
    if lock.name in GENERIC or lock.prose or world.index is None:
        return None
    if lock.name not in named_locks() and not world.index.senses(lock.name):
        return None  # there is no such lock at all: another rule says so
    calls = calls_without(world, function, lock.name)
    if not calls:
        return None
    files = len({one.path for one in calls})
    return broken(
        f"The comment says that {lock.text} is held where {function.name}() is called, but none "
        f"of the {len(calls)} calls that lead to it takes it, nor does anything else in "
        f"{'their file' if files == 1 else f'their {files} files'}.",
        *(
            Location(one.path, one.line, f"{one.caller.name}() does not take it")
            for one in calls[:3]
        ),
        tier=Tier.HINT,
    )


def callers_do_not_hold(
    claim: Claim, lock: Lock, function: Function, world: World
) -> Verdict | None:
    """Broken if some caller certainly has a lock that the comment forbids."""
    sites = sites_of(world, function)
    for site in sites.known:
        wanted = wanted_of(lock, world.source, function, site)
        if wanted is None or wanted.alike:
            continue
        state = lock_at(world, site, wanted)
        if state.held is not Held.YES or state.operation is None or one_of_several(claim):
            continue
        if not _certain(lock, claim) or _unsafe(world, site, state, lock):
            continue
        return broken(
            f"The comment forbids to hold {lock.text}, but {site.caller.name}() calls "
            f"{function.name}() with it held.",
            *_evidence(site, state, function),
        )
    return None


def _ask(
    world: World, site: Site, lock: Lock, function: Function, budget: Budget, *, prove: bool
) -> Asked:
    full = in_full(lock, function, world.source)
    exact = wanted_of(full, world.source, function, site) if full != lock else None
    if exact is not None and not is_of_the_entry(world.source, function, lock.owner):
        exact = replace(exact, alike=True)
    wanted = wanted_of(lock, world.source, function, site) or exact
    if wanted is None:
        return Asked(site, AtCall(Held.UNKNOWN))
    entered = entered_with(site.caller, wanted)
    strict = lock_at(world, site, wanted, held=bool(entered))
    if not prove:
        return Asked(site, strict)
    proof = proof_at(world, site, exact, budget) if exact is not None else None
    proof = proof or proof_at(world, site, wanted, budget)
    if proof is None and (owned := of_a_parameter(lock, function, world)) is not None:
        exact = wanted_of(owned, world.source, function, site)
        proof = proof_at(world, site, exact, budget) if exact is not None else None
    open_ = not lock.owner and strict.held in (Held.UNKNOWN, Held.ENTRY)
    if proof is None and open_ and not is_of_another_object(site, wanted):
        loose = replace(wanted, any_owner=True, alike=True)
        proof = proof_at(world, site, loose, budget)
    return Asked(site, strict, proof)


def of_its_struct(
    lock: Lock, done: tuple[LockOperation, ...], function: Function, world: World
) -> tuple[LockOperation, ...]:
    """The operations less those on the lock of another struct, where both are known."""
    mine = struct_reached(world.library, world.source, function, lock.owner) if lock.owner else ""
    if not mine and lock.owner not in names_in(world.source, function):
        mine = next(iter(struct_in_file(lock.owner, world)), "")
    if not mine:
        return done

    def other(one: LockOperation) -> bool:
        owner = normal(one.spelled)[: -len(lock.name)].rstrip("->.")
        theirs = struct_reached(world.library, world.source, function, owner)
        return one.sure is Same.MAYBE and not one.operation.via and theirs not in ("", mine)

    return tuple(one for one in done if not other(one))


def _without(
    claim: Claim, lock: Lock, function: Function, world: World, sure: list[Asked]
) -> Verdict | None:
    """The verdict on callers that lack the lock, if nothing speaks against it."""
    if one_of_several(claim):
        return None
    done = lock_operations(lock, claim, function, world.function_facts(function))
    if of_its_struct(lock, done, function, world):
        return None
    for one in sure:
        site, state = one.site, one.state
        wanted = wanted_of(lock, world.source, function, site)
        if wanted is None or not _certain(lock, claim):
            continue
        if wanted.alike and not _is_the_callers(lock, function, world, site):
            continue
        if state.held is Held.TAKEN_AFTER and hands_over(claim):
            continue
        if _unsafe(world, site, state, lock) or _sets_up(world, site, wanted):
            continue
        how = (
            f"takes {lock.text} only after it calls"
            if state.held is Held.TAKEN_AFTER
            else f"has dropped {lock.text} before it calls"
        )
        return broken(
            f"The comment asks the caller to hold {lock.text}, but {site.caller.name}() {how} "
            f"{function.name}().",
            *_evidence(site, state, function),
            tier=Tier.HINT if wanted.alike else None,
        )
    return None


def _is_the_callers(lock: Lock, function: Function, world: World, site: Site) -> bool:
    """True if the object whose lock it is, is known to the caller alone, and is the only one there.

    ``pool->lock`` over a function that is given a page of the pool: whoever has just one pool is
    likely to be asked for its lock. Likely only: what rests on it is a hint.
    """
    owner = lock.owner
    return (
        owner.isidentifier()
        and owner not in names_in(world.source, function)
        and is_only_one(site.source, site.caller, owner)
    )


def _certain(lock: Lock, claim: Claim) -> bool:
    """True unless the words single out the lock of another object than the argument."""
    return bool(lock.owner) or not singles_out(claim, lock.name)


def _unsafe(world: World, site: Site, state: AtCall, lock: Lock) -> bool:
    """True if something between the call and the operation, in what it calls, names the lock."""
    assert state.operation is not None
    first, last = sorted((site.start_byte, state.operation.start_byte))
    names = {
        op.name
        for op in site.facts.operations
        if first < op.start_byte < last and not op.via and not op.concepts
    }
    word = re.compile(rf"\b\w*{re.escape(lock.name)}\w*\b")
    for name in sorted(names)[:40]:
        for body in bodies(world, name, site.source):
            if word.search(body.code().decode("latin-1")):
                return True
            for count, call in enumerate(reached(world, body, _primitive)):
                if count > 400 or word.search(call.arguments.partition(";")[0]):
                    return True
    return False


def _sets_up(world: World, site: Site, wanted: Wanted) -> bool:
    """True if the caller initialises the lock: nobody else can have the object yet.

    Not if what it initialises is known to be of another struct.
    """
    mine = _struct_around(world, site, wanted.exact)
    return any(
        lock_name(name) == wanted.name
        and not (mine and _struct_around(world, site, name) not in ("", mine))
        for op in site.facts.having("lock.init")
        for name in op.about("lock.init")
    )


def _struct_around(world: World, site: Site, spelled: str) -> str:
    """The struct that a lock of a caller is a member of; '' if not told."""
    owner = re.split(r"(?:->|\.)\w+\Z", normal(spelled))[0] if spelled else ""
    if not owner or owner == normal(spelled):
        return ""
    return struct_reached(world.library, site.source, site.caller, owner)


def _primitive(name: str) -> bool:
    return primitive(name) is not None


def _evidence(site: Site, state: AtCall, function: Function) -> tuple[Location, ...]:
    call = Location(site.path, site.line, f"{site.caller.name}() calls {function.name}()")
    if state.operation is None:
        return (call,)
    return call, shown(site, state.operation)
