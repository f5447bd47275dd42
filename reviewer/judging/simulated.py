"""Answers of the simulator, kept from run to run: the same programs come up in every review.

One file a version of the simulator, a line an answer: its key, a check, and the answer as JSON. A
line is written by one call, so that runs side by side do not mix theirs; what is damaged or cut
short is passed over, and worked out again.
"""

from __future__ import annotations

import hashlib
import json
import os
import zlib
from contextlib import suppress
from dataclasses import asdict, dataclass
from functools import cache
from pathlib import Path

from reviewer.data import cache_folder

_FORMAT = 1
_SUFFIXES = frozenset((".py", ".toml", ".cat", ".bell", ".def", ".litmus"))
_AT_MOST = 8 << 20
"""Bytes after which the older half is dropped: a scan of all Linux asks for more than 2,000
answers, of up to 8 KB where an execution was found, and a check must still find its own kept."""


@dataclass(frozen=True, slots=True)
class Answer:
    """Whether a program's outcome is possible under one model.

    ``drawing`` and ``execution`` (JSON) show the execution that was found, '' if there is none.
    """

    verdict: str
    bounded: bool
    drawing: str = ""
    execution: str = ""
    states: str = ""
    """The values that the register listed can end with, of a test that lists one; '' if not all
    are known."""


def key_of(text: str, model: str, variants: frozenset[str]) -> str:
    """The key of a program on a machine; of a machine only what the simulator knows of it."""
    parts = (text, model, *sorted(variants))
    return hashlib.sha256("\0".join(parts).encode("utf-8", "surrogatepass")).hexdigest()[:32]


class Answers:
    """The answers of one file; nothing is kept where it cannot be written."""

    def __init__(self, file: Path) -> None:
        self._file = file
        self._lines = _read(file)
        self._known: dict[str, Answer] = {}

    def get(self, key: str) -> Answer | None:
        """The answer that was kept under a key."""
        if key not in self._known and key in self._lines:
            with suppress(ValueError, TypeError):
                self._known[key] = Answer(**json.loads(self._lines[key]))
        return self._known.get(key)

    def add(self, key: str, answer: Answer) -> None:
        """Keep an answer for this run and those that follow."""
        self._known[key] = answer
        body = json.dumps(asdict(answer))
        line = f"{key} {zlib.crc32(body.encode()):08x} {body}\n".encode()
        with suppress(OSError):
            self._file.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
            if self._file.exists() and self._file.stat().st_size > _AT_MOST:
                self._halve()
            handle = os.open(self._file, os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o600)
            try:
                os.write(handle, line)
            finally:
                os.close(handle)

    def _halve(self) -> None:
        data = self._file.read_bytes()
        begun = self._file.with_name(f"{self._file.name}.{os.getpid()}.part")
        handle = os.open(begun, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
        with os.fdopen(handle, "wb") as file:
            file.write(data[data.find(b"\n", len(data) // 2) + 1 :])
        begun.replace(self._file)


@cache
def answers() -> Answers:
    """The answers of this version of the simulator."""
    return Answers(cache_folder() / f"simulated-{_FORMAT}.{_version()}")


def _version() -> str:
    """A digest of the simulator's code, models and primitives."""
    digest = hashlib.sha256()
    folder = Path(__file__).parent.parent / "mmu"
    for path in sorted(folder.rglob("*")):
        if path.suffix in _SUFFIXES:
            digest.update(f"{path.relative_to(folder)}\0".encode())
            digest.update(path.read_bytes())
    return digest.hexdigest()[:16]


def _read(file: Path) -> dict[str, bytes]:
    """The whole lines of a file by key, each answer still as JSON: few are asked for."""
    found: dict[str, bytes] = {}
    try:
        lines = file.read_bytes().split(b"\n")
    except OSError:
        return found
    for line in lines:
        key, _, rest = line.partition(b" ")
        check, _, body = rest.partition(b" ")
        with suppress(ValueError):
            if int(check, 16) == zlib.crc32(body):
                found[key.decode()] = body
    return found
