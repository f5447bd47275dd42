"""What the servers share: their place among the commands, and the extra that each needs."""

from __future__ import annotations

import logging
from argparse import Namespace
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from reviewer.cli.failure import complain
from reviewer.cli.options import Subparsers
from reviewer.errors import KstaleError


def add_server(
    subparsers: Subparsers, name: str, words: str, description: str, run: Callable[[Namespace], int]
) -> None:
    """Add a command that serves questions about ``--tree`` on standard input and output."""
    parser = subparsers.add_parser(
        name, help=words, description=f"{description} (pip install 'kstale[{name}]')."
    )
    parser.add_argument("--tree", default=".", metavar="DIR", help="the kernel tree (default: .)")
    parser.set_defaults(run=run)


def log_in_lines() -> None:
    """What the libraries of a server log goes to stderr, a line each and safe to show."""
    logging.basicConfig(handlers=[_Lines()], level=logging.WARNING, force=True)


class _Lines(logging.Handler):
    def emit(self, record: logging.LogRecord) -> None:
        error = record.exc_info[1] if record.exc_info else None
        complain(record.getMessage() + (f": {error}" if error is not None else ""))


@contextmanager
def needed(package: str, extra: str) -> Iterator[None]:
    """Around the imports of an extra. Raises KstaleError that says what to install."""
    try:
        yield
    except ImportError as error:
        raise KstaleError(
            f"this needs the {package} package: pip install 'kstale[{extra}]'"
        ) from error
