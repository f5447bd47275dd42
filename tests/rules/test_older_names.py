"""Names that an older tree had: what proves them gone, and what took their place."""

from __future__ import annotations

import pytest

from reviewer.kernel.renamed import renamed
from reviewer.verdict import Tier
from tests.rules.heron import HERON, a_file, findings_on


@pytest.mark.parametrize(
    ("code", "was", "tier"),
    [
        ("int heron_ctrl_reg;", "#define HERON_CTRL 1\n", Tier.HINT),
        ("int egret;", "#define HERON_CTRL 1\n", Tier.PROVED),
        ("int heron_ctrl_reg;", "int HERON_CTRL(void);\n", Tier.HINT),
    ],
)
def test_a_word_that_lives_on_in_a_longer_name_is_a_hint(code: str, was: str, tier: Tier) -> None:
    files = {"drivers/heron/h.c": f"{code}\n/* It programs HERON_CTRL at last. */\n{HERON}"}
    (one,) = findings_on(files, "drivers/heron/h.c", {"drivers/heron/h.c": was})
    assert one.tier is tier


@pytest.mark.parametrize(
    "comment",
    [
        "/*\n * Changes: Ann Heron\n *          Affected data is nr_eels_max here\n */",
        "/*\n * 01-15-07  01.05.17  New page with\n *              nr_eels_max in it\n */",
        "/*\n * It has these:\n *   with the nr_eels_max variable\n *        [2.03]\n */",
        "//nr_eels_max,",
        "enum e {\n\tHERON,\n\t/*nr_eels_max,\n\tpond_eels_all,*/\n};",
        "/*\n * 08-26-2003 Ann Heron: all of it\n *              moved to nr_eels_max here\n */",
        "/*\n * 1.02.00.029 - All are counted.\n *               Count with nr_eels_max here\n */",
        "/* An old nr_eels_max does the same. */",
        "/* Bit 3 is reserved, was: nr_eels_max */",
        "/*\n * 3.07 Feb 2, 2000 - Ann Heron\n *     Counts what nr_eels_max has here\n */",
        "/*\n * The first word has the bits\n * 0..7 : nr_eels_max:8\n */",
        "static int b(int w)\n{\n\t/* set nr_eels_max */\n\tw |= 0x100;\n\treturn w;\n}",
        "/* Handle software interrupt used during MSI(X) test */",
        "enum eel { /* nr_eels_max */\n\tEEL,\n};",
    ],
)
def test_a_log_or_code_taken_out_proves_nothing(comment: str) -> None:
    older = {"mm/heron.c": "int nr_eels_max;\nint pond_eels_all;\n#define MSI 1\n"}
    assert not findings_on(a_file(comment), "mm/heron.c", older)


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
    found = findings_on(a_file(f"/* {comment} */"), "mm/heron.c", older | used)
    assert len([one for one in found if one.tier is Tier.PROVED]) == count


@pytest.mark.parametrize(
    ("other", "said"),
    [
        ("int heron_wades_out_now(void);", True),
        ("struct heron_wades_out_now { int n; };", False),
        ("int unheron_wades_now(void);", False),
    ],
)
def test_what_is_suggested_is_of_the_kind_that_is_meant(other: str, said: bool) -> None:
    code = f"{other}\n\n/* Called by heron_wades_now(). */\n{HERON}"
    (one,) = findings_on({"mm/heron.c": code}, "mm/heron.c")
    assert ("Perhaps" in one.verdict.message) is said


def test_what_is_out_of_sight_is_not_suggested() -> None:
    other = "static int heron_wades_out_now(void)\n{\n\treturn 0;\n}\n"
    files = a_file("/* Called by heron_wades_now(). */", "fs/heron/h.c") | {"fs/egret/e.c": other}
    (one,) = findings_on(files, "fs/heron/h.c")
    assert "Perhaps" not in one.verdict.message


def test_an_option_and_a_file_of_an_older_tree() -> None:
    older = {"mm/Kconfig": "config HERON\n\tbool\n", "mm/marsh/reed.c": "int reed;\n"}
    code = "#include <linux/mm.h>\n/* Needs CONFIG_HERON, see mm/marsh/reed.c. */"
    found = findings_on(
        a_file(code) | {"mm/Kconfig": "config EGRET\n\tbool\n"}, "mm/heron.c", older
    )
    assert {one.quote for one in found if one.tier is Tier.PROVED} == {
        "CONFIG_HERON",
        "mm/marsh/reed.c",
    }


def test_a_bare_word_was_a_name_where_the_folder_used_it() -> None:
    code = a_file("/* The frame_end_mark follows. */", "drivers/heron/h.c")
    far = {"drivers/egret/e.c": "int frame_end_mark;\n"}
    near = {"drivers/heron/h.c": "static int frame_end_mark;\n"}
    assert not findings_on(code, "drivers/heron/h.c", far)
    assert len(findings_on(code, "drivers/heron/h.c", near)) == 1


@pytest.mark.parametrize(
    "comment",
    ["Context: files_lock must be held.", "vfsmount lock must be held for write", "See i_mutex."],
)
def test_locks_that_went_away(comment: str) -> None:
    other = "struct card { spinlock_t files_lock; };\n"
    files = {"fs/heron.c": f"/* {comment} */\n{HERON}", "include/sound/card.h": other}
    assert [one.rule for one in findings_on(files, "fs/heron.c")] == ["lock-still-exists"]


def test_each_row_of_the_table_of_renamed_names_is_whole() -> None:
    kinds = {"function", "macro", "variable", "lock", "field", "struct", "option"}
    for name, row in renamed().items():
        assert row.kind in kinds
        assert name not in row.now
        assert row.commit or not row.gone
        assert row.last in {"", "4.15", "5.4", "6.1"}
        assert not (row.last and row.gone)
        assert not row.commit or len(row.commit.partition(" ")[0]) == 12


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
    (one,) = findings_on({"mm/heron.c": f"{other}\n\n/* {comment} */\n{HERON}"}, "mm/heron.c")
    assert ("Perhaps" in one.verdict.message) is said


def test_the_same_body_under_another_name_took_its_place() -> None:
    body = (
        "{\n\tint n = 0;\n\n\tfor (; w; w = w->next)\n"
        "\t\tn += w->fish + w->frogs;\n\treturn n;\n}\n"
    )
    code = f"int count_prey(struct w *w)\n{body}\n/* Counted by heron_wades_now(). */\n{HERON}"
    older = {"mm/heron.c": f"int heron_wades_now(struct w *w)\n{body}"}
    (one,) = findings_on({"mm/heron.c": code}, "mm/heron.c", older)
    assert one.verdict.message.endswith("count_prey took its place.")


def test_a_file_that_stood_beside_the_one_that_went_is_not_suggested() -> None:
    older = {"mm/reed.c": "int reed;\n", "mm/reed.h": "int reed;\n"}
    files = a_file("#include <linux/mm.h>\n/* See mm/reed.c. */") | {"mm/reed.h": "int reed;\n"}
    (one,) = findings_on(files, "mm/heron.c", older)
    assert one.tier is Tier.PROVED
    assert "today" not in one.verdict.message


@pytest.mark.parametrize(
    ("before", "tier"),
    [
        ("/* See heron_wades_now() for\n * what it waits for. */", Tier.PROVED),
        ("/* Waits. */", Tier.STRONG),
    ],
)
def test_only_a_comment_that_was_right_once_proves_the_name_gone(before: str, tier: Tier) -> None:
    files = a_file("/*\n * See heron_wades_now()\n * for what it waits for.\n */")
    gone = "int heron_wades_now(void)\n{\n\treturn 0;\n}\n"
    older = {"mm/heron.c": f"{before}\n{HERON}{gone}"}
    (one,) = findings_on(files, "mm/heron.c", older, younger=True)
    assert one.tier is tier


def test_a_header_does_not_mean_what_one_driver_made_of_the_word() -> None:
    driver = {"drivers/heron/e.c": "int heron_grey_wades_now(void)\n{\n\treturn 0;\n}\n"}
    files = a_file("/* heron_wades_now() was called. */", "include/linux/heron.h") | driver
    (one,) = findings_on(files, "include/linux/heron.h")
    assert "Perhaps" not in one.verdict.message


@pytest.mark.parametrize(
    ("comment", "where", "was", "count"),
    [
        # A constant of another .c file is a word of hardware here.
        ("It begins POND_SEES_FAR at last.", "fs/heron/e.c", "#define POND_SEES_FAR 1\n", 0),
        ("It begins POND_SEES_FAR at last.", "fs/heron/h.c", "#define POND_SEES_FAR 1\n", 1),
        ("It begins POND_SEES_FAR at last.", "fs/heron/pond.c", "#define POND_SEES_FAR 1\n", 1),
        # What another driver links with the kernel is its own unless a header for all has it.
        ("Done by pond_wades().", "drivers/egret/e.c", "int pond_wades(void)\n{\n}\n", 0),
        ("Done by pond_wades().", "include/linux/e.h", "int pond_wades(void);\n", 1),
        ("Done by pond_wades().", "fs/heron/e.c", "int pond_wades(void)\n{\n}\n", 1),
    ],
)
def test_what_another_file_kept_to_itself_proves_nothing(
    comment: str, where: str, was: str, count: int
) -> None:
    found = findings_on(a_file(f"/* {comment} */", "fs/heron/h.c"), "fs/heron/h.c", {where: was})
    assert len([one for one in found if one.tier is Tier.PROVED]) == count


def test_a_family_of_functions_keeps_the_name_of_its_title() -> None:
    older = {"mm/heron.c": "int pond_sees_far(void)\n{\n\treturn 1;\n}\n"}
    text = "/* As pond_sees_far goes on. */\nint pond_sees_far_a;\nint pond_sees_far_b;\n"
    found = findings_on({"mm/heron.c": text + HERON}, "mm/heron.c", older)
    assert all(one.tier is Tier.HINT for one in found)


def test_what_became_static_where_it_was_is_not_gone() -> None:
    code = a_file("/* Called by heron_wades_now() in the end. */", "drivers/egret/e.c")
    older = {
        "drivers/heron/h.c": "int heron_wades_now(void)\n{\n\treturn 1;\n}\n",
        "include/linux/heron.h": "int heron_wades_now(void);\n",
    }
    assert findings_on(code, "drivers/egret/e.c", older)
    now = {"drivers/heron/h.c": "static int heron_wades_now(void)\n{\n\treturn 1;\n}\n"}
    found = findings_on(code | now, "drivers/egret/e.c", older)
    assert "gone-since-release" not in {one.rule for one in found}


def test_words_in_brackets_are_no_arguments() -> None:
    older = {"include/linux/h.h": "#define MPLL 1\nint heron_wades(int from);\n"}
    assert not findings_on(
        a_file("/* HPLL -> MPLL(for a stable change) -> HPLL */"), "mm/heron.c", older
    )
    assert findings_on(a_file("/* Then heron_wades(int from) goes. */"), "mm/heron.c", older)


@pytest.mark.parametrize(("code", "tier"), [("", Tier.STRONG), ("struct nest *n;", Tier.PROVED)])
def test_a_member_is_proved_of_a_struct_that_the_file_knows(code: str, tier: Tier) -> None:
    files = a_file(f"{code}\n/* Counts what pond.eels_max_here has. */")
    (one,) = findings_on(
        files, "mm/heron.c", {"mm/nest.h": "struct nest { int eels_max_here; };\n"}
    )
    assert one.tier is tier


def test_a_header_that_is_included_by_its_path_is_in_sight() -> None:
    files = {
        "fs/heron/h.c": f'#include "heron.h"\n/* Cannot map HERON_SLASH yet. */\n{HERON}',
        "fs/heron/heron.h": '#include "../nls/nls_heron.h"\n',
        "fs/nls/nls_heron.h": "#define HERON_SLASH 1\n",
    }
    older = {"fs/heron/heron.h": "#define HERON_SLASH 1\n"}
    assert not findings_on(files, "fs/heron/h.c", older)
    (one,) = findings_on(files | {"fs/heron/heron.h": "\n"}, "fs/heron/h.c", older)
    assert one.tier is Tier.PROVED


@pytest.mark.parametrize(
    ("lines", "count"),
    [
        ('#include "../nls/nls_heron.h"\n', 0),
        ('#include "nls_heron.h"\n', 0),  # which includes the other one of its name
        ('#include "heron.h"\n#include "loop.h"\n', 1),
        ('/*\n#include "../nls/nls_heron.h"\n*/\n', 1),
        ('#include "../gone.h"\n', 1),
        ("#include <../nls/nls_heron.h>\n", 1),
    ],
)
def test_how_a_header_is_included(lines: str, count: int) -> None:
    files = {
        "fs/heron/h.c": f'#include "heron.h"\n/* Cannot map HERON_SLASH yet. */\n{HERON}',
        "fs/heron/heron.h": lines,
        "fs/heron/loop.h": '#include "heron.h"\n',
        "fs/heron/nls_heron.h": '#include "../nls/nls_heron.h"\n',
        "fs/nls/nls_heron.h": "#define HERON_SLASH 1\n",
    }
    older = {"fs/heron/heron.h": "#define HERON_SLASH 1\n"}
    assert len(findings_on(files, "fs/heron/h.c", older)) == count


@pytest.mark.parametrize(
    ("comment", "count"),
    [
        ("The level that was previously returned by heron_wades_now.", 0),
        ("@level: what was asked for, previously returned by heron_wades_now.", 1),
        ("Frees what is there, previously allocated with heron_wades_now().", 1),
        ("This code, previously located in heron_wades_now(), is better.", 0),
        ("The work previously performed in heron_wades_now() is done here.", 0),
        ("What is needed, previously provided by heron_wades_now().", 0),
        ("Keeps the list previously maintained by heron_wades_now().", 0),
        ("The hook previously called from heron_wades_now().", 0),
        ("We need not unlock, as we would have already unlocked it in heron_wades_now.", 1),
        ("It would be nicer to have it unlocked in heron_wades_now.", 0),
        ("A sorted list would have needed heron_wades_now().", 0),
        ("To drain it one would already have to call heron_wades_now().", 0),
        ("It would just have to be done by heron_wades_now().", 0),
        ("We would have wanted a heron_wades_now() for it.", 0),
    ],
)
def test_what_a_call_did_before_is_no_history_of_its_name(comment: str, count: int) -> None:
    older = {"mm/heron.c": "int heron_wades_now(void)\n{\n\treturn 1;\n}\n"}
    assert len(findings_on(a_file(f"/* {comment} */"), "mm/heron.c", older)) == count


WROTE = {
    "mm/nest.h": "struct nest { int eels_max_here; int (*fill_nest)(void); };\n",
    "mm/heron.c": "int f(struct nest *n)\n{\n\treturn n->fill_nest() + n->eels_max_here;\n}\n",
}


@pytest.mark.parametrize(
    "comment", ["Goes by eels_max_here to mend it.", "Calls fill_nest() first."]
)
def test_a_comment_means_what_the_code_of_its_file_had(comment: str) -> None:
    files = a_file(f"/* {comment} */")
    (one,) = findings_on(files, "mm/heron.c", WROTE)
    assert one.tier is Tier.PROVED
    found = findings_on(files, "mm/heron.c", {"mm/nest.h": WROTE["mm/nest.h"]})
    assert all(one.tier is not Tier.PROVED for one in found)


def test_a_constant_of_a_header_is_a_name_where_the_words_say_so() -> None:
    older = {"include/linux/nest.h": "enum nest_flags { NS_eels, NS_ducks };\n"}
    (one,) = findings_on(a_file("/* They have the NS_eels flag. */"), "mm/heron.c", older)
    assert one.tier is Tier.PROVED
    assert not findings_on(a_file("/* They are like NS_eels of old. */"), "mm/heron.c", older)


def test_what_is_not_done_in_a_function_does_not_deny_it() -> None:
    older = {"mm/heron.c": "int heron_wades_now(void)\n{\n\treturn 1;\n}\n"}
    said = "/* There are no other writers in heron_wades_now() today. */"
    (one,) = findings_on(a_file(said), "mm/heron.c", older)
    assert one.tier is Tier.PROVED
    assert not findings_on(
        a_file("/* There is no heron_wades_now() today. */"), "mm/heron.c", older
    )


def test_what_the_file_defined_is_no_placeholder() -> None:
    was = "int heron_add_type(void)\n{\n\treturn 1;\n}\n"
    (one,) = findings_on(
        a_file("/* Done by heron_add_type(). */"), "mm/heron.c", {"mm/heron.c": was}
    )
    assert one.tier is Tier.PROVED
    assert not findings_on(a_file("/* Done by heron_add_type(). */"), "mm/heron.c", {"mm/h.c": was})


def test_what_stood_beside_a_name_is_no_form_of_it() -> None:
    inner, outer = (f"int {one}(void)\n{{\n\treturn 1;\n}}\n" for one in ("__wade", "wade"))
    files = a_file("/* Done by wade(). */") | {"mm/h.c": inner}
    (one,) = findings_on(files, "mm/heron.c", {"mm/h.c": inner + outer})
    assert one.tier is Tier.PROVED
    assert not findings_on(files, "mm/heron.c", {"mm/h.c": outer})
