"""Whatever goes wrong ends here: one line on stderr and exit status 2, never a traceback.

Status 1 says that a patch makes a claim false. Python's own status for an exception is 1 too, so
nothing may pass by this place.
"""

from __future__ import annotations

import os
import sys
from contextlib import suppress
from io import TextIOWrapper

from reviewer.errors import KstaleError
from reviewer.escape import escape

CLEAN, FINDINGS, FAILED = 0, 1, 2


def make_writable() -> None:
    """No character can fail to be written, whatever the locale: it is escaped instead."""
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, TextIOWrapper):
            stream.reconfigure(errors="backslashreplace")


def complain(text: str) -> None:
    """One line on stderr, made safe to show; a stderr that is closed is not an error of its own."""
    if sys.stderr is not None:
        with suppress(OSError, ValueError):
            print(f"kstale: {escape(text)}", file=sys.stderr, flush=True)


def failed(error: BaseException, *, debug: bool) -> int:
    """Say what went wrong; returns the exit status."""
    _drop_output()
    complain(_words(error))
    if debug and sys.stderr is not None:
        import traceback  # this and the next cost more than all else that a command starts with

        with suppress(OSError, ValueError):
            for line in "".join(traceback.format_exception(error)).splitlines():
                print(escape(line), file=sys.stderr)
    return FAILED


def _words(error: BaseException) -> str:
    """What a user needs to know of it, in one line."""
    if isinstance(error, KstaleError):
        return str(error)
    if isinstance(error, BrokenPipeError):
        return "the output was closed before everything was written"
    if isinstance(error, KeyboardInterrupt):
        return "interrupted"
    if isinstance(error, MemoryError):
        return "out of memory"
    if isinstance(error, ImportError) and "git executable" in str(error):
        return "git cannot be run: it is in no folder of PATH"  # GitPython says so in a page
    from concurrent.futures import BrokenExecutor

    if isinstance(error, BrokenExecutor):
        return "a worker process died (out of memory?); --jobs 1 does without them"
    if isinstance(error, OSError):
        why = error.strerror or str(error)
        named = isinstance(error.filename, str | bytes)
        return f"{os.fsdecode(error.filename)}: {why}" if named else why
    kind = type(error).__name__
    return f"internal error, {kind}: {error} (--debug shows where; please report it)"


def _drop_output() -> None:
    """What could not be written is given up, or the interpreter would try once more at its end."""
    if sys.stdout is None:
        return
    try:
        sys.stdout.flush()
    except OSError:
        with suppress(OSError, ValueError):
            os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
