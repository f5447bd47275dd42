"""From a copy of the daemon to the command that a client asked for."""

from __future__ import annotations

import json
import os
import resource
import signal
import socket
import struct
import sys
import time
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from io import TextIOWrapper
from typing import Any

_FILES = 4
"""Standard input, output and error, and the folder in which the client stands."""
_MOST = 16 << 20
"""Bytes of a request: arguments and environment of a process take at most a quarter of its stack
(execve(2)), and hardly ever more than some MiB."""


@dataclass(frozen=True, slots=True)
class Request:
    """What a client hands over, as a process inherits it."""

    files: tuple[int, ...]
    arguments: tuple[str, ...]
    environment: Mapping[str, str]
    umask: int
    nice: int
    limits: Mapping[str, tuple[int, int]]
    streams: tuple[Mapping[str, Any], ...]

    def close(self) -> None:
        """Let the files go, where only the command needs them."""
        for one in self.files:
            os.close(one)


def request(client: socket.socket) -> Request | None:
    """What a client wants; None if it goes away, or is not one of ours."""
    try:
        head, files, _, _ = socket.recv_fds(client, 4, _FILES)
        if len(head) < 4 or len(files) < _FILES:
            return None
        (size,) = struct.unpack("!I", head)
        data = bytearray()
        while len(data) < size <= _MOST and (piece := client.recv(min(size - len(data), 1 << 16))):
            data += piece
        said = json.loads(data)
    except (OSError, ValueError):
        return None
    return Request(
        tuple(files),
        tuple(said["arguments"]),
        said["environment"],
        said["umask"],
        said["nice"],
        {name: (soft, hard) for name, (soft, hard) in said["limits"].items()},
        tuple(said["streams"]),
    )


def become(asked: Request, run: Callable[[Sequence[str]], int]) -> int:
    """Take over all that the client handed over, and run its command; returns the status."""
    signal.signal(signal.SIGINT, signal.default_int_handler)
    *standard, here = asked.files
    for number, file in enumerate(standard):
        os.dup2(file, number)
        if file > 2:
            os.close(file)
    os.fchdir(here)
    os.close(here)
    os.umask(asked.umask)
    os.environ.clear()
    os.environ.update(asked.environment)
    time.tzset()
    with suppress(OSError):
        os.nice(max(0, asked.nice - os.nice(0)))
    for name, (soft, hard) in asked.limits.items():
        with suppress(OSError, ValueError, AttributeError):
            resource.setrlimit(getattr(resource, name), (soft, hard))
    sys.stdin, sys.stdout, sys.stderr = (
        _opened(number, how) for number, how in enumerate(asked.streams)
    )
    sys.argv[1:] = asked.arguments
    status = run(asked.arguments)
    for stream in (sys.stdout, sys.stderr):
        with suppress(OSError, ValueError):
            stream.flush()
    return status


def _opened(number: int, how: Mapping[str, Any]) -> TextIOWrapper:
    """A standard stream as the interpreter opens it."""
    binary = open(number, "rb" if number == 0 else "wb", closefd=False)  # noqa: SIM115 - for good
    return TextIOWrapper(
        binary,
        encoding=how.get("encoding", "utf-8"),
        errors=how.get("errors", "backslashreplace"),
        line_buffering=bool(how.get("lines", number == 2)),
        write_through=bool(how.get("unbuffered")),
    )
