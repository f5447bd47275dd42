"""Waits behind which no lockless walker is said to be inside any more."""

from __future__ import annotations

import inspect

import pytest

from reviewer.review.bench import prepare
from reviewer.review.judge import Judgement, judge_file
from reviewer.review.model import Selection
from reviewer.tree.overlay import Overlay
from reviewer.verdict import Decision
from reviewer.world import Library
from rules.tlb.wait_excludes_walker import WaitExcludesWalker
from tests.support import MemoryTree, decided, memory_index

RULE = "wait-excludes-walker"
_HOLDS = WaitExcludesWalker.sound[0]
GUP = inspect.cleandoc(_HOLDS.files["mm/gup.c"])
CODE = _HOLDS.code.replace("mm_struct *mm)", "mm_struct *mm, int wait, bool all)")
CALL = "smp_call_function(tern_nothing, NULL, 1);"
WORDS = "Synchronize with GUP-fast, which runs with interrupts disabled."


def _decided(code: str, gup: str = GUP, path: str = "mm/tern.c") -> list[Decision]:
    return decided(RULE, path, code, **{"mm/gup.c": gup})


@pytest.mark.parametrize(
    ("call", "holds"),
    [
        (CALL, True),
        (CALL.replace("1)", "true)"), True),
        ("kick_all_cpus_sync();", True),
        ("synchronize_rcu();", True),
        ("on_each_cpu(tern_nothing, NULL, 1);", True),
        (
            f"if (all)\n                {CALL}\n        else\n                synchronize_rcu();",
            True,
        ),
        (CALL.replace("1)", "0)"), False),
        (CALL.replace("1)", "wait)"), False),
        (CALL.replace("1)", "!all)"), False),
        (f"if (all)\n                {CALL}", False),
        (f"if (!mm)\n                return;\n        {CALL}", False),
        (f"while (wait--)\n                {CALL}", False),
        (f"for (; wait < 4; wait++)\n                {CALL}", False),
        (f"if (IS_ENABLED(CONFIG_TERN))\n                {CALL}", False),
        (f"if (IS_REACHABLE(CONFIG_TERN))\n                {CALL}", False),
        (f"#ifdef CONFIG_TERN\n        {CALL}\n#endif", False),
        ("call_rcu(&mm->rcu, tern_free);", False),
        ("smp_call_function_single(0, tern_nothing, NULL, 1);", False),
        ("smp_call_function_many(mm_cpumask(mm), tern_nothing, NULL, 1);", True),
        ("on_each_cpu_mask(cpu_online_mask, tern_nothing, NULL, true);", True),
        ("smp_call_function_many(cpumask_of(0), tern_nothing, NULL, 1);", False),
        ("on_each_cpu_mask(&tern_mask, tern_nothing, NULL, true);", False),
        ("smp_mb();", False),
        ("flush_tlb_mm(mm);", False),
        ("tern_helper(mm);", False),
    ],
)
def test_what_waits_for_walkers(call: str, holds: bool) -> None:
    found = _decided(CODE.replace(CALL, call))

    assert (found == [Decision.HOLDS]) is holds
    assert Decision.BROKEN not in found


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("local_irq_save(flags);", "preempt_disable();"),
        ("        local_irq_restore(flags);\n", ""),
        ("        local_irq_save(flags);", "        if (start)\n        local_irq_save(flags);"),
        ("        local_irq_save(flags);", "#ifdef X\n        local_irq_save(flags);\n#endif"),
        ("found = gup_fast_range(start, end);\n        local_irq_restore(flags);",
         "local_irq_restore(flags);\n        found = gup_fast_range(start, end);"),
        # another way to the same walk has them on
        ("static int gup_fast(", "int gup_slow(void)\n{\n        return gup_fast_range(0, 1);\n}\n"
         "\nstatic int gup_fast("),
    ],
)  # fmt: skip
def test_the_walker_has_interrupts_off(old: str, new: str) -> None:
    assert old in GUP

    assert _decided(CODE, GUP.replace(old, new, 1)) == [Decision.UNKNOWN]


@pytest.mark.parametrize(
    "words",
    [
        "This is sufficient for lockless walkers that rely on preemption being disabled.",
        "Synchronize with GUP-fast by the TLB flush.",
        "Synchronize with GUP-fast, since we hold the mmap_lock.",
        "Keep everybody out with the exception of GUP-fast, which has interrupts disabled.",
        "This does not synchronize with GUP-fast.",
        "We used to synchronize with GUP-fast here.",
        "Synchronize with tern_walk(), which takes the lock.",
        "Make sure that no GUP-fast can start any more.",
        "Prevent new lockless walkers from coming in.",
        "The caller must synchronize with GUP-fast, which runs with interrupts disabled.",
        "Synchronize with GUP-fast only on one CPU.",
        "Synchronize with GUP-fast, but on this CPU only.",
        "Only on this CPU, synchronize with GUP-fast.",
        "Synchronize with GUP-fast, which runs with interrupts disabled on one CPU only.",
        "Synchronize with GUP-fast, which does not disable interrupts.",
        "Synchronize with GUP-fast, with interrupts enabled.",
        "Synchronize with GUP-fast and slow GUP.",
        "Synchronize with GUP-fast that starts later.",
        "Synchronize with future GUP-fast walkers.",
    ],
)
def test_what_claims_nothing_of_walkers(words: str) -> None:
    assert Decision.HOLDS not in _decided(CODE.replace(WORDS, words))


@pytest.mark.parametrize(
    "words",
    [
        "Synchronize with GUP-fast.",
        "Synchronize with all GUP-fast walkers.",
        "Synchronize with GUP-fast on all CPUs.",
        "Serialize against parallel GUP-fast, that has interrupts disabled.",
    ],
)
def test_what_means_all_walkers(words: str) -> None:
    assert Decision.HOLDS in _decided(CODE.replace(WORDS, words))


NAMED = """
pte_t *auk_lookup(pgd_t *pgdir, unsigned long addr)
{
        WARN_ON(!irqs_disabled());
        return NULL;
}
"""


@pytest.mark.parametrize(
    ("walker", "decision"),
    [
        (NAMED, Decision.HOLDS),
        (NAMED.replace("        WARN_ON(!irqs_disabled());\n", ""), Decision.UNKNOWN),
        (NAMED.replace("!irqs", "irqs"), Decision.UNKNOWN),
        (
            NAMED.replace("WARN_ON(!irqs_disabled());", "if (!irqs_disabled())\n return NULL;"),
            Decision.UNKNOWN,
        ),
        (
            NAMED.replace("        WARN_ON(!irqs_disabled());\n", "")
            + "pte_t *auk_one(pgd_t *dir)\n{\n        lockdep_assert_irqs_disabled();\n"
            "        return auk_lookup(dir, 1);\n}\n",
            Decision.HOLDS,
        ),
        (
            NAMED.replace("        WARN_ON(!irqs_disabled());\n", "")
            + "pte_t *auk_one(pgd_t *dir)\n{\n        lockdep_assert_irqs_disabled();\n"
            "        return auk_lookup(dir, 1);\n}\n"
            + "pte_t *auk_two(pgd_t *dir)\n{\n        return auk_lookup(dir, 2);\n}\n",
            Decision.UNKNOWN,
        ),
        (NAMED.replace("WARN_ON(!irqs_disabled())", "int off = irqs_disabled()"), Decision.UNKNOWN),
        (NAMED.replace("WARN_ON(", "if (addr)\n                WARN_ON("), Decision.UNKNOWN),
        (NAMED.replace("WARN_ON(!irqs_disabled())", "lockdep_assert_irqs_disabled()"),
         Decision.HOLDS),
        (NAMED.replace("WARN_ON(!irqs_disabled())", 'VM_WARN(!arch_irqs_disabled(), "on")'),
         Decision.HOLDS),
    ],
)  # fmt: skip
def test_a_walker_that_is_named(walker: str, decision: Decision) -> None:
    words = "Serialize against auk_lookup(), which walks with interrupts disabled."

    assert _decided(walker + CODE.replace(WORDS, words)) == [decision]


ASSERTED = "        WARN_ON(!irqs_disabled());\n"
ONE = (
    NAMED.replace(ASSERTED, "")
    + """
pte_t *auk_one(pgd_t *dir)
{
        lockdep_assert_irqs_disabled();
        return auk_lookup(dir, 1);
}
"""
)


@pytest.mark.parametrize(
    ("walker", "decision"),
    [
        (ONE, Decision.HOLDS),
        (NAMED.replace(ASSERTED, "        auk_walk(pgdir);\n" + ASSERTED), Decision.UNKNOWN),
        (NAMED.replace(ASSERTED, ASSERTED + "        local_irq_enable();\n"), Decision.UNKNOWN),
        (ONE.replace("        lockdep", "        auk_lookup(dir, 0);\n        lockdep"),
         Decision.UNKNOWN),
        (ONE.replace("        return auk", "        spin_unlock_irq(&auk);\n        return auk"),
         Decision.UNKNOWN),
    ],
)  # fmt: skip
def test_the_walk_is_behind_the_assertion(walker: str, decision: Decision) -> None:
    words = "Serialize against auk_lookup(), which walks with interrupts disabled."

    assert _decided(walker + CODE.replace(WORDS, words)) == [decision]


@pytest.mark.parametrize(
    "own",
    [
        "static void smp_call_function(void *f, void *info, int wait)\n{\n}\n",
        "#define smp_call_function(f, info, wait) do { } while (0)\n",
    ],
)
def test_a_file_with_such_a_function_of_its_own(own: str) -> None:
    assert _decided(own + CODE) == [Decision.UNKNOWN]


@pytest.mark.parametrize(
    "words",
    [
        "Serialize against auk_lookup(), which does not walk with interrupts disabled.",
        "Serialize against auk_lookup(), whether interrupts are disabled or not.",
    ],
)
def test_a_walker_that_is_not_said_to_have_them_off(words: str) -> None:
    assert Decision.HOLDS not in _decided(NAMED + CODE.replace(WORDS, words))


@pytest.mark.parametrize(
    ("now", "broken"),
    [
        ("smp_call_function(tern_nothing, NULL, 0);", True),
        ("smp_call_function(tern_nothing, NULL, false);", True),
        ("smp_call_function(tern_nothing, NULL, wait);", False),
        ("smp_call_function_many(mm->cpus, tern_nothing, NULL, 1);", False),
        ("on_each_cpu_mask(cpu_possible_mask, tern_nothing, NULL, 1);", False),
    ],
)
def test_a_patch_that_may_wait_still(now: str, *, broken: bool) -> None:
    was = MemoryTree({"mm/tern.c": CODE.encode(), "mm/gup.c": GUP.encode()})
    old = Library(was, memory_index(was))
    new = {"mm/tern.c": CODE.replace(CALL, now).encode(), "mm/gup.c": GUP.encode()}
    library = Library(Overlay(was, new), memory_index(MemoryTree(new)), before=old)
    source = library.source("mm/tern.c")
    assert source is not None
    review = judge_file(Judgement(prepare(Selection(only=(RULE,))), library), source)
    found = [one.verdict.decision for one in review.entries if one.rule]
    assert (Decision.BROKEN in found) is broken
