"""Where a tree defines a name, file by file, as far as somebody asks."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Iterator

from reviewer.program.linked import Linked
from reviewer.tree.model import Definition, Listed, NameKind, Sense
from reviewer.tree.reading import code_file
from reviewer.unit.model import Role

_BEGUN = 64
"""Names of which it is kept how far they were looked up."""
_DEFINED = int(Role.DEFINED)


def sense_of(one: Definition) -> Sense:
    """A definition without its lines."""
    return Sense(one.kind, one.path, one.owner, one.static)


class Defining:
    """The definitions of names by path and line.

    Each file costs a look into its record, and thousands define a name such as ``pr_fmt``: who
    wants to know whether two structs have a member of a name is done after the second.
    """

    def __init__(self, tree: Listed, linked: Linked) -> None:
        self._tree = tree
        self._linked = linked
        self._begun: OrderedDict[str, tuple[list[Definition], Iterator[Definition]]] = OrderedDict()

    def each(self, name: str) -> Iterator[Definition]:
        """The definitions of a name; those that were looked up before are not again."""
        if name not in self._begun:
            self._begun[name] = ([], self._looked_up(name))
            if len(self._begun) > _BEGUN:
                self._begun.popitem(last=False)
        known, further = self._begun[name]
        at = 0
        while True:
            if at == len(known):
                try:
                    one = next(further, None)
                except BaseException:
                    self._begun.pop(name, None)  # else what is left of it would seem to be all
                    raise
                if one is None:
                    return
                known.append(one)
            yield known[at]
            at += 1

    def _looked_up(self, name: str) -> Iterator[Definition]:
        for path in self._linked.files(name, _DEFINED):
            yield from self.in_file(path, name)

    def in_file(self, path: str, name: str) -> Iterator[Definition]:
        """The definitions of a name in one file."""
        record = self._linked.record(path)
        if record is None:
            return
        here = record.named(name)
        for one in here:
            yield Definition(name, one.kind, path, one.line, one.end, one.owner, one.static)
        if record.partial and not here:
            file = code_file(self._tree, path)
            yield from file.definitions(name) if file is not None else ()

    def members(self, struct: str) -> frozenset[str]:
        """Fields of every struct or union (enumerators of every enum) of this tag."""
        names: set[str] = set()
        for path in self._linked.files(struct, _DEFINED):
            record = self._linked.record(path)
            if record is None:
                continue
            names.update(one.name for one in record.owned(struct))
            if record.partial or any(one.kind is NameKind.STRUCT for one in record.named(struct)):
                # A struct inside another one has members too, and its own tag for an owner in C.
                file = code_file(self._tree, path)
                names |= file.members(struct) if file is not None else frozenset()
        return frozenset(names)
