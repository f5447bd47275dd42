"""The parsers: nothing raw is shown, and a command's options may stand anywhere."""

from __future__ import annotations

import argparse
from collections.abc import Sequence
from typing import Any, NoReturn

from reviewer.escape import escape


class Parser(argparse.ArgumentParser):
    """As argparse's, which shows words of the command line as they are when it refuses them."""

    def error(self, message: str) -> NoReturn:
        """End with status 2; what no terminal should get is written out."""
        super().error(escape(message))


class CommandParser(Parser):
    """As argparse's, whose ``parse_args`` refuses ``scan DIR --only X PATH``."""

    _mixing = False

    def parse_known_args(  # type: ignore[override]  # typeshed overloads it by namespace
        self, args: Sequence[str] | None = None, namespace: Any = None
    ) -> tuple[argparse.Namespace, list[str]]:
        """Options first, then what is left as positionals; a command with actions as usual."""
        if self._mixing or any(one.nargs == argparse.PARSER for one in self._actions):
            return super().parse_known_args(args, namespace)
        self._mixing = True  # argparse's own way of doing this calls this method twice
        try:
            return self.parse_known_intermixed_args(args, namespace)
        finally:
            self._mixing = False
