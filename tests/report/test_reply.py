"""Reply drafts: golden files, headers, and what mail programs read back."""

from __future__ import annotations

import re
import subprocess
from collections.abc import Callable
from dataclasses import replace
from email import message_from_string, policy
from email.message import EmailMessage
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from reviewer.errors import KstaleError
from reviewer.finding import Finding, Origin
from reviewer.mail.apply import rebuild
from reviewer.mail.model import Message, Patch
from reviewer.mail.read import read_path, read_series
from reviewer.report.headers import missing_headers
from reviewer.report.remarks import ReplyFinding, reply_finding
from reviewer.report.reply import draft_reply, git_identity
from reviewer.verdict import (
    Breaks,
    Decision,
    Evidence,
    Location,
    MachineVerdicts,
    Severity,
    Verdict,
    WitnessEvidence,
)
from tests.claims.helpers import read

ROOT = Path(__file__).resolve().parents[2]
PATCHES = ROOT / "fixtures" / "patches"
GOLDEN = Path(__file__).parent / "golden"
ME = "Re Viewer <me@reviewers.invalid>"

RACE = """\
CPU 0 (write_protect_page)           CPU 1 (GUP-fast)
--------------------------           ----------------
                                     local_irq_save()
                                     reads the PTE: writable
ptep_clear_flush()
  broadcast, no interrupt
                                     takes a reference
page_count() is one too many
"""

FLUSH = ReplyFinding(
    path="mm/ksm.c",
    line=53,
    words="So we clear the pte and flush the tlb before the check\n"
    "this assure us that no O_DIRECT can happen after the check",
    paragraphs=(
        "A TLB flush does not wait for a lockless walker: where it is broadcast in hardware no CPU "
        "takes an interrupt, and GUP-fast goes on with the entry it has read.",
        "  mm/gup.c:35: GUP-fast runs with interrupts off",
    ),
    drawing=RACE,
    rule="flush-excludes-walker",
    breaks="reason",
    broken_on=("arm64", "x86-hyperv"),
    holds_on=("x86-native",),
)
CORRECTED = replace(FLUSH, corrected=True)
RECHECK = ReplyFinding(
    path="mm/ksm.c",
    line=65,
    words="concurrent GUP-fast could raise the refcount temporarily to grab a write reference",
    paragraphs=("This one holds: GUP-fast looks at the PTE again.",),
)
ELSEWHERE = ReplyFinding(
    path="mm/huge.c",
    line=412,
    words="the flush keeps GUP-fast out",
    paragraphs=("The same reason stands there, and there the result rests on it.",),
    rule="flush-excludes-walker",
    breaks="result",
    broken_on=("arm64",),
)


def _patch(name: str) -> Patch:
    series = read_path(PATCHES / name)
    return series[0].patches[0]


def _parsed(text: str) -> EmailMessage:
    mail = message_from_string(text, policy=policy.default)
    assert isinstance(mail, EmailMessage)
    assert not mail.defects
    return mail


CASES = {
    "seed": ("ksm-write-protect-page.reply.txt", (RECHECK, CORRECTED, ELSEWHERE)),
    "patch": ("ksm-write-protect-page.patch", (CORRECTED, RECHECK)),
    "code-only": ("ksm-drop-flush.patch", (FLUSH,)),
    "left-behind": ("ksm-clean.patch", (ELSEWHERE,)),
    "in-a-series": ("ksm-two-steps.mbox", (replace(FLUSH, words="no such words", line=25),)),
}


@pytest.mark.parametrize("case", CASES)
def test_golden(case: str, golden: Callable[[Path, str], None]) -> None:
    name, findings = CASES[case]
    patch = _patch(name)
    text = draft_reply(patch.message, patch, findings, identity=ME)
    golden(GOLDEN / f"{case}.eml", text)
    mail = _parsed(text)
    assert mail["Subject"].startswith("Re: [PATCH")
    assert mail["Subject"].count("Re:") == 1
    assert not [name for name in mail if name.lower().startswith("x-")]
    body = mail.get_content()
    own = [line for line in body.split("\n") if not line.startswith((">", " ", "CPU", "-"))]
    assert max(map(len, own)) <= 76
    for line in RACE.rstrip("\n").split("\n"):
        assert FLUSH not in findings or line in body


def test_remark_stands_below_the_words_it_speaks_of() -> None:
    patch = _patch("ksm-write-protect-page.reply.txt")
    lines = draft_reply(patch.message, patch, (CORRECTED, RECHECK), identity=ME).split("\n")
    words = next(i for i, line in enumerate(lines) if "this assure us that no O_DIRECT" in line)
    assert lines[words].startswith("> > -"), "the quoting of the message is kept"
    assert lines[words + 2].startswith("A TLB flush does not wait")
    assert "[...]" in lines[words:]


def test_threading_and_recipients() -> None:
    patch = _patch("ksm-two-steps.mbox")
    message = replace(
        patch.message,
        to=("Some List <list@x.invalid>", "author@sample.invalid"),
        cc=("me@reviewers.invalid", "SOME LIST <LIST@x.invalid>", '"Last, F" <f@x.invalid>'),
    )
    mail = _parsed(draft_reply(message, patch, (FLUSH,), identity=ME, date="Mon, 1 Jan 2024 1:00"))
    assert mail["To"] == "Sample Author <author@sample.invalid>"
    assert [a.addr_spec for a in mail["Cc"].addresses] == ["list@x.invalid", "f@x.invalid"]
    assert mail["From"] == ME
    assert mail["In-Reply-To"] == "<v2-1@sample.invalid>"
    assert mail["References"].split() == ["<cover@sample.invalid>", "<v2-1@sample.invalid>"]
    assert mail["Date"] is not None


def test_without_message_id_the_draft_says_what_to_fill_in() -> None:
    patch = _patch("ksm-write-protect-page.reply.txt")
    mail = _parsed(draft_reply(patch.message, patch, (FLUSH,)))
    assert mail["In-Reply-To"] is None
    assert missing_headers(patch.message) == ("To", "Cc", "In-Reply-To", "References")
    assert mail["To"].addresses[0].domain == "archive.invalid"
    assert mail["From"].addresses[0].domain == "example.invalid"


def test_long_references_lose_their_middle() -> None:
    patch = _patch("ksm-clean.patch")
    message = replace(patch.message, references=tuple(f"<{n}@x.invalid>" for n in range(100)))
    mail = _parsed(draft_reply(message, patch, (FLUSH,), identity=ME))
    names = mail["References"].split()
    assert (len(names), names[0], names[-1]) == (20, "<0@x.invalid>", patch.message.message_id)


def test_names_and_subjects_in_other_scripts() -> None:
    patch = _patch("ksm-clean.patch")
    message = replace(
        patch.message, sender="Jörg Ünal <j@x.invalid>", subject="RE: Re: [PATCH] mm: größer " * 5
    )
    text = draft_reply(message, patch, (FLUSH,), identity=ME)
    assert text.partition("\n\n")[0].isascii()
    mail = _parsed(text)
    assert mail["To"].addresses[0].display_name == "Jörg Ünal"
    assert mail["Subject"] == "Re: " + ("RE: Re: [PATCH] mm: größer " * 5)[8:].strip()


def test_no_header_can_be_smuggled_in() -> None:
    patch = _patch("ksm-clean.patch")
    message = replace(
        patch.message,
        subject="[PATCH] x\nBcc: evil@x.invalid",
        sender="A\r\nBcc: evil@x.invalid <a@x.invalid>",
        message_id="<1@x>\nBcc: evil@x.invalid",
        cc=("c@x.invalid\nBcc: evil@x.invalid",),
    )
    mail = _parsed(draft_reply(message, patch, (FLUSH,), identity=ME))
    assert mail["Bcc"] is None


def test_nothing_to_say() -> None:
    patch = _patch("ksm-clean.patch")
    with pytest.raises(KstaleError, match="nothing to reply"):
        draft_reply(patch.message, patch, ())


def test_words_not_shown_are_placed_by_the_rebuilt_files() -> None:
    diff = (
        "--- a/f.c\n+++ b/f.c\n@@ -1,2 +1,2 @@\n-one\n+uno\n two\n@@ -50,2 +50,2 @@\n-x\n+y\n z\n"
    )
    ((series),) = read_series("x", f"Subject: [PATCH] x\nFrom: a@x.invalid\n\n{diff}".encode())
    patch = series.patches[0]
    files = {"f.c": b"\n" * 300 + b"one\ntwo\n" + b"\n" * 47 + b"x\nz\n"}
    changes = rebuild(patch, files.get)
    finding = replace(FLUSH, path="f.c", line=310, words="words of a comment that is not shown")
    text = draft_reply(patch.message, patch, (finding,), identity=ME, changes=changes)
    assert "> +uno" in text
    assert "> +y" not in text
    assert "The comment at f.c:310 says:" in text


def test_what_a_finding_says_in_a_reply() -> None:
    verdict = Verdict(
        Decision.BROKEN,
        "a flush does not wait",
        Breaks.RESULT,
        Evidence(
            (
                Location("mm/gup.c", 7, "interrupts are off, " * 5),
                Location("Kconfig", 0, "no such"),
            ),
            WitnessEvidence("arm64", "ksm", "C x", RACE, "{}"),
        ),
        MachineVerdicts(("arm64",), ("x86",)),
    )
    said = "The lock is taken by us. In short, TLB flushes involve\nIPIs, here. And so on."
    claim = next(one for one in read(said) if "IPI" in one.quote)
    finding = Finding(
        "a-rule", "tlb", Severity.HIGH, "mm/ksm.c", 3, 4, claim.quote,
        claim, verdict, Origin.EXPOSED, "0",
    )  # fmt: skip
    remark = reply_finding(finding)
    assert remark.said == "In short, TLB flushes involve IPIs, here."
    assert remark.paragraphs[0] == "A flush does not wait."
    assert remark.paragraphs[1].startswith("  mm/gup.c:7: interrupts are off,")
    assert "\n    " in remark.paragraphs[1], "long facts go on further in"
    assert remark.paragraphs[1].endswith("\n  Kconfig: no such")
    assert remark.paragraphs[2] == "On arm64 this can happen:"
    assert (remark.drawing, remark.breaks, remark.broken_on) == (RACE, "result", ("arm64",))


def test_the_whole_sentence_is_quoted_where_the_patch_does_not_show_it() -> None:
    patch = _patch("ksm-clean.patch")
    finding = replace(ELSEWHERE, said="In short, the flush keeps GUP-fast out, always.")
    text = draft_reply(patch.message, patch, (finding,), identity=ME)
    assert '\n  "In short, the flush keeps GUP-fast out, always."\n' in text


def test_git_identity(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    subprocess.run(["git", "init", "-q"], cwd=tmp_path, check=True)
    monkeypatch.setenv("GIT_AUTHOR_NAME", "A B")
    monkeypatch.setenv("GIT_AUTHOR_EMAIL", "a@x.invalid")
    assert git_identity(tmp_path) == "A B <a@x.invalid>"
    assert git_identity(tmp_path / "nowhere") == ""


@given(
    st.builds(
        Message,
        st.just("x"), *(st.text(max_size=60) for _ in range(5)),
        st.tuples(st.text(max_size=20)), st.tuples(st.text(max_size=20)),
        st.tuples(st.text(max_size=20)), st.just(""),
    )
)  # fmt: skip
@settings(max_examples=150)
def test_any_headers_parse_back(headers: Message) -> None:
    patch = _patch("ksm-clean.patch")
    message = replace(headers, body=patch.message.body)
    text = draft_reply(message, replace(patch, message=message), (FLUSH,), identity=ME)
    head, _, body = text.partition("\n\n")
    assert all(re.match(r"[A-Z][\w-]+: |[ ]", line) for line in head.split("\n"))
    mail = message_from_string(text)
    assert mail["To"]
    assert mail.get_payload() == body
