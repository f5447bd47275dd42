"""One tree as one program: what its code defines, uses and calls, seen from anywhere in it."""

from __future__ import annotations

from bisect import bisect_left
from collections import OrderedDict
from collections.abc import Iterable, Iterator, Mapping
from functools import cached_property
from typing import TypeVar

from reviewer.program import leading
from reviewer.program.below import Below, changed_between
from reviewer.program.defining import Defining, sense_of
from reviewer.program.linked import Linked
from reviewer.tree.model import CallSite, Definition, Listed, NameKind, Sense
from reviewer.tree.overlay import Overlay
from reviewer.tree.pasting import Shapes, shapes_from
from reviewer.tree.reading import code_file
from reviewer.tree.trace import Asked, note
from reviewer.unit.build import units_in_memory
from reviewer.unit.model import Role
from reviewer.unit.segment import KEY
from reviewer.unit.snapshot import Snapshot

_KEPT = 1 << 14
"""Answers kept of each kind: about 10 MB in all for long scans."""
_SETS_KEPT = 256
"""Sets of places kept: those of the commonest words have 20,000 members."""
_FEW = 32
"""Files that have a name: of more the answer is one of the ``_SETS_KEPT``, as is that of places."""
_CODE, _DEFINED, _STRING = int(Role.CODE), int(Role.DEFINED), int(Role.STRING)
_COMMENT, _CALLED, _LISTED = int(Role.COMMENT), int(Role.CALLED), int(Role.LISTED)
_NO_CALL = (NameKind.FUNCTION, NameKind.PROTOTYPE)


class Program:
    """Implements ``reviewer.tree.model.Index``; complete for the tree it was opened for."""

    def __init__(
        self,
        tree: Listed,
        linked: Linked,
        unread: tuple[str, ...] = (),
        snapshot: Snapshot | None = None,
        below: Below | None = None,
    ) -> None:
        """``unread`` says which files could not be read: what they hold is not known.

        ``snapshot`` is that of a tree in the store, None for one in memory or with a patch on it;
        ``below`` is the program of the tree without that patch.
        """
        self.stands_for = "index"  # of what is compared (tree.compared)
        self.below = below
        self.snapshot = snapshot
        self.tree = tree
        self.linked = linked
        self.unread = unread
        self._roles: OrderedDict[str, int] = OrderedDict()
        self._kernel: OrderedDict[str, int] = OrderedDict()
        self._spelled: OrderedDict[str, frozenset[int]] = OrderedDict()
        self._common: OrderedDict[str, int] = OrderedDict()
        self._defined: OrderedDict[str, tuple[Definition, ...]] = OrderedDict()
        self._sensed: OrderedDict[str, tuple[Sense, ...]] = OrderedDict()
        self.defining = Defining(tree, linked)
        self._used: OrderedDict[str, tuple[CallSite, ...]] = OrderedDict()
        self._few: OrderedDict[str, tuple[str, ...]] = OrderedDict()
        self._many: OrderedDict[str, tuple[str, ...]] = OrderedDict()

    def over(self, tree: Overlay) -> Program:
        """The program with a patch on it: only the files that it changes are compiled."""
        changed = changed_between(tree, self.tree)
        files = [(path, data) for path, data in changed.items() if data is not None]
        segment, numbers = units_in_memory(files)
        return Program(
            tree,
            self.linked.over({path: numbers.get(path) for path in changed}, segment),
            tuple(one for one in self.unread if one.partition(":")[0] not in changed),
            below=Below(self, tree),
        )

    def changed(self) -> frozenset[int] | None:
        """Keys of the questions that have other answers than in the tree without the patch.

        None where there is no such tree, or so many files differ that it costs less to ask anew.
        """
        return None if self.below is None else self.below.changed()

    def _as_below(self, kind: Asked, name: str) -> Program | None:
        return None if self.below is None else self.below.answering(kind, name)

    def __str__(self) -> str:
        """What was read, in words."""
        files = len(self.linked.paths)
        unread = f", {len(self.unread)} unread" if self.unread else ""
        return f"{self.tree.name}: {files:,} files{unread}"

    @property
    def complete(self) -> bool:
        """True when every code file of the tree has been read."""
        return not self.unread

    def unit(self, path: str) -> bytes:
        """The key of a file's unit, zeros if it has none in the store."""
        if self.snapshot is None:
            return bytes(KEY)
        at = bisect_left(self.snapshot.paths, path)
        there = at < len(self.snapshot.paths) and self.snapshot.paths[at] == path
        return self.snapshot.key(at) if there else bytes(KEY)

    def standing_at(self, path: str, line: int) -> str:
        """The name whose definition a line of a file stands in, '' if that is not told."""
        record = self.linked.record(path)
        if record is None or record.partial:
            return ""
        around = [one for one in record.definitions if one.line <= line <= one.end]
        return min(around, key=lambda one: one.end - one.line).name if around else ""

    @cached_property
    def sizes(self) -> Mapping[str, int]:
        """Bytes of each file, as far as they are known without reading it."""
        return {entry.path: entry.size for entry in self.tree.entries()}

    # -- whether a name exists

    def roles(self, name: str, *, kernel_only: bool = False) -> int:
        """All roles that a name has, in the folders of other programs too or not."""
        return self._in_kernel(name) if kernel_only else self._all(name)

    def _all(self, name: str) -> int:
        note(Asked.EXISTS, name)
        found = self._roles.get(name)
        if found is None:
            below = self._as_below(Asked.EXISTS, name)
            if below is not None:
                return below._all(name)
            found = _keep(self._roles, name, self.linked.roles(name))
        return found

    def _in_kernel(self, name: str) -> int:
        note(Asked.EXISTS, name)
        found = self._kernel.get(name)
        if found is None:
            below = self._as_below(Asked.EXISTS, name)
            if below is not None:
                return below._in_kernel(name)
            found = _keep(self._kernel, name, self.linked.roles(name, kernel_only=True))
        return found

    def occurs(self, name: str) -> bool:
        """True if the name stands in code, or pasting can form it from words that do."""
        return bool(self._all(name) & _CODE) or bool(self.pasted(name))

    def used_in_kernel(self, name: str) -> bool:
        """As ``occurs``, without the folders of other programs."""
        return bool(self._in_kernel(name) & _CODE) or bool(self.pasted(name))

    def called(self, name: str) -> bool:
        """True if any code calls the name, or defines it as function, macro or type."""
        return bool(self._all(name) & _CALLED) or bool(self.pasted(name))

    def defined(self, name: str) -> bool:
        """True if some code defines the name, in whatever sense."""
        return bool(self._all(name) & _DEFINED)

    def intended(self, name: str) -> tuple[str, ...]:
        """Defined names of which the name is a slip of one letter, the exchanged letters first."""
        return leading.intended(self, name)

    def in_strings(self, name: str, *, kernel_only: bool = False) -> bool:
        """True if a string literal holds the name (only names with ``_`` are kept)."""
        return bool((self._in_kernel(name) if kernel_only else self._all(name)) & _STRING)

    def config(self, symbol: str) -> bool:
        """True if CONFIG_<symbol> is defined in some Kconfig file."""
        return bool(self._all("CONFIG_" + symbol.removeprefix("CONFIG_")) & _DEFINED)

    @cached_property
    def shapes(self) -> Shapes:
        """What pasting can form."""
        return shapes_from(self.linked.shapes)

    def pasted(self, name: str) -> str:
        """The token-pasting shape that can form the name, or ''."""
        return leading.pasted(self, name)

    def places(self, word: str) -> frozenset[int]:
        """The files whose code has a word, by numbers of ``linked``."""
        note(Asked.PLACES, word)
        found = self._spelled.get(word)
        if found is None:
            places = frozenset(self.linked.places_of(word, _CODE))
            found = _keep(self._spelled, word, places, _SETS_KEPT)
        return found

    def code(self, path: str) -> bytes:
        """A file, blanked."""
        file = code_file(self.tree, path)
        return file.code if file is not None else b""

    # -- where it is

    def files(self, name: str) -> tuple[str, ...]:
        """Paths whose code has the name, sorted."""
        note(Asked.PLACES, name)
        below = self._as_below(Asked.PLACES, name)
        if below is not None:
            return below.files(name)
        found = self._few.get(name)
        if found is None:
            found = self._many.get(name)
        if found is None:
            found = tuple(self.linked.files(name, _CODE))
            if len(found) > _FEW:
                _keep(self._many, name, found, _SETS_KEPT)
            else:
                _keep(self._few, name, found)
        return found

    def mentions(self, name: str) -> tuple[str, ...]:
        """Paths whose comments have the name as ``name()`` or, with an underscore, bare.

        Of a file its last part: ``usb-ohci.txt``, and of one without a dot ``/Kconfig``.
        """
        note(Asked.MENTIONS, name)
        below = self._as_below(Asked.MENTIONS, name)
        return tuple(self.linked.files(name, _COMMENT)) if below is None else below.mentions(name)

    def definitions(self, name: str) -> tuple[Definition, ...]:
        """All definitions of a name, by path and line; who tells of a line says so (``LINE``)."""
        note(Asked.EXTENT, name)
        return self._all_definitions(name)

    def senses(self, name: str) -> tuple[Sense, ...]:
        """As what a name is defined, by path and line."""
        note(Asked.SENSE, name)
        found = self._sensed.get(name)
        if found is None:
            every = self._all_definitions(name)
            found = _keep(self._sensed, name, tuple(map(sense_of, every)))
        return found

    def each_definition(self, name: str) -> Iterator[Definition]:
        """The same, looked up as they are asked for: thousands of files define a common name."""
        note(Asked.EXTENT, name)
        return self._each_definition(name)

    def definitions_in(self, name: str, path: str) -> tuple[Definition, ...]:
        """Those of one file."""
        note(Asked.EXTENT, name)
        return tuple(self.defining.in_file(path, name))

    def each_sense(self, name: str) -> Iterator[Sense]:
        """As ``senses``, looked up as they are asked for."""
        note(Asked.SENSE, name)
        known = self._sensed.get(name)
        return iter(known) if known is not None else map(sense_of, self._each_definition(name))

    def _all_definitions(self, name: str) -> tuple[Definition, ...]:
        found = self._defined.get(name)
        if found is None:
            found = _keep(self._defined, name, tuple(self._each_definition(name)))
        return found

    def _each_definition(self, name: str) -> Iterator[Definition]:
        known = self._defined.get(name)
        if known is not None:
            return iter(known)
        below = self._as_below(Asked.DEFINITION, name)
        return self.defining.each(name) if below is None else below._each_definition(name)

    def callers(self, name: str) -> tuple[CallSite, ...]:
        """All calls and mentions of a function, by path and line."""
        note(Asked.DETAIL, name)
        found = self._used.get(name)
        if found is None:
            below = self._as_below(Asked.DETAIL, name)
            if below is not None:
                return below.callers(name)
            rows = tuple(use for path in self.files(name) for use in self._uses(path, name))
            found = _keep(self._used, name, rows)
        return found

    def callers_in(self, name: str, path: str) -> tuple[CallSite, ...]:
        """All calls and mentions of a function in one file, by line."""
        note(Asked.DETAIL, name)
        return tuple(self._uses(path, name))

    def _uses(self, path: str, name: str) -> Iterable[CallSite]:
        file = code_file(self.tree, path)
        if file is None:
            return ()
        record = self.linked.record(path)
        own = () if record is None else record.named(name)
        return file.uses(name, frozenset(one.line for one in own if one.kind in _NO_CALL))

    def members(self, struct: str) -> frozenset[str]:
        """Fields of every struct or union (enumerators of every enum) of this tag."""
        return leading.members(self, struct)

    # -- names that are like it

    def beginning(self, prefix: str, limit: int = 1) -> tuple[str, ...] | None:
        """Names and pasting shapes that begin so, up to ``limit``."""
        return leading.beginning(self, prefix, limit)

    def similar(self, name: str, limit: int = 3) -> tuple[str, ...]:
        """Defined names that a stale mention probably means today, best first."""
        return leading.similar(self, name, limit)

    def ending(self, name: str, folder: str) -> tuple[str, ...]:
        """Defined names that end with ``_`` and the name: what it may be short for.

        Those that the rare words of the name lead to; without any, those of a folder.
        """
        return leading.ending(self, name, folder)

    def how_common(self, word: str) -> int:
        """How many names with a word files of the kernel define, each file for itself."""
        found = self._common.get(word)
        if found is None:
            found = _keep(self._common, word, self.linked.names_that_define(word))
        return found


V = TypeVar("V")


def _keep(kept: OrderedDict[str, V], name: str, value: V, at_most: int = _KEPT) -> V:
    """Remembers an answer, and forgets the oldest when there are many."""
    kept[name] = value
    if len(kept) > at_most:
        kept.popitem(last=False)
    return value
