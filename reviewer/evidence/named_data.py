"""Data that a comment calls by its name, and code that handles it as the comment says.

``sc_status`` of a remark in a struct, ``@list`` of a header, the member under a comment: each is
looked for in the sections of the lock that is named, or in what only readers and writers of RCU do.
That some code does so agrees with the comment and proves nothing of the rest.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from itertools import chain, islice

from reviewer.claims.lock_names import lock_name as is_lock_name
from reviewer.claims.model import Claim
from reviewer.evidence.fields import FILES_AT_MOST
from reviewer.evidence.sections import Section, sections_of
from reviewer.judging.holding import GENERIC, Lock, lock_of
from reviewer.kernel.folders import OTHER_PROGRAMS
from reviewer.source.model import AnchorKind
from reviewer.tree.model import Index, NameKind
from reviewer.tree.trace import traced_cache
from reviewer.verdict import Location, Verdict, agrees, unknown
from reviewer.world import World

_SPELLED = re.compile(r"(?:->|@|\b)([a-z]\w*_\w+|(?<=->)\w+|(?<=@)\w+)(?!\w|\(|->|\.\w)")
"""Names that no word of English is: with a low line, behind an arrow, or marked by ``@``."""
_DATA = frozenset({NameKind.FIELD, NameKind.VARIABLE})
_SECTIONS_AT_MOST = 60
_OWNERS_AT_MOST = 3
_UNDER = (AnchorKind.FIELD, AnchorKind.DECLARATION)


def named_data(claim: Claim, world: World, but: str = "") -> tuple[str, ...]:
    """Members and variables that a claim speaks of by name, in the order of its words."""
    index = world.index
    if index is None:
        return ()
    words = f"{claim.subject.text} {claim.subject.name} {claim.quote}"
    found = [name for name in _SPELLED.findall(words) if name != but]
    anchor = claim.comment.anchor
    if claim.about == "code" and anchor.kind in _UNDER:
        found.insert(0, anchor.name.rpartition(".")[2])
    names = dict.fromkeys(one for one in found if one != but and not is_lock_name(f"x->{one}"))
    return tuple(one for one in names if _is_data(index, one))


@traced_cache(maxsize=1024, compared=True)
def _is_data(index: Index, name: str) -> bool:
    """True if something that is no code is defined by a name."""
    return any(one.kind in _DATA for one in index.senses(name))


@traced_cache(maxsize=1024, compared=True)
def _owners(index: Index, name: str, owner: str) -> tuple[str, ...]:
    """What has a lock of a name; of a common one, what is called as its ``owner``.

    () for more than are looked at.
    """
    owners = {
        one.owner
        for one in index.senses(name)
        if one.kind in (*_DATA, NameKind.LOCK) and not one.path.startswith(OTHER_PROGRAMS)
    }
    if name in GENERIC:
        owners = {one for one in owners if one == owner or one.endswith(f"_{owner}")}
    return tuple(sorted(owners)) if len(owners) <= _OWNERS_AT_MOST else ()


def used_under(world: World, name: str, lock: Lock) -> list[Section]:
    """Sections of a lock in which the data is spelled."""
    index = world.index
    if index is None or (lock.name in GENERIC and not lock.owner):
        return []
    owners = _owners(index, lock.name, lock.owner)
    if not owners:
        return []
    every = chain.from_iterable(sections_of(world, lock.name, one) for one in owners)
    spelled = re.compile(rb"(?<!\w)" + re.escape(name.encode()) + rb"(?!\w)")
    return [one for one in islice(every, _SECTIONS_AT_MOST) if spelled.search(one.text)]


def named_under(claim: Claim, world: World) -> Verdict | None:
    """Agrees if data that a remark calls by name is used in sections of the lock it names."""
    lock = lock_of(claim)
    if lock is None or lock.prose or claim.scope.condition:
        return None
    names = named_data(claim, world, lock.name)
    for name in names:
        found = used_under(world, name, lock)
        if found:
            places = (Location(f.path, f.line, f"{f.function}() takes it") for f in found[:4])
            number = f"{len(found)} section{'s' if len(found) > 1 else ''}"
            return agrees(f"{name} is used in {number} of {lock.text}", *places, partial=True)
    return unknown(f"no section of {lock.text} was seen that uses {names[0]}") if names else None


_RCU = (
    rb"\b(?:rcu_dereference\w*|rcu_assign_pointer|rcu_replace_pointer|RCU_INIT_POINTER"
    rb"|rcu_access_pointer|h?list_\w*rcu\w*|call_s?rcu|k[v]?free_rcu\w*)\s*\([^;{}]*?(?<!\w)%b(?!\w)"
    rb"|\b__rcu\b[\s*]*(?<!\w)%b(?!\w)"
)
"""What RCU's readers and writers do with a pointer or a list (Documentation/RCU/whatisRCU.rst)."""


def handled_by_rcu(world: World, name: str) -> Iterator[Location]:
    """Places where something is published, read or freed as RCU asks, nearest files first."""
    index = world.index
    if index is None:
        return
    paths = [path for path in index.files(name) if not path.startswith(OTHER_PROGRAMS)]
    paths.sort(key=lambda path: (path != world.path, not _beside(path, world.path), path))
    pattern = re.compile(_RCU % ((re.escape(name.encode()),) * 2))
    for path in paths[:FILES_AT_MOST]:
        source = world.file(path)
        match = pattern.search(source.code()) if source is not None else None
        if source is not None and match is not None:
            done = match[0].split(b"(")[0].decode("latin-1").split()[0]
            yield Location(path, source.line_of(match.start()), f"{done} of {name}")


def _beside(path: str, other: str) -> bool:
    return path.rpartition("/")[0] == other.rpartition("/")[0]
