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
