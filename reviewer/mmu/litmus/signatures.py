"""How the kernel calls a primitive, where that is not how it is defined (primitives/kernel-calls).

A line ``set_pte_at(mm, addr, PTEP, PTE)``: arguments in capitals count, in this order; those in
small letters mean nothing in the model and may be any name.
"""

from __future__ import annotations

import re
from functools import lru_cache
from pathlib import Path

from reviewer.errors import LitmusError

FILE = Path(__file__).parents[1] / "primitives" / "kernel-calls.txt"
_LINE = re.compile(r"(\w+)\(([\w, ]*)\)$")


def kernel_forms(name: str) -> tuple[tuple[str, ...], ...]:
    """The argument lists that the kernel uses for a primitive; none if it is called as defined."""
    return all_forms().get(name, ())


@lru_cache(maxsize=1)
def all_forms() -> dict[str, tuple[tuple[str, ...], ...]]:
    """Every line of the file by name. Raises LitmusError for a malformed one."""
    found: dict[str, tuple[tuple[str, ...], ...]] = {}
    for number, line in enumerate(FILE.read_text(encoding="utf-8").splitlines(), 1):
        line = line.partition("#")[0].strip()
        if not line:
            continue
        match = _LINE.match(line)
        if match is None:
            raise LitmusError(str(FILE), number, f"expected NAME(arguments), found '{line[:40]}'")
        words = tuple(word.strip() for word in match.group(2).split(",") if word.strip())
        found[match.group(1)] = (*found.get(match.group(1), ()), words)
    return found
