"""Where code changes a variable, or what a path of members leads to."""

from __future__ import annotations

import re
from functools import lru_cache

_AMONG = rb"(?:[^;{}()]|\((?:[^;{}()]|\([^;{}()]*\))*\))*?"
"""What may stand before an argument of the same call."""


@lru_cache(maxsize=1024)
def changes_of(spelled: str) -> re.Pattern[bytes]:
    """What sets a variable or a path, counts or swaps it, walks with it, or gives its address away.

    One match for each place; what a member of it gets is no change of it.
    """
    text = re.escape(spelled).encode("latin-1")
    return re.compile(
        rb"(?<![\w.>])" + text + rb"\s*(?:=(?!=)|\+\+|--|(?:[-+|&^*/%]|<<|>>)=)"
        rb"|(?:\+\+|--)\s*" + text + rb"\b(?!\s*(?:->|\.|\[))"
        rb"|\bswap\s*\(" + _AMONG + rb"(?<![\w.>&])" + text + rb"\s*[,)]"
        rb"|&\s*" + text + rb"\b(?!\s*(?:->|\.|\[|\())"
        rb"|\w*for_each\w*\s*\(" + _AMONG + rb"(?<![\w.>&])" + text + rb"\s*[,)]"
    )
