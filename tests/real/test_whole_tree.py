"""Rules that ask the whole tree, on a whole tree: what they find there, and what they leave."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from reviewer.cli.main import FINDINGS, main

pytestmark = pytest.mark.real

FOUND = [
    ("include/linux/blkdev.h", "vanished-name-family", "BLK_ZONE_ZONE_"),
    ("fs/ext4/mballoc.c", "vanished-kernel-file", "mb_linear_limit"),
    ("include/linux/sched/topology.h", "vanished-function", "idle_balance"),
    ("kernel/trace/trace.h", "vanished-path", "trace_event_triggers.c"),
    ("kernel/locking/mutex.c", "vanished-function", "Perhaps task_struct is meant"),
    ("mm/memory.c", "vanished-function", "ptp_clear_flush"),
    ("drivers/md/dm.c", "field-of-another-struct", "io->origin_bio"),
    ("net/ipv4/tcp_output.c", "partner-has-barrier", "sock_setsockopt()"),
    ("fs/namei.c", "lock-still-exists", "i_mutex"),
]
"""Path, rule and words of the message; each read against the code (docs/precision.md)."""
QUIET = "virt/kvm/eventfd.c"
"""Its comment names the wait that the callers use: 6.1 had another there."""


@pytest.fixture(scope="module")
def scanned(linux_6_12: Path, tmp_path_factory: pytest.TempPathFactory) -> Any:
    """(findings, ledger) of a scan of the files above, with the index of the tree."""
    folder = tmp_path_factory.mktemp("scan")
    output, ledger = folder / "out.json", folder / "ledger.jsonl"
    paths = sorted({path for path, _, _ in FOUND} | {QUIET})
    with output.open("w", encoding="utf-8") as stream, pytest.MonkeyPatch.context() as patch:
        patch.setattr("sys.stdout", stream)
        status = main(
            [
                *("scan", str(linux_6_12), *paths, "--jobs", "2"),
                *("--format", "json", "--ledger", str(ledger)),
            ]
        )
    assert status == FINDINGS
    lines = ledger.read_text(encoding="utf-8").splitlines()
    return json.loads(output.read_text(encoding="utf-8"))["findings"], [*map(json.loads, lines)]


@pytest.mark.parametrize(("path", "rule", "words"), FOUND)
def test_what_is_stale_is_found(scanned: Any, path: str, rule: str, words: str) -> None:
    findings, _ = scanned
    mine = [one for one in findings if one["path"] == path and one["rule"] == rule]
    assert any(words in one["message"] for one in mine), mine


def test_a_gone_file_that_a_comment_names_often_is_one_finding(scanned: Any) -> None:
    findings, ledger = scanned
    assert len([one for one in findings if "trace_event_triggers.c" in one["message"]]) == 1
    named = [one for one in ledger if "trace_event_triggers.c" in one.get("quote", "")]
    assert len(named) > 5


def test_what_callers_do_makes_a_claim_hold(scanned: Any) -> None:
    findings, ledger = scanned
    assert not [one for one in findings if one["path"] == QUIET]
    waits = [one for one in ledger if one.get("rule") == "caller-waits-afterwards"]
    assert [one["verdict"] for one in waits if one["path"] == QUIET] == ["holds"]
