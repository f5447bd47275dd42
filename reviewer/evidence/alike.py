"""Words of a comment and parts of the names that code has for the same thing."""

from __future__ import annotations

import re


def alike(word: str, part: str) -> bool:
    """``registers`` is ``register`` or, shortened as names are, ``reg``; of two letters all.

    So is ``ctx`` for ``context``: letters of it in order that no vowel is among.
    """
    if _stem(word) == _stem(part):
        return True
    short, long = sorted((word, part), key=len)
    if _is_skeleton(short, long):
        return True
    return len(short.rstrip("s")) in _SHORTENED and long.startswith(short.rstrip("s"))


def _is_skeleton(short: str, long: str) -> bool:
    """True for ``hw`` and ``hardware``, ``cfg`` and ``configuration``, ``msg`` and ``message``."""
    if len(long) < 2 * len(short) or len(short) < 2 or _VOWEL.search(short) or short[0] != long[0]:
        return False
    letters = iter(long)
    return all(one in letters for one in short)


_VOWEL = re.compile(r"[aeiou0-9]")
_SHORTENED = (3, 4)
"""Letters of a shortened word: ``reg``, ``cmd``, ``conf``; longer beginnings are other words."""


def _stem(word: str) -> str:
    for ending in (_PLURAL, _ENDING):
        word = ending.sub("", word) if len(word) > len("sing") else word
    return word


_PLURAL = re.compile(r"(?<!s)s\Z")
_ENDING = re.compile(r"(?:ed|ing|er|ion|e)\Z")
