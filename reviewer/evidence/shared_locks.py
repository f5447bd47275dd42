"""Code that is said to keep a named function out, and the lock that both of them take."""

from __future__ import annotations

from collections.abc import Iterator

from reviewer.claims.model import Claim
from reviewer.claims.wording.locks import locks_said
from reviewer.judging.context import where
from reviewer.judging.holding import GENERIC
from reviewer.judging.lockstate import is_shared
from reviewer.judging.members import struct_reached
from reviewer.kernel.expressions import lock_name, normal
from reviewer.source.file import SourceFile
from reviewer.source.model import Function, Operation
from reviewer.verdict import Verdict, agrees
from reviewer.world import World

_NAMES = ("function", "identifier", "code")


def shared_lock(claim: Claim, function: Function, world: World) -> Verdict | None:
    """Agrees if a function of the World's file takes a lock that one named by the claim takes too.

    Locks of one name of its own, or of one struct; that they are of one object is not shown. Two
    readers do not keep each other out. Of a claim that says which lock it is no other one tells.
    """
    said_so = locks_said(claim)
    mine = {lock: op for lock, op in _taken(world, world.source, function) if not op.via}
    for source, other in _named(claim, world, function) if mine else ():
        for lock, operation in _taken(world, source, other):
            if said_so and lock.rpartition("::")[2] not in said_so:
                continue
            if lock in mine and not (is_shared(mine[lock]) and is_shared(operation)):
                said = f"{function.name}() and {other.name}() both take {lock}"
                return agrees(said, where(mine[lock], world.path), where(operation, source.path))
    return None


def _named(claim: Claim, world: World, function: Function) -> Iterator[tuple[SourceFile, Function]]:
    """The other functions that a claim names."""
    for term in (claim.object, claim.subject):
        name = term.name.rstrip("()") if term is not None and term.concept in _NAMES else ""
        if name and name != function.name:
            yield from (one for one in world.functions(name)[:2] if not one[1].has_error)


def _taken(world: World, source: SourceFile, function: Function) -> Iterator[tuple[str, Operation]]:
    """The locks that a function takes, called so that another one's can be compared."""
    for operation in world.caller_facts(function, source).operations:
        for spelled in operation.about("lock.acquire"):
            leaf = lock_name(spelled)
            owner = normal(spelled)[: -len(leaf)].rstrip("->.")
            if leaf not in GENERIC:
                yield leaf, operation
            elif struct := struct_reached(world.library, source, function, owner):
                yield f"{struct}::{leaf}", operation
