"""Which function a comment speaks of that stands over a prototype, or far from the code."""

from __future__ import annotations

from collections.abc import Mapping

from reviewer.review.bench import prepare
from reviewer.review.judge import Judgement, judge_file
from reviewer.review.model import Selection
from reviewer.verdict import Decision
from tests.judging.pond import PATH, world

_HEADER = "include/linux/pond.h"
_PROTOTYPE = "/* Must be called with fish_mutex held. */\nvoid stock(struct pond *p);"
_ASSERTS = "void stock(struct pond *p)\n{\n        lockdep_assert_held(&fish_mutex);\n}"
_TAKES = (
    "void stock(struct pond *p)\n{\n        mutex_lock(&fish_mutex);\n        p->fish++;\n"
    "        mutex_unlock(&fish_mutex);\n}"
)
_STUB = "static inline void stock(struct pond *p)\n{\n}"


def _decisions(path: str, files: Mapping[str, str]) -> list[Decision]:
    library = world({PATH: "DEFINE_MUTEX(fish_mutex);", **files}).library
    source = library.source(path)
    assert source is not None
    bench = prepare(Selection(only=("caller-holds-lock",)))
    entries = judge_file(Judgement(bench, library), source).entries
    return [one.verdict.decision for one in entries if one.rule and one.claim.object is not None]


def test_a_prototype_is_of_the_one_definition() -> None:
    assert _decisions(_HEADER, {_HEADER: _PROTOTYPE, "mm/pond.c": _ASSERTS}) == [Decision.AGREES]
    assert _decisions(_HEADER, {_HEADER: _PROTOTYPE, "mm/pond.c": _TAKES}) == [Decision.BROKEN]


def test_a_prototype_is_not_of_the_stub_beside_it() -> None:
    header = f"#ifdef CONFIG_POND\n{_PROTOTYPE}\n#else\n{_STUB}\n#endif"
    assert _decisions(_HEADER, {_HEADER: header, "mm/pond.c": _TAKES}) == [Decision.BROKEN]


def test_of_two_architectures_none_is_meant() -> None:
    arm = "arch/arm64/include/asm/pond.h"
    files = {_HEADER: _PROTOTYPE, "arch/x86/mm/pond.c": _ASSERTS}
    assert _decisions(_HEADER, files) == [Decision.AGREES]
    assert _decisions(_HEADER, {**files, arm: _STUB}) == [Decision.AGREES]
    assert _decisions(_HEADER, {**files, arm: f"static inline {_TAKES}"}) == []


def test_another_drivers_static_function_is_not_meant() -> None:
    words = "/*\n * Some words.\n * stock() must be called with fish_mutex held.\n */\nint x;"
    files = {"mm/words.c": words, "mm/pond.c": f"static {_ASSERTS}"}
    assert _decisions("mm/words.c", files) == [Decision.AGREES]
    away = {"mm/words.c": words, "drivers/pond/pond.c": f"static {_ASSERTS}"}
    assert _decisions("mm/words.c", away) == []
