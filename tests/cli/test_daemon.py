"""Commands that a daemon runs say and do what they say and do by themselves."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from reviewer.daemon import address as place
from tests.hooks.support import sample_repo

ROOT = Path(__file__).resolve().parents[2]
PATCHES = ROOT / "fixtures" / "patches"
TREE = ROOT / "fixtures" / "tree"
FIRST = (sys.executable, "-m", "reviewer")
LONG = 300.0


class Served:
    """A daemon of its own, and commands with it and without it."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        run = folder / "run"
        run.mkdir(mode=0o700)
        self.environment = os.environ | {
            "XDG_RUNTIME_DIR": str(run),
            "KSTALE_CACHE": str(folder / "cache"),
            "KSTALE_DAEMON": "1",
            "PYTHONPATH": str(ROOT),
        }

    def run(
        self, *arguments: str, cwd: Path = ROOT, text: bytes = b"", **environ: str
    ) -> tuple[int, bytes, bytes]:
        done = subprocess.run(
            [*FIRST, *arguments],
            cwd=cwd,
            input=text,
            env=self.environment | environ,
            capture_output=True,
            timeout=LONG,
            check=False,
        )
        return done.returncode, done.stdout, done.stderr

    def begun(self, *arguments: str) -> subprocess.Popen[bytes]:
        return subprocess.Popen(
            [*FIRST, *arguments],
            cwd=ROOT,
            env=self.environment,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
        )

    @property
    def process(self) -> int:
        status, out, _ = self.run("daemon", "status")
        assert status == 0
        return int(out.split()[2].rstrip(b","))


@pytest.fixture(scope="module")
def served(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    one = Served(tmp_path_factory.mktemp("daemon"))
    assert one.run("daemon", "status")[:2] == (1, b"not running\n")
    status, out, error = one.run("daemon", "start")
    assert (status, error) == (0, b"")
    assert out.startswith(b"running: process ")
    yield one
    assert one.run("daemon", "stop")[0] == 0
    assert one.run("daemon", "status")[0] == 1


@pytest.mark.parametrize("name", ["ksm-drop-flush.patch", "ksm-clean.patch", "ksm-two-steps.mbox"])
@pytest.mark.parametrize("style", ["text", "json", "terse"])
def test_the_same_bytes(served: Served, name: str, style: str) -> None:
    asked = ("check", str(PATCHES / name), "--tree", str(TREE), "--format", style)
    alone = served.run(*asked, KSTALE_DAEMON="0")
    assert _timeless(served.run(*asked)) == _timeless(alone)


def _timeless(answer: tuple[int, bytes, bytes]) -> tuple[int, list[bytes], bytes]:
    """Without the seconds that it took."""
    status, out, error = answer
    return status, [line for line in out.splitlines() if b'"seconds"' not in line], error


def test_it_is_a_copy_of_the_daemon_that_answers(served: Served) -> None:
    """What a copy does is seen in its parents: the daemon is among them."""
    waiting = served.begun("check", "-", "--tree", str(TREE))
    try:
        assert _soon(lambda: _below(served.process)), "nobody works for the client"
    finally:
        waiting.communicate(timeout=LONG)


def test_standard_input_folder_and_environment_are_the_clients(
    served: Served, tmp_path: Path
) -> None:
    mail = (PATCHES / "ksm-drop-flush.patch").read_bytes()
    shutil.copytree(TREE, tmp_path / "tree")
    status, out, _ = served.run(
        "check", "-", "--tree", "tree", "--format", "terse", "-o", "report", cwd=tmp_path, text=mail
    )
    assert (status, out) == (1, b"")
    assert b"mm/ksm.c" in (tmp_path / "report").read_bytes()
    (tmp_path / ".kstale.toml").write_text('[severity]\nflush-excludes-walker = "low"\n')
    asked = ("check", "-", "--tree", "tree", "--format", "terse")
    _, out, _ = served.run(*asked, cwd=tmp_path, text=mail, HOME=str(tmp_path))
    assert b" low: the comment relies on a TLB flush" in out


def test_errors_are_one_line_and_status_2(served: Served) -> None:
    asked = ("check", "no-such.patch", "--tree", str(TREE))
    assert served.run(*asked) == served.run(*asked, KSTALE_DAEMON="0")
    assert served.run(*asked)[0] == 2


def test_a_closed_output_is_status_2(served: Served) -> None:
    asked = f"{' '.join(FIRST)} check {PATCHES}/ksm-drop-flush.patch --tree {TREE}"
    for how in (">&-", "2>&- >/dev/full"):
        done = subprocess.run(
            ["sh", "-c", f"{asked} {how}"], env=served.environment, cwd=ROOT,
            stderr=subprocess.DEVNULL, timeout=LONG, check=False,
        )  # fmt: skip
        assert done.returncode == 2, how


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_a_signal_ends_the_work(served: Served, number: int) -> None:
    waiting = served.begun("check", "-", "--tree", str(TREE))
    assert _soon(lambda: len(_below(served.process)) == 2)
    waiting.send_signal(number)
    _, error = waiting.communicate(timeout=LONG)
    assert waiting.returncode == 2
    assert error.count(b"\n") <= 1
    assert _soon(lambda: not _below(served.process)), "somebody still works"


def test_a_signal_that_is_ignored_ends_nothing(served: Served) -> None:
    """As below nohup, or behind an ``&`` of a script."""
    waiting = subprocess.Popen(
        ["sh", "-c", f"trap '' HUP INT; exec {' '.join(FIRST)} check - --tree {TREE}"],
        env=served.environment, cwd=ROOT,
        stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE,
    )  # fmt: skip
    assert _soon(lambda: len(_below(served.process)) == 2)
    waiting.send_signal(signal.SIGHUP)
    waiting.send_signal(signal.SIGINT)
    time.sleep(1)
    mail = (PATCHES / "ksm-drop-flush.patch").read_bytes()
    out, error = waiting.communicate(mail, timeout=LONG)
    assert (waiting.returncode, error) == (1, b"")
    assert b"mm/ksm.c" in out


def test_a_client_that_is_killed_leaves_nobody(served: Served) -> None:
    waiting = served.begun("check", "-", "--tree", str(TREE))
    assert _soon(lambda: len(_below(served.process)) == 2)
    waiting.kill()
    waiting.wait(timeout=LONG)
    assert _soon(lambda: not _below(served.process)), "somebody still works"
    assert waiting.stdin is not None
    waiting.stdin.close()


def test_a_command_that_dies_is_status_2(served: Served) -> None:
    waiting = served.begun("check", "-", "--tree", str(TREE))
    assert _soon(lambda: len(_below(served.process)) == 2)
    os.kill(_below(served.process)[1], signal.SIGKILL)
    waiting.communicate(timeout=LONG)
    assert waiting.returncode == 2


def test_garbage_does_not_hold_it_up(served: Served) -> None:
    import socket

    held = []
    for data in (b"", b"\xff\xff\xff\xff" + b"x" * 100, b"\0\0\0\2{}"):
        one = socket.socket(socket.AF_UNIX)
        with place.short(_socket(served)) as name:
            one.connect(name)
        one.sendall(data)
        held.append(one)
    asked = ("check", str(PATCHES / "ksm-clean.patch"), "--tree", str(TREE))
    assert served.run(*asked)[0] == 0
    for one in held:
        one.close()


def test_a_second_one_is_not_started(served: Served) -> None:
    before = served.process
    assert served.run("daemon", "start")[0] == 0
    assert served.process == before
    status, _, error = served.run("daemon", "run")
    assert status == 2
    assert error == b"kstale: a daemon is running\n"


def test_it_ends_when_nobody_asks(tmp_path: Path) -> None:
    one = Served(tmp_path)
    start = time.monotonic()
    status, _, _ = one.run("daemon", "run", "--idle", "0.01")
    assert status == 0
    assert time.monotonic() - start < LONG
    assert one.run("daemon", "status")[0] == 1


def test_a_daemon_that_was_killed_is_no_obstacle(tmp_path: Path) -> None:
    deep = tmp_path / ("deep" * 40)  # deeper than the name of a socket may be long
    deep.mkdir()
    one = Served(deep)
    assert one.run("daemon", "start")[0] == 0
    os.kill(one.process, signal.SIGKILL)
    asked = ("check", str(PATCHES / "ksm-clean.patch"), "--tree", str(TREE))
    assert one.run(*asked)[0] == 0
    assert one.run("daemon", "start")[0] == 0
    assert one.run("daemon", "stop")[0] == 0


def _hook(served: Served, tmp_path: Path, *, number: str, total: str, wanted: bool = True) -> None:
    """One call of the hook as git makes it; without numbers as git did before 2.41."""
    repo = tmp_path / "repo"
    if not repo.exists():
        repo.mkdir()
        sample_repo(repo)
    status, _, error = served.run(
        *("hook", "run", "sendemail-validate", str(PATCHES / "ksm-clean.patch")),
        cwd=repo,
        GIT_CONFIG_COUNT="0" if wanted else "1",
        GIT_CONFIG_KEY_0="kstale.daemon",
        GIT_CONFIG_VALUE_0="false",
        GIT_SENDEMAIL_FILE_COUNTER=number,
        GIT_SENDEMAIL_FILE_TOTAL=total,
    )
    assert (status, error) == (0, b"")


def test_the_hook_starts_one_with_the_last_of_several_mails(tmp_path: Path) -> None:
    one = Served(tmp_path)
    for number, total, wanted in (("1", "1", True), ("1", "2", True), ("2", "2", False)):
        _hook(one, tmp_path, number=number, total=total, wanted=wanted)
        assert one.run("daemon", "status")[0] == 1
    _hook(one, tmp_path, number="1", total="2")
    _hook(one, tmp_path, number="2", total="2")
    assert _soon(lambda: one.run("daemon", "status")[0] == 0)
    assert one.run("daemon", "stop")[0] == 0


def test_the_hook_starts_one_with_a_mail_that_git_does_not_count(tmp_path: Path) -> None:
    one = Served(tmp_path)
    _hook(one, tmp_path, number="", total="")
    assert _soon(lambda: one.run("daemon", "status")[0] == 0)
    assert one.run("daemon", "stop")[0] == 0


def test_other_code_is_another_address(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("XDG_RUNTIME_DIR", str(tmp_path))
    rules = tmp_path / "rules"
    rules.mkdir()
    (rules / "one.py").write_text("x = 1\n")
    monkeypatch.setattr(place, "data_folder", lambda _name: rules)
    before = place.address()
    assert place.address() == before
    (rules / "one.py").write_text("x = 12\n")
    assert place.address() != before


def _socket(served: Served) -> str:
    folder = Path(served.environment["XDG_RUNTIME_DIR"]) / f"kstale-{os.getuid()}"
    return str(next(one for one in folder.iterdir() if not one.name.endswith(".lock")))


def _below(process: int) -> list[int]:
    """The processes that descend from one, its children first."""
    found: list[int] = []
    for one in Path(f"/proc/{process}/task/{process}/children").read_text().split():
        found.append(int(one))
        try:
            found.extend(_below(int(one)))
        except (FileNotFoundError, ProcessLookupError):
            continue
    return found


def _soon(true: object) -> bool:
    assert callable(true)
    end = time.monotonic() + 120
    while time.monotonic() < end:
        if true():
            return True
        time.sleep(0.05)
    return False
