"""What must not come of any input."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from typing import Any

from benchmarks.hostile.process import CPU_SECONDS, Asked, Done

_RAW_TEXT = re.compile(r"[\x00-\x08\x0b-\x1f\x7f-\x9f\u200b-\u200f\u202a-\u202e\u2066-\u2069]")
_OWN = re.compile(
    r"reviewer\.errors\.|(?:OS|FileNotFound|IsADirectory|NotADirectory|Permission)Error:"
)
"""Errors that are told in a line where nobody asks for more."""
_MEMORY = 1 << 30
_REVIEWS = frozenset({"check", "scan"})
_SERVERS = frozenset({"lsp", "mcp"})


def faults(asked: Asked, done: Done) -> Iterator[str]:
    """What is wrong with how a process ended, in words."""
    if done.hung:
        yield "hangs"
        return
    said = (done.out + done.err).decode("utf-8", "replace")
    last = said.strip().splitlines()[-1:]
    meant = "--debug" in asked.argv and last and _OWN.match(last[0])  # asks where it failed
    traced = "Traceback" in said and not meant
    if traced or "internal error" in said or "out of memory" in said:
        yield last[0][:200]
    if done.status not in (0, 1, 2):
        yield f"status {done.status}"
    if done.cpu > CPU_SECONDS:
        yield f"{done.cpu:.1f} s of processor time"
    if done.memory > _MEMORY:
        yield f"{done.memory >> 20} MB of memory"
    if asked.kind not in _SERVERS:
        if raw := _RAW_TEXT.search(said):
            yield f"a raw control character, {raw[0]!a}"
        yield from _wrong_status(asked, done)


def _wrong_status(asked: Asked, done: Done) -> Iterator[str]:
    """The status says something else than the output."""
    told = done.err.decode("utf-8", "replace").splitlines()
    if done.status == 2 and not any(re.match("kstale[: ]", line) for line in told):
        yield "status 2, and no line says why"
    if done.status != 2 and any("left out:" in line for line in told):
        yield f"status {done.status}, and something was left out"
    command = asked.argv[0] if asked.argv else ""
    if asked.closed or asked.kind == "words":
        return
    if done.status == 1 and not done.out.strip():
        yield "status 1, and nothing is shown"
    if command not in _REVIEWS or "--format" not in asked.argv:
        return
    name = asked.argv[asked.argv.index("--format") + 1]
    if name not in ("json", "sarif", "gitlab") or not done.out:
        return
    try:
        report = json.loads(done.out)
    except ValueError as error:
        yield f"no {name}: {error}"
        return
    if name == "json":
        yield from _against_json(report, done.status)


def _against_json(report: dict[str, Any], status: int) -> Iterator[str]:
    """``counts`` of the findings is the exit status, unless something is missing."""
    counts = any(one["counts"] for one in report["findings"])
    if status == 2:
        return
    if report["missing"]:
        yield f"status {status}, though {report['missing'][0][:80]} is missing"
    elif counts != bool(status):
        yield f"status {status}, though findings {'count' if counts else 'do not count'}"
