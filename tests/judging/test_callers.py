"""Callers as evidence: what is certain about a lock or a context where a function is called."""

from __future__ import annotations

import inspect
from collections.abc import Mapping

import pytest

from reviewer.judging.callsites import sites_of
from reviewer.judging.contextstate import Context, Level, context_at
from reviewer.judging.lockstate import Held, Wanted, lock_at, mapped
from reviewer.review.judge import Judgement, judge_file, prepare
from reviewer.review.model import Selection
from reviewer.source.file import SourceFile
from reviewer.verdict import Decision, Verdict
from reviewer.world import Library, World
from tests.support import MemoryTree, memory_index

PATH = "fs/pondfs/pond.c"


def _world(files: Mapping[str, str]) -> World:
    tree = MemoryTree({p: (inspect.cleandoc(c) + "\n").encode() for p, c in files.items()})
    library = Library(tree, memory_index(tree))
    source = library.source(PATH)
    assert source is not None
    return World(source, library)


def _judged(code: str, rule: str = "caller-holds-lock", **files: str) -> Verdict:
    more = {path.replace("__", "/") + ".c": text for path, text in files.items()}
    world = _world({PATH: code, **more})
    bench = prepare(Selection(only=(rule,)))
    review = judge_file(Judgement(bench, world.library), world.source)
    (entry,) = [one for one in review.entries if one.rule == rule]
    return entry.verdict


def _caller(body: str, before: str = "") -> str:
    """A function that is told to be called with pond->lock, and one caller of it."""
    lines = "\n".join(f"        {line}" for line in inspect.cleandoc(body).splitlines())
    return f"""{before}
/* Called with p->lock held. */
static void stock(struct pond *p)
{{
        p->fish++;
}}

static int keep(struct pond *pond, int n)
{{
{lines}
}}
"""


def _held(body: str, before: str = "") -> Held:
    world = _world({PATH: _caller(body, before)})
    (function,) = world.source.functions_named("stock")
    (site,) = sites_of(world, function).known
    exact = mapped("p", "lock", function, site.arguments)
    return lock_at(world, site, Wanted("lock", exact)).held


@pytest.mark.parametrize(
    ("body", "held"),
    [
        ("spin_lock(&pond->lock);\nstock(pond);\nspin_unlock(&pond->lock);", Held.YES),
        ("stock(pond);\nspin_lock(&pond->lock);\nspin_unlock(&pond->lock);", Held.TAKEN_AFTER),
        ("spin_lock(&pond->lock);\nspin_unlock(&pond->lock);\nstock(pond);", Held.RELEASED),
        ("if (n)\n        spin_lock(&pond->lock);\nstock(pond);", Held.UNKNOWN),
        ("if (!spin_trylock(&pond->lock))\n        return 0;\nstock(pond);", Held.YES),
        ("n = spin_trylock(&pond->lock);\nstock(pond);", Held.UNKNOWN),
        (
            "n = mutex_lock_killable(&pond->lock);\nif (n)\n        return n;\nstock(pond);",
            Held.YES,
        ),
        ("if (mutex_lock_killable(&pond->lock))\n        n = 1;\nstock(pond);", Held.UNKNOWN),
        ("guard(spinlock)(&pond->lock);\nstock(pond);", Held.YES),
        ("scoped_guard(spinlock, &pond->lock)\n        stock(pond);", Held.YES),
        ("scoped_guard(spinlock, &pond->lock)\n        n++;\nstock(pond);", Held.RELEASED),
        ("scoped_guard(spinlock, &pond->lock) {\n        n++;\n}\nstock(pond);", Held.RELEASED),
        ("spin_lock(&pond->next->lock);\nstock(pond->next);", Held.YES),
        ("spin_lock(&pond->lock);\nstock(pond->next);", Held.UNKNOWN),
        ("lockdep_assert_held(&pond->lock);\nstock(pond);", Held.YES),
        ("stock(pond);", Held.ENTRY),
        # a jump over the acquire, and one back behind the release
        (
            "if (n)\n        goto out;\nspin_lock(&pond->lock);\nout:\nstock(pond);",
            Held.UNKNOWN,
        ),
        (
            "again:\nspin_lock(&pond->lock);\nif (n)\n        goto again;\nstock(pond);",
            Held.YES,
        ),
        (
            "spin_lock(&pond->lock);\nagain:\nstock(pond);\nspin_unlock(&pond->lock);\n"
            "if (n)\n        goto again;",
            Held.UNKNOWN,
        ),
        # what may be another pond by then
        (
            "spin_lock(&pond->lock);\nspin_unlock(&pond->lock);\npond = pond->next;\nstock(pond);",
            Held.ENTRY,
        ),
        ("spin_lock(&pond->lock);\npond = pond->next;\nstock(pond);", Held.UNKNOWN),
        ("struct pond *b = pond;\nspin_lock(&b->lock);\nstock(pond);", Held.UNKNOWN),
        # the acquire behind the call that is not for every way
        ("stock(pond);\nif (n)\n        spin_lock(&pond->lock);", Held.ENTRY),
        (
            "stock(pond);\nif (n)\n        return 0;\nspin_lock(&pond->lock);",
            Held.TAKEN_AFTER,
        ),
        (
            "stock(pond);\nif (pond->locked)\n        return 0;\nspin_lock(&pond->lock);",
            Held.ENTRY,
        ),
        ("stock(pond);\nspin_unlock(&pond->lock);\nspin_lock(&pond->lock);", Held.ENTRY),
        ("stock(pond);\npond_unlock_all(pond);\nspin_lock(&pond->lock);", Held.ENTRY),
        ("down_read(&pond->lock);\nup_read(&pond->lock);\nstock(pond);", Held.RELEASED),
        ("stock(pond);\ndown_read(&pond->lock);", Held.ENTRY),
        # loops, switches, and code of some configurations
        (
            "while (n--) {\n        spin_lock(&pond->lock);\n        stock(pond);\n"
            "        spin_unlock(&pond->lock);\n}",
            Held.YES,
        ),
        (
            "while (n--) {\n        stock(pond);\n        spin_lock(&pond->lock);\n"
            "        spin_unlock(&pond->lock);\n}",
            Held.UNKNOWN,
        ),
        (
            "switch (n) {\ncase 1:\n        spin_lock(&pond->lock);\n        break;\n"
            "default:\n        return 0;\n}\nstock(pond);",
            Held.YES,
        ),
        (
            "switch (n) {\ncase 1:\n        spin_lock(&pond->lock);\n        break;\n}\n"
            "stock(pond);",
            Held.UNKNOWN,
        ),
        ("#ifdef CONFIG_POND\nspin_lock(&pond->lock);\n#endif\nstock(pond);", Held.UNKNOWN),
        ("#ifdef CONFIG_POND\nreturn 0;\n#endif\nspin_lock(&pond->lock);\nstock(pond);", Held.YES),
    ],
)
def test_the_state_of_a_lock_at_a_call(body: str, held: Held) -> None:
    assert _held(body) is held


def test_helpers_are_looked_through_if_they_have_one_way() -> None:
    plain = "static void take(struct pond *o)\n{\n        spin_lock(&o->lock);\n}\n"
    assert _held("take(pond);\nstock(pond);", plain) is Held.YES
    early = (
        "static void take(struct pond *o)\n{\n        if (o->dry)\n                return;\n"
        "        spin_lock(&o->lock);\n}\n"
    )
    assert _held("take(pond);\nstock(pond);", early) is Held.UNKNOWN


@pytest.mark.parametrize(
    ("argument", "exact"),
    [
        ("pond", "pond->lock"),
        ("&farm->pond", "farm->pond.lock"),
        ("farm->pond", "farm->pond->lock"),
        ("next_pond(farm)", ""),
        ("pond + 1", ""),
    ],
)
def test_a_parameter_is_the_argument_at_the_call(argument: str, exact: str) -> None:
    world = _world({PATH: "static void stock(struct pond *p)\n{\n}"})
    (function,) = world.source.functions
    assert mapped("p", "lock", function, (argument,)) == exact


def test_a_caller_without_the_lock_breaks_the_claim() -> None:
    verdict = _judged(
        _caller("stock(pond);\nspin_lock(&pond->lock);\nspin_unlock(&pond->lock);\nreturn n;")
    )
    assert verdict.decision.value == "broken"
    assert [where.line for where in verdict.evidence.locations] == [9, 10]


def test_every_caller_with_the_lock_makes_it_hold() -> None:
    held = "spin_lock(&pond->lock);\nstock(pond);\nspin_unlock(&pond->lock);\nreturn n;"
    assert _judged(_caller(held)).decision.value == "holds"
    taken = "\nstatic void (*hook)(struct pond *p) = stock;\n"
    verdict = _judged(_caller(held) + taken)
    assert verdict.decision.value == "unknown"
    assert "1 further mention" in verdict.message
    assert _judged(_caller("stock(pond);\nreturn n;")).decision.value == "unknown"


def test_a_static_caller_may_be_entered_with_the_lock() -> None:
    above = (
        "\nvoid fill(struct pond *b)\n{\n        spin_lock(&b->lock);\n        keep(b, 1);\n"
        "        spin_unlock(&b->lock);\n}\n"
    )
    assert _judged(_caller("stock(pond);\nreturn n;") + above).decision.value == "holds"


def test_a_caller_that_is_annotated_holds_it() -> None:
    code = _caller("stock(pond);\nreturn n;").replace(
        "int n)", "int n)\n        __must_hold(&pond->lock)"
    )
    assert _judged(code).decision is Decision.AGREES


@pytest.mark.parametrize("words", ["released", "NOT held", "dropped"])
def test_a_lock_that_must_be_free_is_not_asked_for(words: str) -> None:
    code = _caller("spin_lock(&pond->lock);\nspin_unlock(&pond->lock);\nstock(pond);\nreturn n;")
    told = code.replace("Called with p->lock held", f"Must be called with p->lock {words}")
    world = _world({PATH: told})
    review = judge_file(
        Judgement(prepare(Selection(only=("caller-holds-lock",))), world.library), world.source
    )
    assert not [one for one in review.entries if one.verdict.decision.value == "broken"]


def test_a_caller_that_sets_the_lock_up_needs_not_hold_it() -> None:
    code = _caller(
        "spin_lock_init(&pond->lock);\nspin_lock(&pond->lock);\nspin_unlock(&pond->lock);\n"
        "stock(pond);\nreturn n;"
    )
    assert _judged(code).decision.value == "unknown"


def test_another_function_of_that_name_is_not_the_one_called() -> None:
    code = _caller("spin_lock(&pond->lock);\nstock(pond);\nspin_unlock(&pond->lock);\nreturn n;")
    other = (
        "static void stock(int n)\n{\n}\n\nvoid g(struct pond *pond)\n{\n        stock(1);\n"
        "        spin_lock(&pond->lock);\n        spin_unlock(&pond->lock);\n}"
    )
    assert _judged(code, fs__pondfs__other=other).decision.value == "holds"


def test_a_function_that_drops_the_lock_says_nothing_about_what_comes_after() -> None:
    code = _caller("stock(pond);\nspin_lock(&pond->lock);\nspin_unlock(&pond->lock);\nreturn n;")
    drops = code.replace("held. */", "held, which is dropped. */")
    assert _judged(drops).decision.value == "unknown"


def _level(body: str, context: Context = Context.IRQ) -> Level:
    world = _world({PATH: _caller(body)})
    (function,) = world.source.functions_named("stock")
    (site,) = sites_of(world, function).known
    return context_at(world, site, context).level


@pytest.mark.parametrize(
    ("body", "level"),
    [
        ("local_irq_disable();\nstock(pond);\nlocal_irq_enable();", Level.OFF),
        ("local_irq_disable();\nlocal_irq_enable();\nstock(pond);", Level.ON),
        ("mutex_lock(&pond->m);\nstock(pond);\nmutex_unlock(&pond->m);", Level.ON),
        ("stock(pond);\nmsleep(1);", Level.ON),
        ("stock(pond);\nif (n)\n        msleep(1);", Level.ENTRY),
        ("stock(pond);\npond_irq_enable(pond);\nmsleep(1);", Level.ENTRY),
        ("spin_lock_irqsave(&pond->l, n);\nstock(pond);", Level.OFF),
        ("spin_lock_irqsave(&pond->l, n);\nspin_unlock_irqrestore(&pond->l, n);\nstock(pond);",
         Level.ENTRY),
        ("if (n)\n        local_irq_disable();\nstock(pond);", Level.UNKNOWN),
        ("p = kmalloc(8, GFP_KERNEL);\nstock(pond);", Level.ON),
        ("p = kmalloc(8, n ? GFP_KERNEL : GFP_ATOMIC);\nstock(pond);", Level.ENTRY),
        ("spin_lock(&pond->l);\nstock(pond);", Level.ENTRY),
        ("guard(irqsave)();\nstock(pond);", Level.OFF),
    ],
)  # fmt: skip
def test_the_state_of_interrupts_at_a_call(body: str, level: Level) -> None:
    assert _level(body) is level


@pytest.mark.parametrize(
    ("body", "level"),
    [
        ("spin_lock(&pond->l);\nstock(pond);", Level.OFF),
        ("spin_lock(&pond->l);\nspin_unlock(&pond->l);\nstock(pond);", Level.ENTRY),
        ("msleep(1);\nspin_lock(&pond->l);\nspin_unlock(&pond->l);\nstock(pond);", Level.ON),
        ("preempt_disable();\nspin_lock(&pond->l);\nspin_unlock(&pond->l);\nstock(pond);",
         Level.OFF),
        ("rcu_read_lock();\nstock(pond);", Level.ENTRY),
    ],
)  # fmt: skip
def test_the_state_of_preemption_at_a_call(body: str, level: Level) -> None:
    assert _level(body, Context.PREEMPT) is level


def test_early_boot_proves_nothing_about_interrupts() -> None:
    world = _world({PATH: _caller("msleep(1);\nstock(pond);").replace("static int", "__init int")})
    (function,) = world.source.functions_named("stock")
    (site,) = sites_of(world, function).known
    assert context_at(world, site, Context.IRQ).level is Level.UNKNOWN


def test_hostile_nesting_is_declined() -> None:
    deep = "if (n) " * 400 + "stock(pond);"
    source = SourceFile.parse(PATH, _caller(deep).encode())
    tree = MemoryTree({PATH: source.data})
    world = World(source, Library(tree, memory_index(tree)))
    (function,) = source.functions_named("stock")
    for site in sites_of(world, function).known:
        assert lock_at(world, site, Wanted("lock", "pond->lock")).held is Held.UNKNOWN


def test_two_locks_of_one_name_are_not_told_apart() -> None:
    code = """
    /* Called with the page table lock held. */
    static void copy_entry(int *from)
    {{
            *from = 0;
    }}

    void copy(struct mm_struct *mm, pmd_t *pmd, int *from)
    {{
            spinlock_t *ptl = pmd_lock(mm, pmd);
    {other}
            copy_entry(from);
            spin_unlock(ptl);
    }}
    """
    assert _judged(code.format(other="")).decision is Decision.HOLDS
    both = code.format(other="        spin_lock_nested(src_ptl, SINGLE_DEPTH_NESTING);")
    assert _judged(both).decision is Decision.UNKNOWN


def test_a_function_that_sleeps_itself_may_sleep() -> None:
    code = """
    /* Feeds the fish. This function may sleep. */
    void feed(struct pond *p)
    {
            might_sleep();
            p->fish++;
    }
    """
    assert _judged(code, "caller-may-sleep").decision is Decision.AGREES


def test_what_holds_rests_on_is_the_lock_and_without_it_nothing_holds() -> None:
    code = _caller("spin_lock(&pond->lock);\nstock(pond);\nspin_unlock(&pond->lock);\nreturn n;")
    verdict = _judged(code)
    assert verdict.decision is Decision.HOLDS
    assert [one.note for one in verdict.rests_on] == ["spin_lock(pond->lock)"]
    assert _judged(code.replace("spin_lock(&pond->lock);", "")).decision is not Decision.HOLDS


def test_a_lock_is_followed_through_several_callers() -> None:
    chain = """
        static void one(struct pond *a)
        {
                stock(a);
        }
        static void two(struct pond *b)
        {
                one(b);
        }
        static void three(struct pond *c)
        {
                two(c);
        }
    """
    whole = _caller("mutex_lock(&pond->lock);\nthree(pond);\nreturn n;")
    code = whole.replace("static int keep", inspect.cleandoc(chain) + "\n\nstatic int keep")
    verdict = _judged(code)
    assert verdict.decision is Decision.HOLDS
    assert [one.note for one in verdict.rests_on] == ["mutex_lock(pond->lock)"]
    assert _judged(code.replace("mutex_lock(&pond->lock);", "")).decision is Decision.UNKNOWN


def test_an_assertion_agrees_and_callers_that_lock_hold() -> None:
    body = "spin_lock(&pond->lock);\nstock(pond);\nspin_unlock(&pond->lock);\nreturn n;"
    asserted = "lockdep_assert_held(&p->lock);\n        p->fish++;"
    code = _caller(body).replace("p->fish++;", asserted)
    assert _judged(code).decision is Decision.HOLDS
    assert _judged(code.replace("spin_lock(&pond->lock);", "")).decision is Decision.AGREES


def test_another_function_that_a_comment_speaks_of_is_not_this_one() -> None:
    code = """
        /* The release function will be called with pond_mutex held. */
        static void put(struct pond *p)
        {
                lockdep_assert_not_held(&pond_mutex);
                p->fish++;
        }
    """
    world = _world({PATH: code})
    bench = prepare(Selection(only=("caller-holds-lock",)))
    review = judge_file(Judgement(bench, world.library), world.source)
    assert all(one.verdict.decision is Decision.UNKNOWN for one in review.entries)


@pytest.mark.parametrize(
    ("words", "code", "decision"),
    [
        ("The queue lock is held here.", "spin_lock(&pond->queue_lock);\nTHERE", Decision.HOLDS),
        ("The lock is held here.", "mutex_lock(&pond->lock);\nTHERE", Decision.HOLDS),
        (
            "The queue lock is held here.",
            "spin_lock(&a->queue_lock);\nspin_lock(&b->queue_lock);\nTHERE",
            Decision.UNKNOWN,
        ),
        ("The port lock is held here.", "spin_lock(&pond->queue_lock);\nTHERE", Decision.UNKNOWN),
        ("pond->lock is held here.", "if (n)\n  mutex_lock(&pond->lock);\nTHERE", Decision.UNKNOWN),
        ("pond->lock is held here.", "lockdep_assert_held(&pond->lock);\nTHERE", Decision.AGREES),
        ("Hold pond->lock for the count.", "THERE mutex_lock(&pond->lock);", Decision.HOLDS),
        (
            "pond->lock is held here.",
            "mutex_lock(&pond->lock);\nmutex_unlock(&pond->lock);\nTHERE",
            Decision.BROKEN,
        ),
    ],
)
def test_a_lock_at_a_place(words: str, code: str, decision: Decision) -> None:
    comment = f"/* {words} */\n"
    there = comment if "THERE m" in code else comment + "n = pond->fish;"
    body = code.replace("THERE", there)
    whole = f"int keep(struct pond *pond, struct pond *a, struct pond *b, int n)\n{{\n{body}\n}}"
    world = _world({PATH: whole})
    bench = prepare(Selection(only=("lock-is-held-here",)))
    review = judge_file(Judgement(bench, world.library), world.source)
    found = [one.verdict.decision for one in review.entries if one.rule]
    assert found == [decision]


@pytest.mark.parametrize(
    ("words", "code", "decision"),
    [
        ("Returns with pond->lock held.", "spin_lock(&pond->lock);", Decision.HOLDS),
        ("Returns with pond->lock held.", "if (n)\n  spin_lock(&pond->lock);", Decision.UNKNOWN),
        (
            "Returns with pond->lock held.",
            "spin_lock(&pond->lock);\nspin_unlock(&pond->lock);",
            Decision.BROKEN,
        ),
        (
            "Returns with pond->lock held on success.",
            "spin_lock(&pond->lock);\nspin_unlock(&pond->lock);",
            Decision.UNKNOWN,
        ),
        ("Drops pond->lock.", "pond->fish++;\nspin_unlock(&pond->lock);", Decision.HOLDS),
        ("Drops pond->lock.", "spin_unlock(&pond->lock);\nspin_lock(&pond->lock);", None),
        ("Takes pond->lock.", "spin_lock(&pond->lock);\nspin_unlock(&pond->lock);", Decision.HOLDS),
        ("Takes pond->lock.", "pond->fish++;", Decision.UNKNOWN),
    ],
)
def test_what_a_function_leaves(words: str, code: str, decision: Decision | None) -> None:
    whole = f"/* {words} */\nvoid keep(struct pond *pond, int n)\n{{\n{code}\n}}"
    world = _world({PATH: whole})
    bench = prepare(Selection(only=("returns-with-lock",)))
    review = judge_file(Judgement(bench, world.library), world.source)
    found = [one.verdict.decision for one in review.entries if one.rule]
    assert found == [decision or Decision.UNKNOWN]


@pytest.mark.parametrize(
    ("words", "code", "decision"),
    [
        ("Interrupts are off here.", "local_irq_disable();\nTHERE", Decision.HOLDS),
        ("Interrupts are off here.", "if (n)\n  local_irq_disable();\nTHERE", Decision.UNKNOWN),
        ("Interrupts are off here.", "lockdep_assert_irqs_disabled();\nTHERE", Decision.AGREES),
        (
            "Interrupts are disabled here.",
            "local_irq_disable();\nlocal_irq_enable();\nTHERE",
            Decision.BROKEN,
        ),
        (
            "The vblank interrupt is off here.",
            "local_irq_disable();\nlocal_irq_enable();\nTHERE",
            Decision.UNKNOWN,
        ),
        ("Preemption is disabled here.", "spin_lock(&pond->lock);\nTHERE", Decision.HOLDS),
    ],
)
def test_what_is_switched_off_at_a_place(words: str, code: str, decision: Decision) -> None:
    body = code.replace("THERE", f"/* {words} */\nn = pond->fish;")
    whole = f"int keep(struct pond *pond, int n)\n{{\n{body}\n}}"
    world = _world({PATH: whole})
    bench = prepare(Selection(only=("context-is-so-here",)))
    review = judge_file(Judgement(bench, world.library), world.source)
    found = [one.verdict.decision for one in review.entries if one.rule]
    assert found in ([decision], []) if decision is Decision.UNKNOWN else found == [decision]
