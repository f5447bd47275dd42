"""Findings of one file: what is told once only."""

from __future__ import annotations

from reviewer.claims.comments import read_file
from reviewer.claims.extract import builtin_reader
from reviewer.claims.model import Claim, Kind
from reviewer.finding import LedgerEntry
from reviewer.review.bench import prepare
from reviewer.review.findings import findings
from reviewer.review.judge import Judgement, judge_file
from reviewer.review.model import Selection
from reviewer.review.once import counted
from reviewer.source.file import SourceFile
from reviewer.verdict import Location, Severity, broken
from reviewer.world import Library
from tests.support import MemoryTree, memory_index

_CODE = b"""
/* Pairs with the barrier in pond_drain_now(). */
static int pond(void)
{
        return 0;
}
"""


def _claims() -> tuple[Claim, Claim]:
    """The statement about a pairing, and the mention of the function inside it."""
    source = SourceFile.parse("mm/pond.c", _CODE)
    (reading,) = read_file(source, builtin_reader())
    stated = next(one for one in reading.claims if one.kind is Kind.PAIRS)
    mention = next(one for one in reading.claims if one.kind is Kind.REFERS)
    return stated, mention


def _entry(claim: Claim, rule: str, message: str) -> LedgerEntry:
    verdict = broken(message, Location("mm/pond.c", claim.line, "names it"))
    return LedgerEntry("mm/pond.c", claim, rule, "family", Severity.LOW, verdict)


def test_a_mention_stands_back_behind_a_statement_about_the_same_name() -> None:
    stated, mention = _claims()
    entries = [
        _entry(stated, "partner", "The comment relies on pond_drain_now(), which is gone."),
        _entry(mention, "vanished", "The comment speaks of pond_drain_now."),
    ]
    assert [one.rule for one in findings(entries)] == ["partner"]
    assert [one.rule for one in findings(entries[::-1])] == ["partner"]


def test_a_mention_stays_where_the_statement_breaks_for_another_reason() -> None:
    stated, mention = _claims()
    entries = [
        _entry(stated, "partner", "There is no barrier here."),
        _entry(mention, "vanished", "The comment speaks of pond_drain_now."),
    ]
    assert [one.rule for one in findings(entries)] == ["partner", "vanished"]


def test_what_a_comment_repeats_is_judged_a_few_times_and_counted() -> None:
    said = b" * Pairs with the barrier in pond_drain_now().\n" * 20
    source = SourceFile.parse("mm/pond.c", b"/*\n" + said + b" */\nint pond(void);\n")
    (reading,) = read_file(source, builtin_reader())
    pairs = [one for one in counted(reading.claims) if one[0].kind is Kind.PAIRS]
    assert [times for _, times, _ in pairs] == list(range(1, 21))


def test_of_many_claims_of_one_kind_the_first_are_judged_and_the_ledger_says_so() -> None:
    said = "".join(f" * Pairs with the barrier in pond_drain_{n}().\n" for n in range(60))
    code = f"/*\n{said} */\nint pond(void);\n"
    tree = MemoryTree({"mm/pond.c": code.encode()})
    library = Library(tree, memory_index(tree))
    source = library.source("mm/pond.c")
    assert source is not None
    selection = Selection(only=("partner-place-exists",))
    review = judge_file(Judgement(prepare(selection), library), source)
    pairs = [one for one in review.entries if one.claim.kind is Kind.PAIRS]
    left = [one for one in pairs if "24 claims of this kind" in one.verdict.message]
    assert (len(pairs), len(left)) == (60, 36)
    assert left == pairs[24:]
