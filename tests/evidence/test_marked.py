"""Pairs of marked accesses, put to the kernel's memory model: a data race with either one plain."""

from __future__ import annotations

import inspect

import pytest

from reviewer.claims.comments import read_file
from reviewer.claims.model import Kind
from reviewer.evidence.models import hidden
from reviewer.evidence.models.marked import marked_model, names_marked
from reviewer.evidence.models.pairs import Answer, PairModel
from reviewer.judging.partners import partners_of
from reviewer.mmu.api import load_model, parse_litmus, simulate
from reviewer.review.judge import prepare
from reviewer.review.model import Selection
from reviewer.source.file import SourceFile
from reviewer.world import Library, World
from tests.support import MemoryTree, memory_index

PATH = "net/example.c"
LIMIT = """
    struct teal { int limit; int depth; spinlock_t lock; };

    static int teal_of(struct teal *bird)
    {
            return READ_ONCE(bird->limit);
    }

    static int teal_limit(struct teal *t)
    {
            /* Pairs with the WRITE_ONCE() in teal_setopt(). */
            return READ_ONCE(t->limit) + t->depth;
    }

    static void teal_setopt(struct teal *t, int v)
    {
            t->depth = v;
            spin_lock(&t->lock);
            WRITE_ONCE(t->limit, v);
            spin_unlock(&t->lock);
    }
"""


def _library(code: str, before: Library | None = None, header: str = "") -> Library:
    source = SourceFile.parse(PATH, inspect.cleandoc("\n" + code).encode() + b"\n")
    tree = MemoryTree({PATH: source.data, "include/net/teal.h": (header + "\n").encode()})
    library = Library(tree, memory_index(tree), before=before)
    library.put(source)
    return library


def _asked(code: str, before: str = "", header: str = "") -> PairModel:
    library = _library(code, _library(before) if before else None, header)
    source = library.source(PATH)
    assert source is not None
    claim = next(
        claim
        for reading in read_file(source, prepare(Selection()).reader)
        for claim in reading.claims
        if claim.kind is Kind.PAIRS
    )
    ((partner, place),) = partners_of(claim)
    assert names_marked(partner)
    return marked_model(World(source, library), claim, partner, place)


def test_a_race_with_either_access_plain_and_none_with_both_marks() -> None:
    model = _asked(LIMIT)

    assert (model.answer, model.why) == (Answer.FORBIDS, "data race on teal.limit")
    assert [(one.name, one.line) for one in model.rests_on] == [
        ("READ_ONCE", 11),
        ("WRITE_ONCE", 18),
    ]
    assert model.program is not None
    lkmm = load_model("lkmm")
    assert simulate(parse_litmus(model.program.text), lkmm).flags == ()
    for bare in model.without:
        assert simulate(parse_litmus(bare.text), lkmm).flags == ("data-race",)


@pytest.mark.parametrize(
    ("old", "new", "missing"),
    [
        ("return READ_ONCE(t->limit)", "return t->limit", "own"),
        ("WRITE_ONCE(t->limit, v)", "t->limit = v", "other"),
    ],
)
def test_a_mark_that_a_patch_takes_away(old: str, new: str, missing: str) -> None:
    assert LIMIT.count(old) == 1
    after = LIMIT.replace(old, new)

    assert _asked(after).answer is Answer.UNKNOWN  # of the code alone nothing is said
    model = _asked(after, before=LIMIT)
    assert (model.answer, model.missing) == (Answer.ALLOWS, missing)
    assert model.program is not None
    assert simulate(parse_litmus(model.program.text), load_model("lkmm")).flags == ("data-race",)


@pytest.mark.parametrize(
    ("old", "new", "why"),
    [
        (
            "return READ_ONCE(t->limit) + t->depth;",
            "int n;\n            spin_lock(&t->lock);\n            n = READ_ONCE(t->limit);\n"
            "            spin_unlock(&t->lock);\n            return n;",
            "what is held at both accesses of teal.limit excludes a race",
        ),
        ("t->depth = v;", "t->limit = 0;", "the plain write of teal.limit at net/example.c:16"),
        ("READ_ONCE(t->limit)", "READ_ONCE(t->depth)", "no place is seen"),
        ("teal_limit(struct teal *t)", "teal_limit(struct plover *t)", "no place is seen"),
        ("WRITE_ONCE(t->limit, v)", "atomic_inc(&t->limit)", "no place is seen"),
    ],
)
def test_what_leaves_the_pair_unknown(old: str, new: str, why: str) -> None:
    assert old in LIMIT
    model = _asked(LIMIT.replace(old, new))

    assert model.answer is Answer.UNKNOWN
    assert model.why.startswith(why)


def test_a_comment_over_two_accesses_of_which_one_has_no_mark() -> None:
    both = LIMIT.replace("t->depth = v;", "WRITE_ONCE(t->depth, v);").replace(
        "READ_ONCE(t->limit) + t->depth", "READ_ONCE(t->limit) + READ_ONCE(t->depth)"
    )
    one = both.replace("READ_ONCE(t->depth)", "t->depth")

    assert _asked(both).answer is Answer.FORBIDS
    assert _asked(one).why == "the plain read of teal.depth at net/example.c:11 has no mark"
    assert _asked(one, before=both).answer is Answer.UNKNOWN


def test_a_lock_that_a_patch_puts_in_place_of_the_marks() -> None:
    """Both sides under one lock need no marks: nothing is broken."""
    after = LIMIT.replace("WRITE_ONCE(t->limit, v)", "t->limit = v").replace(
        "return READ_ONCE(t->limit) + t->depth;",
        "int n;\n            spin_lock(&t->lock);\n            n = t->limit;\n"
        "            spin_unlock(&t->lock);\n            return n;",
    )

    assert _asked(after, before=LIMIT).answer is Answer.UNKNOWN


def test_a_lock_that_callers_hold_now() -> None:
    held = "lockdep_assert_held(&t->lock);\n            return t->limit"
    after = LIMIT.replace("return READ_ONCE(t->limit)", held)

    assert _asked(after, before=LIMIT).answer is Answer.UNKNOWN


@pytest.mark.parametrize(
    ("old", "new", "missing"),
    [
        ("WRITE_ONCE(t->limit, v)", "t->limit = v", "other"),
        ("return READ_ONCE(t->limit) +", "return t->limit +", "own"),
    ],
)
def test_a_lock_on_one_side_alone(old: str, new: str, missing: str) -> None:
    """It keeps nobody out, whether the model follows it or not."""
    before = LIMIT.replace("spin_lock(&t->lock)", "lock_sock(t)").replace(
        "spin_unlock(&t->lock)", "release_sock(t)"
    )
    model = _asked(before.replace(old, new), before=before)

    assert (model.answer, model.missing) == (Answer.ALLOWS, missing)


def test_one_of_two_marks_of_the_other_side() -> None:
    """The other one does not keep the plain write from racing."""
    before = LIMIT.replace(
        "            t->depth = v;\n",
        "            t->depth = v;\n            WRITE_ONCE(t->limit, 0);\n",
    )
    after = before.replace("WRITE_ONCE(t->limit, 0)", "t->limit = 0")

    assert _asked(after).answer is Answer.UNKNOWN
    assert _asked(after, before=before).answer is Answer.ALLOWS


def test_another_member_that_both_sides_mark() -> None:
    """The pair does not hold by it where the one by which it held has lost its mark."""
    before = (
        LIMIT.replace("return READ_ONCE(t->limit) +", "return READ_ONCE(t->limit) + 2 *")
        .replace("t->depth;", "READ_ONCE(t->depth);")
        .replace(
            "            t->depth = v;\n            spin_lock",
            "            WRITE_ONCE(t->depth, v);\n            spin_lock",
        )
    )
    assert _asked(before).answer is Answer.FORBIDS
    for old, new in (
        ("WRITE_ONCE(t->limit, v)", "t->limit = v"),
        ("WRITE_ONCE(t->depth, v)", "t->depth = v"),
    ):
        model = _asked(before.replace(old, new), before=before)

        assert model.answer is not Answer.FORBIDS or model.why.endswith("limit")


def test_a_race_that_is_meant() -> None:
    after = LIMIT.replace("return READ_ONCE(t->limit)", "return data_race(t->limit)")

    assert _asked(after, before=LIMIT).answer is Answer.UNKNOWN


MACROS = """
    #define LIMIT_OF(bird) ((bird)->limit)
    #define limit_of_t t->limit
"""
BELOW = "            /* Pairs"
TAKES = """
    static void teal_lock(struct teal *bird)
    {
            spin_lock(&bird->lock);
    }

    static void teal_unlock(struct teal *bird)
    {
            spin_unlock(&bird->lock);
    }

    static int teal_of"""


def _with(lines: str) -> str:
    """Statements above the comment in ``teal_limit()``."""
    assert LIMIT.count(BELOW) == 1
    code = LIMIT.replace(BELOW, f"            {lines}\n{BELOW}")
    return code.replace("    static int teal_of", TAKES)


@pytest.mark.parametrize(
    "lines",
    [
        "kstrtoint(buf, 0, &t->limit);",
        "memset(t, 0, sizeof(*t));",
        "*t = *other;",
        "copy_from_user(t, buf, sizeof(struct teal));",
        "__set_bit(2, &t->limit);",
        "settle(&t->limit);",
        "settle(&t->limit, READ_ONCE(t->limit));",
        "memset(t, 0, sizeof *t);",
        "memset((void *)t, 0, TEAL_SIZE);",
        "*(t) = other;",
        "t[0] = other;",
        "*(int *)((char *)t + offsetof(struct teal, limit)) = 4;",
        "LIMIT_OF(t) = 4;",
        "limit_of_t = 4;",
    ],
)
def test_what_touches_the_place_by_other_words_is_not_passed_over(lines: str) -> None:
    assert _asked(MACROS + _with("t->depth = 1;")).answer is Answer.FORBIDS
    model = _asked(MACROS + _with(lines))

    assert model.answer is Answer.UNKNOWN
    assert model.why.startswith("what is done to teal.limit at net/example.c:")


@pytest.mark.parametrize(
    "header",
    [
        "#define set_teal(bird) ((bird)->limit = 4)",
        "#define set_limit(bird) ((bird)->limit = 4)\n#define set_teal(bird) set_limit(bird)",
    ],
)
def test_a_macro_of_a_header_that_spells_the_member(header: str) -> None:
    code = _with("set_teal(t);")
    assert _asked(code, header="#define set_teal(bird) ((bird)->depth = 4)").answer is (
        Answer.FORBIDS
    )
    model = _asked(code, header=header)

    assert model.answer is Answer.UNKNOWN
    assert model.why.startswith("what is done to teal.limit at net/example.c:")


@pytest.mark.parametrize(
    ("macro", "use"),
    [
        ("#define SET(bird, member) ((bird)->member)", "SET(t, {}) = 4;"),
        (
            "#define AT(b, m) ((b)->m)\n#define SET(bird, member) AT(bird, member)",
            "SET(t, {}) = 4;",
        ),
        ("#define SET(bird, name) ((bird)->name##t = 4)", "SET(t, {:.4});"),
        ("#define SET(bird, name) ((bird)->{:.2}##name = 4)", "SET(t, x);"),
    ],
)
def test_a_macro_that_is_given_the_member(macro: str, use: str) -> None:
    def asked(member: str, *, here: bool) -> PairModel:
        text = macro.format(member) if "{" in macro else macro
        code = _with(use.format(member))
        return _asked(f"{text}\n{code}") if here else _asked(code, header=text)

    for here in (True, False):
        model = asked("limit", here=here)
        assert model.answer is Answer.UNKNOWN
        assert model.why.startswith("what is done to teal.limit at net/example.c:")
        if "->name##" not in macro:
            assert asked("depth", here=here).answer is Answer.FORBIDS


@pytest.mark.parametrize(
    ("lines", "answer"),
    [
        ("t->limit = 4;", Answer.UNKNOWN),
        ("t->depth = 4;", Answer.FORBIDS),
        ("struct duck *d = duck_of(t);\n d->limit = 4;", Answer.FORBIDS),
    ],
)
def test_what_is_deeper_than_helpers_are_followed(lines: str, answer: Answer) -> None:
    helpers = "".join(
        f"    static void teal_{n}(struct teal *t)\n    {{\n    {line}\n    }}\n\n"
        for n, line in [(5, lines), *((n, f"teal_{n + 1}(t);") for n in (4, 3, 2, 1))]
    )
    code = _with("teal_1(t);").replace(
        "    static int teal_limit", helpers + "    static int teal_limit"
    )

    assert _asked(code).answer is answer


def test_more_helpers_than_are_looked_at_are_not_passed_over(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    helpers = "".join(
        f"    static void teal_{n}(struct teal *t)\n    {{\n    {line}\n    }}\n\n"
        for n, line in [(9, "t->limit = 4;"), *((n, f"teal_{n + 1}(t);") for n in range(8, 0, -1))]
    )
    code = _with("teal_1(t);").replace(
        "    static int teal_limit", helpers + "    static int teal_limit"
    )
    monkeypatch.setattr(hidden, "_REACHED", 7)
    model = _asked(code)

    assert model.answer is Answer.UNKNOWN
    assert model.why.startswith("what is done to teal.limit at net/example.c:")


@pytest.mark.parametrize(
    "lines",
    [
        "spin_lock(&other->lock);\n t->limit = 4;\n spin_unlock(&other->lock);",
        "spin_lock(&t->lock);\n teal_unlock(t);\n t->limit = 4;",
        "spin_lock(&t->lock);\n leave(t);\n t->limit = 4;\n spin_unlock(&t->lock);",
        "spin_lock(&t->lock);\n if (n)\n spin_unlock(&t->lock);\n t->limit = 4;",
    ],
)
def test_a_lock_that_may_not_keep_the_other_side_out(lines: str) -> None:
    """It is of another object, or may be dropped before the plain write that it stands over."""
    held = "spin_lock(&t->lock);\n t->limit = 4;\n spin_unlock(&t->lock);"
    assert _asked(_with(held)).answer is Answer.FORBIDS
    unlocked = f"{lines}\n spin_unlock(&t->lock);"
    assert _asked(_with(lines)).answer is Answer.UNKNOWN
    assert _asked(_with(unlocked)).answer is Answer.UNKNOWN


def test_a_lock_around_either_local_pointer() -> None:
    code = LIMIT.replace("spin_lock(&t->lock)", "spin_lock(theirs)").replace(
        "spin_unlock(&t->lock)", "spin_unlock(theirs)"
    )
    mine = "spin_lock(mine);\n t->limit = 4;\n spin_unlock(mine);"

    assert _asked(code.replace(BELOW, f"{mine}\n{BELOW}")).answer is Answer.UNKNOWN


@pytest.mark.parametrize(
    ("take", "drop"),
    [
        ("rtnl_lock();", "rtnl_unlock();"),
        ("lock_sock(t);", "release_sock(t);"),
        ("guard(spinlock)(&t->lock);", ""),
        ("teal_lock(t);", "teal_unlock(t);"),
        ("stop_others(t);", "let_others(t);"),
        ("down_read(&t->sem);", "up_read(&t->sem);"),
        ("bit_spin_lock(0, &t->depth);", "bit_spin_unlock(0, &t->depth);"),
        ("ASSERT_RTNL();", ""),
    ],
)
def test_what_may_exclude_others_in_place_of_the_marks(take: str, drop: str) -> None:
    """Whatever a patch puts around the accesses that it makes plain: nothing is broken."""
    read = f"int n;\n {take}\n n = t->limit;\n {drop}\n return n;"
    after = (
        LIMIT.replace("WRITE_ONCE(t->limit, v)", "t->limit = v")
        .replace("            spin_lock(&t->lock);\n", f"            {take}\n")
        .replace("            spin_unlock(&t->lock);\n", f"            {drop}\n")
        .replace("return READ_ONCE(t->limit) + t->depth;", read)
        .replace("    static int teal_of", TAKES)
    )
    before = LIMIT.replace("    static int teal_of", TAKES)

    assert _asked(after, before=before).answer is Answer.UNKNOWN


def test_a_lock_that_no_model_has_on_both_sides() -> None:
    """Without the marks nothing races there: the marks are not what excludes it."""
    code = LIMIT.replace("spin_lock(&t->lock)", "lock_sock(t)").replace(
        "spin_unlock(&t->lock)", "release_sock(t)"
    )
    assert _asked(code).answer is Answer.FORBIDS
    read = "int n;\n lock_sock(t);\n n = READ_ONCE(t->limit);\n release_sock(t);\n return n;"
    model = _asked(code.replace("return READ_ONCE(t->limit) + t->depth;", read))

    assert (model.answer, model.why) == (
        Answer.UNKNOWN,
        "both sides use a lock that is not followed",
    )


@pytest.mark.parametrize(
    ("lines", "broken"),
    [
        ("t->limit = v;", True),
        ("struct teal own;\n\n own.limit = v;", False),
        ("t->next->limit = v;", False),
    ],
)
def test_a_plain_access_to_another_object(lines: str, broken: bool) -> None:
    """A struct of the function's own, or the next one of a list, races with nobody we know."""
    after = LIMIT.replace("t->depth = v;", f"{lines}\n            t->depth = v;")
    model = _asked(after, before=LIMIT)

    assert (model.answer is Answer.ALLOWS) == broken
