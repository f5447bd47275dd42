"""Where the daemon listens: a socket in a folder that only the user can open.

Its name stands for the interpreter and for kstale's files as they were when it was started, so
that after an update, or an edit, nobody is answered by the code of before.
"""

from __future__ import annotations

import hashlib
import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager

from reviewer.data import data_folder
from reviewer.private import private_folder

_CODE = (".py", ".toml")


def address() -> str:
    """The path of the socket; the same for every process that would load the same code.

    Raises KstaleError if the user has no private folder.
    """
    made_of = hashlib.sha256(f"{sys.version}\0{sys.executable}\0{sys.flags}\0".encode())
    made_of.update(sys.getfilesystemencoding().encode())
    package = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
    for folder in (package, str(data_folder("rules"))):
        for stamp in sorted(_stamps(folder)):
            made_of.update(stamp.encode("utf-8", "surrogateescape"))
    return str(private_folder() / f"daemon-{made_of.hexdigest()[:16]}")


@contextmanager
def short(path: str) -> Iterator[str]:
    """A name for the socket at ``path`` that fits where a socket's name must (107 bytes, unix(7)).

    A folder for temporary files may lie deep.
    """
    folder = os.open(os.path.dirname(path), os.O_PATH | os.O_DIRECTORY | os.O_CLOEXEC)
    try:
        yield f"/proc/self/fd/{folder}/{os.path.basename(path)}"
    finally:
        os.close(folder)


def _stamps(folder: str) -> Iterator[str]:
    """Name, size and date of the files that make up the program."""
    with os.scandir(folder) as entries:
        for entry in entries:
            if entry.is_dir(follow_symlinks=False):
                yield from _stamps(entry.path)
            elif entry.name.endswith(_CODE):
                found = entry.stat()
                yield f"{entry.path}\0{found.st_size}\0{found.st_mtime_ns}\0"
