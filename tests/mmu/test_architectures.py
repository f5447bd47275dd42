"""What each architecture is known to allow: the classic shapes, with the kernel's operations.

S sc, T tso, A armv8, R riscv, P power, L lkmm: the letters say where the outcome is allowed.
Sources: Alglave, Maranget, Tautschnig, Herding cats (POWER); Pulte and others, POPL 2018 (ARMv8);
RISC-V unprivileged specification, RVWMO; Owens, Sarkar, Sewell, x86-TSO.
"""

from __future__ import annotations

import pytest

from reviewer.mmu.api import load_model, parse_litmus, simulate

MODELS = {"S": "sc", "T": "tso", "A": "armv8", "R": "riscv", "P": "power", "L": "lkmm"}


def read(reg: str, place: str) -> str:
    return f"{reg} = READ_ONCE(*{place});"


def write(place: str, value: object) -> str:
    return f"WRITE_ONCE(*{place}, {value});"


def shape_of(threads: list[str], question: str) -> str:
    """A litmus file; every thread has x, y, z and registers r1 to r3."""
    lines = ["C shape", "{}"]
    for number, body in enumerate(threads):
        lines.append(f"P{number}(int *x, int *y, int *z, spinlock_t *s)")
        lines.append("{\n\tint r1; int r2; int r3;\n\t" + body + "\n}")
    return "\n".join([*lines, f"exists ({question})", ""])


def sb(left: str, right: str) -> str:
    """Store buffering, with something between the two accesses of each thread."""
    threads = [write("x", 1) + left + read("r1", "y"), write("y", 1) + right + read("r1", "x")]
    return shape_of(threads, "0:r1=0 /\\ 1:r1=0")


def mp(left: str, right: str) -> str:
    """Message passing."""
    threads = [
        write("x", 1) + left + write("y", 1),
        read("r1", "y") + right + read("r2", "x"),
    ]
    return shape_of(threads, "1:r1=1 /\\ 1:r2=0")


def lb(left: str, right: str) -> str:
    """Load buffering; each thread writes ``left`` or ``right``."""
    threads = [read("r1", "x") + left, read("r1", "y") + right]
    return shape_of(threads, "0:r1=1 /\\ 1:r1=1")


def arms(then: str, orelse: str) -> str:
    """A branch on r1 of which both arms write y, after something of their own."""
    return f"if (r1) {{ {then} {write('y', 1)} }} else {{ {orelse} {write('y', 1)} }}"


def iriw(between: str) -> str:
    """Two readers disagree on the order of two independent writes."""
    threads = [
        write("x", 1),
        read("r1", "x") + between + read("r2", "y"),
        write("y", 1),
        read("r1", "y") + between + read("r2", "x"),
    ]
    return shape_of(threads, "1:r1=1 /\\ 1:r2=0 /\\ 3:r1=1 /\\ 3:r2=0")


def two_plus_two(between: str) -> str:
    """2+2W."""
    threads = [write("x", 1) + between + write("y", 2), write("y", 1) + between + write("x", 2)]
    return shape_of(threads, "x=1 /\\ y=1")


def r_shape(left: str, right: str) -> str:
    """R: the final value of y decides who wrote it last."""
    threads = [write("x", 1) + left + write("y", 1), write("y", 2) + right + read("r1", "x")]
    return shape_of(threads, "y=2 /\\ 1:r1=0")


def wrc(middle: str, last: str) -> str:
    """Write to read causality, through a second thread."""
    threads = [
        write("x", 1),
        read("r1", "x") + middle,
        read("r1", "y") + last + read("r2", "x"),
    ]
    return shape_of(threads, "1:r1=1 /\\ 2:r1=1 /\\ 2:r2=0")


DATA = "WRITE_ONCE(*y, r1);"
COPIES = "if (r1) WRITE_ONCE(*y, READ_ONCE(*z) + 1); else WRITE_ONCE(*y, READ_ONCE(*z) + 1);"
INNER = "if (READ_ONCE(*z) == 0) WRITE_ONCE(*y, 1);"
NESTED = f"if (r1) {{ {INNER} }} else {{ {INNER} }}"
RELEASE = "smp_store_release(x, 1); r1 = smp_load_acquire(y);"
SHAPES = [
    ("sb", sb("", ""), "TARPL"),
    ("sb+mb", sb("smp_mb();", "smp_mb();"), ""),
    ("sb+wmb", sb("smp_wmb();", "smp_wmb();"), "TARPL"),
    ("sb+mb+po", sb("smp_mb();", ""), "TARPL"),
    (
        "sb+rel-acq",
        shape_of(
            [RELEASE, "smp_store_release(y, 1); r1 = smp_load_acquire(x);"], "0:r1=0 /\\ 1:r1=0"
        ),
        "TRPL",
    ),
    (
        "sb+relaxed-rmw",
        sb("r2 = xchg_relaxed(z, 1);", "r2 = xchg_relaxed(z, 2);"),
        "ARPL",
    ),
    ("sb+rmw", sb("r2 = xchg(z, 1);", "r2 = xchg(z, 2);"), ""),
    ("sb+unlock-lock", sb("spin_lock(s); spin_unlock(s);", "smp_mb();"), "APL"),
    ("mp", mp("", ""), "ARPL"),
    ("mp+wmb+rmb", mp("smp_wmb();", "smp_rmb();"), ""),
    ("mp+wmb", mp("smp_wmb();", ""), "ARPL"),
    ("mp+rmb", mp("", "smp_rmb();"), "ARPL"),
    (
        "mp+wmb+ctrl",
        shape_of(
            [
                write("x", 1) + "smp_wmb();" + write("y", 1),
                read("r1", "y") + "if (r1) " + read("r2", "x"),
            ],
            "1:r1=1 /\\ 1:r2=0",
        ),
        "ARPL",
    ),
    ("lb", lb(write("y", 1), write("x", 1)), "ARPL"),
    ("lb+data", lb(DATA, "WRITE_ONCE(*x, r1);"), ""),
    ("lb+rmb", lb("smp_rmb();" + write("y", 1), "smp_rmb();" + write("x", 1)), "RL"),
    ("lb+ctrl", lb("if (r1) " + write("y", 1), "if (r1) " + write("x", 1)), ""),
    # A store that stands alike in both arms is moved with what is before it, or not at all.
    ("lb+alike", lb(arms("", ""), "if (r1) " + write("x", 1)), "ARP"),
    # What they store was read in each arm: the compiler reads it in front as well.
    ("lb+alike+read", lb(COPIES, "if (r1) " + write("x", 1)), "ARP"),
    ("lb+alike+read+nested", lb(NESTED, "if (r1) " + write("x", 1)), "ARP"),
    ("lb+alike+reads", lb(COPIES.replace("*z", "*y", 1), "if (r1) " + write("x", 1)), ""),
    ("lb+alike+barrier", lb(arms("barrier();", "barrier();"), "if (r1) " + write("x", 1)), "ARP"),
    ("lb+alike+lock", lb(arms("smp_rmb();", ""), "if (r1) " + write("x", 1)), ""),
    ("lb+alike+other", lb(arms("", "WRITE_ONCE(*z, 2);"), "if (r1) " + write("x", 1)), ""),
    ("lb+release", lb("smp_store_release(y, 1);", "smp_store_release(x, 1);"), ""),
    ("iriw", iriw(""), "ARPL"),
    ("iriw+rmb", iriw("smp_rmb();"), "PL"),
    ("iriw+mb", iriw("smp_mb();"), ""),
    ("2+2w", two_plus_two(""), "ARPL"),
    ("2+2w+wmb", two_plus_two("smp_wmb();"), "L"),
    ("r+mb", r_shape("smp_mb();", "smp_mb();"), ""),
    ("r+wmb+mb", r_shape("smp_wmb();", "smp_mb();"), "PL"),
    ("wrc+data+rmb", wrc(DATA, "smp_rmb();"), "PL"),
    ("wrc+release+rmb", wrc("smp_store_release(y, 1);", "smp_rmb();"), ""),
    ("wrc+mb+rmb", wrc("smp_mb(); WRITE_ONCE(*y, 1);", "smp_rmb();"), ""),
]


@pytest.mark.parametrize(("text", "where"), [row[1:] for row in SHAPES], ids=[s[0] for s in SHAPES])
def test_shape(text: str, where: str) -> None:
    allowed = "".join(
        letter
        for letter, name in MODELS.items()
        if simulate(parse_litmus(text, "shape.litmus"), load_model(name)).verdict != "Never"
    )
    assert allowed == where
