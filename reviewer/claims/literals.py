"""Words that must occur in any match of a regular expression, for a cheap test beforehand."""

from __future__ import annotations

import re
from collections.abc import Sequence
from re import _constants, _parser  # type: ignore[attr-defined]
from typing import Any

_MANY = 24
"""More alternatives than this are no use as a filter."""
_SHORT = 3
"""Shorter words than this are no use either, in characters."""


def required_words(
    pattern: str, flags: re.RegexFlag = re.NOFLAG, *, most: int = _MANY
) -> frozenset[str]:
    """Words of which at least one occurs in every match; empty if no useful set is known.

    Walks the parsed expression of the standard library: of a sequence the most selective part is
    taken, of a branch the union of its arms if these are at most ``most``.
    """
    return _best(_parser.parse(pattern, flags), most) or frozenset()


def _best(sequence: Sequence[Any], most: int) -> frozenset[str] | None:
    options: list[frozenset[str]] = []
    run = ""
    for operation, argument in sequence:
        if operation is _constants.LITERAL:
            run += chr(argument)
            continue
        _keep(options, run)
        run = ""
        found = _inside(operation, argument, most)
        if found is not None:
            options.append(found)
    _keep(options, run)
    return max(options, key=_worth, default=None)


def _keep(options: list[frozenset[str]], run: str) -> None:
    if len(run.strip()) >= _SHORT:
        options.append(frozenset({run}))


def _inside(operation: Any, argument: Any, most: int) -> frozenset[str] | None:
    if operation is _constants.SUBPATTERN:
        return _best(argument[3], most)
    if operation is _constants.ATOMIC_GROUP:
        return _best(argument, most)
    if operation in {
        _constants.MAX_REPEAT,
        _constants.MIN_REPEAT,
        _constants.POSSESSIVE_REPEAT,
    }:
        return _best(argument[2], most) if argument[0] > 0 else None
    if operation is _constants.BRANCH:
        union: set[str] = set()
        for arm in argument[1]:
            found = _best(arm, most)
            if found is None:
                return None
            union |= found
        return frozenset(union) if len(union) <= most else None
    return None


def _worth(words: frozenset[str]) -> tuple[int, int]:
    return (min(len(word) for word in words), -len(words))
