"""Names that are not the kernel's own: the data of ``references.toml``."""

from __future__ import annotations

import re
import tomllib
from dataclasses import dataclass
from functools import cache
from pathlib import Path


@dataclass(frozen=True, slots=True)
class Lore:
    """What ``references.toml`` knows."""

    words: re.Pattern[str]
    functions: frozenset[str]
    prefixes: tuple[str, ...]
    folders: tuple[str, ...]
    placeholders: frozenset[str]


@cache
def lore() -> Lore:
    """The built-in data."""
    data = tomllib.loads(Path(__file__).with_name("references.toml").read_text(encoding="utf-8"))
    foreign = data["foreign"]
    words = "|".join(re.escape(word) for word in foreign["words"])
    return Lore(
        re.compile(rf"(?<!\w)(?:{words})(?!\w)", re.I),
        frozenset(foreign["functions"]),
        tuple(foreign["prefixes"]),
        tuple(foreign["folders"]),
        frozenset(data["placeholder"]["parts"]),
    )
