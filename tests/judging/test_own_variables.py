"""A helper's own variables are not its caller's, whatever they are called."""

from __future__ import annotations

import pytest

from reviewer.verdict import Decision
from tests.judging.pond import judged

_COMMENT = "/* {words} p->fish_lock{more}. */\nvoid pond_feed(struct pond *p)\n{{\n"
_TAKES = "void farm_take(struct pond *{given})\n{{\n        {first}\n        {takes};\n}}\n"
_OTHERS = (
    ("q", "struct pond *p = q->next;"),
    ("q", "struct pond *a, *p = q->next;"),
    ("q", "const struct pond *p; p = farm_first(q);"),
    ("q", "typeof(*q) *p = farm_first(q);"),
    ("p", "p = p->next;"),
    ("p", "list_for_each_entry(p, &farm, list)"),
)
_THIS = (("q", "struct pond *a = q;"), ("p", "p->next = NULL;"), ("q", "struct pond *p = q;"))


def _returns(helper: str, before: str = "static ") -> Decision:
    comment = _COMMENT.format(words="Returns with", more=" held")
    return judged(
        before + helper + comment + "        farm_take(p);\n}\n", "returns-with-lock"
    ).decision


@pytest.mark.parametrize(("given", "first"), _OTHERS)
def test_a_helper_that_takes_another_objects_lock(given: str, first: str) -> None:
    takes = "spin_lock(&p->fish_lock)"
    helper = _TAKES.format(given=given, first=first, takes=takes)
    assert _returns(helper) is Decision.UNKNOWN
    drops = helper.replace(takes, takes + "; p->fish++; spin_unlock(&p->fish_lock)")
    comment = _COMMENT.format(words="Caller must hold", more="")
    assert judged("static " + drops + comment + "        farm_take(p);\n}\n").decision is (
        Decision.UNKNOWN
    )


@pytest.mark.parametrize(("given", "first"), _THIS)
def test_a_helper_that_takes_the_lock_of_what_it_is_given(given: str, first: str) -> None:
    root = "p" if "*p" in first else given
    helper = _TAKES.format(given=given, first=first, takes=f"spin_lock(&{root}->fish_lock)")
    assert _returns(helper) is Decision.HOLDS


@pytest.mark.parametrize(
    "helper",
    [
        "do {{ if (q->wild) break; {takes}; }} while (0);\n}}\n",
        "{takes};\n}}\n#else\nstatic void farm_take(struct pond *q)\n{{\n}}\n#endif\n",
    ],
)
def test_a_helper_that_does_not_always_take_it(helper: str) -> None:
    body = helper.format(takes="spin_lock(&q->fish_lock)")
    start = "#ifdef CONFIG_SMP\n" if "#else" in body else ""
    assert _returns("void farm_take(struct pond *q)\n{\n" + body, f"{start}static ") is (
        Decision.UNKNOWN
    )


@pytest.mark.parametrize("macros", ["{takes}{nothing}", "{nothing}{takes}"])
def test_a_macro_that_is_defined_for_two_configurations(macros: str) -> None:
    takes = "#define farm_take(q) spin_lock(&(q)->fish_lock)\n"
    nothing = "#define farm_take(q) do { } while (0)\n"
    assert _returns(takes, "") is Decision.HOLDS
    assert _returns(macros.format(takes=takes, nothing=nothing), "") is not Decision.HOLDS
