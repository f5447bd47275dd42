"""What a rule may ask about the code around a claim, the tree and its machines.

A rule sees the tree only through a World: it never opens files, and it never prints. A World is
made for one file of one tree; what it reads of other files is kept in a Library that all Worlds
of a review share.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Hashable, Iterable
from contextlib import AbstractContextManager, nullcontext
from functools import partial
from weakref import WeakKeyDictionary

from reviewer.claims.model import Claim
from reviewer.evidence.removals import Removed
from reviewer.kernel.hints import may_change_state
from reviewer.program.older import Older
from reviewer.source.facts import Code, Resolve
from reviewer.source.file import SourceFile
from reviewer.source.model import AnchorKind, CodeFacts, Function
from reviewer.source.recent import Recent, parsed
from reviewer.source.through import Through, text_of
from reviewer.tree.model import CallSite, Index, NameKind, Tree
from reviewer.tree.trace import (
    Asked,
    is_comparing,
    note,
    note_all,
    recording,
    succeeding,
    traced_cache,
    unrecorded,
)
from reviewer.tree.traced import TracedTree

_REMEMBERED = 8192
_DEFINITIONS_AT_MOST = 8
_CALLED = (NameKind.FUNCTION, NameKind.MACRO)
_WRAPPER_LINES = 8
_LOCKS = re.compile(r"(?:\A|_)(?:un)?lock(?:_|\Z)")
"""Names of functions that are there to take or drop a lock: ``ovs_lock()``, ``pci_lock_bus()``."""


class Library:
    """Parsed files of one tree, the most recent ones kept."""

    stands_for = "library"

    def __init__(
        self,
        tree: Tree,
        index: Index | None,
        machines: tuple[str, ...] = (),
        removals: tuple[Removed, ...] = (),
        older: tuple[Older, ...] = (),
        before: Library | None = None,
        changed: Callable[[], frozenset[int] | None] | None = None,
    ) -> None:
        """``machines`` limits claims to machines of these names, unless empty.

        ``removals`` are what the patch laid over the tree takes away, if there is one; ``older``
        are older trees of the same kernel, oldest first; ``before`` is the tree without that patch,
        and ``changed`` works out the keys (``tree.trace``) of questions that it answers otherwise,
        None if there are too many.
        """
        self._before = before
        self._removals = removals
        self._older = older
        self._changed = changed
        self._tree = tree
        self.tree: Tree = TracedTree(tree)
        self.index = index
        self.machines = machines
        self._files: Recent[str] = Recent()
        self._facts: WeakKeyDictionary[
            SourceFile, dict[tuple[int, bool], tuple[CodeFacts, frozenset[int]]]
        ] = WeakKeyDictionary()

    @property
    def before(self) -> Library | None:
        """The tree without the patch under review."""
        note(Asked.PATCH)
        return self._before

    @property
    def removals(self) -> tuple[Removed, ...]:
        """What the patch under review takes away."""
        note(Asked.PATCH)
        return self._removals

    @property
    def older(self) -> tuple[Older, ...]:
        """Older trees of the same kernel, oldest first."""
        note(Asked.PATCH)
        return self._older

    def inheriting(self) -> AbstractContextManager[None]:
        """Inside, what is known of the tree without the patch serves where the patch changes
        nothing of it."""
        before, changed = self._before, self._changed
        if before is None or changed is None:
            return nullcontext()
        former: dict[Hashable, Hashable] = {
            self: before,
            self.tree: before.tree,
            self._tree: before._tree,
            self.index: before.index,
        }
        return succeeding(former, changed)

    def source(self, path: str) -> SourceFile | None:
        """The parsed file, or None if the tree has no such file."""
        note(Asked.CODE, path)  # whoever reads its comments leaves a key of its own
        if path in self._files:
            return self._files[path]
        data = self._tree.read(path)
        found = None if data is None else parsed(path, data)
        self._files.keep(path, found)
        return found

    def facts(
        self, source: SourceFile, function: Function, resolve: Resolve, *, far: bool = True
    ) -> CodeFacts:
        """What a whole function does, worked out once as long as its file is kept.

        ``far`` tells two resolvers apart.
        """
        of_file = self._facts.setdefault(source, {})
        key = (function.start_byte, far)
        if key not in of_file and (known := self._facts_before(source, key)) is not None:
            of_file[key] = known
        if key not in of_file:
            with recording() as asked:
                facts = source.facts(function, resolve=resolve)
            of_file[key] = (facts, frozenset(asked))
        facts, questions = of_file[key]
        note_all(questions)
        return facts

    def _facts_before(
        self, source: SourceFile, key: tuple[int, bool]
    ) -> tuple[CodeFacts, frozenset[int]] | None:
        """What the function did before the patch, if nothing that this rests on is changed."""
        before, changed = self._before, self._changed
        if before is None or changed is None:
            return None
        known = before._facts.get(source, {}).get(key)
        if known is None or (keys := changed()) is None:
            return None
        return known if known[1].isdisjoint(keys) else None

    def put(self, source: SourceFile) -> None:
        """Keep an already parsed file."""
        self._files.keep(source.path, source)


class World:
    """The surroundings of the claims of one file."""

    def __init__(self, source: SourceFile, library: Library) -> None:
        self.source = source
        self.library = library

    @property
    def path(self) -> str:
        """The file's path in the tree."""
        return self.source.path

    @property
    def tree(self) -> Tree:
        """The tree under review."""
        return self.library.tree

    @property
    def index(self) -> Index | None:
        """Names of the whole tree; None if the review runs without one."""
        return self.library.index

    @property
    def removals(self) -> tuple[Removed, ...]:
        """What the patch under review takes away; () in a scan."""
        return self.library.removals

    @property
    def before(self) -> World | None:
        """This file without the patch under review; None in a scan, or if the patch adds it."""
        library = self.library.before
        source = library.source(self.path) if library is not None else None
        return World(source, library) if library is not None and source is not None else None

    @property
    def older(self) -> tuple[Older, ...]:
        """Older trees of the same kernel, oldest first."""
        return self.library.older

    def file(self, path: str) -> SourceFile | None:
        """Another file of the tree, parsed."""
        if path != self.path:
            return self.library.source(path)
        note(Asked.CODE, path)  # facts of other files may rest on it, and outlive this World
        return self.source

    def function(self, claim: Claim) -> Function | None:
        """The function a claim speaks of: the one it stands in, or the one it stands above."""
        anchor = claim.comment.anchor
        name = anchor.function or (anchor.name if anchor.kind is AnchorKind.FUNCTION else "")
        if not name:
            return None
        near = self.source.functions_named(name)
        return min(near, key=lambda one: abs(one.start_line - anchor.start_line), default=None)

    def facts(self, claim: Claim) -> CodeFacts:
        """What the anchored code does."""
        return self.source.facts(claim.comment.anchor, resolve=self._through)

    def function_facts(self, function: Function, source: SourceFile | None = None) -> CodeFacts:
        """What a whole function does, same-file helpers and static inlines looked through."""
        return self.library.facts(source or self.source, function, self._through)

    def caller_facts(self, function: Function, source: SourceFile) -> CodeFacts:
        """As ``function_facts``, at a price that allows to ask for every caller of a function.

        Of the static inlines in headers only those are looked through whose names speak of locks
        or of context.
        """
        return self.library.facts(source, function, self._through_changing, far=False)

    def functions(self, name: str) -> tuple[tuple[SourceFile, Function], ...]:
        """Definitions of a function, this file's first, then the tree's by the index."""
        here = [(self.source, one) for one in self.source.functions_named(name)]
        if here or self.index is None:
            return tuple(here)
        return tuple(self._elsewhere(name))

    def inline(self, name: str) -> tuple[SourceFile, Function] | None:
        """The one static inline of that name in a header of include/, if there is just one."""
        return self._resolve(name)

    def wrapper(self, name: str) -> tuple[SourceFile, Function] | None:
        """The one inline, short function or macro of a header that wraps a lock by that name."""
        return self._resolve_changing(name)

    def callers(self, name: str) -> tuple[CallSite, ...]:
        """Calls of a function in the whole tree; () without an index."""
        return () if self.index is None else self.index.callers(name)

    def _elsewhere(self, name: str) -> Iterable[tuple[SourceFile, Function]]:
        assert self.index is not None
        found = [d for d in self.index.senses(name) if d.kind is NameKind.FUNCTION]
        for definition in found[:_DEFINITIONS_AT_MOST]:
            source = self.file(definition.path)
            if source is None:
                continue
            for function in source.functions_named(name):
                yield source, function

    def _through(self, name: str) -> tuple[Code, Function] | None:
        return self._compared(name, self._resolve, changing=False)

    def _through_changing(self, name: str) -> tuple[Code, Function] | None:
        return self._compared(name, self._resolve_changing, changing=True)

    def _compared(
        self,
        name: str,
        resolve: Callable[[str], tuple[SourceFile, Function] | None],
        *,
        changing: bool,
    ) -> tuple[Code, Function] | None:
        """What a helper is, known by its own text and not by all of its header's."""
        if not is_comparing():
            return resolve(name)
        _helper(self.library, name, changing)
        with unrecorded():
            found = resolve(name)
        if found is None:
            return None
        source, function = found
        return Through(source, partial(_definition, self.library, source.path)), function

    def _resolve_changing(self, name: str) -> tuple[SourceFile, Function] | None:
        if not may_change_state(name):
            return None
        return self._resolve(name) or self._wrapper(name) or self._macro(name)

    def _macro(self, name: str) -> tuple[SourceFile, Function] | None:
        """The one macro of that name in a header, if by name and length it does little but lock."""
        if self.index is None or _LOCKS.search(name) is None:
            return None
        found = [one for one in self.index.senses(name) if one.kind in _CALLED]
        if len(found) != 1 or not found[0].path.endswith(".h"):
            return None
        source = self.file(found[0].path)
        macro = source.definition(name) if source is not None else None
        if source is None or macro is None or macro.end_line - macro.start_line > _WRAPPER_LINES:
            return None
        return source, macro

    def _wrapper(self, name: str) -> tuple[SourceFile, Function] | None:
        """The one function of that name, if by name and length it does little but (un)lock."""
        if self.index is None or _LOCKS.search(name) is None:
            return None
        found = [one for one in self.index.definitions(name) if one.kind is NameKind.FUNCTION]
        if len(found) != 1 or found[0].static or found[0].end - found[0].line > _WRAPPER_LINES:
            return None
        source = self.file(found[0].path)
        named = source.functions_named(name) if source is not None else ()
        return (source, named[0]) if source is not None and len(named) == 1 else None

    def _resolve(self, name: str) -> tuple[SourceFile, Function] | None:
        """The one static inline of that name in a header, for looking through."""
        if self.index is None:
            return None
        found = [
            d
            for d in self.index.senses(name)
            if d.kind is NameKind.FUNCTION and d.path.startswith("include/")
        ]
        if len(found) != 1:
            return None
        source = self.file(found[0].path)
        if source is None:
            return None
        return next(((source, one) for one in source.functions_named(name)), None)


_NO_FILE = SourceFile.parse("", b"")


def of_no_file(library: Library) -> World:
    """What is seen of a tree from none of its files: whatever any of them sees alike."""
    return World(_NO_FILE, library)


@traced_cache(maxsize=_REMEMBERED, compared=True)
def _helper(library: Library, name: str, changing: bool) -> tuple[str, str]:
    """Which file has the helper that a call of a name is looked through, and a digest of it."""
    world = of_no_file(library)
    found = world._resolve_changing(name) if changing else world._resolve(name)
    return ("", "") if found is None else (found[0].path, text_of(*found))


@traced_cache(maxsize=_REMEMBERED, compared=True)
def _definition(library: Library, path: str, name: str) -> str:
    """A digest of what a file defines by a name, '' for nothing."""
    source = library.source(path)
    return "" if source is None else text_of(source, source.definition(name))
