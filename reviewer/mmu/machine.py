"""Machines: a memory model plus what flushes, page-table freeing and entries do there.

The data is machines.toml, each fact with the line of Linux 6.12 that shows it. Facts that the
Kconfig of a tree decides are looked up in the tree under review by ``Machine.in_tree``.
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace
from functools import lru_cache
from pathlib import Path
from typing import Any

from reviewer.errors import MachineError
from reviewer.mmu.facts import Evidence, Fact, Later, Need, Read

MACHINES = Path(__file__).with_name("machines.toml")

FLUSHES = ("ipi", "paravirtual", "broadcast", "cross-call")
TABLES = ("rcu", "page")
_EVIDENCE = re.compile(r"([^:\s]+):(\d+) (\w+): (.+)")
_OLDER = re.compile(r"([^:\s]+) (\w+): (.+)")
_FACT_KEYS = {"kconfig", "evidence", "older", "where-shown"}
_NEED = re.compile(r"(\S+) (.+)")
_KEYS = {
    "name", "title", "arch", "model", "flush", "tables", "config", "variants", "needs", "facts",
    "optional", "later",
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Machine:
    """One machine. ``config``: Kconfig symbols, without CONFIG_, known set or unset there.

    ``unshown`` are facts that the tree, for which the machine was adapted, does not show: what is
    found on it proves nothing there.
    """

    name: str
    title: str
    arch: str
    model: str
    flush: str
    tables: str
    variants: frozenset[str]
    config: tuple[tuple[str, bool], ...] = ()
    facts: tuple[Fact, ...] = ()
    needs: tuple[Need, ...] = ()
    optional: frozenset[str] = frozenset()
    later: tuple[Later, ...] = ()
    unshown: tuple[str, ...] = ()

    def without(self, variant: str) -> Machine:
        """The processor of this machine that lacks an optional feature."""
        return replace(
            self,
            name=f"{self.name}-no-{variant}",
            title=f"{self.title}, without {variant}",
            variants=self.variants - {variant},
            facts=tuple(fact for fact in self.facts if fact.name != variant),
            optional=self.optional - {variant},
        )

    @property
    def gup_fast(self) -> bool:
        """Whether page tables are walked without locks by get_user_pages_fast()."""
        return "gup-fast" in self.variants

    @property
    def split(self) -> bool:
        """Whether an entry is two words, read and written one after the other."""
        return "split" in self.variants

    @property
    def hardware_flags(self) -> bool:
        """Whether the hardware sets accessed and dirty bits in entries."""
        return "hw-ad" in self.variants

    def configured(self, symbol: str) -> bool | None:
        """Whether Kconfig ``symbol`` (with or without CONFIG_) is set; None if that is open.

        The symbols of facts are answered too, as far as the machine has the fact.
        """
        symbol = symbol.removeprefix("CONFIG_")
        for known, on in self.config:
            if symbol == known:
                return on
        for fact in self.facts:
            if symbol in fact.kconfig and fact.name in self.variants:
                return True
        return None

    def in_tree(self, selects: Callable[[str, str], bool], read: Read) -> Machine | None:
        """The machine as ``tree`` builds it, or None where it does not exist.

        ``selects(arch, symbol)``: arch/ARCH/Kconfig selects or defines the symbol, under whatever
        condition. ``read(path)``: the text of a file of the tree, or None.
        """
        for need in self.needs:
            text = read(need.path)
            if text is None or need.text not in text:
                return None
        absent = {fact.name for fact in self.facts if self._is_off(fact, selects, read)}
        added = {one.variant for one in self.later if _has_line(read(one.path), one.line)}
        variants = (self.variants | added) - absent
        tables = "rcu" if "table-rcu" in variants else "page"
        unshown = tuple(
            fact.name
            for fact in self.facts
            if not fact.kconfig
            and not fact.where_shown
            and not (fact.name == "tables" and tables != self.tables)
            and not fact.stands(read)
        )
        if variants == self.variants and not unshown:
            return self
        return replace(self, variants=variants, tables=tables, unshown=unshown)

    def _is_off(self, fact: Fact, selects: Callable[[str, str], bool], read: Read) -> bool:
        if fact.kconfig:
            return not any(selects(self.arch, symbol) for symbol in fact.kconfig)
        return fact.where_shown and not fact.stands(read)


def machines(path: Path = MACHINES) -> tuple[Machine, ...]:
    """All machines, in the order of the file. Raises MachineError if the file is malformed."""
    return _load(path)


def machine(name: str, path: Path = MACHINES) -> Machine:
    """The machine called ``name``, or NAME-no-VARIANT of one with an optional variant.

    Raises MachineError, naming the known ones.
    """
    for found in _load(path):
        if found.name == name:
            return found
        for variant in sorted(found.optional):
            if name == f"{found.name}-no-{variant}":
                return found.without(variant)
    known = ", ".join(found.name for found in _load(path))
    raise MachineError(f"no machine {name!r}; known: {known}")


def table(found: Iterable[Machine]) -> list[tuple[str, ...]]:
    """Rows for ``kstale machines``, a header first."""
    rows: list[tuple[str, ...]] = [
        ("machine", "order", "remote flush", "tables freed", "GUP-fast", "entry", "hw A/D")
    ]
    rows.extend(
        (
            one.name,
            one.model,
            one.flush,
            one.tables,
            "yes" if one.gup_fast else "no",
            "two words" if one.split else "one word",
            "yes" if one.hardware_flags else "no",
        )
        for one in found
    )
    return rows


@lru_cache(maxsize=8)
def _load(path: Path) -> tuple[Machine, ...]:
    try:
        data = tomllib.loads(path.read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        raise MachineError(f"{path}: {error}") from None
    entries = data.get("machine")
    if not isinstance(entries, list) or not entries:
        raise MachineError(f"{path}: expected [[machine]] entries")
    loaded = tuple(_machine(path, entry) for entry in entries)
    names = [one.name for one in loaded]
    for name in names:
        if names.count(name) > 1:
            raise MachineError(f"{path}: machine {name!r} is defined twice")
    return loaded


def _machine(path: Path, entry: dict[str, Any]) -> Machine:
    where = f"{path}: machine {entry.get('name', '(no name)')!r}"
    unknown = sorted(set(entry) - _KEYS)
    if unknown:
        raise MachineError(f"{where}: unknown key {unknown[0]!r}")
    words = {}
    for key in ("name", "title", "arch", "model", "flush", "tables"):
        value = entry.get(key)
        if not isinstance(value, str) or not value:
            raise MachineError(f"{where}: expected a string for {key!r}")
        words[key] = value
    if words["flush"] not in FLUSHES:
        raise MachineError(f"{where}: flush is one of {', '.join(FLUSHES)}")
    if words["tables"] not in TABLES:
        raise MachineError(f"{where}: tables is one of {', '.join(TABLES)}")
    variants = frozenset(_strings(where, "variants", entry.get("variants", [])))
    if (words["flush"] == "ipi") != ("flush-ipi" in variants):
        raise MachineError(f'{where}: flush = "ipi" and variant flush-ipi go together')
    if (words["tables"] == "rcu") != ("table-rcu" in variants):
        raise MachineError(f'{where}: tables = "rcu" and variant table-rcu go together')
    config = entry.get("config", {})
    if not isinstance(config, dict) or not all(isinstance(on, bool) for on in config.values()):
        raise MachineError(f"{where}: config gives true or false for each symbol")
    return Machine(
        words["name"],
        words["title"],
        words["arch"],
        words["model"],
        words["flush"],
        words["tables"],
        variants=variants,
        config=tuple(config.items()),
        later=_later(where, entry.get("later", {})),
        optional=frozenset(_strings(where, "optional", entry.get("optional", []))),
        facts=_facts(where, entry.get("facts", {})),
        needs=tuple(
            _need(where, text) for text in _strings(where, "needs", entry.get("needs", []))
        ),
    )


def _facts(where: str, entry: object) -> tuple[Fact, ...]:
    if not isinstance(entry, dict):
        raise MachineError(f"{where}: expected a table of facts")
    found = []
    for name, body in entry.items():
        if not isinstance(body, dict) or set(body) - _FACT_KEYS:
            known = ", ".join(sorted(_FACT_KEYS))
            raise MachineError(f"{where}: fact {name!r} has {known} only")
        evidence = _strings(where, f"evidence of {name}", body.get("evidence", []))
        if not evidence:
            raise MachineError(f"{where}: fact {name!r} has no evidence")
        found.append(
            Fact(
                name,
                tuple(_evidence(where, text) for text in evidence),
                tuple(_strings(where, f"kconfig of {name}", body.get("kconfig", []))),
                tuple(_older(where, text) for text in _strings(where, name, body.get("older", []))),
                body.get("where-shown") is True,
            )
        )
    return tuple(found)


def _has_line(text: str | None, line: str) -> bool:
    return any(found.split() == line.split() for found in (text or "").splitlines())


def _later(where: str, entry: object) -> tuple[Later, ...]:
    if not isinstance(entry, dict):
        raise MachineError(f"{where}: expected a table of later variants")
    found = []
    for variant, text in entry.items():
        need = _need(where, text if isinstance(text, str) else "")
        found.append(Later(variant, need.path, need.text))
    return tuple(found)


def _strings(where: str, what: str, value: object) -> list[str]:
    if not isinstance(value, list) or not all(isinstance(item, str) for item in value):
        raise MachineError(f"{where}: expected a list of strings for {what}")
    return value


def _evidence(where: str, text: str) -> Evidence:
    match = _EVIDENCE.fullmatch(text)
    if match is None:
        raise MachineError(f"{where}: expected 'path:line NAME: text' as evidence, found {text!r}")
    return Evidence(match.group(1), int(match.group(2)), match.group(3), match.group(4))


def _older(where: str, text: str) -> Evidence:
    match = _OLDER.fullmatch(text)
    if match is None:
        raise MachineError(f"{where}: expected 'path NAME: text' in older, found {text!r}")
    return Evidence(match.group(1), 0, match.group(2), match.group(3))


def _need(where: str, text: str) -> Need:
    match = _NEED.fullmatch(text)
    if match is None:
        raise MachineError(f"{where}: expected 'path text' in needs, found {text!r}")
    return Need(match.group(1), match.group(2))
