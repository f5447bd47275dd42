"""Which unit each code file of a tree is, kept from run to run.

A folder's map holds each file's size and date too, so that only what changed is read again; a
commit's map never changes.
"""

from __future__ import annotations

import hashlib
import zlib
from array import array
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from reviewer.errors import TreeError
from reviewer.tree.dialect import Dialect, dialect
from reviewer.tree.folder import FolderTree, Listing, names_digest, packed_paths
from reviewer.tree.model import Entry, Listed
from reviewer.unit.build import Report, compile_entries, tidy
from reviewer.unit.copies import Copy, copied
from reviewer.unit.inflate import inflated
from reviewer.unit.segment import KEY, Segment
from reviewer.unit.spread import processors, spread
from reviewer.unit.store import Store, key_of
from reviewer.unit.table import little, numbers

if TYPE_CHECKING:
    from concurrent.futures import Executor

_MAGIC = b"kstalemap6"
_HEAD = 7 * 8
_DIGEST = 32
_SUFFIX = ".tree"
_NOTHING = bytes(KEY)
PLACE = 32
"""Bits of a unit's place that are its number within a segment; the rest is the segment's."""
NOWHERE = (1 << 64) - 1


_MANY = 1 << 13
"""Files whose dates one process compares in the time that a copy of it takes to be made."""
_listings: list[dict[str, Listing]] = []


@contextmanager
def listed_once() -> Iterator[None]:
    """Inside, each folder is listed once: a command that opens a tree five times sees one tree."""
    _listings.append(_listings[-1] if _listings else {})
    try:
        yield
    finally:
        _listings.pop()


@dataclass(frozen=True, slots=True)
class Snapshot:
    """The code files of a tree, sorted by path, each with the key of its unit.

    ``unread`` says which files could not be read and why, a line each.
    """

    paths: Sequence[str]
    keys: bytes
    """``KEY`` bytes for each path; zeros for a file that could not be read."""
    names: bytes
    """A digest of the paths of all files, code or not."""
    others: bytes
    """The paths of those that are no code (``folder.packed_paths``)."""
    unread: tuple[str, ...] = ()

    def key(self, place: int) -> bytes:
        """The key of the unit of ``paths[place]``."""
        return self.keys[place * KEY : place * KEY + KEY]

    def every_path(self) -> set[str]:
        """All files, code or not. Raises ValueError if they are damaged."""
        text = bytes(inflated(self.others)).decode("utf-8", "surrogateescape")
        return {*self.paths, *(text.split("\0") if text else ())}

    @property
    def digest(self) -> bytes:
        """What two trees with the same paths and contents have in common."""
        text = "\0".join(self.paths).encode("utf-8", "surrogateescape")
        return hashlib.sha256(text + b"\0" + self.keys + self.names).digest()


def differing(before: Snapshot, after: Snapshot) -> list[str]:
    """Paths of code files that one of the two has not, or with other contents."""
    old = dict(zip(before.paths, range(len(before.paths)), strict=True))
    new = dict(zip(after.paths, range(len(after.paths)), strict=True))
    return [
        path
        for path in old.keys() | new.keys()
        if path not in old or path not in new or before.key(old[path]) != after.key(new[path])
    ]


@dataclass(frozen=True, slots=True)
class Taken:
    """A snapshot with the segments that hold its units, and the place of each in them.

    A place is ``segment << 32 | number``, or ``NOWHERE`` for a file that could not be read.
    """

    snapshot: Snapshot
    segments: tuple[Segment, ...]
    places: array[int]


@dataclass(frozen=True, slots=True)
class _Kept:
    """What the file of a tree's map holds; places are of the segments of those names."""

    snapshot: Snapshot
    listing: Listing
    """Of a commit without dates and folders."""
    segments: str
    places: array[int]


def compare_ahead(tree: Listed, store: Store | None = None, *, least: int = _MANY) -> None:
    """Have it found out whether a folder is as it was listed, until ``take`` asks.

    One of ``least`` files or fewer is compared when it is asked about.
    """
    if isinstance(tree, FolderTree) and processors() > 1 and tree.identity not in _ahead:
        kept = _read((store or Store()).folder / _name(tree))
        if kept is not None and len(kept.listing.paths) > least:
            with suppress(OSError):  # no process is to be had: whoever asks will compare it
                _ahead[tree.identity] = kept, copied(lambda: tree.stands(kept.listing))


_ahead: dict[str, tuple[_Kept, Copy]] = {}
"""The maps that copies of this process compare folders with."""


def take(
    tree: Listed,
    store: Store,
    *,
    executor: Executor | None = None,
    jobs: int = 1,
    report: Report | None = None,
) -> Taken:
    """The snapshot of a tree, all its units in the store: compiles what the store has not seen.

    Raises TreeError if neither the store nor a scratch folder can be written.
    """
    kept, comparing = _ahead.pop(tree.identity, (None, None))
    if kept is None and tree.identity:
        kept = _read(store.folder / _name(tree))
    if kept is not None and kept.snapshot.unread:
        kept = None  # whoever mended what could not be read will want it read
    listing = None if kept is not None and tree.fixed else _listing(tree, kept, comparing)
    if comparing is not None:
        comparing.end()
    if kept is not None and (listing is None or _unchanged(kept, listing)):
        taken = _taken(store, kept, tree, listing)
        if taken is not None:
            return taken
    with store.building():
        entries = _entries(tree, listing)
        known = store.keys(store.segments())
        found = _keys_known(kept, entries, known)
        todo = [entry for entry in entries if entry.path not in found]
        blobs, unread = compile_entries(
            tree, store, todo, executor=executor, jobs=jobs, report=report
        )
        found.update((path, key_of(blob, _kind(path))) for path, blob in blobs.items())
        tidy(store, executor=executor, jobs=jobs)
        snapshot = Snapshot(
            [entry.path for entry in entries],
            b"".join(found.get(entry.path, _NOTHING) for entry in entries),
            *(_all_paths(tree, entries) if listing is None else (listing.names, listing.others)),
            unread,
        )
        segments = store.segments()
        places = _placed(snapshot, store.keys(segments))
        _write(
            store,
            tree,
            _Kept(
                snapshot,
                Listing(
                    list(snapshot.paths),
                    array("Q", [entry.size for entry in entries]),
                    array("q", [entry.stamp for entry in entries]),
                    snapshot.names,
                    snapshot.others,
                    [] if listing is None else listing.folders,
                    array("q") if listing is None else listing.turned,
                ),
                _names(segments),
                places,
            ),
        )
    return Taken(snapshot, segments, places)


def is_known(tree: Listed, store: Store) -> bool:
    """True if the store has a map of the tree, right or not."""
    return bool(tree.identity) and (store.folder / _name(tree)).is_file()


def is_known_commit(commit: str, store: Store) -> bool:
    """True if the store has the map of a commit."""
    return (store.folder / _file_name(commit)).is_file()


def _all_paths(tree: Listed, entries: Iterable[Entry]) -> tuple[bytes, bytes]:
    """The digest of all paths, and those that are no code."""
    paths = list(tree.files())
    return names_digest(paths), packed_paths({*paths} - {entry.path for entry in entries})


def _kind(path: str) -> Dialect:
    kind = dialect(path)
    assert kind is not None, "only code files are listed"
    return kind


def _is_code(name: str) -> bool:
    return name.endswith((".c", ".h")) or dialect(name) is not None  # most of them are these


def _listing(tree: Listed, kept: _Kept | None, comparing: Copy | None) -> Listing | None:
    """Sizes and dates of a folder's code files; None for a tree that has blob ids instead.

    ``comparing`` is the copy that finds out whether it is as it was kept, if one does.
    """
    if not isinstance(tree, FolderTree):
        return None
    listing = _listings[-1].get(tree.identity) if _listings else None
    if listing is None:
        stands = kept is not None and _stands(tree, kept.listing, comparing)
        listing = kept.listing if kept is not None and stands else tree.listing(_is_code)
        if _listings:
            _listings[-1][tree.identity] = listing
    return listing


def _stands(tree: FolderTree, listing: Listing, comparing: Copy | None) -> bool:
    """True if a folder is as it was listed; a look at each of 80,000 files takes 0.2 s."""
    known = comparing.answer() if comparing is not None else None
    if known is not None:
        return known is True
    parts = listing.parts(processors() if len(listing.paths) > _MANY else 1)
    return all(spread(lambda number: tree.stands(parts[number]), len(parts), len(parts)))


def _entries(tree: Listed, listing: Listing | None) -> list[Entry]:
    if listing is None:
        return [entry for entry in tree.entries() if _is_code(entry.path)]
    columns = zip(listing.paths, listing.sizes, listing.stamps, strict=True)
    return [Entry(path, size, stamp=stamp) for path, size, stamp in columns]


def _unchanged(kept: _Kept, listing: Listing) -> bool:
    """True if paths, sizes and dates are as they were."""
    return kept.listing is listing or (
        kept.listing.stamps == listing.stamps
        and kept.listing.sizes == listing.sizes
        and kept.listing.paths == listing.paths
        and kept.listing.names == listing.names
    )


def _taken(store: Store, kept: _Kept, tree: Listed, listing: Listing | None) -> Taken | None:
    """The kept map with its units; None if the store has lost some of them.

    ``listing`` is the folder's as it is now, with the same files.
    """
    segments = store.segments()
    same = kept.segments == _names(segments)
    places = kept.places if same else _placed(kept.snapshot, store.keys(segments))
    if NOWHERE in places:
        return None
    # a folder that was new when it was listed, or had a file for a while, has settled by now
    settled = listing is not None and listing.turned != kept.listing.turned and all(listing.turned)
    if settled or not same:
        listed = kept.listing if listing is None else listing
        _write(store, tree, _Kept(kept.snapshot, listed, _names(segments), places))
    return Taken(kept.snapshot, segments, places)


def _names(segments: Sequence[Segment]) -> str:
    """Segments never change: their names say what is in them."""
    return "\0".join(one.path.name for one in segments)


def _placed(snapshot: Snapshot, keys: Mapping[bytes, tuple[int, int]]) -> array[int]:
    every = snapshot.keys
    places: array[int] = array("Q")
    for at in range(0, len(every), KEY):
        found = keys.get(every[at : at + KEY])
        places.append(NOWHERE if found is None else found[0] << PLACE | found[1])
    return places


def _keys_known(
    kept: _Kept | None, entries: Sequence[Entry], known: Mapping[bytes, object]
) -> dict[str, bytes]:
    """Keys of the files whose unit the store has: by blob id, or by an unchanged size and date."""
    before = {path: at for at, path in enumerate(kept.snapshot.paths)} if kept else {}
    found: dict[str, bytes] = {}
    for entry in entries:
        key = _NOTHING
        if entry.blob:
            key = key_of(entry.blob, _kind(entry.path))
        elif (
            kept is not None
            and (at := before.get(entry.path)) is not None
            and kept.listing.sizes[at] == entry.size
            and kept.listing.stamps[at] == entry.stamp
        ):
            key = kept.snapshot.key(at)
        if key in known:
            found[entry.path] = key
    return found


def _name(tree: Listed) -> str:
    return _file_name(tree.identity)


def _file_name(identity: str) -> str:
    digest = hashlib.sha256(identity.encode("utf-8", "surrogateescape")).hexdigest()
    return digest[:32] + _SUFFIX


def _write(store: Store, tree: Listed, kept: _Kept) -> None:
    """Keeps a map for the next run, where the store can be written and the tree has a name."""
    if not tree.identity:
        return
    snapshot = kept.snapshot
    texts = [
        "\0".join(lines).encode("utf-8", "surrogateescape")
        for lines in (snapshot.paths, snapshot.unread, [kept.segments], kept.listing.folders)
    ]
    turned = kept.listing.turned
    head = array("Q", [len(snapshot.paths), len(turned), len(snapshot.others), *map(len, texts)])
    each = (head, kept.listing.sizes, kept.listing.stamps, kept.places, turned)
    columns = [little(one) for one in each]
    body = b"".join([*columns, snapshot.keys, snapshot.names, snapshot.others, *texts])
    with suppress(TreeError):
        store.write(
            lambda file: file.write(_MAGIC + zlib.crc32(body).to_bytes(4, "little") + body),
            _name(tree).removesuffix(_SUFFIX),
            _SUFFIX,
        )


def _read(path: Path) -> _Kept | None:
    """The kept map, or None if there is none or it is damaged: it is then made anew."""
    try:
        data = path.read_bytes()
    except OSError:
        return None
    start = len(_MAGIC) + 4
    body = memoryview(data)[start:]
    check = data[len(_MAGIC) : start]
    if not data.startswith(_MAGIC) or zlib.crc32(body).to_bytes(4, "little") != check:
        return None
    try:
        return _parsed(body)
    except ValueError:
        return None


def _parsed(body: memoryview) -> _Kept:
    """A kept map from its bytes. Raises ValueError if they are no such thing."""
    count, folders, *lengths = numbers("Q", body[:_HEAD])
    if len(body) != _HEAD + count * (3 * 8 + KEY) + 8 * folders + _DIGEST + sum(lengths):
        raise ValueError("not the map of a tree")
    at = _HEAD
    columns = []
    for code, rows in (("Q", count), ("q", count), ("Q", count), ("q", folders)):
        columns.append(numbers(code, body[at : at + 8 * rows]))
        at += 8 * rows
    keys = bytes(body[at : at + KEY * count])
    at += KEY * count
    names = bytes(body[at : at + _DIGEST])
    at += _DIGEST
    others = bytes(body[at : at + lengths[0]])
    at += lengths.pop(0)
    texts = []
    for length in lengths:
        texts.append(bytes(body[at : at + length]).decode("utf-8", "surrogateescape"))
        at += length
    paths, unread, segments, listed = texts
    snapshot = Snapshot(
        paths.split("\0") if count else [],
        keys,
        names,
        others,
        tuple(unread.split("\0")) if unread else (),
    )
    sizes, stamps, places, turned = columns
    of = listed.split("\0") if folders else []
    if len(snapshot.paths) != count or len(of) != folders:
        raise ValueError("not the map of a tree")
    return _Kept(
        snapshot,
        Listing(list(snapshot.paths), sizes, stamps, names, others, of, turned),
        segments,
        places,
    )
