"""Answers without a stored index: one pass over the tree for the names somebody asks about."""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator
from concurrent.futures import Executor, ProcessPoolExecutor
from functools import cached_property

import ahocorasick_rs

from reviewer.errors import TreeError
from reviewer.tree.dialect import Dialect, code_of, dialect, strings_of, word_pattern, words_of
from reviewer.tree.index.scan import facts_of
from reviewer.tree.likeness import candidates, ranked
from reviewer.tree.model import CallSite, Definition, Listed
from reviewer.tree.pasting import Shape, formed, shapes_of
from reviewer.tree.reading import code_file

_PORTION = 24 << 20
_NOT_KERNEL = ("tools/", "samples/", "scripts/", "Documentation/", "usr/")
_GLUED_HEADERS = ("include/", "arch/", "mm/", "kernel/")


class TargetedSearch:
    """Implements ``reviewer.tree.model.Index`` by reading the tree.

    A pass costs seconds whatever the number of names, so ``prepare`` with all names of a patch
    first. Suggestions come only from files that were read for other reasons.
    """

    def __init__(self, tree: Listed, executor: Executor | None = None) -> None:
        self.tree = tree
        self._executor = executor
        self._code: dict[str, list[str]] = {}
        self._quoted: dict[str, bool] = {}
        self._glued: dict[str, str] = {}
        self._unread = 0

    @property
    def complete(self) -> bool:
        """True while every file that was to be read could be."""
        return not self._unread

    @cached_property
    def _portions(self) -> list[tuple[str, ...]]:
        batches: list[tuple[str, ...]] = []
        batch: list[str] = []
        size = 0
        for entry in self.tree.entries():
            if dialect(entry.path) is None:
                continue
            batch.append(entry.path)
            size += entry.size
            if size >= _PORTION:
                batches.append(tuple(batch))
                batch, size = [], 0
        return [*batches, tuple(batch)]

    def prepare(self, names: Iterable[str]) -> None:
        """Finds every file that has one of ``names`` in code, in a single pass."""
        wanted = tuple(sorted(n for n in set(names) if n and n not in self._code))
        if not wanted:
            return
        for name in wanted:
            self._code[name] = []
            self._quoted[name] = False
        for found, quoted, unread in self._run(wanted):
            self._unread += unread
            for path, here in found:
                for name in here:
                    self._code[name].append(path)
            for name in quoted:
                self._quoted[name] = True

    def _run(self, wanted: tuple[str, ...]) -> Iterator[_Hits]:
        if len(self._portions) < 2:
            for batch in self._portions:
                yield look(self.tree, batch, wanted)
        elif self._executor is not None:
            futures = [self._executor.submit(look, self.tree, b, wanted) for b in self._portions]
            yield from (future.result() for future in futures)
        else:
            with ProcessPoolExecutor(max(1, min(8, os.cpu_count() or 1))) as pool:
                futures = [pool.submit(look, self.tree, b, wanted) for b in self._portions]
                yield from (future.result() for future in futures)

    def files(self, name: str) -> tuple[str, ...]:
        """Paths whose code has the name, in the tree's order."""
        self.prepare((name,))
        return tuple(self._code[name])

    def occurs(self, name: str) -> bool:
        """True if the name stands in code, or pasting in common headers can form it."""
        return bool(self.files(name)) or bool(self.pasted(name))

    def used_in_kernel(self, name: str) -> bool:
        """As ``occurs``, without tools/, samples/, scripts/, usr/ and Documentation/."""
        inside = any(not path.startswith(_NOT_KERNEL) for path in self.files(name))
        return inside or bool(self.pasted(name))

    def in_strings(self, name: str) -> bool:
        """True if a string literal holds the name."""
        self.prepare((name,))
        return self._quoted[name]

    @cached_property
    def _shapes(self) -> frozenset[Shape]:
        """Shapes of every file that pastes tokens."""
        shapes: set[Shape] = set()
        for path in self._pasting:
            file = code_file(self.tree, path)
            if file is not None:
                shapes |= shapes_of(file.code)
        return frozenset(shapes)

    @cached_property
    def _pasting(self) -> list[str]:
        found: list[str] = []
        for under in ("include/linux", "include/asm-generic", "include/net"):
            found += [path for path in self.tree.files(under) if dialect(path) is Dialect.C]
        return found

    def pasted(self, name: str) -> str:
        """The token-pasting shape that can form the name, or ''; of the common headers only."""
        if name not in self._glued:
            self._glued[name] = formed(name, self._shapes, self.files, self._blanked)
        return self._glued[name]

    def _blanked(self, path: str) -> bytes:
        file = code_file(self.tree, path)
        return file.code if file is not None else b""

    def definitions(self, name: str) -> tuple[Definition, ...]:
        """All definitions of a name, by path and line."""
        files = (code_file(self.tree, path) for path in self.files(name))
        return tuple(d for file in files if file is not None for d in file.definitions(name))

    def callers(self, name: str) -> tuple[CallSite, ...]:
        """All calls and mentions of a function, by path and line."""
        files = (code_file(self.tree, path) for path in self.files(name))
        return tuple(use for file in files if file is not None for use in file.uses(name))

    def members(self, struct: str) -> frozenset[str]:
        """Fields of every struct or union (enumerators of every enum) of this tag."""
        files = (code_file(self.tree, path) for path in self.files(struct))
        return frozenset(m for file in files if file is not None for m in file.members(struct))

    def config(self, symbol: str) -> bool:
        """True if CONFIG_<symbol> is defined in some Kconfig file."""
        return symbol.removeprefix("CONFIG_") in self._configs

    @cached_property
    def _configs(self) -> frozenset[str]:
        found: set[str] = set()
        for path in self.tree.files():
            if dialect(path) is Dialect.KCONFIG:
                data = self.tree.read(path) or b""
                names = facts_of(data, Dialect.KCONFIG).defined
                found |= {name.decode().removeprefix("CONFIG_") for name in names}
        return frozenset(found)

    def similar(self, name: str, limit: int = 3) -> tuple[str, ...]:
        """Names in the common headers that a stale mention probably means today."""
        return tuple(ranked(name, candidates(name, [self._header_names]), limit))

    @cached_property
    def _header_names(self) -> bytes:
        names: set[bytes] = set()
        for path in self._pasting:
            data = self.tree.read(path)
            if data is not None:
                names.update(facts_of(data, Dialect.C).defined)
        return b"\n".join(sorted(names))


_Hits = tuple[list[tuple[str, list[str]]], list[str], int]


def look(tree: Listed, paths: tuple[str, ...], wanted: tuple[str, ...]) -> _Hits:
    """Files with the names they have in code, names that strings have, count of unread files."""
    keys = {name.encode(): name for name in wanted}
    finder = ahocorasick_rs.BytesAhoCorasick(list(keys))
    found: list[tuple[str, list[str]]] = []
    quoted: set[str] = set()
    unread = 0
    for path in paths:
        kind = dialect(path)
        try:
            data = tree.read(path)
        except TreeError:
            data = None
        if data is None or kind is None:
            unread += 1
            continue
        if not finder.find_matches_as_indexes(data):
            continue
        code = code_of(data, kind)
        here = [keys[word] for word in words_of(code) & keys.keys()]
        if kind is Dialect.KCONFIG or b"SYSCALL_DEFINE" in data or b"TRACE_EVENT" in data:
            here += [keys[n] for n in facts_of(data, kind).defined.keys() & keys.keys()]
        if here:
            found.append((path, sorted(set(here))))
        texts = b"\n".join(strings_of(data, kind))
        quoted |= {n for w, n in keys.items() if w in texts and word_pattern(w).search(texts)}
    return found, sorted(quoted), unread
