"""Who writes a member or a variable, where, and what it is part of when it does.

Accesses are read from the code of every file that spells the member, without a parser: an
expression before the name, and what is done with it. Writes that a list or a tree does to its
entries do not spell the head and are not seen.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from enum import StrEnum

from reviewer.judging.callsites import Site
from reviewer.judging.members import struct_reached
from reviewer.kernel import primitive
from reviewer.kernel.expressions import lock_name
from reviewer.kernel.folders import OTHER_PROGRAMS
from reviewer.source.file import SourceFile
from reviewer.source.model import Function
from reviewer.tree.model import Index, NameKind
from reviewer.tree.trace import traced_cache
from reviewer.world import Library, World

FILES_AT_MOST = 16
"""Files looked into for one member: what a claim may cost."""
WRITES_AT_MOST = 48
_BACK = 160
_OWNER = re.compile(
    rb"([A-Za-z_]\w*(?:\[[^\[\]]*\])?(?:\s*(?:->|\.)\s*\w+(?:\[[^\[\]]*\])?)*)\s*(?:->|\.)\s*\Z"
)
_CHANGED = re.compile(rb"(?:\s*\[[^\]]*\]|\s*\.\s*\w+)*\s*(?:=(?!=)|(?:[-+|&^*/%]|<<|>>)=|\+\+|--)")
_COUNTED = re.compile(rb"(?:\+\+|--)\s*\Z")
_HANDED = re.compile(rb"([A-Za-z_]\w*)\s*\((?:(?:[^();{}]|\([^()]*\))*,)?\s*&\s*\Z")
_SET = re.compile(
    rb"\b(?:WRITE_ONCE|rcu_assign_pointer|RCU_INIT_POINTER|rcu_replace_pointer|swap)\s*\(\s*"
    rb"(?:[^(),;]*,\s*)?\Z"
)
_LOOKS = re.compile(
    r"seq_\w+|\w*(?:_empty|_start|_lookup|_first|_last|_next|_prev|_entry|_read|_load|_find|_is_\w+|for_each\w*|_count"
    r"|memcmp|test_bit|READ_ONCE|smp_load_acquire|sizeof|offsetof|container_of|print\w*|wait_event"
    r"\w*|copy_to_user|waitqueue_active|_peek|_len|_weight|_entry_safe|_held\w*)\w*"
)
_BEGINS = re.compile(r"INIT_\w+|\w+_init|\w+_init_\w+|DEFINE_\w+|__set_\w+")
_FRESH = re.compile(rb"=\s*[^;=]*\b\w*(?:alloc|memdup)\w*\s*\(")


class Touch(StrEnum):
    """What an access does."""

    WRITE = "write"
    READ = "read"
    ATOMIC = "atomic"
    INIT = "initialisation"


@dataclass(frozen=True, slots=True)
class Data:
    """A member of a struct, or a variable (``struct`` is '')."""

    name: str
    struct: str = ""

    @property
    def text(self) -> str:
        """As a message calls it."""
        return f"{self.struct}::{self.name}" if self.struct else self.name


@dataclass(frozen=True, slots=True)
class Access:
    """One access: ``owner`` is the expression the member is reached through."""

    site: Site
    owner: str
    touch: Touch


@dataclass(frozen=True, slots=True)
class Accesses:
    """The writes of some data; ``why`` says why they cannot all be told, or is ''."""

    writes: tuple[Access, ...] = ()
    set_up: int = 0
    """Writes before anybody else can have the object."""
    entries: bool = False
    """True if some writes go through a list, tree or queue, whose entries change it unseen."""
    why: str = ""


@traced_cache(maxsize=1024, compared=True)
def _is_only(index: Index, data: Data) -> bool:
    """True if no other struct has a member of the name."""
    return data.struct == _only_owner(index, data.name)


@traced_cache(maxsize=1024, compared=True)
def _only_owner(index: Index, name: str) -> str | None:
    """The one struct that has a member of the name; None for none or several."""
    owners = {
        one.owner
        for one in index.senses(name)
        if one.kind in (NameKind.FIELD, NameKind.LOCK) and not one.path.startswith(OTHER_PROGRAMS)
    }
    return owners.pop() if len(owners) == 1 else None


@traced_cache(maxsize=1024, compared=True)
def _spelling(index: Index, data: Data, only_in: str) -> tuple[str, ...] | None:
    """The files that may spell some data, or that one; None for too many."""
    paths = [only_in] if only_in else list(index.files(data.name))
    paths = [path for path in paths if not path.startswith(OTHER_PROGRAMS)]
    if data.struct and not _is_only(index, data):
        seen = set(index.files(data.struct))
        paths = [path for path in paths if path in seen]
    return tuple(paths) if len(paths) <= FILES_AT_MOST else None


def writes_of(
    world: World, data: Data, lock: str, touches: tuple[Touch, ...] = (Touch.WRITE,)
) -> Accesses:
    """All writes of some data in the tree, but for those that set it up with its ``lock``.

    ``touches`` says what is wanted if it is not writes alone.
    """
    index = world.index
    if index is None:
        return Accesses(why="who writes it needs the index of the tree")
    only = _is_only(index, data)
    paths = _spelling(index, data, world.path if _local(world, data) else "")
    if paths is None:
        return Accesses(why=f"{data.text} is spelled in more than {FILES_AT_MOST} files")
    writes: list[Access] = []
    set_up, entries = 0, False
    for path in paths:
        source = world.file(path)
        if source is None:
            continue
        for at, owner in _mentions(source, data):
            touch, handed = _touch(source.code(), at, len(owner), data)
            if touch not in touches:
                continue
            function = source.function_at(at)
            if function is None or source.macro_at(at) is not None:
                if source.layout.directive_at(at) is not None:
                    return Accesses(why=f"a macro of {path} writes {data.text}")
                continue  # an initialiser
            spelled = re.sub(r"\s+", "", owner.decode("latin-1"))
            if data.struct and not only:
                told = is_struct(world.library, source, function, spelled, data.struct)
                if told is None:
                    where = f"{path}:{source.line_of(at)}"
                    return Accesses(why=f"whose {data.name} is written at {where} is not certain")
                if not told:
                    continue
            if function.has_error:
                return Accesses(why=f"{function.name}() could not be parsed")
            if _sets_up(source, function, spelled, at, lock):
                set_up += 1
                continue
            entries = entries or handed
            writes.append(Access(_site(world, source, function, at), spelled, touch))
            if len(writes) > WRITES_AT_MOST:
                return Accesses(why=f"{data.text} is written in over {WRITES_AT_MOST} places")
    return Accesses(tuple(writes), set_up, entries)


def _site(world: World, source: SourceFile, function: Function, at: int) -> Site:
    here = world if source.path == world.path else World(source, world.library)
    return Site(source, function, here.caller_facts(function, source), -1, at)


def _local(world: World, data: Data) -> bool:
    """True for a variable that only this file can see."""
    if data.struct:
        return False
    pattern = rb"^static\b[^;{}()=]*\b" + data.name.encode() + rb"\b"
    return re.search(pattern, world.source.code(), re.M) is not None


def _mentions(source: SourceFile, data: Data) -> Iterator[tuple[int, bytes]]:
    """Offsets at which the data is spelled, with the expression before a member's name.

    The offset is that of the whole expression.
    """
    code = source.code()
    name = re.escape(data.name.encode())
    if not data.struct:
        for match in re.finditer(rb"(?<![\w.>])" + name + rb"\b(?!\s*\()", code):
            function = source.function_at(match.start())
            if function is None or not _shadowed(source, function, data.name):
                yield match.start(), b""
        return
    for match in re.finditer(rb"(?:->|\.)\s*" + name + rb"\b", code):
        start = max(0, match.start() - _BACK)
        before = _OWNER.search(code[start : match.end() - len(data.name)])
        if before is not None:
            yield start + before.start(1), before[1]


def _shadowed(source: SourceFile, function: Function, name: str) -> bool:
    if name in function.parameters:
        return True
    body = source.code(function.body_start, function.body_end)
    return re.search(rb"\n\s+\w[\w ]*[\s*]+" + name.encode() + rb"\s*(?:;|=|,)", body) is not None


def _touch(code: bytes, at: int, owner: int, data: Data) -> tuple[Touch, bool]:
    """What is done at an expression, and whether it is handed on by address."""
    whole = re.compile(rb"\s*(?:->|\.)\s*" + data.name.encode() if owner else data.name.encode())
    match = whole.match(code, at + owner)
    end = match.end() if match is not None else at
    before = code[max(0, at - _BACK) : at]
    if _CHANGED.match(code, end) or _COUNTED.search(before) or _SET.search(before):
        return Touch.WRITE, False
    handed = _HANDED.search(before)
    if handed is None or re.match(rb"\s*(?:->)", code[end : end + 4]):
        return Touch.READ, False
    name = handed[1].decode()
    if name in ("if", "while", "for", "switch", "return"):
        return Touch.READ, False
    if _BEGINS.fullmatch(name):
        return Touch.INIT, True
    known = primitive(name)
    if known is not None and (known.does("atomic") or known.does("lock") or known.does("refcount")):
        return Touch.ATOMIC, True
    if name.startswith(("atomic", "refcount", "kref", "percpu_", "this_cpu", "local_")):
        return Touch.ATOMIC, True
    if _LOOKS.fullmatch(name):
        return Touch.READ, True
    return Touch.WRITE, True


def is_struct(
    library: Library, source: SourceFile, function: Function, owner: str, struct: str
) -> bool | None:
    """True if an owner is that struct in the function, False if another; None if not told."""
    told = struct_reached(library, source, function, owner)
    return told == struct if told else None


def _sets_up(source: SourceFile, function: Function, owner: str, at: int, lock: str) -> bool:
    """True if nobody else can have the object yet: allocated, initialised or local right here."""
    if any(one.startswith(("__init", "__meminit")) for one in function.annotations):
        return True
    code = source.code(function.body_start, function.body_end)
    if any(lock_name(one) == lock for one in _initialised(code)):
        return True
    root = re.match(r"[A-Za-z_]\w*", owner)
    if root is None:
        return False
    name = root[0].encode()
    before = source.code(function.body_start, at)
    if re.search(rb"\b" + name + rb"\s*" + _FRESH.pattern, before):
        return True
    direct = re.match(r"\w+(?:->|\[)", f"{owner}->" if "." not in owner else owner)
    by_value = re.search(rb"\bstruct\s+\w+\s+" + name + rb"\s*(?:;|=|,)", code)
    return by_value is not None and (direct is None or "->" not in owner)


_INITS = re.compile(rb"\b([a-z]\w*_init\w*|init_\w+)\s*\(\s*(&?[\w.>\[\]-]+)")


def _initialised(code: bytes) -> Iterator[str]:
    """Locks that the code initialises."""
    for match in _INITS.finditer(code):
        known = primitive(match[1].decode())
        if known is not None and known.does("lock.init"):
            yield match[2].decode("latin-1")


def taken_anywhere(world: World, lock: str) -> bool:
    """False if no code does more with a lock of that name than define, initialise or assert it.

    True as well where there is too much code to look at, or where a macro may paste the name:
    ``#define LOCK_TAKE(x) mutex_lock(&x##_mutex)``.
    """
    index = world.index
    if index is None or index.pasted(lock):
        return True
    paths = _spelling(index, Data(lock, ""), "")
    if paths is None:
        return True
    for path in paths:
        source = world.file(path)
        if source is None:
            return True
        for match in re.finditer(rb"\b" + re.escape(lock.encode()) + rb"\b", source.code()):
            if not _idle(source, match.start()):
                return True
    return False


def _idle(source: SourceFile, at: int) -> bool:
    """True for a declaration, an initialisation or an assertion of a lock."""
    code = source.code()
    line = code[code.rfind(b"\n", 0, at) + 1 : code.find(b"\n", at)]
    if _DECLARES.match(line):
        return True
    before = re.search(rb"([A-Za-z_]\w*)\s*\([^();]*\Z", code[max(0, at - _BACK) : at])
    known = primitive(before[1].decode()) if before is not None else None
    return known is not None and (known.does("lock.init") or known.does("lock.assert"))


_DECLARES = re.compile(
    rb"\s*(?:extern\s+|static\s+)*(?:(?:raw_)?spinlock_t|rwlock_t|struct\s+(?:mutex|rw_semaphore"
    rb"|semaphore|rt_mutex)|(?:static\s+)?DEFINE_(?:RAW_)?(?:SPINLOCK|MUTEX|RWLOCK)\b)"
)
