"""What a repository's git config says of the hook: ``kstale.*``."""

from __future__ import annotations

from dataclasses import dataclass, fields, replace
from difflib import get_close_matches
from pathlib import Path
from typing import Any

from reviewer.errors import KstaleError
from reviewer.repository import GitError, ask_text

SECONDS = 60.0
"""How long the hook keeps ``git send-email`` waiting unless told otherwise: a check of a tree that
the store knows takes a few, a first look at a whole tree some minutes."""


_LOOK = 10.0
"""Seconds that git may take to read its configuration."""


@dataclass(frozen=True, slots=True)
class HookOptions:
    """Options of the hook; lists may be given several times, as git does it."""

    timeout: float = SECONDS
    """Seconds; 0: no limit."""
    skip: bool = False
    """Let everything pass, saying so."""
    warn: bool = False
    """Show findings and let the mails pass."""
    daemon: bool = True
    """Start a daemon with the first of several mails, so that those after it take half the time."""
    disable: tuple[str, ...] = ()
    enable: tuple[str, ...] = ()
    only: tuple[str, ...] = ()
    rules: tuple[str, ...] = ()
    machine: tuple[str, ...] = ()
    was: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()
    """Keys and values that mean nothing, a line each."""


_FLAGS = frozenset(("skip", "warn", "daemon"))
_NAMES = tuple(one.name for one in fields(HookOptions) if one.name != "notes")
_TRUE = frozenset(("true", "yes", "on", "1"))
_FALSE = frozenset(("false", "no", "off", "0", ""))


def read_options(repo: Path) -> HookOptions:
    """The options that git config has for a repository, its user and its machine.

    What is not understood is noted and without effect. Raises KstaleError if git cannot be run.
    """
    try:
        said = ask_text(
            repo, "config", "--null", "--get-regexp", r"^kstale\.", seconds=_LOOK, answers=(0, 1)
        )
    except GitError as error:
        raise KstaleError(f"{repo}: git config cannot be read: {error}") from error
    found = HookOptions()
    for entry in said.split("\0"):
        key, assigned, value = entry.partition("\n")
        if key:
            found = _with(found, key.partition(".")[2], value.strip() if assigned else "true")
    return found


def _with(found: HookOptions, name: str, value: str) -> HookOptions:
    changed: dict[str, Any] = {}
    if name in _FLAGS and value.lower() in _TRUE | _FALSE:
        changed = {name: value.lower() in _TRUE}
    elif name == "timeout" and value.replace(".", "", 1).isdecimal():
        changed = {name: float(value)}
    elif name in _NAMES and name not in _FLAGS and name != "timeout":
        changed = {name: (*getattr(found, name), value)}
    if changed:
        return replace(found, **changed)
    if name in _NAMES:
        wanted = "a number of seconds" if name == "timeout" else "true or false"
        wrong = f"git config kstale.{name}: '{value}' is not {wanted}, so it has no effect"
        return replace(found, notes=(*found.notes, wrong))
    near = get_close_matches(name, _NAMES, n=1)
    hint = f"; did you mean kstale.{near[0]}?" if near else ""
    return replace(found, notes=(*found.notes, f"git config kstale.{name} means nothing{hint}"))
