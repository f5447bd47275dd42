"""Sentence patterns: how kernel English states a claim.

The data is ``patterns.toml``; its header explains the format. A pattern is a regular expression
over a *tagged* sentence, in which every known term has become one character, so that a slot is a
character class and matching stays linear in practice.
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from reviewer.claims.lexicon import SORTS
from reviewer.claims.literals import required_words
from reviewer.claims.model import Kind, Modality, Role
from reviewer.errors import InputError


@dataclass(frozen=True, slots=True)
class Example:
    """A sentence of our own and what must be read from it: ``subject concept``, ``object``."""

    text: str
    subject: str = ""
    object: str = ""
    none: bool = False
    """True if this pattern must not match the sentence."""


@dataclass(frozen=True, slots=True)
class Pattern:
    """One sentence pattern.

    ``text`` is a regular expression with slots ``{subject:SORT|SORT}``, ``{object:SORT}``,
    ``{objects:SORT}`` (a list: one claim each) and macros ``{name}`` of the data file.
    ``subject`` and ``object`` are the concepts where there is no such slot; an empty subject is
    the code the comment is anchored to. ``concepts`` limits a slot to concepts: pairs
    ``(slot, concept)``, any of which will do. ``where`` is ``prose``, ``context`` (a kernel-doc
    ``Context:`` or ``Locking:`` section), ``field`` (a trailing comment or one above a struct
    field or declaration) or ``any``.
    """

    name: str
    kind: Kind
    text: str
    subject: str = ""
    object: str = ""
    detail: tuple[tuple[str, str], ...] = ()
    modality: Modality = Modality.ASSERTED
    role: Role = Role.PLAIN
    where: str = "any"
    concepts: tuple[tuple[str, str], ...] = ()
    examples: tuple[Example, ...] = ()


@dataclass(frozen=True, slots=True)
class Compiled:
    """A pattern ready to run.

    ``needs`` are bit sets of sorts, one of each must be present; one of ``words`` must occur
    (no such test if empty).
    """

    pattern: Pattern
    text: str
    needs: tuple[int, ...]
    words: frozenset[str]

    @property
    def regex(self) -> re.Pattern[str]:
        """The regular expression, compiled when the pattern is first tried."""
        return _regex(self.text)


BLOCK = 0xE000
BLOCK_SIZE = 256
_NO_WORD = "[^\\w\ue000-\uf8ff]"
"""What ``\\W`` means in a pattern: neither a letter nor a term."""


def sort_class(sorts: str) -> str:
    """The character class of terms of ``lock|context`` …; ``any`` is every sort."""
    if sorts == "any":
        return f"[{chr(BLOCK)}-{chr(BLOCK + BLOCK_SIZE * len(SORTS) - 1)}]"
    ranges = []
    for sort in sorts.split("|"):
        first = BLOCK + BLOCK_SIZE * SORTS.index(sort)
        ranges.append(f"{chr(first)}-{chr(first + BLOCK_SIZE - 1)}")
    return f"[{''.join(ranges)}]"


_ARTICLE = r"(?:the |its |their |a |an |any |both |either |all )?"
_COMMA = rf", {_ARTICLE}"
_AND = (
    r"(?:(?: held| locked| taken)?,? (?:and|or|and/or|nor|as well as|and with|and also|or with"
    rf"|and under|or under|or in|or from|and in) {_ARTICLE}|/| \+ ?|\+| & )"
)
_SLOT = re.compile(
    r"\{(subjects?|subject2|objects?|object2|object3|places?|others?|term)"
    r":([a-z|]+)(\??)\}"
)
_MACRO = re.compile(r"\{([a-z_][a-z_0-9]*)\}")


def compile_pattern(pattern: Pattern, macros: Mapping[str, str]) -> Compiled:
    """Compile one pattern. Raises InputError naming it if it is malformed."""
    text = pattern.text
    for _ in range(4):
        text = _MACRO.sub(lambda m: f"(?:{macros[m[1]]})" if m[1] in macros else m[0], text)
    needs: list[int] = []

    def slot(match: re.Match[str]) -> str:
        name, sorts, optional = match.groups()
        if sorts != "any":
            unknown = [s for s in sorts.split("|") if s not in SORTS]
            if unknown:
                raise InputError("patterns", 0, f"{pattern.name}: unknown sort {unknown[0]}")
            if not optional and not _depth(text, match.start()) and "|" not in _outside(text):
                needs.append(sum(1 << SORTS.index(s) for s in sorts.split("|")))
        one = sort_class(sorts)
        if name == "term":
            return one
        if name.endswith("s"):
            return f"(?P<{name}>{one}(?:(?:{_COMMA}{one}){{0,4}}{_AND}{one}|(?:/{one}){{1,3}})?)"
        return f"(?P<{name}>{one})"

    text = _SLOT.sub(slot, text).replace(r"\W", _NO_WORD)
    try:
        words = required_words(text)
    except re.error as error:
        raise InputError("patterns", 0, f"{pattern.name}: {error}") from error
    return Compiled(pattern, text, tuple(needs), words)


@cache
def _regex(text: str) -> re.Pattern[str]:
    return re.compile(text)


def _depth(text: str, at: int) -> int:
    return len(re.findall(r"(?<!\\)\(", text[:at])) - len(re.findall(r"(?<!\\)\)", text[:at]))


def _outside(text: str) -> str:
    """The pattern without its slots and bracketed parts, to see a top-level ``|``."""
    text = _SLOT.sub("", text)
    while True:
        shorter = re.sub(r"\([^()]*\)", "", text)
        if shorter == text:
            return text
        text = shorter


@dataclass(frozen=True, slots=True)
class PatternFile:
    """The patterns of a file and the macros they use."""

    patterns: tuple[Pattern, ...]
    macros: Mapping[str, str]


def load_patterns(path: Path) -> PatternFile:
    """Read a pattern file. Raises InputError naming the file and pattern if one is malformed."""
    try:
        data = tomllib.loads(path.read_text(encoding="utf-8"))
    except tomllib.TOMLDecodeError as error:
        raise InputError(str(path), 0, f"not TOML: {error}") from error
    found: list[Pattern] = []
    for row in data.get("pattern", ()):
        try:
            found.append(_pattern(row))
        except (KeyError, ValueError) as error:
            name = row.get("name", "?")
            raise InputError(str(path), 0, f"pattern {name}: {error}") from error
    names = [pattern.name for pattern in found]
    twice = {name for name in names if names.count(name) > 1}
    if twice:
        raise InputError(str(path), 0, f"pattern {min(twice)} is defined twice")
    return PatternFile(tuple(found), data.get("macro", {}))


def _pattern(row: Mapping[str, object]) -> Pattern:
    examples = row.get("examples", [])
    detail = row.get("detail", {})
    concepts = row.get("concepts", {})
    if not (isinstance(examples, list) and isinstance(detail, dict) and isinstance(concepts, dict)):
        raise ValueError("examples is a list; detail and concepts are tables")
    return Pattern(
        name=str(row["name"]),
        kind=Kind(str(row["kind"])),
        text=str(row["text"]),
        subject=str(row.get("subject", "")),
        object=str(row.get("object", "")),
        detail=tuple((str(k), str(v)) for k, v in detail.items()),
        modality=Modality(str(row.get("modality", "asserted"))),
        role=Role(str(row.get("role", "plain"))),
        where=str(row.get("where", "any")),
        concepts=tuple((str(k), str(c)) for k, v in concepts.items() for c in v),
        examples=tuple(_example(given) for given in examples),
    )


def _example(given: object) -> Example:
    if isinstance(given, str):
        return Example(given)
    if isinstance(given, list):
        text, subject, object_ = [*(str(w) for w in given), "", ""][:3]
        return Example(text, none=True) if subject == "-" else Example(text, subject, object_)
    raise ValueError("an example is a sentence or [sentence, subject, object]")


@cache
def builtin_patterns() -> PatternFile:
    """kstale's own patterns."""
    return load_patterns(Path(__file__).with_name("patterns.toml"))
