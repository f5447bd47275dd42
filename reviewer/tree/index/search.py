"""Answers without a stored index: one pass over the tree for the names somebody asks about."""

from __future__ import annotations

import os
import re
from collections.abc import Iterable, Iterator
from concurrent.futures import Executor, ProcessPoolExecutor
from dataclasses import dataclass
from functools import cached_property, partial

import ahocorasick_rs

from reviewer.errors import TreeError
from reviewer.tree.dialect import Dialect, code_of, dialect, strings_of, word_pattern, words_of
from reviewer.tree.index.scan import facts_of
from reviewer.tree.model import CallSite, Definition, Listed, NameKind
from reviewer.tree.pasting import Shape, formed, shapes_of
from reviewer.tree.pasting import candidates as glued
from reviewer.tree.reading import code_file
from reviewer.tree.revision import RevisionTree

_PORTION = 24 << 20
_PASSES_AT_MOST = 2
"""Passes for names that ``prepare`` was not told of; then the search says it is incomplete."""
_DERIVED = re.compile(r"\A(?:CONFIG_|(?:__[a-z0-9]+_)?(?:compat_)?sys_|trace_)(?=\w)")
"""What is put before a name that Kconfig, SYSCALL_DEFINE or TRACE_EVENT spells without it."""
_CALLABLE = (NameKind.FUNCTION, NameKind.PROTOTYPE, NameKind.MACRO, NameKind.TYPEDEF)
_NOT_KERNEL = ("tools/", "samples/", "scripts/", "Documentation/", "usr/")


class TargetedSearch:
    """Implements ``reviewer.tree.model.Index`` by reading the tree.

    A pass costs seconds whatever the number of names, so ``prepare`` with all names of a patch
    first. There are no suggestions: those need the stored index.
    """

    def __init__(self, tree: Listed, executor: Executor | None = None) -> None:
        self.tree = tree
        self._executor = executor
        self._code: dict[str, list[str]] = {}
        self._quoted: dict[str, bool] = {}
        self._glued: dict[str, str] = {}
        self._unread = 0
        self._passes = 0
        self._passed = False
        self._shapes: frozenset[Shape] = frozenset()

    @property
    def complete(self) -> bool:
        """True while every file that was to be read could be, and no question was left out."""
        return not self._unread and self._passes <= _PASSES_AT_MOST

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
        """Finds every file that has one of ``names`` in code, in any of its usual forms.

        One pass, and a second for the parts of names that only token pasting could form.
        """
        wanted = {name for name in names if name and name not in self._code}
        forms = {form for name in wanted for form in _forms(name)}
        marks = {name.strip("_").removeprefix("bpf_") or name for name in wanted}
        self._look_for(marks, (wanted | forms) - self._code.keys())
        parts: set[str] = set()
        macros: set[str] = set()
        for name in wanted:
            if not self._code[name]:
                for stars, macro in glued(name, self._shapes):
                    macros.add(macro)
                    parts.update(part for star in stars for part in (star, star.strip("_")))
        self._look_for(macros, (macros | parts) - self._code.keys() - {""})

    def _look_for(self, marks: set[str], wanted: set[str]) -> None:
        """Looks for ``wanted`` in the files that hold one of ``marks`` at all."""
        if not wanted:
            return
        for name in wanted:
            self._code[name] = []
            self._quoted[name] = False
        first = not self._passed
        self._passed = True
        for hits in self._run(tuple(sorted(marks)), tuple(sorted(wanted)), first):
            self._unread += hits.unread
            self._shapes |= hits.shapes
            for path, here in hits.code:
                for name in here:
                    self._code[name].append(path)
            for name in hits.quoted:
                self._quoted[name] = True

    def _run(self, marks: tuple[str, ...], wanted: tuple[str, ...], shapes: bool) -> Iterator[Hits]:
        work = partial(look, self.tree, marks, wanted, shapes)
        if len(self._portions) < 2:
            yield from map(work, self._portions)
        elif self._executor is not None:
            yield from self._executor.map(work, self._portions)
        else:
            with ProcessPoolExecutor(os.cpu_count() or 1) as pool:
                yield from pool.map(work, self._portions)

    def files(self, name: str) -> tuple[str, ...]:
        """Paths whose code has the name, in the tree's order; () once the search is incomplete."""
        if name not in self._code and name:
            self._passes += 1
            if self._passes <= _PASSES_AT_MOST:
                self.prepare((name,))
        return tuple(self._code.get(name, ()))

    def occurs(self, name: str) -> bool:
        """True if the name stands in code, or token pasting can form it.

        Also once the search is incomplete: nothing is called absent that was not looked for.
        """
        if name not in self._code and self._passes >= _PASSES_AT_MOST:
            self._passes += 1
            return True
        return bool(self.files(name)) or bool(self.pasted(name))

    def used_in_kernel(self, name: str) -> bool:
        """As ``occurs``, without tools/, samples/, scripts/, usr/ and Documentation/."""
        if not self.occurs(name):
            return False
        found = self.files(name)
        return not found or any(not path.startswith(_NOT_KERNEL) for path in found)

    def called(self, name: str) -> bool:
        """True if any code calls the name, or defines it as function, macro or type."""
        if not self.files(name) or self.pasted(name):
            return bool(self.pasted(name))
        if any(one.kind in _CALLABLE for one in self.definitions(name)):
            return True
        return any(not use.mention for use in self.callers(name))

    def in_strings(self, name: str) -> bool:
        """True if a string literal holds the name."""
        self.files(name)
        return self._quoted.get(name, False)

    def pasted(self, name: str) -> str:
        """The token-pasting shape that can form the name, or ''."""
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

    def beginning(self, prefix: str, limit: int = 1) -> tuple[str, ...] | None:
        """Unknown: that needs the names of the whole tree, and so the stored index."""
        del prefix, limit
        return None

    def similar(self, name: str, limit: int = 3) -> tuple[str, ...]:
        """Nothing: suggestions need the names of the whole tree, and so the stored index."""
        del name, limit
        return ()


@dataclass(frozen=True, slots=True)
class Hits:
    """What a worker found: files with the names in their code, names in strings, shapes."""

    code: tuple[tuple[str, list[str]], ...]
    quoted: frozenset[str]
    shapes: frozenset[Shape]
    unread: int


def _forms(name: str) -> set[str]:
    """Spellings that rules ask about beside the name itself; all hold its bare form."""
    bare = name.strip("_")
    if not bare:
        return set()
    fronts = ("", "_", "__", "___", "sys_", "__do_sys_", "try_", "arch_", "raw_", "BPF_FUNC_")
    forms = {front + stem for front in fronts for stem in (bare, name)}
    forms |= {f"{form}_noprof" for form in (name, "__" + name)}
    forms.add(name[0].lower() + name[1:])
    forms.add("BPF_FUNC_" + bare.removeprefix("bpf_"))
    return forms


def look(
    tree: Listed,
    marks: tuple[str, ...],
    wanted: tuple[str, ...],
    shapes: bool,
    paths: tuple[str, ...],
) -> Hits:
    """Searches those of ``paths`` that hold a mark; ``shapes`` asks for token pasting too."""
    keys = {name.encode(): name for name in wanted}
    finder = ahocorasick_rs.BytesAhoCorasick(
        sorted({_DERIVED.sub("", mark).encode() or mark.encode() for mark in marks})
    )
    found: list[tuple[str, list[str]]] = []
    quoted: set[str] = set()
    glue: set[Shape] = set()
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
        pastes = shapes and kind is Dialect.C and b"##" in data
        hit = bool(finder.find_matches_as_indexes(data))
        if not hit and not pastes:
            continue
        code = code_of(data, kind)
        if pastes:
            glue |= shapes_of(code)
        if not hit:
            continue
        here = [keys[word] for word in words_of(code) & keys.keys()]
        if kind is Dialect.KCONFIG or b"SYSCALL_DEFINE" in data or b"_EVENT" in data:
            here += [keys[n] for n in facts_of(data, kind).defined.keys() & keys.keys()]
        if here:
            found.append((path, sorted(set(here))))
        texts = b"\n".join(strings_of(data, kind))
        quoted |= {n for w, n in keys.items() if w in texts and word_pattern(w).search(texts)}
    if isinstance(tree, RevisionTree):
        tree.close()
    return Hits(tuple(found), frozenset(quoted), frozenset(glue), unread)
