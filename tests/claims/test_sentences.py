"""Comments are cut into sentences; code is set apart; spans never overlap."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from reviewer.claims.sentences import MAX_SENTENCE, sentences


def cut(text: str) -> list[str]:
    return [" ".join(text[s.start : s.end].split()) for s in sentences(text)]


def test_stops_and_abbreviations() -> None:
    text = "Take the lock, e.g. foo_lock. Then go on, i.e. return.\nSee foo.c for more."
    assert cut(text) == [
        "Take the lock, e.g. foo_lock.",
        "Then go on, i.e. return.",
        "See foo.c for more.",
    ]


def test_list_items_are_sentences() -> None:
    text = "Rules:\n - hold the lock\n   for writing\n - do not sleep\n"
    assert cut(text) == ["Rules:", "hold the lock for writing", "do not sleep"]
    assert [s.item for s in sentences(text)] == [False, True, True]


def test_code_is_set_apart() -> None:
    text = "The order is:\n\n\tfoo->a = 1;\n\tsmp_wmb();\n\nThen the reader sees it."
    assert [s.snippet for s in sentences(text)] == [False, True, True, False]


def test_an_algorithm_in_words_is_set_apart() -> None:
    text = "For each duck:\n\tFeed it by new_meal(bread)\n\tNext\n\nThen ducks() are full."
    assert [s.snippet for s in sentences(text)] == [False, True, True, False]


def test_rules_for_each_are_no_algorithm() -> None:
    text = "For each duck:\n - hold the lock\n - feed it\n"
    assert [s.snippet for s in sentences(text)] == [False, False, False]


def test_kernel_doc_sections() -> None:
    text = "foo - do it\n@mm: the mm\n\nContext: Any context.\nReturn: 0"
    assert [s.section for s in sentences(text)] == ["", "@mm", "context", "return"]


@pytest.mark.parametrize(
    ("text", "parts"),
    [
        ("Feed the ducks of a pond\nMust be called with foo_lock held", 2),
        ("Feed the ducks of a pond\nThe caller holds foo_lock", 2),
        ("Feed the ducks of the\nThe Hague pond", 1),
        ("Feed the ducks, and\nCall the keeper", 1),
        ("Feed the ducks by\nUse_bread() as before", 1),
        ("Feed the ducks of\nPond Lane", 1),
        ("Feeders should not\nTake foo_lock", 1),
        ("Feed them if\nThe pond is open", 1),
        ("This wraps what was once\nCalled with foo_lock held", 1),
        ("feeder - what is done with each duck\nCalled with foo_lock held", 1),
        ("feeder: what is done with each duck\nMust not sleep", 1),
        ("@feed: what is done with each duck\n\tCalled with foo_lock held", 1),
        (" - what is done with each duck\n   Called with foo_lock held", 1),
    ],
)
def test_a_line_that_opens_with_a_capital_is_a_sentence(text: str, parts: int) -> None:
    assert len(cut(text)) == parts


@given(st.text(alphabet=st.sampled_from("ab .,:;-*@\n\t(){}1"), max_size=400))
def test_spans_are_in_order_and_bounded(text: str) -> None:
    last = 0
    for sentence in sentences(text):
        assert last <= sentence.start < sentence.end <= len(text)
        last = sentence.end


def test_a_long_run_is_cut() -> None:
    text = "word " * 2000
    assert all(s.end - s.start <= MAX_SENTENCE for s in sentences(text))


def test_what_is_indented_goes_on_with_the_member_above() -> None:
    text = (
        "struct pond - water\n\n@feed: called each day\n\n  May sleep.\n\n@fish: how many\n\nBack."
    )
    found = {text[one.start : one.end]: one.section for one in sentences(text)}
    assert found["May sleep."] == "@feed"
    assert found["Back."] == ""


def test_a_section_inside_a_member() -> None:
    text = (
        "struct pond_ops - what a pond does\n\n"
        "@fill: ``void ()(struct pond *pond)``\n\n\tFills the pond.\n\n"
        "\tLocking: @pond->lock taken.\n\tThis call must not sleep.\n\n\tNothing else.\n\n"
        "@drain: drains it.\n\nLocking: none.\n\nThe end."
    )
    found = {text[s.start : s.end]: (s.section, s.member) for s in sentences(text)}
    assert found["Fills the pond."] == ("@fill", "@fill")
    assert found["@pond->lock taken."] == ("locking", "@fill")
    assert found["This call must not sleep."] == ("locking", "@fill")
    assert found["Nothing else."] == ("@fill", "@fill")
    assert found["drains it."] == ("@drain", "@drain")
    assert found["none."] == ("locking", "")
    assert found["The end."] == ("", "")
