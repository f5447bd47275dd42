"""Whether a macro has what it is given done: ``CHECK(f())`` need not call ``f()``."""

from __future__ import annotations

import re
from functools import lru_cache

from reviewer.source.compiled import COMPILED

_UNDONE = re.compile(
    rb"\b(?:sizeof|typeof|__typeof__|%s)\s*\((?:[^()]|\([^()]*\))*\)" % COMPILED.pattern.encode()
)
_MAYBE = re.compile(rb"&&|\|\||\?|\b(?:else|case)\b|\b(?:if|while|for|switch)\b[^;]*\)")
_KEPT = 4096


def does_what_is_given(body: bytes, parameters: tuple[str, ...], places: list[int]) -> bool:
    """True if a macro certainly has its arguments at some places done."""
    if not parameters:
        return True
    last = len(parameters) - 1
    return all(_is_done(body, parameters[min(at, last)]) for at in places)


@lru_cache(maxsize=_KEPT)
def _is_done(body: bytes, parameter: str) -> bool:
    """True if a macro's body has its parameter, under no condition and not only for its type."""
    code = _UNDONE.sub(b" ", body)
    found = re.search(rb"(?<![\w.>#])" + re.escape(parameter.encode()) + rb"\b", code)
    return found is not None and _MAYBE.search(code, 0, found.start()) is None
