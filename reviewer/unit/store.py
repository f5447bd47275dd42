"""The store: a folder of segments, each written whole and never changed.

Crash-safe without a journal: a segment is written under another name, synced, then renamed. Two
processes may read while a third writes. Files that a merge has replaced are removed; who has them
mapped goes on reading them.
"""

from __future__ import annotations

import fcntl
import os
import secrets
import shutil
import tempfile
import weakref
from collections.abc import Callable, Container, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import IO

from reviewer.data import cache_folder
from reviewer.errors import TreeError
from reviewer.tree.dialect import Dialect
from reviewer.unit.compile import VERSION, compile_unit
from reviewer.unit.model import Unit
from reviewer.unit.segment import KEY, DamagedError, Segment

_FORMAT = 2
_SUFFIX = ".units"
_TEMPORARY = ".part"
_TRIES = 5


Fill = Callable[[IO[bytes]], object]
"""Writes the contents of a file; called again if the first folder did not take it."""


def default_folder() -> Path:
    """A folder in that of the user's cache, named for its format."""
    return cache_folder() / f"units-{_FORMAT}.{VERSION}"


def key_of(blob: str, kind: Dialect) -> bytes:
    """A unit's key: blob id and dialect, since one content can be read in two ways."""
    return bytes.fromhex(blob) + bytes((kind,))


class Store:
    """The segments of one folder."""

    portion = 6 << 20
    """Bytes a worker compiles into one segment: 100 MB of memory while it does."""
    segments_at_most = 8
    """More segments than these are merged: each costs a look-up 4 µs."""

    def __init__(self, folder: Path | None = None) -> None:
        """Nothing is made until something is to be written."""
        self.folder = folder or default_folder()
        self.scratch = Path(tempfile.gettempdir(), f"kstale-{secrets.token_hex(8)}")
        """Where units go if the folder cannot be written; removed with this object."""
        weakref.finalize(self, shutil.rmtree, self.scratch, ignore_errors=True)
        self.damaged: list[str] = []
        """What was found damaged and taken away, a line each."""

    def __getstate__(self) -> dict[str, object]:
        """Worker processes read what is stored, and write where the parent writes."""
        return {"folder": self.folder, "scratch": self.scratch, "damaged": []}

    def compiled(self, data: bytes, kind: Dialect) -> Unit:
        """The unit of a file, as this store keeps them."""
        return compile_unit(data, kind)

    def own(self) -> tuple[Segment, ...]:
        """The segments that this store writes, and merges when they are many."""
        return self.segments()

    def segments(self, but: Container[str] = ()) -> tuple[Segment, ...]:
        """All segments, in the order of their names, ``but`` those named.

        A damaged one is removed and noted.
        """
        for _ in range(_TRIES):
            try:
                paths = (path for path in self._paths() if path.name not in but)
                return tuple(filter(None, map(self._opened, paths)))
            except FileNotFoundError:
                continue  # a merge took it away between listing and opening
        raise TreeError(f"{self.folder}: changes faster than it can be read")

    def _paths(self) -> list[Path]:
        folders = (self.folder, self.scratch)
        return [path for folder in folders for path in sorted(folder.glob(f"*{_SUFFIX}"))]

    def _opened(self, path: Path) -> Segment | None:
        try:
            return Segment.open(path)
        except FileNotFoundError:
            raise
        except DamagedError as error:
            self.discard(error)
        except OSError as error:
            raise TreeError(f"{path}: {error.strerror}") from error
        return None

    def discard(self, error: DamagedError) -> None:
        """Takes a damaged file away, so that what it held is compiled again."""
        self.damaged.append(f"{error}; it is made anew")
        with suppress(OSError):
            error.path.unlink()

    def keys(self, segments: tuple[Segment, ...]) -> dict[bytes, tuple[int, int]]:
        """Segment and number of every unit by its key; of equal ones the first."""
        found: dict[bytes, tuple[int, int]] = {}
        for at, segment in enumerate(segments):
            keys = bytes(segment.keys)
            for number in range(segment.count):
                found.setdefault(keys[number * KEY : number * KEY + KEY], (at, number))
        return found

    def write(self, fill: Fill, name: str, suffix: str = _SUFFIX) -> Path:
        """Writes a file whole: it is there under its name with all its bytes, or not at all.

        Where the folder cannot be written (read-only, full) the file goes into the scratch
        folder, for this run alone. Raises TreeError if neither takes it.
        """
        try:
            return _written(self.folder, fill, name + suffix)
        except OSError as error:
            first = error
        try:
            return _written(self.scratch, fill, name + suffix)
        except OSError:
            raise TreeError(f"{self.folder}: cannot be written: {first.strerror}") from first

    @property
    def kept(self) -> bool:
        """False if something had to go into the scratch folder, and is kept for this run only."""
        return not self.scratch.exists()

    @contextmanager
    def building(self) -> Iterator[bool]:
        """Lets one process build at a time; others wait here. False where nothing can be written.

        What a builder that was killed has left unfinished is removed.
        """
        try:
            self.folder.mkdir(mode=0o700, parents=True, exist_ok=True)
            lock = open(self.folder / "lock", "w", encoding="ascii")  # noqa: SIM115
        except OSError:
            yield False
            return
        with lock:
            fcntl.flock(lock, fcntl.LOCK_EX)
            for path in self.folder.glob(f"*{_TEMPORARY}"):
                with suppress(OSError):
                    path.unlink()
            yield True


def _written(folder: Path, fill: Fill, name: str) -> Path:
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    temporary = folder / f"{name}.{os.getpid()}{_TEMPORARY}"
    target = folder / name
    try:
        with open(temporary, "wb") as file:
            fill(file)
            file.flush()
            os.fsync(file.fileno())
        temporary.rename(target)
    except OSError:
        with suppress(OSError):
            temporary.unlink()
        raise
    return target
