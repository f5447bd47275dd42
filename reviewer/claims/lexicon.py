"""The lexicon: which words and C names stand for which concept.

The data is ``lexicon.toml``; its header explains the format. A concept is a dotted name
(``tlb-flush.range``) or a class with an instance (``lock:mmap_lock``). Each concept belongs to a
sort (``lock``, ``context``, ``walker`` …); sentence patterns have slots of sorts.
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from reviewer.errors import InputError

SORTS = (
    "lock",
    "context",
    "act",
    "switch",
    "flush",
    "ipi",
    "walker",
    "barrier",
    "gp",
    "count",
    "pte",
    "change",
    "event",
    "access",
    "func",
    "name",
    "path",
    "config",
    "free",
)
"""Sorts of terms; a pattern slot names one or more of them."""


@dataclass(frozen=True, slots=True)
class Entry:
    """One concept with its sort, the prose phrases and the C names (``*`` allowed) for it."""

    concept: str
    sort: str
    phrases: tuple[str, ...] = ()
    names: tuple[str, ...] = ()
    examples: tuple[str, ...] = ()
    name: str = ""
    """The C name the phrases stand for, where there is just one (``page table lock``: ptl)."""


@dataclass(frozen=True, slots=True)
class Lexicon:
    """All entries, and words that are no reason to read a phrase as a lock."""

    entries: tuple[Entry, ...]

    def with_words(self, words: Mapping[str, tuple[str, ...]]) -> Lexicon:
        """This lexicon and further phrases, given as concept to words.

        A word that is a C name (``foo_bar``, ``foo()``, ``foo_*``) is added as a name. A concept
        not seen before gets the sort of the nearest concept above it, else ``event``.
        """
        sorts = {entry.concept: entry.sort for entry in self.entries}
        added = []
        for concept, given in words.items():
            names = tuple(w.removesuffix("()") for w in given if _is_name(w))
            phrases = tuple(w for w in given if not _is_name(w))
            added.append(Entry(concept, _sort_of(concept, sorts), phrases, names))
        return Lexicon(self.entries + tuple(added))


def _is_name(word: str) -> bool:
    return " " not in word and (word.endswith("()") or "_" in word or "*" in word)


def _sort_of(concept: str, sorts: Mapping[str, str]) -> str:
    at = concept
    while at:
        if at in sorts:
            return sorts[at]
        cut = max(at.rfind("."), at.rfind(":"))
        at = at[:cut] if cut > 0 else ""
    head = re.split(r"[.:]", concept, maxsplit=1)[0]
    return head if head in SORTS else "event"


def load_lexicon(path: Path) -> Lexicon:
    """Read a lexicon file. Raises InputError naming the file if an entry is malformed."""
    try:
        data = tomllib.loads(path.read_text(encoding="utf-8"))
    except tomllib.TOMLDecodeError as error:
        raise InputError(str(path), 0, f"not TOML: {error}") from error
    entries = []
    for concept, row in data.get("concept", {}).items():
        sort = row.get("sort", "")
        if sort not in SORTS:
            raise InputError(str(path), 0, f"{concept}: unknown sort {sort!r}")
        entries.append(
            Entry(
                concept,
                sort,
                tuple(row.get("phrases", ())),
                tuple(row.get("names", ())),
                tuple(row.get("examples", ())),
                row.get("name", ""),
            )
        )
    return Lexicon(tuple(entries))


@cache
def builtin_lexicon() -> Lexicon:
    """kstale's own lexicon."""
    return load_lexicon(Path(__file__).with_name("lexicon.toml"))


def variants(phrase: str) -> tuple[str, ...]:
    """Spellings of a lower-case phrase: ``a-b``, ``a b`` and ``a_b``; a plural last word.

    A phrase ending in ``=`` is taken as it stands.
    """
    if phrase.endswith("="):
        return (phrase[:-1],)
    parts = re.split(r"[ -]", phrase)
    found = {phrase, " ".join(parts), "-".join(parts), "_".join(parts)}
    if len(parts) > 2:
        found.add(" ".join(parts[:-2]) + " " + "-".join(parts[-2:]))
        found.add("-".join(parts[:-1]) + " " + parts[-1])
    last = parts[-1]
    if last.isalpha() and not last.endswith(("s", "ed", "ing")):
        plural = last + ("es" if last.endswith(("sh", "ch", "x")) else "s")
        if last.endswith("y") and last[-2:-1] not in "aeiou":
            plural = last[:-1] + "ies"
        found |= {spelling.removesuffix(last) + plural for spelling in tuple(found)}
    return tuple(sorted(found))
