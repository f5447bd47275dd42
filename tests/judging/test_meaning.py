"""Claims that are not about the code at hand, and their neighbours that are."""

from __future__ import annotations

import inspect

import pytest

from reviewer.claims.model import Kind
from reviewer.review.bench import prepare
from reviewer.review.judge import Judgement, judge_file
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
    comment = "Make sure that interrupts are disabled"
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
    comment = "Make sure that interrupts are disabled"
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


@pytest.mark.parametrize(
    "other",
    [
        *("race", "races", "racing", "racy", "concurrent use", "simultaneously", "parallel"),
        *("thread", "tasks", "worker", "cpu", "core", "kthread", "reader", "writers", "caller"),
        *("handler", "isr", "callbacks", "tasklet", "softirq", "bh", "nmi", "preemption"),
        *("lock", "spinlock", "locked", "locking", "mutex", "semaphore", "barrier", "fence", "rcu"),
        *("page table", "visible", "order", "ordered", "ordering", "reordering", "memory", "ram"),
        *("dma", "descriptor", "atomic", "posted", "heron_dive()", "h->depth", "x86", "local irqs"),
    ],
)
def test_a_word_of_other_code_or_of_memory_keeps_the_claim(other: str) -> None:
    comment = f"Make sure that interrupts are disabled for the {other}"
    found = _meant(_inside(comment, "heron_poke(h);"))
    assert {how for _, how in found} == {"asserted"}


@pytest.mark.parametrize(
    ("code", "how"),
    [
        *((f"{step} heron_poke(h);", "asserted") for step in (
            "h->n--;", "h->n++;", "h->n |= 1;", "h->n <<= 1;", "h->n >>= 1;", "h.n = 1;",
            "a[1] = 2;", "a[1]++;", "a[1]--;", "a[1] &= 2;", "a[1] <<= 2;", 'asm("nop");',
            "regmap_lock(h);",
        )),
        *((f"{step} heron_poke(h);", "device") for step in (
            "n = 1;", "if (h->n == 1)", "cpu_relax();", "barrier();", "msleep(1);",
            "might_sleep();", 'pr_err("x");',
        )),
        ("n = 1;", "asserted"),  # nothing of it talks to a device
        ("usleep_range(1, 2);", "asserted"),
    ],
)  # fmt: skip
def test_what_may_stand_beside_an_access(code: str, how: str) -> None:
    comment = "Make sure that interrupts are disabled"
    assert _meant(_inside(comment, code)) == [("requires", how)]


@pytest.mark.parametrize(
    ("helper", "how"),
    [
        ("static void heron_set(struct heron *h)\n{\n\tregmap_write(h->map, 1, 2);\n}\n", "device"),
        ("static void heron_set(struct heron *h)\n{\n\th->n = 2;\n}\n", "asserted"),
        ("static void heron_set(struct heron *h)\n{\n\th->op(h);\n}\n", "asserted"),
        ("static void heron_set(struct heron *h)\n{\n\tlocal_irq_disable();\n}\n", "asserted"),
        ("#define heron_set(h) ((void)(h))\n", "device"),
        ("#define heron_set(h) ((h)->n = 1)\n", "asserted"),
        ('#define heron_set(h) asm("nop")\n', "asserted"),
    ],
)
def test_what_a_helper_does_beside_an_access(helper: str, how: str) -> None:
    comment = "Make sure that interrupts are disabled"
    code = helper + _inside(comment, "heron_set(h); heron_poke(h);")
    assert _meant(code) == [("requires", how)]


@pytest.mark.parametrize(
    ("words", "found"),
    [
        ("HERON_IDR must be written before HERON_CLK.", ("orders", "device")),
        ("heron_mask must be written before heron_clk.", ("orders", "asserted")),
        ("h->mask must be set before h->clk.", ("orders", "asserted")),
        ("Must come before heron_start()", ("orders", "asserted")),
        ("Avoid a race with the chip", ("excludes", "device")),
        ("Prevents a race with the keeper", ("excludes", "asserted")),
        ("Wait for the previous command to complete", ("waits", "device")),
        ("Wait for readers", ("waits", "asserted")),
        ("Must not be called with interrupts disabled", ("forbids", "device")),
        ("Interrupts must be enabled here", ("requires", "device")),
        ("Takes heron_lock", ("leaves", "asserted")),
    ],
)
def test_which_claims_may_be_of_a_device(words: str, found: tuple[str, str]) -> None:
    assert _meant(_inside(words, "heron_poke(h);")) == [found]


@pytest.mark.parametrize(
    "other",
    [
        *("race with the chip", "race conditions with the hw", "races against the firmware"),
        *("racing with fw", "race with our controller", "race with the hc", "race with the nic"),
        *("race with the asic", "race with the bmc", "race with devices", "bad race with hardware"),
    ],
)
def test_whose_race_is_with_no_code(other: str) -> None:
    comment = f"Set it last to avoid a {other}."
    assert _meant(_inside(comment, "h->owned = 1;")) == [("excludes", "device")]


@pytest.mark.parametrize(
    ("member", "how"),
    [
        ("bool a; /* Requires wing_lock */", "elsewhere"),
        ("bool a; /* is called with interrupts disabled */", "elsewhere"),
        ("bool a; /* are called with interrupts off */", "elsewhere"),
        ("bool a; /* may be called with interrupts disabled */", "asserted"),
        ("bool a; /* does not sleep */", "asserted"),
        ("u8 a:1; /* Needs wing_lock */", "elsewhere"),
        ("u32 a:1; /* Needs wing_lock */", "elsewhere"),
        ("unsigned int a:1; /* Needs wing_lock */", "elsewhere"),
        ("u8 a; /* Needs wing_lock */", "asserted"),
        ("bool a; /* needs wing_lock held */", "asserted"),
        ("bool a; /* needs wing_lock to set */", "asserted"),
        ("bool a; /* needs wing_lock for reset */", "asserted"),
        ("bool a; /* must have wing_lock */", "asserted"),
        ("bool a; /* needs wing_lock while diving */", "asserted"),
        ("int depth; /* accessed in interrupt context */", "elsewhere"),
        ("int depth; /* used with interrupts disabled */", "elsewhere"),
        ("int depth; /* used under wing_lock */", "asserted"),
        ("int depth; /* used in rcu read section */", "asserted"),
        *((f"int depth; /* {by} used in interrupt context */", "asserted") for by in (
            "only", "code", "must be", "should be", "heron_dive()", "we", "this is",
        )),
    ],
)  # fmt: skip
def test_what_is_said_of_a_member_or_of_its_use(member: str, how: str) -> None:
    found = _meant(f"struct heron {{\n\t{member}\n}};\n")
    assert {one for _, one in found} == {how}


@pytest.mark.parametrize(
    ("member", "how"),
    [
        ("struct work_struct calls;", "elsewhere"),
        ("void (*calls)(struct heron *h);", "asserted"),
    ],
)
def test_what_kernel_doc_says_of_a_member_or_of_its_use(member: str, how: str) -> None:
    said = "@calls: Used for calling herons from atomic context."
    code = f"/**\n * struct heron - a bird\n * {said}\n */\nstruct heron {{\n\t{member}\n}};\n"
    assert _meant(code) == [("requires", how)]


@pytest.mark.parametrize(
    ("value", "how"), [("_IOR(0x1, 0x2, __u64)", "elsewhere"), ("heron_call(1, 2)", "asserted")]
)
def test_an_ioctl_is_served_elsewhere(value: str, how: str) -> None:
    text = "/**\n * HERON_CALL - Call it\n *\n * It comes.\n *\n * Context: Process context.\n */\n"
    assert _meant(f"{text}#define HERON_CALL {value}\n") == [("requires", how)]


def test_what_a_flag_serializes_is_so_elsewhere() -> None:
    code = "enum heron {\n\tHERON_BUSY, /* Serialize dives */\n\tHERON_GONE,\n};\n"
    assert _meant(code) == [("serialized", "elsewhere")]


_LONG = "/*\n * Heron says much.\n * It goes on.\n * Do not sleep.\n */\n#define HERON_A 1\n"


@pytest.mark.parametrize(
    ("code", "how"),
    [
        *((f"#define HERON_A {value} /* do not sleep */\n", "elsewhere") for value in (
            "1", "0x1UL", "-5", "(1)", "BIT(3)", "BIT_ULL(3)", "(1 << HERON_S)",
        )),
        *((f"#define HERON_A {value} /* do not sleep */\n", "asserted") for value in (
            "heron", '"x"', "heron_b(1)",
        )),
        *((f"#define HERON_A 1 /* {words} */\n", "asserted") for words in (
            "must not sleep", "should not sleep", "is expected to hold wing_lock",
            "have to hold wing_lock", "protected by wing_lock",
        )),
        ("/* do not sleep */\n#define HERON_A 1\n", "elsewhere"),
        (_LONG, "asserted"),
        (_LONG.replace(" * It goes on.\n", "").replace("\n */", " */"), "elsewhere"),
        ("enum heron {\n\tHERON_A, /* do not sleep */\n};\n", "elsewhere"),
        ("enum heron {\n\tHERON_A = 1, /* do not sleep */\n};\n", "elsewhere"),
        ("static int depth; /* used in interrupt context */\n", "elsewhere"),
        ("static int depth; /* used under wing_lock */\n", "asserted"),
    ],
)  # fmt: skip
def test_what_a_constant_is(code: str, how: str) -> None:
    assert {one for _, one in _meant(code)} == {how}
