"""Putting the hook in place without harm to what is there."""

from __future__ import annotations

from pathlib import Path

import pytest

from reviewer.errors import KstaleError
from reviewer.hooks.install import CHAINED, HOOK, install, status, uninstall
from tests.hooks.support import git, sample_repo, stand_in


@pytest.fixture
def repo(tmp_path: Path) -> Path:
    (tmp_path / "repo").mkdir()
    return sample_repo(tmp_path / "repo")


def _script(path: Path, text: str) -> None:
    path.parent.mkdir(exist_ok=True)
    path.write_text(f"#!/bin/sh\n{text}\n")
    path.chmod(0o755)


def test_install_status_uninstall(repo: Path) -> None:
    assert not status(repo).installed
    done = install(repo, ["/opt/k stale/kstale"])
    assert done.path == repo / ".git" / "hooks" / HOOK
    assert (done.installed, done.chained, done.foreign, done.shared) == (True, False, False, False)
    assert done.path.stat().st_mode & 0o111
    assert "\t'/opt/k stale/kstale' hook run sendemail-validate" in done.path.read_text()
    assert status(repo, ["/opt/k stale/kstale"]).current
    assert not status(repo, ["/elsewhere/kstale"]).current
    install(repo, ["/elsewhere/kstale"])
    assert status(repo, ["/elsewhere/kstale"]).current
    assert not uninstall(repo).installed
    assert not done.path.exists()
    with pytest.raises(KstaleError, match="no hook of kstale's is installed"):
        uninstall(repo)


def test_a_hook_from_before_runs_first_and_comes_back(repo: Path, tmp_path: Path) -> None:
    hook = repo / ".git" / "hooks" / HOOK
    _script(hook, f"echo before >>{tmp_path}/log; test ! -e {tmp_path}/refuse")
    before = hook.read_text()
    _script(tmp_path / "kstale", f"echo kstale >>{tmp_path}/log")
    done = install(repo, [str(tmp_path / "kstale")])
    assert done.chained
    assert git(repo, "hook", "run", HOOK, "--", "mail").returncode == 0
    (tmp_path / "refuse").touch()
    assert git(repo, "hook", "run", HOOK, "--", "mail").returncode != 0
    assert (tmp_path / "log").read_text().split() == ["before", "kstale", "before"]
    assert install(repo, [str(tmp_path / "kstale")]).chained, "installing twice chains once"
    uninstall(repo)
    assert hook.read_text() == before
    assert not hook.with_name(CHAINED).exists()


def test_two_foreign_hooks_are_left_alone(repo: Path) -> None:
    hook = repo / ".git" / "hooks" / HOOK
    _script(hook, "one")
    _script(hook.with_name(CHAINED), "two")
    with pytest.raises(KstaleError, match="is in the way"):
        install(repo)
    assert "one" in hook.read_text()


def test_hooks_path_and_linked_work_tree(repo: Path, tmp_path: Path) -> None:
    git(repo, "worktree", "add", "-q", str(tmp_path / "linked"))
    assert install(tmp_path / "linked").path == repo / ".git" / "hooks" / HOOK
    git(repo, "config", "core.hooksPath", ".hooks")
    done = install(repo / "mm")
    assert (done.path, done.shared) == (repo / ".hooks" / HOOK, True)
    mail = repo / "words.eml"
    mail.write_text("From: a@x.invalid\nSubject: hello\n\nNo patch.\n")
    sent = git(repo, "hook", "run", "--ignore-missing", HOOK, "--", str(mail))
    assert (sent.returncode, sent.stderr) == (0, ""), "the real kstale, as install() found it"


def test_kstale_that_cannot_run_lets_the_mail_pass_and_says_so(repo: Path) -> None:
    _script(repo / ".git" / "hooks" / "broken", "exit 2")
    for program in ("/nowhere/kstale", str(repo / ".git" / "hooks" / "broken")):
        install(repo, [program])
        done = git(repo, "hook", "run", HOOK, "--", "x", PATH="/usr/bin:/bin")
        assert done.returncode == 0
        assert "unchecked" in done.stderr


def test_outside_a_repository(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("GIT_CEILING_DIRECTORIES", str(tmp_path.parent))
    with pytest.raises(KstaleError, match="not a git repository"):
        install(tmp_path)


def test_both_argument_forms_reach_kstale(repo: Path, tmp_path: Path) -> None:
    install(repo, [str(stand_in(tmp_path, tmp_path / "log"))])
    mail = Path(__file__).resolve().parents[2] / "fixtures" / "patches" / "ksm-clean.patch"
    header = tmp_path / "header"
    header.write_text("From: a@x.invalid\nTo: b@x.invalid\nSubject: [PATCH] x\n")
    for arguments in ([str(mail)], [str(mail), str(header)]):
        done = git(repo, "hook", "run", HOOK, "--", *arguments, GIT_DIR=str(repo / ".git"))
        assert done.returncode == 0, done.stderr
    assert (tmp_path / "log").read_text() == f"1 False {mail}\n1 False {mail} {header}\n"
