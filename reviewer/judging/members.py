"""What struct a variable of a comment points to, and whether that struct has the member."""

from __future__ import annotations

import re
from functools import lru_cache

from reviewer.claims.model import Claim
from reviewer.source.file import SourceFile
from reviewer.tree.model import Definition, Index, NameKind
from reviewer.verdict import Location, Verdict, broken, unknown
from reviewer.world import World

MEMBER = re.compile(r"&?([A-Za-z_]\w*)(?:->|\.|::)([A-Za-z_]\w*)(?:\(.*)?", re.S)
"""``owner->member`` in the words of a comment."""
_DECLARED = re.compile(rb"\bstruct\s+(\w+)(?:\s*\*+\s*|\s+)(?:const\s+)?(\w+)\s*[,;)=]")
_STRUCTS_AT_MOST = 3


def structs_of(owner: str, claim: Claim, world: World) -> tuple[str, ...]:
    """The struct that ``owner`` points to in the function at hand, else those in the file.

    None if code of the file gives the name to more than a few.
    """
    declared = _declarations(world.source).get(owner, ())
    function = world.function(claim)
    here = () if function is None else (function.start_byte, function.end_byte)
    found = {struct for struct, at in declared if here and here[0] <= at < here[1]}
    found = found or {struct for struct, _ in declared}
    return tuple(sorted(found)) if len(found) <= _STRUCTS_AT_MOST else ()


@lru_cache(maxsize=8)
def _declarations(source: SourceFile) -> dict[str, list[tuple[str, int]]]:
    """Variables and parameters of a file that are structs or point to them, with offsets."""
    found: dict[str, list[tuple[str, int]]] = {}
    for match in _DECLARED.finditer(source.code()):
        found.setdefault(match[2].decode(), []).append((match[1].decode(), match.start()))
    return found


def lacks(structs: tuple[str, ...], name: str, index: Index) -> bool:
    """True if every one of the structs is known and none has the member, however spelled."""
    for struct in structs:
        members = index.members(struct)
        if not members or members & {name, "_" + name, "__" + name}:
            return False
    return bool(structs)


def missing(
    claim: Claim, world: World, index: Index, structs: tuple[str, ...], name: str, has: str
) -> Verdict:
    """The verdict for a member that none of ``structs`` has; ``has`` says what they have."""
    where: list[Definition] = []
    for struct in structs:
        defined = [one for one in index.definitions(struct) if one.kind is NameKind.STRUCT]
        if len(defined) != 1:
            return unknown(f"struct {struct} is not defined once")
        where += defined
    return broken(
        f"The comment speaks of {claim.object.text if claim.object else name}, but struct "
        f"{' or '.join(structs)} has no member {name}.{has}",
        *(Location(one.path, one.line, f"struct {one.name}") for one in where),
        Location(world.path, claim.line, f"names {name} of struct {structs[0]}"),
    )
