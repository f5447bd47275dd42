"""The page-table primitives, in the small."""

from __future__ import annotations

import re

import pytest

from reviewer.errors import LitmusError
from reviewer.mmu.api import Outcome, load_model, parse_litmus, simulate
from reviewer.mmu.litmus.definitions import PRIMITIVES


def run(body: str, model: str = "lkmm", *variants: str) -> Outcome:
    text = f"C t\n{body}\n"
    return simulate(parse_litmus(text, "t.litmus"), load_model(model, variants))


def one_thread(statements: str, initial: str = "pte=1;", *variants: str) -> dict[str, object]:
    """The only final state of ``r`` and ``pte`` after one thread."""
    outcome = run(
        f"{{ {initial} }}\nP0(pte_t *pte, int *page)\n{{\n\tint r;\n\t{statements}\n}}\n"
        "locations [0:r; pte; page;]\nexists (0:r=12345)",
        "lkmm",
        *variants,
    )
    assert len(outcome.states) == 1
    return {str(atom): value for atom, value in outcome.states[0]}


@pytest.mark.parametrize(
    ("call", "entry", "result"),
    [
        ("pte_none", 0, 1),
        ("pte_none", 1, 0),
        ("pte_present", 1, 1),
        ("pte_present", 0, 0),
        ("pte_present", 129, 0),
        ("pte_page", 21, 5),
        ("pte_write", 1, 1),
        ("pte_write", 17, 0),
        ("pte_write", 0, 0),
        ("pte_dirty", 0, 0),
        ("pte_young", 0, 0),
        ("pmd_write", 0, 0),
        ("pte_wrprotect", 1, 17),
        ("pte_mkwrite", 17, 1),
        ("pte_dirty", 33, 0),
        ("pte_mkclean", 1, 33),
        ("pte_mkdirty", 33, 1),
        ("pte_young", 65, 0),
        ("pte_mkold", 1, 65),
        ("pte_mkyoung", 65, 1),
        ("pte_mkinvalid", 1, 129),
    ],
)
def test_entry_values(call: str, entry: int, result: int) -> None:
    assert one_thread(f"r = {call}(ptep_get(pte));", f"pte={entry};")["0:r"] == result


@pytest.mark.parametrize("flag", ["pte-xchg-full", "pte-xchg-relaxed", "pte-flush", ""])
def test_get_and_clear_on_every_kind_of_machine(flag: str) -> None:
    flags = (flag,) if flag else ()
    state = one_thread("r = ptep_get_and_clear(pte);", "pte=17;", *flags)
    assert (state["0:r"], state["pte"]) == (17, 0)
    state = one_thread("r = 1; ptep_set_wrprotect(pte);", "pte=1;", *flags)
    assert state["pte"] == 17


def test_the_kernels_own_signatures() -> None:
    state = one_thread("r = ptep_get_and_clear(mm, addr, pte); set_pte_at(mm, addr, pte, 3);")
    assert (state["0:r"], state["pte"]) == (1, 3)
    one_thread(
        "local_irq_save(flags); r = ptep_clear_flush(vma, addr, pte); local_irq_restore(flags);"
    )
    with pytest.raises(LitmusError, match="set_pte_at takes 2 arguments, found 1"):
        one_thread("r = 0; set_pte_at(pte);")


def test_hardware_flags() -> None:
    write = "r = user_write(pte, page, 1);"
    assert one_thread(write, "pte=33;", "hw-ad") == {"0:r": 1, "pte": 1, "page": 1}
    assert one_thread(write, "pte=33;") == {"0:r": -1, "pte": 33, "page": 0}
    assert one_thread(write, "pte=17;", "hw-ad") == {"0:r": -1, "pte": 17, "page": 0}
    read = "r = user_read(pte, page);"
    assert one_thread(read, "pte=65; page=7;", "hw-ad") == {"0:r": 7, "pte": 1, "page": 7}


STALE = """
{ pte=1; page=7; other=2; }
P0(pte_t *pte, int *page, pte_t *other)
{
	int r;
	pte_clear(pte);
	%s
	r = user_read(pte, page);
}
exists (0:r=7)
"""


@pytest.mark.parametrize(
    ("flush", "verdict"),
    [
        ("", "Sometimes"),
        ("smp_mb();", "Sometimes"),
        ("synchronize_rcu();", "Sometimes"),
        ("smp_call_function();", "Sometimes"),
        ("flush_tlb_page(pte);", "Never"),
        ("flush_tlb_mm();", "Never"),
        ("local_flush_tlb_page(pte);", "Never"),
        ("local_flush_tlb_all();", "Never"),
        ("flush_tlb_page_nosync(pte);", "Sometimes"),
        ("flush_tlb_page_nosync(pte); tlbi_sync();", "Never"),
        ("tlbi_sync();", "Sometimes"),
        ("flush_tlb_page(other);", "Sometimes"),
    ],
)
@pytest.mark.parametrize("model", ["sc", "tso", "armv8", "riscv", "power", "lkmm"])
def test_only_a_covering_flush_ends_a_translation(flush: str, verdict: str, model: str) -> None:
    # Without FEAT_ETS2 the access needs an ISB too.
    assert run(STALE % flush, model, "ets2").verdict == verdict


REMOTE = """
{ pte=1; page=7; done=0; }
P0(pte_t *pte, int *done)
{
	pte_clear(pte);
	%s
	smp_store_release(done, 1);
}
P1(pte_t *pte, int *page, int *done)
{
	int r1; int r2;
	r1 = smp_load_acquire(done);
	r2 = user_read(pte, page);
}
exists (1:r1=1 /\\ 1:r2=7)
"""


@pytest.mark.parametrize("model", ["sc", "tso", "armv8", "riscv", "power", "lkmm"])
def test_a_local_flush_is_local(model: str) -> None:
    assert run(REMOTE % "flush_tlb_page(pte);", model).verdict == "Never"
    assert run(REMOTE % "local_flush_tlb_page(pte);", model).verdict == "Sometimes"
    assert run(REMOTE % "smp_mb();", model).verdict == "Sometimes"


WALK = """
{ pmd=1; pte=1; page=7; }
P0(pmd_t *pmd, pte_t *pte, int *page)
{
	int r;
	pmd_clear(pmd);
	%s
	r = user_read2(pmd, pte, page);
}
exists (0:r=7)
"""


def test_a_leaf_flush_leaves_the_walk_cache() -> None:
    assert run(WALK % "flush_tlb_page(pte);").verdict == "Sometimes"
    assert run(WALK % "flush_tlb_page(pmd);").verdict == "Never"
    assert run(WALK % "flush_tlb_range();").verdict == "Never"


ABSENT = """
{ pte=0; page=7; done=0; }
P0(pte_t *pte, int *done)
{
	set_pte(pte, 1);
	smp_store_release(done, 1);
}
P1(pte_t *pte, int *page, int *done)
{
	int r1; int r2;
	r1 = smp_load_acquire(done);
	r2 = user_read(pte, page);
}
exists (1:r1=1 /\\ 1:r2=-1)
"""


def test_absent_entries_are_cached_on_riscv_only() -> None:
    assert run(ABSENT, "riscv").verdict == "Never"
    assert run(ABSENT, "riscv", "cache-nonpresent").verdict == "Sometimes"


OTHER_MM = """
{ pte=1; page=0; }
P0(pte_t *pte, int *page)
{
	ptep_clear_flush(pte);
	%s
	WRITE_ONCE(*page, 1);
}
P1(pte_t *pte, int *page)
{
	int r1; int r2;
	uses_other_mm();
	local_irq_disable();
	r1 = ptep_get(pte);
	r2 = READ_ONCE(*page);
	local_irq_enable();
}
exists (1:r1=1 /\\ 1:r2=1)
"""


def test_a_flush_interrupts_only_cpus_of_its_mm() -> None:
    assert run(OTHER_MM % "", "tso", "flush-ipi").verdict == "Sometimes"
    assert run(OTHER_MM % "smp_call_function();", "tso", "flush-ipi").verdict == "Never"


SECTION = """
{ x=0; y=0; }
P0(int *x, int *y)
{
	WRITE_ONCE(*x, 1);
	%s
	WRITE_ONCE(*y, 1);
}
P1(int *x, int *y)
{
	int r1; int r2;
	%s
	r1 = READ_ONCE(*y);
	r2 = READ_ONCE(*x);
	%s
}
exists (1:r1=1 /\\ 1:r2=0)
"""
READERS = {
    "rcu": ("rcu_read_lock();", "rcu_read_unlock();"),
    "irq": ("local_irq_disable();", "local_irq_enable();"),
    "preempt": ("preempt_disable();", "preempt_enable();"),
    "none": ("", ""),
}


@pytest.mark.parametrize(
    ("wait", "reader", "verdict"),
    [
        ("synchronize_rcu();", "rcu", "Never"),
        ("synchronize_rcu();", "irq", "Never"),
        ("synchronize_rcu();", "preempt", "Never"),
        ("synchronize_rcu();", "none", "Sometimes"),
        ("smp_call_function();", "irq", "Never"),
        ("smp_mb();", "irq", "Sometimes"),
        ("flush_tlb_mm();", "irq", "Sometimes"),
    ],
)
def test_who_waits_for_whom(wait: str, reader: str, verdict: str) -> None:
    opened, closed = READERS[reader]
    assert run(SECTION % (wait, opened, closed)).verdict == verdict


def test_unbalanced_sections_are_flagged() -> None:
    body = "{ x=0; }\nP0(int *x)\n{\n\tint r;\n\t%s\n\tr = READ_ONCE(*x);\n}\nexists (0:r=0)"
    assert "unmatched-irq-off" in run(body % "local_irq_disable();").flags
    assert "unmatched-irq-on" in run(body % "local_irq_enable();").flags
    waits = "local_irq_disable(); smp_call_function(); local_irq_enable();"
    assert "ipi-with-irqs-off" in run(body % waits).flags


def test_every_definition_runs() -> None:
    """Each function of mmu.def can be called, on each kind of machine."""
    text = (PRIMITIVES / "mmu.def").read_text(encoding="utf-8")
    found = re.findall(r"^(\w+) (\w+)\(([^()]*)\)\s*\{", text, re.MULTILINE)
    assert len(found) > 100
    flags = [(), ("pte-xchg-full", "hw-ad"), ("pte-xchg-relaxed", "tlbi-batch"), ("pte-flush",)]
    for kind, name, params in found:
        names = [re.split(r"[\s*]+", part.strip())[-1] for part in params.split(",")]
        args = ["p" if "*" in part else "1" for part in params.split(",")]
        call = f"{name}({', '.join(args) if names != ['void'] else ''});"
        call = call if kind == "void" else f"r = {call}"
        body = "{ int p[2] = {1,1}; }\nP0(int *p)\n{\n\tint r;\n\t%s\n}\nexists (p[0]=12345)"
        for variants in flags:
            assert run(body % call, "lkmm", *variants).verdict == "Never", name


SPIN = """
{}
P0(int *data, int *ready)
{
	WRITE_ONCE(*data, 1);
	smp_store_release(ready, 1);
}
P1(int *data, int *ready)
{
	int r;
	while (!READ_ONCE(*ready))
		cpu_relax();
	r = READ_ONCE(*data);
}
exists (1:r=0)
"""


@pytest.mark.parametrize(
    ("model", "verdict"),
    [("sc", "Never"), ("tso", "Never"), ("armv8", "Sometimes"), ("lkmm", "Sometimes")],
)
def test_cpu_relax_orders_for_the_compiler_only(model: str, verdict: str) -> None:
    assert run(SPIN, model).verdict == verdict
