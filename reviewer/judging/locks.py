"""Locks by name: how comments spell them, and whether a tree still has them."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from difflib import get_close_matches
from functools import cache
from pathlib import Path

from reviewer.claims.lock_names import lock_name
from reviewer.claims.model import Claim
from reviewer.claims.wording.near import (
    sentence_near as sentence_near,  # noqa: PLC0414 - rules of locks ask for it here
)
from reviewer.judging.suggesting import is_form
from reviewer.kernel.renamed import renamed, replacements
from reviewer.tree.likeness import is_one_slip
from reviewer.tree.model import Index, NameKind
from reviewer.verdict import Location, Verdict, broken
from reviewer.world import World


@dataclass(frozen=True, slots=True)
class ProseLock:
    """A lock that comments call by words; it is gone when the tree uses none of its names."""

    words: tuple[str, ...]
    names: tuple[str, ...]
    today: str


@cache
def prose_locks() -> Mapping[str, ProseLock]:
    """The built-in table of locks that comments call by words."""
    data = tomllib.loads(Path(__file__).with_name("locks.toml").read_text(encoding="utf-8"))
    return {
        name: ProseLock(tuple(row["words"]), tuple(row["names"]), row["today"])
        for name, row in data["prose"].items()
    }


@cache
def lost_locks() -> tuple[str, ...]:
    """Locks that the kernel renamed or gave up."""
    return tuple(row.name for row in renamed().values() if row.kind == "lock")


_HELD = (
    r"(?:hold|holds|holding|held|under|inside|with|without|by|hav(?:e|ing)|take|takes|taking"
    r"|took|taken|got)"
)
_DONE = (
    r"(?:acquir(?:e|es|ed|ing)|grab(?:s|bed|bing)?|drop(?:s|ped|ping)?|releas(?:e|es|ed|ing)"
    r"|re-?take|get|unlock(?:s|ed|ing)?|locks|locking|(?:to|must|we|and) lock|needs?|requires?"
    r"|nests? (?:inside|outside|under|within))"
)
_ARTICLE = (
    r"(?:(?:both|either|the|its|our|their|this|an?|that|same|global|local|per[- ]\w+|root"
    r"|parent|inode|of|and|or|on|\w+'s?)\s+){0,5}"
)
_BEFORE = re.compile(
    rf"\b(?:{_HELD}|{_DONE})\s+{_ARTICLE}(?:[&\"'`@]|(?:\w+(?:->|\.|::))+)*\Z", re.I
)
_AFTER = re.compile(
    r"[\"'`]*\s*(?:\((?:read|write|shared|exclusive)\w*\)\s*)?(?:itself\s+)?"
    r"(?:lock|mutex|semaphore|spin ?lock|rwsem|is|are|was|must|should|has|to|be|may|can|already"
    r"|also|both)?\s*"
    r"(?:(?:not|be|is|been|already|to|also|both|only)\s+){0,3}"
    r"(?:held|hold|taken|(?<!not )locked|acquired|dropped|released|grabbed"
    r"|protect(?:s|ed|ion|ing)?|serializ(?:es|ed|ing)|synchroni[sz](?:es|ed|ing)"
    r"|guard(?:s|ed)?|nests?|for (?:read|write|reading|writing)|in (?:read|write) mode)\b",
    re.I,
)
_WAS = re.compile(r"\bwas (?:the )?\Z|\bwhat was\b", re.I)
_PLACEHOLDER = re.compile(
    r"(?:\w*(?:foo|bar|baz|xxx|some|my|your|other)|[abcxy]|lock|user|spin|rw|raw|seq|srcu|rcu|rt|percpu|any|mutex|rcu_?read)_?"
    r"(?:lock|mutex|sem|rwsem|spinlock|mtx)\d?",
    re.I,
)
_MANY = frozenset(("table", "tbl", "array", "hash", "map", "list", "lock", "locks", "ptr"))


def used_as_lock(claim: Claim) -> bool:
    """True if the words around a mention speak of it as a lock: held, taken, protecting."""
    before, after = sentence_near(claim)
    if _WAS.search(before):
        return False
    return bool(_BEFORE.search(before) or _AFTER.match(after))


def is_placeholder(name: str) -> bool:
    """True for a name that stands for any lock: ``foo_lock``, ``rw_lock``."""
    return _PLACEHOLDER.fullmatch(name) is not None


_HOLDS = re.compile(r"\bhold(?:s|ing)? (?:the )?\Z", re.I)
_IS_HELD = re.compile(r"\W?\s?(?:is |must be |are )?held\b")
_HOLDABLE = frozenset((NameKind.LOCK, NameKind.FIELD, NameKind.VARIABLE))
"""What can be held; a function or an event of the trace that is called ``foo_lock`` cannot."""
_LIKE = 0.85
"""How much of a misspelt name must be right, as difflib counts it."""


def misspelt(claim: Claim) -> str:
    """A name that is held like a lock and nearly spells one that went away, or ''."""
    name = claim.object.name if claim.object is not None else ""
    if not re.fullmatch(r"[a-z]\w*_\w+", name):
        return ""
    before, after = sentence_near(claim, 40)
    if not (_HOLDS.search(before) or _IS_HELD.match(after)):
        return ""
    return name if get_close_matches(name, lost_locks(), n=1, cutoff=_LIKE) else ""


def spelled_otherwise(name: str, world: World) -> str:
    """How the code spells a lock that the comment abbreviates, or ''.

    ``hugetlb_fault_mutex`` for ``hugetlb_fault_mutex_table``, ``threadgroup_rwsem`` for
    ``cgroup_threadgroup_rwsem``, ``kvm_mmu_lock`` for ``kvm->mmu_lock``, ``nfs_sync_lock`` for
    ``ocfs2_nfs_sync_lock()`` in fs/ocfs2. A rename that ``locks.toml`` knows is no abbreviation.
    """
    if name in lost_locks():
        return ""
    here = [
        known
        for known in world.source.identifiers()
        if known.strip("_") == name.strip("_") or _long_form(name, known)
    ]
    if here:
        return min(here)
    for folder in world.path.split("/")[:-1]:
        known = f"{folder}_{name}"
        if world.index is not None and world.index.used_in_kernel(known):
            return known
    for known in _near(name, world):
        if _long_form(name, known) and _defined_beside(known, world, headers=False):
            return known
    return _as_member(name, world)


def _long_form(name: str, known: str) -> bool:
    if known.startswith(name + "_"):
        return known[len(name) + 1 :] in _MANY
    return known.endswith("_" + name)


def _near(name: str, world: World) -> tuple[str, ...]:
    return () if world.index is None else world.index.similar(name, limit=6)


def _defined_beside(name: str, world: World, headers: bool = True) -> bool:
    """True if the name is defined in the file's folder, or (``headers``) in a header for all."""
    folder = world.path.rpartition("/")[0]
    if world.index is None:
        return False
    return any(
        d.path.rpartition("/")[0] == folder or (headers and d.path.startswith("include/"))
        for d in world.index.senses(name)
    )


def _as_member(name: str, world: World) -> str:
    """``a->b_lock`` or ``a.b_lock`` that a comment writes as ``a_b_lock``."""
    code = world.source.code()
    here = world.source.identifiers()
    for cut in (at for at, char in enumerate(name) if char == "_" and 0 < at < len(name) - 1):
        head, tail = name[:cut], name[cut + 1 :]
        spelled = re.search(
            rb"\b\w*" + head.encode() + rb"s?(?:->|\.)" + tail.encode() + rb"\b", code
        )
        if spelled is not None:
            return spelled[0].decode()
        if head in here and "_" in tail and _defined_beside(tail, world, headers=False):
            return f"{head}->{tail}"
        if world.index is not None and head in here:
            structs = re.findall(rb"\bstruct\s+(\w+)[\s*]+%b\s*[;,)]" % head.encode(), code)
            if any(tail in world.index.members(one.decode()) for one in set(structs[:8])):
                return f"{head}->{tail}"
    return ""


def is_gone(name: str, index: Index) -> bool:
    """True if no code of the kernel proper has the name.

    Underscores before it, a capital at the start of a sentence and lockdep's names of
    wait/wound classes (``foo_ww_class_mutex``, from ``#class "_mutex"``) make no difference.
    """
    spellings = {name, "_" + name, "__" + name, name[0].lower() + name[1:]}
    if name.endswith("_ww_class_mutex"):
        spellings.add(name.removesuffix("_mutex"))
    return index.complete and not any(index.used_in_kernel(one) for one in spellings)


def out_of_sight(claim: Claim, name: str, world: World, index: Index) -> Verdict | None:
    """Broken if a renamed lock's name is today only that of structs the file knows nothing of.

    ``files_lock`` of a sound card or a terminal is not the lock of the table of open files.
    """
    if name not in lost_locks():
        return None
    here, folder = world.source.identifiers(), world.path.rpartition("/")[0] + "/"
    if name in here or any(path.startswith(folder) for path in index.files(name)):
        return None
    definitions = index.definitions(name)
    if not definitions or any(not one.owner or one.owner in here for one in definitions):
        return None
    owners = sorted({one.owner for one in definitions})
    return broken(
        f"The comment speaks of {name}, but the only locks of that name are members of "
        f"{', '.join(f'struct {one}' for one in owners[:2])}, which this file does not use.",
        *(Location(one.path, one.line, f"{name} of struct {one.owner}") for one in definitions[:2]),
        Location(world.path, claim.line, f"names {name}"),
    )


def successor(name: str, world: World) -> str:
    """What the lock is probably called today, or ''."""
    index = world.index
    if index is None:
        return ""
    meant = [name] if lock_name(name) else get_close_matches(name, lost_locks(), 1, _LIKE)
    for new in replacements(meant[0] if meant else name):
        if index.used_in_kernel(new):
            return new
    here = world.source.identifiers()
    near = [one for one in _near(name, world) if lock_name(one) and one != name]
    kinds = {one: {sense.kind for sense in index.senses(one)} for one in near}
    near = [one for one in near if not kinds[one] or kinds[one] & _HOLDABLE]
    near = [one for one in near if is_form(name, one) or is_one_slip(name, one)]
    return next(
        (one for one in near if one in here or _defined_beside(one, world, headers=False)), ""
    )
