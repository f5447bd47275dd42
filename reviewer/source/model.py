"""C files as kstale sees them. Byte offsets are into ``SourceFile.data``; lines are 1-based."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from enum import StrEnum
from functools import cached_property
from itertools import count
from typing import Any

_serials = count()


class AnchorKind(StrEnum):
    """What kind of code a comment speaks of."""

    FILE = "file"
    FUNCTION = "function"
    PROTOTYPE = "prototype"
    STATEMENTS = "statements"
    BRANCH = "branch"
    FIELD = "field"
    STRUCT = "struct"
    MACRO = "macro"
    DECLARATION = "declaration"
    CONDITIONAL = "conditional"
    LINE = "line"


@dataclass(frozen=True, slots=True)
class Anchor:
    """The code a comment speaks of.

    ``name`` is the function, field (``struct.field``), struct or macro; ``function`` the enclosing
    function or ''. ``conditions`` are the preprocessor conditions around it, outermost first,
    as written (``defined(CONFIG_X)``, ``!(CONFIG_Y)``, …).
    """

    kind: AnchorKind
    name: str
    function: str
    start_byte: int
    end_byte: int
    start_line: int
    end_line: int
    conditions: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Known:
    """An anchor that is worked out already."""

    anchor: Anchor

    def __call__(self) -> Anchor:
        """The anchor."""
        return self.anchor


@dataclass(frozen=True)
class CommentBlock:
    """One ``/* … */`` or run of ``//`` lines.

    ``text`` is the prose without stars and with single newlines; ``offsets[i]`` is the byte
    offset in the file of ``text[i]``, so that every claim can quote its exact place.

    ``find_anchor`` works out the anchor when it is first asked for: of most comments only the words
    count, and laying out a file for its anchors costs as much as reading them.
    """

    text: str
    offsets: tuple[int, ...]
    start_byte: int
    end_byte: int
    start_line: int
    end_line: int
    find_anchor: Callable[[], Anchor] = field(repr=False, compare=False)
    kernel_doc: bool
    trailing: bool
    text_line: int = 0
    """Line of ``text[0]``; each newline of ``text`` is one line of the file. 0: start_line."""
    instructions: tuple[str, ...] = ()
    """Its ``kstale: …`` lines, which are no prose: blanks stand for them in ``text``."""

    @cached_property
    def anchor(self) -> Anchor:
        """The code the comment speaks of."""
        return self.find_anchor()

    def __getstate__(self) -> dict[str, Any]:
        """What is sent to another process or kept: the anchor, and not the file behind it."""
        return {**self.__dict__, "find_anchor": Known(self.anchor), "anchor": self.anchor}


@dataclass(frozen=True, slots=True)
class Function:
    """A function definition; ``has_error`` if its parse tree holds ERROR or MISSING nodes."""

    name: str
    start_byte: int
    end_byte: int
    start_line: int
    end_line: int
    body_start: int
    body_end: int
    parameters: tuple[str, ...]
    annotations: tuple[str, ...]
    """Attribute macros that were blanked: ``__must_hold(x)``, ``__init``, …"""
    static: bool
    conditions: tuple[str, ...]
    has_error: bool
    macro: bool = False
    """True for a ``#define`` with a body, taken as a function."""


class Flow(StrEnum):
    """How an operation is reached inside its function."""

    ALWAYS = "always"
    BRANCH = "branch"
    LOOP = "loop"


@dataclass(frozen=True, slots=True)
class Operation:
    """One primitive operation or call in source order.

    ``concepts`` are catalogue tags such as ``lock.acquire``, ``barrier.wmb``, ``tlb.flush``,
    ``rcu.read_lock``, ``context.sleeps``; empty for a call the catalogue does not know.
    ``via`` names the helpers that were looked through to find it, outermost first; ``line`` and
    ``start_byte`` are then those of the call in the code asked about, and ``place`` is the path
    and line where the operation itself stands. ``depth`` counts the branches and loops around.
    ``objects`` pairs a concept with what it is about, in the caller's words:
    ``("lock.acquire.read", "mm->mmap_lock")``. ``arms`` are the start offsets of the branches and
    loop bodies around it, outermost first: an operation whose arms are a prefix of another's, and
    that comes before it, has always run when the other runs (``goto`` aside).
    """

    name: str
    arguments: tuple[str, ...]
    concepts: frozenset[str]
    line: int
    start_byte: int
    flow: Flow
    depth: int
    via: tuple[str, ...] = ()
    objects: tuple[tuple[str, str], ...] = ()
    arms: tuple[int, ...] = ()
    place: tuple[str, int] = ("", 0)
    conditions: tuple[str, ...] = ()
    """Preprocessor conditions around it inside its function, and that a macro may not do it."""

    def about(self, concept: str) -> tuple[str, ...]:
        """The objects of a concept or of one below it."""
        return tuple(
            name
            for tag, name in self.objects
            if name and (tag == concept or tag.startswith(concept + "."))
        )


@dataclass(frozen=True, slots=True)
class CodeFacts:
    """What a stretch of code does, in source order."""

    path: str
    function: str
    start_line: int
    end_line: int
    operations: tuple[Operation, ...]
    complete: bool
    """False when the stretch has parse errors or a callee could not be looked through."""
    why_incomplete: str = ""
    unknown: tuple[str, ...] = ()
    """Callees that are neither in the catalogue nor could be looked through, in source order."""

    serial: int = field(default_factory=_serials.__next__, init=False, compare=False, repr=False)
    """Tells it from every other stretch looked at in this process, without keeping it."""

    def having(self, concept: str) -> tuple[Operation, ...]:
        """Operations tagged with a concept or one below it (``lock`` covers ``lock.acquire``)."""
        return tuple(
            op
            for op in self.operations
            if any(c == concept or c.startswith(concept + ".") for c in op.concepts)
        )
