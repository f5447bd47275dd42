"""The two comments that kstale was made for, read from kernel trees at run time."""

from __future__ import annotations

from pathlib import Path

import pytest

from reviewer.claims.comments import read_file
from reviewer.claims.model import Claim, Kind, Modality, Role
from reviewer.claims.show import claim_lines
from reviewer.source.file import SourceFile

pytestmark = pytest.mark.real


def claims_in(tree: Path, path: str, function: str) -> list[Claim]:
    source = SourceFile.parse(path, (tree / path).read_bytes())
    return [
        claim
        for reading in read_file(source)
        for claim in reading.claims
        if claim.kind is not Kind.REFERS
        and function in {claim.comment.anchor.function, claim.comment.anchor.name}
    ]


def said(claims: list[Claim]) -> set[tuple[Kind, str, str, Role]]:
    return {
        (c.kind, c.subject.concept, c.object.concept if c.object else "", c.role)
        for c in claims
        if c.modality is Modality.ASSERTED
    }


def test_ksm_reason_and_result(linux: Path) -> None:
    found = said(claims_in(linux, "mm/ksm.c", "write_protect_page"))
    assert (Kind.EXCLUDES, "tlb-flush", "o-direct", Role.REASON) in found
    assert (Kind.STABLE, "check.refcount-mapcount", "o-direct", Role.RESULT) in found
    assert (Kind.ORDERS, "tlb-flush", "step", Role.REASON) in found


def test_lockless_pte_premises_and_result(linux: Path) -> None:
    found = said(claims_in(linux, "include/linux/pgtable.h", "ptep_get_lockless"))
    assert (Kind.EXCLUDES, "irq-off", "tlb-flush", Role.REASON) in found
    assert (Kind.IMPLIES, "tlb-flush", "ipi", Role.REASON) in found
    assert (Kind.STABLE, "pte", "tlb-flush", Role.REASON) in found
    assert (Kind.ATOMIC, "split-entry", "split-entry", Role.RESULT) in found


def test_ksm_corrected_words(shared: Path) -> None:
    """The comment of the patch in the seed message: the walker re-checks and backs off."""
    from tests.claims.helpers import read

    seed = (shared / "seeds/ksm-write-protect-page.reply.txt").read_text()
    lines = [line[4:] for line in seed.splitlines() if line.startswith("> + ")]
    words = "\n".join(line.strip().lstrip("*").strip() for line in lines)
    claims = read(words[words.index("Make sure that there") : words.index("again.") + 6])
    implied = {
        (c.subject.concept, c.object.concept, c.get("possible"))
        for c in claims
        if c.kind is Kind.IMPLIES and c.object and c.modality is Modality.ASSERTED
    }
    assert implied == {("gup-fast", "refcount", "yes"), ("gup-fast", "pte-recheck", "")}


def test_claims_command_lines(linux_6_12: Path) -> None:
    path = "mm/ksm.c"
    source = SourceFile.parse(path, (linux_6_12 / path).read_bytes())
    lines = list(claim_lines(source))
    assert any("excludes(tlb-flush" in line for line in lines)
    assert all(line.startswith("mm/ksm.c:") for line in lines)
