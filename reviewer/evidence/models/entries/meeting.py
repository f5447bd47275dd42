"""Which adversaries a function may meet, as far as its words tell, without following its paths."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from reviewer.evidence.models.entries.adversaries import Adversary, adversaries
from reviewer.evidence.models.entries.operations import ENTRIES, ENTRY_TYPES, operations
from reviewer.evidence.models.entries.slice import POINTER, EntryTracer
from reviewer.source.file import SourceFile
from reviewer.source.model import Function
from reviewer.world import World

_REACHED = (*ENTRIES, "share")


class Meeting:
    """Answers for functions of one tree; what was looked into for one is known for the others."""

    def __init__(self, world: World) -> None:
        self._reading = {kind: _Words(world, kind, changing=False) for kind in _REACHED}
        self._changing = {kind: _Words(world, kind, changing=True) for kind in _REACHED}

    def adversaries(self, source: SourceFile, function: Function) -> Iterator[Adversary]:
        """Adversaries whose entries, or tables, a function reaches an operation on.

        Or which it has a pointer to, since an entry may be read without any operation. What an
        adversary needs changed, some operation must change.
        """
        head = source.code(function.start_byte, function.body_end).decode("latin-1")
        pointed = {ENTRY_TYPES[kind] for kind, _ in POINTER.findall(head)}
        read = pointed | _reached(self._reading, source, function)
        if not read:
            return
        changed = _reached(self._changing, source, function)
        for adversary in adversaries().values():
            needs = {one.partition("_")[0] for one in adversary.needs}
            if all(
                one.rstrip("!") not in _REACHED
                or one.rstrip("!") in (changed if one.endswith("!") else read)
                for one in needs
            ):
                yield adversary


class _Words(EntryTracer):
    """Looks for operations on one kind of memory; a batch of flushes alone is none."""

    def __init__(self, world: World, kind: str, *, changing: bool) -> None:
        super().__init__(world, frozenset((kind,)), frozenset())
        self._changing = changing

    def touches(self, names: frozenset[str], called: tuple[str, ...]) -> bool:
        return self.spelled(names) or any(
            self._matter(word) and (operations()[word].changes or not self._changing)
            for word in called
        )


def _reached(tracers: Mapping[str, _Words], source: SourceFile, function: Function) -> set[str]:
    return {
        kind
        for kind, tracer in tracers.items()
        if tracer.reaches(function.name, source, tracer.deep)
    }
