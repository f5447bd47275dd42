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
