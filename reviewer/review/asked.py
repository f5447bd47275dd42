"""What was asked while a file was judged, as bytes: keys, and the questions that are compared.

A question is kept by the first file that asked it; the others have its number.
"""

from __future__ import annotations

import struct
import zlib
from array import array
from bisect import bisect_left
from collections.abc import Callable, Iterable, Iterator, Mapping, Set

from reviewer.tree.compared import COVERED, QUESTION, Question
from reviewer.unit.inflate import inflated
from reviewer.unit.table import little, numbers

_COUNT = struct.Struct("<I")
_ANSWER = 8


def asked_bytes(keys: Set[int]) -> bytes:
    """Plain keys and numbers of questions, sorted and deflated; what is covered is left out."""
    plain = array("I", sorted(one for one in keys if one < COVERED))
    asked = array("Q", sorted(one for one in keys if one >= QUESTION))
    return zlib.compress(_COUNT.pack(len(plain)) + little(plain) + little(asked), 1)


def asked_in(data: bytes) -> tuple[array[int], array[int]]:
    """The plain keys and the numbers of questions. Raises ValueError."""
    plain = inflated(data)
    if len(plain) < _COUNT.size:
        raise ValueError("no keys")
    (count,) = _COUNT.unpack_from(plain)
    end = _COUNT.size + 4 * count
    keys, asked = numbers("I", plain[_COUNT.size : end]), numbers("Q", plain[end:])
    if len(keys) != count:
        raise ValueError("keys are cut short")
    return keys, asked


def questions_bytes(questions: Mapping[int, Question]) -> bytes:
    """Questions by their numbers, deflated; b"" for none."""
    if not questions:
        return b""
    order = sorted(questions)
    rows = [questions[one] for one in order]
    texts = [one.name.encode() + b"\0" + one.answer + one.given for one in rows]
    keys = [sorted(one.keys) for one in rows]
    columns = (
        array("Q", order),
        array("I", map(len, texts)),
        array("I", map(len, keys)),
        array("Q", [key for some in keys for key in some]),
    )
    head = _COUNT.pack(len(rows))
    return zlib.compress(head + b"".join(map(little, columns)) + b"".join(texts), 1)


class Block:
    """The questions that one record brings; what they are is read when it is asked for."""

    def __init__(self, data: bytes) -> None:
        """Raises ValueError for bytes that are none."""
        self.data = data
        plain = inflated(data)
        if len(plain) < _COUNT.size:
            raise ValueError("no questions")
        (count,) = _COUNT.unpack_from(plain)
        at = _COUNT.size
        self.numbers = numbers("Q", plain[at : at + 8 * count])
        at += 8 * count
        self._sizes = numbers("I", plain[at : at + 4 * count])
        self._many = numbers("I", plain[at + 4 * count : at + 8 * count])
        at += 8 * count
        self.keys = numbers("Q", plain[at : at + 8 * sum(self._many)])
        at += 8 * sum(self._many)
        if len(self._many) != count or len(plain) != at + sum(self._sizes):
            raise ValueError("questions are cut short")
        self._texts = at

    def questions(self) -> dict[int, Question]:
        """All of them."""
        plain, found = inflated(self.data), {}
        at, start = self._texts, 0
        for number, size, many in zip(self.numbers, self._sizes, self._many, strict=True):
            name, _, rest = bytes(plain[at : at + size]).partition(b"\0")
            keys = frozenset(self.keys[start : start + many])
            found[number] = Question(name.decode(), rest[_ANSWER:], rest[:_ANSWER], keys)
            at, start = at + size, start + many
        return found


Again = Callable[[Question], Mapping[int, Question]]
"""Asks a question again: its number with the answer of now, and what it asked."""


class Answers:
    """Which of the questions of a file of records have the answers that they had.

    A question has if nothing that it came from changed, or if it says the same again; it may have
    come to that by another way then, which takes the place of the old one.
    """

    def __init__(self, blocks: Iterable[Block], changed: Set[int], again: Again) -> None:
        """``changed`` are the plain keys that have other answers."""
        self._blocks = list(blocks)
        self._changed = changed
        self._again = again
        every = {number for one in self._blocks for number in one.numbers}
        self._known = array("Q", sorted(every))
        self._doubtful = self._all_doubtful() if changed else {}
        self._stands: dict[int, bool] = {}
        self._fresh: dict[int, Question] = {}

    def _all_doubtful(self) -> dict[int, Question]:
        """Questions that something changed for, and those that asked such a one."""
        found: dict[int, Question] = {}
        since: Set[int] = self._changed
        while since:
            new: dict[int, Question] = {}
            for block in self._blocks:
                if not since.isdisjoint(block.keys):
                    new.update(
                        (number, one)
                        for number, one in block.questions().items()
                        if number not in found and not one.keys.isdisjoint(since)
                    )
            found.update(new)
            since = new.keys()
        return found

    def stands(self, number: int) -> bool:
        """True if the answer is as it was; a question that is not known stands for nothing."""
        question = self._doubtful.get(number)
        if question is None:
            at = bisect_left(self._known, number)
            return at < len(self._known) and self._known[at] == number
        found = self._stands.get(number)
        if found is None:
            found = all(map(self._is_as_it_was, question.keys))
            if not found:
                said = self._again(question)
                found = number in said
                if found:
                    self._fresh.update(said)
            self._stands[number] = found
        return found

    def _is_as_it_was(self, key: int) -> bool:
        return self.stands(key) if key >= QUESTION else key not in self._changed

    def left(self) -> Iterator[Block]:
        """Blocks of all questions that are not in doubt any more, as they are now."""
        doubtful = self._doubtful.keys()
        for block in self._blocks:
            if doubtful.isdisjoint(block.numbers):
                yield block
            elif certain := {
                number: one
                for number, one in block.questions().items()
                if number not in self._fresh
                and (number not in doubtful or self._stands.get(number))
            }:
                yield Block(questions_bytes(certain))
        if self._fresh:
            yield Block(questions_bytes(self._fresh))
