"""The recipes of docs/formats.md with the real b4, where it is installed."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
PATCHES = ROOT / "fixtures" / "patches"


@pytest.mark.parametrize(
    ("patch", "words"),
    [
        ("ksm-drop-flush.patch", "Success: 0, Warning: 0, Error: 2"),
        ("ksm-clean.patch", "Success: 1, Warning: 0, Error: 0"),
    ],
)
def test_b4_prep_check(patch: str, words: str, tmp_path: Path) -> None:
    b4 = str(Path(sys.executable).parent / "b4")
    repo = tmp_path / "repo"
    shutil.copytree(ROOT / "fixtures" / "tree", repo)
    kstale = tmp_path / "kstale"
    kstale.write_text(f'#!/bin/sh\nexec {sys.executable} -m reviewer "$@"\n')
    kstale.chmod(0o755)
    environ = dict(
        os.environ,
        HOME=str(tmp_path),
        XDG_DATA_HOME=str(tmp_path),
        XDG_CACHE_HOME=str(tmp_path),
        PYTHONPATH=str(ROOT),
        GIT_CONFIG_NOSYSTEM="1",
    )

    def run(*argv: str) -> str:
        done = subprocess.run(
            argv, cwd=repo, env=environ, capture_output=True, text=True, timeout=120, check=False
        )
        assert done.returncode == 0, done.stderr
        return done.stdout + done.stderr

    run("git", "init", "-q", "-b", "master", ".")
    for key, value in (("user.name", "A"), ("user.email", "a@example.org")):
        run("git", "config", key, value)
    run("git", "config", "b4.prep-perpatch-check-cmd", f"{kstale} check --format b4 -")
    run("git", "add", "-A")
    run("git", "commit", "-qm", "base")
    run(b4, "-q", "--no-interactive", "prep", "-n", "pond", "-f", "master")
    run("git", "apply", str(PATCHES / patch))
    run("git", "commit", "-qam", "mm/ksm: a change\n\nWhy.\n\nSigned-off-by: A <a@example.org>")
    assert words in run(b4, "prep", "--check")
