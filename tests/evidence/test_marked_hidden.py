"""What touches a marked member by other words: macros, helpers, whole objects."""

from __future__ import annotations

import pytest

from reviewer.evidence.models import hidden
from reviewer.evidence.models.pairs import Answer, PairModel
from tests.evidence.teal import asked, with_lines

MACROS = """
    #define LIMIT_OF(bird) ((bird)->limit)
    #define limit_of_t t->limit
"""


@pytest.mark.parametrize(
    "lines",
    [
        "kstrtoint(buf, 0, &t->limit);",
        "memset(t, 0, sizeof(*t));",
        "*t = *other;",
        "copy_from_user(t, buf, sizeof(struct teal));",
        "__set_bit(2, &t->limit);",
        "settle(&t->limit);",
        "settle(&t->limit, READ_ONCE(t->limit));",
        "memset(t, 0, sizeof *t);",
        "memset((void *)t, 0, TEAL_SIZE);",
        "*(t) = other;",
        "t[0] = other;",
        "*(int *)((char *)t + offsetof(struct teal, limit)) = 4;",
        "LIMIT_OF(t) = 4;",
        "limit_of_t = 4;",
    ],
)
def test_what_touches_the_place_by_other_words_is_not_passed_over(lines: str) -> None:
    assert asked(MACROS + with_lines("t->depth = 1;")).answer is Answer.FORBIDS
    model = asked(MACROS + with_lines(lines))

    assert model.answer is Answer.UNKNOWN
    assert model.why.startswith("what is done to teal.limit at net/example.c:")


@pytest.mark.parametrize(
    "header",
    [
        "#define set_teal(bird) ((bird)->limit = 4)",
        "#define set_limit(bird) ((bird)->limit = 4)\n#define set_teal(bird) set_limit(bird)",
    ],
)
def test_a_macro_of_a_header_that_spells_the_member(header: str) -> None:
    code = with_lines("set_teal(t);")
    assert asked(code, header="#define set_teal(bird) ((bird)->depth = 4)").answer is (
        Answer.FORBIDS
    )
    model = asked(code, header=header)

    assert model.answer is Answer.UNKNOWN
    assert model.why.startswith("what is done to teal.limit at net/example.c:")


@pytest.mark.parametrize(
    ("macro", "use"),
    [
        ("#define SET(bird, member) ((bird)->member)", "SET(t, {}) = 4;"),
        (
            "#define AT(b, m) ((b)->m)\n#define SET(bird, member) AT(bird, member)",
            "SET(t, {}) = 4;",
        ),
        ("#define SET(bird, name) ((bird)->name##t = 4)", "SET(t, {:.4});"),
        ("#define SET(bird, name) ((bird)->{:.2}##name = 4)", "SET(t, x);"),
    ],
)
def test_a_macro_that_is_given_the_member(macro: str, use: str) -> None:
    def given(member: str, *, here: bool) -> PairModel:
        text = macro.format(member) if "{" in macro else macro
        code = with_lines(use.format(member))
        return asked(f"{text}\n{code}") if here else asked(code, header=text)

    for here in (True, False):
        model = given("limit", here=here)
        assert model.answer is Answer.UNKNOWN
        assert model.why.startswith("what is done to teal.limit at net/example.c:")
        if "->name##" not in macro:
            assert given("depth", here=here).answer is Answer.FORBIDS


@pytest.mark.parametrize(
    ("lines", "answer"),
    [
        ("t->limit = 4;", Answer.UNKNOWN),
        ("t->depth = 4;", Answer.FORBIDS),
        ("struct duck *d = duck_of(t);\n d->limit = 4;", Answer.FORBIDS),
    ],
)
def test_what_is_deeper_than_helpers_are_followed(lines: str, answer: Answer) -> None:
    helpers = "".join(
        f"    static void teal_{n}(struct teal *t)\n    {{\n    {line}\n    }}\n\n"
        for n, line in [(5, lines), *((n, f"teal_{n + 1}(t);") for n in (4, 3, 2, 1))]
    )
    code = with_lines("teal_1(t);").replace(
        "    static int teal_limit", helpers + "    static int teal_limit"
    )

    assert asked(code).answer is answer


def test_more_helpers_than_are_looked_at_are_not_passed_over(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    helpers = "".join(
        f"    static void teal_{n}(struct teal *t)\n    {{\n    {line}\n    }}\n\n"
        for n, line in [(9, "t->limit = 4;"), *((n, f"teal_{n + 1}(t);") for n in range(8, 0, -1))]
    )
    code = with_lines("teal_1(t);").replace(
        "    static int teal_limit", helpers + "    static int teal_limit"
    )
    monkeypatch.setattr(hidden, "_REACHED", 7)
    model = asked(code)

    assert model.answer is Answer.UNKNOWN
    assert model.why.startswith("what is done to teal.limit at net/example.c:")
