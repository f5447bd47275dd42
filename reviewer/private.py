"""A folder for what lives between two commands of one user: sockets, the mails of a run."""

from __future__ import annotations

import os
import stat
import tempfile
from pathlib import Path

from reviewer.errors import KstaleError


def private_folder() -> Path:
    """A folder of the user's own, mode 0700; never one that somebody else has put there.

    Raises KstaleError if it cannot be had.
    """
    uid = os.getuid()
    folder = Path(os.environ.get("XDG_RUNTIME_DIR") or tempfile.gettempdir()) / f"kstale-{uid}"
    try:
        folder.mkdir(mode=0o700, exist_ok=True)
        found = folder.lstat()
    except OSError as error:
        raise KstaleError(f"{folder}: {error.strerror}") from error
    if not stat.S_ISDIR(found.st_mode) or found.st_uid != uid or found.st_mode & 0o077:
        raise KstaleError(f"{folder}: is not a private folder of yours, so it is not used")
    return folder
