"""A verdict that rested on what the patch deletes has fallen, wherever its comment stands."""

from __future__ import annotations

import difflib
import inspect

import pytest

from benchmarks.deleting import change_of
from reviewer.finding import Finding, Origin
from reviewer.mail.apply import rebuild
from reviewer.mail.read import read_series
from reviewer.review.bench import prepare
from reviewer.review.check import check
from reviewer.review.model import Selection
from reviewer.verdict import Tier
from tests.support import MemoryTree

FILES = {
    "mm/duck.c": """
        /* The caller must hold pond->lock. */
        void duck_feed(struct pond *pond)
        {
                pond->ducks++;
                duck_peck(pond);
        }

        /* Called with pond->lock held. */
        void duck_peck(struct pond *pond)
        {
                pond->food--;
        }

        /* Called with interrupts off. */
        void duck_sleep(struct pond *pond)
        {
                pond->asleep = 1;
        }

        /* The caller must hold pond->lock. */
        void duck_count(struct pond *pond)
        {
                lockdep_assert_held(&pond->lock);
                pond->ducks++;
        }
        """,
    "mm/reed.h": """
        struct marsh {
                struct mutex marsh_mutex;
        };
        """,
    "include/reed.h": """
        struct reed {
                struct marsh *marsh;
                int height; /* Protected by &marsh.marsh_mutex. */
        };
        """,
    "mm/reed.c": """
        void reed_grow(struct marsh *marsh, struct reed *reed)
        {
                mutex_lock(&marsh->marsh_mutex);
                reed->height++;
                mutex_unlock(&marsh->marsh_mutex);
        }

        void reed_look(struct marsh *m)
        {
                mutex_lock(&m->marsh_mutex);
                mutex_unlock(&m->marsh_mutex);
        }
        """,
    "mm/pond.c": """
        void pond_tick(struct pond *pond)
        {
                spin_lock(&pond->lock);
                duck_feed(pond);
                spin_unlock(&pond->lock);
        }

        void pond_night(struct pond *pond)
        {
                local_irq_disable();
                duck_sleep(pond);
                local_irq_enable();
        }

        void pond_show(struct pond *pond)
        {
                pond->shown = 1;
                /* This smp_wmb() pairs with the smp_rmb() in pond_seen() and in pond_gone(). */
                smp_wmb();
                WRITE_ONCE(pond->seen, 1);
                spin_lock(&pond->lock);
                spin_unlock(&pond->lock);
        }

        int pond_seen(struct pond *pond)
        {
                int seen = READ_ONCE(pond->seen);

                smp_rmb();
                return seen ? pond->shown : 0;
        }
        """,
    "mm/lake.h": """
        struct lake {
                spinlock_t shore_lock;
                int boats; /* protected by shore_lock */
        };
        """,
    "mm/lake.c": """
        #include "lake.h"

        /* The caller must hold lake_mutex. */
        void lake_fill(struct lake *lake)
        {
                lake->full = 1;
        }

        void lake_rain(struct lake *lake)
        {
                mutex_lock(&lake_mutex);
                lake_fill(lake);
                mutex_unlock(&lake_mutex);
        }

        void lake_snow(struct lake *lake)
        {
                mutex_lock(&lake_mutex);
                lake_fill(lake);
                mutex_unlock(&lake_mutex);
        }

        void lake_melt(struct lake *lake)
        {
                mutex_lock(&lake_mutex); /* once */
                lake_fill(lake);
                mutex_unlock(&lake_mutex); /* once */
        }

        void lake_row(struct lake *lake)
        {
                spin_lock(&lake->shore_lock); /* oars */
                lake->boats++;
                spin_unlock(&lake->shore_lock); /* oars */
        }

        int lake_look(struct lake *lake)
        {
                spin_lock(&lake->shore_lock);
                spin_unlock(&lake->shore_lock);
                return 0;
        }
        """,
    "mm/heron.c": """
        void heron_fly(struct heron *h)
        {
                h->up = 1;
                /* Pairs with the smp_mb() in heron_land(). */
                smp_mb();
                h->seen = READ_ONCE(h->down);
        }

        void heron_land(struct heron *h)
        {
                WRITE_ONCE(h->down, 1);
                smp_mb();
                if (READ_ONCE(h->up))
                        atomic_inc_return(&h->landings);
        }

        int heron_fish(struct heron *h)
        {
                /* Pairs with the WRITE_ONCE() in heron_feed(). */
                return READ_ONCE(h->fish);
        }

        void heron_feed(struct heron *h)
        {
                WRITE_ONCE(h->fish, 1);
        }
        """,
    "mm/crane.c": """
        struct crane { int eggs; int nest; int rest; };

        void crane_nests(struct crane *c)
        {
                c->eggs = 2;
                WRITE_ONCE(c->nest, 1);
        }

        int crane_looks(struct crane *c)
        {
                if (!READ_ONCE(c->nest))
                        return 0;
                smp_rmb();
                return c->eggs;
        }

        int crane_sleeps(struct crane *c)
        {
                return READ_ONCE(c->nest) ? c->eggs : 0;
        }

        void crane_rests(struct crane *c)
        {
                c->eggs = 0;
                /* Pairs with smp_rmb() in crane_wakes(). */
                WRITE_ONCE(c->rest, 1);
        }

        int crane_wakes(struct crane *c)
        {
                int rest = READ_ONCE(c->rest);

                smp_rmb(); /* rest */
                return rest ? c->eggs : 0;
        }
        """,
    "mm/frog.c": """
        void frog_jump(struct frog *f)
        {
                f->wet = 1;
                /* Matches the barrier implied by the test_and_clear_bit() in frog_look(). */
                smp_mb__before_atomic();
                set_bit(FROG_IN, &f->flags);
                f->jumps++;
        }

        int frog_look(struct frog *f)
        {
                return test_and_clear_bit(FROG_IN, &f->flags) ? f->wet : 0;
        }
        """,
    "mm/raft.h": """
        struct oar {
                spinlock_t lock;
        };

        struct raft {
                spinlock_t lock;
                int logs; /* protected by lock */
        };
        """,
    "mm/raft.c": """
        #include "raft.h"

        /* The caller must hold raft->lock. */
        void raft_tie(struct raft *raft)
        {
                lockdep_assert_held(&raft->lock);
                raft->tied = 1;
        }

        void raft_build(struct raft *raft)
        {
                spin_lock(&raft->lock);
                raft->logs++;
                raft_tie(raft);
                spin_unlock(&raft->lock);
        }
        """,
}


def _checked(path: str, *edits: tuple[str, str]) -> list[Finding]:
    """The new findings of a patch that makes some replacements in one file."""
    files = {name: inspect.cleandoc(text) + "\n" for name, text in FILES.items()}
    was = now = files[path]
    for old, new in edits:
        assert old in now
        now = now.replace(old, new)
    lines = was.splitlines(), now.splitlines()
    diff = difflib.unified_diff(*lines, f"a/{path}", f"b/{path}", lineterm="")
    mail = "From: A <a@example.org>\nSubject: [PATCH] x\n\n" + "\n".join(diff) + "\n"
    (series,) = read_series("x.patch", mail.encode())
    tree = MemoryTree({name: text.encode() for name, text in files.items()})
    report = check(prepare(Selection()), tree, list(rebuild(series.patches[0], tree.read)))
    return [one for one in report.findings if one.origin is not Origin.EXISTING]


@pytest.mark.parametrize(
    ("path", "gone", "found"),
    [
        (
            "mm/pond.c",
            ("spin_lock(&pond->lock);", "spin_unlock(&pond->lock);"),
            [("mm/duck.c", 1), ("mm/duck.c", 8)],
        ),
        ("mm/pond.c", ("local_irq_disable();", "local_irq_enable();"), [("mm/duck.c", 14)]),
        ("mm/duck.c", ("lockdep_assert_held(&pond->lock);",), [("mm/duck.c", 20)]),
        # most callers still hold it, but not all; and what a struct says of its lock
        (
            "mm/lake.c",
            ("mutex_lock(&lake_mutex); /* once */", "mutex_unlock(&lake_mutex); /* once */"),
            [("mm/lake.c", 3)],
        ),
        (
            "mm/lake.c",
            (
                "spin_lock(&lake->shore_lock); /* oars */",
                "spin_unlock(&lake->shore_lock); /* oars */",
            ),
            [("mm/lake.h", 3)],
        ),
        # what makes a barrier one
        ("mm/frog.c", ("set_bit(FROG_IN, &f->flags);",), [("mm/frog.c", 4)]),
        # what a lock of another struct protects is said where that is declared
        (
            "mm/reed.c",
            ("mutex_lock(&marsh->marsh_mutex);", "mutex_unlock(&marsh->marsh_mutex);"),
            [("include/reed.h", 3)],
        ),
        # a lock that many structs have is the one of that struct; an assertion alone is no proof
        (
            "mm/raft.c",
            ("spin_lock(&raft->lock);", "spin_unlock(&raft->lock);"),
            [("mm/raft.c", 3), ("mm/raft.h", 7)],
        ),
    ],
)
def test_a_removal_is_told_where_a_comment_rested_on_it(
    path: str, gone: tuple[str, ...], found: list[tuple[str, int]]
) -> None:
    findings = _checked(path, *((one, ";") for one in gone))
    assert [(one.path, one.line) for one in findings] == found
    for one in findings:
        assert one.rule == "removed-by-patch"
        # That nothing else does the same is not proved.
        assert one.tier is Tier.STRONG
        assert one.verdict.message.startswith("This patch removes the last ")
        assert one.evidence.locations[0].note == f"{gone[0].split('(')[0]}(), removed by this patch"


def test_a_barrier_that_both_sides_show_to_matter_is_told_with_the_outcome() -> None:
    [one] = _checked("mm/pond.c", ("smp_wmb();", ";"))
    assert (one.rule, one.line, one.tier) == ("pair-forbids-outcome", 18, Tier.PROVED)
    assert "Never before it and Sometimes after it" in one.verdict.message
    assert "arm64" in one.verdict.machines.broken


def test_an_operation_that_gives_way_to_one_as_good_is_no_removal() -> None:
    edits = (
        ("spin_lock(&pond->lock);", "guard(spinlock)(&pond->lock);"),
        ("        spin_unlock(&pond->lock);\n", ""),
        ("local_irq_disable();", "unsigned long flags;\n\n        local_irq_save(flags);"),
        ("local_irq_enable();", "local_irq_restore(flags);"),
    )
    assert _checked("mm/pond.c", *edits) == []


def test_a_comment_that_the_patch_writes_in_place_of_what_it_removes_is_no_finding() -> None:
    words = "This smp_wmb() pairs with the smp_rmb() in pond_seen() and in pond_gone()."
    gone = ("        smp_wmb();\n", "")
    assert [one.line for one in _checked("mm/pond.c", gone)] == [18]
    edits = ((words, "This memory barrier is paired in pond_seen()."), gone)
    assert _checked("mm/pond.c", *edits) == []


def test_a_partner_that_is_named_is_told_though_something_else_may_order_there() -> None:
    gone = ("        smp_mb();\n        if (READ", "        if (READ")
    (one,) = _checked("mm/heron.c", gone)
    assert (one.line, one.rule, one.tier) == (4, "pair-forbids-outcome", Tier.STRONG)
    assert one.verdict.message.startswith("This patch takes the barrier in heron_land() away: ")


@pytest.mark.parametrize(
    ("old", "new", "rule"),
    [
        ("        smp_mb();\n        if (READ", "        if (READ", "pair-forbids-outcome"),
        ("WRITE_ONCE(h->fish, 1);", "h->fish = 1;", "marks-exclude-data-race"),
    ],
)
def test_a_comment_whose_model_shows_the_outcome_is_told_once(
    old: str, new: str, rule: str
) -> None:
    """That the partner has no such operation is the same finding, with less to see."""
    assert [one.rule for one in _checked("mm/heron.c", (old, new))] == [rule]


def test_an_outcome_that_a_new_comment_may_not_mean_is_a_hint() -> None:
    """Nothing says that the pair forbade it before."""
    comment = "/* Pairs with the barrier in crane_nests(). */\n        smp_rmb();"
    found = {one.rule: one.tier for one in _checked("mm/crane.c", ("smp_rmb();", comment))}
    assert found["pair-forbids-outcome"] is Tier.HINT


@pytest.mark.parametrize(
    ("comment", "rule"),
    [
        ("/* Pairs with smp_rmb() in crane_looks(). */", "barrier-stands-here"),
        ("/* Pairs with the read barrier in crane_sleeps(). */ smp_wmb();", "partner-has-barrier"),
    ],
)
def test_a_comment_of_the_patch_whose_barrier_is_not_there_is_no_hint(
    comment: str, rule: str
) -> None:
    step = "WRITE_ONCE(c->nest, 1);"
    found = _checked("mm/crane.c", (step, f"{comment.replace('*/ ', '*/' + _LINE)}{_LINE}{step}"))
    assert {one.rule: one.tier for one in found} == {
        rule: Tier.STRONG,
        "pair-forbids-outcome": Tier.HINT,
    }


_LINE = "\n        "


def test_a_barrier_that_was_missing_before_is_not_missed_by_the_patch() -> None:
    step = "WRITE_ONCE(c->rest, 1);"
    found = _checked("mm/crane.c", ("        smp_rmb(); /* rest */\n", ""))
    assert "barrier-stands-here" not in {one.rule for one in found}
    assert _checked("mm/crane.c", (step, "smp_wmb();" + _LINE + step)) == []


@pytest.mark.parametrize("lost", ["duck_mutex", "food_mutex", "reed_mutex"])
def test_each_lock_of_a_list_is_missed(lost: str) -> None:
    path = "mm/lake.c"
    before = inspect.cleandoc(
        """
        /* Must be called under locking of duck_mutex, food_mutex and reed_mutex. */
        static void lake_stock(struct lake *lake)
        {
                lake->ducks++;
        }

        void lake_fill(struct lake *lake)
        {
                mutex_lock(&duck_mutex);
                mutex_lock(&food_mutex);
                mutex_lock(&reed_mutex);
                lake_stock(lake);
                mutex_unlock(&reed_mutex);
                mutex_unlock(&food_mutex);
                mutex_unlock(&duck_mutex);
        }
        """
    )
    after = before.replace(f"        mutex_lock(&{lost});\n", "")
    after = after.replace(f"        mutex_unlock(&{lost});\n", "")
    tree = MemoryTree({path: before.encode()})
    change = change_of(path, before.encode(), after.encode())
    found = check(prepare(Selection()), tree, [change]).findings
    assert [one.rule for one in found] == ["removed-by-patch"]
    assert lost in found[0].verdict.message


@pytest.mark.parametrize(("instead", "told"), [("", True), ("        smp_mb();\n", False)])
def test_a_barrier_for_the_compiler_is_missed(instead: str, told: bool) -> None:
    path = "mm/lake.c"
    before = inspect.cleandoc(
        """
        static int lake_ready(struct lake *lake)
        {
                lake->seen = 1;
                /* Prevent compiler reordering of the two. */
                barrier();
                return lake->ducks;
        }
        """
    )
    after = before.replace("        barrier();\n", instead)
    change = change_of(path, before.encode(), after.encode())
    found = check(prepare(Selection()), MemoryTree({path: before.encode()}), [change]).findings
    assert [one.rule for one in found] == ["removed-by-patch"] * told
