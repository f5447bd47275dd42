"""The daemon's side: wait, and for each client a keeper, who runs the command in a copy of its own.

The daemon itself reads nothing that a client sends, so that none can hold it up. The keeper reads
what was asked, forks the process that becomes the command, passes signals on to it, and ends it
when the client goes away.
"""

from __future__ import annotations

import fcntl
import gc
import os
import select
import signal
import socket
import time
from collections.abc import Callable, Sequence
from contextlib import suppress

from reviewer.daemon.address import short
from reviewer.daemon.becoming import Request, become, request
from reviewer.errors import KstaleError
from reviewer.unit.worker import die_with

Run = Callable[[Sequence[str]], int]
FAILED = 2
_PATIENCE = 10.0
"""Seconds that a client has to say what it wants."""
_GRACE = 5.0
"""Seconds in which a command may end by itself when its client is gone."""
_LOOK_EVERY = 60.0
"""Seconds after which the daemon sees that its socket was taken away."""


class TakenError(KstaleError):
    """Another daemon listens there."""


def listen(path: str) -> socket.socket:
    """The socket at ``path``, in place of one that a daemon has left.

    Raises TakenError, and KstaleError if it cannot be made.
    """
    try:
        lock = os.open(f"{path}.lock", os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise TakenError("a daemon is running") from None
        with suppress(FileNotFoundError):
            os.unlink(path)
        socket_ = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        with short(path) as name:
            socket_.bind(name)
        socket_.listen()
    except OSError as error:
        raise KstaleError(f"{path}: {error.strerror}") from error
    return socket_


def serve(listening: socket.socket, path: str, run: Run, idle: float) -> None:
    """Run what clients ask for until none came for ``idle`` seconds, SIGTERM, or no socket is left.

    The lock that ``listen`` took is held as long as this process or a copy of it lives.
    """
    own = os.stat(path).st_ino
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    signal.signal(signal.SIGHUP, signal.SIG_IGN)
    ended: list[int] = []  # an exception would get lost in a hook of fork()
    signal.signal(signal.SIGTERM, lambda number, _frame: ended.append(number))
    woken = _woken_by_children()
    gc.collect()
    gc.freeze()
    last = time.monotonic()
    try:
        while not ended and (left := idle - (time.monotonic() - last)) > 0 and _stands(path, own):
            waiting: list[int | socket.socket] = [listening, woken]
            ready = select.select(waiting, [], [], min(left, _LOOK_EVERY))[0]
            if woken in ready:
                _wait_for_ended(woken)
            if listening not in ready:
                continue
            client, _ = listening.accept()
            last = time.monotonic()
            with client, suppress(OSError):
                if os.fork() == 0:
                    _keep(listening, client, run)
    finally:
        if _stands(path, own):
            os.unlink(path)


def _woken_by_children() -> int:
    """A pipe that can be read when a child has ended, or another signal came."""
    reader, writer = os.pipe()
    for one in (reader, writer):
        os.set_blocking(one, False)
    signal.set_wakeup_fd(writer, warn_on_full_buffer=False)
    signal.signal(signal.SIGCHLD, lambda _number, _frame: None)
    return reader


def _wait_for_ended(woken: int) -> None:
    """Waited for, what children cost is found with the daemon (proc(5), cutime)."""
    _read(woken)
    with suppress(ChildProcessError):
        while os.waitpid(-1, os.WNOHANG)[0]:
            continue


def _stands(path: str, inode: int) -> bool:
    try:
        return os.stat(path).st_ino == inode
    except OSError:
        return False


def _keep(listening: socket.socket, client: socket.socket, run: Run) -> None:
    """In a copy of the daemon: one command from its request to its status."""
    try:
        listening.close()
        for number in (signal.SIGTERM, signal.SIGCHLD, signal.SIGHUP):
            signal.signal(number, signal.SIG_DFL)
        client.settimeout(_PATIENCE)
        asked = request(client)
        if asked is not None:
            client.settimeout(None)
            _run(client, asked, run)
    finally:
        os._exit(0)


def _run(client: socket.socket, asked: Request, run: Run) -> None:
    woken = _woken_by_children()
    keeper = os.getpid()
    command = os.fork()
    if command == 0:
        status = FAILED
        try:
            os.setpgid(0, 0)
            die_with(keeper)
            signal.set_wakeup_fd(-1)
            signal.signal(signal.SIGCHLD, signal.SIG_DFL)
            os.close(woken)
            client.close()
            status = become(asked, run)
        finally:
            os._exit(status)
    with suppress(OSError):
        os.setpgid(command, command)  # whoever of the two comes first
    asked.close()
    client.send(bytes((_watched(client, command, woken),)))


def _watched(client: socket.socket, command: int, woken: int) -> int:
    """The command's status; 2 if a signal ended it, which its stderr cannot say."""
    waiting: list[int | socket.socket] = [woken, client]
    end = None
    while True:
        left = None if end is None else max(0.0, end - time.monotonic())
        ready = select.select(waiting, [], [], left)[0]
        done, status = os.waitpid(command, os.WNOHANG)
        if done:
            code = os.waitstatus_to_exitcode(status)
            return code if code >= 0 else FAILED
        if woken in ready:
            _read(woken)
        if client in ready:
            numbers = client.recv(64)
            for number in numbers or (signal.SIGTERM,):
                _signal(command, number)
            if not numbers:
                waiting, end = [woken], time.monotonic() + _GRACE
        elif end is not None and time.monotonic() >= end:
            _signal(command, signal.SIGKILL)


def _read(woken: int) -> None:
    with suppress(BlockingIOError):
        os.read(woken, 1 << 10)


def _signal(command: int, number: int) -> None:
    """To the command and to all that it started."""
    with suppress(ProcessLookupError, PermissionError, ValueError):
        os.killpg(command, number)
