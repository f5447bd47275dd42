"""Members of structs that a comment says a lock protects, and every access agrees.

What clang's context analysis would warn of is no proposal: a read without the lock, and also what
sets a member up before anybody else can have it (Documentation/dev-tools/context-analysis.rst).
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from reviewer.claims.model import Claim
from reviewer.evidence.fields import Data, Touch, writes_of
from reviewer.judging.holding import lock_of, one_of_several
from reviewer.judging.lockstate import Wanted
from reviewer.judging.proof import Budget, joined, proof_at
from reviewer.review.fix.assertion import is_member
from reviewer.source.model import AnchorKind
from reviewer.tree.model import NameKind
from reviewer.verdict import Location
from reviewer.world import World

GUARD = "__guarded_by"


@dataclass(frozen=True, slots=True)
class Guard:
    """A member to be guarded: ``text`` goes to offset ``at`` of its file."""

    member: str
    lock: str
    at: int
    text: str
    accesses: tuple[Location, ...]
    rests_on: tuple[Location, ...]
    """The operations that take the lock for them."""


def guard_of(claim: Claim, world: World) -> Guard | None:
    """The guard that a claim about a member asks for; None unless every access holds the lock.

    The comment must stand at the member and name a lock that is a direct member of the same struct.
    """
    anchor, index, lock = claim.comment.anchor, world.index, _lock(claim)
    if anchor.kind is not AnchorKind.FIELD or index is None:
        return None
    if claim.subject.concept != "code" or one_of_several(claim):
        return None
    struct, _, name = anchor.name.partition(".")
    if not (name.isidentifier() and lock.isidentifier()) or not any(
        is_member(one, struct, world) for one in index.definitions(lock)
    ):
        return None
    at = _end_of_declarator(name, struct, world)
    if at is None:
        return None
    data = Data(name, struct)
    found = writes_of(world, data, lock, (Touch.WRITE, Touch.READ, Touch.ATOMIC, Touch.INIT))
    if found.why or found.set_up or not found.writes:
        return None
    budget = Budget()
    proofs = []
    for access in found.writes:
        wanted = Wanted(lock, f"{access.owner}->{lock}")
        here = World(access.site.source, world.library)
        proof = proof_at(here, access.site, wanted, budget)
        if proof is None or proof.said:
            return None
        proofs.append(proof)
    return Guard(
        data.text,
        lock,
        at,
        f"{GUARD}(&{lock})",
        tuple(
            dict.fromkeys(
                Location(one.site.path, one.site.line, f"{one.site.caller.name}()")
                for one in found.writes
            )
        ),
        joined(proofs).places,
    )


def _lock(claim: Claim) -> str:
    """The lock's name, '' if it has none, or is to be held in a way that a guard cannot say.

    A member that is called just ``lock`` is a word too, and counts as its name.
    """
    lock = lock_of(claim)
    if lock is not None:
        return "" if (lock.prose and " " in lock.text) or lock.mode else lock.name
    return claim.object.text.strip() if claim.object is not None else ""


def _end_of_declarator(name: str, struct: str, world: World) -> int | None:
    """Behind the name of a member that is declared alone and plainly: no array, no bit field."""
    index = world.index
    assert index is not None
    lines = [
        one.line
        for one in index.definitions(name)
        if one.kind is NameKind.FIELD and one.owner == struct and one.path == world.path
    ]
    if len(lines) != 1:
        return None
    code = world.source.code()
    start = 0
    for _ in range(lines[0] - 1):
        start = code.find(b"\n", start) + 1
    end = code.find(b"\n", start)
    declared = re.match(
        rb"[ \t]+\w[\w \t]*[ \t*]" + name.encode() + rb"(?=[ \t]*;)", code[start:end]
    )
    return start + declared.end() if declared is not None else None
