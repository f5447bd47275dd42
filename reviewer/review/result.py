"""What is left of a judged file: findings and counts, small enough to be sent and kept."""

from __future__ import annotations

import dataclasses
import enum
import io
import json
import pickle
import zlib
from collections.abc import Callable
from dataclasses import astuple, dataclass
from typing import Any, TypeVar

from reviewer.errors import ResultError
from reviewer.finding import Finding
from reviewer.review.head import Head, head_bytes
from reviewer.review.model import Stats
from reviewer.review.told import Told, told_bytes, told_from
from reviewer.unit.inflate import inflated

T = TypeVar("T")
_LEVEL = 3
_MODULES = ("reviewer.",)


@dataclass(frozen=True, slots=True)
class FileResult:
    """One file, judged; ``ledger`` has its lines if they were asked for.

    ``told`` is what its claims came to.
    """

    findings: tuple[Finding, ...]
    stats: Stats
    ledger: tuple[str, ...] = ()
    told: tuple[Told, ...] = ()


class _Reader(pickle.Unpickler):
    """Reads back findings and nothing else: the store lies where others might write.

    Only dataclasses and enumerations of kstale can be named, and making one runs no code of a
    writer's choice.
    """

    def find_class(self, module: str, name: str) -> Any:
        """The class of that name. Raises UnpicklingError if it is none of ours."""
        if module.startswith(_MODULES) and not module.endswith("__main__"):  # it would run
            found = super().find_class(module, name)
            if dataclasses.is_dataclass(found):
                return found
            if isinstance(found, type) and issubclass(found, enum.Enum):
                return found
        raise pickle.UnpicklingError(f"{module}.{name} is no part of a result")


class _Writer(pickle.Pickler):
    """Writes a dataclass as what it is made of: four times as fast to read back as its state."""

    def reducer_override(self, thing: Any) -> Any:
        """The class and its arguments, where they are all that there is to it."""
        kind = type(thing)
        if not dataclasses.is_dataclass(kind) or hasattr(thing, "__dict__"):
            return NotImplemented
        return kind, tuple([getattr(thing, one.name) for one in dataclasses.fields(kind)])


def packed(result: FileResult) -> bytes:
    """A result as bytes: its head, its answers, its findings, the lines of the ledger."""
    answers = told_bytes(result.told)
    told = zlib.compress(answers, _LEVEL)
    findings = _pickled(result) if result.findings else b""
    lines = zlib.compress(json.dumps(result.ledger).encode(), _LEVEL) if result.ledger else b""
    sizes = len(told), len(findings)
    counts = len(result.findings), len(result.ledger)
    return head_bytes(result.stats, result.told, answers, counts, sizes) + told + findings + lines


def _pickled(result: FileResult) -> bytes:
    file = io.BytesIO()
    _Writer(file, protocol=5).dump((astuple(result.stats), result.findings))
    return zlib.compress(file.getbuffer(), _LEVEL)


def head(data: bytes | memoryview) -> Head:
    """The head of a packed result. Raises ResultError if it has none."""
    try:
        return Head(memoryview(data))
    except ValueError as error:
        raise ResultError(str(error)) from error


def told_in(data: bytes | memoryview) -> tuple[Told, ...]:
    """What the claims of a packed result came to. Raises ResultError."""
    start, end, _ = head(data).parts
    return _read(told_from, data[start:end])


def findings_in(data: bytes | memoryview) -> tuple[Finding, ...]:
    """The findings of a packed result. Raises ResultError."""
    seen = head(data)
    _, start, end = seen.parts
    if not seen.findings:
        return ()
    return _read(lambda plain: _findings(plain, seen), data[start:end])


def lines_in(data: bytes | memoryview) -> tuple[str, ...]:
    """The lines of the ledger of a packed result. Raises ResultError."""
    seen = head(data)
    if not seen.lines:
        return ()
    return _read(lambda plain: _lines(plain, seen), data[seen.parts[-1] :])


def _read(read: Callable[[bytes], T], data: bytes | memoryview) -> T:
    try:
        return read(inflated(data))
    except Exception as error:  # pickle says that any may come of damaged bytes
        raise ResultError(f"{type(error).__name__}: {error}") from error


def _findings(plain: bytes, seen: Head) -> tuple[Finding, ...]:
    counts, found = _Reader(io.BytesIO(plain)).load()
    if type(found) is not tuple or not all(isinstance(one, Finding) for one in found):
        raise ValueError("something else")
    if (counts, len(found)) != (seen.counts, seen.findings):
        raise ValueError("its head says otherwise")
    return found


def _lines(plain: bytes, seen: Head) -> tuple[str, ...]:
    found = tuple(json.loads(plain))
    if len(found) != seen.lines or not all(isinstance(one, str) for one in found):
        raise ValueError("no lines of a ledger")
    return found
