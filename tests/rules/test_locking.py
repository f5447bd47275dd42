"""Locks by name and by what functions do with them, beyond the rules' own examples."""

from __future__ import annotations

import inspect

import pytest

from reviewer.claims.extract import builtin_reader
from reviewer.claims.model import Claim, Kind
from reviewer.claims.wording.duties import on_entry
from reviewer.judging import locks
from reviewer.judging.context import first_sleep, turns_irqs_on
from reviewer.judging.holding import Same, lock_of, same
from reviewer.review.bench import prepare
from reviewer.review.findings import findings
from reviewer.review.judge import Judgement, judge_file
from reviewer.review.model import Selection
from reviewer.source.file import SourceFile
from reviewer.verdict import Decision, Tier
from reviewer.world import Library, World
from tests.support import MemoryTree, decided, memory_index


def _world(code: str, path: str = "fs/pondfs/pond.c") -> World:
    data = (inspect.cleandoc(code) + "\n").encode()
    tree = MemoryTree({path: data})
    return World(SourceFile.parse(path, data), Library(tree, memory_index(tree)))


def _claims(world: World, kind: Kind) -> list[Claim]:
    reader = builtin_reader()
    found = [claim for one in world.source.comments for claim in reader.read(one)]
    return [claim for claim in found if claim.kind is kind]


@pytest.mark.parametrize(
    ("name", "code", "spelled"),
    [
        ("duck_mutex", "struct mutex duck_mutex_table[8];", "duck_mutex_table"),
        ("group_rwsem", "struct rw_semaphore pond_group_rwsem;", "pond_group_rwsem"),
        ("pond_feed_lock", "int f(void)\n{ return p->pond->feed_lock; }", "pond->feed_lock"),
        ("sync_lock", "int pondfs_sync_lock(void)\n{ return 0; }", "pondfs_sync_lock"),
        (  # of several the first: the order of a set is another one in each process
            "pool_lock",
            "spinlock_t ide_pool_lock, koi_pool_lock, carp_pool_lock, eel_pool_lock;",
            "carp_pool_lock",
        ),
        ("gone_lock", "int f(void)\n{\n\treturn 0;\n}", ""),
    ],
)
def test_an_abbreviation_is_no_vanished_lock(name: str, code: str, spelled: str) -> None:
    assert locks.spelled_otherwise(name, _world(code)) == spelled


def test_a_known_rename_is_no_abbreviation() -> None:
    world = _world("struct mapping { spinlock_t i_private_lock; };")
    assert locks.spelled_otherwise("private_lock", world) == ""
    assert locks.successor("private_lock", world) == "i_private_lock"


@pytest.mark.parametrize("name", ["foo_lock", "rw_lock", "some_mutex", "a_lock", "rcu_lock"])
def test_placeholders_stand_for_any_lock(name: str) -> None:
    assert locks.is_placeholder(name)


@pytest.mark.parametrize("name", ["i_mutex", "mmap_sem", "tasklist_lock", "css_set_rwsem"])
def test_names_of_locks_are_no_placeholders(name: str) -> None:
    assert not locks.is_placeholder(name)


@pytest.mark.parametrize(
    ("words", "spelled", "expected"),
    [
        ("pond->lock", "pond->lock", Same.YES),
        ("pond->lock", "farm->lock", Same.MAYBE),
        ("the parent's pond_sem", "pond->pond_sem", Same.MAYBE),
        ("pond_mutex", "pond_mutex", Same.YES),
        ("pond_mutex", "duck_mutex", Same.NO),
    ],
)
def test_a_lock_is_compared_with_its_owner(words: str, spelled: str, expected: Same) -> None:
    world = _world(
        f"""
        /* Called with {words} held. */
        static void f(struct pond *pond, struct farm *farm)
        {{
                pond->n++;
        }}
        """
    )
    (claim,) = _claims(world, Kind.REQUIRES)
    lock = lock_of(claim)
    function = world.function(claim)
    assert lock is not None
    assert function is not None
    assert same(lock, spelled, claim, function) is expected


@pytest.mark.parametrize(
    "words", ["Called with neither pond_mutex nor duck_lock held.", "Returns with pond_mutex held."]
)
def test_words_about_other_moments_are_not_about_entry(words: str) -> None:
    world = _world(f"/* {words} */\nstatic void f(void)\n{{\n\tg();\n}}")
    assert not [claim for claim in _claims(world, Kind.REQUIRES) if on_entry(claim)]


def test_a_sleep_behind_a_way_out_is_conditional() -> None:
    world = _world(
        """
        static void f(int wait)
        {
                if (!wait)
                        return;
                mutex_lock(&pond_mutex);
        }

        static void g(int wait)
        {
                mutex_lock(&pond_mutex);
        }
        """
    )
    f, g = world.source.functions
    assert first_sleep(world.function_facts(f), f, world.source) is None
    assert first_sleep(world.function_facts(g), g, world.source) is not None


def test_saving_interrupts_does_not_turn_them_on() -> None:
    world = _world(
        """
        static void f(struct pond *pond)
        {
                unsigned long flags;

                spin_lock_irqsave(&pond->lock, flags);
                spin_unlock_irqrestore(&pond->lock, flags);
        }

        static void g(struct pond *pond)
        {
                spin_lock_irq(&pond->lock);
                spin_unlock_irq(&pond->lock);
        }
        """
    )
    f, g = (world.function_facts(one) for one in world.source.functions)
    assert turns_irqs_on(f) is None
    assert turns_irqs_on(g) is not None


@pytest.mark.parametrize(
    ("body", "decision"),
    [
        ("lockdep_assert_held(&pond_mutex);", Decision.AGREES),
        ("if (!p)\n\t\treturn;\n\tlockdep_assert_held(&pond_mutex);", Decision.AGREES),
        ("if (0)\n\t\tlockdep_assert_held(&pond_mutex);", Decision.UNKNOWN),
        ("if (p->n)\n\t\tlockdep_assert_held(&pond_mutex);", Decision.UNKNOWN),
        ("return;\n\tlockdep_assert_held(&pond_mutex);", Decision.UNKNOWN),
        (
            "if (p->n)\n\t\tgoto out;\n\treturn;\nout:\n\tlockdep_assert_held(&pond_mutex);",
            Decision.UNKNOWN,
        ),
        (
            "if (p->n)\n\t\tgoto out;\n\tp->n = 1;\nout:\n\tlockdep_assert_held(&pond_mutex);",
            Decision.AGREES,
        ),
        ("mutex_unlock(&pond_mutex);", Decision.AGREES),
        ("if (p->n)\n\t\tmutex_unlock(&pond_mutex);", Decision.AGREES),
        ("if (0)\n\t\tmutex_unlock(&pond_mutex);", Decision.UNKNOWN),
        ("return;\n\tmutex_unlock(&pond_mutex);", Decision.UNKNOWN),
        ("if (0) {\nout:\n\t\tmutex_unlock(&pond_mutex);\n\t}\n\tgoto out;", Decision.AGREES),
    ],
)
def test_what_never_runs_shows_no_lock_held(body: str, decision: Decision) -> None:
    code = (
        "/* Called with pond_mutex held. */\n"
        f"void keep(struct pond *p)\n{{\n\t{body}\n\tp->seen = 1;\n}}"
    )
    assert decided("caller-holds-lock", "fs/pondfs/pond.c", code) == [decision]


def test_callers_tell_where_an_assertion_does_not() -> None:
    code = """
        /* Called with pond_mutex held. */
        static void keep(struct pond *p)
        {
                if (p->n)
                        lockdep_assert_held(&pond_mutex);
        }

        void fill(struct pond *p)
        {
                mutex_lock(&pond_mutex);
                keep(p);
                mutex_unlock(&pond_mutex);
        }
    """
    assert decided("caller-holds-lock", "fs/pondfs/pond.c", code) == [Decision.HOLDS]


def test_a_member_with_underscores_before_its_name_is_a_hint() -> None:
    code = """
    struct farm { spinlock_t lock; };
    struct pond {
            raw_spinlock_t __lock;
    };

    /* pond->lock must be held. */
    static void count_duck(struct pond *pond)
    {
            raw_spin_lock(pond_lockp(pond));
    }
    """
    found = []
    for name in ("__lock", "lock_of_all"):
        world = _world(code.replace("__lock", name))
        bench = prepare(Selection(only=("lock-is-a-member",)))
        (one,) = findings(judge_file(Judgement(bench, world.library), world.source).entries)
        found.append(one)

    assert [one.tier for one in found] == [Tier.HINT, Tier.STRONG]
    assert "It has __lock" in found[0].verdict.message


def test_the_lock_that_another_function_needs_is_not_the_one_it_drops() -> None:
    code = """
    static void flush(struct pond *p)
    {
            mutex_unlock(&p->list_mutex);
            p->flushed = 1;
            mutex_lock(&p->list_mutex);
    }

    void keep(struct pond *p)
    {
            /* This calls flush(), and flush() requires the lock to be held. */
            pond_lock_all(p);
            flush(p);
    }
    """
    assert Decision.AGREES not in decided("caller-holds-lock", "fs/pondfs/pond.c", code)


@pytest.mark.parametrize(
    ("words", "decision"),
    [
        ("We use fish_mutex instead of p->lock to pin the fish here", Decision.UNKNOWN),
        ("We use fish_mutex rather than p->lock to pin the fish here", Decision.UNKNOWN),
        ("We hold p->lock here instead of fish_mutex", Decision.HOLDS),
    ],
)
def test_a_lock_that_another_stands_in_for_is_not_said_to_be_held(
    words: str, decision: Decision
) -> None:
    code = f"""
    struct pond {{ spinlock_t lock; struct fish *fish; }};
    static void count(struct pond *p)
    {{
            spin_lock(&p->lock);
            mutex_lock(&fish_mutex);
            /* {words}. */
            look(p->fish);
            mutex_unlock(&fish_mutex);
            spin_unlock(&p->lock);
    }}
    """
    found = decided("lock-is-held-here", "mm/pond.c", code)
    assert found == [decision]
