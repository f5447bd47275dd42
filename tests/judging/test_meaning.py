"""Claims that are not about the code at hand, and their neighbours that are."""

from __future__ import annotations

import inspect

import pytest

from reviewer.claims.model import Kind
from reviewer.review.judge import Judgement, judge_file, prepare
from reviewer.review.model import Selection
from reviewer.world import Library
from tests.support import MemoryTree, memory_index

_HEADERS = {
    "include/linux/regmap.h": "int regmap_write(struct regmap *map, int reg, int val);\n",
    "include/linux/delay.h": "void usleep_range(int min, int max);\n",
    "include/asm-generic/io.h": "static inline void writel(u32 v, void *p)\n{\n\t__w(v, p);\n}\n",
}


def _library(code: str, before: Library | None = None) -> Library:
    files = {"drivers/pond/heron.c": inspect.cleandoc(code) + "\n", **_HEADERS}
    tree = MemoryTree({path: text.encode() for path, text in files.items()})
    return Library(tree, memory_index(tree), before=before)


def _meant(code: str, before: str = "") -> list[tuple[str, str]]:
    """Kind and modality of each claim of a driver but mentions of names."""
    library = _library(code, _library(before) if before else None)
    source = library.source("drivers/pond/heron.c")
    assert source is not None
    review = judge_file(Judgement(prepare(Selection()), library), source)
    claims = {one.claim for one in review.entries if one.claim.kind is not Kind.REFERS}
    return sorted((one.kind.value, one.modality.value) for one in claims)


def _inside(comment: str, code: str) -> str:
    return f"""
#include <linux/regmap.h>

static void heron_poke(struct heron *h)
{{
	writel(1, h->base + HERON_POKE);
}}

static void heron_start(struct heron *h)
{{
	/* {comment} */
	{code}
}}
"""


@pytest.mark.parametrize(
    "code",
    [
        "regmap_write(h->map, HERON_IRQ, 0);",
        "heron_poke(h);",
        "writel(0, h->base); usleep_range(10, 20); heron_poke(h);",
    ],
)
def test_an_interrupt_that_is_off_in_a_register_is_a_device_s(code: str) -> None:
    """The code under the comment only talks to the device."""
    comment = "Make sure that the wing interrupts are disabled"
    assert _meant(_inside(comment, code)) == [("requires", "device")]


@pytest.mark.parametrize(
    "code",
    [
        "local_irq_disable();",
        "heron_unknown(h);",
        "h->ready = true; heron_poke(h);",
        "h->ops->poke(h); heron_poke(h);",
        "smp_mb(); heron_poke(h);",
        "spin_lock(&h->lock); heron_poke(h);",
    ],
)
def test_code_that_does_more_keeps_the_claim(code: str) -> None:
    """A lock, a barrier, a store that others see, a call that nobody knows."""
    comment = "Make sure that the wing interrupts are disabled"
    assert _meant(_inside(comment, code)) == [("requires", "asserted")]


def test_what_a_patch_takes_away_keeps_the_claim() -> None:
    """The comment was about the interrupts of this CPU, and so it still is."""
    comment = "Make sure that the interrupts are disabled"
    before = _inside(comment, "local_irq_disable(); heron_poke(h);")
    after = _inside(comment, "heron_poke(h);")
    assert _meant(after) == [("requires", "device")]
    assert _meant(after, before) == [("requires", "asserted")]
    other = _inside(comment, "heron_poke(h); heron_poke(h);")
    assert _meant(after, other) == [("requires", "device")]


def test_words_of_other_code_keep_the_claim() -> None:
    """The device's interrupt runs a handler, which is code."""
    comment = "Wait for pending requests to complete before the handler is gone"
    assert ("waits", "device") not in _meant(_inside(comment, "heron_poke(h);"))


def test_a_poll_of_a_register_waits_for_no_code() -> None:
    """Nor does the duty of a caller end in a register: that is said above a function."""
    code = "while (ioread(h)) usleep_range(1, 2);"
    comment = "Wait for the previous command to complete"
    known = _inside(comment, code).replace("ioread(h)", "heron_busy(h)")
    busy = "#define heron_busy(h) regmap_write((h)->map, HERON_BUSY, 0)\n"
    assert _meant(busy + known) == [("waits", "device")]
    assert _meant(_inside(comment, "wait_for_completion(&h->done);")) == [("waits", "asserted")]


def test_a_race_with_a_chip_keeps_no_code_out() -> None:
    """But one with the driver of the chip does."""
    flag = "h->owned = 1;"
    assert _meant(_inside("Set it last to avoid a race with the chip.", flag)) == [
        ("excludes", "device")
    ]
    assert _meant(_inside("Set it last to avoid a race with the chip driver.", flag)) == [
        ("excludes", "asserted")
    ]


@pytest.mark.parametrize(
    ("line", "told"),
    [
        ("#define HERON_EACCES 13 /* Caller does not hold required locks */", True),
        ("#define HERON_NOWAIT (1 << 5) /* do not block */", True),
        ("#define HERON_IDR 0x48 /* Interrupt Disable */", True),
        ("#define HERON_RDLOCK 1 /* wing_lock should be locked for read */", False),
        ("#define heron_wade(h) __wade(h) /* must not sleep */", False),
    ],
)
def test_a_constant_means_what_is_so_elsewhere(line: str, told: bool) -> None:
    """A macro that is called has duties of its own."""
    found = {how for _, how in _meant(f"{line}\n")}
    assert found == ({"elsewhere"} if told else {"asserted"})


@pytest.mark.parametrize(
    ("member", "told"),
    [
        ("bool needs_wing_lock; /* Needs wing_lock */", True),
        ("unsigned has_irq:1; /* has interrupt enable register */", True),
        ("int depth; /* used in the interrupt handler */", True),
        ("bool diving; /* must hold wing_lock to change it */", False),
        ("bool diving; /* protected by wing_lock */", False),
        ("bool diving; /* [wing_lock] */", False),
        ("void (*dive)(int); /* used in interrupt context */", False),
        ("int depth; /* needs wing_lock */", False),
    ],
)
def test_a_flag_says_what_it_means(member: str, told: bool) -> None:
    """What one has to do to touch it is a claim."""
    code = f"struct heron {{\n\t{member}\n}};\n"
    found = {how for _, how in _meant(code)}
    assert found == ({"elsewhere"} if told else {"asserted"})


def test_a_legend_defines_marks() -> None:
    """A single note is none."""
    lines = ("I: set once and never changed", "L: protected by wing_lock", "P: protected by b_lock")
    legend = "".join(f" * {line}\n *\n" for line in lines)
    marks = f"/*\n{legend} */\nstruct heron {{\n\tint depth; /* L */\n}};\n"
    assert {how for _, how in _meant(marks)} == {"elsewhere"}
    note = "/* NB: protected by wing_lock */\nstatic int depth;\n"
    assert {how for _, how in _meant(note)} == {"asserted"}
