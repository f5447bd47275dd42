"""What is certain about a lock where a function is called, and at a place inside one."""

from __future__ import annotations

import pytest

from reviewer.judging.callsites import sites_of
from reviewer.judging.lockstate import Held, Wanted, lock_at, mapped
from reviewer.source.file import SourceFile
from reviewer.verdict import Decision
from reviewer.world import Library, World
from tests.judging.pond import PATH, caller, decisions, world
from tests.support import MemoryTree, memory_index


def _held(body: str, before: str = "") -> Held:
    here = world({PATH: caller(body, before)})
    (function,) = here.source.functions_named("stock")
    (site,) = sites_of(here, function).known
    exact = mapped("p", "lock", function.parameters, site.arguments)
    return lock_at(here, site, Wanted("lock", exact)).held


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
            Held.UNKNOWN,
        ),
        ("spin_lock(&pond->lock);\npond = pond->next;\nstock(pond);", Held.UNKNOWN),
        ("spin_lock(&pond->lock);\nswap(pond, other);\nstock(pond);", Held.UNKNOWN),
        ("spin_lock(&pond->lock);\n++pond;\nstock(pond);", Held.UNKNOWN),
        ("spin_lock(&pond[n].lock);\nstock(&pond[n]);", Held.YES),
        ("spin_lock(&pond[n].lock);\nn++;\nstock(&pond[n]);", Held.UNKNOWN),
        ("spin_lock(&pond[n + 1].lock);\nn ^= 1;\nstock(&pond[n + 1]);", Held.UNKNOWN),
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
        # the lock of another object, which may be the same pond
        ("spin_lock(&pond->lock);\nspin_lock(&other->lock);\nstock(pond);", Held.YES),
        (
            "spin_lock(&pond->lock);\nspin_lock(&other->lock);\nspin_unlock(&other->lock);\n"
            "stock(pond);",
            Held.YES,
        ),
        ("spin_lock(&pond->lock);\nspin_unlock(&other->lock);\nstock(pond);", Held.UNKNOWN),
        (
            "spin_lock(&pond->lock);\nspin_lock(&other->lock);\nother = pond;\n"
            "spin_unlock(&other->lock);\nstock(pond);",
            Held.UNKNOWN,
        ),
        (
            "spin_lock(&pond->lock);\nif (n)\n        spin_lock(&other->lock);\n"
            "spin_unlock(&other->lock);\nstock(pond);",
            Held.UNKNOWN,
        ),
        (
            "spin_lock(&pond->lock);\nspin_lock(&other->lock);\nspin_unlock(&other->lock);\n"
            "spin_unlock(&other->lock);\nstock(pond);",
            Held.UNKNOWN,
        ),
        # a call below a loop over the pond's fish is no head of the loop
        (
            "spin_lock(&pond->lock);\nlist_for_each_entry(f, &pond->list, link)\n"
            "        stock(pond);",
            Held.YES,
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
    ("struct", "member", "held"),
    [
        ("lake", "spinlock_t lock;", Held.YES),
        ("lake", "int depth;\n        struct mutex lock;", Held.YES),
        ("lake", "spinlock_t *lock;", Held.UNKNOWN),  # perhaps the pond's
        ("pond", "spinlock_t lock;", Held.UNKNOWN),
    ],
)
def test_the_lock_of_another_struct_is_another_lock(struct: str, member: str, held: Held) -> None:
    body = f"struct {struct} *other = n;\nspin_lock(&pond->lock);\nspin_unlock(&other->lock);\n"
    structs = f"""
struct pond {{
        spinlock_t lock;
}};

struct lake {{
        {member}
}};
"""
    assert _held(body + "stock(pond);", structs) is held


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
    here = world({PATH: "static void stock(struct pond *p)\n{\n}"})
    (function,) = here.source.functions
    assert mapped("p", "lock", function.parameters, (argument,)) == exact


def test_hostile_nesting_is_declined() -> None:
    deep = "if (n) " * 400 + "stock(pond);"
    source = SourceFile.parse(PATH, caller(deep).encode())
    tree = MemoryTree({PATH: source.data})
    here = World(source, Library(tree, memory_index(tree)))
    (function,) = source.functions_named("stock")
    for site in sites_of(here, function).known:
        assert lock_at(here, site, Wanted("lock", "pond->lock")).held is Held.UNKNOWN


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
        ("We hold pond->lock.", "THERE if (!mutex_trylock(&pond->lock)) n++;", Decision.UNKNOWN),
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
    assert decisions(whole, "lock-is-held-here") == [decision]


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
    found = decisions(whole, "returns-with-lock")
    assert found == [decision or Decision.UNKNOWN]


def test_most_ways_to_a_place_agree() -> None:
    ways = "".join(
        f"void way_{n}(struct pond *p)\n{{\nspin_lock(&p->lock);\nkeep(p);\n"
        "spin_unlock(&p->lock);\n}\n"
        for n in range(2)
    )
    code = (
        "static void keep(struct pond *pond)\n{\n/* pond->lock is held here. */\npond->fish++;\n}\n"
    )
    assert decisions(code + ways, "lock-is-held-here") == [Decision.HOLDS]
    unseen = "void other(void)\n{\nregister_keeper(keep);\n}\n"
    assert decisions(code + ways + unseen, "lock-is-held-here") == [Decision.AGREES]
    free = (
        "void other(struct pond *p)\n{\nspin_lock(&p->lock);\nspin_unlock(&p->lock);\nkeep(p);\n}\n"
    )
    assert decisions(code + ways + free, "lock-is-held-here") == [Decision.UNKNOWN]


@pytest.mark.parametrize(
    ("words", "decision"),
    [
        ("The count is protected by pond->lock.", Decision.HOLDS),
        ("The count is protected by pond_lock().", Decision.HOLDS),
        ("The count is protected by lake_lock().", Decision.UNKNOWN),
        ("The regular feeding path uses pond->lock.", Decision.UNKNOWN),
        ("So that the fish is never freed inside pond_mutex.", Decision.UNKNOWN),
    ],
)
def test_what_is_protected_at_a_place(words: str, decision: Decision) -> None:
    code = f"""
        void pond_lock(void)
        {{
                mutex_lock(&pond_mutex);
        }}

        void keep(struct pond *pond)
        {{
                pond_lock();
                spin_lock(&pond->lock);
                /* {words} */
                pond->fish++;
                spin_unlock(&pond->lock);
                pond_unlock();
        }}
    """
    assert decisions(code, "lock-is-held-here") == [decision]


def test_a_static_function_is_not_called_in_other_files() -> None:
    code = caller("spin_lock(&pond->lock);\nstock(pond);\nspin_unlock(&pond->lock);\nreturn n;")
    other = "static void stock(int n)\n{\n}\nvoid shop(void)\n{\n        stock(1);\n}"
    many = {f"shops__s{n}": other for n in range(45)}
    assert decisions(code, "caller-holds-lock", **many) == [Decision.HOLDS]
    including = {"fs__pondfs__all": '#include "pond.c"\nvoid any(void)\n{\n        stock(0);\n}'}
    assert decisions(code, "caller-holds-lock", **including) == [Decision.UNKNOWN]


@pytest.mark.parametrize(
    ("loop", "held"),
    [
        ("list_for_each_entry(f, &pond->list, link)", Held.YES),
        ("hash_for_each_safe(pond->fish, n, h, f, link)", Held.YES),
        ("list_for_each_entry(pond, &ponds, link)", Held.UNKNOWN),
    ],
)
def test_an_iterator_changes_its_variable_only(loop: str, held: Held) -> None:
    assert _held(f"spin_lock(&pond->lock);\n{loop} {{\nstock(pond);\n}}") is held


@pytest.mark.parametrize(
    ("helper", "decision"),
    [
        ("void finish_rain(void)\n{\nrain = 0;\n}", Decision.HOLDS),
        ("void finish_rain(void)\n{\nmutex_unlock(&pond_mutex);\n}", Decision.UNKNOWN),
        ("#define finish_rain() mutex_unlock(&rain_mutex)", Decision.UNKNOWN),
        ("int rain;", Decision.UNKNOWN),
    ],
)
def test_a_helper_of_another_file_that_does_not_spell_the_lock(
    helper: str, decision: Decision
) -> None:
    code = """
        /* Called with pond_mutex held. */
        static void stock(struct pond *p)
        {
                p->fish++;
        }

        void keep(struct pond *p)
        {
                mutex_lock(&pond_mutex);
                finish_rain();
                stock(p);
                mutex_unlock(&pond_mutex);
        }
    """
    assert decisions(code, "caller-holds-lock", fs__pondfs__rain=helper) == [decision]


@pytest.mark.parametrize(
    ("take", "drop", "held"),
    [
        ("spin_lock(&other->lock);", "spin_unlock(&other->lock);", Held.YES),
        ("read_lock(&other->lock);", "read_unlock(&other->lock);", Held.YES),
        ("down_write(&other->lock);", "up_write(&other->lock);", Held.YES),
        ("spin_trylock(&other->lock);", "spin_unlock(&other->lock);", Held.UNKNOWN),
        ("spin_lock(&other->lock);\nother = n;", "spin_unlock(&other->lock);", Held.UNKNOWN),
        ("if (n)\n  spin_lock(&other->lock);", "spin_unlock(&other->lock);", Held.UNKNOWN),
        ("lake_take(other);", "spin_unlock(&other->lock);", Held.UNKNOWN),
        (
            "#ifdef CONFIG_LAKE\nspin_lock(&other->lock);\n#endif",
            "spin_unlock(&other->lock);",
            Held.UNKNOWN,
        ),
        ("spin_lock(&other->gate);", "spin_unlock(&other->lock);", Held.UNKNOWN),
    ],
)
def test_what_is_dropped_as_it_was_taken_is_another_one(take: str, drop: str, held: Held) -> None:
    """A thread that has it cannot take the wanted one besides."""
    helper = "static void lake_take(struct pond *l)\n{\n        spin_lock(&l->lock);\n}\n"
    body = f"struct pond *other = n;\n{take}\nspin_lock(&pond->lock);\n{drop}\nstock(pond);"
    assert _held(body, helper) is held


LOOK = """
static void look(struct pond *pond, int deep)
{
        if (deep)
                %s(&pond->lock);
}
"""


@pytest.mark.parametrize(
    ("asserts", "body", "held"),
    [
        ("lockdep_assert_held", "look(pond, n);\nstock(pond);", Held.ENTRY),
        ("lockdep_assert_not_held", "look(pond, n);\nstock(pond);", Held.ENTRY),
        ("lockdep_assert_held", "spin_lock(&pond->lock);\nlook(pond, n);\nstock(pond);", Held.YES),
        ("spin_unlock", "spin_lock(&pond->lock);\nlook(pond, n);\nstock(pond);", Held.UNKNOWN),
        ("spin_lock", "look(pond, n);\nstock(pond);", Held.UNKNOWN),
    ],
)
def test_what_a_helper_asserts_on_some_ways_changes_nothing(
    asserts: str, body: str, held: Held
) -> None:
    assert _held(body, LOOK % asserts) is held
