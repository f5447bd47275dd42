"""The snapshot of a tree, with its units in the store: what the store has not seen is compiled."""

from __future__ import annotations

from array import array
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from typing import TYPE_CHECKING

from reviewer.tree.dialect import Dialect, dialect
from reviewer.tree.folder import FolderTree, Listing, names_digest, packed_paths
from reviewer.tree.model import Entry, Listed
from reviewer.unit.build import Report, compile_entries, tidy
from reviewer.unit.copies import Copy, copied
from reviewer.unit.segment import KEY, Segment
from reviewer.unit.snapshot import Snapshot
from reviewer.unit.spread import processors, spread
from reviewer.unit.store import Store, key_of
from reviewer.unit.treemap import Kept, map_name, name_of_map, read_map, write_map

if TYPE_CHECKING:
    from concurrent.futures import Executor

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
class Taken:
    """A snapshot with the segments that hold its units, and the place of each in them.

    A place is ``segment << 32 | number``, or ``NOWHERE`` for a file that could not be read.
    """

    snapshot: Snapshot
    segments: tuple[Segment, ...]
    places: array[int]


def compare_ahead(tree: Listed, store: Store | None = None, *, least: int = _MANY) -> None:
    """Have it found out whether a folder is as it was listed, until ``take`` asks.

    One of ``least`` files or fewer is compared when it is asked about.
    """
    if isinstance(tree, FolderTree) and processors() > 1 and tree.identity not in _ahead:
        kept = read_map((store or Store()).folder / map_name(tree))
        if kept is not None and len(kept.listing.paths) > least:
            with suppress(OSError):  # no process is to be had: whoever asks will compare it
                _ahead[tree.identity] = kept, copied(lambda: tree.stands(kept.listing))


_ahead: dict[str, tuple[Kept, Copy]] = {}
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
        kept = read_map(store.folder / map_name(tree))
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
        write_map(
            store,
            tree,
            Kept(
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
    return bool(tree.identity) and (store.folder / map_name(tree)).is_file()


def is_known_commit(commit: str, store: Store) -> bool:
    """True if the store has the map of a commit."""
    return (store.folder / name_of_map(commit)).is_file()


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


def _listing(tree: Listed, kept: Kept | None, comparing: Copy | None) -> Listing | None:
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


def _unchanged(kept: Kept, listing: Listing) -> bool:
    """True if paths, sizes and dates are as they were."""
    return kept.listing is listing or (
        kept.listing.stamps == listing.stamps
        and kept.listing.sizes == listing.sizes
        and kept.listing.paths == listing.paths
        and kept.listing.names == listing.names
    )


def _taken(store: Store, kept: Kept, tree: Listed, listing: Listing | None) -> Taken | None:
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
        write_map(store, tree, Kept(kept.snapshot, listed, _names(segments), places))
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
    kept: Kept | None, entries: Sequence[Entry], known: Mapping[bytes, object]
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
