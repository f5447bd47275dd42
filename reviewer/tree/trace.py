"""Which questions about a tree an answer came from, so that it can be kept while those stand.

While a file is judged, every question that its rules ask outside of it leaves a key here. A later
run that knows which keys a change of the tree touches judges only the files that asked one of
them. Keys are 32 bits: two questions that share one cost a needless look, never a stale verdict.

What is remembered between files has to hand on the questions it was worked out from: use
``traced_cache`` for whatever takes a tree, an index, a library or a file of another path. Where
the answer is a plain value, ``compared`` makes one question of all that it was worked out from
(``tree.compared``): another answer counts then, and not what led to the same one.
"""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable, Hashable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from enum import IntEnum
from functools import wraps
from typing import ParamSpec, TypeVar
from zlib import crc32

from reviewer.tree.compared import askable, covered

P = ParamSpec("P")
R = TypeVar("R")


class Asked(IntEnum):
    """Kinds of questions."""

    EXISTS = 0x11111111
    """In what roles a name occurs."""
    DETAIL = 0x22222222
    """Where a name is called or used: which lines of which files."""
    DEFINITION = 0x99999999
    """Where a name is defined: which lines of which files."""
    EXTENT = 0xEEEEEEEE
    """As what a name is defined in which files, and in how many lines, wherever those are."""
    LINE = 0x12121212
    """Where one file defines a name (``path:name``): for whoever tells of a line of it."""
    SENSE = 0xBBBBBBBB
    """As what a name is defined in which files, whatever the lines."""
    PLACES = 0x88888888
    """Which files have a name in their code."""
    MENTIONS = 0x21212121
    """Which files have a name in their comments."""
    WORD = 0x33333333
    """Which defined names have a word."""
    CODE = 0x44444444
    """What the code of a file holds: all but comments between its statements."""
    TEXT = 0xCCCCCCCC
    """What a file holds, comments and all."""
    PATHS = 0x55555555
    """Which paths there are: '' for all, else those with that last part, folders too."""
    SHAPES = 0x66666666
    """Which names token pasting can form; by ``pasting.asked_of``, ``pasting.asked_from``."""
    SLIP = 0xAAAAAAAA
    """Which defined names have a name's half (``likeness.halves``); '' for those not kept."""
    NAMES = 0x77777777
    """Which defined names begin so, by the first ``BEGINNING`` letters."""
    PATCH = 0xDDDDDDDD
    """Which patch is laid over the tree, and which older trees there are beside it."""


BEGINNING = 6
"""Letters of a name's beginning that a question about it is known by; a few are a subsystem's."""

_stack: list[set[int]] = []
_remembered: list[OrderedDict[Hashable, tuple[object, frozenset[int]]]] = []
_succeeding: list[tuple[Mapping[Hashable, Hashable], Callable[[], frozenset[int] | None]]] = []
_comparing: list[bool] = []


def key(kind: Asked, name: str = "") -> int:
    """The key of a question."""
    return crc32(name.encode("utf-8", "surrogateescape")) ^ kind


def key_of_hash(kind: Asked, hashed: int) -> int:
    """The key of a question about the name of a 64-bit hash (``unit.hashing``)."""
    return (hashed >> 32) ^ kind


def note(kind: Asked, name: str = "") -> None:
    """Leaves the key of a question, if anybody is recording."""
    if _stack:
        _stack[-1].add(key(kind, name))


def note_all(keys: Iterable[int]) -> None:
    """Leaves keys that were recorded before."""
    if _stack:
        _stack[-1].update(keys)


@contextmanager
def recording() -> Iterator[set[int]]:
    """Collects the keys of the questions asked inside; whoever records outside gets them too."""
    keys: set[int] = set()
    _stack.append(keys)
    try:
        yield keys
    finally:
        _stack.pop()
        if _stack:
            _stack[-1].update(keys)


def is_comparing() -> bool:
    """True inside of ``comparing``."""
    return bool(_comparing)


@contextmanager
def comparing() -> Iterator[None]:
    """Inside, answers that can be compared are questions of their own: for whoever keeps them."""
    _comparing.append(True)
    try:
        yield
    finally:
        _comparing.pop()


@contextmanager
def _apart() -> Iterator[set[int]]:
    """Collects the keys of the questions asked inside, and leaves them to nobody else."""
    keys: set[int] = set()
    _stack.append(keys)
    try:
        yield keys
    except BaseException:
        _stack.pop()
        note_all(keys)  # there is no answer to compare
        raise
    _stack.pop()


@contextmanager
def unrecorded() -> Iterator[None]:
    """Inside, no key is left: whoever asks leaves narrower ones for what it takes of the answer."""
    _stack.append(set())
    try:
        yield
    finally:
        _stack.pop()


def forget() -> None:
    """Drops what ``traced_cache`` remembers: it keeps the trees that it was asked about alive.

    For whoever goes from tree to tree: a patch on a tree makes two of them, 16 MB that nobody asks
    about again.
    """
    for kept in _remembered:
        kept.clear()


@contextmanager
def succeeding(
    former: Mapping[Hashable, Hashable], changed: Callable[[], frozenset[int] | None]
) -> Iterator[None]:
    """Inside, what ``traced_cache`` remembers of a tree is told of the tree with a patch as well.

    ``former`` has what stands for the tree before the patch (library, index, tree) by what does
    after it; ``changed`` works out the keys of questions that have other answers, None for too
    many: what was worked out from none of them is as it was.
    """
    _succeeding.append((former, changed))
    try:
        yield
    finally:
        _succeeding.pop()


def _inherited(
    kept: Mapping[Hashable, tuple[R, frozenset[int]]],
    args: tuple[Hashable, ...],
    named: tuple[Hashable, ...],
) -> tuple[R, frozenset[int]] | None:
    """What is remembered of the tree before the patch, if the patch changes nothing of it."""
    if not _succeeding:
        return None
    former, changed = _succeeding[-1]
    before = tuple(former.get(one, one) for one in args)
    known = kept.get((before, named)) if before != args else None
    if known is None or (keys := changed()) is None:
        return None
    return known if known[1].isdisjoint(keys) else None


def traced_cache(
    maxsize: int,
    known_by: Callable[..., tuple[Hashable, ...]] | None = None,
    *,
    compared: bool = False,
) -> Callable[[Callable[P, R]], Callable[P, R]]:
    """As ``functools.lru_cache``; a remembered answer leaves the keys it was worked out from.

    ``known_by`` says of the arguments what the answer depends on, where they hold more than that:
    they are not kept then. A ``compared`` one leaves one question in their place, for which its
    arguments are given by position, and are plain values but for what stands for the tree.
    """

    def decorate(function: Callable[P, R]) -> Callable[P, R]:
        name = f"{function.__module__}.{function.__qualname__}"
        kept: OrderedDict[Hashable, tuple[R, frozenset[int]]] = OrderedDict()
        _remembered.append(kept)  # type: ignore[arg-type]  # only ever emptied there

        @wraps(function)
        def call(*args: P.args, **kwargs: P.kwargs) -> R:
            given: tuple[tuple[Hashable, ...], tuple[Hashable, ...]]
            if known_by is not None:
                given = (known_by(*args, **kwargs), ())
            else:
                given = (args, tuple(sorted(kwargs.items())) if kwargs else ())
            known = kept.get(given)
            if known is not None:
                kept.move_to_end(given)
                note_all(known[1])
                return known[0]
            known = _inherited(kept, *given)
            if known is not None:
                note_all(known[1])
                return known[0]
            is_compared = compared and bool(_comparing) and not kwargs
            with _apart() if is_compared else recording() as keys:
                answer = function(*args, **kwargs)
            left = frozenset(keys)
            if is_compared:
                left = covered(name, args, answer, keys)
                note_all(left)
            kept[given] = (answer, left)
            if len(kept) > maxsize:
                kept.popitem(last=False)
            return answer

        if compared:
            askable(name, call)
        return call

    return decorate
