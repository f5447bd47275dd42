"""What the stages above read patches with: bytes or a folder in, messages and series out."""

from __future__ import annotations

from pathlib import Path

from reviewer.errors import InputError
from reviewer.mail.limits import MAX_BYTES, MAX_MESSAGES
from reviewer.mail.mailbox import read_messages
from reviewer.mail.model import Message, Series
from reviewer.mail.series import group_messages

__all__ = ["read_file", "read_maildir", "read_messages", "read_path", "read_series"]


def read_series(source_name: str, data: bytes) -> tuple[Series, ...]:
    """The patch series in a mail, mailbox, archive text or bare diff, in order.

    A reply that quotes a patch is a series of that one patch. A cover letter alone gives a series
    without patches and with a note. ``source_name`` names the input in errors. Raises InputError
    when there is no patch at all, and PatchError for a diff that cannot be read.
    """
    return group_messages(source_name, read_messages(source_name, data))


def read_path(path: str | Path) -> tuple[Series, ...]:
    """The series in a file or in a maildir; see ``read_file`` and ``read_series``."""
    return group_messages(str(path), read_file(path))


def read_file(path: str | Path) -> tuple[Message, ...]:
    """The messages of a file or of a maildir (a folder with ``cur`` and ``new``).

    Raises InputError for what cannot be opened, and as ``read_messages`` does.
    """
    place = Path(path)
    if place.is_dir():
        return read_maildir(place)
    try:
        if not place.is_file() and not place.is_fifo():
            raise InputError(str(path), 0, "no such file")
        with place.open("rb") as file:
            data = file.read(MAX_BYTES + 1)
    except OSError as error:
        raise InputError(str(path), 0, f"cannot be read: {error.strerror}") from error
    return read_messages(str(path), data)


def read_maildir(folder: Path) -> tuple[Message, ...]:
    """The messages of a maildir in order of their file names, which begin with delivery time.

    Raises InputError when the folder is no maildir, is empty or holds too much.
    """
    boxes = [folder / name for name in ("cur", "new") if (folder / name).is_dir()]
    if not boxes:
        raise InputError(str(folder), 0, "a folder, but not a maildir (no cur/ or new/ in it)")
    files = sorted(
        (file for box in boxes for file in box.iterdir() if file.is_file()),
        key=lambda file: file.name,
    )
    if not files:
        raise InputError(str(folder), 0, "an empty maildir")
    if len(files) > MAX_MESSAGES or sum(file.stat().st_size for file in files) > MAX_BYTES:
        raise InputError(str(folder), 0, "too many or too large messages in the maildir")
    return tuple(
        message for file in files for message in read_messages(str(file), file.read_bytes())
    )
