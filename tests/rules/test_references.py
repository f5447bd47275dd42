"""What mentions of vanished names say, and which mentions are no such thing."""

from __future__ import annotations

import pytest

from reviewer.judging.paths import moved_to
from reviewer.review.bench import prepare
from reviewer.review.findings import findings
from reviewer.review.judge import Judgement, judge_file
from reviewer.review.model import Selection
from reviewer.source.file import SourceFile
from reviewer.world import Library
from tests.support import MemoryTree, memory_index

_BENCH = prepare(Selection(only=("references",)))


def _messages(code: str) -> list[str]:
    tree = MemoryTree({"mm/here.c": code.encode()})
    library = Library(tree, memory_index(tree))
    source = SourceFile.parse("mm/here.c", code.encode())
    found = findings(judge_file(Judgement(_BENCH, library), source).entries)
    return [one.verdict.message for one in found]


@pytest.mark.parametrize(
    "comment",
    [
        "[6] check_all_geese_2() under the lock",
        "Use raw_goose_ops to avoid the overhead.",
        "For each goose:\n *     Compute a new_goose_mean(goose, weight)",
        "Or we could insist on a special goose_feed_all_now() here.",
        "The calls of goose_feed_all_now() are now missing.",
    ],
)
def test_no_mention_of_a_function_of_today(comment: str) -> None:
    code = (
        f"int raw_goose_inc(void);\n\n/*\n * {comment}\n */\nint goose(void)\n{{\n\treturn 0;\n}}\n"
    )
    assert _messages(code) == []


def test_a_heading_means_what_stands_below() -> None:
    code = (
        "/**\n * struct old_goose_data - settings\n * @n: how many\n */\n"
        "struct gander_conf {\n\tint n;\n};\n"
    )
    assert [m.partition("Perhaps ")[2] for m in _messages(code)] == ["gander_conf is meant."]


def test_a_name_of_the_same_sentence_is_not_suggested() -> None:
    code = (
        "int goose_ss_mask(void);\n\n"
        "/* Match goose_ss_mask() and goose_sv_mask(). */\nint goose(void)\n{\n\treturn 0;\n}\n"
    )
    assert [m.partition("Perhaps ")[2] for m in _messages(code)] == [""]


@pytest.mark.parametrize(
    ("path", "today"),
    [
        ("kernel/goose.c", "kernel/goose/goose.c"),
        ("arch/i386/kernel/setup.c", "arch/x86/kernel/setup.c"),
        ("arch/tile/kernel/setup.c", ""),
        ("drivers/base/pool.c", "mm/pool.c"),
        ("kernel/swan.c", "kernel/swan/"),
        ("kernel/teal.c", ""),
        ("Documentation/duck/eggs.rst", ""),
        ("Documentation/duck/eggs.txt", ""),
    ],
)
def test_where_a_file_went(path: str, today: str) -> None:
    names = (
        "kernel/goose/goose.c",
        "kernel/bpf/goose.c",
        "arch/x86/kernel/setup.c",
        "arch/sh/kernel/setup.c",
        "mm/pool.c",
        "tools/pool.c",
        "kernel/swan/core.c",
        "kernel/swan/swan.h",
        "kernel/inner/teal.h",
        "Documentation/translations/zh_CN/duck/eggs.rst",
    )
    tree = MemoryTree(dict.fromkeys(names, b""))
    assert moved_to(path, tree) == today


_GOOSE = "int goose(void)\n{\n\treturn 0;\n}\n"


@pytest.mark.parametrize(
    "comment",
    [
        "The flag is not looked at any more, see goose_feed_all_now() for the rest.",
        "goose_feed_all_now() was called with the lock held, so nobody is left.",
        "The former is done, the latter by goose_feed_all_now().",
        "Based on the weight of each of the geese, as goose_feed_all_now() has it.",
        "Until goose_feed_all_now()-like users are gone we take both.",
        "Beware of a race with goose_feed_all_now, which takes no lock.",
        "Checked by the goose_fed function.",
        "The goose_feed_list code always runs with interrupts on.",
    ],
)
def test_told_of_today(comment: str) -> None:
    assert len(_messages(f"/* {comment} */\n{_GOOSE}")) == 1


@pytest.mark.parametrize(
    "comment",
    [
        "goose_feed_all_now() is no longer called from here.",
        "This was goose_feed_all_now() before.",
        "This name is bad: it should be called goose_feed_all_now().",
        "Both are slow; maybe introduce goose_feed_all_now() for them.",
        "(goose_feed_all_now() would be a better name.)",
        "Alan Goose :\tNULL return from goose_feed_all_now()",
        "- fixed goose_feed_all_now(), now feed()",
        "One of the goose_fed functions has been here.",
        "The 'goose_fed_all_of_them' list is sorted.",
        "For goose_lX_feed() and others the same holds.",
    ],
)
def test_not_told_of_today(comment: str) -> None:
    assert _messages(f"/*\n * {comment}\n */\n{_GOOSE}") == []


def test_a_word_that_is_the_whole_comment_of_a_statement_is_a_label() -> None:
    body = "int goose_mach_op;\nint goose(void)\n{{\n\t/* {} */\n\treturn feed();\n}}\n"
    assert _messages(body.format("old_goose_mach_op")) == []
    assert len(_messages(body.format("see old_goose_mach_op() for it"))) == 1


def test_a_name_that_is_gone_is_told_of_once_a_comment() -> None:
    comment = (
        "/**\n * goose - feed\n * @a: given to goose_feed_all_now(), not to goose_feed_all_now()\n"
        " * @b: as goose_feed_all_now() wants it\n */\n"
    )
    assert len(_messages(comment + _GOOSE)) == 1


def test_a_plural_is_another_function_where_the_name_is_called() -> None:
    code = f"int goose_feed_herds(void);\n\n/* %s */\n{_GOOSE}"
    assert len(_messages(code % "Runs before goose_feed_herd().")) == 1
    assert _messages(code % "The goose_feed_herd macro and all goose_feed_herds() do.") == []


def test_constants_whose_kin_the_file_has_are_names_of_code() -> None:
    code = f"enum {{ GOOSE_REQ_FEED, GOOSE_REQ_WASH }};\n\n/* %s */\n{_GOOSE}"
    assert len(_messages(code % "This sets GOOSE_REQ_UNHALT if food arrives.")) == 1
    assert _messages(code % "A GOOSE_REQ_UNHALT bit would be needed for food.") == []
