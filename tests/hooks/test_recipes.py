"""The recipes of the docs, word for word, with the real git and vim."""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
USING = (ROOT / "docs" / "using.md").read_text(encoding="utf-8")
FORMATS = (ROOT / "docs" / "formats.md").read_text(encoding="utf-8")


class Repository:
    """The fixtures' tree in git, with a kstale on the path."""

    def __init__(self, folder: Path) -> None:
        self.path = folder / "repo"
        program = folder / "bin" / "kstale"
        program.parent.mkdir()
        program.write_text(f'#!/bin/sh\nexec {sys.executable} -m reviewer "$@"\n')
        program.chmod(0o755)
        self._environ = dict(
            os.environ,
            HOME=str(folder),
            PATH=f"{program.parent}:{os.environ['PATH']}",
            PYTHONPATH=str(ROOT),
            KSTALE_CACHE=os.environ.get("KSTALE_CACHE", str(folder / "cache")),
            GIT_CONFIG_NOSYSTEM="1",
        )
        shutil.copytree(ROOT / "fixtures" / "tree", self.path)
        for argv in (
            ("git", "init", "-q", "-b", "master", "."),
            ("git", "config", "user.name", "A"),
            ("git", "config", "user.email", "a@example.org"),
            ("git", "add", "-A"),
            ("git", "commit", "-qm", "base"),
            ("git", "update-ref", "refs/remotes/origin/master", "HEAD"),
        ):
            assert self.run(*argv).returncode == 0

    def run(self, *argv: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            argv,
            cwd=self.path,
            env=self._environ,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            timeout=120,
            check=False,
        )

    def change(self, old: str, new: str) -> None:
        file = self.path / "mm" / "ksm.c"
        text = file.read_text()
        assert old in text
        file.write_text(text.replace(old, new))
        assert self.run("git", "add", "-A").returncode == 0

    def stale(self) -> None:
        self.change("ptep_clear_flush(vma", "ptep_get_and_clear(mm")

    def clean(self) -> None:
        self.change("int swapped;", "bool swapped;")


@pytest.fixture
def repo(tmp_path: Path) -> Repository:
    return Repository(tmp_path)


def test_the_hook_before_a_commit(repo: Repository) -> None:
    script = re.search(r"^```\n(#!/bin/sh\n.*?)^```", USING, re.M | re.S)
    assert script
    hook = repo.path / ".git" / "hooks" / "pre-commit"
    hook.parent.mkdir(exist_ok=True)
    hook.write_text(script[1])
    hook.chmod(0o755)
    repo.clean()
    assert repo.run("git", "commit", "-qm", "clean").returncode == 0
    repo.stale()
    stopped = repo.run("git", "commit", "-qm", "stale")
    assert stopped.returncode == 1
    assert re.search(r"^mm/ksm\.c:\d+: ", stopped.stdout + stopped.stderr, re.M)


def test_rebase_stops_at_the_commit_that_makes_a_comment_false(repo: Repository) -> None:
    recipe = re.search(r"^git rebase -x '.*$", USING, re.M)
    assert recipe
    repo.clean()
    repo.run("git", "commit", "-qm", "clean")
    assert repo.run("sh", "-c", recipe[0]).returncode == 0
    repo.stale()
    repo.run("git", "commit", "-qm", "stale")
    repo.change("bool swapped;", "int swapped;")
    repo.run("git", "commit", "-qm", "again")
    stopped = repo.run("sh", "-c", recipe[0])
    assert stopped.returncode != 0
    assert repo.run("git", "log", "-1", "--format=%s").stdout == "stale\n"


def test_the_entry_for_pre_commit_is_a_command(repo: Repository) -> None:
    entry = re.search(r"^  entry: (.*)$", (ROOT / ".pre-commit-hooks.yaml").read_text(), re.M)
    assert entry
    repo.stale()
    found = repo.run("sh", "-c", entry[1])
    assert found.returncode == 1
    assert found.stdout.startswith("mm/ksm.c:")


@pytest.mark.skipif(shutil.which("vim") is None, reason="vim is not installed")
def test_vim_reads_findings_into_its_quickfix_list(repo: Repository) -> None:
    recipe = re.search(r"^ +:(cexpr system\(.*\))$", FORMATS, re.M)
    assert recipe
    shutil.copy(ROOT / "fixtures" / "patches" / "ksm-drop-flush.patch", repo.path / "0001-x.patch")
    listed = "[bufname(v:val.bufnr), v:val.lnum, v:val.valid, v:val.text]"
    write = f"call writefile([json_encode(map(getqflist(), '{listed}'))], 'list')"
    done = repo.run("vim", "-Nes", "-u", "NONE", "-c", recipe[1], "-c", write, "-c", "qa!")
    assert done.returncode == 0, done.stderr
    found = json.loads((repo.path / "list").read_text())
    assert len(found) == 2
    for path, line, valid, text in found:
        assert (path, valid) == ("mm/ksm.c", 1)
        assert line > 0
        assert text.endswith("]")
