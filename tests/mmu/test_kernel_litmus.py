"""The kernel's own litmus tests and a published collection, with herd7's verdicts."""

from __future__ import annotations

import json
import time
from pathlib import Path

import pytest

from reviewer.mmu.api import Budget, load_model, read_litmus, simulate

pytestmark = pytest.mark.real


def _rows(shared: Path, *, kernel: bool) -> list[dict[str, object]]:
    rows = json.loads((shared / "litmus/verdicts.json").read_text(encoding="utf-8"))
    return [row for row in rows if (row["suite"] == "kernel-6.12") == kernel]


@pytest.mark.parametrize("own", [True, False], ids=["tree", "lkmm"])
def test_the_kernels_tests(linux: Path, shared: Path, own: bool) -> None:
    folder = linux / "tools/memory-model"
    model = load_model(folder / "linux-kernel.cat" if own else "lkmm")
    wrong = []
    spent = 0.0
    for row in _rows(shared, kernel=True):
        path = folder / "litmus-tests" / str(row["path"])
        if not path.is_file():
            continue
        test = read_litmus(path)
        start = time.process_time()
        found = simulate(test, model)
        spent += time.process_time() - start
        if found.verdict != row["verdict"] or found.flags:
            wrong.append((row["path"], found.verdict, found.flags))
    assert not wrong
    assert spent < 1.0


def test_the_collection(linux_6_12: Path, shared: Path) -> None:
    model = load_model(linux_6_12 / "tools/memory-model/linux-kernel.cat")
    wrong = []
    for row in _rows(shared, kernel=False):
        found = simulate(read_litmus(shared / "litmus" / str(row["path"])), model, Budget(states=4))
        flags = row.get("flags") or []
        assert isinstance(flags, list)
        if found.verdict != row["verdict"] or set(found.flags) != set(flags):
            wrong.append((row["path"], found.verdict, found.flags))
    assert not wrong
