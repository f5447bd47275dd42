"""All paths of a function as one test: a tree of their steps, with a free choice where they part.

The other threads stand in it once, whatever the number of paths, and so does what paths have in
common. The choice reads no memory, so that nothing depends on it and each way through the tree is
that path alone: thread P0 leaves in ``way`` the number of the last branch that it came to, even if
a condition of the path is not met there.
"""

from __future__ import annotations

import re
from collections.abc import Sequence, Set
from dataclasses import dataclass, field

WAY = "way"
"""The register that tells which branch was taken; 0 before the first choice."""
_TURN = "turn_"
_DECLARED = re.compile(r"int \w+;")
_OWN = re.compile(rf"\b(?:{WAY}|{_TURN}\d+)\b")
_EXISTS = re.compile(r"^exists (.*)\Z", re.M | re.S)


@dataclass(frozen=True, slots=True)
class Tree:
    """One test for several, and the numbers of the branches that each of them comes to."""

    text: str
    branches: tuple[frozenset[int], ...]

    @property
    def asked_by_way(self) -> str:
        """The test whose final states are the branches at which an end is as it asks."""
        match = _EXISTS.search(self.text)
        assert match is not None
        head, asked = self.text[: match.start()], match[1].strip()
        return f"{head}locations [0:{WAY};]\nfilter {asked}\nexists (true)\n"

    def ending(self, texts: Sequence[str], ends: Set[int]) -> tuple[str, ...]:
        """The tests, of those it was made of, that can end at one of these branches."""
        pairs = zip(texts, self.branches, strict=True)
        return tuple(text for text, branches in pairs if not branches.isdisjoint(ends))


@dataclass(slots=True)
class _Step:
    """What paths do after a step that they share, by the text of the next one."""

    then: dict[str, _Step] = field(default_factory=dict)
    ends: list[int] = field(default_factory=list)
    """The paths that end here."""


def tree(texts: Sequence[str]) -> Tree | None:
    """One test for several of a function beside one adversary; None if they cannot be put together.

    Each is to have its path as thread P0: steps, and conditions around all that follows.
    """
    first = _Step()
    declared: dict[str, None] = {}
    around: dict[tuple[str, str], None] = {}
    for number, text in enumerate(texts):
        head, lines, rest = _taken_apart(text)
        around[head, rest] = None
        if not lines or len(around) > 1 or _OWN.search(text):
            return None
        step = first
        for line in lines:
            if _DECLARED.fullmatch(line) is not None:
                declared[line] = None
            else:
                step = step.then.setdefault(line, _Step())
        step.ends.append(number)
    ((head, rest),) = around
    writer = _Writer([frozenset() for _ in texts])
    body = [*declared, f"int {WAY};", *writer.written(first, frozenset((0,)))]
    written = "".join(f"\t{line}\n" for line in body)
    return Tree(f"{head}{written}}}{rest}", tuple(writer.branches))


def _taken_apart(text: str) -> tuple[str, list[str], str]:
    """A test before its path, the lines of it without the brackets at its end, and what follows.

    No lines are given where its brackets are others.
    """
    start, end = text.index("\nP0("), text.index("\nP1(")
    start = text.index("\n{\n", start) + 3
    lines = [one.strip() for one in text[start:end].split("\n") if one.strip()]
    opened = sum(one.endswith("{") for one in lines)
    closing = lines[len(lines) - opened - 1 :]
    lines = lines[: len(lines) - opened - 1]
    plain = all("}" not in one and "{" not in one.removesuffix("{") for one in lines)
    return text[:start], lines if plain and set(closing) == {"}"} else [], text[end:]


@dataclass(slots=True)
class _Writer:
    """Writes the steps; ``branches`` are those of each path."""

    branches: list[frozenset[int]]
    count: int = 0

    def written(self, step: _Step, before: frozenset[int]) -> list[str]:
        """The steps from one on, ``before`` being the branches on the way to it."""
        lines: list[str] = []
        opened = 0
        while len(step.then) == 1 and not step.ends:
            ((line, step),) = step.then.items()
            lines.append(line)
            opened += line.endswith("{")
        for number in step.ends:
            self.branches[number] = before
        if step.then:
            ways = [_Step({line: then}) for line, then in step.then.items()]
            ways += [_Step(ends=step.ends)] if step.ends else []
            turn = f"{_TURN}{self.count}"
            lines += [f"int {turn};", f"{turn} = __choose({len(ways)});"]
            for at, way in enumerate(ways):
                self.count += 1
                lines += [f"if ({turn} == {at}) {{", f"{WAY} = {self.count};"]
                lines += [*self.written(way, before | {self.count}), "}"]
        return [*lines, *["}"] * opened]
