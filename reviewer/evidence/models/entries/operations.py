"""What the kernel's page-table functions are in the simulator's language (operations.txt)."""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from reviewer.errors import RuleError

ENTRIES = ("pte", "pmd", "pud")
"""Objects that are page-table entries."""
ENTRY_TYPES = {f"{one}_t": one for one in ENTRIES}
"""The type of each: include/linux/pgtable.h, arch/*/include/asm/pgtable_types.h."""
VARIABLE = "&"
"""Before the name of a variable that holds an entry's value: no entry of a page table."""
_LINE = re.compile(r"(\w+)\(([^)]*)\)\s*\|\s*(\S+)\s*\|\s*(\S.*)$")
MEMBERS = {"pt_share_count": "share"}
"""Members that are an object, where a kernel has no function for it (6.1: linux/mm_types.h)."""
BATCH = "batch"
"""The object that is a batch of flushes, ``struct mmu_gather``: no other thread has it."""
BEGIN, NOTE, FLUSH, SET = "begin", "note", "flush", "set"
"""What is done to a batch: it is empty, has a range to flush, that is flushed; or a member is set
that decides whether anything is flushed, by code that is no operation of the table."""
_WORDS = frozenset((*ENTRIES, "folio", "lock", BATCH, "v", "wait", "cpus", "_"))
_NO_EFFECT = frozenset(("value", "same", "mapped", "nothing", "below", "above"))
_LEVELS = {"below": frozenset(("pte",)), "above": frozenset(("pmd", "pud"))}
"""Which entries are changed by what changes those of one level only."""
READS = re.compile(r"\(?READ_ONCE|p\w\wp_get\(|\w+_lockless\(|\w*_count\(|\w*mapcount\(|spin_")
"""Statements that change nothing of what code and adversary share."""


@dataclass(frozen=True, slots=True)
class Operation:
    """One function of the kernel: what its arguments are, the memory it is about, what it does."""

    name: str
    arguments: tuple[str, ...]
    object: str
    statement: str
    gives: bool
    """True if it has a value."""

    @property
    def pure(self) -> bool:
        """True if it does nothing to memory."""
        return self.object in _NO_EFFECT

    def tells(self, objects: frozenset[str]) -> bool:
        """False if it changes entries of a kind that is asked about, and the table says not how."""
        return _LEVELS.get(self.object, frozenset()).isdisjoint(objects)

    @property
    def changes(self) -> bool:
        """True if it changes the memory that it is about."""
        return not self.pure and READS.match(self.statement) is None

    @property
    def orders_only(self) -> bool:
        """True of barriers, locks and interrupts: alone they make no function worth following."""
        return self.object in ("-", "lock")

    def argument(self, kind: str) -> int:
        """Which argument is of a kind, -1 if none is."""
        return self.arguments.index(kind) if kind in self.arguments else -1


@cache
def operations() -> dict[str, Operation]:
    """All operations by name. Raises RuleError for a malformed line.

    One that another kernel has with other arguments is ``name/N``, with N of them.
    """
    file = Path(__file__).with_name("operations.txt")
    found: dict[str, Operation] = {}
    for number, line in enumerate(file.read_text(encoding="utf-8").splitlines(), 1):
        line = line.strip()
        if not line or line.startswith("#"):
            continue
        match = _LINE.fullmatch(line)
        arguments = tuple(a.strip() for a in match[2].split(",") if a.strip()) if match else ()
        key = match[1] if match else ""
        if key in found:
            key = f"{key}/{len(arguments)}"
        if match is None or not _WORDS.issuperset(arguments) or key in found:
            raise RuleError(
                f"{file.name}:{number}: expected 'call(arguments) | object | statement'"
            )
        gives = match[4].startswith("=")
        found[key] = Operation(
            match[1], arguments, match[3], match[4].removeprefix("=").strip(), gives
        )
    return found


@cache
def of_entries() -> frozenset[str]:
    """Operations on entries, and what does nothing: in them no order and no comparison can hide."""
    found = operations().values()
    return frozenset(one.name for one in found if one.object in (*ENTRIES, "nothing"))
