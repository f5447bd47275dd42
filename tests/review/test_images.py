"""A patch judged by several processes: what is found, and in what order, is as by one."""

from __future__ import annotations

import pytest

from reviewer.mail.apply import rebuild
from reviewer.mail.read import read_series
from reviewer.review.bench import prepare
from reviewer.review.check import check
from reviewer.review.model import Report, Selection
from tests.support import MemoryTree

POND = """
/* Called with pond->lock held, and pond->gate too. */
static void feed(struct pond *pond)
{
        pond->bread++;
}

void swim(struct pond *pond)
{
        spin_lock(&pond->lock);
        feed(pond);
        spin_unlock(&pond->lock);
}
"""
DUCKS = """
static void duck{0}(struct pond *pond)
{{
        /* duck{0}_gone() has fed it, see struct duck{0}_was. */ pond->ducks++; /* egg{0}() */
        /* Pairs with smp_rmb() in duck{0}_gone(), which {0} ducks call. */
        smp_wmb();
        /* pond->lock is held here, for {0} ducks. */
        feed(pond);
}}
"""


def _checked(processes: int, monkeypatch: pytest.MonkeyPatch) -> Report:
    monkeypatch.setattr("reviewer.review.images.processors", lambda: processes)
    text = POND + "".join(DUCKS.format(number) for number in range(12))
    new = text.replace("        spin_lock(&pond->lock);\n", "").replace("smp_wmb();", "barrier();")
    old_lines, new_lines = text.splitlines(), new.splitlines()
    body = "\n".join([*(f"-{one}" for one in old_lines), *(f"+{one}" for one in new_lines)])
    mail = (
        "From: A <a@example.org>\nSubject: [PATCH] x\n\ndiff --git a/mm/pond.c b/mm/pond.c\n"
        f"--- a/mm/pond.c\n+++ b/mm/pond.c\n@@ -1,{len(old_lines)} +1,{len(new_lines)} @@\n{body}\n"
    )
    tree = MemoryTree({"mm/pond.c": text.encode()})
    (series,) = read_series("x.patch", mail.encode())
    return check(prepare(Selection()), tree, list(rebuild(series.patches[0], tree.read)))


def _told(report: Report) -> tuple[object, ...]:
    return (
        [(one.rule, one.path, one.line, one.verdict, one.origin) for one in report.findings],
        [(one.rule, one.claim.line, one.claim.start, one.verdict) for one in report.ledger],
        report.stats,
        report.notes,
        report.missing,
    )


@pytest.mark.parametrize("processes", [2, 5])
def test_what_is_found_is_the_same(processes: int, monkeypatch: pytest.MonkeyPatch) -> None:
    alone = _checked(1, monkeypatch)

    assert alone.findings
    assert len({one.claim.comment.text for one in alone.ledger}) > 30
    assert _told(_checked(processes, monkeypatch)) == _told(alone)
