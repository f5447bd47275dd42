"""The program of a tree: what it knows, in memory, stored, and with a patch on it."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from reviewer.program.opening import open_program
from reviewer.tree.dialect import Dialect, code_of, words_of
from reviewer.tree.model import Index, Listed, NameKind
from reviewer.tree.overlay import Overlay
from reviewer.tree.trace import traced_cache
from reviewer.unit.store import Store
from reviewer.world import Library
from tests.support import MemoryTree

FILES = {
    "mm/pond.h": b"""
/* only_in_comment() is mentioned here */
struct pond {
	spinlock_t pond_lock;	/* guards nr_fish */
	int nr_fish, nr_ducks[4];
	void (*drain_op)(struct pond *pond);
};
enum pond_state { POND_DRY, POND_WET = 2 };
typedef struct pond pond_t;
#define POND_MAX 7
#define POND_FLAG(uname) static inline int Pond##uname(struct pond *p) { return 0; }
POND_FLAG(Frozen)
int pond_fill(struct pond *pond,
		int by);
extern int pond_level;
""",
    "mm/pond.c": b"""
#include "pond.h"
static DEFINE_MUTEX(pond_mutex);
int pond_level = 3;

/* pond_fill - fill it, calls old_fill() */
int pond_fill(struct pond *pond,
		int by)
{
	pr_info("in_string_only: %d\\n", by);
	pond->nr_fish += by;
	return pond_empty(pond, "}") ? '"' : 0;
}

static __always_inline __must_hold(&pond_mutex) bool
pond_empty(struct pond *pond)
{
	pond->drain_op = pond_drain;
	return pond_fill(pond, 1);
}
SYSCALL_DEFINE2(pondctl, int, what, int, how)
{
	return 0;
}
""",
    "arch/x86/entry.S": b"SYM_FUNC_START(pond_entry)\n\tcall pond_fill\n/* not_called */\n",
    "mm/Kconfig": b"config POND\n\tbool\n\thelp\n\t  Says HELP_WORD.\n",
    "tools/pond/test.c": b"int only_in_tools(void)\n{\n\treturn 0;\n}\n",
    "include/trace/events/pond.h": b"TRACE_EVENT(pond_drained,\n\tTP_PROTO(int a));\n",
}


@pytest.fixture(params=["stored", "in memory"])
def index(request: pytest.FixtureRequest, tmp_path: Path) -> Index:
    tree = MemoryTree(FILES)
    return open_program(tree, store=Store(tmp_path) if request.param == "stored" else None)


@pytest.mark.parametrize(
    ("name", "there"),
    [
        ("pond_fill", True),
        ("pond_entry", True),
        ("nr_ducks", True),
        ("POND_WET", True),
        ("PondFrozen", True),
        ("sys_pondctl", True),
        ("trace_pond_drained", True),
        ("CONFIG_POND", True),
    ],
)
def test_names_in_code_occur(index: Index, name: str, there: bool) -> None:
    assert index.complete
    assert index.occurs(name) is there
    assert index.used_in_kernel(name) is there


@pytest.mark.parametrize(
    "name", ["only_in_comment", "old_fill", "not_called", "HELP_WORD", "PondMelted", "guards"]
)
def test_words_of_prose_do_not_occur(index: Index, name: str) -> None:
    assert not index.occurs(name)


def test_strings_and_tools_are_told_apart(index: Index) -> None:
    assert not index.occurs("in_string_only")
    assert index.in_strings("in_string_only")
    assert index.occurs("only_in_tools")
    assert not index.used_in_kernel("only_in_tools")


@pytest.mark.parametrize(
    ("name", "kinds"),
    [
        ("pond_fill", {(NameKind.PROTOTYPE, "mm/pond.h", 13), (NameKind.FUNCTION, "mm/pond.c", 7)}),
        ("pond_empty", {(NameKind.FUNCTION, "mm/pond.c", 16)}),
        ("pond_lock", {(NameKind.LOCK, "mm/pond.h", 4)}),
        ("pond_mutex", {(NameKind.LOCK, "mm/pond.c", 3)}),
        ("drain_op", {(NameKind.FIELD, "mm/pond.h", 6)}),
        ("POND_MAX", {(NameKind.MACRO, "mm/pond.h", 10)}),
        ("POND_DRY", {(NameKind.ENUMERATOR, "mm/pond.h", 8)}),
        ("pond_t", {(NameKind.TYPEDEF, "mm/pond.h", 9)}),
        ("pond", {(NameKind.STRUCT, "mm/pond.h", 3)}),
        ("CONFIG_POND", {(NameKind.CONFIG, "mm/Kconfig", 1)}),
    ],
)
def test_definitions(index: Index, name: str, kinds: set[tuple[NameKind, str, int]]) -> None:
    assert {(d.kind, d.path, d.line) for d in index.definitions(name)} == kinds


def test_callers_with_the_function_they_stand_in(index: Index) -> None:
    found = {(c.caller, c.path, c.line, c.mention) for c in index.callers("pond_fill")}
    assert ("pond_empty", "mm/pond.c", 19, False) in found
    assert ("", "arch/x86/entry.S", 2, True) in found
    assert len(found) == 2
    assert [c.mention for c in index.callers("pond_drain")] == [True]


@pytest.mark.parametrize(
    ("name", "called"),
    [
        ("pond_fill", True),
        ("POND_MAX", True),
        ("pond_t", True),
        ("PondFrozen", True),
        ("nr_fish", False),
        ("POND_DRY", False),
        ("pond_lock", False),
    ],
)
def test_what_is_called_or_may_be(index: Index, name: str, called: bool) -> None:
    assert index.called(name) is called


def test_beginnings_of_names() -> None:
    index = open_program(MemoryTree(FILES))
    assert index.beginning("pond_f") == ("pond_fill",)
    assert index.beginning("PondF") == ("Pond*",)
    assert index.beginning("POND_", 9) == ("POND_DRY", "POND_FLAG", "POND_MAX", "POND_WET")
    assert index.beginning("POND_POND_") == ()


def test_config(index: Index) -> None:
    assert index.config("POND")
    assert not index.config("DUCKS")


def test_similar_names_a_likely_successor() -> None:
    index = open_program(MemoryTree(FILES))
    assert index.similar("pond_filled")[0] == "pond_fill"
    assert index.similar("something_else_entirely") == ()


def test_members_and_mentions() -> None:
    index = open_program(MemoryTree(FILES))
    assert index.members("pond") == {"pond_lock", "nr_fish", "nr_ducks", "drain_op"}
    assert index.mentions("only_in_comment") == ("mm/pond.h",)
    assert index.mentions("nr_fish") == ("mm/pond.h",)


def test_definitions_have_an_owner_an_end_and_a_linkage(index: Index) -> None:
    (lock,) = index.definitions("pond_lock")
    assert lock.owner == "pond"
    (empty,) = index.definitions("pond_empty")
    assert (empty.line, empty.end, empty.static) == (16, 20, True)
    (wet,) = index.definitions("POND_WET")
    assert wet.owner == "pond_state"


def test_a_patch_is_laid_over_the_program(tmp_path: Path) -> None:
    base = MemoryTree(FILES)
    changed = Overlay(base, {"mm/pond.c": b"int pond_refill(void)\n{\n\treturn 0;\n}\n"})
    index = open_program(changed, store=Store(tmp_path))
    assert index.occurs("pond_refill")
    assert not index.occurs("pond_mutex")
    assert index.occurs("pond_fill")
    assert [d.path for d in index.definitions("pond_fill")] == ["mm/pond.h"]
    assert [d.line for d in index.definitions("pond_refill")] == [1]
    gone = Overlay(changed, {"mm/pond.c": None})
    assert not index.over(gone).occurs("pond_refill")


@given(st.binary(max_size=300))
def test_blanking_keeps_length_and_lines(data: bytes) -> None:
    for kind in Dialect:
        code = code_of(data, kind)
        assert len(code) == len(data)
        assert [i for i, b in enumerate(code) if b == 10] == [
            i for i, b in enumerate(data) if b == 10
        ]
        words_of(code)


@given(st.binary(max_size=300), st.sampled_from(["a.c", "a.S", "Kconfig", "a.rs", "a.sh"]))
def test_any_bytes_are_indexed(data: bytes, path: str) -> None:
    index = open_program(MemoryTree({path: data}))
    assert index.complete
    assert not index.occurs("never_in_these_bytes")


_CONTENTS = st.sampled_from([b"int pond_a;\n", b"int pond_b;\n", b"int pond_a, pond_b;\n"])
_TREE = st.dictionaries(st.sampled_from(["mm/a.c", "mm/b.c", "tools/c.c", "z.c"]), _CONTENTS)
_CHANGES = st.dictionaries(
    st.sampled_from(["mm/a.c", "mm/b.c", "mm/n.c", "tools/c.c"]), _CONTENTS | st.none()
)


@given(_TREE, _CHANGES)
def test_a_patched_program_is_that_of_the_patched_tree(
    files: dict[str, bytes], changes: dict[str, bytes | None]
) -> None:
    """Also where files share their content, and where the kernel's and a tool's do."""
    base = MemoryTree(files)
    patched = open_program(base).over(Overlay(base, changes))
    after = {path: data for path, data in (files | changes).items() if data is not None}
    whole = open_program(MemoryTree(after))
    for name in ("pond_a", "pond_b"):
        assert patched.occurs(name) == whole.occurs(name)
        assert patched.used_in_kernel(name) == whole.used_in_kernel(name)
        assert patched.definitions(name) == whole.definitions(name)


_PONDS = st.sampled_from(
    [
        b"int pond_a(void)\n{\n\treturn 1;\n}\n",
        b"/* pond_b() fills it */\nint pond_a(void)\n{\n\treturn 1;\n}\n",
        b"int pond_b(void)\n{\n\treturn pond_a();\n}\n",
        b"\n\nstatic int pond_b(void)\n{\n\tpond_a();\n\treturn pond_a();\n}\n",
        b"struct pond_a {\n\tint pond_b;\n};\n",
        b"#define POND(x) pond_##x\nint z;\n",
    ]
)
_POND_PATHS = st.sampled_from(["mm/a.c", "mm/b.c", "mm/c.h", "tools/c.c"])


def _answers(index: Index) -> list[object]:
    return [
        answer
        for name in ("pond_a", "pond_b")
        for answer in (
            index.occurs(name),
            index.used_in_kernel(name),
            index.called(name),
            index.defined(name),
            index.files(name),
            index.mentions(name),
            index.definitions(name),
            index.senses(name),
            index.callers(name),
            index.members(name),
        )
    ]


@given(
    st.dictionaries(_POND_PATHS, _PONDS, min_size=1),
    st.lists(st.dictionaries(_POND_PATHS, _PONDS | st.none(), max_size=2), max_size=3),
)
def test_what_a_patch_does_not_change_is_answered_by_the_tree_below(
    files: dict[str, bytes], patches: list[dict[str, bytes | None]]
) -> None:
    """Also where several lie one on the other, and whatever was asked of those below."""
    tree: Listed = MemoryTree(files)
    program = open_program(tree)
    now: dict[str, bytes | None] = dict(files)
    for changes in patches:
        _answers(program)
        tree = Overlay(tree, changes)
        program = program.over(tree)
        program.changed()
        now |= changes
    whole = MemoryTree({path: data for path, data in now.items() if data is not None})
    assert _answers(program) == _answers(open_program(whole))


@traced_cache(maxsize=64)
def _told(library: Library, number: int) -> object:
    index = library.index
    assert index is not None
    name = ("pond_a", "pond_b")[number % 2]
    read = library.tree.read(("mm/a.c", "mm/b.c")[number % 2])
    asked = (
        lambda: read,
        lambda: index.occurs(name),
        lambda: index.files(name),
        lambda: index.definitions(name),
        lambda: index.senses(name),
        lambda: index.callers(name),
        lambda: index.members(name),
        lambda: sorted(library.tree.files()),
        lambda: [one.object for one in library.removals],
    )
    return number, asked[number // 2]()


_QUESTIONS = range(18)
_FILES_OF_POND_A = 4


@given(
    st.dictionaries(_POND_PATHS, _PONDS, min_size=1),
    st.dictionaries(_POND_PATHS, _PONDS | st.none(), min_size=1, max_size=2),
)
def test_what_is_remembered_of_the_tree_before_a_patch_is_true_after_it(
    files: dict[str, bytes], changes: dict[str, bytes | None]
) -> None:
    base = MemoryTree(files)
    patched = Overlay(base, changes)
    before = open_program(base)
    after = before.over(patched)
    old = Library(base, before)
    new = Library(patched, after, before=old, changed=after.changed)
    for number in _QUESTIONS:
        _told(old, number)
    with new.inheriting():
        told = [_told(new, number) for number in _QUESTIONS]
    whole = {path: data for path, data in (files | changes).items() if data is not None}
    fresh = Library(MemoryTree(whole), open_program(MemoryTree(whole)))
    assert told == [_told(fresh, number) for number in _QUESTIONS]


def test_what_is_remembered_serves_after_a_patch_that_changes_nothing_of_it() -> None:
    base = MemoryTree({"mm/a.c": b"int pond_a(void)\n{\n\treturn 1;\n}\n", "mm/b.c": b"int z;\n"})
    before = open_program(base)
    for changed, served in ((b"int y, z;\n", True), (b"int z, pond_a;\n", False)):
        patched = Overlay(base, {"mm/b.c": changed})
        after = before.over(patched)
        old = Library(base, before)
        new = Library(patched, after, before=old, changed=after.changed)
        answer = _told(old, _FILES_OF_POND_A)
        with new.inheriting():
            assert (_told(new, _FILES_OF_POND_A) is answer) == served
