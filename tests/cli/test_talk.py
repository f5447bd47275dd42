"""A mail without a patch that speaks of code: its comments, its premises, its orders."""

from __future__ import annotations

import email.policy
import json
from pathlib import Path

import jsonschema
import pytest

from reviewer.cli.main import CLEAN, FAILED, FINDINGS, main

ROOT = Path(__file__).resolve().parents[2]
TREE = str(ROOT / "fixtures" / "tree")
SCHEMA = ROOT / "reviewer" / "report" / "findings.schema.json"
Capture = pytest.CaptureFixture[str]

MAIL = """\
From: Ann Author <ann@example.org>
To: linux-mm@example.org
Date: Thu, 06 Oct 2022 17:23:59 +0200
Message-ID: <one@example.org>
Subject: Re: is write_protect_page() right?

On Wed, Oct 5, 2022, Bob wrote:
> On Tue, Eve wrote:
> > Some words that matter to nobody.
>
> The argument was that
>  1. we flush the TLB, so that no GUP-fast can be in progress;
>  2. TLB flushes involve IPIs.
>
> And what of ptep_get_lockless()? It does
>
>     pte.pte_low = ptep->pte_low;
>     smp_rmb();
>     pte.pte_high = ptep->pte_high;

I would rather see it as an order. The writer:

	store_flag(not there)
	smp_wmb();
	store_data(new)

the reader:

	load_data
	smp_rmb()
	load_flag

Ann
"""


@pytest.fixture
def mail(tmp_path: Path) -> str:
    file = tmp_path / "talk.eml"
    file.write_text(MAIL, encoding="utf-8")
    return str(file)


def test_premises_of_a_mail_are_judged_where_they_are_spoken_of(mail: str, capsys: Capture) -> None:
    assert main(["check", mail, "--tree", TREE, "--format", "json"]) == FINDINGS
    report = json.loads(capsys.readouterr().out)
    jsonschema.validate(report, json.loads(SCHEMA.read_text(encoding="utf-8")))
    found = {(one["rule"], one["origin"], one["line"]): one for one in report["findings"]}
    lines = MAIL.splitlines()
    flush = (
        lines.index(
            "> 1. we flush the TLB, so that no GUP-fast can be in progress;".replace("> ", ">  ")
        )
        + 1
    )
    said = found["flush-excludes-walker", "stated", flush]
    assert said["path"] == mail
    assert "arm64" in said["machines"]["broken"]
    assert said["evidence"]["witness"]["drawing"]
    assert found["flush-implies-ipi", "stated", flush + 1]
    comment = next(one for one in report["findings"] if one["origin"] == "discussed")
    assert (comment["path"], comment["rule"]) == ("mm/ksm.c", "flush-excludes-walker")
    for place in said["evidence"]["locations"]:
        if (
            place["path"] == "mm/ksm.c"
        ):  # where it stands in the tree, not in the tree with the mail
            code = (ROOT / "fixtures" / "tree" / "mm" / "ksm.c").read_text().splitlines()
            assert "(" in code[place["line"] - 1]


def test_an_ordering_argument_gives_its_table(mail: str, capsys: Capture) -> None:
    assert main(["check", mail, "--tree", TREE, "--format", "json"]) == FINDINGS
    (order,) = json.loads(capsys.readouterr().out)["orderings"]
    rows = {tuple(one["values"]): one for one in order["rows"]}
    assert order["places"] == ["data", "flag"]
    assert rows["new", "not there"]["machines"] == order["machines"]
    forbidden = rows["new", "as before"]
    assert forbidden["machines"] == []
    weak = {one["barrier"]: one["machines"] for one in forbidden["without"]}
    assert set(weak) == {"smp_wmb", "smp_rmb"}
    assert "arm64" in weak["smp_rmb"]
    assert "x86-64-native" not in weak["smp_rmb"]


def test_the_answer_stands_below_the_words(mail: str, capsys: Capture) -> None:
    assert main(["reply", mail, "--tree", TREE, "--from", "Me <me@example.org>"]) == FINDINGS
    draft = email.message_from_string(capsys.readouterr().out, policy=email.policy.default)
    assert draft["To"] == "Ann Author <ann@example.org>"
    assert draft["In-Reply-To"] == "<one@example.org>"
    body = draft.get_content()
    order = [
        body.index(words)
        for words in (
            "> On Wed, Oct 5, 2022, Bob wrote:",
            "> >  1. we flush the TLB, so that no GUP-fast",
            "does not keep lockless walkers out",
            "> >  2. TLB flushes involve IPIs.",
            "completes without an interrupt",
            "> \tload_flag",
            "seen on",
        )
    ]
    assert order == sorted(order)
    assert "matter to nobody" not in body
    assert body.count("local_irq_disable()") == 1
    assert max(map(len, body.splitlines())) <= 80


def test_a_mail_that_states_nothing_is_clean_and_one_about_nothing_is_no_input(
    tmp_path: Path, capsys: Capture
) -> None:
    file = tmp_path / "mail"
    file.write_text("From: a@b.org\nSubject: x\n\nI like remap_anything(), and you?\n")
    assert main(["check", str(file), "--tree", TREE]) == FAILED
    assert "names no function of the tree" in capsys.readouterr().err
    file.write_text("From: a@b.org\nSubject: x\n\nI like ptep_get(), and you?\n")
    assert main(["check", str(file), "--tree", TREE]) == CLEAN
    assert "it speaks of ptep_get()" in capsys.readouterr().out
    assert main(["reply", str(file), "--tree", TREE]) == CLEAN
    assert "nothing to say" in capsys.readouterr().err


def test_a_question_or_a_denial_is_no_premise(tmp_path: Path, capsys: Capture) -> None:
    file = tmp_path / "mail"
    for words in (
        "Does a TLB flush in ptep_get() send an IPI?",
        "A TLB flush sends no IPI in ptep_get().",
        "If the TLB flush sent an IPI, ptep_get() would be right.",
    ):
        file.write_text(f"From: a@b.org\nSubject: x\n\n{words}\n")
        assert main(["check", str(file), "--tree", TREE]) == CLEAN, words
    capsys.readouterr()
