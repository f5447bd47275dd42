"""What is left of a judged file: findings and counts, small enough to be sent and kept."""

from __future__ import annotations

import dataclasses
import enum
import io
import pickle
import zlib
from dataclasses import astuple, dataclass
from typing import Any

from reviewer.errors import ResultError
from reviewer.finding import Finding
from reviewer.review.head import Head, head_bytes, head_of
from reviewer.review.model import Stats
from reviewer.review.told import Told
from reviewer.unit.inflate import inflated

_LEVEL = 3
_SIZE = 4
_MODULES = ("reviewer.",)


@dataclass(frozen=True, slots=True)
class FileResult:
    """One file, judged; ``ledger`` has its lines if they were asked for.

    ``told`` what its claims came to, if that was asked for. ``causes`` says what could not be
    judged in it, a line each. ``seconds`` is time by rule.
    """

    path: str
    findings: tuple[Finding, ...]
    stats: Stats
    ledger: tuple[str, ...] = ()
    causes: tuple[str, ...] = ()
    seconds: tuple[tuple[str, float], ...] = ()
    told: tuple[Told, ...] = ()


class _Reader(pickle.Unpickler):
    """Reads back results and nothing else: the store lies where others might write.

    Only dataclasses and enumerations of kstale can be named, and making one runs no code of a
    writer's choice.
    """

    def find_class(self, module: str, name: str) -> Any:
        """The class of that name. Raises UnpicklingError if it is none of ours."""
        ours = module.startswith(_MODULES) and not module.endswith("__main__")  # it would run
        if ours or (module, name) == ("array", "_array_reconstructor"):
            found = super().find_class(module, name)
            if dataclasses.is_dataclass(found) or module == "array":
                return found
            if isinstance(found, type) and issubclass(found, enum.Enum):
                return found
        raise pickle.UnpicklingError(f"{module}.{name} is no part of a result")


def packed(result: FileResult) -> bytes:
    """A result as bytes, without the times, which differ from run to run."""
    plain = dataclasses.replace(result, seconds=())
    head = head_bytes(result.stats, len(result.findings), len(result.ledger), result.told)
    body = zlib.compress(pickle.dumps(plain, protocol=5), _LEVEL)
    return len(head).to_bytes(_SIZE, "little") + head + body


def head(data: bytes) -> Head:
    """The head of a packed result. Raises ResultError if it has none."""
    try:
        return head_of(memoryview(data)[_SIZE : _SIZE + _head_size(data)])
    except ValueError as error:
        raise ResultError(str(error)) from error


def unpacked(data: bytes) -> FileResult:
    """A result from its bytes. Raises ResultError if they are no such thing."""
    try:
        body = memoryview(data)[_SIZE + _head_size(data) :]
        found = _Reader(io.BytesIO(inflated(body))).load()
    except Exception as error:  # pickle says that any may come of damaged bytes
        raise ResultError(f"{type(error).__name__}: {error}") from error
    if not isinstance(found, FileResult):
        raise ResultError("something else")
    said, sizes = head(data), (len(found.findings), len(found.ledger))
    if (said.counts, (said.findings, said.lines)) != (astuple(found.stats), sizes):
        raise ResultError("its head says otherwise")
    return found


def _head_size(data: bytes) -> int:
    return int.from_bytes(data[:_SIZE], "little")
