"""Lines of a comment that speak to kstale and not to a reader of the code."""

from __future__ import annotations

import re

_LINE = re.compile(r"^[ \t]*kstale:[^\n]*", re.M)


def without_instructions(text: str) -> str:
    """The text, of the same length, with ``kstale: …`` lines left blank: they claim nothing."""
    if "kstale:" not in text:
        return text
    return _LINE.sub(lambda match: " " * len(match[0]), text)
