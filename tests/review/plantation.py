"""A tree that is large enough to be interrupted while it is scanned, small enough for a test."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

FILES = 24
KSTALE = [sys.executable, "-m", "reviewer"]

_FUNCTION = """
/*
 * Level the pond: callers must hold pond_lock_{n}; pairs with smp_wmb() in pond_fill_{m}().
 */
static int pond_level_{n}(struct pond *pond)
{{
	smp_rmb();
	return pond->level + pond_fill_{m}(pond);
}}

/* Fills it. The reader in pond_level_{n}() pairs with this barrier. */
int pond_fill_{n}(struct pond *pond)
{{
	mutex_lock(&pond_lock_{n});
	pond->level = pond_level_{n}(pond);
	smp_wmb();
	mutex_unlock(&pond_lock_{n});
	return 0;
}}
"""


_GONE = """
/* See pond_gone_{n}() for the other side, and Documentation/mm/ponds.rst. */
static int pond_side_{n};
"""


_REGISTERS = 36_000
"""Lines of a header that makes the tree so large (over 1 MB) that the store is used for it."""


def plant(folder: Path) -> Path:
    """A tree of small files whose comments speak of each other's functions."""
    registers = (f"#define POND_REGISTER_{at:05} {at:#06x}\n" for at in range(_REGISTERS))
    (folder / "include").mkdir(parents=True)
    (folder / "include" / "registers.h").write_text("".join(registers))
    (folder / "mm").mkdir(parents=True)
    for number in range(FILES):
        parts = [
            _FUNCTION.format(n=f"{number}_{at}", m=f"{(number + 1) % FILES}_{at}")
            for at in range(4)
        ]
        if number % 8 == 4:
            parts.append(_GONE.format(n=number))
        (folder / "mm" / f"pond_{number:02}.c").write_text("".join(parts))
    return folder


def environment(cache: Path) -> dict[str, str]:
    """The environment of a kstale that keeps what it keeps in ``cache``."""
    return {**os.environ, "KSTALE_CACHE": str(cache)}


def scan_command(
    tree: str | Path, ledger: Path, *more: str, paths: Sequence[str] = ()
) -> list[str]:
    """The command that scans a tree, or some paths of it, into JSON on standard output."""
    start = [*KSTALE, "scan", str(tree), *paths, "--format", "json"]
    return [*start, "--ledger", str(ledger), *more]


def scanned(
    tree: str | Path, cache: Path, *more: str, paths: Sequence[str] = ()
) -> tuple[int, str, str]:
    """Exit status, report and ledger of a scan."""
    ledger = cache / "ledger.jsonl"
    cache.mkdir(exist_ok=True)
    done = subprocess.run(
        scan_command(tree, ledger, *more, paths=paths),
        env=environment(cache),
        capture_output=True,
        text=True,
        check=False,
    )
    return done.returncode, done.stdout + done.stderr, ledger.read_text()
