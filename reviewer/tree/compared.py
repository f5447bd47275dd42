"""Questions whose answers are compared: a later run asks them again, and looks no further if all
is as it was (a verifying trace with early cutoff, as build systems say).

What such a question was worked out from is left in another form, *covered*: that a part of it has
changed makes the question be asked anew, and only another answer makes a verdict fall. A question
is known by a number made of what was asked and what was answered.
"""

from __future__ import annotations

import dataclasses
import enum
import io
import pickle
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, replace
from hashlib import blake2b
from typing import Any

COVERED = 1 << 32
"""Added to a key that a compared question was worked out from."""
QUESTION = 1 << 33
"""Numbers of questions are beyond it."""
_NUMBER = 7
"""Bytes of a question's number."""
_MODULES = ("reviewer.", "rules.")


@dataclass(frozen=True, slots=True)
class Question:
    """What was asked, what it was worked out from, and a digest of the answer."""

    name: str
    given: bytes
    """The arguments; what stands for the tree is named and not held."""
    answer: bytes
    keys: frozenset[int]
    """Plain keys (``tree.trace``), and numbers of compared questions that it asked itself."""


class Number(int):
    """The number of a question, which is there as long as an answer rests on it."""

    question: Question


_askable: dict[str, Callable[..., object]] = {}


def askable(name: str, function: Callable[..., object]) -> None:
    """Makes a function one that can be asked again by a name."""
    _askable[name] = function


def covered(name: str, given: tuple[object, ...], answer: object, keys: set[int]) -> frozenset[int]:
    """What a question leaves in place of ``keys``: its number, and those, covered."""
    if not keys:
        return frozenset()
    own = frozenset(one for one in keys if one < COVERED or one >= QUESTION)
    question = Question(name, _packed(given), digest_of(answer), own)
    number = Number(_number(question))
    number.question = question
    return frozenset((number, *(one | COVERED for one in keys if one < QUESTION)))


def questions(keys: Iterable[int]) -> dict[int, Question]:
    """The questions among some keys, and those that these asked."""
    found: dict[int, Question] = {}
    left = list(keys)
    while left:
        number = left.pop()
        if isinstance(number, Number) and number not in found:
            one = number.question
            found[int(number)] = replace(one, keys=frozenset(map(int, one.keys)))
            left += one.keys
    return found


def ask(question: Question, standing: Mapping[str, object]) -> None:
    """Asks a question again, of what is ``standing`` for the tree: who records gets its number.

    Raises whatever comes of bytes that are damaged, or of code that is gone.
    """
    _askable[question.name](*_Reader(io.BytesIO(question.given), standing).load())


def _number(question: Question) -> int:
    text = question.name.encode() + b"\0" + question.answer + question.given
    digest = blake2b(text, digest_size=_NUMBER)
    return int.from_bytes(digest.digest(), "little") | QUESTION


def digest_of(answer: object) -> bytes:
    """A digest of a value, the same in every process."""
    return blake2b(_spelled(answer).encode("utf-8", "surrogateescape"), digest_size=8).digest()


def _spelled(value: object) -> str:
    if isinstance(value, (frozenset, set)):
        return "{" + ",".join(sorted(map(_spelled, value))) + "}"
    if isinstance(value, tuple):
        return "(" + ",".join(map(_spelled, value)) + ")"
    if dataclasses.is_dataclass(value) and not isinstance(value, type):
        each = (getattr(value, one.name) for one in dataclasses.fields(value))
        return type(value).__name__ + _spelled(tuple(each))
    if value is None or isinstance(value, (str, bytes, int, enum.Enum)):
        return repr(value)
    raise TypeError(f"{type(value).__name__} is no answer that can be compared")


def _packed(given: tuple[object, ...]) -> bytes:
    file = io.BytesIO()
    _Writer(file, protocol=5).dump(given)
    return file.getvalue()


class _Writer(pickle.Pickler):
    """Writes arguments; what stands for the tree (``stands_for``) by its name."""

    def persistent_id(self, thing: Any) -> str | None:
        """The name of what stands for the tree, None for anything else."""
        found: str | None = getattr(thing, "stands_for", None)
        return found


class _Reader(pickle.Unpickler):
    """Reads arguments back: dataclasses and enumerations of kstale, and plain values."""

    def __init__(self, file: io.BytesIO, standing: Mapping[str, object]) -> None:
        super().__init__(file)
        self._standing = standing

    def persistent_load(self, name: Any) -> object:
        """What stands for the tree. Raises KeyError."""
        return self._standing[name]

    def find_class(self, module: str, name: str) -> Any:
        """The class of that name. Raises UnpicklingError if it is none of ours."""
        if module.startswith(_MODULES) and not module.endswith("__main__"):
            found = super().find_class(module, name)
            if dataclasses.is_dataclass(found):
                return found
            if isinstance(found, type) and issubclass(found, enum.Enum):
                return found
        raise pickle.UnpicklingError(f"{module}.{name} is no part of a question")
