"""Ask git about a repository: one way to run it, that fetches nothing, locks nothing, asks nobody.

What has a library's form (commits, blobs) is read through GitPython; this is for what git alone
answers, such as a search of its history.
"""

from __future__ import annotations

import os
import subprocess

from reviewer.errors import KstaleError


class GitError(KstaleError):
    """git refused, could not be run, or took too long; says why in one line."""


def reading() -> dict[str, str]:
    """The environment of a git that only reads: what a partial clone lacks is not fetched."""
    return os.environ | {
        "GIT_NO_LAZY_FETCH": "1",
        "GIT_OPTIONAL_LOCKS": "0",
        "GIT_TERMINAL_PROMPT": "0",
    }


def ask(
    folder: str | os.PathLike[str],
    *arguments: str,
    seconds: float | None = None,
    answers: tuple[int, ...] = (0,),
) -> bytes:
    """What git prints, run in ``folder`` (a work tree, a git directory, or below one).

    ``answers`` are the statuses that are no failure. Raises GitError.
    """
    try:
        done = subprocess.run(
            ["git", "-C", os.fspath(folder), *arguments],
            stdin=subprocess.DEVNULL,
            capture_output=True,
            env=reading(),
            timeout=seconds,
            check=False,
        )
    except subprocess.TimeoutExpired as error:
        raise GitError(f"git is not done after {seconds:g} s") from error
    except OSError as error:
        raise GitError(f"git cannot be run: {error.strerror}") from error
    if done.returncode not in answers:
        lines = done.stderr.decode(errors="replace").strip().splitlines()
        raise GitError(lines[-1] if lines else "git failed")
    return done.stdout


def is_shallow(folder: str | os.PathLike[str]) -> bool:
    """True if the repository lacks the older commits of its history. Raises GitError."""
    return ask(folder, "rev-parse", "--is-shallow-repository").strip() == b"true"


def ask_text(
    folder: str | os.PathLike[str],
    *arguments: str,
    seconds: float | None = None,
    answers: tuple[int, ...] = (0,),
) -> str:
    """The same as text; bytes that are no UTF-8 become surrogates, as in file names."""
    said = ask(folder, *arguments, seconds=seconds, answers=answers)
    return said.decode("utf-8", "surrogateescape")
