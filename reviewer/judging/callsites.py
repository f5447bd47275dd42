"""Where a function is called in the tree: each call that can be read, and what else there may be.

A call site is evidence only where it is certain which function is meant and where the caller
parses. Everything else is counted, so that "every caller" is never said of some callers.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, replace

from reviewer.judging.bodies import sees_far
from reviewer.judging.members import struct_reached
from reviewer.judging.tables import (
    calls_of,
    handed_to,
    of_one_struct,
    table_member,
    table_struct,
    table_variable,
)
from reviewer.kernel.entry_points import (
    always_by_call,
    always_by_member,
    handed_holding,
    registers_of,
)
from reviewer.kernel.expressions import normal
from reviewer.kernel.folders import OTHER_PROGRAMS
from reviewer.source.file import SourceFile
from reviewer.source.model import CodeFacts, Function
from reviewer.tree.model import CallSite, NameKind
from reviewer.tree.reading import code_file, with_comments
from reviewer.tree.trace import traced_cache
from reviewer.world import Library, World

_AT_MOST = 40
_REMEMBERED = 24  # functions whose calls are kept, and with them the callers' files
_EXPORTED = re.compile(
    rb"\s*(?:EXPORT_\w*SYMBOL\w*|NOKPROBE_SYMBOL|ALLOW_ERROR_INJECTION|_ASM_NOKPROBE)\s*\("
)
_DEFINES = frozenset((NameKind.FUNCTION, NameKind.MACRO))


@dataclass(frozen=True, slots=True)
class Site:
    """A place in a function: a call, by its number among the operations, or code at an offset."""

    source: SourceFile
    caller: Function
    facts: CodeFacts
    number: int
    """-1 where no call is meant but what stands at ``at``."""
    at: int = -1
    through: str = ""
    """The member of an operations table through which the call is made: it may call others."""

    @property
    def path(self) -> str:
        """The file of the call."""
        return self.source.path

    @property
    def line(self) -> int:
        """The line of the call or place."""
        if self.number < 0:
            return self.source.line_of(self.at)
        return self.facts.operations[self.number].line

    @property
    def arguments(self) -> tuple[str, ...]:
        """The arguments as the caller writes them; () where no call is meant."""
        return () if self.number < 0 else self.facts.operations[self.number].arguments

    @property
    def start_byte(self) -> int:
        """Where the call or place begins."""
        return self.at if self.number < 0 else self.facts.operations[self.number].start_byte


@dataclass(frozen=True, slots=True)
class InTable:
    """Where a function is put into an operations table, and what is not known of calls from it."""

    member: str
    path: str
    line: int
    unread: int
    struct: str = ""
    """Whose member it is, where the table's initialiser says so."""
    lock: str = ""
    """A lock that is held for it by what it is handed to, whatever the member."""
    context: str = ""
    """The context that it is entered in from there (``kernel/entry_points.py``)."""


@dataclass(frozen=True, slots=True)
class Sites:
    """The calls of a function."""

    known: tuple[Site, ...] = ()
    unread: int = 0
    """Mentions and calls of which nothing is known: there may be further callers."""
    why: str = ""
    """Why the calls cannot be told at all, or ''."""
    tables: tuple[InTable, ...] = ()
    """The tables that hold it, if calls through those were asked for; counted above as well."""

    def entered(self, sure: Callable[[InTable], bool]) -> tuple[Sites, tuple[InTable, ...]]:
        """The calls less those through tables of which something is known, and these tables.

        Of a member that is in another table, too, of which it is not known, nothing is.
        """
        others = {one.member for one in self.tables if not sure(one)}
        known = tuple(one for one in self.tables if one.member not in others)
        return self.without(frozenset(one.member for one in known)), known

    def without(self, members: frozenset[str]) -> Sites:
        """The calls less those through some members of tables, of which all is known."""
        known = tuple(one for one in self.known if one.through not in members)
        given = sum(one.unread for one in self.tables if one.member in members)
        return replace(self, known=known, unread=self.unread - given)


def sites_of(world: World, function: Function, *, tables: bool = False) -> Sites:
    """All calls of a function that stands in the World's file.

    ``tables`` if calls through the members of operations tables that hold it count as its own:
    what is so at all of them is so wherever it is called, but one of them may call another.
    """
    return _sites(world.library, world.source, function, tables)


def sites_through(world: World, member: str, struct: str = "") -> Sites:
    """The calls through a member of operations tables.

    None is known unless one struct only has it, or ``struct`` says whose it is: then those count
    whose expression is certainly of that struct, and those of an unknown one are unread.
    """
    index = world.index
    several = bool(struct) and index is not None and not of_one_struct(index, member)
    calls = calls_of(world.library, member, struct if several else "")
    known: list[Site] = []
    unread = int(not calls.complete)
    for path, offset in calls.places:
        there = world.file(path)
        caller = there.function_at(offset) if there is not None else None
        if there is None or caller is None or caller.has_error:
            unread += 1
            continue
        facts = world.caller_facts(caller, there)
        numbers = [
            number
            for number, operation in enumerate(facts.operations)
            if not operation.via
            and re.search(rf"(?:->|\.){member}\Z", operation.name)
            and operation.start_byte <= offset + len(operation.name)
            and there.line_of(operation.start_byte) == there.line_of(offset)
        ]
        if several and numbers:
            owner = facts.operations[numbers[0]].name[: -len(member)].rstrip("->.")
            its = struct_reached(world.library, there, caller, normal(owner))
            if its != struct:
                unread += not its
                continue
        unread += not numbers
        known += [Site(there, caller, facts, number, through=member) for number in numbers[:1]]
    return Sites(tuple(known), unread)


@traced_cache(maxsize=_REMEMBERED)
def _sites(library: Library, source: SourceFile, function: Function, tables: bool) -> Sites:
    world = World(source, library)
    name = function.name
    if not sees_far(world) or world.index is None:
        return Sites(why="callers are only looked for with an index of the tree")
    if not name:
        return Sites(why="the name of the function cannot be read")
    local = function.static and not world.path.endswith(".h")
    others = frozenset[str]() if local else _others(world, function)
    if others is None:
        return Sites(why=f"another {name} may be meant by a call")
    if local:
        inside = sorted({world.path, *_including(world, name)})
        calls = [site for path in inside for site in world.index.callers_in(name, path)]
    else:
        calls = list(world.callers(name))
    found = [
        site
        for site in calls
        if site.path not in others
        and (not site.path.startswith(OTHER_PROGRAMS) or world.path.startswith(OTHER_PROGRAMS))
    ]
    if len(found) > _AT_MOST:
        return Sites(why=f"{name}() has more than {_AT_MOST} callers")
    known: list[Site] = []
    held: list[InTable] = []
    unread = int(bool(world.index.pasted(name)))
    for site in found:
        there = world.file(site.path)
        if there is not None and site.mention and _only_exported(there, site):
            continue
        if there is not None and not site.caller and _declares(there, site):
            continue
        if (
            there is not None
            and site.mention
            and tables
            and not (local and there.path != world.path)
        ):
            member = table_member(there, site.callee, site.line)
            handed = _handed(there, site, member)
            if handed is not None:
                unread += 1
                held.append(handed)
                continue
            if member:
                through = sites_through(world, member)
                known += through.known
                unread += through.unread
                struct = table_struct(there, site.line)
                context = always_by_member(member, struct)
                held.append(
                    InTable(member, site.path, site.line, through.unread, struct, context=context)
                )
                continue
        if there is None or site.mention or (local and site.path != world.path):
            unread += 1
            continue
        here = list(_calls(world, there, site))
        unread += not here
        known += here
    unique = {
        (one.path, one.start_byte): one
        for one in known
        if (one.caller.name, one.path) != (name, world.path)  # it calls itself as it was called
    }
    return Sites(tuple(unique.values()), unread, tables=tuple(held))


def _handed(source: SourceFile, site: CallSite, member: str) -> InTable | None:
    """What a function is given to that has it called with a lock, by itself or in a table."""
    if not member:
        by, number, text = handed_to(source, site.callee, site.line)
        lock, context = handed_holding(by, number, text), always_by_call(by, number)
        if not (lock or context):
            return None
        return InTable(f"{by} {number}", source.path, site.line, 1, lock=lock, context=context)
    if registers := registers_of(member):
        lock = _by_registration(source, table_variable(source, site.line), registers)
        return InTable(member, source.path, site.line, 1, lock=lock) if lock else None
    return None


def _by_registration(source: SourceFile, name: str, registers: Mapping[str, str]) -> str:
    """The lock by the calls that a variable of a file is given to; '' if it is anything else."""
    code = source.code()
    if not name or re.search(rb"\bstatic\b[^;{}()=]*\b%b\s*=" % name.encode(), code) is None:
        return ""
    found = set[str]()
    for one in re.finditer(rb"\b%b\b" % name.encode(), code):
        if re.match(rb"\s*=\s*\{", code[one.end() : one.end() + 40]) is not None:
            continue
        by = re.search(rb"(\w+)\s*\(\s*&\s*\Z", code[max(0, one.start() - 80) : one.start()])
        found.add(registers.get(by[1].decode(), "") if by is not None else "")
    return found.pop() if len(found) == 1 else ""


def _including(world: World, name: str) -> Iterator[str]:
    """Files with a name that include the World's file, and so see what is static there.

    Of a name that many files have, as drivers' ``probe()``, those of the same part of the tree: of
    the 653 inclusions of .c files in 6.12 only those by boot code, vDSOs and the EFI stub, and
    those of what tools/ and scripts/ share, reach further, and these are other programs.
    """
    assert world.index is not None
    file = world.path.rpartition("/")[2]
    text = re.compile(rb'#\s*include\s*"(?:[^"\n]*/)?' + re.escape(file.encode()) + rb'"')
    paths = [path for path in world.index.files(name) if path != world.path]
    if len(paths) > _AT_MOST:
        paths = [path for path in paths if _near(path, world.path)]
    for path in paths:
        found = [one.start() for one in text.finditer(with_comments(world.tree, path) or b"")]
        there = code_file(world.tree, path) if found else None
        # what a comment includes is blank in the code
        if there is not None and any(there.code.startswith(b"#", at) for at in found):
            yield path


def _near(path: str, other: str) -> bool:
    """True in the same two folders from the top, or in a folder below those."""
    pairs = zip(path.split("/")[:-1][:2], other.split("/")[:-1][:2], strict=False)
    return all(one == two for one, two in pairs)


def _others(world: World, function: Function) -> frozenset[str] | None:
    """Files with a function of their own of that name; None if a call may mean another one."""
    assert world.index is not None
    paths: set[str] = set()
    for definition in world.index.senses(function.name):
        path = definition.path
        if definition.kind not in _DEFINES or path == world.path:
            continue
        if path.startswith(OTHER_PROGRAMS):
            continue
        if definition.kind is NameKind.MACRO:
            return None
        source = world.file(path)
        named = source.functions_named(function.name) if source is not None else ()
        if not named or not all(one.static for one in named):
            return None
        if path.endswith(".h"):
            if function.static:
                return None
            continue  # the stub of a configuration without it
        paths.add(path)
    return frozenset(paths)


def _only_exported(source: SourceFile, site: CallSite) -> bool:
    start = source.layout.lines[site.line - 1]
    return _EXPORTED.match(source.code(start, start + 200)) is not None


def _declares(source: SourceFile, site: CallSite) -> bool:
    """True if the name begins a line of its own head, below its type: ``*foo(struct bar *)``."""
    start = source.layout.lines[site.line - 1]
    code = source.code(start, source.layout.line_end(start))
    head = rb"[ \t]*\*[\s*]*" + re.escape(site.callee.encode()) + rb"[ \t]*\("
    inside = source.function_at(start)
    return re.match(head, code) is not None and (inside is None or start < inside.body_start)


def _calls(world: World, source: SourceFile, site: CallSite) -> Iterator[Site]:
    """The calls on one line, as operations of the function around it."""
    start = source.layout.lines[site.line - 1]
    end = source.layout.line_end(start)
    directive = source.layout.directive_at(start)
    if directive is not None:
        return
    caller = source.function_at(end)
    if caller is None or caller.has_error:
        return
    facts = world.caller_facts(caller, source)
    for number, operation in enumerate(facts.operations):
        if operation.via or operation.name != site.callee:
            continue
        if start <= operation.start_byte <= end:
            yield Site(source, caller, facts, number)
