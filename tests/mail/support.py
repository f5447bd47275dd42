"""Trees and patches for the tests of reviewer.mail."""

from __future__ import annotations

from pathlib import Path

from reviewer.mail.apply import rebuild
from reviewer.mail.model import FileChange, Patch
from reviewer.mail.read import read_series

ROOT = Path(__file__).resolve().parents[2]
PATCHES = ROOT / "fixtures" / "patches"
TREE = ROOT / "fixtures" / "tree"


class Files(dict[str, bytes]):
    """A tree in memory."""

    def read(self, path: str) -> bytes | None:
        return self.get(path)


def read_in(folder: Path, path: str) -> bytes | None:
    """A file below a folder."""
    file = folder / path
    return file.read_bytes() if file.is_file() else None


def read_sample(path: str) -> bytes | None:
    """A file of the bundled sample tree."""
    return read_in(TREE, path)


def only_patch(data: bytes) -> Patch:
    """The one patch in a mail."""
    (series,) = read_series("test.mail", data)
    (patch,) = series.patches
    return patch


def only_change(patch: Patch, files: Files) -> FileChange:
    """The one file of a patch, rebuilt."""
    (change,) = rebuild(patch, files.read)
    return change
