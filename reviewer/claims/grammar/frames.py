"""Frames: what a verb says of its object, as data."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from reviewer.claims.grammar.verbs import Verbs
from reviewer.claims.model import Kind
from reviewer.errors import InputError


@dataclass(frozen=True, slots=True)
class Frame:
    """One row of grammar.toml, which explains the columns."""

    name: str
    verb: str
    voice: str
    kind: Kind | None
    negated: Kind | None
    subject: frozenset[str]
    speaker: str
    modal: str
    via: frozenset[str]
    object: frozenset[str]
    plain: bool
    head: frozenset[str]
    order: tuple[str, str]
    concept: str
    suffix: str
    detail: str
    held: bool
    lets: bool
    examples: tuple[tuple[str, str], ...]


@dataclass(frozen=True, slots=True)
class Grammar:
    """Verbs, and frames by the class of their verb."""

    verbs: Verbs
    frames: Mapping[str, tuple[Frame, ...]]


@cache
def builtin_grammar() -> Grammar:
    """kstale's own grammar. Raises InputError if its file is malformed."""
    path = Path(__file__).with_name("grammar.toml")
    try:
        data = tomllib.loads(path.read_text(encoding="utf-8"))
    except tomllib.TOMLDecodeError as error:
        raise InputError(str(path), 0, f"not TOML: {error}") from error
    frames: dict[str, tuple[Frame, ...]] = {}
    for row in data["frame"]:
        frame = _frame(row)
        if frame.verb not in data["verb"]:
            raise InputError(str(path), 0, f"{frame.name}: no verb class {frame.verb}")
        frames[frame.verb] = (*frames.get(frame.verb, ()), frame)
    return Grammar(Verbs(data["verb"]), frames)


def _frame(row: Mapping[str, str]) -> Frame:
    subject, object_ = row.get("order", "code object").split()
    via = row["via"]
    return Frame(
        name=row["name"],
        verb=row["verb"],
        voice=row["voice"],
        kind=_kind(row.get("kind", "")),
        negated=_kind(row.get("negated", "")),
        subject=frozenset(row.get("subject", "").split()),
        speaker=row.get("speaker", "any"),
        modal=row.get("modal", "any"),
        via=frozenset(via.split()) | ({""} if via.strip() != via or not via else set()),
        object=frozenset(row.get("object", "").split()),
        plain=row.get("plain", "") == "yes",
        head=frozenset(row.get("head", "").split()),
        order=(subject, object_),
        concept=row.get("concept", ""),
        suffix=row.get("suffix", ""),
        detail=row.get("detail", ""),
        held=row.get("held", "") == "yes",
        lets=row.get("lets", "") == "yes",
        examples=tuple((one[0], one[1]) for one in row.get("examples", ())),
    )


def _kind(name: str) -> Kind | None:
    return Kind(name) if name else None
