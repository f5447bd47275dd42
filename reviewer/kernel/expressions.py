"""Expressions as names of objects: ``&mm->mmap_lock`` and ``(mm)->mmap_lock`` are one lock."""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import lru_cache

_PARAMETER = re.compile(r"\$(\w+)")
_KEPT = 1 << 14
"""Expressions kept with what they name: those of one folder are the same few hundred."""


@lru_cache(maxsize=_KEPT)
def normal(text: str) -> str:
    """An expression as the name of an object: no ``&``, casts, outer parentheses or spaces."""
    text = re.sub(r"\s+", "", text)
    for _ in range(8):
        before = text
        text = re.sub(r"^&+|^\((?:struct|union|enum|void)\w*\*+\)", "", text)
        text = text.replace("(*", "(").replace("(&", "(") if "->" in text else text
        inner = re.fullmatch(r"\(([^()]*)\)", text)
        text = inner[1] if inner else text
        text = re.sub(r"\(([\w.>-]+)\)(?=->|\.|\[)", r"\1", text)
        if text == before:
            break
    return text


@lru_cache(maxsize=_KEPT)
def lock_name(text: str) -> str:
    """The last component of a lock expression: ``mm->mmap_lock`` is ``mmap_lock``."""
    bare = re.sub(r"\[[^\]]*\]", "", normal(text))
    return re.split(r"->|\.", bare)[-1]


def bind(template: str, bound: dict[str, str]) -> str:
    """A template with each ``$parameter`` replaced by the argument of that name."""
    if "$" not in template:
        return template  # no template has more than names beside its parameters

    def value(match: re.Match[str]) -> str:
        text = bound.get(match[1], "")
        if match.end() < len(template) and text.startswith("&") and " " not in text:
            return f"({text})"
        return text

    text = _PARAMETER.sub(value, template)
    return re.sub(r"\(&([\w.>-]+)\)->", r"\1.", text)


def arguments_of(text: str) -> Iterator[str]:
    """The arguments of a call, from the text behind its opening bracket; none if it has no end."""
    depth, at = 0, 0
    for number, char in enumerate(text):
        if char in "([{":
            depth += 1
        elif char == ")" and depth == 0:
            yield text[at:number].strip()
            return
        elif char in ")]}":
            depth -= 1
        elif char == "," and depth == 0:
            yield text[at:number].strip()
            at = number + 1
