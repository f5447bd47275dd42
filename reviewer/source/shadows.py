"""What names of a helper mean in its caller: its parameters, and its own variables."""

from __future__ import annotations

import re
from collections.abc import Mapping
from functools import lru_cache

_GROUP = re.compile(rb"\([^()]*\)")
_GROUPS_DEEP = 4
_DECLARES = re.compile(
    rb"(?:[;{}]|\bfor\s*\()\s*(?!(?:return|goto|case|else|break|sizeof|default)\b)"
    rb"(?:(?:const|static|volatile|register|unsigned|signed|struct|union|enum)\s+)*"
    rb"(?:__)?(?:typeof(?:__)?\s*@|\w+)(?:\s+(?:const|__\w+))*(?:\s*\*[\s*]*(?:const\s+)?|\s+)(\w+)\s*(?=[=;,\[])([^;{}]*)"
)
_FURTHER = re.compile(rb",[\s*]*(\w+)\s*(?=[=;,\[]|\Z)")
_GIVEN = re.compile(rb"(?<![\w.>])(\w+)\s*=(?!=)\s*([^;,]*)")
_MOVED = re.compile(rb"(?<![\w.>*&])(\w+)\s*(?:=(?!=)|\+\+|--|[-+|&]=)")
_CHANGED = re.compile(rb"\b(\w+)\s*(?:\+\+|--|[-+|&]=)|&\s*(\w+)\b(?!\s*(?:->|\.|\[))")
_LOOP = re.compile(rb"\w*for_each\w*\s*(\([^;{}]*)")
_FIRST = re.compile(rb"\w*for_each\w*\s*\(\s*(\w+)")
_WORD = re.compile(rb"\w+")
_PATH = re.compile(r"&?\s*\(?([A-Za-z_]\w*)\)?((?:(?:->|\.)\w+)*)")
_KEPT = 4096
_SPOTS_KEPT = 8192
"""Expressions; a helper is looked through some ten times while its file is asked about."""


@lru_cache(maxsize=_KEPT)
def shadowed(helper: str, code: bytes, parameters: tuple[str, ...]) -> Mapping[str, str]:
    """By the name of each variable of a helper's body what it is in words of the parameters.

    A variable that is set once, to a path from a parameter, is that path; any other one, and a
    parameter that is set to something else, is ``helper.name``.
    """
    body = _without_groups(code)
    own = {
        name
        for match in _DECLARES.finditer(body)
        for name in (match[1], *_FURTHER.findall(match[2]))
    }
    given: dict[bytes, list[bytes]] = {}
    for name, value in _GIVEN.findall(code):
        given.setdefault(name, []).append(value)
    loops = {word for head in _LOOP.findall(code) for word in _WORD.findall(head)}
    changed = loops.union(*_CHANGED.findall(code))
    first = _FIRST.findall(code)
    moved = {*first, *_MOVED.findall(code)} & {one.encode() for one in parameters} - own
    roots = frozenset(parameters) - {one.decode() for one in own | moved}
    paths = {
        name: _path_of(given[name][0], roots)
        for name in own - changed
        if len(given.get(name, ())) == 1
    }
    return {
        one.decode(): paths.get(one) or f"{helper}.{one.decode()}" for one in sorted(own | moved)
    }


def _without_groups(code: bytes) -> bytes:
    """Code without what stands in brackets, but for the heads of loops."""
    for _ in range(_GROUPS_DEEP):
        shorter = _GROUP.sub(lambda m: b"@" if b";" not in m[0] else m[0], code)
        if shorter == code:
            break
        code = shorter
    return code


def _path_of(value: bytes, roots: frozenset[str]) -> str:
    """What a variable is set to, if that is a path from a parameter; else ''."""
    path = _PATH.fullmatch(value.decode("latin-1").strip())
    return path[0] if path is not None and path[1] in roots else ""


_PLAIN = re.compile(r"[\w.>\[\]-]+")
_ADDRESS = re.compile(r"\(&([\w.>\[\]-]+)\)->")
_VARIABLE = re.compile(r"(?<![\w.>])[A-Za-z_]\w*|(?<=[^-]>)[A-Za-z_]\w*")


def in_words_of(text: str, bound: Mapping[str, str]) -> str:
    """An expression of a helper in the words of its caller."""
    if not bound:
        return text
    for name in bound:
        if name in text:
            text = _replaced(text, bound)
            break  # most arguments of a helper are not its parameters
    return (_ADDRESS.sub(r"\1.", text) if "(&" in text else text)[:400]


@lru_cache(maxsize=_SPOTS_KEPT)
def _spots(text: str) -> tuple[tuple[str, int, int], ...]:
    """The variables of an expression, and where each stands."""
    return tuple((match[0], match.start(), match.end()) for match in _VARIABLE.finditer(text))


def _replaced(text: str, bound: Mapping[str, str]) -> str:
    out: list[str] = []
    done = 0
    for name, start, end in _spots(text):
        given = bound.get(name)
        if given is None:
            continue
        out.append(text[done:start])
        rest = text[end : end + 2]
        if given.startswith("&") and rest == "->":
            out.append(f"({given})")
        elif rest[:1] in ("", ")", ",") or _PLAIN.fullmatch(given):
            out.append(given)
        else:
            out.append(f"({given})")
        done = end
    return "".join(out) + text[done:]
