"""Litmus tests in assembly: what they mean, and what is refused."""

from __future__ import annotations

import pytest

from reviewer.errors import LitmusError
from reviewer.mmu.api import load_model, parse_litmus, simulate
from reviewer.mmu.values import UnsupportedError

SB = """%s sb
{ %s }
 P0 | P1 ;
%s
exists (%s)
"""


def _verdict(text: str) -> str:
    litmus = parse_litmus(text, "t.litmus")
    return simulate(litmus, load_model(litmus.model)).verdict


ARM = "0:X1=x; 0:X3=y; 1:X1=y; 1:X3=x;"
ARM_ASKED = "0:X2=0 /\\ 1:X2=0"


@pytest.mark.parametrize(
    ("between", "verdict"),
    [("NOP", "Sometimes"), ("DMB SY", "Never"), ("DMB LD", "Sometimes"), ("DSB ISH", "Never")],
)
def test_aarch64_store_buffering(between: str, verdict: str) -> None:
    rows = f" MOV W0,#1 | MOV W0,#1 ;\n STR W0,[X1] | STR W0,[X1] ;\n {between} | {between} ;\n"
    assert _verdict(SB % ("AArch64", ARM, f"{rows} LDR W2,[X3] | LDR W2,[X3] ;", ARM_ASKED)) == (
        verdict
    )


def test_aarch64_release_and_acquire() -> None:
    rows = " MOV W0,#1 | MOV W0,#1 ;\n STLR W0,[X1] | STLR W0,[X1] ;\n"
    for load, verdict in (("LDAR", "Never"), ("LDAPR", "Sometimes")):
        asm = f"{rows} {load} W2,[X3] | {load} W2,[X3] ;"
        assert _verdict(SB % ("AArch64", ARM, asm, ARM_ASKED)) == verdict


def test_aarch64_branch_orders_writes_only() -> None:
    text = """AArch64 lb
{ 0:X1=x; 0:X3=y; 1:X1=y; 1:X3=x; }
 P0 | P1 ;
 LDR W0,[X1] | LDR W0,[X1] ;
 CBNZ W0,L0 | CBNZ W0,L1 ;
 L0: | L1: ;
 MOV W2,#1 | MOV W2,#1 ;
 STR W2,[X3] | STR W2,[X3] ;
exists (0:X0=1 /\\ 1:X0=1)
"""
    assert _verdict(text) == "Never"


def test_aarch64_exclusives_are_atomic() -> None:
    add = [
        "LDXR W0,[X1]",
        "ADD W2,W0,#1",
        "STXR W3,W2,[X1]",
        "CBNZ W3,E",
        "MOV W4,#1",
        "E:",
    ]
    rows = "\n".join(f"{line} | {line} ;" for line in add)
    text = f"AArch64 inc\n{{ 0:X1=x; 1:X1=x; }}\n P0 | P1 ;\n{rows}\n"
    assert _verdict(f"{text}exists (x=1 /\\ 0:X4=1 /\\ 1:X4=1)") == "Never"
    assert _verdict(f"{text}exists (x=2 /\\ 0:X4=1 /\\ 1:X4=1)") == "Sometimes"


def test_riscv_fences() -> None:
    held = "0:x6=x; 0:x8=y; 1:x6=y; 1:x8=x;"
    asked = "0:x7=0 /\\ 1:x7=0"
    for fence, verdict in (
        ("fence rw,rw", "Never"),
        ("fence r,rw", "Sometimes"),
        ("fence.tso", "Sometimes"),
    ):
        rows = " ori x5,x0,1 | ori x5,x0,1 ;\n sw x5,0(x6) | sw x5,0(x6) ;\n"
        rows += f" {fence} | {fence} ;\n lw x7,0(x8) | lw x7,0(x8) ;"
        assert _verdict(SB % ("RISCV", held, rows, asked)) == verdict


def test_power_fences() -> None:
    held = "0:r2=x; 0:r4=y; 1:r2=y; 1:r4=x;"
    asked = "0:r3=0 /\\ 1:r3=0"
    for fence, verdict in (("sync", "Never"), ("lwsync", "Sometimes")):
        rows = " li r1,1 | li r1,1 ;\n stw r1,0(r2) | stw r1,0(r2) ;\n"
        rows += f" {fence} | {fence} ;\n lwz r3,0(r4) | lwz r3,0(r4) ;"
        assert _verdict(SB % ("PPC", held, rows, asked)) == verdict


def test_x86_exchange_is_a_barrier() -> None:
    asked = "0:EBX=0 /\\ 1:EBX=0"
    plain = " MOV [x],$1 | MOV [y],$1 ;\n MOV EBX,[y] | MOV EBX,[x] ;"
    assert _verdict(SB % ("X86", "0:EAX=1; 1:EAX=1;", plain, asked)) == "Sometimes"
    locked = " XCHG [x],EAX | XCHG [y],EAX ;\n MOV EBX,[y] | MOV EBX,[x] ;"
    assert _verdict(SB % ("X86", "0:EAX=1; 1:EAX=1;", locked, asked)) == "Never"


# -- accesses of several sizes

MIXED = """AArch64 t
{ %s }
%s
exists (%s)
"""
TWO = "uint64_t x; 0:X1=x; 1:X1=x; 0:X0=0x100000002;"


@pytest.mark.parametrize(
    ("load", "asked", "verdict"),
    [
        # A doubleword is written at once, and read at once ...
        ("LDR X0,[X1] | NOP", "1:X0=2", "Never"),
        ("LDR X0,[X1] | NOP", "1:X0=0x100000002", "Sometimes"),
        # ... but two words are two reads, the second of which may be the older.
        ("LDR W0,[X1] | LDR W2,[X1,#4]", "1:X0=2 /\\ 1:X2=0", "Sometimes"),
        ("LDR W0,[X1] | LDR W2,[X1,#4]", "1:X0=0 /\\ 1:X2=1", "Sometimes"),
        ("LDR X0,[X1] | LDRB W2,[X1,#4]", "1:X0=0x100000002 /\\ 1:X2=0", "Never"),
        ("LDRB W0,[X1,#4] | LDRH W2,[X1,#4]", "1:X0=1 /\\ 1:X2=0", "Never"),
    ],
)
def test_an_aligned_access_is_one_access(load: str, asked: str, verdict: str) -> None:
    rows = "\n".join(
        f" {own} | {step} ;"
        for own, step in zip(("STR X0,[X1]", "NOP"), load.split(" | "), strict=True)
    )
    assert _verdict(MIXED % (TWO, f" P0 | P1 ;\n{rows}", asked)) == verdict


def test_words_are_written_apart_and_asked_for_together() -> None:
    rows = " P0 | P1 ;\n STR X0,[X1] | STR W0,[X1,#4] ;"
    held = TWO + " 1:X0=3;"
    for value, verdict in (
        ("0x300000002", "Sometimes"),
        ("0x100000002", "Sometimes"),
        ("0x300000000", "Never"),
    ):
        assert _verdict(MIXED % (held, rows, f"x={value}")) == verdict


def test_what_is_seen_of_a_part_is_seen_of_the_whole() -> None:
    # Message passing within a doubleword: the reader's two words are of one store.
    held = "uint64_t x; y=0; 0:X1=x; 0:X3=y; 1:X1=x; 1:X3=y; 0:X0=0x100000001; 0:X2=1;"
    rows = (
        " P0 | P1 ;\n STR W2,[X3] | LDR W0,[X1,#4] ;\n DMB SY | %s ;\n STR X0,[X1] | LDR W2,[X3] ;"
    )
    for between, verdict in (("DMB LD", "Never"), ("NOP", "Sometimes")):
        asked = "1:X0=1 /\\ 1:X2=0"
        assert _verdict(MIXED % (held, rows % between, asked)) == verdict


def test_an_exchange_of_a_doubleword_is_atomic() -> None:
    rows = " P0 | P1 ;\n SWP X0,X2,[X1] | STR W3,[X1] ;\n NOP | STR W3,[X1,#4] ;"
    held = TWO + " 1:X3=7;"
    # Neither word comes between the read and the write of the exchange.
    for read, verdict in (("7", "Never"), ("0x700000000", "Never"), ("0x700000007", "Sometimes")):
        asked = f"0:X2={read} /\\ x=0x100000002"
        assert _verdict(MIXED % (held, rows, asked)) == verdict


def test_a_lock_that_exchanges_a_half_word_sees_the_whole_word() -> None:
    # kernel/locking/qspinlock.c without LSE atomics: what xchg_tail() has read of another's store
    # of the whole word, its later load of the whole word has too.
    held = "uint32_t x; 0:X0=x; 1:X0=x; 0:X2=1; 1:X1=0x00020003;"
    rows = " P0 | P1 ;\n SWPH W2,W1,[X0] | STR W1,[X0] ;\n LDAR W3,[X0] | NOP ;"
    for whole, verdict in (("1", "Never"), ("0x00020001", "Sometimes")):
        asked = f"0:X1=3 /\\ 0:X3={whole}"
        assert _verdict(MIXED % (held, rows, asked)) == verdict


def test_bytes_of_registers_and_variables() -> None:
    held = "uint8_t x[4]={1,2,3,4}; 0:X1=x; 0:X0=0x1ff;"
    rows = " P0 ;\n LDR W2,[X1] ;\n STRB W0,[X1,#1] ;\n LDRH W3,[X1] ;\n ADD W4,W5,W3 ;"
    held += " 0:X5=0xffffffff;"
    asked = "0:X2=0x04030201 /\\ 0:X3=0xff01 /\\ 0:X4=0xff00 /\\ x[1]=255 /\\ x[2]=3"
    assert _verdict(MIXED % (held, rows, asked)) == "Always"


@pytest.mark.parametrize(
    ("code", "told"),
    [
        ("LDRH W0,[X1,#1]", "not aligned"),
        ("LDRB W0,[X1,#8]", "access outside of x"),
        ("STR X1,[X1]", "'&' on address values"),
    ],
)
def test_parts_that_are_not_known_are_an_error(code: str, told: str) -> None:
    text = f"AArch64 t\n{{ uint64_t x; 0:X1=x; }}\n P0 ;\n LDRB W9,[X1] ;\n {code} ;\nexists (x=1)"
    with pytest.raises((LitmusError, UnsupportedError), match=told):
        _verdict(text)


@pytest.mark.parametrize(
    ("code", "told"),
    [
        ("FROB W0", "no such instruction"),
        ("LDRSB W0,[X1]", "no such instruction"),
        ("DMB FOO", "no such barrier"),
        ("LDR Q0,[X1]", "Q0 is no register"),
        ("B Nowhere", "no label NOWHERE"),
        ("ADD W0,W1", "expected 3 operands"),
    ],
)
def test_what_is_not_known_is_an_error_with_its_line(code: str, told: str) -> None:
    text = f"AArch64 t\n{{ 0:X1=x; }}\n P0 ;\n {code} ;\nexists (x=1)"
    with pytest.raises(LitmusError, match=rf"t.litmus:4: .*{told}"):
        _verdict(text)


def test_no_such_architecture() -> None:
    with pytest.raises(LitmusError, match="found one for 'VAX'"):
        parse_litmus("VAX t\n{}\nP0;\nexists (x=1)")


MP = """AArch64 mp
{ 0:X1=x; 0:X3=y; 1:X1=y; 1:X3=x; 1:X5=z; 1:X9=x; 1:X10=x; }
 P0 | P1 ;
 MOV W0,#1 | LDR W0,[X1] ;
 STR W0,[X1] | CMP W0,#1 ;
 STLR W0,[X3] | %s ;
%s
exists (1:X0=1 /\\ %s)
"""


@pytest.mark.parametrize(
    ("select", "then", "asked", "verdict"),
    [
        # What a select chose orders writes, not reads.
        ("CSEL X4,X9,X10,EQ", " | LDR W6,[X4] ;", "1:X6=0", "Sometimes"),
        ("CSEL X4,X9,X10,EQ", " | STR W0,[X4] ;", "x=1 /\\ 1:X6=0", "Sometimes"),
        (
            "CSET W4,EQ",
            " | STR W4,[X5] ;\n | LDAR W7,[X5] ;\n | LDR W6,[X3] ;",
            "1:X6=0",
            "Sometimes",
        ),
        # An acquire that reads from an exclusive store comes after its load only.
        (
            "B.EQ L0",
            " | L0: LDXR W4,[X5] ;\n | STXR W7,W20,[X5] ;\n | LDAR W8,[X5] ;\n | LDR W6,[X3] ;",
            "1:X6=0 /\\ 1:X7=0",
            "Sometimes",
        ),
        ("DMB LD", " | LDR W6,[X3] ;", "1:X6=0", "Never"),
    ],
)
def test_aarch64_pick_dependencies(select: str, then: str, asked: str, verdict: str) -> None:
    assert _verdict(MP % (select, then, asked)) == verdict


def test_aarch64_select_orders_a_write() -> None:
    text = """AArch64 lb
{ 0:X1=x; 0:X3=y; 1:X1=y; 1:X3=x; 1:X8=5; 1:X9=1; }
 P0 | P1 ;
 LDR W0,[X1] | LDR W0,[X1] ;
 MOV W2,#1 | CMP W0,#1 ;
 STLR W2,[X3] | CSEL W4,W9,W8,EQ ;
 | STR W4,[X3] ;
exists (0:X0=1 /\\ 1:X0=1)
"""
    assert _verdict(text) == "Never"
    assert _verdict(text.replace("STR W4,[X3]", "STR W9,[X3]")) == "Sometimes"


def test_aarch64_compare_and_swap_that_succeeds_gives_what_was_known() -> None:
    text = """AArch64 mp-cas
{ z=1; 0:X1=x; 0:X3=z; 1:X3=x; 1:X5=z; 1:X4=2; 1:X8=0; }
 P0 | P1 ;
 MOV W0,#1 | MOV W0,#2 ;
 STR W0,[X1] | CAS W0,W4,[X5] ;
 MOV W2,#2 | EOR W6,W0,W0 ;
 STLR W2,[X3] | LDR W7,[X3,W6,SXTW] ;
exists (1:X0=2 /\\ 1:X7=0)
"""
    assert _verdict(text) == "Sometimes"
    assert _verdict(text.replace("CAS W0", "CASA W0")) == "Never"


def test_x86_what_is_said_to_another_tool_is_left_out() -> None:
    plain = " MOV [x],$1 | MOV [y],$1 ;\n MOV EBX,[y] | MOV EBX,[x] ;"
    text = f"X86 sb\n{{ x=0; }}\n P0 | P1 ;\n{plain}\nfinal (0:EBX=0 /\\ 1:EBX=0);\n"
    text += "with\ntso: exists;\ndefault: ~exists;\n<<\nshow 0\n>>\n"
    assert _verdict(text) == "Sometimes"


def test_x86_64_is_x86_with_the_result_last() -> None:
    for between, verdict in (("nop", "Sometimes"), ("mfence", "Never")):
        rows = f" P0 | P1 ;\n movl $1,(x) | movl $1,(y) ;\n {between} | {between} ;\n"
        rows += " movl (y),%eax | movl (x),%eax ;"
        text = f"X86_64 sb\n{{ }}\n{rows}\nexists (0:rax=0 /\\ 1:rax=0)"
        assert _verdict(text) == verdict
    rows = " P0 | P1 ;\n lock incl (x) | xchgl %eax,(x) ;"
    text = f"X86_64 rmw\n{{ 1:rax=5; }}\n{rows}\nexists (x=1)"
    assert _verdict(text) == "Never"
