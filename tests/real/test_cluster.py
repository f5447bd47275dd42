"""A scan on a Dask cluster: a scheduler and two workers on this machine, one killed half-way."""

from __future__ import annotations

import json
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path
from threading import Timer

import pytest

from tests.review.plantation import environment, plant, scanned

pytestmark = pytest.mark.real
_MOMENT = 2.0
"""Seconds after the start at which a worker is killed: both are at work then."""


@pytest.fixture
def cluster(tmp_path: Path) -> Iterator[tuple[str, list[subprocess.Popen[bytes]]]]:
    """The address of a scheduler, and its two workers."""
    where = tmp_path / "scheduler.json"
    common = {"env": environment(tmp_path), "stderr": subprocess.DEVNULL, "cwd": Path.cwd()}
    scheduler = [sys.executable, "-m", "distributed.cli.dask_scheduler", "--no-dashboard"]
    worker = [sys.executable, "-m", "distributed.cli.dask_worker", "--no-dashboard"]
    worker += ["--nthreads", "1", "--no-nanny", "--scheduler-file", str(where)]
    with ExitStack() as stack:
        commands = [[*scheduler, "--port", "0", "--scheduler-file", str(where)], worker, worker]
        processes = []
        for command in commands:
            process = stack.enter_context(subprocess.Popen(command, **common))  # type: ignore[call-overload]
            stack.callback(process.kill)
            processes.append(process)
        until = time.monotonic() + 60
        while not where.is_file() and time.monotonic() < until:
            time.sleep(0.1)
        from distributed import Client

        client = Client(scheduler_file=str(where), timeout="30s")  # type: ignore[no-untyped-call]
        with client:
            client.wait_for_workers(2, timeout=60)
        yield str(json.loads(where.read_text())["address"]), processes[1:]


def test_a_cluster_that_loses_a_worker_says_the_same(
    tmp_path: Path, cluster: tuple[str, list[subprocess.Popen[bytes]]]
) -> None:
    tree = plant(tmp_path / "linux")
    address, workers = cluster
    killed: list[float] = []

    def kill() -> None:
        workers[0].kill()
        killed.append(time.monotonic())

    alarm = Timer(_MOMENT, kill)
    alarm.start()
    found = scanned(tree, tmp_path / "cluster", "--cluster", address)
    ended = time.monotonic()
    alarm.join()
    assert killed[0] < ended, "it was killed while the scan ran"
    assert found == scanned(tree, tmp_path / "alone", "--jobs", "2")
