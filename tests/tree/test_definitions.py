"""What a file defines, read by the layout of its lines."""

from __future__ import annotations

import pytest

from reviewer.tree.definitions import definitions
from reviewer.tree.dialect import Dialect

LINES = {
    "#define POND 1": "POND",
    "  # define EEL 2": "EEL",
    "typedef int eel_t;": "eel_t",
    "int eels;": "eels",
    "static int pikes = 1, __read_mostly;": "pikes",
    "int eel(void);": "eel",
    "DEFINE_MUTEX(pond_lock);": "pond_lock",
}


@pytest.mark.parametrize("first", LINES)
def test_each_line_defines_its_name_wherever_it_stands(first: str) -> None:
    lines = [first, *(line for line in LINES if line != first)]
    code = "\n".join(lines).encode()
    assert set(LINES.values()) <= {one.name.decode() for one in definitions(code, Dialect.C)}


@pytest.mark.parametrize("line", LINES)
def test_offsets_are_those_of_the_names(line: str) -> None:
    code = f"\n\n{line}\n".encode()
    for one in definitions(code, Dialect.C):
        if one.kind.value != "lock":  # by a macro: where the macro stands
            assert code.startswith(one.name, one.offset)


MEMBERS = {
    "raw_spinlock_t __lock;": {"__lock"},
    "int count ____cacheline_aligned;": {"count"},
    "u64 __attribute__((aligned(8))) x;": {"x"},
    "unsigned long __data[4];": {"__data"},
    "void __iomem *__base;": {"__base"},
    "struct eel __eel;": {"__eel"},
    "struct eel eel __aligned(8);": {"eel"},
    "struct eel __rcu *eel;": {"eel"},
    "const struct eel *const __eel;": {"__eel"},
    "unsigned int __flag:3, other:1;": {"__flag", "other"},
    "__u32 __pad;": {"__pad"},
    "__be32 address;": {"address"},
    "int (*__hook)(int a);": {"__hook"},
    "struct { int eggs; } nest ____cacheline_aligned_in_smp;": {"eggs", "nest"},
    "union { int eggs; } a ____cacheline_aligned, b __packed;": {"eggs", "a", "b"},
    "int a ____cacheline_aligned, b ____cacheline_aligned;": {"a", "b"},
    "struct __eel __rcu *__next;": {"__next"},
    "enum __eel_state __state;": {"__state"},
    "const eel_t __eel;": {"__eel"},
}


@pytest.mark.parametrize("member", MEMBERS)
def test_members_are_told_from_their_attributes(member: str) -> None:
    code = f"struct pond {{\n\t{member}\n}};\n".encode()
    found = {one.name.decode() for one in definitions(code, Dialect.C) if one.owner}
    assert found == MEMBERS[member]
