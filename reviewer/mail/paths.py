"""Paths out of patches: only plain paths inside the tree get through."""

from __future__ import annotations

import re

_OCTAL = re.compile(rb"\\([0-7]{3}|.)", re.DOTALL)
_ESCAPES = {
    b"a": b"\a", b"b": b"\b", b"f": b"\f", b"n": b"\n",
    b"r": b"\r", b"t": b"\t", b"v": b"\v",
}  # fmt: skip


def unquote(path: str) -> str:
    """Undo git's C-style quoting (``quote_c_style`` in git's quote.c); others come back as is."""
    if not (len(path) >= 2 and path.startswith('"') and path.endswith('"')):
        return path

    def replace(match: re.Match[bytes]) -> bytes:
        code = match.group(1)
        if len(code) == 3:
            return bytes([int(code, 8) & 0xFF])
        return _ESCAPES.get(code, code)

    raw = path[1:-1].encode("utf-8", "surrogateescape")
    return _OCTAL.sub(replace, raw).decode("utf-8", "surrogateescape")


def strip_prefix(path: str) -> str:
    """Take off the first component, as ``patch -p1`` and ``git apply`` do."""
    head, slash, rest = path.partition("/")
    return rest if slash and rest and head else path


def problem(path: str) -> str:
    """Why a path from a patch must not be used, in a few words; '' if it is fine."""
    if not path or path.endswith("/"):
        return "names no file"
    if len(path) > 4096:
        return "is longer than any path can be"
    if any(ord(char) < 32 or ord(char) == 127 for char in path):
        return "has control characters"
    if path.startswith(("/", "~")) or re.match(r"[A-Za-z]:", path):
        return "is absolute"
    if "\\" in path:
        return "has a backslash"
    parts = path.split("/")
    if any(part in ("", ".", "..") for part in parts):
        return "leaves the tree or is not in plain form"
    # git refuses these too (verify_dotfile in git's read-cache.c), in any case and with the
    # trailing dots and spaces that some file systems drop
    if any(part.rstrip(". ").lower() == ".git" for part in parts):
        return "is inside .git"
    return ""
