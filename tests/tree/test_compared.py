"""Questions that are compared: what they leave, and when they are asked again."""

from __future__ import annotations

from collections.abc import Mapping

import pytest

from reviewer.review.asked import Answers, Block, asked_bytes, asked_in, questions_bytes
from reviewer.tree.compared import COVERED, QUESTION, Question, ask, questions
from reviewer.tree.trace import Asked, comparing, key, note, recording, traced_cache


class Pond:
    """Stands for a tree: how deep its ponds are."""

    stands_for = "pond"

    def __init__(self, **depths: int) -> None:
        self.depths = depths
        self.asked: list[str] = []

    def depth(self, name: str) -> int:
        note(Asked.TEXT, name)
        self.asked.append(name)
        return self.depths.get(name, 0)


@traced_cache(maxsize=8, compared=True)
def is_deep(pond: Pond, name: str) -> bool:
    return pond.depth(name) > 2


@traced_cache(maxsize=8, compared=True)
def first_deep(pond: Pond, names: tuple[str, ...]) -> str:
    return next((one for one in names if is_deep(pond, one)), "")


@traced_cache(maxsize=8, compared=True)
def has_deep(pond: Pond, names: tuple[str, ...]) -> bool:
    return any(is_deep(pond, one) for one in names)


@traced_cache(maxsize=8, compared=True)
def as_object(pond: Pond) -> object:
    note(Asked.TEXT)
    return object()


def asked_of(pond: Pond, *names: str) -> set[int]:
    with comparing(), recording() as keys:
        first_deep(pond, names)
    return keys


def answers(asked: set[int], changed: set[int], now: Pond) -> Answers:
    def again(question: Question) -> Mapping[int, Question]:
        with comparing(), recording() as keys:
            ask(question, {"pond": now})
        return questions(keys)

    return Answers([Block(questions_bytes(questions(asked)))], changed, again)


def test_a_question_stands_for_what_it_was_worked_out_from() -> None:
    keys = asked_of(Pond(north=1, south=5), "north", "south")
    numbers = {one for one in keys if one >= QUESTION}
    assert len(numbers) == 1
    assert keys - numbers == {key(Asked.TEXT, name) | COVERED for name in ("north", "south")}
    assert len(questions(keys)) == 3, "two that it asked, and itself"


def test_without_anybody_who_keeps_them_keys_are_plain() -> None:
    with recording() as keys:
        first_deep(Pond(north=5), ("north",))
    assert keys == {key(Asked.TEXT, "north")}
    with comparing(), recording() as known:
        first_deep(Pond(north=5), names=("north",))
    assert key(Asked.TEXT, "north") | COVERED in known, (
        "by name it is not compared, what it asks is"
    )


@pytest.mark.parametrize(
    ("now", "stands", "asked"),
    [
        ({"north": 1, "south": 5}, True, ["south"]),
        ({"north": 1, "south": 4}, True, ["south"]),
        ({"north": 1, "south": 1}, False, ["south", "north"]),
    ],
)
def test_what_changed_is_asked_again_and_what_rests_on_it_if_need_be(
    now: dict[str, int], stands: bool, asked: list[str]
) -> None:
    keys = asked_of(Pond(north=1, south=5), "north", "south")
    pond = Pond(**now)
    found = answers(keys, {key(Asked.TEXT, "south")}, pond)
    (number,) = (one for one in keys if one >= QUESTION)
    assert found.stands(int(number)) is stands
    assert pond.asked == asked


def test_nothing_is_asked_where_nothing_changed() -> None:
    keys = asked_of(Pond(north=5), "north")
    pond = Pond()
    found = answers(keys, {key(Asked.TEXT, "east")}, pond)
    assert all(found.stands(int(one)) for one in keys if one >= QUESTION)
    assert not found.stands(QUESTION + 1), "nobody knows such a question"
    assert pond.asked == []


def test_the_way_to_the_same_answer_takes_the_place_of_the_old_one() -> None:
    """Else a change of what it rests on today would not be seen."""
    before, now = Pond(north=5), Pond(south=5)
    with comparing(), recording() as keys:
        has_deep(before, ("north", "south"))
    assert key(Asked.TEXT, "south") | COVERED not in keys
    (number,) = (int(one) for one in keys if one >= QUESTION)
    found = answers(keys, {key(Asked.TEXT, "north")}, now)
    assert found.stands(number)
    known: dict[int, Question] = {}
    for block in found.left():
        known |= block.questions()
    with comparing(), recording() as fresh:
        has_deep(now, ("north", "south"))
    assert known == questions(fresh)


def test_what_cannot_be_compared_is_refused() -> None:
    with comparing(), recording(), pytest.raises(TypeError, match="no answer"):
        as_object(Pond())


def test_keys_and_questions_survive_their_bytes() -> None:
    keys = asked_of(Pond(north=5), "north") | {key(Asked.CODE, "pond.c")}
    plain, numbers = asked_in(asked_bytes(keys))
    assert list(plain) == [key(Asked.CODE, "pond.c")]
    assert set(numbers) == {int(one) for one in keys if one >= QUESTION}
    known = questions(keys)
    assert Block(questions_bytes(known)).questions() == known
    with pytest.raises(ValueError, match="cut"):
        Block(questions_bytes(known)[:-8])
