"""Paths that one test can stand for: those that take the same steps, whatever their conditions.

Such a test keeps the conditions that all of them have, at the same places, and leaves the others
out. It has every outcome that one of the paths has, since a condition makes no event and can only
order; so what is excluded in it is excluded on each of them.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass

_WORD = re.compile(r"[A-Za-z_]\w*")
_CONDITION = re.compile(r"\t+if \(.*\) \{")


@dataclass(frozen=True, slots=True)
class _Path:
    """A test with thread P0 as its steps and the conditions that stand before each of them."""

    head: str
    steps: tuple[str, ...]
    conditions: frozenset[tuple[int, str]]
    """Each with the number of steps before it."""
    rest: str


def merged(texts: Iterable[str]) -> dict[str, str]:
    """For each test that takes the steps of others, the one for them all.

    ``texts`` are tests of one function beside one adversary, each with its path as thread P0.
    """
    alike: dict[tuple[str, tuple[str, ...], str], dict[str, _Path]] = {}
    for text in dict.fromkeys(texts):
        path = _read(text)
        if path is not None:
            alike.setdefault((path.head, path.steps, path.rest), {})[text] = path
    found: dict[str, str] = {}
    for group in alike.values():
        if len(group) > 1:
            paths = list(group.values())
            common = frozenset.intersection(*(one.conditions for one in paths))
            found |= dict.fromkeys(group, _written(paths[0], common))
    return found


def _read(text: str) -> _Path | None:
    """A test taken apart; None if its path is no row of steps, each condition around the rest.

    Nor is it one if a condition reads memory itself: that is a step.
    """
    start, end = text.index("\nP0("), text.index("\nP1(")
    start = text.index("\n{\n", start) + 3
    lines = [one.strip() for one in text[start:end].split("\n") if one.strip()]
    closing = len(lines)
    while closing and lines[closing - 1] == "}":
        closing -= 1
    places = set(_WORD.findall(text[text.index("\nP0(") + 1 : start]))
    steps: list[str] = []
    conditions: set[tuple[int, str]] = set()
    for line in lines[:closing]:
        if _CONDITION.fullmatch(f"\t{line}") is not None:
            if not places.isdisjoint(_WORD.findall(line)):
                return None
            conditions.add((len(steps), line))
        elif "{" in line or "}" in line:
            return None
        else:
            steps.append(line)
    return _Path(text[:start], tuple(steps), frozenset(conditions), text[end:])


def _written(path: _Path, conditions: frozenset[tuple[int, str]]) -> str:
    lines: list[str] = []
    for at, step in enumerate((*path.steps, "")):
        lines += sorted(line for before, line in conditions if before == at)
        lines += [step] if step else []
    lines += ["}"] * len(conditions)
    body = "".join(f"\t{line}\n" for line in lines)
    return f"{path.head}{body}}}{path.rest}"
