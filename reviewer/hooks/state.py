"""What the hook remembers between the mails of one ``git send-email`` run.

git calls the hook once a mail and in a new process each time, so the patches before the one at
hand are kept in a folder that only the user can open.
"""

from __future__ import annotations

import hashlib
import os
import shutil
import time
from pathlib import Path

from reviewer.errors import InputError
from reviewer.mail.limits import MAX_BYTES
from reviewer.private import private_folder

_KEPT_SECONDS = 3600
"""A run that was given up leaves its mails; after this time they are not believed any more."""


class SeriesState:
    """The mails 1 to n-1 of a series while mail n is judged."""

    def __init__(self, work_tree: Path, version: int, total: int, base: Path | None = None) -> None:
        name = f"{work_tree.resolve()}\0{version}\0{total}"
        key = hashlib.sha256(name.encode("utf-8", "surrogateescape")).hexdigest()[:32]
        self._folder = (base or private_folder()) / key

    def earlier(self, index: int) -> list[bytes]:
        """Mails 1 to ``index``-1, oldest first; [] unless all of them were seen just now."""
        mails: list[bytes] = []
        for number in range(1, index):
            file = self._folder / f"{number:04d}.mail"
            try:
                if time.time() - file.stat().st_mtime > _KEPT_SECONDS:
                    return []
                mails.append(file.read_bytes())
            except OSError:
                return []
        return mails

    def keep(self, index: int, mail: bytes) -> None:
        """Remember a mail; the first of a series forgets what was there before."""
        if index == 1:
            self.forget()
        if len(mail) > MAX_BYTES:
            return
        self._folder.mkdir(mode=0o700, exist_ok=True)
        file = self._folder / f"{index:04d}.mail"
        fresh = file.with_suffix(f".{os.getpid()}")
        fresh.write_bytes(mail)
        fresh.replace(file)

    def forget(self) -> None:
        """Drop all mails of the series."""
        shutil.rmtree(self._folder, ignore_errors=True)


def contents(file: Path) -> bytes:
    """The bytes of a mail. Raises InputError."""
    try:
        with file.open("rb") as stream:
            return stream.read(MAX_BYTES + 1)
    except OSError as error:
        raise InputError(str(file), 0, f"cannot be read: {error.strerror}") from error
