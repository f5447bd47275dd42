"""Lines of a comment that speak to kstale and not to a reader of the code."""

from __future__ import annotations

import re

_LINE = re.compile(r"^[ \t]*(kstale:[^\n]*)", re.M)


def apart(text: str) -> tuple[str, tuple[str, ...]]:
    """A comment's text, of the same length, with its ``kstale: …`` lines blank, and those lines."""
    if "kstale:" not in text:
        return text, ()
    told = tuple(match[1].rstrip() for match in _LINE.finditer(text))
    return _LINE.sub(lambda match: " " * len(match[0]), text), told
