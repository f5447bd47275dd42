"""Scans that are cut off, and scans after them: what was done is kept, nothing else is said."""

from __future__ import annotations

import os
import random
import signal
import subprocess
import time
from pathlib import Path

import pytest

from tests.review.plantation import FILES, environment, plant, scan_command, scanned

_SEED = 20261127
_KILLS = 3


@pytest.fixture(scope="module")
def tree(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return plant(tmp_path_factory.mktemp("outliving") / "linux")


@pytest.fixture(scope="module")
def expected(
    tree: Path, tmp_path_factory: pytest.TempPathFactory
) -> tuple[tuple[int, str, str], float]:
    """What a scan that nobody disturbs says, and how long it takes."""
    cache = tmp_path_factory.mktemp("undisturbed")
    start = time.monotonic()
    found = scanned(tree, cache, "--jobs", "2")
    assert found[0] == 1
    assert found[2].count("\n") > FILES
    return found, time.monotonic() - start


def begin(tree: Path, cache: Path) -> subprocess.Popen[str]:
    return subprocess.Popen(
        scan_command(tree, cache / "cut.jsonl", "--jobs", "2"),
        env=environment(cache),
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )


def children(pid: int) -> list[int]:
    """Worker processes: those whose parent is ``pid``."""
    found = []
    for entry in Path("/proc").iterdir():
        if entry.name.isdigit():
            try:
                parent = (entry / "stat").read_text().rpartition(")")[2].split()[1]
            except OSError:
                continue
            if int(parent) == pid:
                found.append(int(entry.name))
    return found


def workers_of(scan: subprocess.Popen[str]) -> list[int]:
    """The workers, once there are any."""
    until = time.monotonic() + 60
    while time.monotonic() < until and scan.poll() is None:
        if found := children(scan.pid):
            return found
        time.sleep(0.01)
    return []


def gone(pids: list[int]) -> bool:
    """True once none of the processes is there any more."""
    until = time.monotonic() + 30
    while time.monotonic() < until:
        if not any(alive(pid) for pid in pids):
            return True
        time.sleep(0.02)
    return False


def alive(pid: int) -> bool:
    try:
        state = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0]
    except OSError:
        return False
    return state != "Z"


def test_scans_that_are_killed_change_nothing(
    tree: Path, tmp_path: Path, expected: tuple[tuple[int, str, str], float]
) -> None:
    moments = random.Random(_SEED)
    for _ in range(_KILLS):
        scan = begin(tree, tmp_path)
        time.sleep(moments.uniform(0.0, expected[1]))
        workers = children(scan.pid)
        scan.kill()
        scan.communicate()
        assert gone(workers)
    assert scanned(tree, tmp_path) == expected[0]
    assert scanned(tree, tmp_path) == expected[0]


def test_a_worker_that_is_killed_costs_no_file(
    tree: Path, tmp_path: Path, expected: tuple[tuple[int, str, str], float]
) -> None:
    scan = begin(tree, tmp_path)
    workers = workers_of(scan)
    time.sleep(0.3)
    os.kill(workers[0], signal.SIGKILL)
    out, err = scan.communicate()
    ledger = (tmp_path / "cut.jsonl").read_text()
    assert (scan.returncode, out + err, ledger) == expected[0]


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_an_interrupt_ends_the_scan_soon_and_is_said(
    tree: Path, tmp_path: Path, number: signal.Signals
) -> None:
    scan = begin(tree, tmp_path)
    workers = workers_of(scan)
    scan.send_signal(number)
    out, err = scan.communicate(timeout=90)
    assert scan.returncode == 2
    assert err.count("\n") == 1, err
    assert "interrupted" in err
    assert "interrupted" in out
    assert gone(workers)


def test_what_is_not_a_file_to_read_is_counted_by_cause(tree: Path, tmp_path: Path) -> None:
    copy = plant(tmp_path / "linux")
    (copy / "mm" / "link.c").symlink_to("/etc/passwd")
    with (copy / "mm" / "huge.c").open("wb") as file:
        file.truncate(1 << 31)
    if os.geteuid() != 0:
        (copy / "mm" / "pond_00.c").chmod(0)
    status, out, _ = scanned(copy, tmp_path / "cache")
    assert status == 2
    assert "mm/huge.c" in out
    assert "more than kstale reads" in out
