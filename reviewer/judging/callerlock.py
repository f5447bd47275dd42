"""The lock that a comment of a function asks for, in the words of one of its callers."""

from __future__ import annotations

import re
from dataclasses import replace

from reviewer.judging.callsites import Site
from reviewer.judging.holding import GENERIC, Lock
from reviewer.judging.lockstate import Wanted, mapped
from reviewer.judging.members import is_only_one, struct_of
from reviewer.judging.proof import has_alike, names_in
from reviewer.kernel.expressions import lock_name, normal
from reviewer.source.file import SourceFile
from reviewer.source.model import Function
from reviewer.tree.model import NameKind
from reviewer.world import World


def can_be_mapped(lock: Lock, function: Function, source: SourceFile) -> bool:
    """True if the comment's words tell which lock of a caller is meant."""
    if lock.prose or (not lock.owner and lock.name in GENERIC):
        return False
    root = re.split(r"->|\.", lock.owner)[0]
    if not root or root in function.parameters or struct_of(source, function, root):
        return True
    return root not in names_in(source, function)


def wanted_of(lock: Lock, source: SourceFile, function: Function, site: Site) -> Wanted | None:
    """The lock in the words of one caller; None if it cannot be told which one is meant."""
    if not can_be_mapped(lock, function, source):
        return None
    writes = lock.mode == "write"
    if lock.owner:
        exact = mapped(lock.owner, lock.name, function.parameters, site.arguments)
        if exact:
            return Wanted(lock.name, exact, writes=writes)
        if not has_alike(re.split(r"->|\.", lock.owner)[0], source, function, site):
            return None
        return Wanted(lock.name, normal(f"{lock.owner}->{lock.name}"), writes=writes, alike=True)
    if lock.alike:
        if any(_is_of_several(text.lstrip("&"), site) for text in site.arguments):
            return None
        return Wanted(lock.name, "", any_owner=True, writes=writes, alike=True)
    roots = frozenset(
        text.lstrip("&") for text in site.arguments if re.fullmatch(r"&?[A-Za-z_]\w*", text)
    )
    return Wanted(lock.name, "", roots, writes=writes)


def anybodys(lock: Lock) -> Wanted | None:
    """Anybody's lock of a name that is its own."""
    if lock.owner or lock.name in GENERIC:
        return None
    return Wanted(lock.name, "", any_owner=True, writes=lock.mode == "write")


def _is_of_several(name: str, site: Site) -> bool:
    """True if a variable is one of several of its kind that a caller knows."""
    if not struct_of(site.source, site.caller, name):
        return False
    return not is_only_one(site.source, site.caller, name)


def is_of_a_kind(lock: Lock, function: Function, world: World) -> bool:
    """True if the owner is no variable but a kind of object: ``struct farm->pond.fish_lock``.

    The name of a struct, or what the one struct that has the lock is called by. The lock is then
    that of any such object, and which one is meant is not said.
    """
    root, *_, last = re.split(r"->|\.", lock.owner + "->" + lock.owner)
    index = world.index
    if index is None or not root or lock.name in GENERIC or root in function.parameters:
        return False
    if struct_of(world.source, function, root):
        return False
    if index.members(root):
        return True
    owners = {one.owner for one in index.senses(lock.name) if one.kind is NameKind.FIELD}
    return len(owners) == 1 and f"_{owners.pop()}".endswith(f"_{last}")


def of_a_parameter(lock: Lock, function: Function, world: World) -> Lock | None:
    """A lock without an owner as that of the one parameter whose struct has such a member."""
    if lock.owner or lock.name in GENERIC or world.index is None:
        return None
    having = [
        one
        for one in function.parameters
        if (struct := struct_of(world.source, function, one))
        and lock.name in world.index.members(struct)
    ]
    return replace(lock, owner=having[0]) if len(having) == 1 else None


def is_of_another_object(site: Site, wanted: Wanted) -> bool:
    """True if a caller takes the lock of a variable it does not hand on, of a struct it does."""
    roots = wanted.roots or frozenset()
    handed = {struct_of(site.source, site.caller, one) for one in roots} - {""}
    owners = {
        re.split(r"->|\.", normal(spelled))[0]
        for operation in site.facts.operations
        for spelled in operation.about("lock.acquire")
        if lock_name(spelled) == wanted.name
    }
    return any(struct_of(site.source, site.caller, one) in handed for one in owners - roots)
