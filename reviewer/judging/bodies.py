"""Bodies of functions and macros by name, and what they call, without a parser.

Whether a barrier stands in a function must not depend on whether its syntax tree came out well,
so this reads the code bytes: every name before a bracket counts, on every preprocessor branch.
What it finds is thus a little more than what is compiled. An absence is certain in one body; of
what it calls, only if ``reach`` says that nothing was left out.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass

from reviewer.kernel import primitive
from reviewer.kernel.folders import is_kernel
from reviewer.source.file import SourceFile
from reviewer.source.model import Function
from reviewer.tree.model import Index, NameKind
from reviewer.tree.trace import traced_cache
from reviewer.world import World

_CALL = re.compile(rb"(?<![\w>.])(?:(->|\.)[ \t]*+)?([A-Za-z_]\w*+)[ \t]*+(\(?)")
_POINTER = re.compile(
    rb"(?:->|\.)\s*\w+(?:\[[^\]]*\])?\s*\)?\s*\("
    rb"|\(\s*\*\s*(?:[^()]*|\([^()]*\)\s*)\)\s*\(|\]\s*\("
)
"""A call through a member, through a variable that is followed by hand, or by a table."""
_ALONE = re.compile(rb"[;{})][ \t]*\n\s*([A-Z_][A-Z0-9_]+)(?=[ \t]*;)")
_ASM = re.compile(rb"\b(?:asm|__asm__|__asm)\b|\bALTERNATIVE\w*\s*\(")
_KEYWORDS = frozenset(
    b"if for while switch return sizeof typeof __typeof__ defined do else case goto "
    b"likely unlikely static_assert BUILD_BUG_ON offsetof container_of".split()
)
_REPORTS = re.compile(
    r"(?:VM_)?(?:WARN|BUG)(?:_ON)?\w*|_?printk\w*|pr_[a-z]+(?:_once|_ratelimited)?|panic|dump_\w+"
    r"|(?:dev|netdev|net|nf|xfs|btrfs)_(?:err|warn|info|dbg|crit|notice|alert)\w*|seq_p[a-z]+"
)
"""Reporting reaches locks and waits of its own, which order nothing for their callers."""
_FILES_AT_MOST = 6
_BODIES_AT_MOST = 160
_DEEP = 6
_SHARED_DEEP = 2
_BODY_AT_MOST = 200_000


@dataclass(frozen=True, slots=True)
class Body:
    """The body of a function or macro: a range of code bytes of one file."""

    source: SourceFile
    name: str
    start: int
    end: int
    line: int
    shared: bool
    """True if others may call it by name: neither static nor a macro."""

    @property
    def path(self) -> str:
        """The file it stands in."""
        return self.source.path

    def code(self) -> bytes:
        """Its code bytes, comments blanked."""
        return self.source.code(self.start, min(self.end, self.start + _BODY_AT_MOST))

    def hides(self) -> str:
        """What in it may call something that is not seen: a pointer, a macro that stands alone."""
        code = self.code()
        if _POINTER.search(code) is not None:
            return f"{self.name}() calls through a pointer"
        alone = _ALONE.search(code, max(code.find(b"{"), 0))
        return f"{alone[1].decode()} stands alone" if alone is not None else ""

    def has_asm(self) -> bool:
        """True if it holds assembly, whose barriers cannot be seen."""
        return _ASM.search(self.code()) is not None


@dataclass(frozen=True, slots=True)
class Reach:
    """What a body calls, and what that calls."""

    calls: tuple[Call, ...]
    gaps: tuple[Gap, ...]
    """What was not looked into; none if an absence of calls is certain."""

    @property
    def unseen(self) -> str:
        """The first thing that was not looked into, in words, or ''."""
        return self.gaps[0].why if self.gaps else ""


@dataclass(frozen=True, slots=True)
class Gap:
    """Something in a body that was not looked into."""

    path: str
    why: str
    called: str = ""
    """The name that is called; '' for a pointer."""
    far: bool = False
    """True behind a function that others share."""


@dataclass(frozen=True, slots=True)
class Call:
    """A call or mention of a name in a body; ``via`` are the bodies looked through."""

    name: str
    body: Body
    line: int
    via: tuple[Body, ...]
    arguments: str

    @property
    def path(self) -> str:
        """The file of the call."""
        return self.body.path


def bodies_in(source: SourceFile, name: str) -> tuple[Body, ...]:
    """Functions and macros of that name in one file."""
    found = [
        Body(
            source,
            name,
            one.start_byte,
            one.end_byte,
            source.line_of(one.name_byte),
            not one.static,
        )
        for one in source.top_level.functions
        if one.name == name or one.name in {f"sys_{name}", f"__do_sys_{name}"}
    ]
    for directive in source.layout.directives:
        if directive.keyword == "define" and directive.rest.startswith(f"{name}("):
            line = source.line_of(directive.start)
            found.append(Body(source, name, directive.start, directive.end, line, False))
    return tuple(found)


def bodies(world: World, name: str, source: SourceFile | None = None) -> tuple[Body, ...]:
    """Bodies of a name as seen from a file (the claim's own by default).

    Static ones of that file come first and hide others, as they do for the compiler; else those
    of the tree by the index, nearest file first. () if there are none or no index.
    """
    home = source or world.source
    local = bodies_in(home, name)
    if local:
        return local
    if world.index is None:
        return ()
    paths = [p for p in _defining(world.index, name) if _visible(p, home.path)]
    near = sorted(paths, key=lambda p: (-_shared_folders(p, home.path), p))
    found: list[Body] = []
    for path in near[:_FILES_AT_MOST]:
        other = world.file(path)
        if other is not None:
            found += bodies_in(other, name)
    return tuple(found)


def body_of(world: World, function: Function) -> Body | None:
    """The body of a function of this file."""
    return next(
        (
            body
            for body in bodies_in(world.source, function.name)
            if body.start <= function.body_start < body.end
        ),
        None,
    )


@traced_cache(maxsize=8192, compared=True)
def _defining(index: Index, name: str) -> frozenset[str]:
    """Files that define a function or macro of that name."""
    kinds = {NameKind.FUNCTION, NameKind.MACRO}
    return frozenset(d.path for d in index.senses(name) if d.kind in kinds)


def _visible(path: str, home: str) -> bool:
    """True unless one of the two is a program built apart from the kernel."""
    return is_kernel(path) == is_kernel(home)


def _shared_folders(one: str, other: str) -> int:
    count = 0
    for a, b in zip(one.split("/")[:-1], other.split("/")[:-1], strict=False):
        if a != b:
            break
        count += 1
    return count


def calls(body: Body, via: tuple[Body, ...] = ()) -> Iterator[Call]:
    """Names that are called, and names of the file's own functions that are mentioned."""
    code = body.code()
    own = {one.name for one in body.source.top_level.functions}
    seen: set[str] = set()
    for match in _CALL.finditer(code):
        raw = match[2]
        if match[1] or raw in _KEYWORDS:
            continue
        name = raw.decode()
        if name == body.name or (not match[3] and name not in own):
            continue
        if not match[3] and name in seen:
            continue
        seen.add(name)
        arguments = ""
        if match[3]:
            arguments = code[match.end() : match.end() + 120].decode("utf-8", "replace")
        line = body.source.line_of(body.start + match.start(2))
        yield Call(name, body, line, via, arguments)


def reached(world: World, body: Body, known: Callable[[str], bool]) -> Iterator[Call]:
    """Every call in a body and in what it calls, nearest first.

    Static helpers, inlines and macros are looked into six deep, functions that others share two
    deep. ``known(name)`` is true for primitives, which are looked into only where the file itself
    defines them. Cycle-safe; stops after 160 bodies. That a call is not among them proves nothing:
    ``reach`` tells what was left out.
    """
    return _walk(world, body, known, None)


def reach(world: World, body: Body, known: Callable[[str], bool]) -> Reach:
    """The same calls, and what an absence among them does not cover.

    What the kernel's table has by its full name does what is said there, however deep it goes.
    """
    gaps: list[Gap] = []
    found = tuple(_walk(world, body, known, gaps))
    return Reach(found, tuple(gaps))


def _walk(
    world: World, body: Body, known: Callable[[str], bool], gaps: list[Gap] | None
) -> Iterator[Call]:
    level: list[tuple[Body, tuple[Body, ...]]] = [(body, ())]
    seen = {(body.path, body.start)}
    for _ in range(_DEEP + 1):
        following: list[tuple[Body, tuple[Body, ...]]] = []
        for current, via in level:
            names: set[str] = set()
            deep = len(via) < (_SHARED_DEEP if any(one.shared for one in via) else _DEEP)
            # nothing more is asked of what the table answers for
            asks = gaps is not None and not any(_is_told(one.name) for one in via)
            far = any(one.shared for one in via)
            if asks and gaps is not None and (why := current.hides()):
                gaps.append(Gap(current.path, why, far=far))
            for call in calls(current, via):
                yield call
                if call.name in names or is_report(call.name):
                    continue
                names.add(call.name)
                callees = _callees(world, current, call.name, known) if deep else ()
                new = [one for one in callees if (one.path, one.start) not in seen]
                fits = len(seen) + len(new) <= _BODIES_AT_MOST
                if asks and gaps is not None and not ((callees and fits) or _is_told(call.name)):
                    why = f"{call.name}() is not looked into"
                    gaps.append(Gap(current.path, why, call.name, far))
                for callee in new if fits else ():
                    seen.add((callee.path, callee.start))
                    following.append((callee, (*via, callee)))
        level = following


def _is_told(name: str) -> bool:
    """True if the kernel's table says what a function of that very name does.

    A builtin of the compiler calls nothing of the kernel.
    """
    known = primitive(name)
    return name.startswith("__builtin_") or (known is not None and known.exact)


def is_report(name: str) -> bool:
    """True of a function that reports something, and orders nothing for its callers."""
    return _REPORTS.fullmatch(name) is not None


def sees_far(world: World) -> bool:
    """True if looking up any number of names is cheap: the tree has a stored index."""
    return world.index is not None


def _callees(world: World, body: Body, name: str, known: Callable[[str], bool]) -> tuple[Body, ...]:
    if known(name) or not sees_far(world):
        return bodies_in(body.source, name)
    return bodies(world, name, body.source)
