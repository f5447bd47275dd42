"""What the files of a tree came to, all of them packed, with their heads side by side."""

from __future__ import annotations

from collections.abc import Iterator, KeysView, Mapping, Sequence

from reviewer.review.head import Heads

Packed = bytes | memoryview


class Results:
    """Packed results by path; each path is added once, in any order."""

    def __init__(self) -> None:
        self.heads = Heads()
        self._packed: dict[str, Packed] = {}

    def add(self, paths: Sequence[str], packed: Sequence[Packed]) -> None:
        """Some files with their results. Raises ResultError if one is none."""
        self.heads.extend(packed)
        self._packed.update(zip(paths, packed, strict=True))

    def __getitem__(self, path: str) -> Packed:
        return self._packed[path]

    def get(self, path: str) -> Packed | None:
        """The result of a path, None if it has none."""
        return self._packed.get(path)

    def __contains__(self, path: object) -> bool:
        return path in self._packed

    def __iter__(self) -> Iterator[str]:
        return iter(self._packed)

    def __len__(self) -> int:
        return len(self._packed)

    def keys(self) -> KeysView[str]:
        """The paths, in the order they came."""
        return self._packed.keys()

    def by_path(self, column: Sequence[int]) -> Mapping[str, int]:
        """A column of the heads by path."""
        return dict(zip(self._packed, column, strict=True))
