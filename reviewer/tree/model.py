"""What a kernel tree offers to the stages above: bytes, names and configuration facts."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from enum import StrEnum
from typing import Protocol


class Tree(Protocol):
    """A kernel tree; every path is relative to its root and may not leave it."""

    @property
    def name(self) -> str:
        """How a user names this tree: folder or revision."""

    def read(self, path: str) -> bytes | None:
        """The file's bytes, or None if there is no such regular file in the tree."""

    def exists(self, path: str) -> bool:
        """True for a file or a folder of the tree."""

    def files(self, under: str = "") -> Iterator[str]:
        """Paths of all regular files below a folder (or the file itself), sorted."""

    def __hash__(self) -> int:
        """Trees are told apart by object, so that facts read from one can be kept by tree."""


@dataclass(frozen=True, slots=True)
class Entry:
    """A regular file of a tree: ``size`` in bytes, and what tells two contents apart.

    ``blob`` is the SHA-1 git gives this content, '' where nobody has hashed it yet; ``stamp``
    (a folder's mtime in ns, 0 for a revision) stands for the content until the file changes.
    """

    path: str
    size: int
    blob: str = ""
    stamp: int = 0


class Listed(Tree, Protocol):
    """A tree that can list its files with what identifies their content, without reading them."""

    @property
    def identity(self) -> str:
        """What two openings of the same tree have in common: folder or repository, and revision.

        '' for one of which nothing is kept: the next may be another.
        """

    @property
    def fixed(self) -> bool:
        """True if what ``identity`` names can never have other contents (a commit)."""

    def entries(self) -> Iterator[Entry]:
        """All regular files, sorted by path."""


class NameKind(StrEnum):
    """What a name is in the code."""

    FUNCTION = "function"
    PROTOTYPE = "prototype"
    MACRO = "macro"
    STRUCT = "struct"
    FIELD = "field"
    VARIABLE = "variable"
    ENUMERATOR = "enumerator"
    TYPEDEF = "typedef"
    LABEL = "label"
    LOCK = "lock"
    CONFIG = "config"


@dataclass(frozen=True, slots=True)
class Definition:
    """Where a name is defined; ``line`` is 1-based."""

    name: str
    kind: NameKind
    path: str
    line: int
    end: int = 0
    """Last line of a function's body; the same as ``line`` for anything else, 0 if unknown."""
    owner: str = ""
    """Tag of the outermost struct, union or enum that a member stands in."""
    static: bool = False


@dataclass(frozen=True, slots=True)
class Sense:
    """As what a file defines a name: a definition without its lines.

    Most questions are for no more, and the lines of a file move with every edit above them.
    """

    kind: NameKind
    path: str
    owner: str = ""
    """As of ``Definition``."""
    static: bool = False


@dataclass(frozen=True, slots=True)
class CallSite:
    """A place where ``caller`` (a function, or '' at file level) calls or mentions ``callee``.

    ``mention`` is True where the name stands without an argument list: its address is taken, or
    a macro hands it on, so that callers unknown to us may exist.
    """

    callee: str
    caller: str
    path: str
    line: int
    mention: bool = False


class Index(Protocol):
    """Names of the whole tree; a query costs microseconds, or a search when there is no store."""

    @property
    def complete(self) -> bool:
        """True when every file of the tree has been read, so that absence is a fact."""

    def occurs(self, name: str) -> bool:
        """True if the identifier occurs in code (not comments) of C, headers, assembly, Kconfig,
        device trees, or can be formed by token pasting that the index has seen."""

    def files(self, name: str) -> tuple[str, ...]:
        """Paths of the files whose code has the name."""

    def mentions(self, name: str) -> tuple[str, ...]:
        """Paths of the files whose comments have it as ``name()`` or, with an underscore, bare.

        Of a file its last part: ``usb-ohci.txt``, and of one without a dot ``/Kconfig``.
        """

    def defined(self, name: str) -> bool:
        """True if some code defines the name, in whatever sense."""

    def intended(self, name: str) -> tuple[str, ...]:
        """Defined names of which the name is a slip of one letter."""

    def definitions(self, name: str) -> tuple[Definition, ...]:
        """All definitions of a name, with lines."""

    def senses(self, name: str) -> tuple[Sense, ...]:
        """As ``definitions``, one for each, for whoever needs no lines."""

    def each_definition(self, name: str) -> Iterator[Definition]:
        """As ``definitions``, one after the other, for whoever may need no more than the first."""

    def definitions_in(self, name: str, path: str) -> tuple[Definition, ...]:
        """As ``definitions``, of one file."""

    def each_sense(self, name: str) -> Iterator[Sense]:
        """As ``senses``, likewise."""

    def callers(self, name: str) -> tuple[CallSite, ...]:
        """All calls of a function by name, with the function each call stands in."""

    def callers_in(self, name: str, path: str) -> tuple[CallSite, ...]:
        """Those of one file: a name that is common elsewhere costs nothing."""

    def config(self, symbol: str) -> bool:
        """True if CONFIG_<symbol> is defined in some Kconfig file."""

    def used_in_kernel(self, name: str) -> bool:
        """As ``occurs``, but not counting tools/, samples/, scripts/ and Documentation/."""

    def called(self, name: str) -> bool:
        """True if any code calls the name, or defines it as function, macro or type."""

    def pasted(self, name: str) -> str:
        """The token-pasting shape that can form the name, or ''."""

    def in_strings(self, name: str, *, kernel_only: bool = False) -> bool:
        """True if the identifier stands in a string literal, of the kernel's own code or of any."""

    def members(self, struct: str) -> frozenset[str]:
        """Fields of every struct or union (enumerators of every enum) of this tag."""

    def beginning(self, prefix: str, limit: int = 1) -> tuple[str, ...] | None:
        """Names of the tree that begin so, and shapes (``foo_*``) of pasting that may form one.

        Up to ``limit``; None if unknown.
        """

    def ending(self, name: str, folder: str) -> tuple[str, ...]:
        """Defined names, of a folder above all, that end with ``_`` and the name."""

    def similar(self, name: str, limit: int = 3) -> tuple[str, ...]:
        """Names in the tree that a stale mention probably means today, best first."""

    def __hash__(self) -> int:
        """Indexes are told apart by object, so that answers of one can be kept by index."""
