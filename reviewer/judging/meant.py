"""Which lock of the code a comment means: by its name, by a word of it, or as "the lock".

A lock that is called by words is the one object of that function, or else of that file, which
fits the words. If several fit, none is meant for certain.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from functools import lru_cache

from reviewer.claims.lock_names import lock_name as is_lock_name
from reviewer.claims.model import Claim
from reviewer.claims.wording.locks import mode_of
from reviewer.judging.holding import GENERIC, Lock, lock_of
from reviewer.judging.locks_in_words import of_folder, of_kind
from reviewer.judging.members import struct_of
from reviewer.kernel import primitive
from reviewer.kernel.expressions import arguments_of, lock_name, normal
from reviewer.kernel.table import Primitive
from reviewer.source.file import SourceFile
from reviewer.source.model import Function
from reviewer.source.recent import beside_file
from reviewer.tree.model import NameKind
from reviewer.world import World

_CALL = re.compile(rb"(?<![\w.>])([a-z_]\w*)\s*\(")
_GUARD = re.compile(rb"\b(?:scoped_)?guard\s*\(\s*(\w+)\s*(?:\)\s*\(|,)\s*&?([\w.>\[\]-]+)\s*\)")
_PLAIN = re.compile(r"[A-Za-z_]\w*(?:(?:->|\.)[A-Za-z_]\w*|\[[^\[\]]*\])*")
_THE_LOCK = re.compile(r"(?:lock|spin ?lock|mutex|semaphore|rwsem|rwlock)", re.I)
_SORTS = {
    "mutex": re.compile(r"mutex|mtx"),
    "semaphore": re.compile(r"sem\b|sema|acquire"),
}
"""What the name of the lock or of what takes it must have, where a word says the sort."""
_ARGUMENTS_AT_MOST = 160


_WHOSE = re.compile(
    r"\b(?:(\w+) )?(\w+)(?:'s|s') (?:own )?(?:spin ?lock|lock|mutex|semaphore|rwsem)\b", re.I
)
_ANOTHER = frozenset({"other", "another", "parent", "child", "sibling", "old", "new"})
_MACHINES = frozenset({"hardware", "firmware", "hw", "fw"})


def meant(claim: Claim, function: Function, world: World) -> Lock | None:
    """The lock that a claim on a function speaks of; None if that is not certain."""
    lock = _meant(claim, function, world)
    whose = _WHOSE.search(claim.quote)
    if lock is None or whose is None:
        return lock
    owner, parts = whose[2].lower(), {whose[1], whose[2]} & set(re.split(r"\W+", lock.text))
    parts -= {whose[2]} if whose[1] in _ANOTHER else set()
    other = owner in function.parameters or bool({owner, whose[1]} & _ANOTHER)
    return None if (other and not parts) or owner in _MACHINES else lock


def _meant(claim: Claim, function: Function, world: World) -> Lock | None:
    """The same, whoever the words say has it."""
    lock = lock_of(claim)
    if lock is not None and not lock.prose:
        if lock.owner or lock.name not in GENERIC:
            return (_is_taker(lock, world) and _taken_by(lock.name, claim, world)) or lock
        return _only_one(lock, claim, function, world) or lock
    term = claim.object
    if term is None:
        return None
    word = re.sub(r"'s?\Z", "", lock.name) if lock is not None else ""
    if not word and (called := _TAKER.fullmatch(term.text.strip())):
        return _taken_by(called[1], claim, world)
    spelled = term.text.strip().lstrip("&@")
    if not word and not _THE_LOCK.fullmatch(spelled):
        short = _SHORT.fullmatch(spelled)  # too short to be told from English by itself
        return _of_object(short[1].lower() if short else spelled, claim, function, world)
    inside = spelled_in(world.source, function.start_byte, function.end_byte)
    fitting = _fitting(inside, word, term.text)
    if not fitting:
        everywhere = spelled_in(world.source)
        fitting = _fitting(everywhere, word, term.text)
        owned = [one for one in fitting if _root(one) in function.parameters]
        fitting = owned or fitting
        if not owned and len({_leaf(one) for one in fitting}) == 1 and not word:
            return _lock(next(iter(fitting)), claim, by_name=True)
    if len(set(fitting)) != 1:
        names = {_leaf(one) for one in fitting}
        if len(names) == 1 and not names & GENERIC:
            return Lock("", names.pop(), mode_of(claim))
        if fitting or not word:
            return None
        return (
            _of_parameter(word, claim, function, world)
            or of_kind(word.lower(), claim, function, world)
            or _member_called(word.lower(), claim, function, world)
            or _of_object(word.lower(), claim, function, world)
            or _of_taker(word, claim, world)
            or of_folder(word.lower(), claim, world)
            or lock_of_word(claim, world)
        )
    return _lock(fitting[0], claim, by_name=False)


def lock_of_word(claim: Claim, world: World) -> Lock | None:
    """What "the tty lock" is if ``tty_lock()`` takes one lock of its own name."""
    lock = lock_of(claim)
    word = lock.name if lock is not None and lock.prose else ""
    return _taken_by(f"{word.lower()}_lock", claim, world) if word.isidentifier() else None


def _is_taker(lock: Lock, world: World) -> bool:
    """True if a function or macro has the name that a comment gives a lock, and no lock has it."""
    if lock.owner or world.index is None:
        return False
    kinds = {one.kind for one in world.index.senses(lock.name)}
    return bool(kinds) and kinds <= {NameKind.FUNCTION, NameKind.MACRO}


def is_worked_out(claim: Claim, lock: Lock) -> bool:
    """True if the comment has only a name of many, "the wait_lock", and not whose it is."""
    said = lock_of(claim)
    return said is not None and said.name in GENERIC and bool(lock.owner) and not said.owner


def _only_one(lock: Lock, claim: Claim, function: Function, world: World) -> Lock | None:
    """The one lock of a common name that a function handles, or that one parameter's struct has."""
    inside = spelled_in(world.source, function.start_byte, function.end_byte)
    spelled = {one for one in inside if _leaf(one) == lock.name}
    if spelled:
        return _lock(spelled.pop(), claim, by_name=False) if len(spelled) == 1 else None
    index = world.index
    having = [
        one
        for one in function.parameters
        if index is not None
        and (struct := struct_of(world.source, function, one))
        and lock.name in index.members(struct)
    ]
    return Lock(having[0], lock.name, lock.mode) if len(having) == 1 else None


def _of_object(name: str, claim: Claim, function: Function, world: World) -> Lock | None:
    """What is "locked", if it is a lock; of a variable the only lock that its struct has."""
    index = world.index
    if _MEMBERS.fullmatch(name) and is_lock_name(name):
        return _lock(name, claim, by_name=False)
    if index is None:
        return None
    struct = struct_of(world.source, function, name)
    members = index.members(struct) if struct else frozenset()
    locks = members & GENERIC or {one for one in members if lock_name(one) and is_lock_name(one)}
    return Lock(name, next(iter(locks)), mode_of(claim)) if len(locks) == 1 else None


_MEMBERS = re.compile(r"[A-Za-z_]\w*(?:(?:->|\.)[A-Za-z_]\w*)*")
_SHORT = re.compile(r"(\w{1,2}) (?:spin ?lock|lock|mutex|semaphore|rwsem)", re.I)
_TAKER = re.compile(r"(\w+lock\w*)\(\)")


def _taken_by(name: str, claim: Claim, world: World) -> Lock | None:
    """The one lock of its own name that a function is there to take: ``genl_lock()``."""
    taken = {
        spelled
        for source, function in world.functions(name) or _wrappers(name, world)
        for at, spelled, tag in handled(source)
        if function.body_start <= at < function.body_end and tag.startswith("lock.acquire")
    }
    if len(taken) != 1:
        return None
    leaf = _leaf(taken.pop())
    return Lock("", leaf, mode_of(claim)) if leaf and leaf not in GENERIC else None


def _wrappers(name: str, world: World) -> tuple[tuple[SourceFile, Function], ...]:
    wrapper = world.wrapper(name)
    return () if wrapper is None else (wrapper,)


def _of_parameter(word: str, claim: Claim, function: Function, world: World) -> Lock | None:
    """The only lock in the struct of the one parameter whose type is called by the word.

    ``the interface mutex`` is ``intf->mutex`` for ``struct gb_interface *intf``.
    """
    index = world.index
    if index is None:
        return None
    head = world.source.code(function.start_byte, function.body_start).decode("latin-1")
    given = [
        (tag, name)
        for tag, name in _PARAMETER.findall(head)
        if any(is_short_for(one, word) for one in (tag, tag.rpartition("_")[2], name))
    ]
    if len(given) != 1:
        return None
    tag, name = given[0]
    locks = [one for one in index.members(tag) if one in GENERIC or is_lock_name(one)]
    text = claim.object.text.lower() if claim.object is not None else ""
    sort = next((one for end, one in _SORTS.items() if text.endswith(end)), None)
    locks = [one for one in locks if sort is None or sort.search(one)]
    if len(locks) > 1:  # the others have names of their own
        locks = [one for one in locks if one in GENERIC]
    return Lock(name, locks[0], mode_of(claim)) if len(locks) == 1 else None


def _member_called(word: str, claim: Claim, function: Function, world: World) -> Lock | None:
    """The only lock called by the word in structs that parameters point to: ``termios_rwsem``."""
    index = world.index
    if index is None:
        return None
    text = claim.object.text if claim.object is not None else ""
    found = [
        (name, lock)
        for name in function.parameters
        if (struct := struct_of(world.source, function, name))
        for lock in _fitting(index.members(struct) - GENERIC, word, text)
    ]
    return Lock(*found[0], mode_of(claim)) if len(found) == 1 else None


def _of_taker(word: str, claim: Claim, world: World) -> Lock | None:
    """The one lock that functions take whose name has the word: ``phy_lock_mdio_bus()``."""
    names = {name.decode() for name in _LOCKS.findall(world.source.code())}
    found = {
        lock
        for name in sorted(names)[:_TAKERS_AT_MOST]
        if word in name.split("_") and (lock := _taken_by(name, claim, world)) is not None
    }
    return found.pop() if len(found) == 1 else None


_LOCKS = re.compile(rb"\b([a-z]\w*_lock(?:_\w+)?)\s*\(")
_TAKERS_AT_MOST = 40
_PARAMETER = re.compile(r"\bstruct\s+(\w+)\s*\*\s*(\w+)\s*[,)]")


def _lock(spelled: str, claim: Claim, *, by_name: bool) -> Lock:
    parts = re.split(r"->|\.", spelled)
    owner = "" if by_name and parts[-1] not in GENERIC else "->".join(parts[:-1])
    return Lock(owner, re.sub(r"\[.*", "", parts[-1]), mode_of(claim))


def _root(spelled: str) -> str:
    return re.split(r"->|\.|\[", spelled)[0]


def _leaf(spelled: str) -> str:
    return lock_name(spelled)


def _fitting(spelled: Iterable[str], word: str, text: str) -> list[str]:
    sort = next((one for name, one in _SORTS.items() if text.lower().endswith(name)), None)
    found = [one for one in spelled if sort is None or sort.search(_leaf(one))]
    if not word:
        return found
    called = [one for one in found if _has_word(one, word)]
    return called or [one for one in found if _abbreviates(one, word)]


def _abbreviates(spelled: str, word: str) -> bool:
    """True if a lock ends with an abbreviation: ``sched_lock`` is "the scheduler lock"."""
    stem = _SORT_OF_LOCK.sub("", _leaf(spelled))
    return stem != _leaf(spelled) and is_short_for(stem.rpartition("_")[2], word.lower())


_SORT_OF_LOCK = re.compile(r"_(?:spin)?(?:lock|mutex|sem|rwsem|lck|mtx)\Z")


def _has_word(spelled: str, word: str) -> bool:
    """True if the lock is called by the word, or is the lock of what is."""
    parts = re.split(r"->|\.", re.sub(r"\[[^\]]*\]", "", spelled))
    leaf = parts[-1]
    if re.fullmatch(rf"(?:\w+_)?{re.escape(word)}s?_?(?:lock|mutex|sem|rwsem|lck|mtx)", leaf):
        return True
    owner = parts[-2] if len(parts) > 1 and leaf in GENERIC else ""
    return owner == word or is_short_for(owner.rpartition("_")[2], word)


_SHORT_AT_LEAST = 3
"""Letters of an abbreviation: of fewer, any word with the same first letter may be meant."""


def is_short_for(name: str, word: str) -> bool:
    """True if a C name is the word or an abbreviation of it: its letters in order, first alike.

    ``dev`` is a device, ``ctrl`` a controller, ``intf`` an interface.
    """
    if name == word:
        return bool(name)
    if len(name) < _SHORT_AT_LEAST or name[0] != word[0]:
        return False
    letters = iter(word)
    return all(one in letters for one in name)


def spelled_in(source: SourceFile, start: int = 0, end: int = -1) -> tuple[str, ...]:
    """The locks that a stretch of code takes, drops or asserts, as it spells them, sorted."""
    return tuple(
        sorted({one for at, one, _ in handled(source) if start <= at and (end < 0 or at < end)})
    )


@beside_file
def handled(source: SourceFile) -> tuple[tuple[int, str, str], ...]:
    """The locks that primitives are called with in a file: offset, spelling, what is done."""
    code = source.code()
    found: list[tuple[int, str, str]] = []
    for match in _CALL.finditer(code):
        known = _locking(match[1])
        if known is None:
            continue
        given = code[match.end() : match.end() + _ARGUMENTS_AT_MOST].split(b";")[0]
        arguments = tuple(arguments_of(given.decode("latin-1")))
        for tag, spelled in known.concepts(arguments):
            if tag.startswith("lock.") and "init" not in tag and _PLAIN.fullmatch(spelled):
                found.append((match.start(), spelled, tag))
    for match in _GUARD.finditer(code):
        found.append((match.start(), normal(match[2].decode("latin-1")), "lock.acquire"))
    return tuple(found)


@lru_cache(maxsize=65536)
def _locking(name: bytes) -> Primitive | None:
    """The primitive of a name, if it does something to a lock."""
    known = primitive(name.decode())
    return known if known is not None and known.does("lock") else None
