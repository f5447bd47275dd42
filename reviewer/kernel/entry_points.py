"""How a function is entered that is handed to a call or kept in a table: in what context, with what
locks (``entry_points.toml``)."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any


@cache
def _data() -> dict[str, list[dict[str, Any]]]:
    return tomllib.loads(Path(__file__).with_name("entry_points.toml").read_text(encoding="utf-8"))


@cache
def _table() -> tuple[Mapping[tuple[str, int], str], Mapping[str, str]]:
    calls: dict[tuple[str, int], str] = {}
    members: dict[str, str] = {}
    for row in _data()["entry"]:
        for call in row["calls"]:
            name, number = call.split()
            calls[name, int(number)] = row["context"]
        members.update((member, row["context"]) for member in row["members"])
    return calls, members


@cache
def _held() -> Mapping[str, str]:
    return {member: row["lock"] for row in _data()["held"] for member in row.get("members", ())}


@dataclass(frozen=True, slots=True)
class Typed:
    """What the type that a function returns tells of how it is entered."""

    returns: str
    given: str
    """The struct that a pointer to is its one parameter."""
    context: str
    unless: str
    """What nothing in its file may be called by."""


@cache
def typed() -> tuple[Typed, ...]:
    """The types that tell it."""
    return tuple(
        Typed(row["returns"], row["given"], row["context"], row["unless"])
        for row in _data()["typed"]
    )


def entered_holding(member: str, struct: str = "") -> str:
    """The lock that is held wherever this member of an operations table is called; '' if none.

    A name that tables of several structs have tells it only with the struct of the table.
    """
    held = _held()
    return held.get(f"{struct}.{member}", "") or held.get(member, "")


@dataclass(frozen=True, slots=True)
class HandedOn:
    """A call that has what it is given called with a lock held."""

    lock: str
    unless: str
    """What among its arguments says that it is not; '' for nothing."""


@cache
def _handed() -> Mapping[str, HandedOn]:
    return {
        call: HandedOn(row["lock"], row.get("unless", ""))
        for row in _data()["held"]
        for call in row.get("calls", ())
    }


def handed_holding(name: str, argument: int, text: str) -> str:
    """The lock that is held wherever a function that is this argument of a call is entered.

    ``text`` is that of the arguments, ``argument`` counts from 0; '' if none is.
    """
    known = _handed().get(f"{name} {argument}")
    if known is None or (known.unless and known.unless in text):
        return ""
    last = text.rpartition(",")[2].strip(" \t\n)")
    told = not known.unless or re.fullmatch(r"[A-Z0-9_|\s]+", last)  # flags that are worked out
    return known.lock if told else ""


@cache
def _registered() -> Mapping[str, Mapping[str, str]]:
    found: dict[str, dict[str, str]] = {}
    for row in _data()["held"]:
        for member in row.get("by", ()):
            found.setdefault(member, {}).update(dict.fromkeys(row["registers"], row["lock"]))
    return found


def registers_of(member: str) -> Mapping[str, str]:
    """The calls that a table is given to by which it is told with what lock its member is called.

    A table that is given to another one may be called otherwise.
    """
    return _registered().get(member, {})


@cache
def _only() -> frozenset[str]:
    return frozenset(row["lock"] for row in _data()["held"] if row.get("only", False))


def is_the_only(lock: str) -> bool:
    """True of a lock with which members are called if there is no other of that name."""
    return lock in _only()


@cache
def _not_apart() -> frozenset[str]:
    rows = (row for row in _data()["entry"] if not row.get("locks_apart", True))
    return frozenset(call for row in rows for call in row["calls"])


def enters_apart(name: str, argument: int) -> bool:
    """True if a function that is this argument of a call runs beside what others hold locks for.

    Not where the sender may wait for it with locks held, nor where nothing else runs.
    """
    known = bool(entered_by_call(name, argument))
    return known and f"{name} {argument}" not in _not_apart()


@cache
def _sometimes() -> frozenset[str]:
    rows = (row for row in _data()["entry"] if not row.get("always", True))
    return frozenset(call for row in rows for call in row["calls"])


@cache
def _always() -> Mapping[str, tuple[str, re.Pattern[str]]]:
    return {
        member: (row["context"], re.compile("|".join(row["structs"])))
        for row in _data()["entry"]
        if "structs" in row
        for member in row["members"]
    }


def always_by_call(name: str, argument: int) -> str:
    """As ``entered_by_call``, if all that is this argument of the call is entered so."""
    return "" if f"{name} {argument}" in _sometimes() else entered_by_call(name, argument)


def always_by_member(member: str, struct: str) -> str:
    """The context of a function that is this member of such a struct; '' if not always that."""
    context, structs = _always().get(member, ("", None))
    return context if structs is not None and structs.fullmatch(struct) else ""


def entered_by_call(name: str, argument: int) -> str:
    """The context of a function that is this argument (from 0) of a call; '' if not known."""
    return _table()[0].get((name, argument), "")


def entered_by_member(member: str) -> str:
    """The context of a function that is this member of an operations table; '' if not known."""
    return _table()[1].get(member, "")
