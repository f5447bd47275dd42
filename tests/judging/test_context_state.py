"""What is certain about interrupts and preemption where a function is called, and at a place."""

from __future__ import annotations

import pytest

from reviewer.judging.callsites import sites_of
from reviewer.judging.contextstate import Context, Level, context_at
from reviewer.verdict import Decision
from tests.judging.pond import PATH, caller, decisions, judged, world


def _level(body: str, context: Context = Context.IRQ) -> Level:
    here = world({PATH: caller(body)})
    (function,) = here.source.functions_named("stock")
    (site,) = sites_of(here, function).known
    return context_at(here, site, context).level


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
    here = world({PATH: caller("msleep(1);\nstock(pond);").replace("static int", "__init int")})
    (function,) = here.source.functions_named("stock")
    (site,) = sites_of(here, function).known
    assert context_at(here, site, Context.IRQ).level is Level.UNKNOWN


@pytest.mark.parametrize(
    ("words", "code", "decision"),
    [
        ("Interrupts are off here.", "local_irq_disable();\nTHERE", Decision.HOLDS),
        ("Interrupts are off here.", "if (n)\n  local_irq_disable();\nTHERE", Decision.UNKNOWN),
        ("Interrupts are off here.", "lockdep_assert_irqs_disabled();\nTHERE", Decision.AGREES),
        (
            "Make sure the edge RTS-irq is disabled.",
            "local_irq_disable();\nTHERE",
            Decision.UNKNOWN,
        ),
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
    found = decisions(whole, "context-is-so-here")
    assert found in ([decision], []) if decision is Decision.UNKNOWN else found == [decision]


def test_a_function_that_sleeps_itself_may_sleep() -> None:
    code = """
    /* Feeds the fish. This function may sleep. */
    void feed(struct pond *p)
    {
            might_sleep();
            p->fish++;
    }
    """
    assert judged(code, "caller-may-sleep").decision is Decision.AGREES


@pytest.mark.parametrize(
    ("code", "decision"),
    [
        ("spin_lock(&pond->lock);\nTHERE\nspin_unlock(&pond->lock);", Decision.HOLDS),
        ("THERE", Decision.UNKNOWN),
        ("lockdep_assert_preemption_disabled();\nTHERE", Decision.AGREES),
        ("/* We cannot sleep here. */\np = kmalloc(n, GFP_ATOMIC);", Decision.AGREES),
        ("/* We cannot sleep here. */\np = kmalloc(n, GFP_KERNEL);", Decision.UNKNOWN),
    ],
)
def test_a_place_that_cannot_sleep(code: str, decision: Decision) -> None:
    body = code.replace("THERE", "/* We cannot sleep here. */\nn = pond->fish;")
    whole = f"int keep(struct pond *pond, int n)\n{{\nvoid *p;\n{body}\n}}"
    assert decisions(whole, "context-is-so-here") == [decision]


@pytest.mark.parametrize(
    ("helper", "decision"),
    [
        ("down_read(&pond->sem);", Decision.AGREES),
        ("p = kmalloc(8, GFP_KERNEL);", Decision.AGREES),
        ("p = kmalloc(8, GFP_ATOMIC);", Decision.UNKNOWN),
        ("down_read_trylock(&pond->sem);", Decision.UNKNOWN),
    ],
)
def test_a_function_that_may_sleep_in_what_it_calls(helper: str, decision: Decision) -> None:
    code = f"""
        void look(struct pond *pond)
        {{
                {helper}
        }}

        /* Feeds the fish. This function may sleep. */
        void feed(struct pond *pond)
        {{
                if (pond->fish)
                        look(pond);
        }}
    """
    assert decisions(code, "caller-may-sleep") == [decision]


_ENTERED = """
/* Called with {words}. */
static {type} feed({given})
{{
        food++;
}}

{table}
void begin(struct pond *pond)
{{
        {call}
}}
"""


@pytest.mark.parametrize(
    ("words", "call", "table", "decision"),
    [
        ("interrupts disabled", "request_irq(pond->irq, feed, 0, name, pond);", "", "agrees"),
        ("interrupts disabled", "on_each_cpu(feed, pond, 1);", "", "agrees"),
        ("interrupts disabled", "request_any_context_irq(pond->irq, feed, 0, name, pond);", "",
         "unknown"),
        ("interrupts disabled", "usb_fill_int_urb(u, dev, pipe, buf, n, feed, pond, 1);", "",
         "unknown"),
        ("interrupts disabled", "timer_setup(&pond->timer, feed, 0);", "", "unknown"),
        ("bottom halves disabled", "timer_setup(&pond->timer, feed, 0);", "", "agrees"),
        ("interrupts disabled", "INIT_WORK(&pond->work, feed);", "", "unknown"),
        ("interrupts enabled", "INIT_WORK(&pond->work, feed);", "", "agrees"),
        ("interrupts enabled", "", "static struct pond_driver d = {{\n        .probe = feed,\n}};",
         "agrees"),
        ("interrupts enabled", "",
         "static struct usb_gadget_driver d = {{\n        .disconnect = feed,\n}};", "unknown"),
        ("interrupts enabled", "", "static struct pond_ops d = {{\n        .suspend = feed,\n}};",
         "unknown"),
        ("interrupts enabled",
         "spin_lock_irq(&pond->lock);\n        pond->d->suspend(pond);\n"
         "        spin_unlock_irq(&pond->lock);",
         "struct pond_driver {{ void (*suspend)(struct pond *p); }};\n"
         "static struct pond_driver d = {{\n        .suspend = feed,\n}};", "unknown"),
        ("interrupts enabled", "pond->d->suspend(pond);",
         "struct pond_driver {{ void (*suspend)(struct pond *p); }};\n"
         "static struct pond_driver d = {{\n        .suspend = feed,\n}};", "agrees"),
        ("interrupts disabled",
         "request_irq(pond->irq, feed, 0, name, pond);\n        feed(pond->irq, pond);", "",
         "unknown"),
        ("interrupts disabled",
         "request_irq(pond->irq, feed, 0, name, pond);\n        keep(feed);", "", "unknown"),
    ],
)  # fmt: skip
def test_what_the_kernel_enters_is_entered_so(
    words: str, call: str, table: str, decision: str
) -> None:
    code = _ENTERED.format(
        words=words, type="void", given="int irq, void *data", table=table, call=call
    )
    found = decisions(code.replace("{{", "{").replace("}}", "}"), "caller-disables-irqs")
    found += decisions(code.replace("{{", "{").replace("}}", "}"), "caller-may-sleep")
    assert [one.value for one in found] == [decision]
