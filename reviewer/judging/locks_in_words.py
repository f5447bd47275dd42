"""Locks that are called by words: of an object of a kind, or by a name that the folder has.

"The bridge lock" is ``p->br->lock``, of a struct net_bridge; "chunk mutex" is ``chunk_mutex``.
"""

from __future__ import annotations

import re

from reviewer.claims.model import Claim
from reviewer.claims.wording.locks import mode_of
from reviewer.judging.holding import GENERIC, Lock
from reviewer.judging.members import struct_of, struct_reached
from reviewer.source.model import Function
from reviewer.tree.model import NameKind
from reviewer.world import World

_LED_TO = re.compile(rb"->(\w+)")


def of_kind(word: str, claim: Claim, function: Function, world: World) -> Lock | None:
    """The lock without a name of its own in the one object of a kind that a parameter leads to.

    The kind is the last word of the struct's tag, in full. Two ways to such an object, or two such
    locks in it, leave open which is meant.
    """
    index = world.index
    if index is None or not word.isidentifier():
        return None
    spelled = {one.decode() for one in _LED_TO.findall(world.source.code())}
    found: list[Lock] = []
    for name in function.parameters:
        struct = struct_of(world.source, function, name)
        for member in sorted(spelled & index.members(struct)) if struct else ():
            owner = f"{name}->{member}"
            tag = struct_reached(world.library, world.source, function, owner)
            if tag.rpartition("_")[2] != word:
                continue
            locks = index.members(tag) & GENERIC
            if len(locks) != 1:
                return None
            found.append(Lock(owner, next(iter(locks)), mode_of(claim)))
    return found[0] if len(found) == 1 else None


def of_folder(word: str, claim: Claim, world: World) -> Lock | None:
    """The one lock of the folder, variable or member, that is called by the word: ``ovs_mutex``."""
    index = world.index
    text = claim.object.text.lower() if claim.object is not None else ""
    if index is None or not word.isidentifier():
        return None
    folder = world.path.rpartition("/")[0]
    ends = _ENDS.get(text.rpartition(" ")[2], ("lock", "mutex"))
    found = {
        f"{word}_{end}"
        for end in ends
        for one in index.senses(f"{word}_{end}")
        if one.kind in _LOCKS and one.path.startswith(f"{folder}/")
    }
    return Lock("", found.pop(), mode_of(claim)) if len(found) == 1 else None


_ENDS = {"mutex": ("mutex",), "semaphore": ("sem", "rwsem"), "spinlock": ("lock", "spinlock")}
_LOCKS = frozenset({NameKind.FIELD, NameKind.LOCK, NameKind.VARIABLE})
