"""The sendemail-validate hook of a repository: put in place, chained, looked at, taken out."""

from __future__ import annotations

import os
import shlex
import shutil
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from reviewer.errors import KstaleError
from reviewer.repository import GitError, ask_text

HOOK = "sendemail-validate"
STOP = 3
"""The hook's status for "stop", which is no other program's: whatever else goes wrong lets pass."""
CHAINED = f"{HOOK}.before-kstale"
_MARK = "# kstale hook 2"
_SECONDS = 30.0
"""What git may take to name a folder, on a network's file system too."""

_SHIM = """\
#!/bin/sh
{mark}: written by "kstale hook install", taken out by "kstale hook uninstall".
# git send-email runs it before anything is sent; see sendemail-validate in githooks(5).
here=$(dirname "$0")
if [ -x "$here/{chained}" ]; then
	"$here/{chained}" "$@" || exit $?
fi
if [ -x {program} ]; then
	{command} hook run {hook} "$@"
	status=$?
elif command -v kstale >/dev/null 2>&1; then
	kstale hook run {hook} "$@"
	status=$?
else
	echo "kstale: not found" >&2
	status=2
fi
case $status in
0) ;;
{stop}) exit 1 ;;
*) echo "kstale: could not run (status $status), the patch goes out unchecked" >&2 ;;
esac
exit 0
"""


@dataclass(frozen=True, slots=True)
class HookStatus:
    """What stands where git looks for the hook."""

    path: Path
    installed: bool
    """True if the hook there is kstale's."""
    current: bool
    """True if it is as this kstale would write it."""
    chained: bool
    """True if a hook from before runs first."""
    foreign: bool
    """True if somebody else's hook stands there."""
    executable: bool
    """True if git will run it: it ignores a hook without the bit."""
    shared: bool
    """True if core.hooksPath points there, so that other repositories may use it too."""


def own_command() -> tuple[str, ...]:
    """How to start this kstale again: its script, or the interpreter on this checkout."""
    beside = Path(sys.executable).parent / "kstale"
    if beside.is_file():
        return (str(beside),)
    found = shutil.which("kstale")
    if found:
        return (found,)
    return same_command()


def same_command() -> tuple[str, ...]:
    """How to start the very code that runs now, by the interpreter that runs it."""
    checkout = str(Path(__file__).resolve().parents[2])
    start = f"import sys; sys.path.insert(0, {checkout!r}); from reviewer.cli.main import entry"
    return (sys.executable, "-c", f"{start}; entry()")


def install(repo: Path, command: Sequence[str] = ()) -> HookStatus:
    """Write the hook where git looks for it (core.hooksPath and worktrees respected).

    A hook that is there already is kept beside it and runs first. ``command`` starts kstale.
    Raises KstaleError outside a repository or when two foreign hooks would collide.
    """
    before = status(repo, command)
    path = before.path
    kept = path.with_name(CHAINED)
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        if before.foreign:
            if kept.exists() or kept.is_symlink():
                raise KstaleError(f"{kept} is in the way: a hook was chained before; look at both")
            path.rename(kept)
        fresh = path.with_name(f".{HOOK}.{os.getpid()}")
        fresh.write_text(_shim(command), encoding="utf-8")
        fresh.chmod(0o755)
        fresh.replace(path)
    except OSError as error:
        raise KstaleError(f"{path}: cannot write the hook: {error.strerror}") from error
    return status(repo, command)


def uninstall(repo: Path) -> HookStatus:
    """Take kstale's hook out and put the one from before back.

    Raises KstaleError if there is no hook of kstale's.
    """
    before = status(repo)
    if not before.installed:
        raise KstaleError(f"{before.path}: no hook of kstale's is installed")
    try:
        before.path.unlink()
        if before.chained:
            before.path.with_name(CHAINED).rename(before.path)
    except OSError as error:
        raise KstaleError(f"{before.path}: cannot take the hook out: {error.strerror}") from error
    return status(repo)


def status(repo: Path, command: Sequence[str] = ()) -> HookStatus:
    """What is installed. Raises KstaleError outside a repository."""
    path = hooks_folder(repo) / HOOK
    present = path.exists() or path.is_symlink()
    text = _text(path) if present else ""
    installed = _MARK.rpartition(" ")[0] in text
    kept = path.with_name(CHAINED)
    return HookStatus(
        path=path,
        installed=installed,
        current=text == _shim(command),
        chained=kept.exists() or kept.is_symlink(),
        foreign=present and not installed,
        executable=not present or os.access(path, os.X_OK),
        shared=bool(_git(repo, "config", "--get", "core.hooksPath", answers=(0, 1))),
    )


def hooks_folder(repo: Path) -> Path:
    """Where git looks for the hooks of a repository. Raises KstaleError outside one."""
    top = work_tree(repo)
    return (top / _git(top, "rev-parse", "--git-path", "hooks")).absolute()


def work_tree(repo: Path) -> Path:
    """The top of the work tree, or the git directory of a bare repository."""
    if _git(repo, "rev-parse", "--is-bare-repository") == "true":
        return Path(_git(repo, "rev-parse", "--absolute-git-dir"))
    return Path(_git(repo, "rev-parse", "--show-toplevel"))


def _shim(command: Sequence[str]) -> str:
    words = tuple(command) or own_command()
    return _SHIM.format(
        mark=_MARK,
        chained=CHAINED,
        hook=HOOK,
        stop=STOP,
        program=shlex.quote(words[0]),
        command=" ".join(shlex.quote(word) for word in words),
    )


def _text(path: Path) -> str:
    try:
        return path.read_bytes()[:65536].decode("utf-8", "replace")
    except OSError:
        return ""


def _git(repo: Path, *arguments: str, answers: tuple[int, ...] = (0,)) -> str:
    try:
        return ask_text(repo, *arguments, seconds=_SECONDS, answers=answers).strip()
    except GitError as error:
        raise KstaleError(f"{repo}: {error}") from error
