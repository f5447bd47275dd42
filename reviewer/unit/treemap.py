"""The file in which the store keeps a tree's snapshot from run to run.

A folder's map holds each file's size and date too, so that only what changed is read again; a
commit's map never changes.
"""

from __future__ import annotations

import hashlib
import zlib
from array import array
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from reviewer.errors import TreeError
from reviewer.tree.folder import Listing
from reviewer.tree.model import Listed
from reviewer.unit.segment import KEY
from reviewer.unit.snapshot import Snapshot
from reviewer.unit.store import Store
from reviewer.unit.table import little, numbers

_MAGIC = b"kstalemap6"
_HEAD = 7 * 8
_DIGEST = 32
_SUFFIX = ".tree"


@dataclass(frozen=True, slots=True)
class Kept:
    """What the file of a tree's map holds; places are of the segments of those names."""

    snapshot: Snapshot
    listing: Listing
    """Of a commit without dates and folders."""
    segments: str
    places: array[int]


def map_name(tree: Listed) -> str:
    return name_of_map(tree.identity)


def name_of_map(identity: str) -> str:
    digest = hashlib.sha256(identity.encode("utf-8", "surrogateescape")).hexdigest()
    return digest[:32] + _SUFFIX


def write_map(store: Store, tree: Listed, kept: Kept) -> None:
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
            map_name(tree).removesuffix(_SUFFIX),
            _SUFFIX,
        )


def read_map(path: Path) -> Kept | None:
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


def _parsed(body: memoryview) -> Kept:
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
    return Kept(
        snapshot,
        Listing(list(snapshot.paths), sizes, stamps, names, others, of, turned),
        segments,
        places,
    )
