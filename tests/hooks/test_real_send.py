"""The real ``git send-email`` into a mail server of the test's own."""

from __future__ import annotations

import shutil
import socket
import subprocess
from collections.abc import Iterator
from email import message_from_bytes
from pathlib import Path

import pytest
from aiosmtpd.controller import Controller
from aiosmtpd.smtp import SMTP, Envelope, Session

from reviewer.hooks.install import install
from tests.hooks.support import git, sample_repo, stand_in


def _has_send_email() -> bool:
    where = subprocess.run(
        ["git", "--exec-path"], capture_output=True, text=True, check=True
    ).stdout.strip()
    return bool(shutil.which("git-send-email", path=where))


pytestmark = pytest.mark.skipif(not _has_send_email(), reason="git send-email is not installed")


class Sink:
    """Takes every mail and keeps its subject."""

    def __init__(self) -> None:
        self.subjects: list[str] = []

    async def handle_DATA(self, server: SMTP, session: Session, envelope: Envelope) -> str:  # noqa: N802 - aiosmtpd's name
        assert isinstance(envelope.content, bytes)
        self.subjects.append(str(message_from_bytes(envelope.content)["Subject"]))
        return "250 OK"


@pytest.fixture
def sink() -> Iterator[tuple[Sink, int]]:
    handler = Sink()
    with socket.create_server(("127.0.0.1", 0)) as free:
        port: int = free.getsockname()[1]
    controller = Controller(handler, hostname="127.0.0.1", port=port)
    controller.start()
    try:
        yield handler, port
    finally:
        controller.stop()


class Sender:
    """A repository with the hook in place."""

    def __init__(self, folder: Path, port: int) -> None:
        self.repo = folder / "repo"
        self.repo.mkdir()
        sample_repo(self.repo)
        self.port = port
        self.log = folder / "log"
        install(self.repo, [str(stand_in(folder, self.log))])

    def commit(self, old: str, new: str, subject: str) -> None:
        file = self.repo / "mm" / "ksm.c"
        text = file.read_text()
        assert old in text
        file.write_text(text.replace(old, new))
        assert git(self.repo, "commit", "-q", "-a", "-m", subject).returncode == 0

    def clean(self) -> None:
        self.commit("int swapped;", "bool swapped;", "mm/ksm: a truth value")

    def stale(self) -> None:
        self.commit("ptep_clear_flush(vma", "ptep_get_and_clear(mm", "mm/ksm: do not flush")

    def send(self, *arguments: str, **environ: str) -> subprocess.CompletedProcess[str]:
        return git(
            self.repo,
            "send-email", "--smtp-server=127.0.0.1", f"--smtp-server-port={self.port}",
            "--from=t@x.invalid", "--to=list@x.invalid", "--confirm=never", "--suppress-cc=all",
            "--smtp-encryption=none", *arguments, **environ,
        )  # fmt: skip


@pytest.fixture
def sender(tmp_path: Path, sink: tuple[Sink, int]) -> Sender:
    return Sender(tmp_path, sink[1])


def test_clean_patch_is_sent(sender: Sender, sink: tuple[Sink, int]) -> None:
    sender.clean()
    done = sender.send("-1")
    assert done.returncode == 0, done.stderr
    assert sink[0].subjects == ["[PATCH] mm/ksm: a truth value"]


def test_stale_patch_stops_the_whole_series(sender: Sender, sink: tuple[Sink, int]) -> None:
    sender.clean()
    sender.stale()
    done = sender.send("-2", "--cover-letter", "--annotate", "--force", GIT_EDITOR="true")
    assert done.returncode != 0
    assert sink[0].subjects == [], "not one mail went out"
    assert "the comment says that the TLB is flushed" in done.stderr
    assert "KSTALE_SKIP=1" in done.stderr
    assert [line.split()[:2] for line in sender.log.read_text().splitlines()] == [
        ["1", "True"], ["1", "True"],
    ]  # fmt: skip


def test_the_ways_on(sender: Sender, sink: tuple[Sink, int]) -> None:
    sender.stale()
    assert sender.send("-1").returncode != 0
    assert sender.send("-1", "--no-validate").returncode == 0
    assert sender.send("-1", KSTALE_SKIP="1").returncode == 0
    assert sink[0].subjects == ["[PATCH] mm/ksm: do not flush"] * 2


def test_patches_from_elsewhere_are_judged_one_on_top_of_the_other(
    sender: Sender, sink: tuple[Sink, int], tmp_path: Path
) -> None:
    sender.clean()
    sender.stale()
    git(sender.repo, "format-patch", "-q", "-2", "-o", str(tmp_path / "out"))
    git(sender.repo, "reset", "-q", "--hard", "HEAD~2")
    mails = sorted((tmp_path / "out").glob("*.patch"))
    for mail in mails:
        text = mail.read_text()
        mail.write_text("From " + "1" * 40 + text[text.index(" Mon Sep 17") :])
    done = sender.send(*map(str, mails))
    assert done.returncode != 0
    assert sink[0].subjects == []
    assert [line.split()[:2] for line in sender.log.read_text().splitlines()] == [
        ["1", "False"], ["2", "False"],
    ]  # fmt: skip


def test_with_the_real_check(sender: Sender, sink: tuple[Sink, int]) -> None:
    install(sender.repo)
    sender.clean()
    done = sender.send("-1")
    assert done.returncode == 0, done.stderr
    sender.stale()
    done = sender.send("-1")
    assert done.returncode != 0
    assert sink[0].subjects == ["[PATCH] mm/ksm: a truth value"]
    assert "is stopped by the sendemail-validate hook" in done.stderr
    assert "mm/ksm.c" in done.stderr
    assert "not checked" not in done.stderr
