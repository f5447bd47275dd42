"""Repositories and a stand-in for the whole of kstale behind the hook."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]

STAND_IN = """\
#!{python}
import os, sys
from pathlib import Path
sys.path.insert(0, {root!r})
from reviewer.hooks.sendemail import HookAnswer, run_hook
from reviewer.mail.apply import rebuild_series
import subprocess

def check(request):
    def read(path):
        if request.revision:
            done = subprocess.run(["git", "cat-file", "blob", f"{{request.revision}}:{{path}}"],
                                  cwd=request.work_tree, capture_output=True)
            return done.stdout if done.returncode == 0 else None
        file = request.work_tree / path
        return file.read_bytes() if file.is_file() else None
    done = rebuild_series(request.series, read)
    with open({log!r}, "a") as log:
        print(len(done), bool(request.revision), *sys.argv[4:], file=log)
    flawed = any(c.post and b"flush the tlb" in c.post and b"ptep_clear_flush" not in c.post
                 for c in done[-1][1])
    return HookAnswer(flawed, "the comment says that the TLB is flushed")

assert sys.argv[1:4] == ["hook", "run", "sendemail-validate"], sys.argv
assert os.environ["GIT_DIR"]
files = [Path(name) for name in sys.argv[4:]]
sys.exit(run_hook(files[0], files[1] if files[1:] else None, os.environ, check, sys.stderr))
"""


def git(folder: Path, *arguments: str, **environ: str) -> subprocess.CompletedProcess[str]:
    """Run git without the configuration of whoever runs the tests; the status is the caller's."""
    return subprocess.run(
        ["git", *arguments], cwd=folder, capture_output=True, text=True, check=False, timeout=60,
        env=environment(folder, **environ),
    )  # fmt: skip


def environment(folder: Path, **more: str) -> dict[str, str]:
    """An environment in which git knows a user and no configuration."""
    kept = {name: os.environ[name] for name in ("PATH", "LANG") if name in os.environ}
    return kept | {
        "HOME": str(folder),
        "XDG_RUNTIME_DIR": str(folder),
        "GIT_CONFIG_GLOBAL": "/dev/null",
        "GIT_CONFIG_SYSTEM": "/dev/null",
        "GIT_CEILING_DIRECTORIES": str(folder.parent),
        "GIT_AUTHOR_NAME": "T Ester",
        "GIT_AUTHOR_EMAIL": "t@x.invalid",
        "GIT_COMMITTER_NAME": "T Ester",
        "GIT_COMMITTER_EMAIL": "t@x.invalid",
        **more,
    }


def sample_repo(folder: Path) -> Path:
    """A repository that holds the sample tree."""
    shutil.copytree(ROOT / "fixtures" / "tree", folder, dirs_exist_ok=True)
    assert git(folder, "init", "-q", "-b", "main").returncode == 0
    git(folder, "add", "-A")
    assert git(folder, "commit", "-q", "-m", "start").returncode == 0
    return folder


def stand_in(folder: Path, log: Path) -> Path:
    """A ``kstale`` that stops patches which drop the flush under the comment that needs it."""
    program = folder / "kstale"
    program.write_text(STAND_IN.format(python=sys.executable, root=str(ROOT), log=str(log)))
    program.chmod(0o755)
    return program
