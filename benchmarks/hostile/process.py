"""One whole run of the command line, in a process with its own pipes, limits and folder.

``forked`` starts it from a process that has kstale imported: the child's descriptors, environment,
working directory, limits, arguments and exit status are its own, and whatever it changes ends with
it. Not the same as a cold interpreter are the imports, what the libraries keep from earlier inputs
of the parent (compiled expressions, grammars, rules), and the interpreter's last breath (atexit,
finalizers), which is not drawn. ``started`` is a cold interpreter, half a second more.
"""

from __future__ import annotations

import os
import resource
import selectors
import signal
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from benchmarks.hostile.samples import ROOT
from reviewer.cli.main import main as command_line

CPU_SECONDS = 5
"""Most processor time of one input; three times what the slowest good one of the fixtures takes."""
_WALL_SECONDS = 120
"""When an input counts as hung though it uses no processor; a machine may be busy."""
_MOST_MEMORY = 4 << 30


@dataclass(frozen=True, slots=True)
class Asked:
    """What a process is given."""

    argv: tuple[str, ...]
    stdin: bytes = b""
    closed: bool = False
    """Nobody reads its standard output."""
    kind: str = ""


@dataclass(frozen=True, slots=True)
class Done:
    """How a process ended."""

    status: int
    """Exit status, or minus the number of the signal."""
    out: bytes
    err: bytes
    cpu: float
    """Seconds of user and system time."""
    memory: int
    """Bytes of resident memory at worst."""
    hung: bool = False


Run = Callable[[Asked, Path], Done]


def forked(asked: Asked, folder: Path) -> Done:
    """A child of this process."""
    return _run(asked, folder, _as_child)


def started(asked: Asked, folder: Path) -> Done:
    """An interpreter of its own."""
    return _run(asked, folder, _as_interpreter)


def _run(asked: Asked, folder: Path, become: Callable[[Asked], None]) -> Done:
    """Fork, give the child its pipes, and wait until it ends."""
    (his_in, my_in), (my_out, his_out), (my_err, his_err) = os.pipe(), os.pipe(), os.pipe()
    child = os.fork()
    if not child:
        try:
            for number, end in enumerate((his_in, his_out, his_err)):
                os.dup2(end, number)
            os.closerange(3, max(my_in, his_in, my_out, his_out, my_err, his_err) + 1)
            _confine(folder)
            become(asked)
        finally:
            os._exit(70)
    for end in (his_in, his_out, his_err):
        os.close(end)
    if asked.closed:
        os.close(my_out)
        my_out = -1
    hung = False
    out, err = bytearray(), bytearray()
    try:
        _exchange(my_in, asked.stdin, {my_out: out, my_err: err})
    except TimeoutError:
        os.kill(child, signal.SIGKILL)
        hung = True
    _, status, used = os.wait4(child, 0)
    return Done(
        os.waitstatus_to_exitcode(status),
        bytes(out),
        bytes(err),
        used.ru_utime + used.ru_stime,
        used.ru_maxrss * 1024,
        hung,
    )


def _exchange(write: int, data: bytes, read: dict[int, bytearray]) -> None:
    """Feed ``data``, collect what comes; raises TimeoutError. All descriptors are closed then."""
    os.set_blocking(write, False)
    until = time.monotonic() + _WALL_SECONDS
    with selectors.DefaultSelector() as waiting:
        waiting.register(write, selectors.EVENT_WRITE)
        for end in read:
            if end >= 0:
                waiting.register(end, selectors.EVENT_READ)
        try:
            while waiting.get_map():
                ready = waiting.select(until - time.monotonic())
                if not ready and time.monotonic() >= until:
                    raise TimeoutError
                for key, _ in ready:
                    if key.fd == write:
                        data, ended = _fed(write, data)
                    else:
                        piece = os.read(key.fd, 1 << 16)
                        read[key.fd] += piece
                        ended = not piece
                    if ended:
                        waiting.unregister(key.fd)
                        os.close(key.fd)
        finally:
            for key in list(waiting.get_map().values()):
                os.close(key.fd)


def _fed(end: int, data: bytes) -> tuple[bytes, bool]:
    """What is left to write, and whether it is over."""
    try:
        data = data[os.write(end, data) :] if data else b""
    except BrokenPipeError:
        return b"", True
    return data, not data


def _confine(folder: Path) -> None:
    """The child's own folder, environment and limits."""
    for name in ("home", "tmp"):
        (folder / name).mkdir()
    os.chdir(folder)
    for name in [name for name in os.environ if name.startswith("PYTHON")]:
        del os.environ[name]
    os.environ.update(
        HOME=str(folder / "home"),
        TMPDIR=str(folder / "tmp"),
        PYTHONPATH=str(ROOT),
        PYTHONUTF8="1",
        PYTHONWARNINGS="ignore",
    )
    tempfile.tempdir = None
    resource.setrlimit(resource.RLIMIT_CPU, (CPU_SECONDS + 1, CPU_SECONDS + 1))
    resource.setrlimit(resource.RLIMIT_AS, (_MOST_MEMORY, _MOST_MEMORY))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))


def _as_child(asked: Asked) -> None:
    """Run it here, with streams opened as an interpreter opens them; does not return."""
    sys.stdin = os.fdopen(0, encoding="utf-8", errors="surrogateescape")
    sys.stdout = os.fdopen(1, "w", encoding="utf-8", errors="surrogateescape")
    sys.stderr = os.fdopen(2, "w", 1, encoding="utf-8", errors="backslashreplace")
    status = command_line(asked.argv)
    for stream in (sys.stdout, sys.stderr):
        try:
            stream.flush()
        except OSError:
            status = 120  # as the interpreter does
    os._exit(status)


def _as_interpreter(asked: Asked) -> None:
    os.execv(sys.executable, [sys.executable, "-m", "reviewer", *asked.argv])


@contextmanager
def own_cache() -> Iterator[Path]:
    """A folder for everything, with a cache of its own; the same name each time."""
    with tempfile.TemporaryDirectory(prefix="kstale-hostile-") as name:
        os.environ["KSTALE_CACHE"] = f"{name}/cache"
        yield Path(name)
