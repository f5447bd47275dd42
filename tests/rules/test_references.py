"""What mentions of vanished names say, and which mentions are no such thing."""

from __future__ import annotations

import pytest

from reviewer.judging.paths import moved_to
from reviewer.review.judge import Judgement, judge_file, prepare
from reviewer.review.model import Selection
from reviewer.review.scan import findings
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
    )
    tree = MemoryTree(dict.fromkeys(names, b""))
    assert moved_to(path, tree) == today
