"""What older trees define: units without uses and comments, in a folder of their own.

A release differs from the one before in 9,000 files. Whole units of them cost 87 CPU s, and an
older tree is asked for names only: whether it defined one, as what, and where.
"""

from __future__ import annotations

from collections.abc import Container

from reviewer.tree.dialect import Dialect
from reviewer.unit.compile import compile_names
from reviewer.unit.model import Unit
from reviewer.unit.segment import Segment
from reviewer.unit.store import Store


class NamesStore(Store):
    """The segments of older trees' names beside the whole units of a store, which are as good.

    Of contents that the store has whole nothing is compiled; no whole unit is ever written here.
    """

    portion = 96 << 20
    """A release is two or three segments: names are few, so a worker holds 200 MB for them."""
    segments_at_most = 64
    """Merging costs as much as compiling, and who asks an older tree asks seldom."""

    def __init__(self, whole: Store | None = None) -> None:
        self.whole = whole or Store()
        super().__init__(self.whole.folder / "names")

    def __getstate__(self) -> dict[str, object]:
        return {**super().__getstate__(), "whole": self.whole}

    def compiled(self, data: bytes, kind: Dialect) -> Unit:
        """What a file defines."""
        return compile_names(data, kind)

    def own(self) -> tuple[Segment, ...]:
        """Without those of the store that holds whole units."""
        return super().segments()

    def segments(self, but: Container[str] = ()) -> tuple[Segment, ...]:
        """Whole units first: of two with one key the first is taken."""
        return (*self.whole.segments(but), *super().segments(but))
