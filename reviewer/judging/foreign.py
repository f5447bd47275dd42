"""Names that are not the kernel's own: the data of ``references.toml``."""

from __future__ import annotations

import re
import tomllib
from dataclasses import dataclass
from functools import cache
from pathlib import Path


@dataclass(frozen=True, slots=True)
class Foreign:
    """What ``references.toml`` knows."""

    words: re.Pattern[str]
    functions: frozenset[str]
    prefixes: tuple[str, ...]
    folders: tuple[str, ...]
    placeholders: frozenset[str]


@cache
def foreign() -> Foreign:
    """The built-in data."""
    data = tomllib.loads(Path(__file__).with_name("references.toml").read_text(encoding="utf-8"))
    given = data["foreign"]
    words = "|".join(re.escape(word) for word in given["words"])
    return Foreign(
        re.compile(rf"(?<!\w)(?:{words})(?!\w)", re.I),
        frozenset(given["functions"]),
        tuple(given["prefixes"]),
        tuple(given["folders"]),
        frozenset(data["placeholder"]["parts"]),
    )
