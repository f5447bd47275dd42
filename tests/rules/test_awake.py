"""Functions said not to sleep, by all that they reach."""

from __future__ import annotations

import pytest

from reviewer.verdict import Decision
from tests.judging.pond import decisions

_RULE = "callable-without-sleeping"
_CODE = """
/* Counts a duck. May be called from interrupt context. */
void count_duck(struct pond *pond)
{{
        {body}
}}
"""
_FAR = "void note_duck(struct pond *p)\n{{\n        {body}\n}}\n"


@pytest.mark.parametrize(
    ("far", "decision"),
    [
        ("p->ducks++;", Decision.AGREES),
        ("spin_lock(&p->lock);  p->ducks++;  spin_unlock(&p->lock);", Decision.AGREES),
        ("list_for_each_entry(d, &p->list, link)  d->seen++;", Decision.AGREES),
        ("sink(p);", Decision.AGREES),
        ("mutex_lock(&p->mutex);  p->ducks++;  mutex_unlock(&p->mutex);", Decision.UNKNOWN),
        ("if (p->dry)  msleep(1);", Decision.UNKNOWN),
        ("p->ops->note(p);", Decision.UNKNOWN),
        ("pond_notes[p->kind](p);", Decision.UNKNOWN),
        ("(*(p->note))(p);", Decision.UNKNOWN),
        ("guard(mutex)(&p->mutex);  p->ducks++;", Decision.UNKNOWN),
        ("guard(spinlock)(&p->lock);  p->ducks++;", Decision.AGREES),
        ("guard(pond)(p);  p->ducks++;", Decision.UNKNOWN),
        ("CLASS(pond_fish, f)(p);  p->ducks++;", Decision.UNKNOWN),
        ("guard(irqsave)();  p->ducks++;", Decision.AGREES),
        ("scoped_guard(rwsem_read, &p->sem)  p->ducks++;", Decision.UNKNOWN),
        ("somewhere_else(p);", Decision.UNKNOWN),
        ("p->duck = kmalloc(8, GFP_KERNEL);", Decision.UNKNOWN),
        ("might_sleep_if(p->wait);  p->ducks++;", Decision.UNKNOWN),
        ("p->duck = kmalloc(8, p->gfp);", Decision.UNKNOWN),
        ("p->duck = kmalloc(8, GFP_ATOMIC);", Decision.AGREES),
        # names that only sound as if they followed pointers or reported
        ("pond_add_entry(p);", Decision.UNKNOWN),
        ("pond_for_each_duck(p);", Decision.UNKNOWN),
        ("pond_debug_drain(p);", Decision.UNKNOWN),
        ("duck_err_drain(p);", Decision.UNKNOWN),
        ("POND_NAP(p);", Decision.UNKNOWN),  # that nobody defines as a call
        ("pond_debug(p);", Decision.AGREES),
    ],
)
def test_what_a_function_of_another_file_does(far: str, decision: Decision) -> None:
    code = _CODE.format(body="note_duck(pond);")
    more = {
        "fs__pondfs__note": _FAR.format(body=far),
        "fs__pondfs__entry": "\n".join(
            f"void {name}(struct pond *p)\n{{\n        msleep(1);\n}}\n"
            for name in (
                "pond_add_entry",
                "pond_for_each_duck",
                "pond_debug_drain",
                "duck_err_drain",
            )
        ),
        "fs__pondfs__sink": "void sink(struct pond *p)\n{\n        p->depth--;\n}\n",
    }
    assert decisions(code, _RULE, **more) == [decision]


def test_a_chain_of_functions_that_ends_in_a_sleep() -> None:
    code = _CODE.format(body="step_0(pond);")
    steps = [f"void step_{n}(struct pond *p)\n{{\n        step_{n + 1}(p);\n}}\n" for n in range(9)]
    last = "void step_9(struct pond *p)\n{{\n        {body}\n}}\n"
    awake = {"fs__pondfs__s": "\n".join([*steps, last.format(body="p->n++;")])}
    asleep = {"fs__pondfs__s": "\n".join([*steps, last.format(body="schedule();")])}
    assert decisions(code, _RULE, **awake) == [Decision.AGREES]
    assert decisions(code, _RULE, **asleep) == [Decision.UNKNOWN]


@pytest.mark.parametrize(
    ("words", "number"),
    [
        ("Counts ducks. It must not sleep.", 1),
        ("The @test function gets a duck. It must not sleep.", 0),
        ("Counts the ducks of @pond. It must not sleep.", 1),
        ("Each callback gets a duck. They must not sleep.", 0),
    ],
)
def test_whom_it_means(words: str, number: int) -> None:
    code = f"/* {words} */\nvoid count(struct pond *pond)\n{{\n        pond->ducks++;\n}}\n"
    found = decisions(code, _RULE)
    assert found == [Decision.AGREES] * number


@pytest.mark.parametrize(
    "far",
    [
        *(f"p->n = ({kind})(p->m);" for kind in (
            "u8", "s16", "u32", "__u64", "unsigned", "unsigned int", "signed char", "long", "short",
            "bool", "uint32_t", "void",
        )),
        "int x __attribute__((unused)) = p->n;",
        'asm volatile ("nop");',
        'asm ("nop");',
        *(f"{kind}_for_each_entry(d, &p->l, link)  d->n++;" for kind in (
            "list", "hlist", "llist", "hlist_bl", "hlist_nulls", "plist",
        )),
        "rbtree_postorder_for_each_entry_safe(d, n, &p->l, link)  d->n++;",
        "d = rb_entry(p->n, struct duck, n);",
        "d = container_of_const(p, struct duck, n);",
        "trace_duck(p);",
        "scoped_guard(spinlock, &p->lock)  p->n++;",
        "if (mutex_trylock(&p->m))  mutex_unlock(&p->m);",
        'pr_err("duck");',
        "duck_err(p);",
        "dbg(p);",
        "ASSERT(p);",
        "__builtin_prefetch(p);",
        "note_duck(p);",
    ],
)  # fmt: skip
def test_what_puts_nobody_to_sleep(far: str) -> None:
    more = {"fs__pondfs__note": _FAR.format(body=far)}
    assert decisions(_CODE.format(body="note_duck(pond);"), _RULE, **more) == [Decision.AGREES]


def test_a_function_that_reaches_too_much() -> None:
    many = 170
    far = "\n".join(f"void duck_{n}(struct pond *p)\n{{\n        p->n++;\n}}" for n in range(many))
    for number, decision in ((many, Decision.UNKNOWN), (90, Decision.AGREES)):
        calls = "\n".join(f"        duck_{n}(p);" for n in range(number))
        note = f"void note_duck(struct pond *p)\n{{\n{calls}\n}}\n"
        more = {"fs__pondfs__note": note, "fs__pondfs__far": far}
        assert decisions(_CODE.format(body="note_duck(pond);"), _RULE, **more) == [decision]


def test_an_iterator_that_the_file_defines_itself() -> None:
    own = "#define list_for_each_duck(d, p) for (d = pond_wait(p); d; d = d->next)\n"
    walk = _FAR.format(body="list_for_each_duck(d, p)  d->n++;")
    code = _CODE.format(body="note_duck(pond);")
    assert decisions(code, _RULE, fs__pondfs__note=walk) == [Decision.AGREES]
    assert decisions(code, _RULE, fs__pondfs__note=own + walk) == [Decision.UNKNOWN]
