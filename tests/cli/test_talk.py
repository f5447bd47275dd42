"""A mail without a patch that speaks of code: its comments, its premises, its orders."""

from __future__ import annotations

import email.policy
import json
import shutil
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


BESIDE = """\
From: Ann Author <ann@example.org>
To: linux-mm@example.org
Date: Thu, 06 Oct 2022 17:23:59 +0200
Message-ID: <two@example.org>
Subject: {subject}

{words}

"""


def _beside(tmp_path: Path, words: str, *, quoted: bool) -> str:
    """A mail with these words above a patch of its own, or above one that it quotes."""
    patch = (ROOT / "fixtures" / "patches" / "ksm-clean.patch").read_text(encoding="utf-8")
    subject = "[PATCH] mm/ksm: tidy write_protect_page()"
    diff = patch[patch.index("diff --git") :]
    if quoted:
        subject = f"Re: {subject}"
        diff = "Bob wrote:\n" + "".join(f"> {line}\n" for line in diff.splitlines())
    file = tmp_path / "beside.eml"
    file.write_text(BESIDE.format(subject=subject, words=words) + diff, encoding="utf-8")
    return str(file)


@pytest.mark.parametrize("quoted", [False, True])
def test_premises_beside_a_patch_are_judged(quoted: bool, tmp_path: Path, capsys: Capture) -> None:
    mail = _beside(tmp_path, "This is fine, since TLB flushes involve IPIs.", quoted=quoted)
    assert main(["check", mail, "--tree", TREE, "--format", "json"]) == FINDINGS
    report = json.loads(capsys.readouterr().out)
    (said,) = [one for one in report["findings"] if one["origin"] == "stated"]
    assert (said["rule"], said["path"], said["line"]) == ("flush-implies-ipi", mail, 7)
    assert any("write_protect_page() (mm/ksm.c:" in note for note in report["notes"])
    assert main(["check", mail, "--tree", TREE]) == FINDINGS
    out = capsys.readouterr().out
    assert "The mail itself says:" in out
    assert "0 findings by this patch, 1 in what the mail says" in out
    assert main(["reply", mail, "--tree", TREE, "--from", "Me <me@example.org>"]) == FINDINGS
    draft = email.message_from_string(capsys.readouterr().out, policy=email.policy.default)
    body = draft.get_content()
    assert body.index("> This is fine") < body.index("without an interrupt")


@pytest.mark.parametrize(
    "words",
    [
        "This is fine, since the callers hold mmap_lock.",  # the code's, before the patch or after?
        "THP collapse flushes the TLB, so that no GUP-fast can be running.",  # not in this tree
        "Do TLB flushes involve IPIs?",
    ],
)
def test_what_the_patch_may_have_changed_is_not_judged(
    words: str, tmp_path: Path, capsys: Capture
) -> None:
    mail = _beside(tmp_path, words, quoted=True)
    assert main(["check", mail, "--tree", TREE, "--format", "terse"]) == CLEAN
    assert mail not in capsys.readouterr().out


COLLAPSE = """\
static void collapse_huge_page(struct vm_area_struct *vma, unsigned long address, pmd_t *pmd)
{
	pmd_t old;

	old = pmdp_collapse_flush(vma, address, pmd);
	copy_small_pages(old);
}
"""


@pytest.mark.parametrize("waits", [False, True])
def test_an_activity_is_judged_at_the_function_that_does_it(
    waits: bool, tmp_path: Path, capsys: Capture
) -> None:
    words = (
        "THP collapse clears and flushes pmd before doing anything on pte and\n"
        "relies on interrupt disable of fast GUP to serialize against fast GUP."
    )
    wait = "\ttlb_remove_table_sync_one();\n\tcopy" if waits else "\tcopy"
    tree = tmp_path / "tree"
    shutil.copytree(TREE, tree)
    (tree / "mm" / "khugepaged.c").write_text(COLLAPSE.replace("\tcopy", wait), encoding="utf-8")
    mail = _beside(tmp_path, words, quoted=True)
    main(["check", mail, "--tree", str(tree), "--format", "json"])
    stated = [
        one
        for one in json.loads(capsys.readouterr().out)["findings"]
        if one["origin"] == "stated" and "arm64" in one["machines"]["broken"]
    ]
    assert len(stated) == (not waits)
    for one in stated:
        assert one["evidence"]["locations"][0]["path"] == "mm/khugepaged.c"


def test_a_draft_shows_nothing_raw(tmp_path: Path, capsys: Capture) -> None:
    patch = (ROOT / "fixtures" / "patches" / "ksm-drop-flush.patch").read_text(encoding="utf-8")
    mail = tmp_path / "raw.eml"
    text = patch.replace("write_protect_page(struct", "write\x1b[2J_pro\rtect\u202e_page(struct", 1)
    mail.write_text(text, encoding="utf-8", newline="")
    assert main(["reply", str(mail), "--tree", TREE, "--from", "Me <me@example.org>"]) == FINDINGS
    out = capsys.readouterr().out
    assert r"write\x1b[2J_pro\rtect\u202e_page(struct" in out
    assert all(char.isprintable() or char in "\n\t" for char in out)


PASTED = """\
In write_protect_page() we have

\tflush_cache_page(vma, addr, pfn);
\tentry = ptep_clear_flush(vma, addr, ptep);
\tif (page_mapcount(page) + 1 + swapped != page_count(page)) {
\t\tset_pte_at(mm, addr, ptep, entry);
\t\tgoto out_unlock;
\t}

and the TLB flush sends an IPI, so that GUP-fast cannot be running.
"""


def test_a_body_without_its_header_is_no_source_for_the_code_in_it(
    tmp_path: Path, capsys: Capture
) -> None:
    file = tmp_path / "body"
    file.write_text(PASTED)
    assert main(["check", str(file), "--tree", TREE]) == FINDINGS
    assert "no mail" not in capsys.readouterr().err


STUB = """\
#ifdef CONFIG_HERON
void settle_heron(void);
#else
static inline %s
#endif
"""
SETTLES = """\
/* Waits for heron->eggs. */
void settle_heron(void)
{
	land_heron();
}
"""


@pytest.mark.parametrize(
    "stub", ["void settle_heron(void) { }", "int settle_heron(void) { return -ENOSYS; }"]
)
def test_a_stub_is_not_what_a_mail_speaks_of(stub: str, tmp_path: Path, capsys: Capture) -> None:
    tree = tmp_path / "tree"
    shutil.copytree(TREE, tree)
    (tree / "include" / "heron.h").write_text(STUB % stub, encoding="utf-8")
    (tree / "mm" / "settle.c").write_text(SETTLES, encoding="utf-8")
    file = tmp_path / "mail"
    file.write_text("From: a@b.org\nSubject: x\n\nI like settle_heron(), and you?\n")
    assert main(["check", str(file), "--tree", str(tree)]) == CLEAN
    assert "it speaks of settle_heron() (mm/settle.c:2)" in capsys.readouterr().out


@pytest.mark.parametrize(
    ("words", "broken"),
    [
        ("A TLB flush always interrupts the other CPUs.", "arm64"),
        ("On arm64, as on x86, a TLB flush sends IPIs.", "arm64"),
        ("The TLB flush waits for all lockless walkers.", "arm64"),
        ("ptep_clear_flush() sends an IPI, so GUP-fast cannot be running.", "x86-64-kvm"),
        ("No GUP-fast walker can be running once the TLB flush is done.", "s390"),
        ("Interrupts are off, so a TLB flush cannot complete.", "arm64"),
        ("A TLB flush cannot complete as long as interrupts are disabled.", "arm64"),
        ("A TLB flush sends IPIs on loongarch and bare-metal x86-64.", ""),
        ("On loongarch a TLB flush cannot complete while interrupts are disabled.", ""),
        ("TLB flushes send IPIs on x86, but not on arm64.", ""),
        ("On arm64 and bare-metal x86-64 a TLB flush sends IPIs.", "arm64"),
        ("X86 TLB flushes interrupt all other CPUs.", "x86-64-kvm"),
        ("On ARM, a TLB flush interrupts all other CPUs.", "arm-lpae"),
        ("A TLB flush sends an IPI on alpha.", ""),
        ("On m68k and loongarch a TLB flush sends an IPI.", ""),
        ("On 32-bit MIPS a TLB flush sends an IPI.", ""),
        ("On loongarch a TLB flush sends an IPI, arm64 broadcasts.", ""),
        ("On loongarch a TLB flush sends IPIs, while on arm64 it is broadcast.", ""),
        ("On loongarch a TLB flush sends IPIs (arm64 broadcasts).", ""),
        ("A TLB flush interrupts no other CPU.", ""),
        ("There is a TLB flush in it. The flush waits for all lockless walkers.", "arm64"),
        ("A TLB flush follows, and this flush interrupts all other CPUs.", "s390"),
        ("A TLB flush must come first. Disabling interrupts blocks that flush.", "arm64"),
        ("The flush of the work queue waits for all lockless walkers.", ""),
        ("The flush interrupts all other CPUs.", ""),
        ("A TLB flush does not wait for lockless walkers on arm64.", ""),
        ("A TLB flush will not always wait for GUP-fast.", ""),
        ("A TLB flush comes first, but the flush doesn't wait for GUP-fast.", ""),
        ("A TLB flush comes first. Disabling interrupts does not block the flush.", ""),
        ("The TLB flush sends no IPI there, so GUP-fast cannot be kept out.", ""),
        ("ptep_clear_flush() does not interrupt anybody, hence GUP-fast cannot see it.", ""),
        ("It is not true that a TLB flush cannot complete while interrupts are off.", ""),
        ("No GUP-fast walker is kept out when the TLB flush is done.", ""),
        ("It is wrong that TLB flushes involve IPIs.", ""),
        ("I doubt that a TLB flush sends an IPI.", ""),
        ("You assume that TLB flushes send IPIs. They do not.", ""),
        ("Some people believe that a TLB flush sends an IPI.", ""),
        ("Many think a TLB flush sends an IPI.", ""),
        ("Let us assume that a TLB flush sends an IPI.", ""),
        ("Let's say a TLB flush interrupts all CPUs.", ""),
        ("TLB flushes that send IPIs are slow.", ""),
        ("A TLB flush which interrupts all CPUs is slow.", ""),
        ("That a TLB flush sends an IPI is a myth.", ""),
        ("The assumption that a TLB flush sends an IPI is simply wrong.", ""),
        ("The comment claims that a TLB flush sends an IPI, which is right.", "arm64"),
    ],
)
def test_what_is_said_of_flushes_is_judged_on_the_machines_it_is_said_of(
    words: str, broken: str, tmp_path: Path, capsys: Capture
) -> None:
    file = tmp_path / "mail"
    file.write_text(f"From: a@b.org\nSubject: about write_protect_page()\n\n{words}\n")
    main(["check", str(file), "--tree", TREE, "--format", "json"])
    report = json.loads(capsys.readouterr().out)
    stated = [one for one in report["findings"] if one["origin"] == "stated"]
    assert bool(stated) == bool(broken)
    for one in stated:
        assert broken in one["machines"]["broken"]
        if words.startswith(("On arm64, as on x86", "On ARM", "X86")):
            assert "s390" not in one["machines"]["broken"]
