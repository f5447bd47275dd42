"""Behaviour of code facts: order, flow, objects, helpers, guards, macros."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from reviewer.kernel.expressions import lock_name, normal
from reviewer.kernel.table import expand, primitive
from reviewer.source.file import SourceFile
from reviewer.source.given import does_what_is_given
from reviewer.source.model import CodeFacts, Flow, Function

CODE = b"""\
#define pot_lock(pot) spin_lock(&(pot)->lock)
#define pot_unlock pot_unlock_slow
#define pot_both(a, b) do { \\
	pot_lock(a); \\
	pot_lock(b); \\
} while (0)

static void pot_unlock_slow(struct pot *p)
{
	spin_unlock(&p->lock);
}

static void pour(struct pot *pot, struct cup *cup)
{
	pot_lock(pot);
	if (pot->full && READ_ONCE(cup->ref)) {
		smp_wmb();
		for_each_drop(d, pot)
			WRITE_ONCE(cup->ref, 1);
	}
	pot_unlock(pot);
}

static void serve(struct table *table)
{
	scoped_guard(mutex, &table->mutex) {
		pour(table->pot, &table->cup);
	}
	guard(rcu)();
	cup = kmalloc(sizeof(*cup), GFP_ATOMIC);
	spoon = kmalloc(sizeof(*spoon), GFP_KERNEL | __GFP_ZERO);
	stir(table);
	table->ops->clear(table);
}

static void again(struct pot *pot)
{
	asm volatile("nop" : : "r" (pot) : "memory");
	again(pot);
	mmap_read_lock(pot->mm);
	ptl = pte_lockptr(mm, pmd);
	flush_tlb_page(vma, addr);
}

static void both(struct pot *x)
{
	pot_both(x, &x->twin);
}
"""


def facts(name: str) -> CodeFacts:
    file = SourceFile.parse("pot.c", CODE)
    return file.facts(file.functions_named(name)[0])


def seen(found: CodeFacts) -> list[tuple[str, tuple[str, ...]]]:
    return [(op.name, tuple(sorted(op.concepts))) for op in found.operations if op.concepts]


def test_a_lock_taken_and_dropped_by_helpers_is_seen_in_order() -> None:
    found = facts("pour")
    names = [op.name for op in found.operations if op.concepts]
    assert names == ["spin_lock", "READ_ONCE", "smp_wmb", "WRITE_ONCE", "spin_unlock"]
    taken, dropped = found.having("lock.acquire")[0], found.having("lock.release")[0]
    assert taken.about("lock.acquire") == dropped.about("lock.release") == ("pot->lock",)
    assert taken.via == ("pot_lock",)
    assert dropped.via == ("pot_unlock", "pot_unlock_slow")
    assert dropped.line == 21
    assert dropped.place == ("pot.c", 10)


def test_flow_says_what_runs_always() -> None:
    flows = {op.name: op.flow for op in facts("pour").operations}
    assert flows["spin_lock"] is Flow.ALWAYS
    assert flows["READ_ONCE"] is Flow.BRANCH
    assert flows["smp_wmb"] is Flow.BRANCH
    assert flows["WRITE_ONCE"] is Flow.LOOP
    assert flows["spin_unlock"] is Flow.ALWAYS


def test_guards_are_taken_and_dropped_at_the_end_of_their_scope() -> None:
    found = facts("serve")
    order = [(op.name, tag) for op in found.operations for tag, _ in op.objects if "lock" in tag]
    assert order == [
        ("guard:mutex", "lock.acquire"),
        ("spin_lock", "lock.acquire"),
        ("spin_unlock", "lock.release"),
        ("guard:mutex", "lock.release"),
        ("guard:rcu", "rcu.read_lock"),
        ("guard:rcu", "rcu.read_unlock"),
    ]
    inner = next(op for op in found.operations if op.name == "spin_lock")
    assert inner.about("lock.acquire") == ("table->pot->lock",)
    assert inner.flow is Flow.ALWAYS


def test_allocation_depends_on_the_flags_at_the_call() -> None:
    found = facts("serve")
    assert [op.arguments[0] for op in found.having("context.atomic_alloc")] == ["sizeof(*cup)"]
    assert "sizeof(*spoon)" in [
        op.arguments[0] for op in found.having("context.sleeps") if op.arguments
    ]


def test_unknown_callees_make_facts_incomplete() -> None:
    found = facts("serve")
    assert not found.complete
    assert found.unknown == ("stir", "table->ops->clear")


def test_cycles_end_and_asm_is_seen() -> None:
    found = facts("again")
    assert [op.name for op in found.operations][:2] == ["ASM", "again"]
    assert found.having("lock.acquire")[0].about("lock.acquire") == ("pot->mm->mmap_lock",)
    assert found.having("tlb.flush.page")


def test_macro_bodies_are_looked_through() -> None:
    taken = facts("both").having("lock.acquire")
    assert [op.about("lock.acquire") for op in taken] == [("x->lock",), ("x->twin.lock",)]
    assert facts("both").complete


def test_a_range_sees_only_its_own_branches() -> None:
    file = SourceFile.parse("pot.c", CODE)
    start = CODE.index(b"smp_wmb")
    found = file.facts((start, CODE.index(b"\n", start)))
    assert [(op.name, op.flow) for op in found.operations] == [("smp_wmb", Flow.ALWAYS)]


@pytest.mark.parametrize(
    "statement",
    [
        "(void)sizeof(spin_lock(&p->lock));",
        "x = y + sizeof(*spin_lock(&p->lock));",
        "BUILD_BUG_ON(f(spin_lock(&p->lock)));",
        "BUILD_BUG_ON_INVALID(spin_lock(&p->lock));",
        "if (__builtin_constant_p(spin_lock(&p->lock)))\n\t\tf();",
    ],
)
def test_what_is_only_compiled_is_not_done(statement: str) -> None:
    code = "void a(struct pot *p)\n{\n\t" + statement + "\n\tsmp_mb();\n}\n"
    file = SourceFile.parse("f.c", code.encode())
    names = [op.name for op in file.facts(file.functions[0]).operations]
    assert "spin_lock" not in names
    assert names[-1] == "smp_mb"


@pytest.mark.parametrize(
    ("body", "certain"),
    [
        ("do { if (unlikely(x)) f(); } while (0)", True),
        ("({ int y = !!(x); y; })", True),
        ("do { } while (0)", False),
        ("((void)sizeof((long)(x)))", False),
        ("do { if (debug) (x); } while (0)", False),
        ("(debug && (x))", False),
    ],
)
def test_a_macro_may_not_do_what_it_is_given(body: str, certain: bool) -> None:
    code = f"#define CHECK(x) {body}\nvoid a(struct pot *p)\n{{\n\tCHECK(down(&p->sem));\n}}\n"
    file = SourceFile.parse("f.c", code.encode())
    (down,) = [op for op in file.facts(file.functions[0]).operations if op.name == "down"]
    assert (not down.conditions) is certain


def test_of_a_generic_selection_no_arm_is_certain() -> None:
    code = b"void a(struct pot *p)\n{\n\t_Generic(p, int: spin_lock(&p->lock), long: 1);\n}\n"
    file = SourceFile.parse("f.c", code)
    assert all(op.flow is not Flow.ALWAYS for op in file.facts(file.functions[0]).operations)


def test_resolve_finds_helpers_elsewhere() -> None:
    header = SourceFile.parse(
        "stir.h", b"static inline void stir(struct table *t) { synchronize_rcu(); }\n"
    )

    def resolve(name: str) -> tuple[SourceFile, Function] | None:
        found = header.functions_named(name)
        return (header, found[0]) if found else None

    file = SourceFile.parse("pot.c", CODE)
    found = file.facts(file.functions_named("serve")[0], resolve)
    waits = found.having("rcu.synchronize")
    assert [(op.via, op.place) for op in waits] == [(("stir",), ("stir.h", 1))]
    assert found.unknown == ("table->ops->clear",)


@pytest.mark.parametrize(
    ("text", "name"),
    [
        ("&mm->mmap_lock", "mm->mmap_lock"),
        ("(&(vma)->vm_mm->mmap_lock)", "vma->vm_mm->mmap_lock"),
        ("((struct foo *)x)->lock", "((structfoo*)x)->lock"),
        (" & rq -> lock", "rq->lock"),
    ],
)
def test_lock_expressions_have_a_normal_form(text: str, name: str) -> None:
    assert normal(text) == name


def test_lock_name_is_the_last_component() -> None:
    assert lock_name("&mm->mmap_lock") == "mmap_lock"
    assert lock_name("&hash[i].lock") == "lock"


def test_shapes_expand() -> None:
    assert expand("{raw_,}spin_{,un}lock") == [
        "raw_spin_lock", "raw_spin_unlock", "spin_lock", "spin_unlock",
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("name", "concept"),
    [
        ("raw_spin_lock_irqsave", "lock.acquire"),
        ("raw_spin_lock_irqsave", "context.irq_off"),
        ("mutex_lock_interruptible", "lock.acquire.fallible"),
        ("atomic_inc_return", "barrier.atomic_full"),
        ("atomic_long_add_return_relaxed", "atomic.rmw.relaxed"),
        ("atomic64_fetch_or_acquire", "barrier.acquire"),
        ("ptep_clear_flush", "tlb.flush.page"),
        ("pmdp_collapse_flush", "tlb.flush.range"),
        ("tlb_remove_table_sync_one", "tlb.sync_one"),
        ("ptep_get_lockless", "pte.read_lockless"),
        ("synchronize_srcu", "rcu.synchronize.srcu"),
        ("call_rcu", "rcu.call"),
        ("folio_try_get", "ref.get_unless_zero"),
        ("folio_ref_freeze", "ref.freeze"),
        ("folio_remove_rmap_ptes", "map.remove"),
        ("on_each_cpu_mask", "ipi.broadcast"),
        ("wake_up_interruptible", "wake"),
        ("wait_event_interruptible", "wait.event"),
        ("lockdep_assert_held_write", "lock.assert.write"),
        ("smp_mb__after_atomic", "barrier.after_atomic"),
    ],
)
def test_the_catalogue_knows(name: str, concept: str) -> None:
    known = primitive(name)
    assert known is not None
    assert concept in {tag for tag, _ in known.concepts(("a", "b", "c"))}


STATEMENTS = st.recursive(
    st.sampled_from([b"a(x);", b"smp_mb();", b"guard(mutex)(&m);", b"goto out;", b"pot_lock(x);"]),
    lambda inner: st.one_of(
        inner.map(lambda s: b"if (c(x)) { " + s + b" }"),
        inner.map(lambda s: b"for_each_x(i) {" + s + b"}"),
        st.tuples(inner, inner).map(b"\n\t".join),
        inner.map(lambda s: b"do {\n\t" + s + b"\n\t} while (d(x));"),
    ),
    max_leaves=12,
)


@given(STATEMENTS)
def test_facts_of_generated_code_are_ordered_and_whole(body: bytes) -> None:
    data = b"int f(int x)\n{\n\t" + body + b"\nout:\n\treturn 0;\n}\n"
    file = SourceFile.parse("f.c", data)
    (function,) = file.functions
    assert not function.has_error
    found = file.facts(function)
    assert sum(op.name == "smp_mb" for op in found.operations) == body.count(b"smp_mb(")
    assert sum(op.name == "for_each_x" for op in found.operations) == body.count(b"for_each_x(")
    taken = sum(op.name == "guard:mutex" for op in found.operations)
    assert taken == 2 * body.count(b"guard(mutex)")


@pytest.mark.parametrize(
    ("body", "done"),
    [
        (b"static_assert(sizeof(x)); do_it()", False),
        (b"BUILD_BUG_ON(x); do_it()", False),
        (b"__builtin_constant_p(x) + 1", False),
        (b"BUILD_BUG_ON(sizeof(x) > 4); do_it(x)", True),
    ],
)
def test_a_macro_that_only_compiles_what_it_is_given(body: bytes, done: bool) -> None:
    assert does_what_is_given(body, ("x",), [0]) is done
