"""Names that are there: what the file of a comment can see decides it."""

from __future__ import annotations

import pytest

from reviewer.verdict import Decision, Tier
from tests.rules.heron import HERON, a_file, findings_on
from tests.support import decided


def test_what_only_a_tool_spells_is_not_the_kernels() -> None:
    files = a_file("/* See scheduler_tick(). */") | {
        "tools/perf/t.c": "int scheduler_tick(void);\n"
    }
    (one,) = findings_on(files, "mm/heron.c")
    assert one.tier is Tier.STRONG  # the kernel is known to have renamed it
    files = a_file("/* See heron_wades_now(). */") | {
        "tools/perf/t.c": "int heron_wades_now(void);\n"
    }
    (one,) = findings_on(files, "mm/heron.c")
    assert one.tier is Tier.HINT


def test_the_comments_of_a_tool_speak_of_it() -> None:
    code = "/* Prints what heron_wades_now has. */\nint heron_wades_now(void)\n{\n\treturn 0;\n}\n"
    assert not findings_on({"tools/heron/h.c": code}, "tools/heron/h.c", {"tools/heron/h.c": code})


@pytest.mark.parametrize(
    ("where", "count"),
    [("drivers/egret/e.c", 1), ("drivers/heron/sister.c", 0), ("kernel/core.c", 0)],
)
def test_another_drivers_static_function_is_out_of_sight(where: str, count: int) -> None:
    other = "static int heron_wades_now(void)\n{\n\treturn 0;\n}\n"
    files = a_file("/* Called by heron_wades_now(). */", "drivers/heron/h.c") | {where: other}
    older = {"drivers/heron/h.c": other}
    proved = [
        one for one in findings_on(files, "drivers/heron/h.c", older) if one.tier is Tier.PROVED
    ]
    assert len(proved) == count


def test_a_global_function_of_another_driver_is_in_sight() -> None:
    other = "int heron_wades_now(void)\n{\n\treturn 0;\n}\n"
    files = a_file("/* As heron_wades_now(). */", "drivers/heron/h.c") | {
        "drivers/egret/e.c": other
    }
    assert not findings_on(files, "drivers/heron/h.c", {"drivers/egret/e.c": other})


def test_a_function_that_a_macro_heads_is_there() -> None:
    files = a_file("/* Called by heron_wades_now(). */") | {
        "mm/egret.c": "static CALLBACK(heron_wades_now)\n{\n\tint n = 1;\n}\n"
    }
    found = findings_on(files, "mm/heron.c", {"mm/egret.c": "int heron_wades_now(void);\n"})
    assert all(one.tier is Tier.HINT for one in found)


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
    files = a_file(f"/* Called by {name}(). */", "drivers/spi/heron.c")
    older = {where: f"static int {name}(void)\n{{\n\treturn 0;\n}}\n"}
    found = findings_on(files, "drivers/spi/heron.c", older)
    assert len([one for one in found if one.tier is Tier.PROVED]) == count


def test_a_word_that_what_follows_begins_with_is_short_for_it() -> None:
    comment = "/* Called to set up the heron_wades_now function, which is a table. */"
    files = {"mm/heron.c": f"{comment}\nstatic int heron_wades_now_table[4];\n"}
    assert not findings_on(files, "mm/heron.c")


def test_current_is_a_task() -> None:
    code = (
        "struct task_struct { int __state; };\nstruct egret { int state; };\n\n"
        "/* Set current->state before. */\nint heron(struct egret *e)\n{\n\treturn e->state;\n}\n"
    )
    (one,) = findings_on({"kernel/heron.c": code}, "kernel/heron.c")
    assert one.rule == "field-of-another-struct"


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
    assert len(findings_on(a_file(f"/* {comment} */"), "mm/heron.c", older)) == 1
    assert not findings_on(
        {"mm/heron.c": f"{rest}\n\n/* {comment} */\n{HERON}"}, "mm/heron.c", older
    )


def test_a_name_is_short_for_a_longer_one_of_the_folder() -> None:
    sister = {"mm/sister.c": "int big_heron_wades_now(void)\n{\n\treturn 0;\n}\n"}
    assert not findings_on(a_file("/* Called by heron_wades_now(). */") | sister, "mm/heron.c")
    far = {"fs/egret/e.c": "static int big_heron_wades_now(void)\n{\n\treturn 0;\n}\n"}
    assert len(findings_on(a_file("/* Called by heron_wades_now(). */") | far, "mm/heron.c")) == 1


def test_a_slip_of_a_name_out_of_sight_is_none() -> None:
    far = {"fs/egret/e.c": "static int heron_wades(void)\n{\n\treturn 0;\n}\n"}
    near = {"mm/e.c": far["fs/egret/e.c"]}
    comment = "/* The protocol that is used (heron_wdes or another one) by the filter. */"
    assert not findings_on(a_file(comment) | far, "mm/heron.c")
    assert len(findings_on(a_file(comment) | near, "mm/heron.c")) == 1


def test_a_label_of_a_member_claims_nothing() -> None:
    code = (
        "struct heron { int fish; };\n\nint heron(struct heron *h)\n{\n"
        "\t/* h->extensions */\n\tsend(h->fish,\n"
        "\t     0 /* h->nr_of_frogs */\n\t    );\n\treturn 0;\n}\n"
    )
    assert not findings_on({"mm/heron.c": code}, "mm/heron.c")


def test_what_a_macro_makes_of_its_argument_is_there() -> None:
    other = "DEFINE_HERON(heron_wades_now)\n{\n\trun();\n}\n"
    files = a_file("/* Called by __heron_wades_now(). */") | {"mm/egret.c": other}
    assert not findings_on(files, "mm/heron.c")


def test_a_bare_field_or_flag_may_be_the_devices() -> None:
    (one,) = findings_on(
        a_file("/* The reply has the heron_wades_now field of it. */"), "mm/heron.c"
    )
    assert one.tier is Tier.HINT


def test_a_member_that_no_near_code_writes_with_that_variable() -> None:
    many = {f"mm/m{n}.c": "int f(struct x *x)\n{\n\treturn x->state;\n}\n" for n in range(30)}
    code = (
        "struct task_struct { int __state; };\n\n"
        "/* If it dies, it sets a bit in tsk->state first. */\n"
        "int heron(struct task_struct *tsk)\n{\n\treturn tsk->__state;\n}\n"
    )
    (one,) = findings_on({"mm/heron.c": code} | many, "mm/heron.c")
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
    found = findings_on({"include/linux/delay.h": code}, "include/linux/delay.h")
    said = [one.verdict.message.endswith("Perhaps fsleep is meant.") for one in found]
    assert said == [True] * slip


def test_a_member_of_a_variable_that_no_code_near_has_is_anothers() -> None:
    comment = "/* Synchronize on vendorstate->m_festart first. */"
    assert not findings_on(a_file(comment), "mm/heron.c")
    near = {"mm/egret.c": "int egret(struct e *vendorstate)\n{\n\treturn vendorstate->fish;\n}\n"}
    assert len(findings_on(a_file(comment) | near, "mm/heron.c")) == 1


def test_the_other_order_of_bytes_is_what_an_else_says() -> None:
    code = (
        "#ifdef __BIG_ENDIAN_BITFIELD\nint heron(void);\n"
        "#else /* __LITTLE_ENDIAN */\nint egret(void);\n#endif\n"
        "#if (HERON_ENDIAN_TYPE == HERON_ENDIAN_LITTLE)\nint stork(void);\n"
        "#else /* _BIG_ENDIAN_ */\nint crane(void);\n#endif\n"
    )
    assert not findings_on({"mm/heron.h": code}, "mm/heron.h")


def test_what_is_one_architectures_own_is_not_suggested() -> None:
    far = {"arch/x86/kernel/rmid.c": "void free_rmid(int n)\n{\n\tstop(n);\n}\n"}
    (one,) = findings_on(
        a_file("/* The buffer is freed by free_mid() there. */") | far, "mm/heron.c"
    )
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
    assert len(findings_on({"drivers/h.c": body}, "drivers/h.c", older)) == count


def test_members_that_a_macro_brings_are_there() -> None:
    doc = "/**\n * struct heron - a bird\n * @legs: two\n * @wings: two\n */\n"
    past = {"mm/heron.h": "struct heron { int legs, wings; };\n"}
    with_macro = {"mm/heron.h": doc + "struct heron {\n\tint legs;\n\tstruct HERON_COMMON;\n};\n"}
    assert not findings_on(with_macro, "mm/heron.h", past)
    calls = {"mm/heron.h": doc + "struct heron {\n\tint legs;\n\tint (*fly)(int now);\n};\n"}
    (one,) = findings_on(calls, "mm/heron.h", past)
    assert (one.rule, one.tier) == ("vanished-member", Tier.PROVED)


def test_what_the_files_names_begin_with_may_be_left_out() -> None:
    files = {"drivers/egret/e.c": "int heron_wades_now(void)\n{\n\treturn 0;\n}\n"}
    assert not findings_on(
        files | a_file("/* use wades_now() */", "include/heron.h"), "include/heron.h"
    )


def test_the_lock_meant_is_shown_where_the_file_can_see_it() -> None:
    """Not where some driver, first by its path, has a member of that name."""
    held = "struct {0} {{\n\tstruct rw_semaphore mmap_lock;\n}};\n"
    files = a_file("/* Caller holds mmap_sem. */") | {
        "drivers/egret/e.h": held.format("egret"),
        "include/linux/heron.h": held.format("heron_mm"),
    }
    (one,) = [f for f in findings_on(files, "mm/heron.c") if f.rule == "lock-still-exists"]
    assert [place.path for place in one.evidence.locations] == [
        "mm/heron.c",
        "include/linux/heron.h",
    ]


def test_a_known_rename_is_no_label() -> None:
    code = """
        #define MAX_PAGE_ORDER 10

        /* Note: pond_order != MAX_ORDER. */
        static int pond_order = MAX_PAGE_ORDER - 1;
    """
    assert decided("vanished-macro", "mm/pond.c", code) == [Decision.BROKEN]


def test_what_is_taken_with_a_function_says_nothing_of_that_function() -> None:
    words = "A reference may be taken on the fish with the heron_takes_one function."
    assert findings_on(a_file(f"/* {words} */"), "mm/heron.c")
    gone = "They took away the heron_takes_one function."
    assert not findings_on(a_file(f"/* {gone} */"), "mm/heron.c")


@pytest.mark.parametrize(("linkage", "count"), [("static ", 1), ("", 0)])
def test_what_another_file_keeps_to_itself_has_no_short_name_here(linkage: str, count: int) -> None:
    files = a_file("/* It races with heron_takes_one(). */", "mm/heron.c") | {
        "mm/egret.c": f"{linkage}int test_heron_takes_one(void)\n{{\n\treturn 1;\n}}\n"
    }
    assert len(findings_on(files, "mm/heron.c")) == count


def test_a_system_call_of_other_architectures() -> None:
    call = "int sys_wade(void)\n{\n\treturn 0;\n}\n"
    code = "/* The context is put back by sys_wade / sys_rt_wade. */\nstruct context { int n; };\n"
    path = "arch/heron/signal.c"
    (one,) = findings_on({path: code, "arch/egret/signal.c": call}, path)
    assert one.claim.quote == "sys_wade"
    assert not findings_on({path: code, "arch/egret/s.c": call, "kernel/s.c": call}, path)
    table = {"arch/heron/table.c": "void *table[] = { sys_wade };\n"}
    assert not findings_on({path: code, "arch/egret/signal.c": call} | table, path)
    assert not findings_on({"kernel/heron.c": code, "arch/egret/signal.c": call}, "kernel/heron.c")


def test_a_member_is_no_other_structs_longer_one() -> None:
    structs = "struct head { int nr_eels; };\nstruct body { int skip_eel_list; };\n"
    code = "/* Walks the whole of head->eel_list. */\nint f(struct head *head, struct body *b);\n"
    code += "int g(struct head *head);\n"
    (one,) = findings_on({"mm/heron.c": structs + code}, "mm/heron.c")
    assert one.rule == "vanished-struct-or-field"
    chained = code.replace("head->eel_list", "head->body->eel_list")
    assert not findings_on({"mm/heron.c": structs + chained}, "mm/heron.c")
    longer = structs.replace("nr_eels;", "nr_eels, skip_eel_list;")
    assert not findings_on({"mm/heron.c": longer + code}, "mm/heron.c")


def test_a_struct_of_a_tool_is_another_one() -> None:
    code = "struct pond { int nr_eels; };\nstruct lake { int depth; };\n"
    code += "/* Read pond->depth first. */\nint f(struct pond *pond);\nint g(struct pond *pond);\n"
    tools = {"tools/heron/p.c": "struct pond { int depth_now; };\n"}
    (one,) = findings_on({"mm/heron.c": code} | tools, "mm/heron.c")
    assert one.rule == "field-of-another-struct"


@pytest.mark.parametrize("word", ["pond->depths", "pond->depth_"])
def test_a_plural_and_a_beginning_are_no_other_member(word: str) -> None:
    code = "struct pond { int depth; };\nstruct lake { int depths, depth_; };\n"
    code += f"/* Read the {word} first. */\nint f(struct pond *pond);\nint g(struct pond *pond);\n"
    assert not findings_on({"mm/heron.c": code}, "mm/heron.c")


def test_a_plural_is_that_of_a_member_with_underscores() -> None:
    code = "struct pond { int __gate; };\nstruct lake { int gates; };\n"
    code += "/* Open all pond->gates first. */\nint f(struct pond *pond)\n{\n"
    code += "\treturn pond->__gate;\n}\nint g(struct pond *pond);\n"
    assert not findings_on({"mm/heron.c": code}, "mm/heron.c")
