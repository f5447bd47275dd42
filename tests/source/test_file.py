"""Behaviour of SourceFile: comments, anchors, functions, conditions."""

from __future__ import annotations

from itertools import pairwise

from hypothesis import given
from hypothesis import strategies as st

from reviewer.source.comments import tokens
from reviewer.source.file import SourceFile
from reviewer.source.model import AnchorKind, CommentBlock
from reviewer.source.normalise import normalise

SAMPLE = b"""\
// SPDX-License-Identifier: GPL-2.0
/*
 * Counting cups.
 */
#include <linux/cups.h>

/* Protects the shelf. */
static DEFINE_SPINLOCK(shelf_lock);

/**
 * struct cup - a cup
 * @ref: how many hold it
 */
struct cup {
	int ref;	/* protected by shelf_lock */
	/* never changes */
	int size;
};

#ifdef CONFIG_TEA
/*
 * Caller holds shelf_lock.
 */
static int __must_hold(&shelf_lock) cup_fill(struct cup *cup, int (*pour)(int))
	__releases(x)
{
	int i;

	/* clear first */
	cup->ref = 0;
	smp_wmb();	// pairs with cup_drink()

	/* then go round */
	for_each_cup(i, cup) {
		// inside
		pour(i);
		/* nothing follows */
	}
	return 0;
}
#else
/* does nothing */
static inline void cup_fill(void) { }
#endif /* CONFIG_TEA */

SYSCALL_DEFINE2(drink, struct cup __user *, cup, unsigned long, flags)
{
	return 0;
}
"""


def sample() -> SourceFile:
    return SourceFile.parse("cup.c", SAMPLE)


def block(text: str) -> CommentBlock:
    return next(b for b in sample().comments if b.text.startswith(text))


def anchored(text: str) -> str:
    anchor = block(text).anchor
    return SAMPLE[anchor.start_byte : anchor.end_byte].decode()


def test_text_has_no_stars_and_exact_offsets() -> None:
    for found in sample().comments:
        assert len(found.text) == len(found.offsets)
        for char, offset in zip(found.text, found.offsets, strict=True):
            assert char == "\n" or SAMPLE[offset] == ord(char)
    assert block("struct cup").text == "struct cup - a cup\n@ref: how many hold it"


def test_every_comment_has_the_anchor_a_reader_expects() -> None:
    kinds = {b.text.split("\n")[0]: (b.anchor.kind, b.anchor.name) for b in sample().comments}
    assert kinds == {
        "SPDX-License-Identifier: GPL-2.0": (AnchorKind.FILE, ""),
        "Counting cups.": (AnchorKind.FILE, ""),
        "Protects the shelf.": (AnchorKind.DECLARATION, "shelf_lock"),
        "struct cup - a cup": (AnchorKind.STRUCT, "cup"),
        "protected by shelf_lock": (AnchorKind.FIELD, "cup.ref"),
        "never changes": (AnchorKind.FIELD, "cup.size"),
        "Caller holds shelf_lock.": (AnchorKind.FUNCTION, "cup_fill"),
        "clear first": (AnchorKind.STATEMENTS, ""),
        "pairs with cup_drink()": (AnchorKind.LINE, ""),
        "then go round": (AnchorKind.BRANCH, ""),
        "inside": (AnchorKind.STATEMENTS, ""),
        "nothing follows": (AnchorKind.BRANCH, ""),
        "does nothing": (AnchorKind.FUNCTION, "cup_fill"),
        "CONFIG_TEA": (AnchorKind.CONDITIONAL, "!defined(CONFIG_TEA)"),
    }


def test_statements_end_at_the_next_comment_or_block() -> None:
    assert anchored("clear first") == "cup->ref = 0;\n\tsmp_wmb();"
    assert anchored("pairs with") == "smp_wmb();"
    assert anchored("then go round").startswith("for_each_cup")
    assert anchored("then go round").endswith("return 0;")
    assert anchored("inside") == "pour(i);"
    assert anchored("nothing follows").startswith("for_each_cup")


def test_conditions_belong_to_the_anchor() -> None:
    assert block("clear first").anchor.conditions == ("defined(CONFIG_TEA)",)
    assert block("does nothing").anchor.conditions == ("!defined(CONFIG_TEA)",)
    assert block("Protects").anchor.conditions == ()


def test_functions_with_their_annotations() -> None:
    first, second, third = sample().functions
    assert (first.name, first.parameters, first.static) == ("cup_fill", ("cup", "pour"), True)
    assert set(first.annotations) == {"__releases(x)", "__must_hold(&shelf_lock)"}
    assert not first.has_error
    assert (second.name, second.parameters) == ("cup_fill", ())
    assert (third.name, third.parameters) == ("sys_drink", ("cup", "flags"))
    assert not third.has_error
    at = sample().function_at(SAMPLE.index(b"smp_wmb"))
    assert at is not None
    assert at.start_line == 24


def test_runs_of_line_comments_and_aligned_trailing_comments_are_one_block() -> None:
    data = b"int a;\t/* one\t*/\n\t/* two */\n// three\n// four\n\n// five\n"
    texts = [b.text for b in SourceFile.parse("x.c", data).comments]
    assert texts == ["one\ntwo", "three\nfour", "five"]


def test_include_guard_is_no_condition() -> None:
    data = b"#ifndef _X_H\n#define _X_H\n/* about x */\nint x;\n#endif\n"
    assert SourceFile.parse("x.h", data).comments[0].anchor.conditions == ()


@given(st.binary())
def test_any_bytes_can_be_read(data: bytes) -> None:
    file = SourceFile.parse("any.c", data)
    for found in file.comments:
        assert 0 <= found.anchor.start_byte <= found.anchor.end_byte <= len(data)
        assert len(found.text) == len(found.offsets)
    assert all(f.start_byte < f.end_byte <= len(data) for f in file.functions)


PIECES = st.sampled_from(
    [b"/*", b"*/", b"//", b'"', b"'", b"\\", b"\n", b"{", b"}", b"(", b")", b"#if A\n", b"#else\n",
     b"#endif\n", b" ", b";", b"x", b"struct s", b"for_each_x(a) ", b"int f(int a)\n{\n", b"\n}\n",
     b"typeof(x)", b"asm volatile(", b",", b"__init ", b"#define F(x) \\\n", b"if (a) ", b"else "]
)  # fmt: skip


@given(st.lists(PIECES, max_size=60).map(b"".join))
def test_any_kernel_like_text_can_be_read(data: bytes) -> None:
    file = SourceFile.parse("any.c", data)
    for found in file.comments:
        assert 0 <= found.anchor.start_byte <= found.anchor.end_byte <= len(data)
    assert all(f.start_byte < f.end_byte <= len(data) for f in file.functions)


@given(st.one_of(st.binary(), st.lists(PIECES, max_size=60).map(b"".join)))
def test_normalising_keeps_length_and_newlines(data: bytes) -> None:
    done = normalise(data).data
    assert len(done) == len(data)
    assert [i for i, c in enumerate(done) if c == 10] == [i for i, c in enumerate(data) if c == 10]


@given(st.lists(PIECES, max_size=40).map(b"".join))
def test_comments_and_literals_do_not_overlap(data: bytes) -> None:
    found = tokens(data)
    spans = sorted(found.comments + found.literals)
    assert all(left[1] <= right[0] for left, right in pairwise(spans))


def test_linkage_braces_and_case_labels_bound_anchors() -> None:
    data = b"""\
/* SPDX-License-Identifier: GPL-2.0 */
#undef OLD
extern "C" {
struct cup {
	/* whole */
	int size;
};
}
int f(int x)
{
	switch (x) {
	/* one */
	case 1:
		g();
		break;
	case 2:
		h();
	}
}
static const struct tea table[] = {
	{ /* green */
		.hot = 1,
	},
};
"""
    file = SourceFile.parse("x.h", data)
    found = {b.text: b.anchor for b in file.comments}
    assert found["SPDX-License-Identifier: GPL-2.0"].kind is AnchorKind.FILE
    assert found["whole"].name == "cup.size"
    assert (found["one"].start_line, found["one"].end_line) == (13, 15)
    assert (found["green"].start_line, found["green"].end_line) == (21, 23)


def test_a_comment_hanging_below_a_macro_speaks_of_it() -> None:
    data = b"#define A 1\n\t\t\t\t\t/* how many cups */\n#define B 2\n"
    (only,) = SourceFile.parse("x.h", data).comments
    assert (only.anchor.kind, only.anchor.name) == (AnchorKind.MACRO, "A")


def test_lines_that_speak_to_kstale_are_no_prose() -> None:
    data = b"/*\n * Takes the lock.\n * kstale: suppress foo: bar() sleeps\n * Fast.\n */\nint a;\n"
    (comment,) = SourceFile.parse("mm/a.c", data).comments
    assert comment.instructions == ("kstale: suppress foo: bar() sleeps",)
    assert comment.text.split() == ["Takes", "the", "lock.", "Fast."]
    assert data[comment.offsets[comment.text.index("Fast")] :].startswith(b"Fast")
