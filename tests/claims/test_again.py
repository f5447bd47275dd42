"""Comments that are read again after a patch moved them."""

from __future__ import annotations

from inspect import cleandoc

import pytest

from reviewer.claims import again as again_module
from reviewer.claims.again import Again
from reviewer.claims.comments import read_file
from reviewer.claims.extract import builtin_reader
from reviewer.claims.reading import Reading
from reviewer.rule import Rule, builtin_rules, load_rules
from reviewer.source.file import SourceFile
from reviewer.source.model import CommentBlock


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


def test_a_comment_is_read_once(monkeypatch: pytest.MonkeyPatch) -> None:
    """And anew when more were read than are remembered."""
    reader = builtin_reader()
    seen: list[str] = []

    def read(comment: CommentBlock) -> Reading:
        seen.append(comment.text)
        return reader.reading(comment)

    monkeypatch.setattr(again_module, "_AT_MOST", 2)
    again = Again(read)
    code = b"/* Called with %s_lock held. */\nvoid %s(void)\n{\n}\n"
    first, second, third = (
        SourceFile.parse("mm/a.c", code % (name, name)) for name in (b"one", b"two", b"three")
    )
    for source in (first, second, first, second):
        (reading,) = read_file(source, reader, read=again.reading)
        assert reading.claims
    assert len(seen) == 2
    for source in (third, third):
        list(read_file(source, reader, read=again.reading))
    assert len(seen) == 3
    list(read_file(first, reader, read=again.reading))
    assert len(seen) == 4
