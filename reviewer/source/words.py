"""The word table behind the normaliser: ``normalise.toml`` and a user's additions."""

from __future__ import annotations

import tomllib
from collections.abc import Iterable
from dataclasses import dataclass
from functools import cache, lru_cache
from importlib import resources
from pathlib import Path

from reviewer.errors import KstaleError


@dataclass(frozen=True, slots=True)
class WordSet:
    """Words matched whole, by prefix (``foo*``), suffix (``*foo``) or part (``*foo*``)."""

    whole: frozenset[str]
    prefixes: tuple[str, ...]
    suffixes: tuple[str, ...]
    parts: tuple[str, ...]

    def __contains__(self, word: object) -> bool:
        if not isinstance(word, str):
            return False
        return (
            word in self.whole
            or word.startswith(self.prefixes)
            or word.endswith(self.suffixes)
            or any(part in word for part in self.parts)
        )


@dataclass(frozen=True, eq=False, slots=True)
class Words:
    """What kernel C says that a C parser does not know; see ``normalise.toml``."""

    attributes: WordSet
    keep: WordSet
    loops: WordSet
    closers: WordSet
    once: WordSet
    functions: WordSet

    def is_attribute(self, word: str) -> bool:
        """True for a word that says something about a declaration and nothing to the parser."""
        return _attribute(self, word)

    def declares_function(self, word: str) -> bool:
        """True for a macro whose first argument names the function it defines."""
        return word in self.functions


@lru_cache(maxsize=65536)
def _attribute(table: Words, word: str) -> bool:
    return word in table.attributes and word not in table.keep


def word_set(entries: Iterable[str]) -> WordSet:
    """Sort entries by the kind of pattern they are."""
    whole: set[str] = set()
    prefixes: list[str] = []
    suffixes: list[str] = []
    parts: list[str] = []
    for entry in entries:
        if entry.startswith("*") and entry.endswith("*") and len(entry) > 2:
            parts.append(entry[1:-1])
        elif entry.endswith("*"):
            prefixes.append(entry[:-1])
        elif entry.startswith("*"):
            suffixes.append(entry[1:])
        else:
            whole.add(entry)
    return WordSet(frozenset(whole), tuple(prefixes), tuple(suffixes), tuple(parts))


def load_words(*extra: Path) -> Words:
    """The shipped table merged with more files of the same shape.

    Raises ``KstaleError`` for a file that is not TOML or whose tables do not hold word lists.
    """
    text = resources.files("reviewer.source").joinpath("normalise.toml").read_text("utf-8")
    tables = [tomllib.loads(text)]
    for path in extra:
        try:
            tables.append(tomllib.loads(path.read_text("utf-8")))
        except (OSError, ValueError) as error:
            raise KstaleError(f"{path}: not a word table: {error}") from error

    def collect(section: str, *keys: str) -> WordSet:
        found: list[str] = []
        for table in tables:
            groups = table.get(section, {})
            for key, entries in groups.items():
                if keys and key not in keys:
                    continue
                if not isinstance(entries, list) or not all(isinstance(e, str) for e in entries):
                    raise KstaleError(f"word table: {section}.{key} is not a list of words")
                found += entries
        return word_set(found)

    return Words(
        attributes=collect("attributes"),
        keep=collect("types"),
        loops=collect("iterators", "loops"),
        closers=collect("iterators", "closers"),
        once=collect("iterators", "once"),
        functions=collect("declarations", "functions"),
    )


@cache
def words() -> Words:
    """The shipped table."""
    return load_words()
