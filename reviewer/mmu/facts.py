"""What a machine's facts rest on: lines of the kernel and Kconfig symbols, as a tree shows them."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import lru_cache

from reviewer.mmu.shown import shows

Read = Callable[[str], str | None]
"""The text of a file of the tree under review, None for one that is not there."""


@dataclass(frozen=True, slots=True)
class Evidence:
    """What shows a fact: ``text`` stands in the definition of ``name`` in ``path``, in 6.12 on
    ``line`` (0 in what stands for an older tree)."""

    path: str
    line: int
    name: str
    text: str

    def __str__(self) -> str:
        return f"{self.path}:{self.line} {self.name}: {self.text}"

    def stands(self, read: Read) -> bool:
        """Whether the tree shows it; a file that is not there (a part of a tree, or moved) says
        nothing against it."""
        found = read(self.path)
        if found is None:
            return True
        return _shown(self, found)


@lru_cache(maxsize=512)
def _shown(evidence: Evidence, text: str) -> bool:
    """Kept: machines of one architecture share most of their facts."""
    kconfig = "Kconfig" in evidence.path
    return shows(text, evidence.name, evidence.text, kconfig=kconfig)


@dataclass(frozen=True, slots=True)
class Fact:
    """Something a machine does.

    ``kconfig``: alternative symbols, of which the architecture's Kconfig must select one for the
    fact to be true in a tree; empty if no symbol decides it. ``older`` is what older trees show in
    place of ``evidence``. ``where_shown``: where a tree does not show it, the fact is off there.
    """

    name: str
    evidence: tuple[Evidence, ...]
    kconfig: tuple[str, ...] = ()
    older: tuple[Evidence, ...] = ()
    where_shown: bool = False

    def stands(self, read: Read) -> bool:
        """Whether the tree shows the fact, by the code of 6.12 or by that of an older one."""
        if all(one.stands(read) for one in self.evidence):
            return True
        return bool(self.older) and all(one.stands(read) for one in self.older)


@dataclass(frozen=True, slots=True)
class Need:
    """Code without which the machine does not exist in a tree: ``text`` occurs in ``path``."""

    path: str
    text: str


@dataclass(frozen=True, slots=True)
class Later:
    """A variant that a newer tree has: ``line``, white space aside, is a whole line of ``path``."""

    variant: str
    path: str
    line: str
