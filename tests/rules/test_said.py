"""What comments say that functions return and pass: in which words it is no claim."""

from __future__ import annotations

import pytest

from reviewer.verdict import Decision
from tests.support import decided

PATH = "mm/duck.c"
FAIL = "struct duck *fail(int n)\n{\n\treturn ERR_PTR(-EIO);\n}\n\n"
FIND = (
    "/**\n * find() - Find a duck.\n *\n * %s\n */\n"
    "struct duck *find(struct pond *pond)\n{\n\t%s\n}"
)
FEED = "/* %s */\nvoid feed(struct pond *pond, bool *done)\n{\n\tpond->food++;\n}"


@pytest.mark.parametrize(
    ("words", "broken"),
    [
        ("Return: The duck, or %NULL if there is none.", True),
        ("Looks for a duck and returns it, or %NULL if there is none.", True),
        ("find() returns %NULL where there is none.", True),
        ("Return: The duck or an ERR_PTR(), never %NULL.", False),
        ("Return: The duck. Does not return %NULL.", False),
        ("Return: an error pointer if @pond is %NULL.", False),
        ("Return: The duck, or an error pointer (not %NULL).", False),
        ("Return: The duck, an error pointer instead of %NULL.", False),
        ("Called where look_ducks() returns %NULL.", False),
        ("look_ducks() returns %NULL and not an error.", False),
        ("Should this return %NULL?", False),
    ],
)
def test_a_null_that_is_denied_tested_or_anothers(words: str, broken: bool) -> None:
    found = decided("returns-what-it-says", PATH, FIND % (words, "return ERR_PTR(-ENOENT);"))
    assert (Decision.BROKEN in found) is broken


@pytest.mark.parametrize(
    ("body", "decision"),
    [
        ("return ERR_PTR(-ENOENT);", Decision.BROKEN),
        ("if (err < 0)\n\t\treturn ERR_PTR(err);\n\treturn ERR_PTR(-EIO);", Decision.BROKEN),
        ("if (IS_ERR(d))\n\t\treturn ERR_CAST(d);\n\treturn ERR_PTR(-EIO);", Decision.BROKEN),
        ("return ERR_PTR(err);", Decision.UNKNOWN),
        ("return ERR_CAST(d);", Decision.UNKNOWN),
        ("return fail(1) ?: look(2);", Decision.UNKNOWN),
    ],
)
def test_an_error_pointer_of_no_error_is_null(body: str, decision: Decision) -> None:
    words = "Return: The duck, or %NULL if there is none."
    code = FAIL + FIND % (words, body)
    assert decided("returns-what-it-says", PATH, code) == [decision]


@pytest.mark.parametrize(
    ("words", "broken"),
    [
        ("Returns %true on success.", True),
        ("The firmware returns %true when done.", False),
        ("Returns %true in *done when it is fed.", False),
        ("Once look() has returned %true, feed them.", False),
        ("Wait until look() returns %true.", False),
        ("On return, is_fed() is guaranteed to be %true.", False),
    ],
)
def test_a_void_function_and_what_others_return(words: str, broken: bool) -> None:
    assert (Decision.BROKEN in decided("returns-what-it-says", PATH, FEED % words)) is broken


FILL = """
#define pour_reserved(p) pour(p, POND_RESERVE)

static int fill(struct pond *pond)
{
        /* %s */
        return %s;
}
"""


@pytest.mark.parametrize(
    ("words", "call", "decision"),
    [
        ("We pass POND_RESERVE.", "pour(pond, 0)", [Decision.BROKEN]),
        ("We pass POND_RESERVE.", "pour(pond, POND_RESERVE)", [Decision.AGREES]),
        ("We pass POND_RESERVE.", "pour_reserved(pond)", [Decision.UNKNOWN]),
        ("We must pass POND_RESERVE only when it is closed.", "pour(pond, 0)", []),
        ("Callers must pass POND_RESERVE.", "pour(pond, 0)", []),
        ("The user must always pass POND_RESERVE to get here.", "pour(pond, 0)", []),
        ("Should we pass POND_RESERVE here?", "pour(pond, 0)", []),
        ("If we pass POND_RESERVE, the water overflows.", "pour(pond, 0)", []),
        ("It dries up, and so pass POND_RESERVE would be wrong.", "pour(pond, 0)", []),
    ],
)
def test_a_flag_that_we_pass(words: str, call: str, decision: list[Decision]) -> None:
    assert decided("passed-as-said", PATH, FILL % (words, call)) == decision


ONLY = "static int dive(unsigned int flags)\n{\n\t/* %s */\n\t%s\n\treturn go(flags);\n}"


@pytest.mark.parametrize(
    ("words", "code", "decision"),
    [
        (
            "It only supports D_A and D_B.",
            "if (flags & ~(D_A | D_B))\n\t\treturn -1;",
            Decision.HOLDS,
        ),
        ("Only supports D_A and D_B.", "WARN_ON(flags & ~(D_A | D_B));", Decision.HOLDS),
        (
            "We go on. D_A is here; it only supports D_A and D_B.",
            "if (unlikely(flags & ~(D_A | D_B))) {\n\t\treturn -EINVAL;\n\t}",
            Decision.HOLDS,
        ),
        (
            "Only supports D_A and D_B.",
            "if (WARN_ON_ONCE(flags & ~(D_A | D_C)))\n\t\tgoto out;",
            Decision.BROKEN,
        ),
        ("It only supports D_A and D_B.", "flags = flags & ~(D_A | D_B);", None),
        ("It only supports D_A and D_B.", "go(flags & ~(D_A | D_B | D_C));", None),
        (
            "It only supports D_A and D_B.",
            "if (!(flags & ~(D_A | D_B)))\n\t\treturn -EINVAL;",
            None,
        ),
        ("If it only supports D_A and D_B.", "WARN_ON(flags & ~(D_A | D_B));", None),
        ("No longer only supports D_A and D_B.", "WARN_ON(flags & ~(D_A | D_B));", None),
        ("It only supports D_A and D_B.", f"if (flags & ~({'A' * 300} - 1)))", None),
    ],
)
def test_flags_that_are_cleared_or_listed_with_a_doubt_are_not_refused(
    words: str, code: str, decision: Decision | None
) -> None:
    found = decided("only-these-flags", PATH, ONLY % (words, code))
    assert found == ([] if decision is None else [decision])
