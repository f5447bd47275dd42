"""A kernel tree as a revision of a git repository, read without a checkout."""

from __future__ import annotations

import os
import subprocess
import weakref
from collections.abc import Iterator
from contextlib import suppress
from functools import cached_property
from pathlib import PurePosixPath
from typing import TYPE_CHECKING

from reviewer.errors import TreeError
from reviewer.repository import GitError, ask, reading
from reviewer.tree.model import Entry
from reviewer.tree.paths import SIZE_LIMIT, inside

if TYPE_CHECKING:
    from subprocess import Popen

_LINK_HOPS = 8


def _end(reader: Popen[bytes]) -> None:
    for stream in (reader.stdin, reader.stdout):
        if stream is not None:
            with suppress(BrokenPipeError):
                stream.close()
    reader.wait()


class RevisionTree:
    """The files of one commit or tag. Objects stay in git; each file is read when asked for."""

    def __init__(self, repository: str | os.PathLike[str], revision: str) -> None:
        """Raises TreeError if there is no such repository or revision."""
        import git

        self._shown = f"{os.fspath(repository)}@{revision}"
        try:
            repo = git.Repo(repository, search_parent_directories=True)
            commit = repo.commit(revision)
        except (git.InvalidGitRepositoryError, git.NoSuchPathError) as error:
            raise TreeError(f"{os.fspath(repository)}: not a git repository") from error
        except (git.BadName, git.BadObject, git.GitCommandError, ValueError, IndexError) as error:
            raise TreeError(f"{revision}: no such revision in {os.fspath(repository)}") from error
        self._git_dir = str(repo.git_dir)
        self._commit = commit.hexsha
        repo.close()
        self._reader: Popen[bytes] | None = None
        self._read_by = 0  # the process that has the reader: one that it forks must not share it

    @property
    def name(self) -> str:
        """``REPOSITORY@REVISION`` as the user gave them."""
        return self._shown

    @property
    def git_dir(self) -> str:
        """The repository's own folder."""
        return self._git_dir

    @property
    def commit(self) -> str:
        """The full commit id."""
        return self._commit

    @property
    def identity(self) -> str:
        """The commit; the same in every clone."""
        return self._commit

    @property
    def fixed(self) -> bool:
        """A commit is what it is."""
        return True

    def __getstate__(self) -> dict[str, object]:
        """For worker processes: each starts a reader of its own, and lists only if it has to."""
        kept = {key: value for key, value in self.__dict__.items() if key != "_listing"}
        return kept | {"_reader": None}

    def close(self) -> None:
        """Ends the reading process; the next read starts a new one."""
        if self._reader is not None and self._read_by == os.getpid():
            _end(self._reader)
        self._reader = None

    def _git(self, *arguments: str) -> bytes:
        try:
            return ask(".", "--git-dir", self._git_dir, *arguments)
        except GitError as error:
            raise TreeError(f"{self._shown}: {error}") from error

    @cached_property
    def _listing(self) -> tuple[dict[str, Entry], dict[str, str], frozenset[str]]:
        """Files, symbolic links (path to blob) and folders."""
        files: dict[str, Entry] = {}
        links: dict[str, str] = {}
        folders: set[str] = {""}
        for record in self._git("ls-tree", "-r", "-z", "-l", self._commit).split(b"\0"):
            if not record:
                continue
            facts, _, raw = record.partition(b"\t")
            mode, kind, blob, size = facts.split()
            path = os.fsdecode(raw)
            if kind != b"blob" or inside(path) != path:
                continue
            if mode == b"120000":
                links[path] = blob.decode()
            else:
                # Git says BAD of an object that a partial clone left behind: reading it tells.
                files[path] = Entry(path, int(size) if size.isdigit() else 0, blob.decode())
            parent = path.rpartition("/")[0]
            while parent and parent not in folders:
                folders.add(parent)
                parent = parent.rpartition("/")[0]
        return files, links, frozenset(folders)

    def changed_since(self, revision: str) -> frozenset[str]:
        """Paths that differ from another revision. Raises TreeError if there is none such."""
        out = self._git("diff", "--name-only", "-z", "--end-of-options", revision, self._commit)
        return frozenset(os.fsdecode(out).split("\0")[:-1])

    def read_blob(self, blob: str) -> bytes:
        """The content git knows by this id. Raises TreeError if the repository lacks it."""
        if self._reader is None or self._read_by != os.getpid():
            self._read_by = os.getpid()
            self._reader = subprocess.Popen(
                ["git", "--git-dir", self._git_dir, "cat-file", "--batch"],
                env=reading(),
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=subprocess.DEVNULL,
            )
            weakref.finalize(self, _end, self._reader)  # no process outlives its tree
        source, sink = self._reader.stdout, self._reader.stdin
        assert source is not None
        assert sink is not None
        try:
            sink.write(blob.encode() + b"\n")
            sink.flush()
            header = source.readline().split()
        except BrokenPipeError:
            header = []
        if len(header) != 3 or header[1] != b"blob":
            raise TreeError(f"{self._shown}: object {blob} cannot be read")
        size = int(header[2])
        if size > SIZE_LIMIT:
            self.close()
            raise TreeError(
                f"{self._shown}: object {blob} has {size} bytes, more than kstale reads"
            )
        data = source.read(size)
        source.read(1)
        return data

    def _locate(self, path: str) -> str | None:
        """Follows symbolic links, also of folders, as long as they stay in the tree."""
        plain = inside(path)
        _, links, _ = self._listing
        for _ in range(_LINK_HOPS):
            if plain is None:
                return None
            parts = PurePosixPath(plain).parts
            heads = ("/".join(parts[: n + 1]) for n in range(len(parts)))
            link = next((head for head in heads if head in links), None)
            if link is None:
                return plain
            target = os.fsdecode(self.read_blob(links[link]))
            if target.startswith("/"):
                return None
            folder = link.rpartition("/")[0]
            plain = inside("/".join(p for p in (folder, target + plain[len(link) :]) if p))
        return None

    def read(self, path: str) -> bytes | None:
        """The file's bytes, or None if there is no such regular file in the tree."""
        real = self._locate(path)
        entry = self._listing[0].get(real) if real is not None else None
        return self.read_blob(entry.blob) if entry is not None else None

    def exists(self, path: str) -> bool:
        """True for a file or a folder of the tree."""
        real = self._locate(path)
        return real is not None and (real in self._listing[0] or real in self._listing[2])

    def files(self, under: str = "") -> Iterator[str]:
        """Paths of all regular files below a folder (or the file itself), sorted."""
        real = self._locate(under)
        if real is None:
            return
        below = real + "/" if real else ""
        for path in sorted(self._listing[0]):
            if path.startswith(below) or path == real:
                yield path

    def entries(self) -> Iterator[Entry]:
        """All regular files with their blob ids, sorted by path."""
        listing = self._listing[0]
        return (listing[path] for path in sorted(listing))
