"""A signal ends a run with status 2, wherever it comes."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
PROGRAM = f"""
from reviewer.unit.interrupt import interruptible
try:
    with interruptible():
        exec("import signal; signal.raise_signal({int(signal.SIGTERM)})")
except KeyboardInterrupt:
    raise SystemExit(2)
"""


def test_an_interrupt_in_a_text_that_is_executed_is_no_death_by_signal(tmp_path: Path) -> None:
    (tmp_path / "ended.py").write_text(PROGRAM, encoding="utf-8")
    path = os.environ | {"PYTHONPATH": f"{ROOT}:{tmp_path}"}
    done = subprocess.run([sys.executable, "-m", "ended"], env=path, check=False)
    assert done.returncode == 2


HALF_MADE = f"""
import signal, sys
from reviewer.unit.interrupt import interruptible
class Half:
    def __init__(self):
        if "stop" in sys.argv:
            signal.raise_signal({int(signal.SIGTERM)})
        self.key = 1
    def __del__(self):
        raise AttributeError("key")
status = 0
with interruptible():
    try:
        Half()
    except KeyboardInterrupt:
        status = 2
raise SystemExit(status)
"""


def test_what_an_interrupt_left_half_made_is_not_told(tmp_path: Path) -> None:
    """Other objects that fail when they are thrown away are."""
    (tmp_path / "half.py").write_text(HALF_MADE, encoding="utf-8")
    path = os.environ | {"PYTHONPATH": f"{ROOT}:{tmp_path}"}
    said = [
        subprocess.run(
            [sys.executable, "-m", "half", *more], env=path, check=False, capture_output=True
        )
        for more in ((), ("stop",))
    ]
    assert [one.returncode for one in said] == [0, 2]
    assert b"AttributeError" in said[0].stderr
    assert said[1].stderr == b""
