"""Colours on a terminal, and nothing anywhere else."""

from __future__ import annotations

import os
from typing import TextIO

from reviewer.verdict import Severity

_SEVERITY = {Severity.HIGH: "1;31", Severity.MEDIUM: "33", Severity.LOW: "36"}


class Paint:
    """Wraps words in SGR sequences (ECMA-48), if ``on``."""

    def __init__(self, on: bool) -> None:
        self._on = on

    def bold(self, words: str) -> str:
        """What the eye should find first."""
        return self._wrapped("1", words)

    def dim(self, words: str) -> str:
        """What may be passed over."""
        return self._wrapped("2", words)

    def severity(self, severity: Severity) -> str:
        """A severity's name in its colour."""
        return self._wrapped(_SEVERITY[severity], severity.value)

    def _wrapped(self, code: str, words: str) -> str:
        return f"\x1b[{code}m{words}\x1b[0m" if self._on else words


def wants_colour(choice: str, out: TextIO) -> bool:
    """``always``, ``never``, or ``auto``: on a terminal that knows colours (no-color.org)."""
    if choice != "auto":
        return choice == "always"
    return out.isatty() and not os.environ.get("NO_COLOR") and os.environ.get("TERM") != "dumb"
