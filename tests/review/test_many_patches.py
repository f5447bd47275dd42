"""Many patches in one run: what was worked out of one goes with the next."""

from __future__ import annotations

import gc
import inspect

from reviewer.mail.read import read_series
from reviewer.review.bench import prepare
from reviewer.review.model import Selection
from reviewer.review.series import check_series
from reviewer.world import Library
from tests.support import MemoryTree

_POND = inspect.cleandoc("""
    static DEFINE_SPINLOCK(pond_lock);
    static int fish;

    /* Called with pond_lock held. */
    static void stock(void)
    {
            fish++;
    }

    void fill(void)
    {
            spin_lock(&pond_lock);
            stock();
            spin_unlock(&pond_lock);
    }
""")


def test_a_patch_leaves_no_tree_behind() -> None:
    text = _POND.replace("        ", "\t") + "\n"
    old = text.splitlines()
    new = [line for line in old if "spin_" not in line]
    body = "\n".join([f"-{line}" for line in old] + [f"+{line}" for line in new])
    mail = (
        "From: A <a@example.org>\nSubject: [PATCH] pond: no lock\n\n"
        "diff --git a/mm/pond.c b/mm/pond.c\n--- a/mm/pond.c\n+++ b/mm/pond.c\n"
        f"@@ -1,{len(old)} +1,{len(new)} @@\n{body}\n"
    )
    bench, tree = prepare(Selection()), MemoryTree({"mm/pond.c": text.encode()})
    (series,) = read_series("x.patch", mail.encode())
    gc.collect()
    before = _libraries()
    for _ in range(5):
        (one,) = check_series(bench, tree, series)
        assert one.report.findings
    gc.collect()
    assert _libraries() - before <= 2  # the last patch's, before and after it


def _libraries() -> int:
    return sum(isinstance(one, Library) for one in gc.get_objects())
