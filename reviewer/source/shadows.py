"""Names of a helper that mean another object there than in its caller: its own variables."""

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
_PATH = re.compile(r"&?\s*\(?([A-Za-z_]\w*)\)?((?:(?:->|\.)\w+)*)")
_KEPT = 4096


@lru_cache(maxsize=_KEPT)
def shadowed(helper: str, code: bytes, parameters: tuple[str, ...]) -> Mapping[str, str]:
    """By the name of each variable of a helper's body what it is in words of the parameters.

    A variable that is set once, to a path from a parameter, is that path; any other one, and a
    parameter that is set to something else, is ``helper.name``.
    """
    body = _without_groups(code)
    own: dict[str, str] = {}
    for match in _DECLARES.finditer(body):
        for name in (match[1], *_FURTHER.findall(match[2])):
            own[name.decode()] = ""
    moved = {one for one in parameters if _is_set(one, code) and one not in own}
    for name in own:
        own[name] = _path_of(name, code, frozenset(parameters) - moved - own.keys())
    return {name: own.get(name) or f"{helper}.{name}" for name in (*own, *moved)}


def _without_groups(code: bytes) -> bytes:
    """Code without what stands in brackets, but for the heads of loops."""
    for _ in range(_GROUPS_DEEP):
        shorter = _GROUP.sub(lambda m: b"@" if b";" not in m[0] else m[0], code)
        if shorter == code:
            break
        code = shorter
    return code


def _is_set(name: str, code: bytes) -> bool:
    word = re.escape(name.encode())
    return (
        re.search(
            rb"(?<![\w.>*&])(?:\b" + word + rb"\s*(?:=(?!=)|\+\+|--|[-+|&]=)"
            rb"|\w*for_each\w*\s*\(\s*" + word + rb"\b)",
            code,
        )
        is not None
    )


def _path_of(name: str, code: bytes, roots: frozenset[str]) -> str:
    """What a variable is set to, if that is done in one place; '' if it is no path."""
    word = re.escape(name.encode())
    given = re.findall(rb"(?<![\w.>])" + word + rb"\s*=(?!=)\s*([^;,]*)", code)
    touched = re.search(rb"&\s*" + word + rb"\b(?!\s*(?:->|\.|\[))", code)
    if (
        len(given) != 1
        or touched is not None
        or re.search(
            rb"\b" + word + rb"\s*(?:\+\+|--|[-+|&]=)|for_each\w*\s*\([^;{}]*\b" + word + rb"\b",
            code,
        )
    ):
        return ""
    path = _PATH.fullmatch(given[0].decode("latin-1").strip())
    return path[0] if path is not None and path[1] in roots else ""
