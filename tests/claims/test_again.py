"""Comments that are read again after a patch moved them."""

from __future__ import annotations

from inspect import cleandoc

import pytest

from reviewer.claims.again import Again
from reviewer.claims.comments import read_file
from reviewer.claims.extract import builtin_reader
from reviewer.rule import Rule, builtin_rules, load_rules
from reviewer.source.file import SourceFile


@pytest.mark.parametrize("rule", load_rules(builtin_rules()), ids=lambda one: one.name)
def test_moved_comments_are_read_as_anew(rule: Rule) -> None:
    reader = builtin_reader()
    again = Again(reader.reading)
    for example in (*rule.stale, *rule.sound):
        old = cleandoc(example.code).encode()
        moved = SourceFile.parse("mm/a.c", b"int a_line_more;\n\n" + old)
        list(read_file(SourceFile.parse("mm/a.c", old), reader, read=again.reading))
        assert list(read_file(moved, reader, read=again.reading)) == list(read_file(moved, reader))


def test_same_words_on_another_lock_are_read_anew() -> None:
    reader = builtin_reader()
    again = Again(reader.reading)
    code = b"struct a {\n\t/* inner lock, taken under b_lock */\n\tspinlock_t %s;\n};\n"
    for name in (b"one", b"two"):
        source = SourceFile.parse("mm/a.c", code % name)
        (fresh,) = read_file(source, reader)
        (reading,) = read_file(source, reader, read=again.reading)
        assert reading == fresh
        assert [one.subject for one in reading.claims] == [one.subject for one in fresh.claims]
