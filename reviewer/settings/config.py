"""``.kstale.toml``: what a tree, and then a user, has settled once and for all (docs/config.md)."""

from __future__ import annotations

import datetime
import difflib
import os
import tomllib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, fields, replace
from pathlib import Path
from typing import Any

from reviewer.errors import InputError
from reviewer.review.model import Selection
from reviewer.tree.model import Tree
from reviewer.verdict import Severity, Tier

NAME = ".kstale.toml"
_MOST = 4 << 20
"""Bytes; a longer file is no configuration."""


@dataclass(frozen=True, slots=True)
class Suppression:
    """One ``[[suppress]]`` entry: a finding that somebody has looked at and lets stand."""

    fingerprint: str
    reason: str
    expires: datetime.date | None = None
    rule: str = ""
    path: str = ""
    """Where the finding was when it was suppressed; for people, and to tell if it is unused."""
    origin: str = ""
    """The file it was read from."""


@dataclass(frozen=True, slots=True)
class Config:
    """The settings of all files together; tuples keep the order of the files."""

    enable: tuple[str, ...] = ()
    disable: tuple[str, ...] = ()
    machines: tuple[str, ...] = ()
    paths: tuple[str, ...] = ()
    """Where a scan looks if it is not told."""
    sections: tuple[str, ...] = ()
    tier: Tier | None = None
    """Findings of weaker evidence are kept back."""
    severity: tuple[tuple[str, Severity], ...] = ()
    suppressions: tuple[Suppression, ...] = ()

    def over(self, selection: Selection) -> Selection:
        """What the command line asks for, with what it does not say from here."""
        said = {*selection.enabled, *selection.disabled, *selection.only}
        return replace(
            selection,
            enabled=selection.enabled + tuple(one for one in self.enable if one not in said),
            disabled=selection.disabled + tuple(one for one in self.disable if one not in said),
            machines=selection.machines or self.machines,
        )

    def merged(self, later: Config) -> Config:
        """Both; where only one can be, the later file's."""
        return Config(
            enable=self.enable + later.enable,
            disable=tuple(one for one in self.disable if one not in later.enable) + later.disable,
            machines=later.machines or self.machines,
            paths=later.paths or self.paths,
            sections=later.sections or self.sections,
            tier=later.tier or self.tier,
            severity=self.severity + later.severity,
            suppressions=self.suppressions + later.suppressions,
        )


def load(tree: Tree, home: Path | None = None) -> Config:
    """The tree's file, then the one in ``home`` (default: the user's home folder).

    Raises InputError, with file and line, for what is not understood: nothing is passed over.
    """
    config = Config()
    data = tree.read(NAME)
    if data:
        config = parse(f"{tree.name}/{NAME}", data)
    own = (home or Path(os.environ.get("HOME") or "/")) / NAME
    try:
        text = own.read_bytes() if own.is_file() and not (data and _same(own, tree)) else b""
    except OSError:
        text = b""
    return config.merged(parse(str(own), text)) if text else config


def _same(own: Path, tree: Tree) -> bool:
    """True if the tree is the home folder."""
    in_tree = Path(tree.name) / NAME
    return in_tree.is_file() and own.samefile(in_tree)


def parse(name: str, data: bytes) -> Config:
    """Read one file. Raises InputError with file and line."""
    try:
        if len(data) > _MOST:
            raise InputError(name, 0, "is too long for a configuration")
        text = data.decode("utf-8")
        found = tomllib.loads(text)
    except UnicodeDecodeError as error:
        line = data.count(b"\n", 0, error.start) + 1
        raise InputError(name, line, "is not UTF-8") from error
    except tomllib.TOMLDecodeError as error:
        raise InputError(name, 0, f"is not TOML: {error}") from error
    return _Reader(name, text).config(found)


class _Reader:
    """Checks what TOML gave; errors name the line on which the key stands."""

    def __init__(self, name: str, text: str) -> None:
        self._name = name
        self._lines = text.splitlines()

    def config(self, found: Mapping[str, Any]) -> Config:
        known = ("rules", "severity", "machines", "paths", "sections", "minimum-tier", "suppress")
        self._only(known, found)
        rules = self._table(found, "rules")
        self._only(("enable", "disable"), rules)
        tier = found.get("minimum-tier")
        severity = self._table(found, "severity")
        return Config(
            enable=self._words(rules, "enable"),
            disable=self._words(rules, "disable"),
            machines=self._words(found, "machines"),
            paths=tuple(path.strip("/") for path in self._words(found, "paths")),
            sections=self._words(found, "sections"),
            tier=None if tier is None else Tier(self._one_of("minimum-tier", tier, Tier)),
            severity=tuple(
                (rule, Severity(self._one_of(rule, value, Severity)))
                for rule, value in severity.items()
            ),
            suppressions=tuple(self._suppression(one) for one in self._tables(found, "suppress")),
        )

    def _suppression(self, entry: Mapping[str, Any]) -> Suppression:
        self._only((one.name for one in fields(Suppression) if one.name != "origin"), entry)
        expires = entry.get("expires")
        if isinstance(expires, datetime.datetime) or (
            expires is not None and not isinstance(expires, datetime.date)
        ):
            raise self._error("expires", "has to be a date: expires = 2027-06-30")
        for key in ("fingerprint", "reason", "rule", "path"):
            if not isinstance(entry.get(key, ""), str):
                raise self._error(key, f"{key} has to be a string")
        if not entry.get("fingerprint") or not str(entry.get("reason", "")).strip():
            raise self._error("[[suppress]]", "a suppression needs fingerprint and reason")
        return Suppression(
            fingerprint=entry["fingerprint"],
            reason=entry["reason"],
            expires=expires,
            rule=entry.get("rule", ""),
            path=entry.get("path", ""),
            origin=self._name,
        )

    def _only(self, known: Iterable[str], found: Mapping[str, Any]) -> None:
        names = tuple(known)
        for key in found:
            if key not in names:
                near = difflib.get_close_matches(key, names, n=1)
                hint = f"did you mean {near[0]}?" if near else f"known are {', '.join(names)}"
                raise self._error(key, f"{key} is not known here; {hint}")

    def _table(self, found: Mapping[str, Any], key: str) -> Mapping[str, Any]:
        value = found.get(key, {})
        if not isinstance(value, dict):
            raise self._error(key, f"{key} has to be a table: [{key}]")
        return value

    def _tables(self, found: Mapping[str, Any], key: str) -> list[Mapping[str, Any]]:
        value = found.get(key, [])
        if not isinstance(value, list) or not all(isinstance(one, dict) for one in value):
            raise self._error(key, f"{key} has to be written as [[{key}]]")
        return value

    def _words(self, found: Mapping[str, Any], key: str) -> tuple[str, ...]:
        value = found.get(key, [])
        if not isinstance(value, list) or not all(isinstance(one, str) for one in value):
            raise self._error(key, f'{key} has to be a list of strings: {key} = ["a", "b"]')
        return tuple(value)

    def _one_of(self, key: str, value: object, choices: type[Tier] | type[Severity]) -> str:
        names = [one.value for one in choices]
        if value not in names:
            raise self._error(key, f"{key} has to be one of {', '.join(names)}")
        return str(value)

    def _error(self, key: str, message: str) -> InputError:
        at = (number for number, line in enumerate(self._lines, 1) if key in line)
        return InputError(self._name, next(at, 0), message)
