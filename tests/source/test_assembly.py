"""Comments of assembly: each architecture has its own mark beside those of C."""

from __future__ import annotations

import pytest

from reviewer.source.file import SourceFile
from reviewer.tree.dialect import Dialect, code_of, dialect, parts_of
from reviewer.unit.compile import compile_unit
from reviewer.unit.model import Role

MARKS = {
    "arch/arm/kernel/pond.S": "@",
    "arch/x86/lib/pond.S": "#",
    "arch/powerpc/lib/pond.S": "#",
    "arch/sh/kernel/pond.S": "!",
    "arch/sparc/lib/pond.S": "!",
    "arch/m68k/kernel/pond.S": "|",
    "arch/parisc/kernel/pond.S": ";",
    "tools/testing/selftests/powerpc/pond.S": "#",
}
OTHERS = {
    "arch/arm64/kernel/pond.S": "bic x0, x0, #pond_mask // and no more\n",
    "arch/arm/kernel/pond.S": "add r0, r0, #pond_mask ; bx lr\n",
    "arch/m68k/kernel/pond.S": "movel #pond_mask,%d0; rts\n",
    "arch/x86/kernel/vmlinux.lds.S": "pond_mask = . ; # no comment\n",
    "arch/alpha/kernel/pond.S": "ldq $1, pond_mask($2) !literal\n",
}


def _texts(path: str, text: str) -> list[str]:
    return [one.text for one in SourceFile.parse(path, text.encode()).comments]


@pytest.mark.parametrize("path", MARKS)
def test_a_mark_begins_a_comment_to_the_end_of_the_line(path: str) -> None:
    mark = MARKS[path]
    text = f"pond:\n\tnop {mark} don't call pond_fill()\n\tnop\n"
    (comment,) = SourceFile.parse(path, text.encode()).comments
    assert comment.text == "don't call pond_fill()"
    assert comment.trailing
    assert comment.start_line == 2


@pytest.mark.parametrize("path", MARKS)
def test_lines_below_one_another_are_one_comment(path: str) -> None:
    mark = MARKS[path]
    text = f"{mark}{mark} The pond is\n{mark}{mark} filled here.\npond:\n\tnop\n"
    assert _texts(path, text) == ["The pond is\nfilled here."]


@pytest.mark.parametrize("path", MARKS)
def test_comments_of_the_preprocessor_are_comments_everywhere(path: str) -> None:
    text = "/* Fills the pond. */\npond:\n\tnop // and goes\n"
    assert _texts(path, text) == ["Fills the pond.", "and goes"]


@pytest.mark.parametrize("path", MARKS)
def test_a_line_of_the_preprocessor_has_no_such_comment(path: str) -> None:
    text = (
        "#if !defined(POND) || DEPTH /* deep */\n"
        "# define fill(x)\t\\\n\tmov x ; \\\n\t.string #x @ !x | x\n"
        "#endif\n"
    )
    assert _texts(path, text) == ["deep"]


@pytest.mark.parametrize("path", MARKS)
def test_a_string_that_does_not_end_takes_no_longer_than_its_letters(path: str) -> None:
    """12 s for 20,000, growing with the square, when each quote was tried: hours for these."""
    text = '#define POND "' + '\\"' * 300_000 + f"\n\tnop {MARKS[path]} and goes\n"
    assert _texts(path, text) == ["and goes"]
    kind = dialect(path)
    assert kind is not None
    assert b"goes" not in code_of(text.encode(), kind)


def test_nor_does_one_in_code() -> None:
    code = b'char *pond = "' + b'\\"' * 300_000 + b"\nint goes; // away\n"
    assert code_of(code, Dialect.C).endswith(b"\nint goes;        \n")


def test_the_number_of_an_expansion_begins_no_comment() -> None:
    path, text = "arch/arm/kernel/pond.S", ".Lpond_\\@_end: b pond_mask @ and goes\n"
    assert _texts(path, text) == ["and goes"]
    assert b"pond_mask" in SourceFile.parse(path, text.encode()).code()
    kind = dialect(path)
    assert kind is not None
    assert code_of(text.encode(), kind).startswith(b".Lpond_\\@_end: b pond_mask ")


@pytest.mark.parametrize("path", OTHERS)
def test_what_is_a_mark_elsewhere_is_code(path: str) -> None:
    text = OTHERS[path]
    assert b"pond_mask" in SourceFile.parse(path, text.encode()).code()
    kind = dialect(path)
    assert kind is not None
    assert code_of(text.encode(), kind).rstrip() == text.partition("//")[0].rstrip().encode()


@pytest.mark.parametrize("path", MARKS)
def test_a_name_that_only_such_a_comment_has_is_not_used(path: str) -> None:
    kind = dialect(path)
    assert kind is not None
    text = (
        f'pond:\t.string "a {MARKS[path]} b"\n\tbl pond_fill {MARKS[path]} pond_drain()\n'.encode()
    )
    roles = compile_unit(text, kind).roles
    assert roles[b"pond_drain"] == Role.COMMENT
    assert roles[b"pond_fill"] & Role.CODE
    assert len(code_of(text, kind)) == len(text)
    assert parts_of(text, kind).code == code_of(text, kind)


def test_what_braces_hold_in_assembly_is_no_function() -> None:
    text = b"pond_fill(r0)\n{\n}\n\tstmfd sp!, {r4 - r5, lr}\n"
    assert not SourceFile.parse("arch/arm/lib/pond.S", text).functions


def test_files_of_no_architecture_have_comments_of_c_alone() -> None:
    assert dialect("lib/pond.S") is Dialect.ASSEMBLY
    assert dialect("scripts/arm/pond.sh") is Dialect.SCRIPT
