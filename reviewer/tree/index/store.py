"""The SQLite file behind the index. Contents are keyed by blob id, trees point at contents."""

from __future__ import annotations

import fcntl
import os
import sqlite3
import zlib
from array import array
from bisect import bisect_left
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path

from reviewer.errors import TreeError
from reviewer.tree.index.scan import BUCKET_BITS, Portion
from reviewer.tree.pasting import Shape

VERSION = 7
"""Raised whenever what is stored, or how files are read into it, changes."""

_SCHEMA = """
CREATE TABLE blob (id INTEGER PRIMARY KEY, key TEXT NOT NULL UNIQUE);
CREATE TABLE posting (id INTEGER PRIMARY KEY, keys BLOB NOT NULL);
CREATE TABLE names (id INTEGER PRIMARY KEY, text BLOB NOT NULL);
CREATE TABLE shape (shape TEXT, macros TEXT, blob INTEGER,
                    PRIMARY KEY (shape, macros, blob)) WITHOUT ROWID;
CREATE TABLE tree (id INTEGER PRIMARY KEY, identity TEXT NOT NULL UNIQUE, unread INTEGER,
                   live BLOB NOT NULL);
CREATE TABLE file (tree INTEGER, path TEXT, blob INTEGER, size INTEGER, stamp INTEGER,
                   PRIMARY KEY (tree, path)) WITHOUT ROWID;
CREATE INDEX file_blob ON file (tree, blob);
"""
_RUN_BITS = 20
_HASH_SHIFT = 32


def default_path() -> Path:
    """One file in ``$KSTALE_CACHE`` or ``$XDG_CACHE_HOME/kstale``, named for its format."""
    own = os.environ.get("KSTALE_CACHE")
    base = os.environ.get("XDG_CACHE_HOME") or os.path.expanduser("~/.cache")
    return Path(own or os.path.join(base, "kstale")) / f"index-{VERSION}.sqlite"


class Store:
    """One open index file. A posting row is (bucket, run): keys sorted within a run."""

    def __init__(
        self, path: Path | None = None, *, create: bool = True, in_memory: bool = False
    ) -> None:
        """Opens or creates; ``in_memory`` for small trees that need no second run.

        Raises TreeError if the file cannot be used.
        """
        self.path = path or default_path()
        self._in_memory = in_memory
        if in_memory:
            self._db = sqlite3.connect(":memory:", isolation_level=None)
            self._db.executescript(_SCHEMA)
            return
        if not create and not self.path.is_file():
            raise TreeError(f"{self.path}: no index yet")
        try:
            self.path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
            self._db = self._open()
        except (sqlite3.Error, OSError) as error:
            raise TreeError(f"{self.path}: cannot use the index: {error}") from error

    def _open(self) -> sqlite3.Connection:
        """Connects; makes the tables if nobody has. A file others may use is never taken away."""
        db = sqlite3.connect(self.path, timeout=60, isolation_level=None)
        db.execute("PRAGMA page_size = 8192")
        db.execute("PRAGMA journal_mode = WAL")
        db.execute("PRAGMA synchronous = NORMAL")
        if _version(db) == 0:
            db.execute("BEGIN EXCLUSIVE")
            if _version(db) == 0:
                for statement in filter(str.strip, _SCHEMA.split(";")):
                    db.execute(statement)
                db.execute(f"PRAGMA user_version = {VERSION}")
            db.execute("COMMIT")
        if _version(db) != VERSION:
            db.close()
            raise sqlite3.DatabaseError("made by another version; delete it")
        return db

    def close(self) -> None:
        """Closes the file."""
        self._db.close()

    @contextmanager
    def building(self) -> Iterator[None]:
        """Lets one process build at a time; others wait here."""
        if self._in_memory:
            yield
            return
        with open(f"{self.path}.lock", "w", encoding="ascii") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX)
            yield

    # -- building

    def known(self) -> dict[str, int]:
        """``id:dialect`` of every content the store has, with its number."""
        return dict(self._db.execute("SELECT key, id FROM blob"))

    def next_blob(self) -> int:
        """The first number not given to a content."""
        (top,) = self._db.execute("SELECT max(id) FROM blob").fetchone()
        return int(top or 0) + 1

    def add(self, portions: list[Portion], blobs: Iterable[tuple[int, str]]) -> None:
        """Stores a run of postings, merged from what several workers read."""
        (top,) = self._db.execute("SELECT max(id) FROM names").fetchone()
        run = int(top or 0) + 1
        self._db.execute("BEGIN")
        self._db.executemany("INSERT OR IGNORE INTO blob VALUES (?, ?)", blobs)
        texts = {n for p in portions for n in zlib.decompress(p.names).split(b"\n") if n}
        text = zlib.compress(b"\n".join(sorted(texts)), 6)
        self._db.execute("INSERT INTO names VALUES (?, ?)", (run, text))
        self._db.executemany(
            "INSERT OR IGNORE INTO shape VALUES (?, ?, ?)",
            ((s.text, " ".join(s.macros), blob) for p in portions for blob, s in p.shapes),
        )
        self._db.executemany("INSERT INTO posting VALUES (?, ?)", _rows(portions, run))
        self._db.execute("COMMIT")

    def files(self, identity: str) -> dict[str, tuple[int, int, int]]:
        """Path to (blob number, size, stamp) of a tree as it was last indexed."""
        rows = self._db.execute(
            "SELECT path, blob, size, stamp FROM file JOIN tree ON tree.id = file.tree "
            "WHERE identity = ?",
            (identity,),
        )
        return {path: (blob, size, stamp) for path, blob, size, stamp in rows}

    def set_tree(
        self,
        identity: str,
        rows: dict[str, tuple[int, int, int]],
        gone: Iterable[str],
        live: bytes,
        unread: int,
    ) -> None:
        """Records new or changed files of a tree, forgets those gone."""
        self._db.execute("BEGIN")
        self._db.execute(
            "INSERT INTO tree (identity, unread, live) VALUES (?, ?, ?) ON CONFLICT (identity) "
            "DO UPDATE SET unread = excluded.unread, live = excluded.live",
            (identity, unread, zlib.compress(live, 1)),
        )
        number = self._tree(identity)
        self._db.executemany(
            "DELETE FROM file WHERE tree = ? AND path = ?", ((number, path) for path in gone)
        )
        self._db.executemany(
            "INSERT OR REPLACE INTO file VALUES (?, ?, ?, ?, ?)",
            ((number, path, *facts) for path, facts in rows.items()),
        )
        self._db.execute("COMMIT")
        if not self._in_memory:
            self._db.execute("PRAGMA wal_checkpoint(TRUNCATE)")

    # -- asking

    def _tree(self, identity: str) -> int:
        row = self._db.execute("SELECT id FROM tree WHERE identity = ?", (identity,)).fetchone()
        return int(row[0]) if row else 0

    def tree(self, identity: str) -> tuple[int, bytes, int] | None:
        """Number, liveness by blob number, and count of unread files; None if never indexed."""
        row = self._db.execute(
            "SELECT id, live, unread FROM tree WHERE identity = ?", (identity,)
        ).fetchone()
        return (row[0], zlib.decompress(row[1]), row[2]) if row else None

    def postings(self, hashed: int) -> list[int]:
        """Role and blob number (``role << 24 | blob``) of every posting with this name hash."""
        bucket = hashed >> (_HASH_SHIFT - BUCKET_BITS)
        low = bucket << _RUN_BITS
        found: list[int] = []
        least, most = hashed << _HASH_SHIFT, (hashed + 1) << _HASH_SHIFT
        for (data,) in self._db.execute(
            "SELECT keys FROM posting WHERE id >= ? AND id < ?", (low, low + (1 << _RUN_BITS))
        ):
            keys = array("Q", data)
            at = bisect_left(keys, least)
            while at < len(keys) and keys[at] < most:
                found.append(keys[at] & 0xFFFFFFFF)
                at += 1
        return found

    def paths(self, tree: int, blob: int) -> list[str]:
        """Where a tree has this content."""
        rows = self._db.execute("SELECT path FROM file WHERE tree = ? AND blob = ?", (tree, blob))
        return [path for (path,) in rows]

    def blob_at(self, tree: int, path: str) -> int:
        """The content number of a path, 0 if the tree has no such code file."""
        row = self._db.execute(
            "SELECT blob FROM file WHERE tree = ? AND path = ?", (tree, path)
        ).fetchone()
        return int(row[0]) if row else 0

    def shapes(self, live: bytes) -> frozenset[Shape]:
        """Token-pasting shapes of the live contents."""
        rows = self._db.execute("SELECT shape, macros, blob FROM shape")
        return frozenset(
            Shape(text, tuple(macros.split()))
            for text, macros, blob in rows
            if blob < len(live) and live[blob]
        )

    def names(self) -> list[bytes]:
        """Defined names as text, of all runs; some may be gone from any one tree."""
        return [zlib.decompress(text) for (text,) in self._db.execute("SELECT text FROM names")]


def _version(db: sqlite3.Connection) -> int:
    (version,) = db.execute("PRAGMA user_version").fetchone()
    return int(version)


def _rows(portions: list[Portion], run: int) -> Iterator[tuple[int, bytes]]:
    """Cuts the portions' sorted keys into buckets and merges them bucket by bucket."""
    parts = []
    for portion in portions:
        keys = array("Q")
        keys.frombytes(portion.postings)
        parts.append((keys, 0))
    for bucket in range(1 << BUCKET_BITS):
        limit = (bucket + 1) << (2 * _HASH_SHIFT - BUCKET_BITS)
        merged = array("Q")
        for number, (keys, start) in enumerate(parts):
            end = bisect_left(keys, limit, start)
            merged.extend(keys[start:end])
            parts[number] = (keys, end)
        if merged:
            yield bucket << _RUN_BITS | run, array("Q", sorted(merged)).tobytes()
