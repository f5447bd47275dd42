"""How the code of a caller is to be taken around a call: what fails, is assigned, is straight."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator

from reviewer.judging.callsites import Site
from reviewer.judging.changing import changes_of
from reviewer.source.file import SourceFile
from reviewer.source.flow import Point
from reviewer.source.model import Function, Operation
from reviewer.source.recent import beside_file
from reviewer.tree.trace import traced_cache
from reviewer.world import Library, World, of_no_file

_RETURNS = rb"(?:return\b[^;{}]*;|\{(?:[^;{}]*;){0,6}?\s*return\b[^;{}]*;\s*\})"
_FAILED = re.compile(rb"\s*(?:(?:<|!=)\s*0\s*)?\)+\s*" + _RETURNS)
_JUMPS = re.compile(rb"\b(?:goto|break|continue)\b")
_NAME = re.compile(r"\w+")
_NOT_ZERO = re.compile(
    rb"\s*;\s*if\s*\((?:unlikely\()?\s*(\w+)\s*(?:(?:<|!=)\s*0)?\s*\)+\s*" + _RETURNS
)


def or_returns(site: Site, op: Operation) -> bool:
    """True if the caller returns at once where an acquire that may fail has failed.

    Of a place on that way out it is not: there the lock is not held. Nor where that way may go on
    with a jump before it returns.
    """
    source = site.source
    before = source.code(max(site.caller.body_start, op.start_byte - 60), op.start_byte)
    opened = source.code().find(b"(", op.start_byte)
    depth, end = 0, opened
    text = source.code(opened, opened + 400)
    for at, char in enumerate(text):
        depth += (char == ord("(")) - (char == ord(")"))
        if not depth:
            end = opened + at + 1
            break
    after = source.code(end, end + 300)
    tries = any(tag == "lock.acquire.try" for tag, _ in op.objects)
    failed, asked = _FAILED.match(after), _NOT_ZERO.match(after)
    out = failed or asked
    if out is None or end < site.start_byte < end + out.end() or _JUMPS.search(out[0]):
        return False
    if tries:
        return bool(failed and re.search(rb"\bif\s*\(\s*!\s*\Z", before))
    if re.search(rb"\bif\s*\((?:unlikely\()?\s*\(?(?:\w+\s*=\s*)?\Z", before):
        return failed is not None
    kept = re.search(rb"\b(\w+)\s*=\s*\Z", before)
    return kept is not None and asked is not None and kept[1] == asked[1]


def straight(world: World, site: Site, via: tuple[str, ...]) -> bool:
    """True if the helpers passed have one way through only, in every configuration."""
    for name in via:
        helper = site.source.definition(name)
        source = site.source
        if len(source.functions_named(name)) > 1 or name in _with_several_bodies(source):
            return False
        if helper is None and not world.source.functions_named(name):
            if not _is_straight_elsewhere(world.library, name):
                return False
        elif not (_is_straight(source, helper) if helper else _is_straight_in(world, name)):
            return False
    return True


@traced_cache(maxsize=1024, compared=True)
def _is_straight_elsewhere(library: Library, name: str) -> bool:
    return _is_straight_in(of_no_file(library), name)


def _is_straight_in(world: World, name: str) -> bool:
    """True of the one helper of a name, a function or what wraps a lock."""
    found = world.functions(name)
    wrapper = world.wrapper(name) if not found else None
    if len(found) != 1 and wrapper is None:
        return False
    return _is_straight(*(wrapper or found[0]))


def _is_straight(source: SourceFile, helper: Function) -> bool:
    code = source.code(helper.body_start, helper.body_end)
    if _JUMPS.search(code):
        return False
    ways = re.findall(rb"\breturn\b", code)
    return not ways or (
        len(ways) == 1 and re.search(rb"\breturn\b[^;]*;\s*\}?\s*\Z", code) is not None
    )


@beside_file
def _with_several_bodies(source: SourceFile) -> frozenset[str]:
    """Macros that a file defines more than once, as for a configuration without locks."""
    defined = (one.rest for one in source.layout.directives if one.keyword == "define")
    names = Counter(named[0] for rest in defined if (named := _NAME.match(rest)) is not None)
    return frozenset(name for name, times in names.items() if times > 1)


_INDEX = re.compile(r"\[([^\[\]]*)\]")
_VARIABLE = re.compile(r"(?<![\w.>])[A-Za-z_]\w*")


def assignments(site: Site, spellings: set[str]) -> Iterator[Point]:
    """Where a variable that a lock is reached through changes, or the number of its element.

    A struct that the lock is inside of is where it is, whatever is written to it. What changes of
    what the caller is given is "rebound": from there on it names another lock than on entry.
    """
    prefixes: set[str] = set()
    embedded: set[str] = set()
    for spelled in spellings:
        parts = re.split(r"(->|\.)", spelled)
        for end in range(1, len(parts) - 1, 2):
            (embedded if parts[end] == "." else prefixes).add("".join(parts[:end]))
        for inside in _INDEX.finditer(spelled):
            prefixes.update(_VARIABLE.findall(inside[1]))
            prefixes.add(spelled[: inside.start()])
    prefixes -= embedded
    caller = site.caller
    code = site.source.code(caller.body_start, caller.body_end)
    for prefix in sorted(prefixes):
        if not re.fullmatch(r"[\w.>\[\]-]+", prefix):
            continue
        given = re.split(r"->|\.|\[", prefix)[0] in caller.parameters
        for match in changes_of(prefix).finditer(code):
            at = caller.body_start + match.start()
            yield Point(at, 1 << 30, "rebound" if given else "assign", assigns=True)
