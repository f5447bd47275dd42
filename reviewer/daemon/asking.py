"""A client's side: hand a command to the daemon, forward signals, wait for the status."""

from __future__ import annotations

import json
import os
import resource
import signal
import socket
import struct
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from io import TextIOWrapper
from types import FrameType

from reviewer.daemon.address import address, short
from reviewer.errors import KstaleError

FORWARDED = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)
LIMITS = tuple(one for one in sorted(vars(resource)) if one.startswith("RLIMIT_"))
_CREDENTIALS = struct.Struct("3i")
"""Process, user and group of who listens (SO_PEERCRED, unix(7))."""


class DaemonEndedError(KstaleError):
    """The daemon took the command and went away before it said how that ended."""


def ask(arguments: Sequence[str]) -> int | None:
    """The status of a command that the daemon ran; None, and nothing was done, if there is none.

    Raises DaemonEndedError.
    """
    try:
        connection = connected()
    except (KstaleError, OSError):
        return None  # without a private folder there is no daemon
    if connection is None:
        return None
    with connection:
        return _status(connection) if _sent(connection, arguments) else None


def connected() -> socket.socket | None:
    """A connection to the daemon of this code and user; None if there is none.

    Raises KstaleError if the user has no private folder.
    """
    path = address()
    if not hasattr(socket, "SO_PEERCRED") or not os.path.exists(path):
        return None
    connection = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
    try:
        with short(path) as name:
            connection.connect(name)
    except OSError:
        connection.close()  # what a daemon that was killed has left
        return None
    return connection


def listener(connection: socket.socket) -> int:
    """The process that listens at the other end."""
    size = _CREDENTIALS.size
    found = connection.getsockopt(socket.SOL_SOCKET, socket.SO_PEERCRED, size)
    process: int = _CREDENTIALS.unpack(found)[0]
    return process


def _sent(connection: socket.socket, arguments: Sequence[str]) -> bool:
    """Hands over the open files and all that a process inherits; False if they are not there."""
    here = None
    try:
        here = os.open(".", os.O_RDONLY | os.O_DIRECTORY)
        files = [*_standard(), here]
        text = json.dumps(
            {
                "arguments": list(arguments),
                "environment": dict(os.environ),
                "umask": _umask(),
                "nice": os.nice(0),
                "limits": {one: resource.getrlimit(getattr(resource, one)) for one in LIMITS},
                "streams": [_stream(one) for one in (sys.stdin, sys.stdout, sys.stderr)],
            }
        ).encode()
        socket.send_fds(connection, [struct.pack("!I", len(text))], files)
        connection.sendall(text)
    except OSError:
        return False
    finally:
        if here is not None:
            os.close(here)
    return True


def _standard() -> list[int]:
    for number in (0, 1, 2):
        os.fstat(number)  # raises OSError for one that is closed
    return [0, 1, 2]


def _stream(stream: object) -> dict[str, object]:
    """How the interpreter opened a stream, by locale, terminal and its own options."""
    if not isinstance(stream, TextIOWrapper):
        return {}
    return {
        "encoding": stream.encoding,
        "errors": stream.errors or "strict",
        "lines": stream.line_buffering,
        "unbuffered": stream.write_through,
    }


def _umask() -> int:
    now = os.umask(0o077)
    os.umask(now)
    return now


def _status(connection: socket.socket) -> int:
    with _forwarding(connection):
        try:
            answer = connection.recv(1)
        except OSError:
            answer = b""
    if not answer:
        raise DaemonEndedError("the daemon ended before the command was done (kstale daemon stop?)")
    return answer[0]


@contextmanager
def _forwarding(connection: socket.socket) -> Iterator[None]:
    """Signals that end a command are sent to the one that does the work.

    One that this process was begun to ignore, as by nohup, it ignores as it would by itself.
    """

    def forward(number: int, _frame: FrameType | None) -> None:
        with suppress(OSError):
            connection.send(bytes((number,)))

    heard = [one for one in FORWARDED if signal.getsignal(one) is not signal.SIG_IGN]
    before = {number: signal.signal(number, forward) for number in heard}
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
