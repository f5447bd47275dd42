"""The catalogue of kernel primitives: operation names to concept tags (``catalogue.toml``)."""

from __future__ import annotations

import re
import tomllib
from dataclasses import dataclass
from functools import cache, lru_cache
from importlib import resources
from pathlib import Path

from reviewer.errors import KstaleError

_LINE = re.compile(r"([^\s(]+)(?:\(([\w, ]*)\))?\s*:\s*(.*)")
_TAG = re.compile(r"([a-z_.]+)(?:\(([^()]*)\))?(?:\s+|$)")
_PARAMETER = re.compile(r"\$(\w+)")
_ATOMIC_GFP = re.compile(r"\bGFP_(?:ATOMIC|NOWAIT)\b")
_SLEEPING_GFP = re.compile(
    r"\b(?:GFP_(?:KERNEL|USER|HIGHUSER|TRANSHUGE|NOFS|NOIO)\w*|__GFP_DIRECT_RECLAIM)\b"
)
_NO_RECLAIM = re.compile(r"~\s*\(?\s*__GFP_(?:DIRECT_)?RECLAIM\b")


@dataclass(frozen=True, slots=True)
class Tag:
    """A concept and the template of the object it is about ('' if about nothing named)."""

    concept: str
    object: str


@dataclass(frozen=True, slots=True)
class Primitive:
    """What an operation does; ``parameters`` name its arguments in order."""

    parameters: tuple[str, ...]
    tags: tuple[Tag, ...]
    header: str
    exact: bool

    @property
    def pure(self) -> bool:
        """True for an operation that does nothing the catalogue has a word for."""
        return all(tag.concept == "pure" for tag in self.tags)

    def concepts(self, arguments: tuple[str, ...]) -> tuple[tuple[str, str], ...]:
        """Concepts of one call, each with its object: the lock, pointer or location it is about."""
        bound = dict(zip(self.parameters, arguments, strict=False))
        found: list[tuple[str, str]] = []
        for tag in self.tags:
            if tag.concept == "pure":
                continue
            if tag.concept == "alloc":
                found.append((_allocation(_bind(tag.object, bound)), ""))
                continue
            found.append((tag.concept, normal(_bind(tag.object, bound))))
        return tuple(found)


class Catalogue:
    """Primitives by name; exact names win over patterns, longer patterns over shorter."""

    def __init__(self, lines: list[tuple[str, str]]) -> None:
        self._exact: dict[str, Primitive] = {}
        patterns: list[tuple[str, Primitive]] = []
        for line, header in lines:
            match = _LINE.fullmatch(line)
            if match is None:
                raise KstaleError(f"catalogue: cannot read {line!r}")
            parameters = tuple(p.strip() for p in (match[2] or "").split(",") if p.strip())
            tags = tuple(Tag(m[1], (m[2] or "").strip()) for m in _TAG.finditer(match[3]))
            for name in expand(match[1]):
                if "*" in name:
                    patterns.append((name, Primitive(parameters, tags, header, False)))
                else:
                    self._exact.setdefault(name, Primitive(parameters, tags, header, True))
        patterns.sort(key=lambda row: -len(row[0]))
        self._patterns = [
            (re.compile(re.escape(name).replace(r"\*", r"\w*")), primitive)
            for name, primitive in patterns
        ]
        self._find = lru_cache(maxsize=65536)(self._lookup)

    def find(self, name: str) -> Primitive | None:
        """The primitive of a name, or None if the catalogue does not know it."""
        return self._find(name)

    def _lookup(self, name: str) -> Primitive | None:
        known = self._exact.get(name)
        if known is not None:
            return known
        for pattern, primitive in self._patterns:
            if pattern.fullmatch(name):
                return primitive
        return None

    @property
    def names(self) -> tuple[str, ...]:
        """All exact names."""
        return tuple(self._exact)


def expand(name: str) -> list[str]:
    """Names of a braced shape: ``{raw_,}spin_lock`` is ``raw_spin_lock`` and ``spin_lock``."""
    match = re.search(r"\{([^{}]*)\}", name)
    if match is None:
        return [name]
    head, tail = name[: match.start()], name[match.end() :]
    return [one for part in match[1].split(",") for one in expand(head + part + tail)]


def normal(text: str) -> str:
    """An expression as the name of an object: no ``&``, casts, outer parentheses or spaces."""
    text = re.sub(r"\s+", "", text)
    for _ in range(8):
        before = text
        text = re.sub(r"^&+|^\((?:struct|union|enum|void)\w*\*+\)", "", text)
        text = text.replace("(*", "(").replace("(&", "(") if "->" in text else text
        inner = re.fullmatch(r"\(([^()]*)\)", text)
        text = inner[1] if inner else text
        text = re.sub(r"\(([\w.>-]+)\)(?=->|\.|\[)", r"\1", text)
        if text == before:
            break
    return text


def lock_name(text: str) -> str:
    """The last component of a lock expression: ``mm->mmap_lock`` is ``mmap_lock``."""
    bare = re.sub(r"\[[^\]]*\]", "", normal(text))
    return re.split(r"->|\.", bare)[-1]


def _bind(template: str, bound: dict[str, str]) -> str:
    def value(match: re.Match[str]) -> str:
        text = bound.get(match[1], "")
        if match.end() < len(template) and text.startswith("&") and " " not in text:
            return f"({text})"
        return text

    text = _PARAMETER.sub(value, template)
    return re.sub(r"\(&([\w.>-]+)\)->", r"\1.", text)


def _allocation(flags: str) -> str:
    if _ATOMIC_GFP.search(flags) or _NO_RECLAIM.search(flags):
        return "context.atomic_alloc"
    return "context.sleeps" if _SLEEPING_GFP.search(flags) else "context.alloc"


def load_catalogue(*extra: Path) -> Catalogue:
    """The shipped catalogue, with more files of the same shape in front of it.

    Raises ``KstaleError`` for a file that cannot be read as a catalogue.
    """
    lines: list[tuple[str, str]] = []
    sources = [(str(path), path.read_bytes) for path in extra]
    shipped = resources.files("reviewer.source").joinpath("catalogue.toml")
    for where, read in [*sources, ("catalogue.toml", shipped.read_bytes)]:
        try:
            groups = tomllib.loads(read().decode()).get("group", [])
            for group in groups:
                lines += [(str(line), str(group["header"])) for line in group["operations"]]
        except (OSError, ValueError, KeyError, TypeError) as error:
            raise KstaleError(f"{where}: not a catalogue: {error}") from error
    return Catalogue(lines)


@cache
def catalogue() -> Catalogue:
    """The shipped catalogue."""
    return load_catalogue()
