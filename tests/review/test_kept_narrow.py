"""What a later scan judges again: who asked what has another answer, and says what all would say.

Each change is made to a tree whose files ask of each other what rules ask: helpers of headers,
names that are gone, members that many structs have, suggestions by words.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path

import pytest

from reviewer.review.request import Request
from reviewer.review.scan import scan
from reviewer.review.worker import Judged, judge_batch
from tests.review.plantation import plant

HEADER = """\
/* Level of a pond. */
struct heron {
	spinlock_t lock;
	int wings;
};

static inline void heron_enter(struct heron *heron)
{
	spin_lock(&heron->lock);
}

static inline void heron_leave(struct heron *heron)
{
	spin_unlock(&heron->lock);
}

static inline int heron_legs(struct heron *heron)
{
	return 2;
}
"""
USER = """\
#include <linux/heron.h>

/* Callers must hold heron->lock. Its wings are told by heron_wings_count(). */
static int heron_fly(struct heron *heron)
{
	return heron->wings;
}

/* As heron_legs() does. heron->lock guards wings. */
int heron_start(struct heron *heron)
{
	int height;

	heron_enter(heron);
	height = heron_fly(heron);
	heron_leave(heron);
	return height;
}
"""
OTHER = """\
struct duck {
	spinlock_t lock;
	int feet;
};

/* duck->feathers is under duck->lock, and duck_dive_deep() takes it. */
int duck_swim(struct duck *duck)
{
	spin_lock(&duck->lock);
	duck->feet = 2;
	spin_unlock(&duck->lock);
	return 0;
}
"""
FILES = {
    "include/linux/heron.h": HEADER,
    "drivers/heron.c": USER,
    "drivers/duck.c": OTHER,
}
ALL = ["drivers/duck.c", "drivers/heron.c", "include/linux/heron.h"]


@pytest.fixture
def tree(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("KSTALE_CACHE", str(tmp_path / "cache"))
    tree = plant(tmp_path / "linux")
    for path, text in FILES.items():
        (tree / path).parent.mkdir(parents=True, exist_ok=True)
        (tree / path).write_text(text)
    return tree


@pytest.fixture
def judged(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The files that are judged from here on."""
    paths_judged: list[str] = []

    def judge(request: Request, paths: Sequence[str]) -> tuple[Judged, ...]:
        paths_judged.extend(paths)
        return judge_batch(request, paths)

    monkeypatch.setattr("reviewer.review.scan.judge_batch", judge)
    return paths_judged


def ledger_line(entry: object) -> str:
    return repr(entry)


def told(tree: Path, *, ledger: bool = False) -> tuple[str, list[str]]:
    """The report, and the ledger if it is asked for."""
    lines: list[str] = []
    request = Request(str(tree), ledger=ledger_line if ledger else None)
    report = scan(request, lines=lines.append if ledger else None)
    return repr((report.findings, report.stats)), lines


def edited(path: str, old: str, new: str) -> Callable[[Path], None]:
    def edit(tree: Path) -> None:
        text = (tree / path).read_text()
        assert old in text
        (tree / path).write_text(text.replace(old, new))

    return edit


def written(path: str, text: str) -> Callable[[Path], None]:
    def write(tree: Path) -> None:
        (tree / path).write_text(text)

    return write


def removed(path: str) -> Callable[[Path], None]:
    def remove(tree: Path) -> None:
        (tree / path).unlink()

    return remove


USES_HEADER = ["drivers/heron.c", "include/linux/heron.h"]
CHANGES: dict[str, tuple[Callable[[Path], None], list[str]]] = {
    "lines moved": (
        edited("include/linux/heron.h", "struct heron {", "\nstruct heron {"),
        ["include/linux/heron.h"],
    ),
    "another body": (
        edited("include/linux/heron.h", "return 2;", "return 1 + 1;"),
        ["include/linux/heron.h"],
    ),
    "the helper's body": (
        edited("include/linux/heron.h", "\tspin_lock(&heron->lock);\n", ""),
        USES_HEADER,
    ),
    "a comment": (
        edited("include/linux/heron.h", "Level of a pond", "Level of the pond"),
        ["include/linux/heron.h"],
    ),
    "a name like none that is asked for": (
        written("drivers/new.c", "int crane_sleep(int count)\n{\n\treturn 0;\n}\n"),
        ["drivers/new.c"],
    ),
    "a name that is suggested": (
        written("drivers/new.c", "int heron_wing_count(int count)\n{\n\treturn 0;\n}\n"),
        ["drivers/heron.c", "drivers/new.c"],
    ),
    "a name that comes into being": (
        written("drivers/new.c", "int duck_dive_deep(int count)\n{\n\treturn 0;\n}\n"),
        ["drivers/duck.c", "drivers/new.c"],
    ),
    "a name gone": (
        edited("include/linux/heron.h", "int heron_legs(", "int heron_toes("),
        USES_HEADER,
    ),
    "a lock of a common name": (
        written("drivers/new.h", "struct swan {\n\tspinlock_t lock;\n\tint neck;\n};\n"),
        ["drivers/new.h"],
    ),
    "a file gone": (removed("drivers/duck.c"), []),
    "a member of the name": (
        edited("drivers/duck.c", "\tint feet;\n", "\tint feet;\n\tint feathers;\n"),
        ["drivers/duck.c"],
    ),
}


@pytest.mark.parametrize("ledger", [False, True])
@pytest.mark.parametrize("change", CHANGES)
def test_who_asked_what_has_changed_is_judged_again_and_all_is_told_alike(
    change: str,
    ledger: bool,
    tree: Path,
    judged: list[str],
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    edit, again = CHANGES[change]
    told(tree, ledger=ledger)
    judged.clear()
    edit(tree)
    after = told(tree, ledger=ledger)
    # A ledger names lines of the header, which move.
    wanted = {*again, "drivers/heron.c"} if ledger and change == "lines moved" else {*again}
    assert set(judged) == wanted
    assert told(tree, ledger=ledger) == after
    monkeypatch.setenv("KSTALE_CACHE", str(tmp_path / "fresh"))
    assert told(tree, ledger=ledger) == after


def test_changes_one_after_the_other_are_told_as_at_once(
    tree: Path, judged: list[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    told(tree)
    for name in ("another body", "lines moved", "the helper's body", "a name gone"):
        CHANGES[name][0](tree)
        judged.clear()
        after = told(tree)
        assert judged
        with monkeypatch.context() as patch:
            patch.setenv("KSTALE_CACHE", str(tmp_path / f"fresh {name}"))
            assert told(tree) == after


def test_an_answer_that_came_another_way_is_kept_by_that_way(tree: Path, judged: list[str]) -> None:
    """A helper that is asked again says the same by other code, which then counts."""
    told(tree)
    path = "include/linux/heron.h"
    edited(path, "\tspin_lock(&heron->lock);\n", "\theron_take(heron);\n")(tree)
    take = "static inline void heron_take(struct heron *heron)\n{\n\tspin_lock(&heron->lock);\n}\n"
    edited(path, "static inline void heron_enter", take + "\nstatic inline void heron_enter")(tree)
    told(tree)
    judged.clear()
    edited(path, take, take.replace("\tspin_lock(&heron->lock);\n", "\tmight_sleep();\n"))(tree)
    told(tree)
    assert set(judged) == set(USES_HEADER)
