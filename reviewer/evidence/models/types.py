"""Which struct an expression is about, from declarations: no more than the text of C tells."""

from __future__ import annotations

import re
from functools import lru_cache

from reviewer.evidence.models.values import UNKNOWN_STRUCT
from reviewer.source.file import SourceFile
from reviewer.source.model import Function
from reviewer.tree.model import NameKind
from reviewer.world import World

_DECLARED = re.compile(
    rb"\b(?:struct|union)\s+(\w+)\s*(?:const\s+|__rcu\s+|__percpu\s+|__user\s+|\*\s*)*(\w+)\s*(?=[,;)=\[])"
)
_LISTED = re.compile(
    rb"\b(?:struct|union)\s+(\w+)\s*\**\s*\w+\s*((?:=[^,;{}()]*)?(?:,[^;{}()]*)?);"
)
"""A declaration of several variables."""
_ANOTHER = re.compile(rb",\s*\**\s*(\w+)")
_TYPEDEFD = re.compile(
    rb"(?:^|[;{(,])\s*(?:const\s+)?([a-z]\w*_t)\s+\**\s*(\w+)\s*(?=[,;)=])", re.M
)
_GAP = re.compile(rb"\s{2,}")
"""A comment is blank here: lines of nothing, each of which might begin a declaration."""
_NUMBER = (
    rb"(?:(?:unsigned|signed|long|int|short|char|bool|_Bool|enum\s+\w+|[us](?:8|16|32|64)"
    rb"|[a-z]\w*_t)\s+)+"
)
"""The type of a number or a flag in front of its name: no typedef of the kernel hides a pointer
(Documentation/process/coding-style.rst, "Typedefs")."""
_STRUCTS_AT_MOST = 3


@lru_cache(maxsize=4096)
def _member(body: bytes, name: str) -> str:
    """The struct that a member of a body of a struct is or points to, '' if none."""
    found = re.search(
        rb"\b(?:struct|union)\s+(\w+)\s*(?:__rcu\s+|__percpu\s+|const\s+|\*\s*)*"
        rb"(?:\w+\s*,\s*\**\s*)*" + re.escape(name.encode()) + rb"\s*[;,\[:]",
        body,
    )
    return found[1].decode() if found is not None else ""


@lru_cache(maxsize=4096)
def _points_to_entry(body: bytes, member: str) -> bool:
    told = rb"\bp(?:te|md|ud)_t\s*\*+\s*" + member.encode() + rb"\s*;"
    return re.search(told, body) is not None


class Types:
    """Structs by tag, and what their members are."""

    def __init__(self, world: World) -> None:
        self._world = world
        self._bodies: dict[str, tuple[bytes, ...]] = {}
        self._returns: dict[str, str] = {}
        self._owners: dict[str, str] = {}

    def locals_of(self, source: SourceFile, function: Function) -> dict[str, str]:
        """Parameters and local variables of a function that are structs or point to one."""
        return declared(source.code(function.start_byte, function.body_end))

    def globals_of(self, source: SourceFile) -> dict[str, str]:
        """Variables of a file that are structs or point to one; '' where two disagree."""
        return _globals(source)

    def member(self, struct: str, name: str) -> str:
        """The struct that a member of a struct is or points to; '' if none or not known."""
        return next(filter(None, (_member(body, name) for body in self._body(struct))), "")

    def is_number(self, struct: str, name: str) -> bool:
        """True of a member that is declared as a number or a flag, and not as a pointer."""
        told = re.compile(
            rb"(?:^|[;{])\s*" + _NUMBER + rb"(?:\w+(?:\s*:\s*\d+)?\s*,\s*)*"
            + re.escape(name.encode()) + rb"\s*[;,:]"
        )  # fmt: skip
        return any(told.search(body) for body in self._body(struct))

    def is_number_of_file(self, source: SourceFile, name: str) -> bool:
        """True of a variable that a file declares as a number or a flag, and not as a pointer."""
        told = re.compile(
            rb"^(?:static\s+)?" + _NUMBER + rb"(?:__\w+\s+)*" + re.escape(name.encode())
            + rb"(?:\s+__\w+)*\s*[;=]", re.M,
        )  # fmt: skip
        return told.search(source.code()) is not None

    def sole_owner(self, member: str) -> str:
        """The one struct of the tree that has a member of this name; '' if there are several."""
        known = self._owners.get(member)
        if known is None:
            index = self._world.index
            found = index.each_sense(member) if index is not None else iter(())
            owners = (one.owner for one in found if one.kind is NameKind.FIELD)
            first = next(owners, "")
            known = first if all(one == first for one in owners) else ""
            self._owners[member] = known
        return known

    def points_to_entry(self, struct: str, member: str = r"\w+") -> bool:
        """True if a struct has a member (any) that points to a page-table entry."""
        return any(_points_to_entry(body, member) for body in self._body(struct))

    def points_to_space(self, struct: str) -> bool:
        """True if a struct has a member that points to an address space or a part of it."""
        told = re.compile(rb"\bstruct\s+(?:vm_area_struct|mm_struct)\s*\*+\s*\w+\s*;")
        return any(told.search(body) for body in self._body(struct))

    def has(self, struct: str, name: str) -> bool | None:
        """True if the struct has the member, None if the struct is not at hand."""
        bodies = self._body(struct)
        if not bodies:
            return None
        word = re.compile(rb"\b" + re.escape(name.encode()) + rb"\b")
        return any(word.search(body) for body in bodies)

    def returned(self, name: str) -> str:
        """The struct that a function's result points to; '' if not known."""
        known = self._returns.get(name)
        if known is None:
            known = ""
            head = re.compile(
                rb"\bstruct\s+(\w+)\s*(?:__rcu\s+|__must_check\s+|\*\s*)+"
                + re.escape(name.encode())
                + rb"\s*\("
            )
            for source, function in self._world.functions(name)[:1]:
                found = head.search(source.code(function.start_byte, function.body_start))
                known = found[1].decode() if found is not None else ""
            self._returns[name] = known
        return known

    def _body(self, struct: str) -> tuple[bytes, ...]:
        if not struct or struct == UNKNOWN_STRUCT:
            return ()
        known = self._bodies.get(struct)
        if known is None:
            known = self._find(struct)
            self._bodies[struct] = known
        return known

    def _find(self, struct: str) -> tuple[bytes, ...]:
        here = _body_in(self._world.source, struct)
        if here or self._world.index is None:
            return here
        paths = sorted(
            {
                one.path
                for one in self._world.index.senses(struct)
                if one.kind is NameKind.STRUCT
                and not one.path.startswith(("tools/", "samples/", "scripts/"))
            },
            key=lambda path: (not path.startswith("include/linux/"), path),
        )
        for path in paths[:_STRUCTS_AT_MOST]:
            source = self._world.file(path)
            if source is not None and (found := _body_in(source, struct)):
                return found
        return ()


def declared(code: bytes) -> dict[str, str]:
    """Names that are declared as a struct or a pointer to one, with its tag."""
    found: dict[str, str] = {}
    code = _GAP.sub(lambda gap: b"\n" if b"\n" in gap[0] else b" ", code)
    for match in _TYPEDEFD.finditer(code):
        found.setdefault(match[2].decode(), match[1].decode())
    for match in _DECLARED.finditer(code):
        found.setdefault(match[2].decode(), match[1].decode())
    for match in _LISTED.finditer(code):
        for name in _ANOTHER.findall(match[2]):
            found.setdefault(name.decode(), match[1].decode())
    return found


@lru_cache(maxsize=16)
def _globals(source: SourceFile) -> dict[str, str]:
    found: dict[str, str] = {}
    for match in _DECLARED.finditer(source.code()):
        name, tag = match[2].decode(), match[1].decode()
        if found.setdefault(name, tag) != tag:
            found[name] = ""
    return found


def _body_in(source: SourceFile, struct: str) -> tuple[bytes, ...]:
    return tuple(
        source.code(one.body_start, one.body_end)
        for one in source.top_level.aggregates
        if one.name == struct and one.keyword in ("struct", "union")
    )
