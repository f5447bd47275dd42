"""The recipes of docs/formats.md with the real b4."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
PATCHES = ROOT / "fixtures" / "patches"
B4 = str(Path(sys.executable).parent / "b4")
STALE, CLEAN = "ksm-drop-flush.patch", "ksm-clean.patch"
CHECKS = """\
import json, sys
import b4
from b4.review import checks
from email import message_from_bytes, policy

b4.setup_config(type("Arguments", (), {"config": None})())
mails = [message_from_bytes(open(one, "rb").read(), policy=policy.default) for one in sys.argv[2:]]
patch, series = checks.load_check_cmds()
top = b4.git_get_toplevel()
if sys.argv[1] == "patch":
    found = checks.run_perpatch_checks([(str(n), one) for n, one in enumerate(mails)], patch, top)
else:
    more = {"B4_TRACKING_FILE": sys.argv[1]}
    found = {"series": checks.run_series_checks(("0", mails[0]), series, top, extra_env=more)}
print(json.dumps(found))
"""
COVER = "From: A <a@example.org>\nSubject: [PATCH 0/1] x\nMessage-ID: <0@x>\n\nOf it all.\n"


class Repository:
    """A git repository with the fixtures' tree, and commands configured for b4."""

    def __init__(self, folder: Path) -> None:
        self.path = folder / "repo"
        self._environ = dict(
            os.environ,
            HOME=str(folder),
            XDG_DATA_HOME=str(folder),
            XDG_CACHE_HOME=str(folder),
            XDG_CONFIG_HOME=str(folder),
            PYTHONPATH=str(ROOT),
            GIT_CONFIG_NOSYSTEM="1",
        )
        kstale = folder / "kstale"
        kstale.write_text(f'#!/bin/sh\nexec {sys.executable} -m reviewer "$@"\n')
        kstale.chmod(0o755)
        shutil.copytree(ROOT / "fixtures" / "tree", self.path)
        self.run("git", "init", "-q", "-b", "master", ".")
        for key, value in (
            ("user.name", "A"),
            ("user.email", "a@example.org"),
            ("b4.prep-perpatch-check-cmd", f"{kstale} check --format b4 -"),
            ("b4.am-perpatch-check-cmd", f"{kstale} check --format b4 -"),
            ("b4.review-perpatch-check-cmd", f"{kstale} check --format b4-review -"),
            ("b4.review-series-check-cmd", f"{kstale} check --format b4-review -"),
        ):
            self.run("git", "config", key, value)
        self.run("git", "add", "-A")
        self.run("git", "commit", "-qm", "base")

    def run(self, *argv: str) -> str:
        done = subprocess.run(
            argv,
            cwd=self.path,
            env=self._environ,
            capture_output=True,
            text=True,
            timeout=120,
            check=False,
        )
        assert done.returncode == 0, done.stderr
        return done.stdout + done.stderr

    def commit(self, patch: str) -> str:
        self.run("git", "apply", str(PATCHES / patch))
        self.run("git", "commit", "-qam", "mm/ksm: a change\n\nWhy.\n\nSigned-off-by: A <a@x.org>")
        return self.run("git", "rev-parse", "HEAD").strip()


@pytest.fixture
def repo(tmp_path: Path) -> Repository:
    return Repository(tmp_path)


@pytest.mark.parametrize(
    ("patch", "words"),
    [
        (STALE, "Success: 0, Warning: 0, Error: 2"),
        (CLEAN, "Success: 1, Warning: 0, Error: 0"),
    ],
)
def test_prep_check(patch: str, words: str, repo: Repository) -> None:
    repo.run(B4, "-q", "--no-interactive", "prep", "-n", "pond", "-f", "master")
    repo.commit(patch)
    assert words in repo.run(B4, "prep", "--check")


def test_am_check(repo: Repository) -> None:
    box = str(PATCHES / STALE)
    said = repo.run(B4, "--offline-mode", "am", "--check", "-m", box, "-o", str(repo.path.parent))
    assert "kstale: mm/ksm.c:" in said
    assert "ERROR" in said


def test_review_checks_of_patches(repo: Repository) -> None:
    mails = [str(PATCHES / STALE), str(PATCHES / CLEAN)]
    said = repo.run(sys.executable, "-c", CHECKS, "patch", *mails)
    found = json.loads(said.strip().splitlines()[-1])
    assert [found[one][0]["tool"] for one in "01"] == ["kstale", "kstale"]
    assert [found[one][0]["status"] for one in "01"] == ["fail", "pass"]
    assert json.loads(found["0"][0]["details"])[0]["description"].startswith("mm/ksm.c:")


def test_review_check_of_a_series_finds_its_patches(repo: Repository) -> None:
    repo.run("git", "checkout", "-qb", "b4/review/20260101-pond")
    first = repo.commit(STALE)
    repo.run("git", "commit", "-q", "--allow-empty", "-m", "the metadata of the review")
    repo.run("git", "checkout", "-q", "master")
    tracking, cover = repo.path.parent / "tracking.json", repo.path.parent / "cover"
    series = {"first-patch-commit": first, "change-id": "20260101-pond"}
    tracking.write_text(json.dumps({"series": series}))
    cover.write_text(COVER)
    said = repo.run(sys.executable, "-c", CHECKS, str(tracking), str(cover))
    (found,) = json.loads(said.strip().splitlines()[-1])["series"]
    assert found["status"] == "fail"
    assert found["summary"] == "2 false comments"
