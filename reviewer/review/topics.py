"""Which functions of a tree a mail speaks of: those that its subject and its prose name."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from reviewer.claims.model import Claim
from reviewer.kernel.folders import is_kernel
from reviewer.kernel.table import primitive
from reviewer.mail.model import Message
from reviewer.mail.talk import Passage
from reviewer.program.program import Program
from reviewer.source.file import SourceFile
from reviewer.source.model import AnchorKind, CommentBlock, Function
from reviewer.tree.model import NameKind, Tree

_NAMES_AT_MOST = 40
_PLACES_AT_MOST = 8
_LONGEST = 200
_ENOUGH = 2
"""Quoted lines that a body must have for the quotation to be of it."""
_LEAST = 5
"""Characters of a quoted line of code that tell one body from another."""
_NAMED = re.compile(r"\b([A-Za-z_]\w{2,})\(")
_NOTHING = re.compile(rb"\{?\s*(?:return[\s(]*(?:-?\w+|ERR_PTR\(-?\w+\))?[\s)]*;)?\s*\}?\s*")
"""A body that does nothing, or returns a constant."""
_HEAD = re.compile(r"[A-Za-z_][\w\s*]*?\b(\w+)\([^;]*")


@dataclass(frozen=True, slots=True)
class Topic:
    """A function that a mail speaks of, and where; ``passage`` is where its code is quoted, else
    where it is named first (None: in the subject)."""

    name: str
    source: SourceFile
    function: Function
    passage: Passage | None
    main: bool
    """True for the one that paragraphs which name none are about."""

    def concerns(self, path: str, comment: CommentBlock) -> bool:
        """True for the comments in the function, and the one on it; not those on its whole file."""
        first, last = self.function.start_line, self.function.end_line
        anchor = comment.anchor
        above = anchor.kind is AnchorKind.FUNCTION and first <= anchor.start_line <= last
        return path == self.source.path and (above or first <= comment.start_line <= last)

    def includes(self, path: str, claim: Claim) -> bool:
        """True for all claims of these comments."""
        return self.concerns(path, claim.comment)


def topics(
    message: Message,
    found: Sequence[Passage],
    tree: Tree,
    program: Program,
    also: Sequence[str] = (),
) -> tuple[Topic, ...]:
    """The functions of the tree that a mail speaks of, the main one first.

    Main is the one that the subject names, else the one that most paragraphs name. Of several
    definitions the one is taken whose body has most of the code that the mail quotes. Primitives
    (``smp_rmb()``, ``flush_tlb_range()``) are words of the discussion, and spoken of only if the
    subject line names them, their own code is quoted, or nothing else is named. ``also`` are
    functions that the mail is about in another way: they come last.
    """
    titled = list(dict.fromkeys(_NAMED.findall(message.subject)))
    counted: Counter[str] = Counter()
    for passage in found:
        counted.update(_spoken_of(passage))
    names = sorted(counted, key=lambda name: (name not in titled, -counted[name]))
    ordered = [*(name for name in titled if name not in counted), *names]
    ordered += [name for name in dict.fromkeys(also) if name not in ordered]
    made: list[Topic] = []
    quoted = frozenset(
        line
        for passage in found
        if passage.is_code
        for line in map(_folded, passage.lines)
        if len(line) >= _LEAST
    )
    words = [name for name in ordered if name not in titled and primitive(name)]
    for name in [*(one for one in ordered if one not in words), *words][:_NAMES_AT_MOST]:
        best = _best(name, quoted, tree, program)
        least = _ENOUGH if made and name in words else 0
        if best is not None and best[2] >= least:
            source, function, score = best
            place = _place(name, source, function, found, quoted if score else frozenset())
            made.append(Topic(name, source, function, place, not made))
    return tuple(made)


def first_of(names: Sequence[str], tree: Tree, program: Program) -> Topic | None:
    """The first function of these names that the tree has."""
    for name in names:
        if (best := _best(name, frozenset(), tree, program)) is not None:
            return Topic(name, best[0], best[1], None, main=False)
    return None


def _spoken_of(passage: Passage) -> Iterator[str]:
    """Names in prose; of code only what it defines, for what it calls is not its subject."""
    if not passage.is_code:
        yield from passage.names
        return
    for line in passage.lines:
        if len(line) <= _LONGEST and (match := _HEAD.fullmatch(line)) and line[:1].strip():
            yield match[1]


def _best(
    name: str, quoted: frozenset[str], tree: Tree, program: Program
) -> tuple[SourceFile, Function, int] | None:
    """The definition that has most of the quoted code; of equals one that does something, then one
    that is for every machine: headers have empty ones for kernels built without it, or such as
    return a constant."""
    places = [
        one
        for one in program.definitions(name)
        if one.kind is NameKind.FUNCTION and is_kernel(one.path)
    ]
    places.sort(key=lambda one: (one.path.startswith("arch/"), one.path, one.line))
    best: tuple[tuple[int, bool], SourceFile, Function] | None = None
    for path in list(dict.fromkeys(one.path for one in places))[:_PLACES_AT_MOST]:
        data = tree.read(path)
        source = SourceFile.parse(path, data or b"")
        for function in source.functions_named(name):
            code = _code(source, function)
            body = {_folded(line) for line in code.split("\n")}
            does = source.code(function.body_start, function.body_end)
            score = len(quoted & body), _NOTHING.fullmatch(does) is None
            if best is None or score > best[0]:
                best = score, source, function
    return None if best is None else (best[1], best[2], best[0][0])


def _place(
    name: str,
    source: SourceFile,
    function: Function,
    found: Sequence[Passage],
    quoted: frozenset[str],
) -> Passage | None:
    body = {_folded(line) for line in _code(source, function).split("\n")} & quoted
    for passage in found if body else ():
        if passage.is_code and body & set(map(_folded, passage.lines)):
            return passage
    return next((one for one in found if name in one.names), None)


def _code(source: SourceFile, function: Function) -> str:
    return source.data[function.start_byte : function.end_byte].decode("utf-8", "replace")


def _folded(line: str) -> str:
    return "".join(line.split())
