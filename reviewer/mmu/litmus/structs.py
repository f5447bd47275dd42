"""Structures: which fields a type has, and the locations that a variable of it consists of.

A field is a location of its own, named ``variable.field``; in an array of structures it is an
array, so that ``t[1].f`` is element 1 of ``t.f``.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from reviewer.errors import LitmusError
from reviewer.mmu.litmus.definitions import Definition, Definitions

_FIELD = re.compile(
    r"(?P<type>(?:(?:const|volatile|struct|unsigned|signed)\s+)*\w+"
    r"(?:\s+(?:int|long|char|short|long long|long int|short int))?)"
    r"[\s*]+(?:__\w+\s+)*(?P<names>[\w\s,*\[\]]+)$"
)
_NAME = re.compile(r"\**\s*(?P<name>\w+)\s*(?:\[\s*(?P<length>\d+)\s*\])?$")
_TYPE_WORDS = frozenset(
    (
        "const",
        "volatile",
        "struct",
        "static",
        "unsigned",
        "signed",
        "__rcu",
        "__user",
        "__percpu",
        "register",
    )
)
_STORAGE = re.compile(r"\b(?:inline|noinline|__always_inline)\b")
MAX_DEPTH = 8
MAX_TEXT = 500
"""Characters of one declaration."""


@dataclass(frozen=True, slots=True)
class Field:
    """A field's type (the tag of a structure, or the name of a type) and length, 0 if no array."""

    type: str
    length: int = 0
    pointer: bool = False


Fields = Mapping[str, Field]


_UNSIGNED = {"char": "u8", "short": "u16", "int": "u32", "long": "u64"}


def type_name(text: str) -> str:
    """``struct foo *`` as ``foo``, ``unsigned long int`` as ``u64``, ``signed char`` as ``s8``."""
    all_words = re.split(r"[\s*]+", text)
    words = [word for word in all_words if word and word not in _TYPE_WORDS]
    if len(words) > 1 and words[-1] == "int":
        words.pop()
    name = words[-1] if words else "int"
    if name == "char" and "signed" in all_words:
        return "s8"
    return _UNSIGNED.get(name, name) if "unsigned" in all_words else name


def pointer_type(text: str, stars: int) -> str:
    """What a pointer leads to: ``struct foo *p`` gives ``foo``, ``**p`` gives ``foo*``."""
    return type_name(text) + "*" * max(0, stars - 1)


def numbers_of(definition: Definition) -> tuple[tuple[str, ...], str]:
    """The type names of the numbers that a function takes, and of what it returns; '' for a
    pointer."""
    result, _, listed = definition.head.rpartition(")")[0].partition("(")
    # Of "static u8 f" and "u8 v" the last word is the name.
    taken = tuple(_number(part) for part in listed.split(",")) if definition.params else ()
    return taken, _number(result)


def _number(declared: str) -> str:
    words = _STORAGE.sub("", declared).strip()
    return "" if "*" in words or "[" in words else type_name(words.rpartition(" ")[0])


class Structs:
    """The structures that definitions know, by tag."""

    def __init__(self, definitions: Definitions) -> None:
        self._definitions = definitions
        self._read: dict[str, Fields] = {}

    def fields(self, tag: str) -> Fields:
        """The fields of a type; none for one that is no structure we know."""
        if tag not in self._read:
            definition = self._definitions.get(f"struct {tag}")
            self._read[tag] = {} if definition is None else _fields(definition)
        return self._read[tag]

    def any_field(self, name: str) -> Field | None:
        """A field of that name of some structure."""
        for key in self._definitions:
            if key.startswith("struct ") and name in self.fields(key[7:]):
                return self.fields(key[7:])[name]
        return None

    def parts(self, name: str, tag: str, depth: int = 0) -> Iterator[tuple[str, int]]:
        """The locations of a variable: name and length, 0 for one that is no array."""
        for field, what in self.fields(tag).items():
            inner = f"{name}.{field}"
            if not what.pointer and self.fields(what.type) and depth < MAX_DEPTH:
                yield from self.parts(inner, what.type, depth + 1)
            else:
                yield inner, what.length


def _fields(definition: Definition) -> Fields:
    found: dict[str, Field] = {}
    line = definition.line
    for part in definition.text.strip("{} \n\t").split(";"):
        row = line + part[: len(part) - len(part.lstrip())].count("\n")
        line += part.count("\n")
        part = part.strip()
        if not part:
            continue
        match = _FIELD.match(part) if len(part) < MAX_TEXT else None
        names = match["names"].split(",") if match else []
        for name in names:
            one = _NAME.match(name.strip())
            if one is None or match is None:
                names = []
                break
            pointer = "*" in part
            found[one["name"]] = Field(type_name(match["type"]), int(one["length"] or 0), pointer)
        if not names:
            raise LitmusError(definition.path, row, f"expected TYPE FIELD, found '{part[:40]}'")
    return found
