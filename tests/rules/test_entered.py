"""How a callback is entered that another file arms."""

from __future__ import annotations

import pytest

from reviewer.verdict import Decision
from tests.judging.pond import decisions

CODE = """
/* Runs in hard interrupt context. */
enum hrtimer_restart feed(struct hrtimer *timer)
{
        food++;
        return HRTIMER_NORESTART;
}
"""
ARMED = """
void open_pond(struct pond *pond)
{
        hrtimer_init(&pond->timer, CLOCK_MONOTONIC, %s);
        pond->timer.function = feed;
}
"""


@pytest.mark.parametrize(
    ("mode", "decided"),
    [("HRTIMER_MODE_REL", Decision.AGREES), ("HRTIMER_MODE_REL_SOFT", Decision.UNKNOWN)],
)
def test_who_arms_it_says_how(mode: str, decided: Decision) -> None:
    told = decisions(CODE, "entered-as-said", fs__pondfs__main=ARMED % mode)
    assert told == [decided]


def test_who_calls_it_is_no_other_function_that_is_spoken_of() -> None:
    code = """
        /* Feeds the fish. Called from the pond's interrupt handler. */
        static void feed(struct pond *pond)
        {
                food++;
        }

        static irqreturn_t handle(int irq, void *data)
        {
                feed(data);
                return IRQ_HANDLED;
        }

        void open_pond(struct pond *pond)
        {
                request_irq(pond->irq, handle, 0, pond->name, pond);
        }
    """
    assert decisions(code, "entered-as-said") == [Decision.AGREES]


def test_a_handler_that_leaves_it_to_a_thread_is_a_handler() -> None:
    code = """
        /* Feeds the fish. Called from the pond's interrupt handler. */
        static void feed(struct pond *pond)
        {
                food++;
        }

        static void serve(struct work_struct *work)
        {
                feed(pond_of(work));
        }

        void open_pond(struct pond *pond)
        {
                INIT_WORK(&pond->work, serve);
        }
    """
    assert decisions(code, "entered-as-said") == [Decision.UNKNOWN]
    plain = code.replace("Called from the pond's interrupt handler", "Runs in interrupt context")
    assert decisions(plain, "entered-as-said") == [Decision.BROKEN]


def test_what_a_handler_may_call_is_asked_of_no_other_rule() -> None:
    code = """
        /* This can be used from an interrupt handler, as it has page faults off. */
        long feed(struct pond *pond)
        {
                pagefault_disable();
                might_sleep();
                pagefault_enable();
                return 0;
        }
    """
    assert decisions(code, "callable-without-sleeping") == []
