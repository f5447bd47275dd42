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
"""Bytes of a file that is still added to: some 10,000 answers, read in 0.1 s."""


@dataclass(frozen=True, slots=True)
class Answer:
    """Whether a program's outcome is possible under one model.

    ``drawing`` and ``execution`` (JSON) show the execution that was found, '' if there is none.
    """

    verdict: str
    bounded: bool
    drawing: str = ""
    execution: str = ""


def key_of(text: str, model: str, variants: frozenset[str]) -> str:
    """The key of a program on a machine; of a machine only what the simulator knows of it."""
    parts = (text, model, *sorted(variants))
    return hashlib.sha256("\0".join(parts).encode("utf-8", "surrogatepass")).hexdigest()[:32]


class Answers:
    """The answers of one file; nothing is kept where it cannot be written."""

    def __init__(self, file: Path) -> None:
        self._file = file
        self._known = _read(file)

    def get(self, key: str) -> Answer | None:
        """The answer that was kept under a key."""
        return self._known.get(key)

    def add(self, key: str, answer: Answer) -> None:
        """Keep an answer for this run and those that follow."""
        self._known[key] = answer
        body = json.dumps(asdict(answer))
        line = f"{key} {zlib.crc32(body.encode()):08x} {body}\n".encode()
        with suppress(OSError):
            self._file.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
            if self._file.exists() and self._file.stat().st_size > _AT_MOST:
                return
            handle = os.open(self._file, os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o600)
            try:
                os.write(handle, line)
            finally:
                os.close(handle)


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


def _read(file: Path) -> dict[str, Answer]:
    found: dict[str, Answer] = {}
    try:
        lines = file.read_bytes().split(b"\n")
    except OSError:
        return found
    for line in lines:
        key, _, rest = line.partition(b" ")
        check, _, body = rest.partition(b" ")
        with suppress(ValueError, TypeError):
            if int(check, 16) == zlib.crc32(body):
                found[key.decode()] = Answer(**json.loads(body))
    return found
