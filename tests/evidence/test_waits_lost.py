"""What a patch makes of a wait that kept readers away: which is told, and which may be in order."""

from __future__ import annotations

import inspect

import pytest

from reviewer.evidence.models.grace.lost import Left, grace_left
from reviewer.evidence.models.grace.model import Answer
from reviewer.review.bench import prepare
from reviewer.review.judge import Judgement, judge_file
from reviewer.review.model import Selection
from reviewer.source.file import SourceFile
from reviewer.tree.overlay import Overlay
from reviewer.verdict import Breaks, Decision
from reviewer.world import Library, World
from tests.support import MemoryTree, memory_index

PATH = "mm/grebe.c"
LINK = "list_del_rcu(&g->node);\n"
WAIT = "synchronize_rcu();\n"
CLOSE = "grebe_close(g);\n"
POLL = "while (READ_ONCE(g->readers))\n                cpu_relax();\n"
READER = """
    static int grebe_sum(struct pond *p)
    {
            struct grebe *g;
            int n = 0;

            rcu_read_lock();
            list_for_each_entry_rcu(g, &p->grebes, node)
                    n += g->eggs;
            rcu_read_unlock();
            return n;
    }
"""
OTHER = """
    static void grebe_other(struct grebe *g)
    {
            g->other = 1;
    }
"""


def _code(*steps: str, more: str = OTHER) -> str:
    body = "".join(f"            {one}" for one in steps)
    return f"static void grebe_drop(struct grebe *g)\n    {{\n{body}    }}\n{more}{READER}"


def _patched(code: str, before: str, **more: tuple[str, str]) -> Library:
    """A small tree after a patch; ``more`` are files after and before it."""
    then = {PATH: before, **{f"mm/{name}.c": both[1] for name, both in more.items()}}
    now = {PATH: code, **{f"mm/{name}.c": both[0] for name, both in more.items()}}
    old, new = (
        {path: inspect.cleandoc("\n" + text).encode() for path, text in one.items()}
        for one in (then, now)
    )
    tree = MemoryTree(old)
    was = Library(tree, memory_index(tree))
    laid = Overlay(tree, {path: data for path, data in new.items() if data != old[path]})
    return Library(laid, memory_index(MemoryTree(new)), before=was)


def _left(code: str, before: str, *, explained: bool = True, **more: tuple[str, str]) -> Left:
    """What is left of ``grebe_drop()``'s wait."""
    library = _patched(code, before, **more)
    source = library.source(PATH)
    assert isinstance(source, SourceFile)
    (function,) = source.functions_named("grebe_drop")
    return grace_left(World(source, library), function, None, lambda _: explained)


@pytest.mark.parametrize(
    ("code", "before"),
    [
        (_code(LINK, "kfree(g);\n"), _code(LINK, "kfree_rcu(g, rcu);\n")),
        (_code(LINK, "kvfree(g);\n"), _code(LINK, "call_rcu(&g->rcu, grebe_end);\n")),
        (_code("kfree_rcu(g, rcu);\n", LINK), _code(LINK, "kfree_rcu(g, rcu);\n")),
        (_code("kfree(g);\n", LINK, WAIT), _code(LINK, WAIT, "kfree(g);\n")),
    ],
    ids=["at once", "at once in place of a callback", "given up while it is linked", "freed first"],
)
def test_what_a_patch_frees_too_early(code: str, before: str) -> None:
    left = _left(code, before)

    assert left.before is not None
    assert left.model.answer is Answer.ALLOWS
    assert left.model.gone is not None


@pytest.mark.parametrize(
    ("code", "before"),
    [
        (_code(LINK, "kmem_cache_free(grebes, g);\n"), _code(LINK, "kfree_rcu(g, rcu);\n")),
        (_code(LINK, "kfree(g);\n"), _code(LINK, WAIT, "kmem_cache_free(grebes, g);\n")),
        (_code("kfree(g);\n", "g = g->next;\n", LINK, WAIT), _code(LINK, WAIT, "kfree(g);\n")),
        (_code(LINK, POLL, "kfree(g);\n"), _code(LINK, WAIT, "kfree(g);\n")),
    ],
    ids=["into a cache", "out of a cache", "another one freed before", "readers counted down"],
)
def test_a_free_that_may_be_in_order(code: str, before: str) -> None:
    assert _left(code, before).before is None


KEPT = _code(LINK, WAIT, CLOSE)


@pytest.mark.parametrize(
    "code",
    [
        _code(LINK, CLOSE),
        _code(WAIT, LINK, CLOSE),
        _code(LINK, ";\n", CLOSE),
        _code(LINK, "if (g->eggs)\n", ";\n", CLOSE),
    ],
    ids=["gone", "before the link goes", "nothing in its place", "a condition that is left"],
)
def test_a_wait_that_a_comment_explains_is_told_without_its_free(code: str) -> None:
    left = _left(code, KEPT)

    assert left.before is not None
    assert left.model.answer is Answer.ALLOWS
    assert left.model.gone is None
    assert _left(code, KEPT, explained=False).before is None


@pytest.mark.parametrize(
    "code",
    [
        _code(LINK, "grebe_settle(g);\n", CLOSE),
        _code(LINK, CLOSE, CLOSE),
        _code(LINK, CLOSE.replace("(g)", "(g, 1)")),
        _code(LINK, "grebe_other(g);\n", CLOSE),
        _code(LINK, "queue_work(grebes, &g->work);\n"),
        _code(LINK, "list_add(&g->gone, &grebes);\n"),
        _code(LINK, "if (g->eggs)\n", WAIT, CLOSE),
        _code("WRITE_ONCE(g->gone, 1);\n", WAIT, LINK, CLOSE),
        _code(LINK, CLOSE, more=OTHER.replace("1", "2")),
        _code(LINK, CLOSE, "flush_work(&g->work);\n"),
        _code(LINK, "while (READ_ONCE(g->readers));\n", CLOSE),
        _code(LINK, POLL, CLOSE),
        _code(LINK, "do {\n                msleep(1);\n        } while (g->readers);\n", CLOSE),
    ],
    ids=["a new call", "the same twice", "with another argument", "a call that was read",
         "a work that ends it", "kept for later", "on some paths", "a flag before the wait",
         "another function changes, too", "a work that is awaited",
         "a loop without a body", "a loop that relaxes", "a loop that sleeps"],
)  # fmt: skip
def test_a_wait_that_may_be_elsewhere_is_not_told(code: str) -> None:
    assert _left(code, KEPT).before is None


def test_a_wait_that_may_be_in_another_file_is_not_told() -> None:
    caller = "void grebe_end(struct grebe *g)\n{\n        grebe_drop(g);\n}\n"
    waiting = caller.replace("(g);\n}", "(g);\n        synchronize_rcu();\n}")
    assert _left(_code(LINK, CLOSE), KEPT, nest=(caller, caller)).before is not None
    assert _left(_code(LINK, CLOSE), KEPT, nest=(waiting, caller)).before is None


@pytest.mark.parametrize(
    ("guard", "told"), [("rcu)()", True), ("mutex)(&grebes_lock)", False), ("grebes)()", False)]
)
def test_a_guard_that_may_keep_the_reader_out(guard: str, told: bool) -> None:
    """A section of readers is no lock; what another guard takes may be the updater's."""
    inner = f"            guard({guard};\n            rcu_read_lock();"
    reader = READER.replace("            rcu_read_lock();", inner)
    codes = [one.replace(READER, reader) for one in (_code(LINK, CLOSE), KEPT)]
    assert (_left(codes[0], codes[1]).before is not None) is told


def test_what_a_tree_of_the_kernel_does_gives_nothing_up() -> None:
    """lib/rbtree.c calls through pointers; what callers of rb_erase() do is none of that."""
    tree = "void rb_erase(struct rb_node *n)\n{\n        n->ops->rotate(n);\n}\n"
    erase = "rb_erase(&g->tree);\n"
    before = _code(LINK, erase, WAIT, CLOSE)
    both = (tree, tree)
    assert _left(_code(LINK, erase, CLOSE), before, grebetree=both).before is not None
    texts = (_code(LINK, erase, CLOSE), before, tree)
    code, before, tree = (one.replace("rb_", "grebe_") for one in texts)
    assert _left(code, before, grebetree=(tree, tree)).before is None


@pytest.mark.parametrize(
    ("call", "body", "told"),
    [
        (CLOSE, "kfree(g);", True),
        (CLOSE, "synchronize_net();", False),
        (CLOSE, "grebe_far(g);", False),
        (CLOSE, "kfree_rcu(g, rcu);", False),
        ("grebe_close(&nests);\n", "kfree_rcu(g, rcu);", True),
        ("g->ops->close(g);\n", "kfree(g);", False),
    ],
    ids=["frees", "waits", "waits one deeper", "frees behind a grace period", "frees another",
         "a pointer"],
)  # fmt: skip
def test_what_came_behind_the_wait_may_wait_itself(call: str, body: str, told: bool) -> None:
    """The comment stands over that now, and may be true of it."""
    far = "void grebe_far(struct grebe *g)\n{\n        synchronize_rcu();\n}\n"
    close = f"void grebe_close(struct grebe *g)\n{{\n        {body}\n}}\n{far}"
    left = _left(_code(LINK, call), _code(LINK, WAIT, call), nest=(close, close))
    assert (left.before is not None) is told


def test_a_loop_behind_the_wait_may_be_what_readers_are_waited_for_in() -> None:
    assert _left(_code(LINK, POLL, CLOSE), _code(LINK, WAIT, POLL, CLOSE)).before is None


def test_a_callback_that_no_comment_explains_as_a_wait() -> None:
    """What has something done later is no wait of this function."""
    before = _code(LINK, "call_rcu(&g->rcu, grebe_end);\n", CLOSE)
    assert _left(_code(LINK, CLOSE), before).before is None


def test_a_stretch_that_may_wait_before_the_wait() -> None:
    """A call between the link and the wait may have been enough before."""
    early = _code(LINK, "kthread_stop(g->counter);\n", WAIT, CLOSE)
    late = _code(LINK, WAIT, "kthread_stop(g->counter);\n", CLOSE)
    code = _code(LINK, "kthread_stop(g->counter);\n", CLOSE)
    assert _left(code, early).before is None
    assert _left(code, late).before is not None


@pytest.mark.parametrize(
    ("words", "told"),
    [
        ("Wait for outstanding readers before the grebe goes.", True),
        ("We wait for outstanding readers.", True),
        ("The list is read without a lock, so wait for outstanding readers.", True),
        ("synchronize_rcu() waits for readers.", True),
        ("The caller waits for outstanding readers.", False),
        ("Our callers must wait for outstanding readers.", False),
        ("grebe_close() waits for outstanding readers.", False),
        ("The caller, who unlinked it, waits for outstanding readers.", False),
        ("This synchronize rcu is waiting for readers of the list.", True),
        ("If it is linked, wait for outstanding readers.", False),
    ],
)
def test_whose_wait_the_words_speak_of(words: str, told: bool) -> None:
    """That nobody waits any more makes false what is said of this code only."""
    comment = f"/* {words} */\n"
    library = _patched(_code(LINK, comment, CLOSE), _code(LINK, comment, WAIT, CLOSE))
    source = library.source(PATH)
    assert source is not None
    bench = prepare(Selection(only=("wait-outlasts-readers",)))
    entries = judge_file(Judgement(bench, library), source).entries
    verdicts = [one.verdict for one in entries if one.rule]

    assert [one.decision is Decision.BROKEN for one in verdicts] == [told][: len(verdicts)]
    assert bool(verdicts) or not told
    for one in verdicts if told else ():
        assert one.breaks is Breaks.RESULT
        assert one.evidence is not None
        assert len(set(one.evidence.locations)) == len(one.evidence.locations)
