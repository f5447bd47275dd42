"""Paths that one test can stand for: those that differ only in which way conditions go.

Such a test leaves those conditions out. It has every outcome that one of the paths has, since a
condition makes no event and can only order; so what is excluded in it is excluded on each of them.
"""

from __future__ import annotations

import re
from collections.abc import Iterable

_CONDITION = re.compile(r"\t+if \((!?)(.*)\) \{")


def merged(texts: Iterable[str]) -> dict[str, str]:
    """For each test that differs from others in the ways of conditions only, the one for them all.

    ``texts`` are tests of one function beside one adversary, each with its path as thread P0.
    """
    alike: dict[str, list[str]] = {}
    for text in dict.fromkeys(texts):
        alike.setdefault(_steps(text), []).append(text)
    found: dict[str, str] = {}
    for group in alike.values():
        if len(group) > 1:
            found |= dict.fromkeys(group, _without(group))
    return found


def _split(text: str) -> tuple[str, list[str], str]:
    """What stands before the path, its lines, and the other threads."""
    start, end = text.index("\nP0("), text.index("\nP1(")
    return text[:start], text[start:end].split("\n"), text[end:]


def _steps(text: str) -> str:
    """A test with its conditions told apart by what they ask, not by which way they go."""
    head, lines, rest = _split(text)
    asked = (_CONDITION.fullmatch(line) for line in lines)
    path = (
        f"if {one[2]}" if one is not None else line for one, line in zip(asked, lines, strict=True)
    )
    return "\n".join((head, *path, rest))


def _ways(text: str) -> list[str]:
    found = (_CONDITION.fullmatch(line) for line in _split(text)[1])
    return [one[1] for one in found if one is not None]


def _without(group: list[str]) -> str:
    """The first test of a group without the conditions that go both ways in it."""
    both = [len(set(ways)) > 1 for ways in zip(*map(_ways, group), strict=True)]
    head, lines, rest = _split(group[0])
    kept: list[str] = []
    opened: list[bool] = []
    conditions = iter(both)
    for line in lines:
        if _CONDITION.fullmatch(line) is not None:
            opened.append(next(conditions))
            if opened[-1]:
                continue
        elif line.strip() == "}" and opened and opened.pop():
            continue
        kept.append(line)
    return "\n".join((head, *kept[1:], rest.removeprefix("\n")))
