"""Comments that say that something is waited for, over what waits without being a wait itself."""

from __future__ import annotations

import pytest

from reviewer.verdict import Decision
from tests.judging.pond import decisions
from tests.support import decided

CODE = """
static void drain(struct pond *pond)
{
        %s
}

static void stop(struct pond *pond)
{
        /* Wait for all ducks to leave. */
        %s
        pond->n = 0;
}
"""


def _told(code: str, helper: str = "pond->n++;") -> list[Decision]:
    return decisions(CODE % (helper, code), "operation-stands-here")


@pytest.mark.parametrize(
    "code",
    [
        "while (pond->ducks)\n                msleep(1);",
        "mutex_lock(&pond->lock);\n        mutex_unlock(&pond->lock);",
        "if (!last(pond))\n                wait_for_completion(&pond->done);",
    ],
)
def test_what_ends_when_others_are_done_waits(code: str) -> None:
    assert _told(code) == [Decision.AGREES]


@pytest.mark.parametrize(
    "code",
    [
        "msleep(1);",
        "mutex_lock(&pond->lock);\n        feed(pond);\n        mutex_unlock(&pond->lock);",
        "mutex_lock(&pond->lock);\n        mutex_unlock(&pond->other);",
        "mutex_lock(&pond->lock);\n        pond->n--;\n        mutex_unlock(&pond->lock);",
        "feed(pond);",
    ],
)
def test_what_ends_by_itself_does_not(code: str) -> None:
    assert _told(code) == [Decision.UNKNOWN]


def test_a_helper_of_another_file_that_waits_is_one() -> None:
    code = CODE % ("pond->n++;", "pond_wait_idle(pond);")
    waits = "void pond_wait_idle(struct pond *p)\n{\n        wait_event(p->wq, !p->ducks);\n}\n"
    told = decisions(code, "operation-stands-here", fs__pondfs__idle=waits)
    assert told == [Decision.AGREES]
    counts = waits.replace("wait_event(p->wq, !p->ducks)", "p->ducks = 0")
    assert decisions(code, "operation-stands-here", fs__pondfs__idle=counts) == [Decision.UNKNOWN]


@pytest.mark.parametrize("words", ["RCU readers to finish", "a grace period", "all RCU callbacks"])
def test_what_polls_does_not_wait_for_rcu(words: str) -> None:
    code = (CODE % ("", "%s")).replace("all ducks to leave", words)
    for polls in ("cpu_relax();", "msleep(1);"):
        told = decisions(
            code % f"while (pond->n)\n                {polls}", "operation-stands-here"
        )
        assert Decision.AGREES not in told
    assert Decision.AGREES in decisions(code % "rcu_barrier();", "operation-stands-here")


@pytest.mark.parametrize(
    ("body", "decision"),
    [
        ("while (!(cond))\n\t\t\tmsleep(1);", Decision.AGREES),
        ("msleep(1);\n\t\twhile (!(cond))\n\t\t\tcount++;", Decision.UNKNOWN),
        ("while (!(cond))\n\t\t\tcount++;\n\t\tmsleep(1);", Decision.UNKNOWN),
        ("while (!(cond)) {\n\t\t\tcount++;\n\t\t}\n\t\tmsleep(1);", Decision.UNKNOWN),
        ("for (;;) {\n\t\t\tif (cond)\n\t\t\t\tbreak;\n\t\t\tmsleep(1);\n\t\t}", Decision.AGREES),
        ("count += (cond);", Decision.UNKNOWN),
    ],
)
def test_a_macro_that_polls_waits(body: str, decision: Decision) -> None:
    lines = body.replace("\n", " \\\n")
    macro = f"#define pond_poll_timeout(cond) \\\n\t({{ \\\n\t\t{lines} \\\n\t}})\n"
    code = CODE % ("pond->n++;", "pond_poll_timeout(!pond->ducks);")
    header = {"include/linux/pond.h": macro}
    assert decided("operation-stands-here", "fs/pondfs/pond.c", code, **header) == [decision]
