"""Names over time: what is in sight of a comment, what it says itself, and what is suggested."""

from __future__ import annotations

import re
from collections.abc import Sequence

import pytest

from reviewer.finding import Finding
from reviewer.kernel.renamed import renamed
from reviewer.program.older import Older
from reviewer.program.opening import open_program
from reviewer.review.findings import findings
from reviewer.review.judge import Judgement, judge_file, prepare
from reviewer.review.model import Selection
from reviewer.source.file import SourceFile
from reviewer.verdict import Tier
from reviewer.world import Library
from tests.support import MemoryTree, memory_index

_BENCH = prepare(Selection(only=("references", "locking")))
_HERON = "int heron(void)\n{\n\treturn 0;\n}\n"


def _found(
    files: dict[str, str],
    path: str,
    older: dict[str, str] | None = None,
    *,
    younger: bool = False,
) -> Sequence[Finding]:
    """The findings on a file; its comment stood in the older tree too unless it is ``younger``."""
    tree = MemoryTree({one: text.encode() for one, text in files.items()})
    past: tuple[Older, ...] = ()
    if older is not None:
        if not younger:
            comments = re.findall(r"/\*.*?\*/", files[path], re.DOTALL)
            older = older | {path: "\n".join([older.get(path, ""), *comments])}
        before = MemoryTree({one: text.encode() for one, text in older.items()})
        past = (Older("1.0", open_program(before)),)
    library = Library(tree, memory_index(tree), older=past)
    source = SourceFile.parse(path, files[path].encode())
    return tuple(findings(judge_file(Judgement(_BENCH, library), source).entries))


def _at(comment: str, path: str = "mm/heron.c") -> dict[str, str]:
    return {path: f"{comment}\n{_HERON}"}


def test_what_only_a_tool_spells_is_not_the_kernels() -> None:
    files = _at("/* See scheduler_tick(). */") | {"tools/perf/t.c": "int scheduler_tick(void);\n"}
    (one,) = _found(files, "mm/heron.c")
    assert one.tier is Tier.STRONG  # the kernel is known to have renamed it
    files = _at("/* See heron_wades_now(). */") | {"tools/perf/t.c": "int heron_wades_now(void);\n"}
    (one,) = _found(files, "mm/heron.c")
    assert one.tier is Tier.HINT


def test_the_comments_of_a_tool_speak_of_it() -> None:
    code = "/* Prints what heron_wades_now has. */\nint heron_wades_now(void)\n{\n\treturn 0;\n}\n"
    assert not _found({"tools/heron/h.c": code}, "tools/heron/h.c", {"tools/heron/h.c": code})


@pytest.mark.parametrize(
    ("where", "count"),
    [("drivers/egret/e.c", 1), ("drivers/heron/sister.c", 0), ("kernel/core.c", 0)],
)
def test_another_drivers_static_function_is_out_of_sight(where: str, count: int) -> None:
    other = "static int heron_wades_now(void)\n{\n\treturn 0;\n}\n"
    files = _at("/* Called by heron_wades_now(). */", "drivers/heron/h.c") | {where: other}
    older = {"drivers/heron/h.c": other}
    proved = [one for one in _found(files, "drivers/heron/h.c", older) if one.tier is Tier.PROVED]
    assert len(proved) == count


def test_a_global_function_of_another_driver_is_in_sight() -> None:
    other = "int heron_wades_now(void)\n{\n\treturn 0;\n}\n"
    files = _at("/* As heron_wades_now(). */", "drivers/heron/h.c") | {"drivers/egret/e.c": other}
    assert not _found(files, "drivers/heron/h.c", {"drivers/egret/e.c": other})


@pytest.mark.parametrize(
    "comment",
    [
        "/*\n * struct heron_page_now\n * {\n *\tint n;\n * };\n */",
        "/*\n * int heron_wades_now(int n)\n * {\n *\treturn n;\n * }\n */",
        "/* It doesn't provide heron_wades_now() at all. */",
        "/* Refer to heron_wades_now() in Marsh2.1. */",
        "/* The heronxx_wades_now() of each kind. */",
    ],
)
def test_the_comment_does_not_say_that_the_kernel_has_it(comment: str) -> None:
    assert not _found({"mm/heron.c": f"{comment}\n{_HERON}"}, "mm/heron.c")


@pytest.mark.parametrize(
    "comment",
    [
        "/* Copied and modified h.c:heron_wades_now(). */",
        "/* As it happened with heron_wades_now() once. */",
        "/* To go on we will need a heron_wades_now(). */",
        "/* heron_wades_now() is removed as nobody called it. */",
        "/*\n * 12/12/98  Fast now. It is\n *           now in heron_wades_now().\n */",
        "/*\n * 990403  Fast now, in heron_wades_now().\n */",
        "/*\n * V6 to V7\n * --------\n * - Add heron_wades_now()\n */",
        "/* It stays so while the heron_page_is flag set. */",
    ],
)
def test_a_comment_on_the_past_or_on_what_may_come(comment: str) -> None:
    files = {"mm/heron.c": f"int heron_page;\n{comment}\n{_HERON}"}
    assert not _found(files, "mm/heron.c", {"mm/heron.c": "int heron_wades_now(void);\n"})


def test_a_function_that_a_macro_heads_is_there() -> None:
    files = _at("/* Called by heron_wades_now(). */") | {
        "mm/egret.c": "static CALLBACK(heron_wades_now)\n{\n\tint n = 1;\n}\n"
    }
    found = _found(files, "mm/heron.c", {"mm/egret.c": "int heron_wades_now(void);\n"})
    assert all(one.tier is Tier.HINT for one in found)


@pytest.mark.parametrize(
    ("code", "was", "tier"),
    [
        ("int heron_ctrl_reg;", "#define HERON_CTRL 1\n", Tier.HINT),
        ("int egret;", "#define HERON_CTRL 1\n", Tier.PROVED),
        ("int heron_ctrl_reg;", "int HERON_CTRL(void);\n", Tier.PROVED),
    ],
)
def test_a_word_that_lives_on_in_a_longer_name_is_a_hint(code: str, was: str, tier: Tier) -> None:
    files = {"drivers/heron/h.c": f"{code}\n/* It programs HERON_CTRL at last. */\n{_HERON}"}
    (one,) = _found(files, "drivers/heron/h.c", {"drivers/heron/h.c": was})
    assert one.tier is tier


@pytest.mark.parametrize(
    ("where", "name", "count"),
    [
        ("drivers/spi/egret.c", "pump_all", 0),
        ("drivers/spi/egret.c", "heron_pump", 1),
        ("drivers/spi/egret.c", "pump_all_eels", 1),
        ("drivers/spi/heron.c", "pump_all", 1),
    ],
)
def test_a_neighbours_static_function_is_told_by_its_name(
    where: str, name: str, count: int
) -> None:
    files = _at(f"/* Called by {name}(). */", "drivers/spi/heron.c")
    older = {where: f"static int {name}(void)\n{{\n\treturn 0;\n}}\n"}
    found = _found(files, "drivers/spi/heron.c", older)
    assert len([one for one in found if one.tier is Tier.PROVED]) == count


@pytest.mark.parametrize(
    "comment",
    [
        "/*\n * Changes: Ann Heron\n *          Affected data is nr_eels_max here\n */",
        "/*\n * 01-15-07  01.05.17  New page with\n *              nr_eels_max in it\n */",
        "/*\n * It has these:\n *   with the nr_eels_max variable\n *        [2.03]\n */",
        "//nr_eels_max,",
    ],
)
def test_a_log_or_code_taken_out_proves_nothing(comment: str) -> None:
    older = {"mm/heron.c": "int nr_eels_max;\nint pond_eels_all;\n"}
    assert not _found(_at(comment), "mm/heron.c", older)


def test_a_file_of_sysfs_is_no_variable() -> None:
    older = {"mm/heron.c": "static SENSOR_DEVICE_ATTR_RO(nr_eels_max, eels, 0);\n"}
    assert not _found(_at("/* Told by nr_eels_max there. */"), "mm/heron.c", older)


def test_an_option_in_a_log_is_history() -> None:
    comment = "/*\n * It has these:\n *    with CONFIG_HERON set\n *      [2.03]\n */"
    assert not _found(_at(comment), "mm/heron.c", {"mm/Kconfig": "config HERON\n\tbool\n"})


def test_a_file_of_debugfs_is_no_member() -> None:
    older = {"mm/heron.c": "struct pond { int nr_eels; };\n"}
    assert not _found(_at("/* Set through debugfs nr_eels. */"), "mm/heron.c", older)


def test_a_word_that_what_follows_begins_with_is_short_for_it() -> None:
    comment = "/* Called to set up the heron_wades_now function, which is a table. */"
    files = {"mm/heron.c": f"{comment}\nstatic int heron_wades_now_table[4];\n"}
    assert not _found(files, "mm/heron.c")


def test_names_in_a_list_are_one_finding() -> None:
    code = "/* Runs after heron_wades_now(), heron_stands_still() and heron_flies_off(). */"
    (one,) = _found(_at(code), "mm/heron.c")
    assert one.verdict.message.endswith("So it is with heron_stands_still, heron_flies_off.")


def test_a_finding_tells_of_the_other_lines_of_its_comment() -> None:
    code = "/*\n * See heron_wades_now().\n *\n * As heron_wades_now() does.\n */"
    (one,) = _found(_at(code), "mm/heron.c")
    again = [place for place in one.verdict.evidence.locations if "again" in place.note]
    assert [place.line for place in again] == [one.line + 2]


@pytest.mark.parametrize(
    ("comment", "older", "count"),
    [
        ("You must call heron_wades first.", {"include/linux/h.h": "#define heron_wades() 1\n"}, 1),
        ("It is called heron_wades there.", {"include/linux/h.h": "#define heron_wades() 1\n"}, 0),
        ("The heron_wades are told.", {"include/linux/h.h": "#define heron_wades() 1\n"}, 0),
        ("Is nr_eels right?", {"mm/heron.c": "struct pond { int nr_eels; };\n"}, 1),
        ("heron_sees_far_now is empty.", {"mm/h.h": "struct heron_sees_far_now { int n; };\n"}, 1),
        ("heron_sees_now is empty.", {"mm/h.h": "struct heron_sees_now { int n; };\n"}, 0),
    ],
)
def test_a_bare_word_that_an_older_tree_had(
    comment: str, older: dict[str, str], count: int
) -> None:
    used = {"mm/egret.c": "struct heron_sees_far_now a;\nstruct heron_sees_now b;\n"}
    found = _found(_at(f"/* {comment} */"), "mm/heron.c", older | used)
    assert len([one for one in found if one.tier is Tier.PROVED]) == count


@pytest.mark.parametrize(
    ("comment", "others", "count"),
    [
        ("See comments on heron_wades_now", (), 1),
        ("It may do so because heron_page_wades is low.", (), 0),
        ("It may do so because heron_page_wades is low.", ("heron_page_in", "heron_page_out"), 1),
    ],
)
def test_a_bare_word_is_a_name(comment: str, others: tuple[str, ...], count: int) -> None:
    code = "".join(f"int {one};\n" for one in others)
    assert len(_found({"mm/heron.c": f"{code}/* {comment} */\n{_HERON}"}, "mm/heron.c")) == count


@pytest.mark.parametrize(
    ("other", "said"),
    [
        ("int heron_wades_out_now(void);", True),
        ("struct heron_wades_out_now { int n; };", False),
        ("int unheron_wades_now(void);", False),
    ],
)
def test_what_is_suggested_is_of_the_kind_that_is_meant(other: str, said: bool) -> None:
    code = f"{other}\n\n/* Called by heron_wades_now(). */\n{_HERON}"
    (one,) = _found({"mm/heron.c": code}, "mm/heron.c")
    assert ("Perhaps" in one.verdict.message) is said


def test_what_is_out_of_sight_is_not_suggested() -> None:
    other = "static int heron_wades_out_now(void)\n{\n\treturn 0;\n}\n"
    files = _at("/* Called by heron_wades_now(). */", "fs/heron/h.c") | {"fs/egret/e.c": other}
    (one,) = _found(files, "fs/heron/h.c")
    assert "Perhaps" not in one.verdict.message


def test_an_option_and_a_file_of_an_older_tree() -> None:
    older = {"mm/Kconfig": "config HERON\n\tbool\n", "mm/marsh/reed.c": "int reed;\n"}
    code = "#include <linux/mm.h>\n/* Needs CONFIG_HERON, see mm/marsh/reed.c. */"
    found = _found(_at(code) | {"mm/Kconfig": "config EGRET\n\tbool\n"}, "mm/heron.c", older)
    assert {one.quote for one in found if one.tier is Tier.PROVED} == {
        "CONFIG_HERON",
        "mm/marsh/reed.c",
    }


def test_a_bare_word_was_a_name_where_the_folder_used_it() -> None:
    code = _at("/* The frame_end_mark follows. */", "drivers/heron/h.c")
    far = {"drivers/egret/e.c": "int frame_end_mark;\n"}
    near = {"drivers/heron/h.c": "static int frame_end_mark;\n"}
    assert not _found(code, "drivers/heron/h.c", far)
    assert len(_found(code, "drivers/heron/h.c", near)) == 1


def test_current_is_a_task() -> None:
    code = (
        "struct task_struct { int __state; };\nstruct egret { int state; };\n\n"
        "/* Set current->state before. */\nint heron(struct egret *e)\n{\n\treturn e->state;\n}\n"
    )
    (one,) = _found({"kernel/heron.c": code}, "kernel/heron.c")
    assert one.rule == "field-of-another-struct"


@pytest.mark.parametrize(
    "comment",
    ["Context: files_lock must be held.", "vfsmount lock must be held for write", "See i_mutex."],
)
def test_locks_that_went_away(comment: str) -> None:
    other = "struct card { spinlock_t files_lock; };\n"
    files = {"fs/heron.c": f"/* {comment} */\n{_HERON}", "include/sound/card.h": other}
    assert [one.rule for one in _found(files, "fs/heron.c")] == ["lock-still-exists"]


def test_each_row_of_the_table_of_renamed_names_is_whole() -> None:
    kinds = {"function", "macro", "lock", "field", "struct", "option"}
    for name, row in renamed().items():
        assert row.kind in kinds
        assert name not in row.now
        assert row.commit or not row.gone
        assert not row.commit or len(row.commit.partition(" ")[0]) == 12


@pytest.mark.parametrize(
    ("comment", "rest"),
    [
        ("See HERON_LEG.", "#define JOIN(x, y) enum { x##_##y }\nJOIN(HERON, LEG);"),
        (
            "See HERON_LEG_MASK.",
            "#define M(n) enum { n##_MASK }\n#define J(a, b) M(a##_##b)\nJ(HERON, LEG);",
        ),
    ],
)
def test_what_the_file_pastes_of_two_pieces_is_there(comment: str, rest: str) -> None:
    older = {"mm/heron.c": "#define HERON_LEG 1\n#define HERON_LEG_MASK 2\n"}
    assert len(_found(_at(f"/* {comment} */"), "mm/heron.c", older)) == 1
    assert not _found({"mm/heron.c": f"{rest}\n\n/* {comment} */\n{_HERON}"}, "mm/heron.c", older)


@pytest.mark.parametrize(
    "comment",
    [
        "/* It is called heron_wades_now in the vendor driver. */",
        "/* As its predecessor, heron_wades_now(), did. */",
        "/* 12 was used by heron_wades_now(). */",
        "/*\n * Revision 1.2  2001/07/15 17:08:42\n *  . use heron_wades_now()\n */",
        "/* Calls the appropriate heron_wades_now() with the arguments. */",
        "/* 0x0100: heron_wades_now */",
        "/*\tif (heron_wades_now(1,\n\t\t2))\n\t\treturn;*/",
    ],
)
def test_no_name_of_today_is_claimed(comment: str) -> None:
    older = {"mm/heron.c": "int heron_wades_now(void)\n{\n\treturn 1;\n}\n"}
    assert not _found(_at(comment), "mm/heron.c")
    assert not [one for one in _found(_at(comment), "mm/heron.c", older) if "0x" not in comment]


@pytest.mark.parametrize("operand", ["/* && !p->is_frozen_now */", "/* heron_wades_now() */"])
def test_an_operand_in_a_comment_is_code_taken_out(operand: str) -> None:
    code = (
        f"int heron(struct heron *p)\n{{\n\tif (p->fed{operand})\n\t\treturn 1;\n\treturn 0;\n}}\n"
    )
    assert not _found({"mm/heron.c": code}, "mm/heron.c")


def test_a_name_is_short_for_a_longer_one_of_the_folder() -> None:
    sister = {"mm/sister.c": "int big_heron_wades_now(void)\n{\n\treturn 0;\n}\n"}
    assert not _found(_at("/* Called by heron_wades_now(). */") | sister, "mm/heron.c")
    far = {"fs/egret/e.c": "static int big_heron_wades_now(void)\n{\n\treturn 0;\n}\n"}
    assert len(_found(_at("/* Called by heron_wades_now(). */") | far, "mm/heron.c")) == 1


@pytest.mark.parametrize(
    ("comment", "other", "said"),
    [
        ("See heron_now_wades().", "int heron_wades_now(void);", True),
        ("See heron_get_wades().", "int wades_get_heron(void);", False),
        ("See heron_wades_free().", "int heron_wades_create(void);", False),
        ("See heron_long_wade_set().", "int heron_long_wade_setd(void);", False),
        ("See heron_wades().", "int heron_out_wades(void);", False),
        (
            "See heron_wades_now().",
            "int heron_a_wades_now(void);\nint heron_b_wades_now(void);",
            False,
        ),
    ],
)
def test_a_suggestion_is_a_form_of_the_name(comment: str, other: str, said: bool) -> None:
    (one,) = _found({"mm/heron.c": f"{other}\n\n/* {comment} */\n{_HERON}"}, "mm/heron.c")
    assert ("Perhaps" in one.verdict.message) is said


def test_a_slip_of_a_name_out_of_sight_is_none() -> None:
    far = {"fs/egret/e.c": "static int heron_wades(void)\n{\n\treturn 0;\n}\n"}
    near = {"mm/e.c": far["fs/egret/e.c"]}
    comment = "/* The protocol that is used (heron_wdes or another one) by the filter. */"
    assert not _found(_at(comment) | far, "mm/heron.c")
    assert len(_found(_at(comment) | near, "mm/heron.c")) == 1


def test_the_same_body_under_another_name_took_its_place() -> None:
    body = (
        "{\n\tint n = 0;\n\n\tfor (; w; w = w->next)\n"
        "\t\tn += w->fish + w->frogs;\n\treturn n;\n}\n"
    )
    code = f"int count_prey(struct w *w)\n{body}\n/* Counted by heron_wades_now(). */\n{_HERON}"
    older = {"mm/heron.c": f"int heron_wades_now(struct w *w)\n{body}"}
    (one,) = _found({"mm/heron.c": code}, "mm/heron.c", older)
    assert one.verdict.message.endswith("count_prey took its place.")


def test_a_file_that_stood_beside_the_one_that_went_is_not_suggested() -> None:
    older = {"mm/reed.c": "int reed;\n", "mm/reed.h": "int reed;\n"}
    files = _at("#include <linux/mm.h>\n/* See mm/reed.c. */") | {"mm/reed.h": "int reed;\n"}
    (one,) = _found(files, "mm/heron.c", older)
    assert one.tier is Tier.PROVED
    assert "today" not in one.verdict.message


@pytest.mark.parametrize(
    "comment",
    [
        "/* Maybe a heron_wades_now() routine should be implemented. */",
        "/* heron_wades_now() should go right here in the other patchset. */",
        "/* stmg %r2,%rN,heron_wades_now(%r15) */",
        "/* This should probably have been called heron_wades_now(). */",
        "/* heron_wades_now() and its kin are now replaced with a single one. */",
        "/*\n * Rewrote heron_wades_now() for speed.\n *  -- Bill Heron <b@x.org>, June 97\n */",
        "/* Room for the 'struct heron_wades_now' from RFC5531. */",
        "/* Reserved when CONFIG_HERON.flood_mode is set. */",
        "/* Stored at HeronDma->this_now of the other driver. */",
    ],
)
def test_what_is_proposed_was_replaced_or_is_anothers(comment: str) -> None:
    assert not _found(_at(comment) | {"mm/Kconfig": "config EGRET\n\tbool\n"}, "mm/heron.c")


def test_where_a_file_was_taken_from_may_be_gone() -> None:
    older = {"mm/reed.c": "int reed;\n"}
    code = "#include <linux/mm.h>\n/* The clock - nicked^Wborrowed from mm/reed.c */"
    found = _found(_at(code), "mm/heron.c", older)
    assert not [one for one in found if one.tier is Tier.PROVED]


def test_a_label_of_a_member_claims_nothing() -> None:
    code = (
        "struct heron { int fish; };\n\nint heron(struct heron *h)\n{\n"
        "\t/* h->extensions */\n\tsend(h->fish,\n"
        "\t     0 /* h->nr_of_frogs */\n\t    );\n\treturn 0;\n}\n"
    )
    assert not _found({"mm/heron.c": code}, "mm/heron.c")


def test_what_a_macro_makes_of_its_argument_is_there() -> None:
    other = "DEFINE_HERON(heron_wades_now)\n{\n\trun();\n}\n"
    files = _at("/* Called by __heron_wades_now(). */") | {"mm/egret.c": other}
    assert not _found(files, "mm/heron.c")


def test_a_bare_field_or_flag_may_be_the_devices() -> None:
    (one,) = _found(_at("/* The reply has the heron_wades_now field of it. */"), "mm/heron.c")
    assert one.tier is Tier.HINT


def test_a_member_that_no_near_code_writes_with_that_variable() -> None:
    many = {f"mm/m{n}.c": "int f(struct x *x)\n{\n\treturn x->state;\n}\n" for n in range(30)}
    code = (
        "struct task_struct { int __state; };\n\n"
        "/* If it dies, it sets a bit in tsk->state first. */\n"
        "int heron(struct task_struct *tsk)\n{\n\treturn tsk->__state;\n}\n"
    )
    (one,) = _found({"mm/heron.c": code} | many, "mm/heron.c")
    assert one.rule == "field-of-another-struct"


@pytest.mark.parametrize(
    ("written", "slip"),
    [
        ("fleep", True),
        ("fsleepp", True),
        ("fsleeps", False),
        ("flseep", True),
        ("fslepp", True),
        ("usleep", False),
    ],
)
def test_a_slip_of_what_the_comment_stands_on(written: str, slip: bool) -> None:
    code = (
        "/**\n * fsleep - flexible sleep\n * @usecs: how long\n *\n"
        f" * {written}() takes the best way.\n */\n"
        "static inline void fsleep(unsigned long usecs)\n{\n}\n"
    )
    found = _found({"include/linux/delay.h": code}, "include/linux/delay.h")
    said = [one.verdict.message.endswith("Perhaps fsleep is meant.") for one in found]
    assert said == [True] * slip


def test_a_member_of_a_variable_that_no_code_near_has_is_anothers() -> None:
    comment = "/* Synchronize on vendorstate->m_festart first. */"
    assert not _found(_at(comment), "mm/heron.c")
    near = {"mm/egret.c": "int egret(struct e *vendorstate)\n{\n\treturn vendorstate->fish;\n}\n"}
    assert len(_found(_at(comment) | near, "mm/heron.c")) == 1


def test_the_other_order_of_bytes_is_what_an_else_says() -> None:
    code = (
        "#ifdef __BIG_ENDIAN_BITFIELD\nint heron(void);\n"
        "#else /* __LITTLE_ENDIAN */\nint egret(void);\n#endif\n"
        "#if (HERON_ENDIAN_TYPE == HERON_ENDIAN_LITTLE)\nint stork(void);\n"
        "#else /* _BIG_ENDIAN_ */\nint crane(void);\n#endif\n"
    )
    assert not _found({"mm/heron.h": code}, "mm/heron.h")


def test_what_is_one_architectures_own_is_not_suggested() -> None:
    far = {"arch/x86/kernel/rmid.c": "void free_rmid(int n)\n{\n\tstop(n);\n}\n"}
    (one,) = _found(_at("/* The buffer is freed by free_mid() there. */") | far, "mm/heron.c")
    assert "Perhaps" not in one.verdict.message


@pytest.mark.parametrize(
    ("comment", "code", "count"),
    [
        ("Program HERON_WADE_CTRL", "x = 1;", 1),
        ("Program HERON_WADE_CTRL", "write(regs->heron_wade_ctrl, 1);", 0),
        ("Selected by the HERON_WADE_CTRL pin", "x = 1;", 0),
        ("Selected by HERON_WADE_CTRL", "heron_wade_ctrl(1);", 1),
    ],
)
def test_hardware_keeps_a_name_that_code_gave_up(comment: str, code: str, count: int) -> None:
    body = f"int heron(void)\n{{\n\t/* {comment} */\n\t{code}\n}}\n"
    older = {"drivers/h.c": f"#define HERON_WADE_CTRL 4\n{body}"}
    assert len(_found({"drivers/h.c": body}, "drivers/h.c", older)) == count


@pytest.mark.parametrize(
    ("before", "tier"),
    [
        ("/* See heron_wades_now() for\n * what it waits for. */", Tier.PROVED),
        ("/* Waits. */", Tier.STRONG),
    ],
)
def test_only_a_comment_that_was_right_once_proves_the_name_gone(before: str, tier: Tier) -> None:
    files = _at("/*\n * See heron_wades_now()\n * for what it waits for.\n */")
    gone = "int heron_wades_now(void)\n{\n\treturn 0;\n}\n"
    older = {"mm/heron.c": f"{before}\n{_HERON}{gone}"}
    (one,) = _found(files, "mm/heron.c", older, younger=True)
    assert one.tier is tier


def test_a_line_of_a_list_that_was_taken_out_is_no_mention() -> None:
    code = (
        "enum heron_is {\n\tHERON_WADES,\n\t//HERON_FISHES, /* not here */\n\t//HERON_FLIES,\n};\n"
    )
    older = {"mm/heron.h": "enum heron_is { HERON_WADES, HERON_FISHES, HERON_FLIES };\n"}
    assert not _found({"mm/heron.h": code}, "mm/heron.h", older)


@pytest.mark.parametrize(("words", "count"), [("run --add CONFIG_HERON=n", 0), ("CONFIG_HERON", 1)])
def test_an_option_of_a_command_line_may_be_for_any_tree(words: str, count: int) -> None:
    files = _at(f"/*\n * Made with {words} here.\n */")
    older = files | {"mm/Kconfig": "config HERON\n\tbool\n"}
    assert len(_found(files | {"mm/Kconfig": "\n"}, "mm/heron.c", older)) == count


def test_members_that_a_macro_brings_are_there() -> None:
    doc = "/**\n * struct heron - a bird\n * @legs: two\n * @wings: two\n */\n"
    past = {"mm/heron.h": "struct heron { int legs, wings; };\n"}
    with_macro = {"mm/heron.h": doc + "struct heron {\n\tint legs;\n\tstruct HERON_COMMON;\n};\n"}
    assert not _found(with_macro, "mm/heron.h", past)
    calls = {"mm/heron.h": doc + "struct heron {\n\tint legs;\n\tint (*fly)(int now);\n};\n"}
    (one,) = _found(calls, "mm/heron.h", past)
    assert (one.rule, one.tier) == ("vanished-member", Tier.PROVED)


@pytest.mark.parametrize(
    "comment",
    [
        "/* heron_wades_now() isn't needed here. */",
        "/* The checks are carried over from heron_wades_now(). */",
        "/* followed by struct heron heron_wades_now[] */",
        "/*\n * About the structure\n *\n * heron_wades_now is short.\n */",
    ],
)
def test_what_is_denied_or_declared_or_of_another_paragraph_is_no_mention(comment: str) -> None:
    assert not _found(_at(comment), "mm/heron.c")


def test_a_heading_stands_above_a_function_and_not_in_its_body() -> None:
    body = "int heron(void)\n{\n\t/* heron_pll_enabled - 1'b0 */\n\treturn 0;\n}\n"
    assert not _found({"mm/heron.c": body}, "mm/heron.c")


def test_what_the_files_names_begin_with_may_be_left_out() -> None:
    files = {"drivers/egret/e.c": "int heron_wades_now(void)\n{\n\treturn 0;\n}\n"}
    assert not _found(files | _at("/* use wades_now() */", "include/heron.h"), "include/heron.h")


def test_the_members_of_one_struct_are_one_finding() -> None:
    doc = "/**\n * struct heron - a bird\n * @legs: two\n * @wings: two\n * @tail: one\n */\n"
    (one,) = _found({"mm/heron.h": doc + "struct heron { int legs; };\n"}, "mm/heron.h")
    assert "So it is with tail." in one.verdict.message
    assert {place.line for place in one.verdict.evidence.locations} == {5, 7}


def test_what_is_a_kind_of_a_thing_is_not_the_thing() -> None:
    comment = "/* There is nothing for it (a kind of heron_wades_now()). */"
    assert not _found(_at(comment), "mm/heron.c")


def test_a_header_does_not_mean_what_one_driver_made_of_the_word() -> None:
    driver = {"drivers/heron/e.c": "int heron_grey_wades_now(void)\n{\n\treturn 0;\n}\n"}
    files = _at("/* heron_wades_now() was called. */", "include/linux/heron.h") | driver
    (one,) = _found(files, "include/linux/heron.h")
    assert "Perhaps" not in one.verdict.message
