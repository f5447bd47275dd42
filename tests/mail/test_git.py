"""Commits of a range as a series, and ranges that are refused."""

from __future__ import annotations

import subprocess
from pathlib import Path

import pytest

from reviewer.errors import InputError, TreeError
from reviewer.mail.apply import rebuild_series
from reviewer.mail.git import base_of, from_git


def git(folder: Path, *arguments: str) -> str:
    """Run git in a folder of the test's own."""
    done = subprocess.run(
        ["git", "-c", "user.name=T Ester", "-c", "user.email=t@x.invalid", *arguments],
        cwd=folder, capture_output=True, text=True, check=True,
    )  # fmt: skip
    return done.stdout.strip()


@pytest.fixture
def repo(tmp_path: Path) -> Path:
    """Four commits: create, change, rename, change of bytes that are no UTF-8."""
    git(tmp_path, "init", "-q", "-b", "main")
    steps: list[tuple[str, bytes]] = [
        ("a.c", b"int a;\nint b;\nint c;\n"),
        ("a.c", b"int a;\nlong b;\nint c;\n"),
    ]
    for number, (name, data) in enumerate(steps):
        (tmp_path / name).write_bytes(data)
        git(tmp_path, "add", "-A")
        git(tmp_path, "commit", "-q", "-m", f"a: step {number}\n\nWhy.\n\nSigned-off-by: T")
    git(tmp_path, "mv", "a.c", "b.c")
    git(tmp_path, "commit", "-q", "-m", "b: a moves")
    (tmp_path / "b.c").write_bytes(b"int a;\nlong b;\n/* \xfc */\nint c;\n")
    git(tmp_path, "commit", "-q", "-a", "-m", "b: bytes")
    return tmp_path


def _read_at(repo: Path, revision: str, path: str) -> bytes | None:
    done = subprocess.run(
        ["git", "cat-file", "blob", f"{revision}:{path}"],
        cwd=repo,
        capture_output=True,
        check=False,
    )
    return done.stdout if done.returncode == 0 else None


def test_range(repo: Path) -> None:
    series = from_git(repo, "main~3..main")
    assert [p.message.subject for p in series.patches] == [
        "[PATCH 1/3] a: step 1", "[PATCH 2/3] b: a moves", "[PATCH 3/3] b: bytes",
    ]  # fmt: skip
    assert series.patches[0].message.sender == "T Ester <t@x.invalid>"
    base = base_of(repo, "main~3..main")
    assert base == git(repo, "rev-parse", "main~3")
    done = rebuild_series(series, lambda path: _read_at(repo, base, path))
    (last,) = done[-1][1]
    assert last.post == (repo / "b.c").read_bytes()
    (moved,) = done[1][1]
    assert (moved.old_path, moved.new_path) == ("a.c", "b.c")


def test_one_revision_is_one_commit(repo: Path) -> None:
    series = from_git(repo, "main~2")
    assert [p.message.subject for p in series.patches] == ["[PATCH] a: step 1"]


def test_root_commit(repo: Path) -> None:
    series = from_git(repo, "main~3")
    base = base_of(repo, "main~3")
    ((_, (change,)),) = rebuild_series(series, lambda path: _read_at(repo, base, path))
    assert (change.pre, change.post) == (None, b"int a;\nint b;\nint c;\n")


def test_configuration_of_the_repository_runs_nothing(repo: Path, tmp_path: Path) -> None:
    trap = tmp_path / "trap.sh"
    trap.write_text(f"#!/bin/sh\ntouch {tmp_path}/ran\n")
    trap.chmod(0o755)
    (repo / ".gitattributes").write_text("*.c diff=trap\n")
    for key in ("diff.external", "diff.trap.command", "diff.trap.textconv"):
        git(repo, "config", key, str(trap))
    git(repo, "config", "diff.noprefix", "true")
    series = from_git(repo, "main~1..main")
    assert series.patches[0].files[0].path == "b.c"
    assert not (tmp_path / "ran").exists()


@pytest.mark.parametrize(
    "revisions",
    ["--output=/tmp/x", "-1", "", "main; id", "main\nmain", "main..main", "nowhere",
     "main..nowhere", "$(id)", "`id`", "main -- --help"],
)  # fmt: skip
def test_bad_ranges(repo: Path, revisions: str) -> None:
    with pytest.raises(InputError) as caught:
        from_git(repo, revisions)
    assert "\n" not in str(caught.value)


def test_no_repository(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("GIT_CEILING_DIRECTORIES", str(tmp_path.parent))
    with pytest.raises(TreeError, match="not a git repository"):
        from_git(tmp_path, "HEAD")
