"""What a comment about barriers says is where: "pairs with the smp_wmb() in foo() and bar()".

The reader of claims finds such a sentence; this takes it apart into partners, each with the
primitives it names and the places they are said to be in. Whatever is not understood is left out,
so that a rule says unknown rather than broken.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

from reviewer.judging.barriers import (
    BARRIERS,
    BOTH,
    Order,
    order_in_prose,
    order_of,
    wanted,
)

REACH = 600
"""Characters of a comment that are read from the first word of a claim."""


@dataclass(frozen=True, slots=True)
class Place:
    """Where a partner is said to be: a function or macro, a file, or elsewhere in this file.

    ``name`` is '' for "above" and "below"; ``called`` is true if it was written with brackets.
    """

    name: str
    called: bool = False
    file: bool = False


@dataclass(frozen=True, slots=True)
class Partner:
    """One partner: the primitives named (C names or prose), what is wanted, and the places."""

    primitives: tuple[str, ...]
    want: Order | None
    places: tuple[Place, ...]
    words: str

    @property
    def exact(self) -> bool:
        """True if the comment names a C primitive, not just "the barrier"."""
        return any(
            order_of(name) is not None and order_in_prose(name) is None for name in self.primitives
        )


_NAME = r"[A-Za-z_]\w*"
_ARGUMENTS = r"(?:\((?:[^()]|\([^()]*\)){0,60}\))"
_PATH = r"(?:[\w.+-]+/)*[\w+-]+\.[chS]\b"
_DET = (
    r"(?:(?!ones? (?:in|inside|within|from|at the) )"
    r"(?:the|a|an|any|all|both|another|our|its|this|that|these|those|various|matching|similar"
    r"|corresponding|effective|preceding|other|one|explicit|initial|lockless|call to|calls to"
    r"|call|use of|uses of|macro|function|functions|helper|side|odd-valued|respective|later"
    r"|earlier|first|second|final|last|same|implicit|implied|effects of|ones?) )*"
)
_KIND = (
    r"(?:memory|smp|full|general|write|read|store|load|implicit|implied|release|acquire"
    r"|data dependency|side|ordering|write-side|read-side)"
)
_PROSE = (
    rf"(?:(?:{_KIND}[- ])*(?:barriers?|fences?|mb|rmb|wmb)\b(?! \(smp)"
    r"|ones?(?= (?:in|inside|within|from|at the) )"
    r"|(?:store[- ])?releases?\b(?: (?:barriers?|semantics|operation|ordering))?"
    r"|(?:load[- ])?acquires?\b(?: (?:barriers?|semantics|operation|ordering))?)"
)
_ITEM = rf"{_NAME}(?:{_ARGUMENTS})?s?(?![\w*{{\[(<]|::)"
_GLUE = (
    r"(?: ?, ?(?:and |or )?(?:the |in |by )?| ?/ ?"
    r"| (?:and|or|and/or|\+|&|as well as|plus) (?:the |in |from |then )?)"
)
_WITH = re.compile(
    r"\b(?:pair(?:s|ed|ing)?(?: up)?|coupled?s?|match(?:es|ed|ing)?|correspond(?:s"
    r"|ing)?)(?: (?:up )?(?:with|to))? ",
    re.I,
)
_PREP = re.compile(
    r"(?: (?:that|which) (?:is|are|lives?|sits?)| is| are| lives?| found| done| executed| performed"
    r"| issued| used| placed| made| hidden| contained| implied| provided)?"
    r"(?: (?:issued )?by (?:a|this|the|another|any) (?:CPU|task|thread))?"
    r" (?P<prep>in|inside|within|from|of|by|at the (?:start|end|top|beginning|bottom) of) ",
    re.I,
)
_BOUND = re.compile(r"\.(?: |$)|;| - | -- |: ")
_PRIMITIVE = re.compile(rf"{_DET}(?P<what>{_PROSE}|{_ITEM}(?:{_GLUE}{_ITEM})*)", re.I)
_AFTER = re.compile(
    r"(?: (?:implied|provided|implicit|contained) (?:by|in"
    r"|with) (?:the )?(?P<by>[A-Za-z_]\w*(?:\(\))?))"
    r"|(?: (?:memory |full |implicit |implied |write |read )*(?:barriers?|calls?"
    r"|semantics|operations?|ordering|pair|store|load|access|accesses|update|updates"
    r"|check|macro|statement|below|above)\b)"
    r"|(?: \([A-Za-z0-9# ,]{1,12}\))",
    re.I,
)
_PLACE = re.compile(
    rf"{_DET}(?P<name>{_PATH}|[\w{{}}(|)\[\]*:,]*[A-Za-z_][\w{{}}(|)\[\]*:,]*(?:->\w+)?(?:\(\))?)"
)
_NEXT = re.compile(r"(?: ?/ ?| ?, ?(?:and |or )?| (?:and|or|and/or|&) )(?:the |in |from )?")
_SEE = re.compile(
    r"^(?:see (?:the )?(?:comments? (?:(?:and|about|on|for|near|at|of) )?)?|goes with "
    r"|its (?:pair|partner) is |(?:the )?(?:counterpart|partner) is |counterpart (?:of|to) "
    r"|complements |coupled with )",
    re.I,
)
_HERE = re.compile(
    r"(?:,? (?:just |right |immediately )?(?:above|below)\b|^(?:above|below)\b)", re.I
)


def partners(text: str) -> tuple[Partner, ...]:
    """The partners of the first pairing sentence of ``text``, in order."""
    flat = _flat(text)
    match = _WITH.search(flat)
    if match is None:
        return ()
    return tuple(_partners(flat[match.end() :]))


def pairings(text: str) -> tuple[Partner, ...]:
    """The partners of every pairing sentence of a whole comment."""
    flat = " ".join(text.replace("`", "").replace("'s ", " ").split())
    return tuple(
        one for match in _WITH.finditer(flat) for one in _partners(flat[match.end() :][:REACH])
    )


def located(text: str) -> tuple[Partner, ...]:
    """Partners of "<barrier> in <function>" without a word of pairing."""
    return tuple(_partners(_SEE.sub("", _flat(text))))


def _flat(text: str) -> str:
    return " ".join(text[:REACH].replace("`", "").replace("'s ", " ").split())


def _partners(flat: str) -> Iterator[Partner]:
    at = 0
    for _ in range(6):
        found = _partner(flat, at)
        if found is None:
            return
        partner, at = found
        yield partner
        glue = re.compile(
            r",? (?:and|or|as well as|and also) (?:also )?(?:with |to )?|, (?:with )?"
        ).match(flat, at)
        if glue is None:
            return
        at = glue.end()


def _partner(flat: str, at: int) -> tuple[Partner, int] | None:
    match = _PRIMITIVE.match(flat, at)
    if match is None:
        return None
    names = _names(match["what"])
    one = match["what"].lower() in {"one", "ones"}
    if one:
        names = ("barrier",)
    end = match.end()
    while (after := _AFTER.match(flat, end)) is not None:
        if after["by"]:
            names = (after["by"].removesuffix("()"),)
        end = after.end()
    places: tuple[Place, ...] = ()
    prep = _PREP.match(flat, end)
    if prep is not None:
        places, end = _places(flat, prep.end(), end)
        further = _PREP.match(flat, end)
        if len(places) == 1 and further is not None and _want(places[0].name) is not None:
            # as in: the barrier of atomic_dec_return() in foo()
            names = (places[0].name,)
            places, end = _places(flat, further.end(), end)
    if not places and _HERE.search(flat[match.start() : end + 24].partition(" in ")[0]):
        places = (Place(""),)
    words = flat[match.start() : end]
    known = [name for name in names if _want(name) is not None]
    if places:
        want = BARRIERS | BOTH if one else _joint(known or list(names))
        return Partner(names, want, places, words), end
    if known:
        return Partner(tuple(known), _joint(known), (), words), end
    called = tuple(_place(item) for item in re.split(_GLUE, match["what"]) if _is_place(item))
    return Partner((), None, tuple(p for p in called if p is not None), words), end


def _names(what: str) -> tuple[str, ...]:
    if order_in_prose(what) is not None:
        return (what,)
    items = re.split(_GLUE, re.sub(_ARGUMENTS, "()", what))
    return tuple(re.sub(r"\(\)s?$", "", item) for item in items if item)


def _want(name: str) -> Order | None:
    prose = order_in_prose(name)
    return prose if prose is not None else wanted(name)


def _joint(names: list[str]) -> Order | None:
    """Any of the named primitives will do; None if one of them is not known."""
    joint = Order.NONE
    for name in names:
        want = _want(name)
        if want is None:
            return None
        joint |= want
    return joint or None


def _places(flat: str, at: int, before: int) -> tuple[tuple[Place, ...], int]:
    found: list[Place] = []
    end = before
    while len(found) < 8:
        match = _PLACE.match(flat, at)
        if match is None:
            break
        raw = match["name"].rstrip(",:")
        finish = match.start("name") + len(raw)
        if found and _PREP.match(flat, finish) and order_of(raw.removesuffix("()")) is not None:
            break
        if not _is_place(raw):
            break
        found.extend(_expand(raw))
        end = finish
        glue = _NEXT.match(flat, end)
        if glue is None:
            break
        at = glue.end()
    return tuple(found), end


def _is_place(raw: str) -> bool:
    return bool(re.search(r"\(\)$", raw) or re.fullmatch(_PATH, raw) or "_" in raw)


def _place(raw: str) -> Place | None:
    found = tuple(_expand(raw))
    return found[0] if len(found) == 1 else None


def _expand(raw: str) -> Iterator[Place]:
    """The names that ``foo_{a,b}()``, ``foo(_x)_y()`` or ``foo:A`` stand for, none for ``a_*``."""
    if re.fullmatch(_PATH, raw):
        yield Place(raw, file=True)
        return
    called = raw.endswith(")")
    name = re.sub(r"\(\w*\)$", "", raw)
    if "::" in name:
        return
    name = name.split(":")[0]
    for option in _alternatives(name):
        if re.fullmatch(_NAME, option):
            yield Place(option, called)


def _alternatives(name: str) -> tuple[str, ...]:
    match = re.search(r"\{([^{}]*)\}|\(([^()]*)\)|\[([^\[\]]*)\]", name)
    if match is None:
        return (name,)
    if match[1] is not None:
        options = match[1].split(",")
    else:
        inner = match[2] if match[2] is not None else match[3]
        options = inner.split("|") if "|" in inner else [inner, ""]
    head, tail = name[: match.start()], name[match.end() :]
    return tuple(
        one for option in options[:6] for one in _alternatives(head + option.strip() + tail)
    )
