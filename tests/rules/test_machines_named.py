"""Machines that a comment names: those it speaks of, and those that are only examples."""

from __future__ import annotations

import pytest

from reviewer.claims.comments import read_file
from reviewer.claims.extract import builtin_reader
from reviewer.claims.model import Kind
from reviewer.claims.wording.machines import named_machines, says_which
from reviewer.source.file import SourceFile
from reviewer.verdict import Decision
from tests.judging.pond import decisions

_CODE = """
void sweep(struct vm_area_struct *vma, unsigned long addr, pte_t *pte)
{{
        pte_t entry;

        /* The TLB flush sends an IPI to every CPU{words}. */
        entry = ptep_clear_flush(vma, addr, pte);
        use(entry);
}}
"""


@pytest.mark.parametrize(
    ("words", "decision"),
    [
        ("", Decision.BROKEN),
        (" on native x86", Decision.AGREES),
        (", especially on native x86", Decision.UNKNOWN),
        (", for example on native x86", Decision.UNKNOWN),
        (" also on native x86", Decision.UNKNOWN),
        (", like native x86", Decision.UNKNOWN),
    ],
)
def test_an_example_does_not_limit_what_is_said(words: str, decision: Decision) -> None:
    assert decisions(_CODE.format(words=words), "flush-implies-ipi") == [decision]


@pytest.mark.parametrize(
    "words",
    [
        " on native x86, on arm64 it is broadcast",
        " on native x86 and on arm64 the hardware does it",
        " on native x86 (on arm64 it is broadcast)",
        " on native x86 and is broadcast on arm64",
        ", and is broadcast on arm64",
        " on native x86, on arm64, it is broadcast",
    ],
)
def test_a_machine_of_another_clause_is_not_the_claims(words: str) -> None:
    assert decisions(_CODE.format(words=words), "flush-implies-ipi") == [Decision.UNKNOWN]


@pytest.mark.parametrize(
    ("start", "decision"),
    [
        ("On arm64 it is broadcast, on native x86 the", Decision.UNKNOWN),
        ("On arm64 it is broadcast, elsewhere the", Decision.UNKNOWN),
        ("On loongarch and native x86 the", Decision.AGREES),
        ("On arm64 and native x86 the", Decision.BROKEN),
    ],
)
def test_a_machine_before_the_claim(start: str, decision: Decision) -> None:
    code = _CODE.format(words="").replace("/* The", f"/* {start}")
    assert decisions(code, "flush-implies-ipi") == [decision]


def _named(words: str) -> tuple[list[str], list[str]] | None:
    code = f"/* The TLB flush sends an IPI to every CPU {words}. */\nvoid sweep(void)\n{{\n}}\n"
    source = SourceFile.parse("mm/a.c", code.encode())
    (reading,) = read_file(source, builtin_reader())
    (claim,) = [one for one in reading.claims if one.kind is Kind.IMPLIES]
    found = named_machines(claim)
    return None if found is None else (sorted(found[0]), sorted(found[1]))


@pytest.mark.parametrize(
    ("place", "names"),
    [
        ("x86-64", "x86_64 x86-64 amd64"),
        ("x86-pae", "x86_32 x86-32 i386 i686"),
        ("x86", "x86 Intel AMD"),
        ("arm64", "arm64 aarch64 ARM64"),
        ("arm", "arm32 armv7 ARM"),
        ("riscv", "riscv risc-v RISC-V"),
        ("powerpc", "powerpc powerpc64 ppc ppc64 book3s POWER9 POWER"),
        ("s390", "s390 s390x"),
        ("mips", "mips MIPS64"),
        ("sh", "superh sh4"),
        ("loongarch", "loongarch LoongArch64"),
        ("sparc", "sparc sparc64"),
        ("parisc", "parisc PA-RISC"),
        ("none", "alpha ARC csky hexagon ia64 itanium m68k microblaze nios2 openrisc UML xtensa"),
    ],
)
def test_what_machines_are_called(place: str, names: str) -> None:
    for name in names.split():
        assert _named(f"on {name}") == ([place], []), name


@pytest.mark.parametrize(
    ("words", "found"),
    [
        ("on bare-metal x86", (["x86"], ["native"])),
        ("on native x86", (["x86"], ["native"])),
        ("on x86 under KVM", (["x86"], ["kvm"])),
        ("on x86 under Hyper-V", (["x86"], ["hyperv"])),
        ("on x86 under Xen", (["x86"], ["xen"])),
        ("on 64-bit x86", (["x86-64"], [])),
        ("on 32-bit x86", (["x86-pae"], [])),
        ("on x86 PAE", (["x86-pae"], [])),
        ("on arm64 and loongarch", (["arm64", "loongarch"], [])),
        ("on all mips processors, on sparc and s390", (["mips", "s390", "sparc"], [])),
        ("of the arch", ([], [])),  # no word for one in small letters
        ("with much power", ([], [])),
    ],
)
def test_machines_and_kinds_of_them(words: str, found: tuple[list[str], list[str]]) -> None:
    assert _named(words) == found


@pytest.mark.parametrize(
    "words",
    [
        *("except on arm64", "unlike arm64", "other than on arm64", "rather than on arm64"),
        *("instead of arm64", "but not on arm64", "not on arm64", "besides arm64"),
        *("on x86, otherwise on arm64", "on x86 and everywhere on arm64", "on x86, the others not"),
        *("on x86, while on arm64 too", "on x86, whereas on arm64 too", "on x86, where on arm64"),
        *("on x86, although on arm64", "such as on x86", "for instance on x86", "including x86"),
        *("particularly on x86", "just as x86", "on 32-bit", "in 64-bit", "on UP"),
    ],
)
def test_names_that_limit_nothing_or_are_left_out(words: str) -> None:
    assert _named(words) is None


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("Architectures that use IPIs to flush are fine.", True),
        ("Most hardware broadcasts it.", True),
        ("Processors that broadcast need none.", True),
        ("It sends IPIs on some platforms.", True),
        ("Not all do: a broadcast on many architectures.", True),
        ("It is broadcast. Other machines wait.", False),
        ("The flush sends IPIs.", False),
    ],
)
def test_a_comment_that_says_which_machines_send_interrupts(text: str, told: bool) -> None:
    code = f"/* The TLB flush sends an IPI to every CPU. {text} */\nvoid sweep(void)\n{{\n}}\n"
    (reading,) = read_file(SourceFile.parse("mm/a.c", code.encode()), builtin_reader())
    claims = [one for one in reading.claims if one.kind is Kind.IMPLIES]
    assert [says_which(one) for one in claims[:1]] == [told]
