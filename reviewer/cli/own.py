"""Run kstale in a process of its own, for servers: no input can take them down with it."""

from __future__ import annotations

import json
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Any

_SECONDS = 600
"""What one question may take; a first question about a tree compiles it."""


def ask(*argv: str, text: str = "", accepted: tuple[int, ...] = (0, 1)) -> dict[str, Any]:
    """The JSON that a command prints, with ``said`` for stderr; or ``error`` in one line."""
    try:
        done = subprocess.run(
            [sys.executable, "-m", "reviewer", *argv],
            input=text,
            capture_output=True,
            encoding="utf-8",
            errors="replace",
            timeout=_SECONDS,
            check=False,
        )
    except subprocess.TimeoutExpired:
        return {"error": f"no answer after {_SECONDS} s"}
    try:
        found = json.loads(done.stdout)
    except ValueError:
        found = None
    if done.returncode not in accepted or not isinstance(found, dict):
        return {"error": done.stderr.strip() or f"kstale ended with status {done.returncode}"}
    return {**found, "said": done.stderr.strip()}


def judged(tree: str, path: str) -> dict[str, Any]:
    """The report of one file of a tree, with ``claims``: its ledger."""
    with tempfile.TemporaryDirectory() as folder:
        ledger = Path(folder) / "ledger"
        asked = ("scan", tree, path, "--jobs", "1", "--format", "json")
        answer = ask(*asked, "--ledger", str(ledger))
        if "error" in answer:
            return answer
        lines = ledger.read_text(encoding="utf-8").splitlines()
        return {**answer, "claims": [json.loads(one) for one in lines]}


def around(claims: list[dict[str, Any]], line: int) -> list[dict[str, Any]]:
    """The claims whose words, or the code they are about, have a line of the file.

    A sentence that was not understood is about no code.
    """
    return [one for one in claims if one["line"] <= line <= max(one["end_line"], _end(one))]


def _end(claim: dict[str, Any]) -> int:
    return claim["anchor"]["end_line"] if "anchor" in claim else 0
