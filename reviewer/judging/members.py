"""What struct a variable of a comment points to, and whether that struct has the member."""

from __future__ import annotations

import re
from collections.abc import Iterable
from functools import lru_cache

from reviewer.claims.model import Claim
from reviewer.kernel.folders import is_kernel
from reviewer.source.file import SourceFile
from reviewer.source.model import Function
from reviewer.tree.model import Definition, Index, NameKind
from reviewer.tree.reading import code_file
from reviewer.tree.trace import traced_cache
from reviewer.verdict import Location, Severity, Tier, Verdict, broken, unknown
from reviewer.world import Library, World

MEMBER = re.compile(r"&?([A-Za-z_]\w*)(?:->|\.|::)([A-Za-z_]\w*)(?:\(.*)?", re.S)
"""``owner->member`` in the words of a comment."""
_DECLARED = re.compile(rb"\bstruct\s+(\w+)(?:\s*\*+\s*|\s+)(?:const\s+)?(\w+)\s*[,;)=]")
_VALUE = rb"(?:\s*=(?:[^,;(){}]|\([^()]*\))*+)?"
_NAME = rb"[\s*]*+(?:const\s+)?\w++" + _VALUE + rb"(?=\s*[,;)\[])"
_VARIABLES = re.compile(
    rb"\b(?:struct|union)\s++(\w++)(?=[\s*])(" + _NAME + rb"(?:\s*," + _NAME + rb")*+)"
)
"""A declaration of one or more variables, or of one parameter: the struct, and their names."""
_NAMES = re.compile(rb"(?:\A|,)[\s*]*+(?:const\s+)?(\w++)")
_CALLED = re.compile(rb"\([^()]*\)")
_STRUCTS_AT_MOST = 3
_FILES_AT_MOST = 12


def structs_of(owner: str, claim: Claim, world: World) -> tuple[str, ...]:
    """The struct that ``owner`` points to in the function at hand, else those in the file.

    () if code of the file gives the name to more than a few.
    """
    return struct_here(owner, claim, world) or _few(_declarations(world.source).get(owner, ()))


def struct_here(owner: str, claim: Claim, world: World) -> tuple[str, ...]:
    """The structs that ``owner`` points to in the function a claim speaks of."""
    function = world.function(claim)
    if function is None:
        return ()
    declared = _declarations(world.source).get(owner, ())
    return _few(one for one in declared if function.start_byte <= one[1] < function.end_byte)


def struct_of(source: SourceFile, function: Function, owner: str) -> str:
    """The struct or union that a variable of a function is, or points to; '' if not told."""
    if not re.fullmatch(r"[A-Za-z_]\w*", owner):
        return ""
    code = source.code(function.start_byte, function.body_end)
    found: list[bytes] = _variable(owner).findall(code) if owner.encode() in code else []
    return found[0].decode() if len(set(found)) == 1 else ""


@lru_cache(maxsize=1024)
def _variable(name: str) -> re.Pattern[bytes]:
    """A declaration of a variable by its name."""
    return re.compile(
        rb"\b(?:struct|union)\s+(\w+)\s*[\s*]\s*(?:const\s+)?(?:\w+\s*,\s*\**)*"
        + name.encode()
        + rb"\b"
    )


def is_only_one(source: SourceFile, function: Function, owner: str) -> bool:
    """True if no other variable of a function is, or points to, the struct that ``owner`` does."""
    struct = struct_of(source, function, owner)
    code = source.code(function.start_byte, function.body_end)
    names = {
        name.decode()
        for tag, names in _VARIABLES.findall(code)
        for name in _NAMES.findall(_CALLED.sub(b"", names))
        if tag.decode() == struct
    }
    return bool(struct) and names == {owner}


def struct_reached(library: Library, source: SourceFile, function: Function, owner: str) -> str:
    """The struct of an expression of a function, members followed: ``a->b`` is what b points to.

    '' if not told.
    """
    first, *members = re.split(r"->|\.", re.sub(r"\[[^\[\]]*\]", "", owner))
    if not first.isidentifier():
        return ""
    struct = struct_of(source, function, first)
    if not struct and not _is_local(source, function, first):
        struct = _variable_struct(library, source.path, first)
    for member in members:
        struct = _member_struct(library, struct, member) if struct else ""
    return struct


def _is_local(source: SourceFile, function: Function, name: str) -> bool:
    """True if a function declares the name, as whatever it be."""
    code = source.code(function.start_byte, function.body_end)
    declared = rb"\b(?!return\b|else\b|goto\b|case\b)\w+[\s*]+\**" + name.encode() + rb"\s*[;=,\[)]"
    return name in function.parameters or re.search(declared, code) is not None


@traced_cache(maxsize=256, compared=True)
def _variable_struct(library: Library, path: str, name: str) -> str:
    """The struct of a variable outside functions that a file sees by that name; '' if not told."""
    index = library.index
    if index is None or not name.isidentifier():
        return ""
    found = [one for one in index.definitions(name) if one.kind is NameKind.VARIABLE]
    here = [one for one in found if one.path == path]
    seen = here or [one for one in found if not one.static]
    told = {_declared_struct(library, one) for one in seen[:_STRUCTS_AT_MOST]}
    return told.pop() if len(told) == 1 and len(seen) <= _STRUCTS_AT_MOST else ""


def _declared_struct(library: Library, variable: Definition) -> str:
    """The struct in the declaration of a variable, or of the body whose end it stands at."""
    file = code_file(library.tree, variable.path)
    text = file.lines(variable.line, variable.line) if file is not None else b""
    name = variable.name.encode()
    told = re.search(rb"\bstruct\s+(\w+)\b[^;{}()=]*\b" + name + rb"\b", text)
    if told is not None or file is None or not text.startswith(b"}"):
        return told[1].decode() if told is not None else ""
    above = file.lines(max(1, variable.line - _BODY_AT_MOST), variable.line - 1)
    tags = re.findall(rb"^(?:\w+[ \t]+)*struct\s+(\w+)\s*\{|^(\})", above, re.M)
    return tags[-1][0].decode() if tags else ""


_BODY_AT_MOST = 200
"""Lines of a struct looked through for its head."""


@traced_cache(maxsize=256, compared=True)
def _member_struct(library: Library, struct: str, member: str) -> str:
    """The struct that a member is, or points to; '' if it is none, or declared more than once."""
    index = library.index
    found = index.definitions(member) if index is not None else ()
    places = {(one.path, one.line) for one in found if one.owner == struct}
    if len(places) != 1:
        return ""
    path, line = places.pop()
    file = code_file(library.tree, path)
    text = file.lines(line, line) if file is not None else b""
    told = re.search(rb"\bstruct\s+(\w+)\b[^;{}()]*\b" + member.encode() + rb"\b", text)
    return told[1].decode() if told is not None else ""


@traced_cache(maxsize=256, compared=True)
def is_embedded(library: Library, struct: str, member: str) -> bool:
    """True if every declaration of a member of a struct that is seen is of the thing itself.

    Two pointers of different structs may lead to one thing.
    """
    index = library.index
    found = index.definitions(member) if index is not None else ()
    places = {(one.path, one.line) for one in found if one.owner == struct}
    for path, line in places:
        file = code_file(library.tree, path)
        text = file.lines(line, line) if file is not None else b""
        declared = re.search(rb"\b" + member.encode() + rb"\b", text)
        if declared is None or b"*" in text[: declared.start()].rpartition(b";")[2]:
            return False
    return bool(places)


def struct_of_convention(owner: str) -> tuple[str, ...]:
    """The struct of a name that every file means alike: ``current`` (asm-generic/current.h)."""
    return ("task_struct",) if owner == "current" else ()


def struct_in_file(owner: str, world: World) -> tuple[str, ...]:
    """The one struct that all of the file means by ``owner``, or (); declared more than once."""
    declared = _declarations(world.source).get(owner, ())
    structs = {struct for struct, _ in declared}
    return tuple(structs) if len(structs) == 1 and len(declared) > 1 else ()


def struct_in_folder(owner: str, world: World) -> tuple[str, ...]:
    """The one struct that every file of the folder means by ``owner``, or ().

    It must be declared so more than once; folders of headers for all have no one meaning.
    """
    folder = world.path.rpartition("/")[0]
    if world.index is None or folder.startswith("include"):
        return ()
    return _declared_in(world.library, owner, folder)


@traced_cache(maxsize=256, compared=True)
def _declared_in(library: Library, owner: str, folder: str) -> tuple[str, ...]:
    """The one struct that every file of a folder means by ``owner``, or ()."""
    assert library.index is not None
    paths = [path for path in library.index.files(owner) if path.rpartition("/")[0] == folder]
    if len(paths) > _FILES_AT_MOST:
        return ()
    declared: list[tuple[str, int]] = []
    for path in paths:
        file = code_file(library.tree, path)
        if file is not None:
            declared += _declared(file.code).get(owner, ())
    structs = {struct for struct, _ in declared}
    return tuple(structs) if len(structs) == 1 and len(declared) > 1 else ()


def _few(declared: Iterable[tuple[str, int]]) -> tuple[str, ...]:
    structs = {struct for struct, _ in declared}
    return tuple(sorted(structs)) if len(structs) <= _STRUCTS_AT_MOST else ()


@lru_cache(maxsize=8)
def _declarations(source: SourceFile) -> dict[str, list[tuple[str, int]]]:
    """Variables and parameters of a file that are structs or point to them, with offsets."""
    return _declared(source.code())


def _declared(code: bytes) -> dict[str, list[tuple[str, int]]]:
    found: dict[str, list[tuple[str, int]]] = {}
    for match in _DECLARED.finditer(code):
        found.setdefault(match[2].decode(), []).append((match[1].decode(), match.start()))
    return found


def lacks(structs: tuple[str, ...], name: str, index: Index) -> bool:
    """True if every one of the structs is known and none has the member, however spelled.

    Several of them make a plural: ``rq->locks`` for the ``lock`` of each.
    """
    for struct in structs:
        members = index.members(struct)
        if not members or members & {name, "_" + name, name.removesuffix("s")}:
            return False
    return bool(structs)


def missing(
    claim: Claim,
    world: World,
    index: Index,
    structs: tuple[str, ...],
    name: str,
    *,
    has: str = "",
    severity: Severity | None = None,
) -> Verdict:
    """The verdict for a member that none of ``structs`` has; ``has`` says what they have."""
    where: list[Definition] = []
    for struct in structs:
        defined = [
            one
            for one in index.definitions(struct)
            if one.kind is NameKind.STRUCT and is_kernel(one.path) == is_kernel(world.path)
        ]
        if len(defined) != 1:
            return unknown(f"struct {struct} is not defined once")
        where += defined
    today = next((own for one in structs if (own := _underscored(name, one, index))), "")
    if today:
        has = f" It has {today}, which may be meant."
    return broken(
        f"The comment speaks of {claim.object.text if claim.object else name}, but struct "
        f"{' or '.join(structs)} has no member {name}.{has}",
        *(Location(one.path, one.line, f"struct {one.name}") for one in where),
        Location(world.path, claim.line, f"names {name} of struct {structs[0]}"),
        severity=severity,
        tier=Tier.HINT if today else None,
    )


def _underscored(name: str, struct: str, index: Index) -> str:
    """The member with two underscores before its name, which keep it from use by hand, or ''.

    Where ``rq->__lock`` is taken by a function, people go on to call it ``rq->lock``: worth a hint.
    """
    single = name.removesuffix("s")
    forms = (f"__{name}", f"__{single}", f"__{single}s")
    members = index.members(struct)
    return next((one for one in forms if one in members), "")
