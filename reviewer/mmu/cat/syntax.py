"""Syntax trees of cat files: expressions, then the instructions that hold them."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Var:
    name: str
    line: int


@dataclass(frozen=True, slots=True)
class TagName:
    name: str


@dataclass(frozen=True, slots=True)
class Empty:
    """``0``, the empty relation."""


@dataclass(frozen=True, slots=True)
class Universe:
    """``_``, all events."""


@dataclass(frozen=True, slots=True)
class Unary:
    op: str
    arg: Exp
    line: int


@dataclass(frozen=True, slots=True)
class Binary:
    op: str
    left: Exp
    right: Exp
    line: int


@dataclass(frozen=True, slots=True)
class Call:
    function: Exp
    arg: Exp
    line: int


@dataclass(frozen=True, slots=True)
class Many:
    """A tuple ``(a, b)`` or, if ``braces``, an explicit set ``{a, b}``."""

    items: tuple[Exp, ...]
    braces: bool
    line: int


@dataclass(frozen=True, slots=True)
class Fun:
    params: tuple[str, ...]
    body: Exp
    single: bool


@dataclass(frozen=True, slots=True)
class Binding:
    names: tuple[str, ...]
    exp: Exp
    line: int


@dataclass(frozen=True, slots=True)
class LetIn:
    rec: bool
    bindings: tuple[Binding, ...]
    body: Exp


@dataclass(frozen=True, slots=True)
class Try:
    exp: Exp
    otherwise: Exp


@dataclass(frozen=True, slots=True)
class Flag:
    """A condition on variant flags: ``"name"``, ``not``, ``&&``, ``||``."""

    op: str
    args: tuple[Flag, ...] = ()
    name: str = ""


@dataclass(frozen=True, slots=True)
class IfFlag:
    cond: Flag
    then: Exp
    orelse: Exp


@dataclass(frozen=True, slots=True)
class Match:
    """``match e with || 'a -> x || _ -> y end``: what is for the tag; ``other`` for the rest."""

    subject: Exp
    clauses: tuple[tuple[str, Exp], ...]
    other: Exp | None
    line: int


@dataclass(frozen=True, slots=True)
class MatchSet:
    """``match s with || {} -> x || one ++ rest -> y end``."""

    subject: Exp
    empty: Exp
    one: str
    rest: str
    member: Exp
    line: int


Exp = (
    Var
    | TagName
    | Empty
    | Universe
    | Unary
    | Binary
    | Call
    | Many
    | Fun
    | LetIn
    | Try
    | IfFlag
    | Match
    | MatchSet
)


@dataclass(frozen=True, slots=True)
class Let:
    rec: bool
    bindings: tuple[Binding, ...]


@dataclass(frozen=True, slots=True)
class Test:
    """``flag`` and ``assert`` tests report, the others reject an execution."""

    kind: str
    negated: bool
    exp: Exp
    name: str
    flag: bool
    line: int


@dataclass(frozen=True, slots=True)
class Include:
    name: str
    line: int


@dataclass(frozen=True, slots=True)
class With:
    name: str
    exp: Exp
    line: int


@dataclass(frozen=True, slots=True)
class Procedure:
    name: str
    params: tuple[str, ...]
    body: tuple[Ins, ...]


@dataclass(frozen=True, slots=True)
class Perform:
    name: str
    arg: Exp
    line: int


@dataclass(frozen=True, slots=True)
class IfIns:
    cond: Flag
    then: tuple[Ins, ...]
    orelse: tuple[Ins, ...]


@dataclass(frozen=True, slots=True)
class Enum:
    name: str
    tags: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Show:
    """Names a relation to keep for drawing: ``show a, b`` or ``show e as a``."""

    names: tuple[str, ...]
    exp: Exp | None
    line: int


Ins = Let | Test | Include | With | Procedure | Perform | IfIns | Enum | Show
