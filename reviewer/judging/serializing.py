"""Callers that are told to serialize what they do: whether they hold a lock at the call."""

from __future__ import annotations

from collections import Counter

from reviewer.judging.callsites import Site, sites_of
from reviewer.judging.lockstate import Wanted
from reviewer.judging.proof import Budget, Proof, joined, mostly, proof_at
from reviewer.kernel.expressions import lock_name
from reviewer.source.model import Function
from reviewer.verdict import Verdict, agrees, unknown
from reviewer.world import World

_UP = 3


def callers_serialize(function: Function, world: World) -> Verdict:
    """Agrees if most calls of a function of the World's file are made with locks of one name held.

    That it is one lock for one object, wherever it is called, is not shown. A lock that readers
    share serializes nobody.
    """
    sites = sites_of(world, function, tables=True)
    silent = f"what callers of {function.name}() hold is not known"
    if sites.why or not sites.known:
        return unknown(f"{silent}{'; ' if sites.why else ''}{sites.why}")
    budget = Budget()
    held = [_locks_held(world, site, budget, _UP) for site in sites.known]
    counted = Counter(lock for one in held for lock in sorted(one))
    lock, good = next(iter(counted.most_common(1)), ("", 0))
    if not (good and (good == len(held) or mostly(good, len(held)))):
        return unknown(f"{silent}; {good} of {len(held)} calls seen hold one lock")
    said = f"{good} of {len(held)} calls seen of {function.name}() are made with {lock} held"
    proofs = joined(one[lock] for one in held if lock in one)
    partial = bool(sites.unread) or good < len(held)
    return agrees(said, *proofs.places[:8], partial=partial)


def _locks_held(world: World, site: Site, budget: Budget, depth: int) -> dict[str, Proof]:
    """What shows that a call is made with a lock held alone, for each name of one."""
    taken = {
        lock_name(spelled)
        for operation in site.facts.operations
        for spelled in (*operation.about("lock.acquire"), *operation.about("lock.assert"))
    }
    found: dict[str, Proof] = {}
    for leaf in sorted(taken):
        wanted = Wanted(leaf, "", any_owner=True, writes=True)
        proof = proof_at(world, site, wanted, budget, depth=0)
        if proof is not None:
            found[leaf] = proof
    if found or depth <= 1:
        return found
    here = world if site.path == world.path else World(site.source, world.library)
    above = sites_of(here, site.caller, tables=True)
    if above.why or above.unread or not above.known:
        return {}
    higher = [_locks_held(here, one, budget, depth - 1) for one in above.known]
    common = set.intersection(*(set(one) for one in higher))
    return {lock: joined(one[lock] for one in higher) for lock in sorted(common)}
