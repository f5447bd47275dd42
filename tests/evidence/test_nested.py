"""Locks in a struct without a tag that is a member of another one."""

from __future__ import annotations

import pytest

from tests.judging.pond import decisions

CODE = """
{doc}
struct pond {{
        spinlock_t lock;
        struct {{
                {comment}
                spinlock_t lock;
                struct list_head head;
        }} queue;
        struct {{
                spinlock_t lock;
                int depth;
        }} water;
}};

void push_queue(struct pond *pond)
{{
        spin_lock(&pond->{taken}lock);
        list_add(&pond->first, &pond->queue.head);
        spin_unlock(&pond->{taken}lock);
}}
"""
DOC = "/**\n * struct pond - water\n * @queue.lock: Lock to protect the queue.\n */"


@pytest.mark.parametrize(
    ("doc", "comment"), [("", "/* Lock to protect the queue */"), (DOC, "/* words */")]
)
@pytest.mark.parametrize(
    ("taken", "decision"), [("queue.", "agrees"), ("water.", "unknown"), ("", "unknown")]
)
def test_whose_sections_count(doc: str, comment: str, taken: str, decision: str) -> None:
    code = CODE.format(doc=doc, comment=comment, taken=taken)
    found = decisions(code, "lock-guards-what-it-says")
    assert [one.value for one in found] == [decision]


DEEP = """
struct pond {
        struct {
                struct {
                        /* Lock to protect the queue */
                        spinlock_t lock;
                } queue;
                struct {
                        struct list_head head;
                };
        } water;
        spinlock_t lock;
};

void push_queue(struct pond *pond)
{
        spin_lock(&pond->%slock);
        list_add(&pond->first, &pond->water.head);
        spin_unlock(&pond->%slock);
}
"""


@pytest.mark.parametrize(
    ("taken", "decision"),
    [("water.queue.", "agrees"), ("queue.", "unknown"), ("water.", "unknown"), ("", "unknown")],
)
def test_two_of_them(taken: str, decision: str) -> None:
    found = decisions(DEEP % (taken, taken), "lock-guards-what-it-says")
    assert [one.value for one in found] == [decision]
