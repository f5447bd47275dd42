"""A digest of code: the same while comments between statements change, and only then."""

from __future__ import annotations

import pytest

from reviewer.source.between import code_digest
from reviewer.source.file import SourceFile

CODE = """\
#ifndef POND_H /* once */
#define POND_H \\
	/* empty */ 1
/* Fills it. */
int pond_fill(int a, /* how much */ int b)
{
	/* First
	this. */
	if (a /* or not */ && b)
		a = /* then */ b;
	pond_wait(a, ({ a++; /* before */ a; }));
	return a; // that is all
}
#endif
/* The end. */
"""


def digest(text: str) -> bytes:
    return code_digest(SourceFile.parse("mm/pond.c", text.encode()))


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("Fills", "Drains"),
        ("First\n", "Then\n"),
        ("that is all", "no more"),
        (" // that is all", ""),
        ("The end", "Not yet"),
        ("/* The end. */\n", ""),
        ("/* The end. */\n", "/* The end. */\n/*\n * Of it.\n */\n"),
        ("/* First\n	this. */", "/* First */ /*\n this */"),
    ],
)
def test_comments_between_statements_do_not_count(old: str, new: str) -> None:
    assert digest(CODE.replace(old, new)) == digest(CODE)


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("once", "twice"),
        ("empty", "full"),
        ("how much", "how little"),
        ("or not", "or so"),
        ("then", "now"),
        ("before", "after"),
        ("First\n", "First\n\n"),  # the lines below are others
        ("a = ", "b = "),
        ("/* First\n", "*/ /* First\n"),
    ],
)
def test_all_else_does(old: str, new: str) -> None:
    assert digest(CODE.replace(old, new)) != digest(CODE)


def test_a_comment_that_hides_code_counts() -> None:
    assert digest("int a;\n/* int b; */\n") != digest("int a;\nint b;\n")
    assert digest('char *s = "/* x */";\n') != digest('char *s = "/* y */";\n')
    assert digest("int a; /* x */ int b;\n") == digest("int a; /* y */ int b;\n")


def test_a_comment_says_how_far_a_macro_goes() -> None:
    longer = "#define FILL a++; /* first\nthis */b++;\nint c;\n"
    assert digest(longer) != digest("#define FILL a++; /* first */\nb++;\nint c;\n")
