"""The words an identifier is made of: what two names can have in common."""

from __future__ import annotations

import re

_PART = re.compile(r"[A-Z]+(?![a-z])|[A-Z]?[a-z]+|\d+|[^\W\d_a-zA-Z]+")


def parts(name: str) -> list[str]:
    """The words of an identifier in lower case: ``foo_barBaz2`` is foo, bar, baz, 2."""
    return [part.lower() for part in _PART.findall(name)]
