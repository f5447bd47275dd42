"""Every error kstale raises on purpose; the command line turns each into one line and exit 2."""

from __future__ import annotations

from collections.abc import Iterable
from difflib import get_close_matches


class KstaleError(Exception):
    """Base of all expected failures; ``str(error)`` is the one line a user sees."""


class InputError(KstaleError):
    """Input that cannot be read as what it claims to be.

    ``path`` names the file (or ``<stdin>``), ``line`` is 1-based, 0 when no line applies.
    """

    def __init__(self, path: str, line: int, message: str) -> None:
        place = f"{path}:{line}" if line else path
        super().__init__(f"{place}: {message}")
        self.path = path
        self.line = line
        self.message = message


class PatchError(InputError):
    """A patch that cannot be parsed or does not apply to the tree; says file and hunk."""


class TreeError(KstaleError):
    """A kernel tree, path or revision that is missing, unreadable or outside the tree."""


class ResultError(KstaleError):
    """A kept result that is none; nothing is lost with the store that has it."""

    def __init__(self, why: str) -> None:
        super().__init__(f"a kept result is damaged ({why}): delete the folder of the store")


class RuleError(KstaleError):
    """A rule module that cannot be loaded; names the file and what is wrong with it."""


class LitmusError(InputError):
    """A litmus test, definition or cat file that is malformed or not supported."""


class DoesNotApplyError(KstaleError):
    """A litmus test that speaks of what a machine does not have; ``how`` says it in two words."""

    def __init__(self, how: str, message: str) -> None:
        super().__init__(message)
        self.how = how


class MachineError(KstaleError):
    """An unknown machine or model, or a malformed machine description."""


def no_such(kind: str, name: str, known: Iterable[str], command: str) -> KstaleError:
    """The error for a name that is none of the known ones, with the likeliest meant."""
    near = get_close_matches(name, sorted(known), n=3)
    hint = f"; did you mean {' or '.join(near)}?" if near else ""
    return KstaleError(f"no {kind} named {name}{hint} ({command} lists them)")
