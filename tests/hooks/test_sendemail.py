"""What the hook makes of each mail, and what it remembers between mails."""

from __future__ import annotations

import io
import os
import signal
import time
from pathlib import Path

import pytest

from reviewer.errors import KstaleError
from reviewer.hooks.install import STOP
from reviewer.hooks.limit import within
from reviewer.hooks.options import HookOptions, read_options
from reviewer.hooks.request import HookRequest
from reviewer.hooks.sendemail import PASS, HookAnswer, run_hook
from reviewer.hooks.state import SeriesState
from tests.hooks.support import git, sample_repo

DEFAULT = HookOptions()
PATCHES = Path(__file__).resolve().parents[2] / "fixtures" / "patches"


class Runner:
    """Runs the hook on mails in a repository and keeps what the check was asked."""

    def __init__(self, folder: Path) -> None:
        self.repo = folder / "repo"
        self.repo.mkdir()
        sample_repo(self.repo)
        self.folder = folder
        self.asked: list[HookRequest] = []
        self.out = ""
        self.stop = False

    def check(self, request: HookRequest) -> HookAnswer:
        self.asked.append(request)
        return HookAnswer(self.stop, "stale words")

    def run(
        self, mail: bytes, header: str = "", options: HookOptions = DEFAULT, **environ: str
    ) -> int:
        file = self.folder / "0001-x.patch"
        file.write_bytes(mail)
        head = self.folder / "head"
        head.write_text(header)
        out = io.StringIO()
        state = self.folder / "state"
        state.mkdir(exist_ok=True)
        status = run_hook(
            file, head if header else None, environ, self.check, out,
            folder=self.repo, state=state, options=options,
        )  # fmt: skip
        self.out = out.getvalue()
        return status


@pytest.fixture
def runner(tmp_path: Path) -> Runner:
    return Runner(tmp_path)


def _series_mails() -> tuple[bytes, bytes, bytes]:
    """Cover, patch 1 and patch 2 of the sample mailbox (where 2 comes before 1)."""
    first, second, third = (PATCHES / "ksm-two-steps.mbox").read_bytes().split(b"\nFrom 00")
    return first, b"From 00" + third, b"From 00" + second


def test_clean_and_stale(runner: Runner) -> None:
    mail = (PATCHES / "ksm-clean.patch").read_bytes()
    assert runner.run(mail) == PASS
    assert runner.out == ""
    runner.stop = True
    assert runner.run(mail) == STOP
    assert "0001-x.patch is stopped" in runner.out
    assert "stale words" in runner.out
    assert "KSTALE_SKIP=1 git send-email" in runner.out
    assert "--no-validate" in runner.out


def test_skip(runner: Runner) -> None:
    runner.stop = True
    mail = (PATCHES / "ksm-clean.patch").read_bytes()
    assert runner.run(mail, KSTALE_SKIP="1") == PASS
    assert runner.asked == []
    assert runner.run(mail, KSTALE_SKIP="0") == STOP


def test_mails_without_a_patch_pass_unasked(runner: Runner) -> None:
    runner.stop = True
    cover, _, _ = _series_mails()
    for mail in (cover, (PATCHES / "malformed" / "only-words.eml").read_bytes()):
        assert runner.run(mail) == PASS
    quoted = (PATCHES / "ksm-write-protect-page.reply.txt").read_bytes()
    assert runner.run(quoted) == PASS
    assert runner.asked == []


def test_a_patch_that_cannot_be_read_passes_with_a_warning(runner: Runner) -> None:
    broken = b"Subject: [PATCH] x\n\n--- a/x.c\n+++ b/x.c\n@@ -1,9 +1,9 @@\n a\n-b\n+c\n"
    assert runner.run(broken) == PASS
    assert runner.out.startswith("kstale: 0001-x.patch was not checked: ")


def test_a_check_that_cannot_run_passes_with_a_warning(runner: Runner) -> None:
    def check(request: HookRequest) -> HookAnswer:
        raise KstaleError("does not apply")

    runner.check = check  # type: ignore[method-assign]
    assert runner.run((PATCHES / "ksm-clean.patch").read_bytes()) == PASS
    assert "was not checked: does not apply" in runner.out


def test_patch_two_is_judged_on_top_of_patch_one(runner: Runner) -> None:
    cover, one, two = _series_mails()
    for mail in (cover, one, two):
        assert runner.run(mail) == PASS
    assert [len(request.series.patches) for request in runner.asked] == [1, 2]
    last = runner.asked[-1].series
    assert [(p.index, p.total) for p in last.patches] == [(1, 2), (2, 2)]
    assert runner.asked[-1].revision == ""
    runner.run(two)
    assert len(runner.asked[-1].series.patches) == 1, "the last mail ends the run"


def test_unnumbered_patches_are_counted_by_git(runner: Runner) -> None:
    _, one, two = _series_mails()
    for number, mail in enumerate((one, two), 1):
        bare = mail.replace(b"[PATCH v2 1/2]", b"[PATCH]").replace(b"[PATCH v2 2/2]", b"[PATCH]")
        runner.run(
            bare,
            header="From: a@x.invalid\nMessage-Id: <1@x>\n",
            GIT_SENDEMAIL_FILE_COUNTER=str(number),
            GIT_SENDEMAIL_FILE_TOTAL="2",
        )
    (asked,) = runner.asked
    assert asked.whole
    assert [(p.index, p.total) for p in asked.series.patches] == [(1, 2), (2, 2)]
    assert asked.series.patches[1].message.message_id == "<1@x>", "as it will be sent"


def test_a_run_is_judged_once_with_what_could_not_be_read(runner: Runner) -> None:
    _, one, two = _series_mails()
    broken = b"Subject: [PATCH] x\n\n--- a/x.c\n+++ b/x.c\n@@ -1,9 +1,9 @@\n a\n-b\n+c\n"
    runner.stop = True
    for number, mail in enumerate((one, broken, two), 1):
        counts = {
            "GIT_SENDEMAIL_FILE_COUNTER": str(number),
            "GIT_SENDEMAIL_FILE_TOTAL": "3",
        }
        assert runner.run(mail, "", DEFAULT, **counts) == (STOP if number == 3 else PASS)
        assert bool(runner.out) is (number == 3)
    assert "not looked at: mail 2 of 3:" in runner.out
    assert "the series is stopped" in runner.out
    assert len(runner.asked) == 1
    # the last mail of a run whose first ones were lost is judged, and that is said
    counts = {"GIT_SENDEMAIL_FILE_COUNTER": "3", "GIT_SENDEMAIL_FILE_TOTAL": "3"}
    assert runner.run(one, "", DEFAULT, **counts) == STOP
    assert "the 2 mails before it: not at hand any more" in runner.out


def test_git_config_has_the_last_word(runner: Runner) -> None:
    mail = (PATCHES / "ksm-clean.patch").read_bytes()
    runner.stop = True
    for key, value in (("warn", "true"), ("machin", "arm64"), ("timeout", "soon")):
        git(runner.repo, "config", f"kstale.{key}", value)
    git(runner.repo, "config", "--add", "kstale.disable", "tlb")
    git(runner.repo, "config", "--add", "kstale.disable", "locking")
    options = read_options(runner.repo)
    assert options.disable == ("tlb", "locking")
    assert runner.run(mail, options=options) == PASS
    assert "stale words" in runner.out
    assert "kstale.machin means nothing; did you mean kstale.machine?" in runner.out
    assert "kstale.timeout: 'soon' is not a number of seconds, so it has no effect" in runner.out
    git(runner.repo, "config", "kstale.skip", "yes")
    assert runner.run(mail, options=read_options(runner.repo)) == PASS
    assert "kstale.skip is set" in runner.out
    assert len(runner.asked) == 1


def test_a_check_has_its_time_and_no_more() -> None:
    assert within(5, lambda: [1, "two"]) == [1, "two"]
    assert within(0, lambda: 3) == 3
    begun = time.monotonic()
    with pytest.raises(KstaleError, match=r"not done after 0\.2 s"):
        within(0.2, lambda: time.sleep(60))
    assert time.monotonic() - begun < 30
    with pytest.raises(KstaleError, match="without an answer"):
        within(5, lambda: os.kill(os.getpid(), signal.SIGKILL))

    def refuse() -> None:
        raise KstaleError("no such thing")

    with pytest.raises(KstaleError, match="no such thing"):
        within(5, refuse)


def test_a_commit_of_the_repository_is_judged_on_its_parent(runner: Runner) -> None:
    repo = runner.repo
    (repo / "mm" / "gup.c").write_text("int a;\n")
    git(repo, "commit", "-q", "-a", "-m", "one")
    (repo / "mm" / "gup.c").write_text("int b;\n")
    git(repo, "commit", "-q", "-a", "-m", "two")
    mails = [
        git(repo, "format-patch", "--stdout", "-1", "--start-number", "1", revision).stdout
        for revision in ("HEAD~1", "HEAD")
    ]
    for number, mail in enumerate(mails, 1):
        runner.run(mail.replace("[PATCH]", f"[PATCH {number}/2]").encode())
    bases = [git(repo, "rev-parse", name).stdout.strip() for name in ("HEAD~2", "HEAD~1")]
    assert [request.revision for request in runner.asked] == bases
    assert [len(request.series.patches) for request in runner.asked] == [1, 1]


def test_earlier_mails_are_forgotten_in_time_and_by_a_new_first(tmp_path: Path) -> None:
    state = SeriesState(tmp_path, 1, 3, tmp_path)
    state.keep(1, b"old")
    state.keep(2, b"older")
    assert state.earlier(3) == [b"old", b"older"]
    assert SeriesState(tmp_path, 2, 3, tmp_path).earlier(3) == [], "another version"
    (file,) = tmp_path.glob("*/0001.mail")
    long_ago = time.time() - 7200
    os.utime(file, (long_ago, long_ago))
    assert state.earlier(3) == []
    state.keep(1, b"new")
    assert state.earlier(2) == [b"new"]
    assert state.earlier(3) == [], "patch 2 of this run was not seen"


def test_a_folder_that_others_can_open_is_not_used(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("XDG_RUNTIME_DIR", str(tmp_path))
    folder = tmp_path / f"kstale-{os.getuid()}"
    SeriesState(tmp_path, 1, 2).keep(1, b"x")
    assert folder.stat().st_mode & 0o777 == 0o700
    folder.chmod(0o755)
    with pytest.raises(KstaleError, match="not a private folder"):
        SeriesState(tmp_path, 1, 2)
    folder.rename(tmp_path / "elsewhere")
    folder.symlink_to(tmp_path / "elsewhere")
    with pytest.raises(KstaleError, match="not a private folder"):
        SeriesState(tmp_path, 1, 2)
