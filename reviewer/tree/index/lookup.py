"""Answers from the stored index; exact lines are read from the few files it points to."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from functools import cached_property
from zlib import crc32

from reviewer.tree.definitions import definitions
from reviewer.tree.dialect import code_of, dialect
from reviewer.tree.index.scan import Role, facts_of
from reviewer.tree.index.store import Store
from reviewer.tree.likeness import candidates, ranked
from reviewer.tree.model import CallSite, Definition, Listed
from reviewer.tree.overlay import Overlay
from reviewer.tree.pasting import Shape, formed, shapes_of
from reviewer.tree.reading import code_file

_KEPT = 1 << 17


class StoredIndex:
    """Implements ``reviewer.tree.model.Index`` for one tree, with the changes of its overlays.

    Names are stored as 32-bit hashes: of 10^7 names, one absent name in 400 is taken to occur.
    The error is on the side of silence.
    """

    def __init__(self, tree: Listed, identity: str, store: Store) -> None:
        self.tree = tree
        self._identity = identity
        self._store = store
        record = store.tree(identity)
        assert record is not None, "opened before it was built"
        self._number, live, self._unread = record
        self._changed = _changes(tree)
        self._live = self._masked(live)
        self._postings: dict[str, tuple[tuple[int, int], ...]] = {}
        self._glued: dict[str, str] = {}
        self._alike: dict[str, tuple[str, ...]] = {}
        self._defined: dict[str, tuple[Definition, ...]] = {}
        self._used: dict[str, tuple[CallSite, ...]] = {}

    def over(self, tree: Listed) -> StoredIndex:
        """The same index asked about a tree that has some files of this one replaced."""
        return StoredIndex(tree, self._identity, self._store)

    def __str__(self) -> str:
        """What was indexed, in words."""
        contents = sum(map(bool, self._live))
        unread = f", {self._unread} files unread" if self._unread else ""
        return f"{self.tree.name}: {contents} contents indexed{unread}"

    @property
    def complete(self) -> bool:
        """True when every code file of the tree has been read."""
        return not self._unread

    def _masked(self, live: bytes) -> bytes:
        """Liveness without the contents that only changed files had."""
        masked = bytearray(live)
        for path in self._changed:
            number = self._store.blob_at(self._number, path)
            if number and all(p in self._changed for p in self._store.paths(self._number, number)):
                masked[number] = 0
        return bytes(masked)

    @cached_property
    def _new(self) -> dict[str, dict[bytes, int]]:
        """Roles of the names in the files an overlay changed."""
        found: dict[str, dict[bytes, int]] = {}
        for path, data in self._changed.items():
            kind = dialect(path)
            if data is None or kind is None:
                continue
            facts = facts_of(data, kind)
            roles: dict[bytes, int] = {}
            for names, role in (
                (facts.words, Role.CODE),
                (facts.strings, Role.STRING),
                (facts.comments, Role.COMMENT),
                (facts.defined, Role.DEFINED),
                (facts.called, Role.CALLED),
            ):
                for name in names:
                    roles[name] = roles.get(name, 0) | role
            found[path] = roles
        return found

    def _found(self, name: str) -> tuple[tuple[int, int], ...]:
        """(role, blob) of the unchanged files that have the name."""
        if name not in self._postings:
            if len(self._postings) >= _KEPT:
                self._postings.clear()
            live = self._live
            self._postings[name] = tuple(
                (low >> 24, blob)
                for low in self._store.postings(crc32(name.encode()))
                if (blob := low & 0xFFFFFF) < len(live) and live[blob]
            )
        return self._postings[name]

    def _roles(self, name: str, kernel_only: bool = False) -> int:
        """All roles a name has anywhere."""
        roles = 0
        for role, blob in self._found(name):
            if not kernel_only or self._live[blob] == 1:
                roles |= role
        for new in self._new.values():
            roles |= new.get(name.encode(), 0)
        return roles

    def _paths(self, name: str, role: Role) -> Iterator[str]:
        blobs = {blob for roles, blob in self._found(name) if roles & role}
        paths = {p for blob in blobs for p in self._store.paths(self._number, blob)}
        paths -= self._changed.keys()
        paths |= {p for p, new in self._new.items() if new.get(name.encode(), 0) & role}
        yield from sorted(paths)

    def prepare(self, names: Iterable[str]) -> None:
        """Nothing to do: a single question is cheap."""

    def occurs(self, name: str) -> bool:
        """True if the name stands in code, or pasting can form it from words that do."""
        return bool(self._roles(name) & Role.CODE) or bool(self.pasted(name))

    def used_in_kernel(self, name: str) -> bool:
        """As ``occurs``, without tools/, samples/, scripts/, usr/ and Documentation/."""
        return bool(self._roles(name, kernel_only=True) & Role.CODE) or bool(self.pasted(name))

    def called(self, name: str) -> bool:
        """True if any code calls the name, or defines it as function, macro or type."""
        return bool(self._roles(name) & Role.CALLED) or bool(self.pasted(name))

    def in_strings(self, name: str) -> bool:
        """True if a string literal holds the name (only names with ``_`` are kept)."""
        return bool(self._roles(name) & Role.STRING)

    @cached_property
    def _shapes(self) -> frozenset[Shape]:
        shapes = set(self._store.shapes(self._live))
        for path, data in self._changed.items():
            kind = dialect(path)
            if data is not None and kind is not None:
                shapes |= shapes_of(code_of(data, kind))
        return frozenset(shapes)

    def pasted(self, name: str) -> str:
        """The token-pasting shape that can form the name, or ''."""
        if name not in self._glued:
            self._glued[name] = formed(name, self._shapes, self.files, self._code)
        return self._glued[name]

    def _code(self, path: str) -> bytes:
        file = code_file(self.tree, path)
        return file.code if file is not None else b""

    def files(self, name: str) -> tuple[str, ...]:
        """Paths whose code has the name, sorted."""
        return tuple(self._paths(name, Role.CODE))

    def mentions(self, name: str) -> tuple[str, ...]:
        """Paths whose comments have the name as ``name()`` or, with an underscore, bare."""
        return tuple(self._paths(name, Role.COMMENT))

    def definitions(self, name: str) -> tuple[Definition, ...]:
        """All definitions of a name, by path and line."""
        if name not in self._defined:
            found: list[Definition] = []
            for path in self._paths(name, Role.DEFINED):
                file = code_file(self.tree, path)
                if file is not None:
                    found += file.definitions(name)
            self._defined[name] = tuple(found)
        return self._defined[name]

    def callers(self, name: str) -> tuple[CallSite, ...]:
        """All calls and mentions of a function, by path and line."""
        if name not in self._used:
            found: list[CallSite] = []
            for path in self._paths(name, Role.CODE):
                file = code_file(self.tree, path)
                if file is not None:
                    found += file.uses(name)
            self._used[name] = tuple(found)
        return self._used[name]

    def members(self, struct: str) -> frozenset[str]:
        """Fields of every struct or union (enumerators of every enum) of this tag."""
        names: set[str] = set()
        for path in self._paths(struct, Role.DEFINED):
            file = code_file(self.tree, path)
            if file is not None:
                names |= file.members(struct)
        return frozenset(names)

    def config(self, symbol: str) -> bool:
        """True if CONFIG_<symbol> is defined in some Kconfig file."""
        return bool(self._roles("CONFIG_" + symbol.removeprefix("CONFIG_")) & Role.DEFINED)

    def beginning(self, prefix: str, limit: int = 1) -> tuple[str, ...] | None:
        """Names and pasting shapes that begin so, up to ``limit``."""
        found = {shape.text for shape in self._shapes if _may_begin(shape.text, prefix)}
        wanted = b"\n" + prefix.encode()
        for text in self._texts:
            at = text.find(wanted) + 1 if not text.startswith(wanted[1:]) else 0
            while (at or text.startswith(wanted[1:])) and len(found) < limit:
                end = text.find(b"\n", at)
                name = text[at : end if end >= 0 else len(text)].decode()
                if not name.startswith(prefix):
                    break
                if self._roles(name, kernel_only=True) & Role.CODE:
                    found.add(name)
                if end < 0:
                    break
                at = end + 1
        return tuple(sorted(found)[:limit])

    def similar(self, name: str, limit: int = 3) -> tuple[str, ...]:
        """Defined names that a stale mention probably means today, best first."""
        if name not in self._alike:
            best = ranked(name, candidates(name, self._texts), 4 * limit)
            self._alike[name] = tuple(
                n for n in best if self._roles(n, kernel_only=True) & Role.DEFINED
            )
        return self._alike[name][:limit]

    @cached_property
    def _texts(self) -> list[bytes]:
        texts = self._store.names()
        for path, data in self._changed.items():
            kind = dialect(path)
            if data is not None and kind is not None:
                found = definitions(code_of(data, kind), kind)
                texts.append(b"\n".join({f.name for f in found}))
        return texts


def _may_begin(shape: str, prefix: str) -> bool:
    """True if a pasting shape (``Set*Page``) can make a name with the prefix."""
    head = shape.partition("*")[0]
    return bool(head) and (head.startswith(prefix) or prefix.startswith(head))


def _changes(tree: Listed) -> dict[str, bytes | None]:
    """What all overlays above the indexed tree change, the topmost winning."""
    changed: dict[str, bytes | None] = {}
    while isinstance(tree, Overlay):
        changed = dict(tree.changed) | changed
        tree = tree.base
    return changed
