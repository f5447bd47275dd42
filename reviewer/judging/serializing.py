"""Callers that are told to serialize what they do: whether they hold some lock at the call."""

from __future__ import annotations

import re

from reviewer.claims.model import Claim
from reviewer.judging.callsites import Site, sites_of
from reviewer.judging.locks import sentence_near
from reviewer.judging.lockstate import Wanted
from reviewer.judging.proof import Budget, Proof, joined, mostly, proof_at
from reviewer.kernel.expressions import lock_name
from reviewer.source.model import Function
from reviewer.verdict import Verdict, agrees, unknown
from reviewer.world import World

_UP = 3
_OF_CALLERS = re.compile(r"\bcallers?\b[^.;]*\Z", re.I)


def asks_callers(claim: Claim) -> bool:
    """True if it is the callers who are to serialize."""
    return _OF_CALLERS.search(sentence_near(claim)[0] + claim.quote) is not None


def callers_serialize(function: Function, world: World) -> Verdict:
    """Agrees if most calls of a function of the World's file are made with some lock held.

    That it is one lock for one object, wherever it is called, is not shown.
    """
    sites = sites_of(world, function, tables=True)
    silent = f"what callers of {function.name}() hold is not known"
    if sites.why or not sites.known:
        return unknown(f"{silent}{'; ' if sites.why else ''}{sites.why}")
    budget = Budget()
    proofs = [_some_lock(world, site, budget, _UP) for site in sites.known]
    good = [one for one in proofs if one is not None]
    all_ = len(good) == len(proofs)
    if not (all_ or mostly(len(good), len(proofs))):
        return unknown(f"{silent}; {len(good)} of {len(proofs)} calls seen hold some lock")
    said = f"{len(good)} of {len(proofs)} calls seen of {function.name}() are made with a lock held"
    return agrees(said, *joined(good).places[:8], partial=bool(sites.unread) or not all_)


def _some_lock(world: World, site: Site, budget: Budget, depth: int) -> Proof | None:
    """What shows that a call is made with one lock or another held; None if that is not sure."""
    taken = {
        lock_name(spelled)
        for operation in site.facts.operations
        for spelled in (*operation.about("lock.acquire"), *operation.about("lock.assert"))
    }
    for leaf in sorted(taken):
        proof = proof_at(world, site, Wanted(leaf, "", any_owner=True), budget, depth=0)
        if proof is not None:
            return proof
    if depth <= 1:
        return None
    here = world if site.path == world.path else World(site.source, world.library)
    above = sites_of(here, site.caller, tables=True)
    if above.why or above.unread or not above.known:
        return None
    proofs = [_some_lock(here, one, budget, depth - 1) for one in above.known]
    return None if any(one is None for one in proofs) else joined(o for o in proofs if o)
