"""Files in, postings out: what one worker does to one portion of a tree."""

from __future__ import annotations

import re
import zlib
from array import array
from collections.abc import Iterable
from dataclasses import dataclass
from enum import IntFlag
from zlib import crc32

from reviewer.errors import TreeError
from reviewer.tree.definitions import definitions
from reviewer.tree.dialect import Dialect, code_of, comments_of, dialect, strings_of, words_of
from reviewer.tree.model import Entry, Listed, NameKind
from reviewer.tree.overlay import blob_id
from reviewer.tree.pasting import Shape, shapes_of
from reviewer.tree.revision import RevisionTree

BUCKET_BITS = 12
_NAMES_AT_MOST = 4000
"""Defined names of one file that are kept as text, for suggestions. Register headers have more."""

_STRING_WORD = re.compile(rb"[A-Za-z]\w*_\w+")
_CALL = re.compile(rb"(?<!\w)([A-Za-z_]\w*+)[ \t]*+\(")
_CALLABLE = (NameKind.FUNCTION, NameKind.PROTOTYPE, NameKind.MACRO, NameKind.TYPEDEF)
_COMMENT_WORD = re.compile(rb"(?<!\w)(?:\w+(?=\(\))|[A-Za-z_]\w*_\w+)")


class Role(IntFlag):
    """What a name is in a file, as far as the index keeps it."""

    CODE = 1
    DEFINED = 2
    STRING = 4
    COMMENT = 8
    CALLED = 16
    """Called, or defined as something that can be: function, prototype, macro, typedef."""


@dataclass(frozen=True, slots=True)
class Facts:
    """The names of one file's content."""

    words: set[bytes]
    defined: dict[bytes, NameKind]
    strings: set[bytes]
    comments: set[bytes]
    shapes: set[Shape]
    called: set[bytes]


def facts_of(data: bytes, kind: Dialect) -> Facts:
    """Reads one file's content; never fails, whatever the bytes are."""
    code = code_of(data, kind)
    defined = {found.name: found.kind for found in definitions(code, kind)}
    words = words_of(code)
    strings: set[bytes] = set()
    for text in strings_of(data, kind):
        if b"_" in text:
            strings.update(_STRING_WORD.findall(text))
    words.update(defined)  # glued names such as sys_open, which the code spells otherwise
    shapes: set[Shape] = set()
    if kind in (Dialect.C, Dialect.ASSEMBLY):
        shapes = shapes_of(code)
    spoken: set[bytes] = set()
    for text in comments_of(data, kind):
        if b"_" in text or b"()" in text:
            spoken.update(_COMMENT_WORD.findall(text))
    called = {name for name, what in defined.items() if what in _CALLABLE}
    called |= set(_CALL.findall(code)) & words if kind is Dialect.C else words
    return Facts(words, defined, strings - words, spoken, shapes, called)


def key(word: bytes, role: int, blob: int) -> int:
    """A posting as one integer: hash of the name, role, blob; sorts by hash."""
    return crc32(word) << 32 | role << 24 | blob


@dataclass(frozen=True, slots=True)
class Portion:
    """What a worker read: for each entry the blob id git gives it, and the postings of all.

    ``postings`` are sorted 64-bit keys; entries whose content the store already has add none.
    """

    entries: tuple[Entry, ...]
    first: int
    postings: bytes
    names: bytes
    shapes: tuple[tuple[int, Shape], ...]
    unread: tuple[str, ...]


def scan(tree: Listed, entries: tuple[Entry, ...], first: int, known: frozenset[str]) -> Portion:
    """Reads ``entries``; the i-th gets blob number ``first + i`` in its postings.

    ``known`` are blob ids with dialect (``id:dialect``) that need no postings. Pure but for
    reading the tree, so that any executor can run it.
    """
    keys = array("Q")
    done: list[Entry] = []
    names: set[bytes] = set()
    shapes: list[tuple[int, Shape]] = []
    unread: list[str] = []
    for number, entry in enumerate(entries, first):
        kind = dialect(entry.path)
        try:
            data = _content(tree, entry)
        except TreeError:
            data = None
        if data is None or kind is None:
            unread.append(entry.path)
            done.append(entry)
            continue
        blob = entry.blob or blob_id(data)
        done.append(Entry(entry.path, entry.size, blob, entry.stamp))
        if f"{blob}:{kind:d}" in known:
            continue
        facts = facts_of(data, kind)
        keys.extend(_keys(facts, number))
        shapes += [(number, shape) for shape in facts.shapes]
        if len(facts.defined) <= _NAMES_AT_MOST:
            names.update(facts.defined)
    if isinstance(tree, RevisionTree):
        tree.close()
    return Portion(
        tuple(done),
        first,
        array("Q", sorted(keys)).tobytes(),
        zlib.compress(b"\n".join(sorted(names)), 1),
        tuple(shapes),
        tuple(unread),
    )


def _content(tree: Listed, entry: Entry) -> bytes | None:
    if isinstance(tree, RevisionTree) and entry.blob:
        return tree.read_blob(entry.blob)
    return tree.read(entry.path)


def _keys(facts: Facts, blob: int) -> Iterable[int]:
    names, called = facts.defined.keys(), facts.called
    for found, role in (
        (facts.words - names - called, Role.CODE),
        ((facts.words & called) - names, Role.CODE | Role.CALLED),
        (names - called, Role.CODE | Role.DEFINED),
        (names & called, Role.CODE | Role.DEFINED | Role.CALLED),
        (facts.strings, Role.STRING),
        (facts.comments, Role.COMMENT),
    ):
        low = role << 24 | blob
        yield from [h << 32 | low for h in map(crc32, found)]
