"""Regular expressions of strangers, so that a search takes no longer than some steps a letter.

Python's matcher tries every way in which repetitions and alternatives can share a text out, and
there may be more of them than anybody waits for. So they are counted first.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

_STEPS = 5_000
"""Ways to match at one place, up to which an expression is taken."""
_REPEATED = 64
"""Repetitions that ``*`` and ``+`` stand for at most."""
_BLANK = re.compile(r"\s+|#[^\n]*")
_TOKEN = re.compile(
    r"(?P<open>\((?:\?(?:P<\w+>|<?[=!]|[>:]|[aimsu-]+:))?(?!\?))"
    r"|(?P<flags>\(\?[aimsu]+\))"
    r"|(?P<close>\))"
    r"|(?P<bar>\|)"
    r"|(?P<repeat>(?:[*+?]|\{(?=[\d,])\d{0,4},?\d{0,4}\})[?+]?)"
    r"|(?P<one>\\.|\[\^?\]?(?:[^\]\\]|\\.)*\]|[^(\[\\])",
    re.S,
)


def compiled(text: str, *, verbose: bool = False) -> re.Pattern[str] | None:
    """The expression, to be searched for; None for what Python does not know or may take too long.

    ``verbose`` as ``re.VERBOSE``.
    """
    bounded = _bounded(text, verbose=verbose)
    if bounded is None:
        return None
    try:
        return re.compile(bounded, re.VERBOSE if verbose else 0)
    except (re.error, OverflowError, RecursionError):
        return None


def _bounded(text: str, *, verbose: bool) -> str | None:
    """The expression with an end to each repetition; None if it can match in too many ways."""
    groups = [_Ways()]
    out: list[str] = []
    at = 0
    while at < len(text):
        blank = _BLANK.match(text, at) if verbose else None
        token = blank or _TOKEN.match(text, at)
        if token is None:
            return None  # Perl's, a comment, a condition, or cut off
        at = token.end()
        written = token[0]
        match token.lastgroup:
            case "open":
                groups.append(_Ways())
            case "close":
                inner = groups.pop().all
                if not groups:
                    return None
                groups[-1].add(inner)
            case "bar":
                groups[-1].turn()
            case "repeat":
                least, most, rest = _times(written)
                groups[-1].repeat(most)
                written = f"{{{least},{most}}}{rest}"
            case "one":
                groups[-1].add(1)
        if groups[-1].all > _STEPS:
            return None
        out.append(written)
    return "".join(out) if len(groups) == 1 else None


def _times(repeat: str) -> tuple[int, int, str]:
    """How often at least, at most, and whether it is lazy or possessive."""
    if repeat[0] != "{":
        least = int(repeat[0] == "+")
        return least, 1 if repeat[0] == "?" else _REPEATED, repeat[1:]
    inside, _, rest = repeat[1:].partition("}")
    first, comma, last = inside.partition(",")
    least = int(first or 0)
    if not comma:
        return least, least, rest
    return least, int(last) if last else max(least, _REPEATED), rest


@dataclass
class _Ways:
    """In how many ways a group can match from one place on: its alternatives so far, and the
    present one, and what stands last in it."""

    before: int = 0
    now: int = 1
    last: int = 1

    @property
    def all(self) -> int:
        return self.before + self.now

    def add(self, ways: int) -> None:
        self.now, self.last = self.now * ways, ways

    def turn(self) -> None:
        self.before, self.now, self.last = self.all, 1, 1

    def repeat(self, most: int) -> None:
        """What stands last, so many times at most."""
        ways = 1 + most
        for _ in range(most if self.last > 1 else 0):
            ways = 1 + ways * self.last
            if ways > _STEPS:
                break
        self.now, self.last = self.now // self.last * ways, ways
