"""Members that kernel-doc describes: what the body below may have for them out of sight."""

from __future__ import annotations

import pytest

from reviewer.verdict import Decision, Tier
from tests.rules.heron import findings_on
from tests.support import decided

HEADER = """#define HERON_COMMON int legs
#define heron_parts(x) int legs;
#define HERON_LIST HERON_GREY, HERON_WHITE
#define HERON_BLACK HERON_BLACK
"""
DOC = "/**\n * %s heron - a bird\n * @%s: told\n */\n%s"


@pytest.mark.parametrize(
    "body",
    [
        "int age;\n\tHERON_COMMON;",
        "int age;\n#ifdef CONFIG_HERON\n\tHERON_COMMON;\n#endif",
        "HERON_COMMON\n\tint age;",
        "int age;\n\theron_common;",
        "heron_parts(1)\n\tint age;",
        "u32 age;\n\theron_parts(heron) u8 wings;",
        "struct bird;\n\tint age;",
        "int age;\n\tint wings HERON_MORE;",
        'int age;\n#include "more.h"',
    ],
)
def test_what_a_macro_or_another_struct_may_bring_is_unknown(body: str) -> None:
    code = HEADER + DOC % ("struct", "legs", f"struct heron {{\n\t{body}\n}};")
    assert decided("vanished-member", "mm/heron.h", code) == [Decision.UNKNOWN]


@pytest.mark.parametrize(
    "body",
    [
        "const struct bird **birds;",
        "int (*fly)(struct heron *heron, int far);",
        "__le32 age;\n\tunsigned long long wings:3, tail __aligned(8);",
        "enum { A, B } state;\n\tunion { u8 a; u16 b; } u __packed;",
        "size_t nr;\n\tu8 rest[HERON_MAX] __counted_by(nr);",
        "DECLARE_BITMAP(birds, 8);",
        "struct nest nest;",
    ],
)
def test_a_body_of_plain_declarations_has_no_other_members(body: str) -> None:
    code = HEADER + DOC % ("struct", "legs", f"struct heron {{\n\t{body}\n}};")
    assert decided("vanished-member", "mm/heron.h", code) == [Decision.BROKEN]


@pytest.mark.parametrize(
    ("body", "decision"),
    [
        ("HERON_LIST, HERON_RED", Decision.UNKNOWN),
        ("HERON_LIST\n\tHERON_RED", Decision.UNKNOWN),
        ("X(GREY)\n\tX(RED)", Decision.UNKNOWN),
        ("HERON_RED = BIT(1), HERON_BLACK", Decision.BROKEN),
    ],
)
def test_an_enumerator_may_come_from_a_list(body: str, decision: Decision) -> None:
    code = HEADER + DOC % ("enum", "HERON_GREY", f"enum heron {{\n\t{body}\n}};")
    assert decided("vanished-member", "mm/heron.h", code) == [decision]


@pytest.mark.parametrize(
    ("name", "body", "decision"),
    [
        ("legs", "int legs;", Decision.AGREES),
        ("legs", "DECLARE_BITMAP(legs, 2);", Decision.AGREES),
        ("nest.twigs", "struct { int twigs; } nest;", Decision.AGREES),
        ("far", "int (*fly)(int far);", Decision.UNKNOWN),
        ("nest", "struct nest *home;", Decision.UNKNOWN),
        ("nest.twigs", "struct nest nest;", Decision.UNKNOWN),
    ],
)
def test_a_parameter_or_a_type_of_the_name_is_no_member(
    name: str, body: str, decision: Decision
) -> None:
    code = DOC % ("struct", name, f"struct heron {{\n\t{body}\n}};")
    assert decided("vanished-member", "mm/heron.h", code) == [decision]


@pytest.mark.parametrize(
    ("code", "decision"),
    [
        ("int colors;", Decision.AGREES),
        ("int colours;", Decision.BROKEN),
        ("struct colors *tint;", Decision.UNKNOWN),
        ("int colours;\n\n\tint colors;", None),
    ],
)
def test_kernel_doc_inside_of_a_body(code: str, decision: Decision | None) -> None:
    found = decided(
        "vanished-member",
        "mm/heron.h",
        f"struct heron {{\n\t/** @colors: told */\n\t{code}\n}};",
    )
    assert found == ([] if decision is None else [decision])


def test_what_is_described_below_a_member_is_no_member_of_its_own() -> None:
    doc = "/**\n * struct heron - a bird\n * @fly: goes\n *   @far: how far\n */\n"
    code = doc + "struct heron {\n\tint (*fly)(int);\n};"
    assert decided("vanished-member", "mm/heron.h", code) == [Decision.AGREES]


def test_a_struct_of_the_same_tag_elsewhere_proves_nothing() -> None:
    doc = "/**\n * struct pond - a pond\n * @depth: deep\n * @width: wide\n */\n"
    code = f"{doc}struct pond {{\n\tint depth;\n}};\n"
    path = "drivers/heron/nest/pond.h"
    other = {"drivers/heron/lake.c": "struct pond {\n\tint width;\n};\n"}
    (one,) = findings_on(
        {path: code} | other, path, {path: "struct pond { int depth; };\n"} | other
    )
    assert one.tier is Tier.STRONG
    (one,) = findings_on({path: code} | other, path, other)
    assert one.tier is Tier.STRONG
    (one,) = findings_on({path: code}, path, other)
    assert one.tier is Tier.PROVED
