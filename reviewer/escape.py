"""What came from a mail, a file or a file's name, made safe to show: once, where text is written.

A terminal obeys control characters, and readers are deceived by marks that turn the direction of
writing round ("Trojan Source", CVE-2021-42574) or that cannot be seen. Whatever is not printable
(Unicode categories Cc, Cf, Cs, Co, Cn, Zl, Zp) is written as an escape, and so says what it is.
"""

from __future__ import annotations

import re
import unicodedata

_SHORT = {"\n": r"\n", "\r": r"\r", "\t": r"\t"}
_UNDECODED = range(0xDC80, 0xDD00)
"""Surrogates that stand for bytes which were no UTF-8 (PEP 383)."""
_SUSPECT = re.compile(r"[^ -~]")


def escape(text: str) -> str:
    """One line of text: newlines and tabs are escaped too, spaces of any width stay."""
    return _SUSPECT.sub(lambda match: _shown(match[0]), text)


def escape_text(text: str) -> str:
    """Text of several lines: newlines and tabs stay, CRLF counts as a newline."""
    return "\n".join(
        "\t".join(escape(part) for part in line.split("\t"))
        for line in text.replace("\r\n", "\n").split("\n")
    )


def _shown(character: str) -> str:
    if character.isprintable() or unicodedata.category(character) == "Zs":
        return character
    if short := _SHORT.get(character):
        return short
    code = ord(character)
    if code in _UNDECODED:
        return f"\\x{code - 0xDC00:02x}"
    if code < 0x100:
        return f"\\x{code:02x}"
    return f"\\u{code:04x}" if code < 0x10000 else f"\\U{code:08x}"
