"""MAINTAINERS: which section a file belongs to, and whose it is.

Patterns mean what scripts/get_maintainer.pl makes of them (file_match_pattern): ``F: dir/`` is
everything below, ``F: dir/*`` the files in it, ``X:`` takes away what ``F:`` gave, ``N:`` is a
regular expression on the whole path, ``K:`` one on contents, with blanks left out.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass
from email.utils import getaddresses
from functools import cached_property, lru_cache

from reviewer.tree import bounded

FILE = "MAINTAINERS"
_FIELD = re.compile(r"([A-Z]):\s*(.*\S)\s*")
_WILD = re.compile(r"[*?\[]")
_FROM_START = re.compile(r"\A\^\.\*(?![?+*{])")
"""Says nothing where an expression is searched for."""
REST = "THE REST"
"""The section that has every file, and so tells nothing."""


@dataclass(frozen=True, slots=True)
class Section:
    """One section; values are as written, in order."""

    title: str
    fields: tuple[tuple[str, str], ...]

    def get(self, letter: str) -> tuple[str, ...]:
        """All values of a field: ``M``, ``R``, ``L``, ``T``, ``F``, ``X``, ``N``, ``K``, ``S``."""
        return tuple(value for name, value in self.fields if name == letter)

    @property
    def addresses(self) -> frozenset[str]:
        """Mail addresses of its maintainers and reviewers, in lower case."""
        people = getaddresses([*self.get("M"), *self.get("R")])
        return frozenset(address.lower() for _, address in people if "@" in address)

    def has(self, path: str) -> bool:
        """True if ``F:`` or ``N:`` lines give it the file and no ``X:`` line takes it away."""
        given = any(_matches(pattern, path) for pattern in self.get("F")) or any(
            compiled.search(path) for text in self.get("N") if (compiled := _expression(text))
        )
        return given and not self.excludes(path)

    def speaks_of(self, text: str) -> bool:
        """True if a ``K:`` line is about something that the text has."""
        return any(
            compiled.search(text)
            for line in self.get("K")
            if (compiled := _expression(line, verbose=True))
        )

    def excludes(self, path: str) -> bool:
        """True if an ``X:`` line takes the file away."""
        return any(_matches(pattern, path) for pattern in self.get("X"))


class Maintainers:
    """All sections of a tree; a look-up costs microseconds."""

    def __init__(self, sections: tuple[Section, ...]) -> None:
        self.sections = sections

    @cached_property
    def _plain(self) -> dict[str, list[tuple[str, Section]]]:
        """Patterns without wildcards by path, the slash of a folder left off."""
        found: dict[str, list[tuple[str, Section]]] = defaultdict(list)
        for section in self.sections:
            for pattern in section.get("F"):
                if not _WILD.search(pattern):
                    found[pattern.rstrip("/")].append((pattern, section))
        return found

    @cached_property
    def _wild(self) -> dict[str, list[tuple[str, Section]]]:
        """Patterns with wildcards by the folder that they are plain up to, '' for the root."""
        found: dict[str, list[tuple[str, Section]]] = defaultdict(list)
        for section in self.sections:
            for pattern in section.get("F"):
                if wild := _WILD.search(pattern):
                    found[pattern[: wild.start()].rpartition("/")[0]].append((pattern, section))
        return found

    @cached_property
    def _expressions(self) -> tuple[tuple[str, re.Pattern[str], Section], ...]:
        """``N:`` lines."""
        return tuple(
            (text, compiled, section)
            for section in self.sections
            for text in section.get("N")
            if (compiled := _expression(text)) is not None
        )

    def all_of(self, path: str) -> tuple[Section, ...]:
        """Every section that has the file, the one with the most exact pattern first."""
        found: dict[str, tuple[int, int, Section]] = {}
        for pattern, section in self._candidates(path):
            if section.title == REST or section.excludes(path):
                continue
            rank = (-pattern.rstrip("/*").count("/"), -len(pattern))
            if section.title not in found or rank < found[section.title][:2]:
                found[section.title] = (*rank, section)
        return tuple(one[2] for one in sorted(found.values(), key=lambda one: one[:2]))

    def title_of(self, path: str) -> str:
        """The title of the section that has the file, '' if none but THE REST has it."""
        found = self.all_of(path)
        return found[0].title if found else ""

    def named(self, words: str) -> tuple[Section, ...]:
        """Sections of this title, else those whose title begins so; case does not matter."""
        wanted = " ".join(words.split()).upper()
        exact = tuple(one for one in self.sections if one.title.upper() == wanted)
        return exact or tuple(one for one in self.sections if one.title.upper().startswith(wanted))

    def of_person(self, address: str) -> tuple[Section, ...]:
        """Sections that somebody maintains or reviews."""
        wanted = address.strip().lower()
        return tuple(one for one in self.sections if wanted in one.addresses)

    def _candidates(self, path: str) -> Iterator[tuple[str, Section]]:
        yield from self._plain.get(path, ())
        folder = path
        while folder:
            folder = folder.rpartition("/")[0]
            if folder:
                yield from self._plain.get(folder, ())
            for pattern, section in self._wild.get(folder, ()):
                if _matches(pattern, path):
                    yield pattern, section
        for expression, compiled, section in self._expressions:
            if compiled.search(path):
                yield expression, section


def parse(text: str) -> Maintainers:
    """Read the file; what is before the first section with an ``F:``-like field is its manual."""
    sections: list[Section] = []
    title = ""
    fields: list[tuple[str, str]] = []
    for line in [*text.splitlines(), ""]:
        field = _FIELD.fullmatch(line)
        if field and title:
            fields.append((field[1], field[2]))
        elif line.strip() and not line[0].isspace():
            if title and fields:
                sections.append(Section(title, tuple(fields)))
            title, fields = " ".join(line.split()), []
    if title and fields:
        sections.append(Section(title, tuple(fields)))
    return Maintainers(tuple(sections))


def _matches(pattern: str, path: str) -> bool:
    compiled = _glob(pattern)
    if compiled is None:
        return False
    if pattern.endswith("/"):
        return compiled.match(path) is not None
    if not _WILD.search(pattern):
        return path == pattern or path.startswith(pattern + "/")
    return compiled.match(path) is not None and path.count("/") == pattern.count("/")


@lru_cache(maxsize=16384)
def _glob(pattern: str) -> re.Pattern[str] | None:
    """As get_maintainer.pl turns one into a regular expression, anchored at its start; None if it
    is none.

    What follows a ``*`` is taken where it first stands: nothing is gained by a later place.
    """
    escaped = re.escape(pattern).replace(r"\?", ".").replace(r"\[", "[").replace(r"\]", "]")
    first, *others = escaped.split(r"\*")
    try:
        return re.compile(first + "".join(f"(?>.*?{one})" for one in others))
    except re.error:
        return None


@lru_cache(maxsize=1024)
def _expression(text: str, *, verbose: bool = False) -> re.Pattern[str] | None:
    """An ``N:`` or ``K:`` line; None for what is Perl and not Python, or may take for ever."""
    return bounded.compiled(text if verbose else _FROM_START.sub("", text), verbose=verbose)
