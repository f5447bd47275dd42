"""The product as a user meets it, on two whole kernel trees."""

from __future__ import annotations

import io
import json
import subprocess
import sys
from email import message_from_string
from pathlib import Path
from typing import Any

import pytest

from reviewer.cli.main import CLEAN, FAILED, FINDINGS, main

pytestmark = pytest.mark.real

PATCHES = Path(__file__).resolve().parents[2] / "fixtures" / "patches"
REPLY = PATCHES / "ksm-write-protect-page.reply.txt"
CLEAN_PATCH = PATCHES / "ksm-write-protect-page.patch"
PARAVIRTUAL_OR_BROADCAST = {"x86-64-kvm", "arm64", "powerpc64-radix", "s390"}
IPI = {"x86-64-native", "loongarch"}


@pytest.fixture
def run(capsys: pytest.CaptureFixture[str]) -> Any:
    """Run a command; returns (status, standard output)."""

    def call(*argv: object) -> tuple[int, str]:
        status = main([str(word) for word in argv])
        return status, capsys.readouterr().out

    return call


def test_scan_flags_the_two_comments_that_started_the_project(linux: Path, run: Any) -> None:
    status, out = run(
        "scan", linux, "mm/ksm.c", "include/linux/pgtable.h", "--format",
        "json", "--only", "tlb", "--only", "pte", "--only", "refcount", "--jobs", 1,
    )  # fmt: skip
    assert status == FINDINGS
    by_rule = {one["rule"]: one for one in json.loads(out)["findings"]}
    ksm = by_rule["flush-excludes-walker"]
    assert ksm["path"] == "mm/ksm.c"
    assert "no O_DIRECT" in ksm["quote"]
    assert ksm["breaks"] == "reason"
    assert set(ksm["machines"]["broken"]) >= PARAVIRTUAL_OR_BROADCAST
    assert set(ksm["machines"]["holds"]) >= IPI
    assert "\nCPU 0" in ksm["evidence"]["witness"]["drawing"]
    lockless = by_rule["irqs-off-block-flush"]
    assert lockless["path"] == "include/linux/pgtable.h"
    assert lockless["breaks"] == "reason"
    assert set(lockless["machines"]["broken"]) == {"x86-pae-kvm"}
    assert "x86-pae-native" in lockless["machines"]["holds"]
    premise = by_rule["entry-kept-until-flush"]
    assert premise["path"] == "include/linux/pgtable.h"
    assert "x86-pae-native" in premise["machines"]["broken"]
    assert set(by_rule) == {"flush-excludes-walker", "irqs-off-block-flush", premise["rule"]}


@pytest.mark.parametrize(("mail", "stated"), [(REPLY, 1), (CLEAN_PATCH, 0)], ids=["reply", "patch"])
def test_check_finds_nothing_in_the_corrected_comment(
    linux: Path, run: Any, mail: Path, stated: int
) -> None:
    status, out = run("check", mail, "--tree", linux, "--format", "json")
    assert status == (FINDINGS if stated else CLEAN)
    report = json.loads(out)
    new = [one for one in report["findings"] if one["origin"] != "existing"]
    assert [one["origin"] for one in new] == ["stated"] * stated
    for one in new:  # what the reply says of THP: MIPS with MMIDs waits for no walker there
        assert one["machines"]["broken"] == ["mips64-ginvt"]
        assert one["evidence"]["locations"][0]["path"] == "mm/khugepaged.c"
    assert [one["rule"] for one in report["corrected"]] == ["flush-excludes-walker"]


def test_check_reads_the_new_claim_and_finds_it_to_hold(
    linux: Path, run: Any, tmp_path: Path
) -> None:
    ledger = tmp_path / "ledger.jsonl"
    run("check", CLEAN_PATCH, "--tree", linux, "--ledger", ledger)
    rows = [json.loads(line) for line in ledger.read_text(encoding="utf-8").splitlines()]
    held = [row for row in rows if row["rule"] == "walker-rechecks-entry"]
    assert [(row["path"], row["verdict"]) for row in held] == [
        ("mm/ksm.c", "holds"),
        (str(CLEAN_PATCH), "holds"),  # its message says so too
    ]
    assert held[0]["evidence"]["locations"][0]["path"] == "mm/gup.c"


def test_check_reads_standard_input(
    linux_6_12: Path, run: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    stream = io.TextIOWrapper(io.BytesIO(REPLY.read_bytes()))
    monkeypatch.setattr(sys, "stdin", stream)
    status, out = run("check", "-", "--tree", linux_6_12, "--only", "tlb")
    assert status == FINDINGS
    assert "Corrected by this patch" in out


def test_a_patch_that_only_drops_the_flush_is_flagged(linux: Path, run: Any) -> None:
    status, out = run(
        "check", PATCHES / "ksm-drop-flush.patch", "--tree", linux,
        "--format", "json",
    )  # fmt: skip
    assert status == FINDINGS
    new = [one for one in json.loads(out)["findings"] if one["origin"] == "exposed"]
    assert "flush-excludes-walker" in {one["rule"] for one in new}


def test_check_reads_a_git_range(linux: Path, run: Any, tmp_path: Path) -> None:
    def git(*words: str) -> None:
        who = ("-c", "user.name=A", "-c", "user.email=a@example.org")
        subprocess.run(["git", *who, *words], cwd=tmp_path, check=True, capture_output=True)

    for name in ("mm/ksm.c", "mm/gup.c"):
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_bytes((linux / name).read_bytes())
    git("init", "-q")
    git("add", ".")
    git("commit", "-qm", "base")
    git("apply", str(PATCHES / "ksm-drop-flush.patch"))
    git("commit", "-qam", "mm/ksm: drop the flush")
    status, out = run("check", "--git", "HEAD~1..", "--tree", tmp_path, "--format", "json")
    assert status == FINDINGS
    assert "flush-excludes-walker" in {one["rule"] for one in json.loads(out)["findings"]}


def test_check_reads_an_mbox_of_several_mails(linux: Path, run: Any, tmp_path: Path) -> None:
    mbox = tmp_path / "two.mbox"
    talk = "From: A <a@example.org>\nSubject: a question\nMessage-ID: <q@example.org>\n\nWhy?\n"
    patch = CLEAN_PATCH.read_text(encoding="utf-8").partition("\n")[2]
    mails = (f"From a Mon Sep  5 09:00:00 2022\n{mail}\n" for mail in (talk, patch))
    mbox.write_text("".join(mails), encoding="utf-8")
    status, out = run("check", mbox, "--tree", linux, "--format", "json")
    assert status == CLEAN
    assert len(json.loads(out)["corrected"]) == 1


def test_a_patch_for_another_tree_says_file_and_hunk(
    linux_6_12: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    patch = tmp_path / "other.patch"
    words = CLEAN_PATCH.read_text(encoding="utf-8").replace("mm/ksm.c", "mm/slub.c")
    patch.write_text(words, encoding="utf-8")
    assert main(["check", str(patch), "--tree", str(linux_6_12)]) == FAILED
    error = capsys.readouterr().err
    assert error.count("\n") == 1
    assert "mm/slub.c" in error
    assert "hunk 1" in error


def test_reply_is_a_mail_with_the_race_inline(linux: Path, run: Any) -> None:
    status, out = run(
        "reply", CLEAN_PATCH, "--tree", linux, "--corrected", "--from", "A <a@example.org>"
    )
    assert status == CLEAN
    mail = message_from_string(out)
    assert mail["Subject"].startswith("Re: ")
    assert mail["In-Reply-To"]
    body = str(mail.get_payload())
    assert body.index("> -") < body.index("CPU 0") < len(body)
    assert max(len(line) for line in body.splitlines() if not line.startswith(">")) <= 80


def test_the_kernels_own_litmus_tests_run_under_its_own_model(linux: Path, run: Any) -> None:
    model = linux / "tools" / "memory-model" / "linux-kernel.cat"
    files = sorted((linux / "tools" / "memory-model" / "litmus-tests").glob("*.litmus"))
    status, out = run("simulate", "--cat", model, "--format", "json", *files)
    assert status == CLEAN
    rows = [json.loads(line) for line in out.splitlines()]
    assert len(rows) == len(files)
    for row, file in zip(rows, files, strict=True):
        expected = next(
            line.split()[-1]
            for line in file.read_text(encoding="utf-8").splitlines()
            if "Result:" in line
        )
        assert row["verdict"] == expected, file.name
