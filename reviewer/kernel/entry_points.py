"""The context in which a function is entered that is handed to a call (``entry_points.toml``)."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from functools import cache
from pathlib import Path


@cache
def _table() -> tuple[Mapping[tuple[str, int], str], Mapping[str, str]]:
    data = tomllib.loads(Path(__file__).with_name("entry_points.toml").read_text(encoding="utf-8"))
    calls: dict[tuple[str, int], str] = {}
    members: dict[str, str] = {}
    for row in data["entry"]:
        for call in row["calls"]:
            name, number = call.split()
            calls[name, int(number)] = row["context"]
        members.update((member, row["context"]) for member in row["members"])
    return calls, members


def entered_by_call(name: str, argument: int) -> str:
    """The context of a function that is this argument (from 0) of a call; '' if not known."""
    return _table()[0].get((name, argument), "")


def entered_by_member(member: str) -> str:
    """The context of a function that is this member of an operations table; '' if not known."""
    return _table()[1].get(member, "")
