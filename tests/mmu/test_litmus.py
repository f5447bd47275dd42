"""The litmus language: what parses, what it means, and what is said of what does not."""

from __future__ import annotations

import contextlib
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from reviewer.errors import KstaleError, LitmusError
from reviewer.mmu.api import Outcome, load_model, parse_litmus, read_litmus, simulate
from reviewer.mmu.litmus.condition import parse_question
from reviewer.mmu.litmus.definitions import parse_definitions
from reviewer.mmu.program import Addr, Bool, Compare, If, LocAtom, RegAtom, Scope

_MP = """C mp
(* message passing (* nested *) *)
{ int x = 0; y=0; int *p = &x; atomic_t a = ATOMIC_INIT(3); int t[2] = {1, x}; 1:r1=7; }

P0(int *x, int *y)
{
	WRITE_ONCE(*x, 1); // data
	smp_store_release(y, 1);
}

P1(int *x, int *y)
{
	int r0; /* flag */
	int r1;

	r0 = smp_load_acquire(y);
	r1 = READ_ONCE(*x);
}

locations [x; 1:r1]
exists (1:r0=1 /\\ 1:r1=0)
"""


def run(body: str, condition: str, init: str = "", model: str = "lkmm") -> Outcome:
    """One thread P0 with pointers x, y, p, l, s, t."""
    text = (
        f"C one\n{{{init}}}\nP0(int *x, int *y, int **p, spinlock_t *l, int *t)\n{{\n{body}\n}}\n"
        f"exists ({condition})\n"
    )
    return simulate(parse_litmus(text), load_model(model))


def test_parts_of_a_test() -> None:
    test = parse_litmus(_MP, "mp.litmus")
    assert test.name == "mp"
    assert test.initial.memory == {
        Addr("x"): 0,
        Addr("y"): 0,
        Addr("p"): Addr("x"),
        Addr("a"): 3,
        Addr("t", 0): 1,
        Addr("t", 1): Addr("x"),
    }
    assert test.initial.registers == {1: {"r1": 7}}
    assert [thread.line for thread in test.threads] == [6, 12]
    assert test.question.observed == (LocAtom(Addr("x")), RegAtom(1, "r1"))
    program = test.program(load_model("lkmm").definitions)
    assert len(program.threads) == 2


def test_sources_are_the_readers_own_lines() -> None:
    found = simulate(parse_litmus(_MP, "mp.litmus"), load_model("lkmm"))
    assert found.counterexample is not None
    lines = {
        event.source.line: event.source.text
        for event in found.counterexample.events
        if event.thread == 1
    }
    assert lines == {16: "r0 = smp_load_acquire(y);", 17: "r1 = READ_ONCE(*x);"}


@pytest.mark.parametrize(
    ("text", "line", "expected"),
    [
        ("MIPS x\n{}\n", 1, "test in C or in assembly"),
        ("C x\nno brace", 1, "initial state"),
        ("C x\n{ x=1;\n", 2, "never closed"),
        ("C x\n{ x=; y=@ }\nP0(){}\nexists (x=1)", 2, "number or an address"),
        ("C x\n{}\nexists (x=1)", 3, "a thread"),
        ("C x\n{}\nP1(){}\nexists (x=1)", 3, "P0"),
        ("C x\n{}\nP0(int *x){}\nexists (x=)", 4, "a value"),
        ("C x\n{}\nP0(int *x){}\nexists (x=1", 4, r"'\)'"),
        ("C x\n{}\nP0(int *x){}\nexist (x=1)", 4, "'exists'"),
        ("C x\n{}\nP0(int *x){}\nexists (x=1) y", 4, "the end"),
    ],
)
def test_bad_files(text: str, line: int, expected: str) -> None:
    with pytest.raises(LitmusError, match=expected) as caught:
        parse_litmus(text, "bad.litmus")
    assert caught.value.line == line
    assert str(caught.value).startswith(f"bad.litmus:{line}: ")


@pytest.mark.parametrize(
    ("body", "line", "expected"),
    [
        ("frob(x);", 4, "unknown primitive 'frob'"),
        ("\nWRITE_ONCE(*x);", 5, "takes 2 arguments"),
        ("WRITE_ONCE(x, 1);", 4, r"expected \*POINTER"),
        ("x = 1;", 4, r"expected \*x or a register"),
        ("goto out;", 4, "goto out: no such label"),
        ("break;", 4, "outside of a loop"),
        ("r0 = = 1;", 4, "expected"),
        ("__load{Once}(*x);", 4, "expected a tag"),
    ],
)
def test_bad_threads(body: str, line: int, expected: str) -> None:
    text = f"C x\n{{}}\nP0(int *x) {{\n{body}\n}}\nexists (x=1)"
    with pytest.raises(LitmusError, match=expected) as caught:
        simulate(parse_litmus(text, "bad.litmus"), load_model("lkmm"))
    assert caught.value.line == line


def test_conditions() -> None:
    asked = parse_question("~exists (0:r1=1 /\\ ~(x=2 \\/ y<>0)) ", "c", 1)
    assert asked.quantifier == "~exists"
    left = Compare(RegAtom(0, "r1"), 1)
    inner = Bool(
        "or", (Compare(LocAtom(Addr("x")), 2), Compare(LocAtom(Addr("y")), 0, negated=True))
    )
    assert asked.condition == Bool("and", (left, Bool("not", (inner,))))
    filtered = parse_question("filter (x=1) forall (1:r0=0:r0)", "c", 1)
    assert filtered.filter is not None
    assert filtered.condition == Compare(RegAtom(1, "r0"), RegAtom(0, "r0"))


@pytest.mark.parametrize(
    ("body", "condition", "init"),
    [
        ("int r = 2 + 3 * 4 - 1; int q = r % 5 == 3 && r > 2;", "0:r=13 /\\ 0:q=1", ""),
        ("int r = ~0 & 6 | 1; int q = !r ? 5 : -7 / 2;", "0:r=7 /\\ 0:q=-3", ""),
        ("int r = 0; for (int i = 0; i < 3; i++) { r += i; }", "0:r=3", ""),
        ("int r = 0; do { r++; if (r == 2) break; } while (1);", "0:r=2", ""),
        ("int i = 0; int r = 0; while (i < 3) { i++; if (i == 2) continue; r += i; }", "0:r=4", ""),
        ("*x = 5; int r = *x;", "0:r=5 /\\ x=5", ""),
        ("WRITE_ONCE(*p, y); int *r = READ_ONCE(*p); *r = 4;", "y=4", ""),
        ("int r = t[1]; t[0] = 9;", "0:r=2 /\\ t[0]=9", "t[2] = {1, 2};"),
        ("int *q = t; q = q + 1; int r = *q;", "0:r=2", "t[2] = {1, 2};"),
        ("int r = cmpxchg(x, 0, 3); int q = cmpxchg(x, 0, 4);", "0:r=0 /\\ 0:q=3 /\\ x=3", ""),
        ("int r = atomic_add_unless(x, 2, 1);", "0:r=0 /\\ x=1", "x=1;"),
        ("int r = atomic_sub_and_test(2, x);", "0:r=1 /\\ x=0", "x=2;"),
        ("int r = atomic_fetch_andnot(2, x);", "0:r=3 /\\ x=1", "x=3;"),
        ("spin_lock(l); int r = spin_is_locked(l); spin_unlock(l);", "0:r=1", ""),
        ("int r = spin_trylock(l); int q = spin_trylock(l);", "0:r=1 /\\ 0:q=0", ""),
        ("int r = (int) READ_ONCE(*(int *)x);", "0:r=6", "x=6;"),
    ],
)
def test_meaning_of_c(body: str, condition: str, init: str) -> None:
    assert run(body, condition, init).verdict == "Always"


def test_loops_are_cut_and_said_to_be() -> None:
    forever = run("int r = 0; while (READ_ONCE(*x) == 0) { r++; }", "0:r=1")
    assert forever.verdict == "Never"
    assert forever.bounded
    assert not run("for (int i = 0; i < 2; i++) { *x = i; }", "x=1").bounded


def test_definitions_select_and_inline() -> None:
    text = """
    // a macro and a function
    put(P,V) { __store{once}(*P,V); }
    #if fast && !(slow || other)
    int pick(int *p) { if (*p) { return 1; } return 2; }
    #else
    int pick(int *p) { return 3; }
    #endif
    """
    assert parse_definitions(text, "d", frozenset(("fast",)))["pick"].line == 5
    slow = parse_definitions(text, "d", frozenset(("fast", "slow")))
    assert slow["pick"].line == 7
    assert slow["put"].params == ("P", "V")
    with pytest.raises(LitmusError, match="d:3: expected #if"):
        parse_definitions("\n\n#ifdef X\n#endif\n", "d", frozenset())


def test_functions_nest_and_do_not_recur() -> None:
    definitions = parse_definitions(
        "int twice(int v) { return v + v; }\nint f(int v) { return twice(twice(v)); }\n"
        "int g(int v) { return g(v); }\n",
        "d",
        frozenset(),
    )
    test = parse_litmus("C x\n{}\nP0(int *x) { int r = f(3); }\nexists (0:r=12)")
    assert simulate(test.program(definitions), load_model("lkmm")).verdict == "Always"
    loop = parse_litmus("C x\n{}\nP0(int *x) { int r = g(3); }\nexists (0:r=12)")
    with pytest.raises(LitmusError, match="calls itself"):
        loop.program(definitions)


def test_branches_keep_their_shape() -> None:
    test = parse_litmus("C x\n{}\nP0(int *x) { if (*x) { *x = 1; } else *x = 2; }\nexists (x=2)")
    body = test.program(load_model("lkmm").definitions).threads[0].body
    assert isinstance(body[0], Scope)
    assert any(isinstance(statement, If) for statement in body[0].body)


def test_missing_file(tmp_path: Path) -> None:
    with pytest.raises(LitmusError, match="cannot read"):
        read_litmus(tmp_path / "none.litmus")


@settings(max_examples=150)
@given(st.data())
def test_no_text_makes_anything_but_an_error(data: st.DataObject) -> None:
    start = data.draw(st.integers(0, len(_MP)))
    length = data.draw(st.integers(0, 30))
    inserted = data.draw(st.text("{}()*=;,\\/~&|[]:\"'<>-+ x0P1r\n", max_size=6))
    text = _MP[:start] + inserted + _MP[start + length :]
    with contextlib.suppress(KstaleError):
        simulate(parse_litmus(text), load_model("lkmm"))
