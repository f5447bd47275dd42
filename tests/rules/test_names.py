"""Which words of a comment are the mention of a name."""

from __future__ import annotations

import pytest

from reviewer.verdict import Tier
from tests.rules.heron import HERON, a_file, findings_on


@pytest.mark.parametrize(
    "comment",
    [
        "/*\n * struct heron_page_now\n * {\n *\tint n;\n * };\n */",
        "/*\n * int heron_wades_now(int n)\n * {\n *\treturn n;\n * }\n */",
        "/* Depends on the old CONFIG_HERON_WADES. */",
        "/* CONFIG_HERON_WADES [0] holds the first of them. */",
        "/* It doesn't provide heron_wades_now() at all. */",
        "/* Refer to heron_wades_now() in Marsh2.1. */",
        "/* The heronxx_wades_now() of each kind. */",
        "/* The kernel really should have heron_wades_now() for it. */",
        "/* It eliminates the need for heron_wades_now(). */",
        "/* There will not be any 'heron_wades_now()' on the way down. */",
        "/* 6.3.8 heron_wades_now(): see there. */",
        "/* This is heron_wades_now() from heron-core.c, a little changed. */",
        "/*\n * Changes\n *\n *\tA. Heron @POND: Mends heron_wades_now().\n */",
        "/*\n * Use of heron_wades_now() by:\n * A. Heron <heron@example.org>\n */",
        "/*\n * Change to heron_wades_now() for fast ones.\n * A.Heron@pond.example.org\n */",
        "/*\n * Gets a\n * real mess with heron_wades_now(). 9/11/98, AV.\n *\n * More.\n */",
        "/*\n * Speeded up heron_wades_now() (a.heron@pond.example.org)\n */",
        "/*\n * 1.3.2 -> 1.3.3 Threads went.\n * Ends after heron_wades_now() ran.\n */",
    ],
)
def test_the_comment_does_not_say_that_the_kernel_has_it(comment: str) -> None:
    assert not findings_on({"mm/heron.c": f"{comment}\n{HERON}"}, "mm/heron.c")


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
        "/* Ripped from heron.h and heron_wades_now() as it was. */",
        "/* As of this version (2.5.59), heron_wades_now() ends it. */",
        "/* Keeps the behaviour of heron_wades_now() as it was. */",
        "/* It stays so while the heron_page_is flag set. */",
    ],
)
def test_a_comment_on_the_past_or_on_what_may_come(comment: str) -> None:
    files = {"mm/heron.c": f"int heron_page;\n{comment}\n{HERON}"}
    assert not findings_on(files, "mm/heron.c", {"mm/heron.c": "int heron_wades_now(void);\n"})


def test_a_file_of_sysfs_is_no_variable() -> None:
    older = {"mm/heron.c": "static SENSOR_DEVICE_ATTR_RO(nr_eels_max, eels, 0);\n"}
    assert not findings_on(a_file("/* Told by nr_eels_max there. */"), "mm/heron.c", older)


def test_an_option_in_a_log_is_history() -> None:
    comment = "/*\n * It has these:\n *    with CONFIG_HERON set\n *      [2.03]\n */"
    assert not findings_on(a_file(comment), "mm/heron.c", {"mm/Kconfig": "config HERON\n\tbool\n"})


def test_a_file_of_debugfs_is_no_member() -> None:
    older = {"mm/heron.c": "struct pond { int nr_eels; };\n"}
    assert not findings_on(a_file("/* Set through debugfs nr_eels. */"), "mm/heron.c", older)


def test_names_in_a_list_are_one_finding() -> None:
    code = "/* Runs after heron_wades_now(), heron_stands_still() and heron_flies_off(). */"
    (one,) = findings_on(a_file(code), "mm/heron.c")
    assert one.verdict.message.endswith("So it is with heron_stands_still, heron_flies_off.")


def test_a_list_is_one_finding_beside_other_comments_of_its_file() -> None:
    code = (
        "/* Runs after heron_wades_now(), heron_stands_still() and heron_flies_off(). */\n"
        "int reed;\n"
        "/* There is an eel; heron_dives_deep() goes below it. */\n"
    )
    first, second = findings_on(a_file(code), "mm/heron.c")
    assert first.verdict.message.endswith("So it is with heron_stands_still, heron_flies_off.")
    assert "heron_dives_deep" in second.verdict.message


def test_a_finding_tells_of_the_other_lines_of_its_comment() -> None:
    code = "/*\n * See heron_wades_now().\n *\n * As heron_wades_now() does.\n */"
    (one,) = findings_on(a_file(code), "mm/heron.c")
    again = [place for place in one.verdict.evidence.locations if "again" in place.note]
    assert [place.line for place in again] == [one.line + 2]


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
    assert (
        len(findings_on({"mm/heron.c": f"{code}/* {comment} */\n{HERON}"}, "mm/heron.c")) == count
    )


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
    assert not findings_on(a_file(comment), "mm/heron.c")
    assert not [
        one for one in findings_on(a_file(comment), "mm/heron.c", older) if "0x" not in comment
    ]


@pytest.mark.parametrize("operand", ["/* && !p->is_frozen_now */", "/* heron_wades_now() */"])
def test_an_operand_in_a_comment_is_code_taken_out(operand: str) -> None:
    code = (
        f"int heron(struct heron *p)\n{{\n\tif (p->fed{operand})\n\t\treturn 1;\n\treturn 0;\n}}\n"
    )
    assert not findings_on({"mm/heron.c": code}, "mm/heron.c")


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
    assert not findings_on(a_file(comment) | {"mm/Kconfig": "config EGRET\n\tbool\n"}, "mm/heron.c")


def test_where_a_file_was_taken_from_may_be_gone() -> None:
    older = {"mm/reed.c": "int reed;\n"}
    code = "#include <linux/mm.h>\n/* The clock - nicked^Wborrowed from mm/reed.c */"
    found = findings_on(a_file(code), "mm/heron.c", older)
    assert not [one for one in found if one.tier is Tier.PROVED]


def test_a_line_of_a_list_that_was_taken_out_is_no_mention() -> None:
    code = (
        "enum heron_is {\n\tHERON_WADES,\n\t//HERON_FISHES, /* not here */\n\t//HERON_FLIES,\n};\n"
    )
    older = {"mm/heron.h": "enum heron_is { HERON_WADES, HERON_FISHES, HERON_FLIES };\n"}
    assert not findings_on({"mm/heron.h": code}, "mm/heron.h", older)


@pytest.mark.parametrize(("words", "count"), [("run --add CONFIG_HERON=n", 0), ("CONFIG_HERON", 1)])
def test_an_option_of_a_command_line_may_be_for_any_tree(words: str, count: int) -> None:
    files = a_file(f"/*\n * Made with {words} here.\n */")
    older = files | {"mm/Kconfig": "config HERON\n\tbool\n"}
    assert len(findings_on(files | {"mm/Kconfig": "\n"}, "mm/heron.c", older)) == count


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
    assert not findings_on(a_file(comment), "mm/heron.c")


def test_a_heading_stands_above_a_function_and_not_in_its_body() -> None:
    body = "int heron(void)\n{\n\t/* heron_pll_enabled - 1'b0 */\n\treturn 0;\n}\n"
    assert not findings_on({"mm/heron.c": body}, "mm/heron.c")


def test_the_members_of_one_struct_are_one_finding() -> None:
    doc = "/**\n * struct heron - a bird\n * @legs: two\n * @wings: two\n * @tail: one\n */\n"
    (one,) = findings_on({"mm/heron.h": doc + "struct heron { int legs; };\n"}, "mm/heron.h")
    assert "So it is with tail." in one.verdict.message
    assert {place.line for place in one.verdict.evidence.locations} == {5, 7}


def test_what_is_a_kind_of_a_thing_is_not_the_thing() -> None:
    comment = "/* There is nothing for it (a kind of heron_wades_now()). */"
    assert not findings_on(a_file(comment), "mm/heron.c")


def test_who_did_what_is_told_of_only_before_the_code() -> None:
    told = "/*\n * Runs after heron_wades_now().\n * A. Heron <heron@example.org>\n */"
    assert len(findings_on({"mm/heron.c": f"{HERON}\n{told}\n"}, "mm/heron.c")) == 1


@pytest.mark.parametrize(
    ("path", "comment", "tier"),
    [
        ("drivers/pond/heron.c", "/* Then set eel_nest_mode to one. */", Tier.HINT),
        ("mm/heron.c", "/* Then set eel_nest_mode to one. */", Tier.HINT),
        ("mm/heron.c", "/* Then set heron_nest_mode to one. */", Tier.STRONG),
        ("drivers/pond/heron.c", "/* See eel_nest_mode(). */", Tier.HINT),
        ("drivers/pond/heron.c", "/* See heron_nest_mode(). */", Tier.STRONG),
        ("drivers/pond/heron.c", "/* See heron_nests(). */", Tier.HINT),
        ("drivers/pond/heron.c", "/* It is heron_nest_mode(n, 0). */", Tier.HINT),
        ("drivers/pond/heron.c", "/* Then set heron_nest_mode to one. */", Tier.STRONG),
    ],
)
def test_a_word_like_none_of_todays_may_be_the_devices(path: str, comment: str, tier: Tier) -> None:
    code = f"{HERON}\n{comment}\nint heron_stands(int n)\n{{\n\treturn n;\n}}\n"
    (one,) = findings_on({path: code}, path)
    assert one.tier is tier


def test_part_of_a_longer_name_may_be_short_for_it() -> None:
    code = f"int heron_nest_mode_now;\n{HERON}\n/* Then set heron_nest_mode to one. */\nint n;\n"
    assert all(one.tier is Tier.HINT for one in findings_on({"mm/heron.c": code}, "mm/heron.c"))


@pytest.mark.parametrize("kind", ["Function: void", "Prototype: static int", "Name:"])
def test_a_label_before_a_name_makes_it_a_heading(kind: str) -> None:
    told = f"/*\n * {kind} heron_dmaintr(int n)\n * Purpose: does it\n */\n"
    code = f"{HERON}\n{told}int heron_dma_intr(int n)\n{{\n\treturn n;\n}}\n"
    (one,) = findings_on({"mm/heron.c": code}, "mm/heron.c")
    assert "heron_dma_intr is meant" in one.verdict.message


@pytest.mark.parametrize(
    ("condition", "behind", "tier"),
    [
        ("CONFIG_HERON", "CONFIG_STORK", Tier.HINT),
        ("CONFIG_HERON", "!CONFIG_STORK", Tier.STRONG),
        ("CONFIG_HERON", "CONFIG_HERRON", Tier.STRONG),
        ("__POND_EL__", "__POND_EB__", None),
    ],
)
def test_an_else_may_say_what_holds_from_there_on(
    condition: str, behind: str, tier: Tier | None
) -> None:
    code = f"#ifdef {condition}\nint a;\n#else /* {behind} */\nint b;\n#endif\n{HERON}"
    files = {"mm/heron.c": code, "mm/Kconfig": "config HERON\n\tbool\nconfig STORK\n\tbool\n"}
    files["mm/Kconfig"] += "config HERRON\n\tbool\n"
    assert [one.tier for one in findings_on(files, "mm/heron.c")] == [tier] * (tier is not None)


def test_an_option_may_be_short_for_a_constant() -> None:
    files = {"include/linux/pond.h": "#define POND_CMD_CONFIG_EEL 1\n"}
    files["drivers/pond/heron.c"] = f"{HERON}/* Query CONFIG_EEL for it. */\nint n;\n"
    assert not findings_on(files, "drivers/pond/heron.c")


@pytest.mark.parametrize(
    ("comment", "others"),
    [
        ("/* Takes a pointer to pond_fcs_vport_t. */", "typedef int pond_fcs_vport_sm_t;"),
        ("/* Caller must hold pond_table_lock. */", "DEFINE_SPINLOCK(pond_tap_lock);"),
    ],
)
def test_another_thing_is_not_suggested(comment: str, others: str) -> None:
    code = f"{others}\n{HERON}{comment}\nint n;\n"
    for one in findings_on({"mm/heron.c": code}, "mm/heron.c"):
        assert "is meant" not in one.verdict.message
        assert "Today's name" not in one.verdict.message


def test_what_is_called_is_no_lock_of_today() -> None:
    code = f"{HERON}void pond_reeds_lock(void);\n/* Caller must hold pond_reed_lock. */\nint n;\n"
    (one,) = findings_on({"mm/heron.c": code}, "mm/heron.c")
    assert "Today's name" not in one.verdict.message


@pytest.mark.parametrize(("folder", "count"), [("drivers/gpu", 0), ("sound/soc", 1), ("kernel", 1)])
def test_a_slip_is_of_a_name_that_is_not_another_drivers(folder: str, count: int) -> None:
    there = "int eel_line_to_mdev(int n)\n{\n\treturn n;\n}\n"
    code = f"/* Released by eel_line_to_dev() later. */\n{HERON}"
    found = findings_on({f"{folder}/eel.c": there, "sound/soc/heron.c": code}, "sound/soc/heron.c")
    assert sum("eel_line_to_mdev is meant" in one.verdict.message for one in found) == count


def test_what_the_comment_denies_once_it_does_not_say_at_another_place() -> None:
    far = "Nothing is said of it in this line of the comment.\n" * 20
    told = f"/*\n * Where is heron_wades_now()? It does not exist.\n{far}Not heron_wades_now().\n*/"
    assert not findings_on(a_file(told), "mm/heron.c")
    assert len(findings_on(a_file(told.replace("It does", "It need")), "mm/heron.c")) == 1


def test_members_in_assembly_tell_offsets() -> None:
    code = "heron:\n\tstw 8, 4(6) /* heron->nest_moode */\n"
    found = findings_on({"arch/heron/h.S": code}, "arch/heron/h.S")
    assert all(one.tier is Tier.HINT for one in found)


def test_what_the_comment_stands_on_is_meant_before_another_form_of_the_name() -> None:
    told = "/**\n * heron_long_wades_now() - it does\n *\n * About: heron_wades_now() does.\n */\n"
    code = f"int heron_far_wades_now(int n);\n{told}int heron_long_wades_now(int n)\n{{\n}}\n"
    (one,) = findings_on({"mm/heron.c": code}, "mm/heron.c")
    assert "Perhaps heron_long_wades_now is meant." in one.verdict.message
    other = told.replace("About: heron_wades_now() does.", "See also heron_wades_now().")
    (one,) = findings_on({"mm/heron.c": code.replace(told, other)}, "mm/heron.c")
    assert "heron_long_wades_now is meant" not in one.verdict.message


def test_a_call_is_not_spelled_in_capitals() -> None:
    code = f"int heron_n;\n/* From heron_wades_now(), that is. */\n{HERON}"
    files = {"mm/heron.c": code, "include/linux/heron.h": "#define HERON_WADES_NOW 1\n"}
    found = findings_on(files, "mm/heron.c")
    assert found
    assert all("Perhaps" not in one.verdict.message for one in found)


def test_a_part_of_the_work_is_not_called_by_the_name_of_the_whole() -> None:
    code = f"int heron_wades(int n);\n/* From __heron_wades(), that is. */\n{HERON}"
    assert all(
        "Perhaps" not in one.verdict.message for one in findings_on({"mm/h.c": code}, "mm/h.c")
    )


def test_a_word_that_others_begin_with_is_no_slip() -> None:
    code = f"/* Tells the number of heron_rw contexts that it takes. */\n{HERON}"
    for others in ("int heron_rw_now;\n", ""):
        files = {"mm/heron.c": code, "include/linux/heron.h": f"int heron_wr(int n);\n{others}"}
        assert len(findings_on(files, "mm/heron.c")) == (not others)


def test_what_has_a_word_less_is_not_what_was_meant() -> None:
    code = f"int heron_n;\n/* From heron_crane_wades_now(), that is. */\n{HERON}"
    files = {"mm/heron.c": code, "include/linux/heron.h": "int heron_wades_now(int n);\n"}
    (one,) = findings_on(files, "mm/heron.c")
    assert "Perhaps" not in one.verdict.message


@pytest.mark.parametrize(
    ("comment", "path"),
    [
        ("/* or even swizzled back from swapper_space to one of its own */", "fs/heron/h.c"),
        ("/* Ticks in usec, assuming SHIFTED_HZ there */", "include/linux/heron.h"),
    ],
)
def test_what_the_kernel_gave_up_needs_no_other_words(comment: str, path: str) -> None:
    (one,) = findings_on({path: f"{comment}\n#define HERON_TICK 3\n"}, path)
    assert one.claim.quote in {"swapper_space", "SHIFTED_HZ"}


@pytest.mark.parametrize(
    ("words", "count"),
    [
        ("Works like the old heron_wades_now() did.", 0),
        ("Works like heron_wades_now() does.", 1),
        ("Calls vmtruncate() at its end.", 1),
        ("Calls vmtrunkate() at its end.", 0),
    ],
)
def test_what_is_called_old_is_known_to_be_gone_and_one_word_is_a_name_by_the_table(
    words: str, count: int
) -> None:
    assert len(findings_on(a_file(f"/* {words} */"), "mm/heron.c")) == count
