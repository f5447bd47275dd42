"""Names that the kernel gave up, and what took their place: the rows of ``renamed.toml``."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path


@dataclass(frozen=True, slots=True)
class Renamed:
    """A name that the kernel once had: what it was, what to say today, and when it went.

    ``owner`` is the struct of a member, '' for anything else; ``gone`` the release that had it no
    more and ``commit`` the commit with its subject, '' where that is not known; ``last`` is then
    the newest of the releases that were looked at which has it.
    """

    name: str
    now: tuple[str, ...]
    kind: str
    owner: str = ""
    gone: str = ""
    last: str = ""
    commit: str = ""
    same: bool = False
    """True if it is the very thing still: a comment is right with the name of today put in."""


@cache
def renamed() -> Mapping[str, Renamed]:
    """All rows by name."""
    data = tomllib.loads(Path(__file__).with_suffix(".toml").read_text(encoding="utf-8"))
    return {
        name: Renamed(
            name,
            tuple(row["now"]),
            row["kind"],
            row.get("of", ""),
            row.get("gone", ""),
            row.get("last", ""),
            row.get("commit", ""),
            row.get("same", False),
        )
        for name, row in data.items()
    }


def replacements(name: str) -> tuple[str, ...]:
    """What took the place of a name, the likeliest first; () if nothing did or nobody knows."""
    row = renamed().get(name)
    return row.now if row is not None else ()
