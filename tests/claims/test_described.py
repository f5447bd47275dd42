"""The members that kernel-doc describes."""

from __future__ import annotations

import pytest

from reviewer.claims.extract import MAX_MENTIONS, builtin_reader
from reviewer.source.file import SourceFile


def _members(code: str) -> list[tuple[str, str, int]]:
    (comment, *_) = SourceFile.parse("mm/heron.h", code.encode()).comments
    return [
        (claim.object.name, claim.get("of"), claim.line)
        for claim in builtin_reader().read(comment)
        if claim.object is not None and claim.object.concept == "member"
    ]


def test_each_member_of_an_aggregate_is_a_claim() -> None:
    lines = ("/**", " * struct heron - a bird", " * @legs: two", " * @wing.span[]: of each")
    code = "\n".join([*lines, " * See @tail.", " */", ""]) + "struct heron { int legs; };\n"
    assert _members(code) == [("legs", "heron", 3), ("span", "heron", 4)]


def test_kernel_doc_inside_of_a_body_describes_the_next_member() -> None:
    (comment,) = SourceFile.parse(
        "mm/heron.h", b"struct heron {\n\t/** @legs: two */\n\tint legs;\n};\n"
    ).comments
    (claim,) = builtin_reader().read(comment)
    assert claim.object is not None
    assert (claim.object.name, claim.get("of")) == ("legs", "")


@pytest.mark.parametrize(
    "comment",
    [
        "/*\n * struct heron - a bird\n * @legs: two\n */\n",
        "/**\n * heron() - a bird\n * @legs: two\n */\n",
        "/**\n * struct heron - a bird\n *\n * Such as::\n *\n * @legs: two\n */\n",
    ],
)
def test_other_comments_describe_no_members(comment: str) -> None:
    assert not _members(comment + "struct heron { int legs; };\n")


def test_members_are_read_up_to_a_bound_that_is_told() -> None:
    lines = ["/**", " * struct heron - a bird", *(f" * @m{one}: x" for one in range(600)), " */"]
    code = "\n".join(lines) + "\nstruct heron { int m1; };\n"
    (comment,) = SourceFile.parse("mm/heron.h", code.encode()).comments
    reading = builtin_reader().reading(comment)
    assert len(reading.claims) <= MAX_MENTIONS + 1
    assert [(one.concepts, one.line) for one in reading.unread] == [
        (("too-long",), MAX_MENTIONS + 3)
    ]
