"""A kernel tree that lies in a folder."""

from __future__ import annotations

import errno
import hashlib
import os
import stat
import time
import zlib
from array import array
from collections.abc import Callable, Iterable, Iterator
from contextlib import suppress
from pathlib import Path
from typing import NamedTuple

from reviewer.errors import TreeError
from reviewer.tree.model import Entry
from reviewer.tree.paths import SIZE_LIMIT, inside

_TICK = 2_000_000_000
"""Nanoseconds; file systems tell times no coarser than two seconds (FAT)."""


def names_digest(paths: list[str]) -> bytes:
    """What two trees with the same paths have in common."""
    text = "\0".join(sorted(paths)).encode("utf-8", "surrogateescape")
    return hashlib.sha256(text).digest()


def packed_paths(paths: Iterable[str]) -> bytes:
    """Paths, sorted and deflated."""
    return zlib.compress("\0".join(sorted(paths)).encode("utf-8", "surrogateescape"), 1)


class Listing(NamedTuple):
    """Files of a folder, each at the same place of all three: ``stamps`` are mtimes in ns."""

    paths: list[str]
    sizes: array[int]
    stamps: array[int]
    names: bytes
    """A digest of the paths of all files, wanted or not."""
    others: bytes
    """The paths of those that are not wanted (``packed_paths``)."""
    folders: list[str]
    turned: array[int]
    """When each folder's entries last changed, in ns (ctime, which nobody can set back); 0 if that
    was so short a time before that another change might have the same."""

    def parts(self, count: int) -> list[Listing]:
        """The same in so many parts, for processes that each compare one."""
        return [
            self._replace(
                paths=self.paths[at::count],
                sizes=self.sizes[at::count],
                stamps=self.stamps[at::count],
                folders=self.folders[at::count],
                turned=self.turned[at::count],
            )
            for at in range(count)
        ]


class FolderTree:
    """The files below ``root``; symbolic links are followed only to places inside it."""

    def __init__(self, root: str | os.PathLike[str]) -> None:
        """Raises TreeError if ``root`` is not a folder."""
        self._shown = os.fspath(root)
        self._root = os.path.realpath(self._shown)
        if not os.path.isdir(self._root):
            raise TreeError(f"{self._shown}: not a folder")

    @property
    def name(self) -> str:
        """The folder as the user gave it."""
        return self._shown

    @property
    def root(self) -> Path:
        """The folder, absolute, links resolved."""
        return Path(self._root)

    @property
    def identity(self) -> str:
        """The absolute folder."""
        return self._root

    @property
    def fixed(self) -> bool:
        """A folder's files change."""
        return False

    def _locate(self, path: str) -> str | None:
        plain = inside(path)
        if plain is None:
            return None
        real = os.path.realpath(os.path.join(self._root, plain))
        within = real == self._root or real.startswith(self._root.rstrip("/") + "/")
        return real if within else None

    def read(self, path: str) -> bytes | None:
        """The file's bytes, or None if there is no such regular file in the tree.

        Raises TreeError for a file that is unreadable or over SIZE_LIMIT.
        """
        real = self._locate(path)
        if real is None:
            return None
        try:
            if not stat.S_ISREG(os.stat(real).st_mode):
                return None
            # Not following a last link, and not blocking, holds even if the file was swapped.
            handle = os.open(real, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC)
        except (FileNotFoundError, NotADirectoryError):
            return None
        except OSError as error:
            if error.errno == errno.ELOOP:
                return None
            raise TreeError(f"{path}: {error.strerror}") from error
        with os.fdopen(handle, "rb") as stream:
            status = os.fstat(handle)
            if not stat.S_ISREG(status.st_mode):
                return None
            if status.st_size > SIZE_LIMIT:
                raise TreeError(f"{path}: {status.st_size} bytes, more than kstale reads")
            return stream.read(SIZE_LIMIT)

    def exists(self, path: str) -> bool:
        """True for a file or a folder of the tree."""
        real = self._locate(path)
        return real is not None and os.path.exists(real)

    def files(self, under: str = "") -> Iterator[str]:
        """Paths of all regular files below a folder (or the file itself), sorted; no links."""
        return (entry.path for entry in self._walk(under))

    def entries(self) -> Iterator[Entry]:
        """All regular files with size and mtime, sorted by path."""
        return self._walk("")

    def listing(self, wanted: Callable[[str], bool]) -> Listing:
        """Paths, sizes and dates of the regular files whose name is wanted, sorted by path.

        Four times as fast as ``entries``: a command that asks a stored tree pays it each time.
        """
        rows: list[tuple[str, int, int]] = []
        others: list[str] = []
        folders: list[str] = []
        turned = array("q")
        waiting = [(self._root, "")]
        young = time.time_ns() - _TICK
        while waiting:
            folder, prefix = waiting.pop()
            folders.append(prefix)
            changed = _turned(folder)
            turned.append(changed if changed < young else 0)
            with suppress(OSError):  # as in _below: it has no files to offer
                handle = os.open(folder, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
                try:
                    _list(handle, folder, prefix, wanted, rows, others, waiting)
                finally:
                    os.close(handle)
        rows.sort()
        return Listing(
            [path for path, _, _ in rows],
            array("Q", [size for _, size, _ in rows]),
            array("q", [stamp for _, _, stamp in rows]),
            names_digest([*(path for path, _, _ in rows), *others]),
            packed_paths(others),
            folders,
            turned,
        )

    def stands(self, listing: Listing) -> bool:
        """True if a listing of this folder would come out the same: half the cost of making one.

        A folder whose entries are those it had is not read again; its files are looked at.
        """
        base = self._root.rstrip("/") + "/"
        for folder, changed in zip(listing.folders, listing.turned, strict=True):
            if not changed or _turned(base + folder) != changed:
                return False
        look, regular = os.lstat, stat.S_ISREG
        try:
            for path, size, stamp in zip(listing.paths, listing.sizes, listing.stamps, strict=True):
                now = look(base + path)
                if now.st_mtime_ns != stamp or now.st_size != size or not regular(now.st_mode):
                    return False
        except OSError:
            return False
        return True

    def _walk(self, under: str) -> Iterator[Entry]:
        plain = inside(under)
        if plain is None:
            return
        start = self._locate(plain)
        if start is None:
            return
        if os.path.isfile(start):
            status = os.stat(start)
            yield Entry(plain, status.st_size, stamp=status.st_mtime_ns)
            return
        yield from _below(start, plain + "/" if plain else "")


def _turned(folder: str) -> int:
    """When what a folder has in it, or who may see it, last changed; 0 if it is no folder."""
    try:
        found = os.lstat(folder)
    except OSError:
        return 0
    return found.st_ctime_ns if stat.S_ISDIR(found.st_mode) else 0


def _list(
    handle: int,
    folder: str,
    prefix: str,
    wanted: Callable[[str], bool],
    rows: list[tuple[str, int, int]],
    others: list[str],
    waiting: list[tuple[str, str]],
) -> None:
    """The files of one open folder go to ``rows`` or ``others``, its folders to ``waiting``."""
    with os.scandir(handle) as scan:
        for entry in scan:
            name = entry.name
            if entry.is_dir(follow_symlinks=False):
                if prefix or name != ".git":
                    waiting.append((f"{folder}/{name}", f"{prefix}{name}/"))
            elif not entry.is_file(follow_symlinks=False):
                continue
            elif not wanted(name):
                others.append(prefix + name)
            else:
                status = entry.stat(follow_symlinks=False)
                rows.append((prefix + name, status.st_size, status.st_mtime_ns))


def _below(folder: str, prefix: str) -> Iterator[Entry]:
    """Entries below a folder, ordered as the plain sort of their paths orders them."""
    try:
        with os.scandir(folder) as scan:
            found = [(e.name + "/" if e.is_dir(follow_symlinks=False) else e.name, e) for e in scan]
    except OSError:
        return  # a folder that cannot be listed, or went away, has no files to offer
    for name, entry in sorted(found, key=lambda pair: pair[0]):
        if name.endswith("/"):
            if name != ".git/":
                yield from _below(entry.path, prefix + name)
        elif entry.is_file(follow_symlinks=False):
            status = entry.stat(follow_symlinks=False)
            yield Entry(prefix + name, status.st_size, stamp=status.st_mtime_ns)
