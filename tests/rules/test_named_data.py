"""Data that a comment calls by its name: sections of the lock, primitives of RCU."""

from __future__ import annotations

import pytest

from reviewer.verdict import Decision
from tests.judging.pond import decisions

_LOCKED = """
struct pond {{
        /* {words} */
        struct mutex fish_mutex;
        struct mutex feed_mutex;
        int pond_fish;
}};

void stock(struct pond *pond)
{{
        mutex_lock(&pond->{taken});
        pond->pond_fish++;
        mutex_unlock(&pond->{taken});
}}
"""


@pytest.mark.parametrize(
    ("taken", "decision"), [("fish_mutex", Decision.AGREES), ("feed_mutex", Decision.UNKNOWN)]
)
def test_data_of_a_remark_elsewhere(taken: str, decision: Decision) -> None:
    code = f"""
        /* Opens the pond. */
        void open_pond(struct pond *pond)
        {{{{
                /* fish_mutex protects pond_fish from now on. */
                pond->open = 1;
        }}}}
        {_LOCKED}
    """
    text = code.format(words="For the keeper.", taken=taken)
    assert decisions(text, "writes-hold-lock")[-1:] == [decision]


_RCU = """
struct pond {{
        {member} /* protected by RCU */
}};

void stock(struct pond *pond, struct fish *fish)
{{
        {write};
}}
"""


@pytest.mark.parametrize(
    ("member", "write", "decision"),
    [
        ("struct fish *fish;", "rcu_assign_pointer(pond->fish, fish)", Decision.AGREES),
        ("struct fish __rcu *fish;", "pond->fish = fish", Decision.AGREES),
        ("struct list_head fish;", "list_add_rcu(&fish->link, &pond->fish)", Decision.AGREES),
        ("struct list_head fish;", "list_add(&fish->link, &pond->fish)", Decision.UNKNOWN),
        ("struct fish *fish;", "pond->fish = fish", Decision.BROKEN),
        ("struct fish *fish;", "pond->fish = fish;  synchronize_rcu()", Decision.UNKNOWN),
    ],
)
def test_data_said_to_be_protected_by_rcu(member: str, write: str, decision: Decision) -> None:
    code = _RCU.format(member=member, write=write)
    assert decisions(code, "data-is-handled-by-rcu") == [decision]


@pytest.mark.parametrize(
    ("words", "far"),
    [
        ("protected by RCU", "rcu_assign_pointer(shore->pond, pond)"),
        ("protected by RCU or the pond lock", "shore->pond = pond"),
        ("protected by RCU, if there is a keeper", "shore->pond = pond"),
    ],
)
def test_what_hangs_on_an_object_that_is_published_elsewhere(words: str, far: str) -> None:
    code = _RCU.format(member="struct fish *fish;", write="pond->fish = fish")
    shore = f"void dig(struct shore *shore, struct pond *pond)\n{{\n        {far};\n}}\n"
    found = decisions(
        code.replace("protected by RCU", words), "data-is-handled-by-rcu", fs__pondfs__shore=shore
    )
    assert found == [Decision.UNKNOWN]
