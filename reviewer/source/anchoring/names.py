"""Names that a stretch of code declares."""

from __future__ import annotations

import re

from reviewer.source.words import words

_REACH = 512  # bytes of a declaration looked at for its name
_NAME = re.compile(rb"[A-Za-z_]\w*")


def first_name(text: str) -> str:
    """The name a text begins with, or ''."""
    match = re.match(r"\s*([A-Za-z_]\w*)", text)
    return match[1] if match else ""


def without_attributes(text: bytes) -> bytes:
    """Attribute words blanked, so that ``__printf(1, 2)`` is not taken for a declared name."""

    def drop(match: re.Match[bytes]) -> bytes:
        return b" " * len(match[0]) if words().is_attribute(match[1].decode()) else match[0]

    return re.sub(rb"([A-Za-z_]\w*)(?:\s*\((?:[^()]|\([^()]*\))*\))?", drop, text)


def enumerator(text: bytes) -> str:
    """The name of an enumerator, or of the member or index an initializer sets."""
    match = re.match(rb"\s*(?:\[\s*(\w+)[^\]]*\]|\.?([A-Za-z_]\w*))", text)
    if match is None:
        return ""
    return (match[1] or match[2]).decode()


def declared_name(text: bytes) -> str:
    """The name a declaration declares; the first one of several."""
    text = without_attributes(text[:_REACH])
    text = re.sub(rb"\{.*\}", b" ", text, flags=re.S)
    pointed = re.search(rb"\(\s*[*^]+\s*(?:const\s+)?([A-Za-z_]\w*)", text)
    if pointed is not None:
        return pointed[1].decode()
    macro = re.match(rb"\s*([A-Z_][A-Z_0-9]*)\s*\(\s*([A-Za-z_]\w*)", text)
    if macro is not None:
        return macro[2].decode()
    head = re.split(rb"[;=,\[:(]", text, maxsplit=1)[0]
    found = _NAME.findall(head)
    return found[-1].decode() if found else ""
