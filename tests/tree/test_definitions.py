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
