"""Nothing is guessed: what a test does not say is an error with its line, never a verdict."""

from __future__ import annotations

import os
import re
import time
from pathlib import Path

import pytest

from reviewer.cli.main import main
from reviewer.errors import KstaleError, LitmusError
from reviewer.mmu.api import load_model, parse_litmus, read_litmus, simulate
from reviewer.mmu.values import UnsupportedError

FOO = "struct foo { int flag; int v[2]; };\n"


def said(text: str) -> LitmusError:
    """The error that a test gives under lkmm."""
    with pytest.raises(LitmusError) as caught:
        simulate(parse_litmus(text, "t.litmus"), load_model("lkmm"))
    return caught.value


@pytest.mark.parametrize(
    ("body", "words"),
    [
        ("WRITE_ONCE(*y, 1);", "P0 uses y, which is no parameter of P0"),
        ("WRITE_ONCE(*x, v);", "P0 uses v, which is no parameter, local or constant"),
        ("int r0; if (r0 == GFP_KERNEL) r0 = 1;", "P0 uses GFP_KERNEL"),
        ("int flags; if (flgs) *x = 1;", r"P0 uses flgs.*did you mean flags\?"),
        ("ptep_clear_flsh(x);", r"unknown primitive.*did you mean ptep_clear_flush"),
        ("flush_tlb_page(vma, addr);", r"addr is no parameter or local: flush_tlb_page\(vma, P\)"),
        ("flush_tlb_page();", r"takes 1 arguments, found 0: flush_tlb_page\(p\) or"),
        ("set_pte_at(mm, x, 1);", r"takes 2 arguments, found 3"),
        ("ptep_clear_flush(f(x), addr, x);", "not looked at: expected a name"),
        ("int a = 1; { int a = 2; *x = a; }", "a hides another a"),
        ("f->flga = 1;", r"struct foo has no field flga.*did you mean flag\?"),
        ("*f = 1;", "expected a field of struct foo"),
        ("x->other = 1;", "nothing declares the field other"),
        ("int a[2]; int r = a[2];", "a has 2 elements"),
        ("int a[2]; int r = a;", "expected an element of the local array a"),
        ("goto out; if (*x) { out: *x = 1; }", "goto out: no such label"),
        ("guard(spinlok)(x);", r"unknown guard 'spinlok'.*did you mean spinlock"),
        ("set_current_state(1);", "which task is P0"),
        ("for (int i = 0; i < 2; i++) call_rcu(x, kfree);", "a loop cannot start threads"),
        (
            "INIT_WORK(x, kfree); schedule_work(x); schedule_work(x);",
            "this work or timer is queued twice",
        ),
        ("call_rcu(x, nothing);", "no function nothing in this file"),
        ("mod_timer(x, 1);", "no thread sets the function of"),
        ("int a = 1; int a = 2; *x = a;", "a is declared twice"),
        ("for (int i = 0; i < 2; i++) ; *x = i;", "i was declared in a block that has ended"),
        ("{ int q = 1; } *x = q;", "q was declared in a block that has ended"),
        ("int r1; if (r1) *x = 1;", "r1 is used before it is set"),
        ("EBUSY = 3; *x = 1;", "P0 uses EBUSY, which is no parameter"),
        ("top = *x;", r"no parameter, local or constant: declare it \(int top;\)"),
        ("int r1 = smp_mb();", r"smp_mb\(\) has no value"),
        ("int r1 = smp_store_release(x, 1);", r"smp_store_release\(\) has no value"),
        ("smp_store_release(*x, 1);", r"\*x is a number and no location"),
        ("int v = ptep_get(*x);", "is a number and no location"),
        ("flush_tlb_page(vma, 0x1000);", "is a number and no location"),
        ("atomic_inc(5);", "5 is a number and no location"),
        ('*x = "a";', "expected an expression, found string literal"),
        ("*x = sizeof(int);", "expected an expression, found sizeof"),
        ("*x = 99999999999999999999999;", "is more than 64 bits"),
    ],
)
def test_what_is_not_said_is_an_error(body: str, words: str) -> None:
    text = f"C t\n{{ x=0; y=0; }}\n{FOO}P0(int *x, struct foo *f)\n{{\n\t{body}\n}}\nexists (x=1)\n"
    error = said(text)
    assert error.line == 6

    assert re.search(words, str(error)), str(error)


@pytest.mark.parametrize(
    ("question", "words"),
    [
        ("0:r1=1", "thread 0 has no r1"),
        ("0:r7=1 /\\ zz=3", "thread 0 has no r7; expected a location of the test, found 'zz'"),
        ("3:r0=1", "no thread P3"),
        ("f.flog=1", r"found 'f.flog'"),
        ("f.v[7]=1", r"found 'f.v\[7\]'"),
    ],
)
def test_what_nothing_has_is_not_asked_about(question: str, words: str) -> None:
    text = (
        f"C t\n{{ x=0; }}\n{FOO}P0(int *x, struct foo *f) {{ int r0 = *x; }}\nexists ({question})\n"
    )
    error = said(text)
    assert error.line == 5

    assert re.search(words, str(error)), str(error)


def test_all_unknown_names_are_told_at_once() -> None:
    error = said("C t\n{}\nP0(int *x) { *x = a; }\nP1(int *x) { *x = b; }\nexists (x=1)")
    assert "P0 uses a" in str(error)
    assert "line 4: P1 uses b" in str(error)


_THREAD = "C x\n{{ x=0; }}\nP0(int *x)\n{{\n\tint r0 = READ_ONCE(*x);\n\t{}\n}}\nexists ({})"
_DEEP = [
    _THREAD.format("if (r0) { " * 5000 + "r0 = 1; " + "} " * 5000, "0:r0=1"),
    _THREAD.format("", "(" * 20000 + "0:r0=0" + ")" * 20000),
    _THREAD.format("", "~" * 20000 + "0:r0=0"),
    _THREAD.format("r0 = " + "1 + " * 20000 + "1;", "0:r0=0"),
    _THREAD.format("while (1) { " * 60 + "r0 = *x;" + "}" * 60, "0:r0=0"),
    _THREAD.format("r0 = *x; if (r0) r0 = 2; " * 60, "0:r0=0"),
    _THREAD.format("if (r0) r0 = r0 + 1; " * 60, "0:r0=0"),
    "C x\n{ x=0; }\n#define A0(v) v\n"
    + "".join(f"#define A{n + 1}(v) A{n}(v)+A{n}(v)+A{n}(v)\n" for n in range(20))
    + "P0(int *x) { int r0 = A20(1); }\nexists (0:r0=1)",
    "C x\n{ x=0; }\nint f(int v) { return g(v); }\nint g(int v) { return f(v) + f(v); }\n"
    "P0(int *x) { int r0 = f(1); }\nexists (0:r0=1)",
    "C x\n{ " + "(*" * 400_000,
    "C x\n{ " + "/*" * 400_000,
    "C x\n{ " + "x" * 900_000 + " }\nP0(int *x) { }\nexists (x=1)",
    "C x\n{ x=0; }\n" + "".join(f"P{n}(int *x) {{ }}\n" for n in range(20_000)),
]


@pytest.mark.parametrize("number", range(len(_DEEP)))
def test_no_depth_or_size_is_without_an_end(number: int) -> None:
    start = time.process_time()
    with pytest.raises(KstaleError):
        simulate(parse_litmus(_DEEP[number], "deep.litmus"), load_model("lkmm"))
    assert time.process_time() - start < 60


def test_a_cat_file_may_be_nested_too_deeply(tmp_path: Path) -> None:
    file = tmp_path / "deep.cat"
    file.write_text('"x"\nlet a = ' + "(" * 5000 + "po" + ")" * 5000, encoding="utf-8")
    with pytest.raises(LitmusError, match="nested too deeply"):
        load_model(file)


def test_no_more_is_read_than_a_test_may_have(tmp_path: Path) -> None:
    with pytest.raises(LitmusError, match="larger than"):
        read_litmus("/dev/zero")
    pipe = tmp_path / "pipe"
    os.mkfifo(pipe)
    with pytest.raises(LitmusError, match="expected 'C NAME'"):
        read_litmus(pipe)


def test_a_register_of_no_thread_has_no_initial_value() -> None:
    text = "C t\n{ x=0; 3:r0=1; }\nP0(int *x)\n{\n\t*x = 1;\n}\nexists (x=1)\n"
    assert "no thread P3" in str(said(text))


@pytest.mark.parametrize(
    ("body", "words"),
    [
        ("WRITE_ONCE(*(x + 1), 1);", ":6: '+' on address values (x, 1)"),
        ("WRITE_ONCE(*x, 1 / 0);", ":6: division by zero"),
    ],
)
def test_what_only_a_run_shows_has_its_line(
    body: str, words: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    file = tmp_path / "t.litmus"
    text = f"C t\n{{ x=0; y=0; }}\n\nP0(int *x)\n{{\n\t{body}\n}}\nexists (x=1)\n"
    file.write_text(text, encoding="utf-8")
    assert main(["simulate", str(file)]) == 2
    assert words in capsys.readouterr().err


@pytest.mark.parametrize(
    "body",
    [
        "int v = READ_ONCE(*x); flush_tlb_page(v);",
        "int addr = 4096; flush_tlb_page(x, addr);",
        "flush_tlb_page(0);",
        "int v = 1; spin_lock(v);",
        "int v = READ_ONCE(*x); atomic_inc(v);",
        "int v = 0; if (READ_ONCE(*x)) v = 2; WRITE_ONCE(*v, 1);",
    ],
)
def test_an_access_that_never_has_a_location_is_an_error(body: str) -> None:
    text = f"C t\n{{ x=0; }}\nP0(int *x)\n{{\n\t{body}\n}}\nexists (x=1)\n"
    with pytest.raises(UnsupportedError, match="is given a number and no location") as caught:
        simulate(parse_litmus(text, "t.litmus"), load_model("lkmm"))
    assert caught.value.line == 5


def test_a_pointer_that_may_be_null_has_a_location() -> None:
    text = "C t\n{ x=0; p=0; }\nP0(int *x, int **p) { WRITE_ONCE(*p, x); }\n"
    text += "P1(int **p) { int *q = READ_ONCE(*p); int r1 = READ_ONCE(*q); }\nexists (1:r1=0)\n"
    assert simulate(parse_litmus(text, "t.litmus"), load_model("lkmm")).verdict == "Always"


@pytest.mark.parametrize(
    ("body", "words"),
    [
        ("int r0 = READ_ONCE(*x); int r1 = 4 / r0;", "division by zero"),
        ("int r0 = READ_ONCE(*x) - 1; int r1 = 1 << r0;", "shift by -1"),
    ],
)
def test_an_operator_without_a_result_has_a_line(body: str, words: str) -> None:
    text = f"C t\n{{ x=0; }}\nP0(int *x)\n{{\n\t{body}\n}}\nexists (0:r1=1)\n"
    with pytest.raises(UnsupportedError, match=words) as caught:
        simulate(parse_litmus(text, "t.litmus"), load_model("lkmm"))
    assert caught.value.line == 5


@pytest.mark.parametrize(
    ("call", "words"),
    [
        ("flush_tlb_page(vma, addr);", r"addr is declared int, and flush_tlb_page\(p\) takes an"),
        ("local_flush_tlb_page(addr);", "addr is declared int"),
        ("int r = user_read(page, pte);", r"page is declared int, and user_read\(p, page\) takes"),
        ("set_pte_at(page, 1);", "page is declared int"),
    ],
)
def test_what_is_no_entry_is_not_taken_for_one(call: str, words: str) -> None:
    text = "C t\n{ pte=1; page=0; vma=0; addr=0; }\n"
    text += f"P0(pte_t *pte, int *page, int *vma, int *addr) {{ {call} }}\nexists (page=1)\n"
    error = said(text)
    assert error.line == 3
    assert re.search(words, str(error))


@pytest.mark.parametrize(
    ("text", "line", "words"),
    [
        ("{ x=0; }\nP0(int *x, int *x) { }\nexists (x=1)\n", 3, "P0 has two parameters x"),
        ("{ x=0;\n x=1; }\nP0(int *x) { }\nexists (x=1)\n", 3, "x has two initial values"),
        (
            "{ x=0;\n 0:r9=1; }\nP0(int *x) { int r0 = READ_ONCE(*x); }\nexists (0:r0=0)\n",
            3,
            "P0 uses no register r9 (did you mean r0?)",
        ),
        ("{ x=0;\n 1:r0=1; }\nP0(int *x) { }\nexists (x=0)\n", 3, "no thread P1"),
    ],
)
def test_what_is_said_of_nothing_or_twice_is_an_error(text: str, line: int, words: str) -> None:
    error = said(f"C t\n{text}")
    assert (error.line, error.message) == (line, words)


@pytest.mark.parametrize(
    ("body", "value"),
    [
        ("unsigned int r = 0; r = r - 1; WRITE_ONCE(*x, r > 0);", 1),
        ("u8 r = 300; WRITE_ONCE(*x, r);", 44),
        ("char r = 200; WRITE_ONCE(*x, r);", 200),
        ("signed char r = 200; WRITE_ONCE(*x, r);", -56),
        ("unsigned short r = 0; r--; WRITE_ONCE(*x, r);", 65535),
        ("bool r = 2; WRITE_ONCE(*x, r);", 1),
        ("int r = 300; WRITE_ONCE(*x, r);", 300),
    ],
)
def test_a_local_holds_what_its_type_holds(body: str, value: int) -> None:
    text = f"C t\n{{ x=0; }}\nP0(int *x) {{ {body} }}\nexists (x={value})\n"
    assert simulate(parse_litmus(text, "t.litmus"), load_model("lkmm")).verdict == "Always"


@pytest.mark.parametrize(
    ("kind", "value"),
    [("u8", 1), ("unsigned short", 257), ("bool", 1), ("int", 65793), ("u64", 65793)],
)
@pytest.mark.parametrize("store", ["WRITE_ONCE(*x, 65793);", "*x = 65793;"])
def test_a_location_holds_what_its_type_holds(kind: str, value: int, store: str) -> None:
    text = f"C t\n{{ x=0; }}\nP0({kind} *x) {{ {store} }}\nexists (x={value})\n"
    assert simulate(parse_litmus(text, "t.litmus"), load_model("lkmm")).verdict == "Always"


@pytest.mark.parametrize(
    ("params", "body", "asked"),
    [
        # C11 6.3.1.8: where an operand is unsigned, so is the result
        ("int *x", "unsigned int r = 0; WRITE_ONCE(*x, r - 1 > 0);", "x=1"),
        ("int *x", "unsigned int r = 0; int s = (r - 1) / 2;", "0:s=2147483647"),
        ("int *x", "unsigned int r = 0; int s = r - 1;", "0:s=-1"),
        ("int *x", "int r = -1; unsigned int s = 1; WRITE_ONCE(*x, r > s);", "x=1"),
        ("int *x", "u8 r = 5; u8 s = 10; WRITE_ONCE(*x, r - s < 0);", "x=1"),
        ("int *x", "unsigned int r = 0; long s = 1; WRITE_ONCE(*x, r - s < 0);", "x=1"),
        ("int *x", "unsigned long r = 0; r--; WRITE_ONCE(*x, r > 0);", "x=1"),
        ("int *x", "size_t r = 1; u64 s = 2; WRITE_ONCE(*x, r - s > 5);", "x=1"),
        ("int *x", "long r = 0; r--; WRITE_ONCE(*x, r > 0);", "x=0"),
        ("int *x", "unsigned int r = 0; r = ~r; WRITE_ONCE(*x, r == ~0);", "x=1"),
        ("int *x", "unsigned short int r = 65537; WRITE_ONCE(*x, r);", "x=1"),
        # what is read is unsigned where the location is, and a negative value is its bits
        ("unsigned int *x", "WRITE_ONCE(*x, READ_ONCE(*x) - 1 > 0);", "x=1"),
        ("unsigned int *x", "WRITE_ONCE(*x, -1);", "x=-1"),
        ("int *x", "unsigned int r = -1;", "0:r=-1 /\\ 0:r=4294967295"),
        # casts, and what an assignment leaves
        ("int *x", "int r = 300; WRITE_ONCE(*x, (u8)r);", "x=44"),
        ("int *x", "int r = -1; WRITE_ONCE(*x, (unsigned int)r > 0);", "x=1"),
        ("int *x", "int r = 2; WRITE_ONCE(*x, (bool)r);", "x=1"),
        ("int *x", "u8 r = 255; WRITE_ONCE(*x, ++r);", "x=0"),
        ("int *x", "u8 r; WRITE_ONCE(*x, r = 300);", "x=44"),
        ("int *x", "u8 a[2]; a[0] = 300; WRITE_ONCE(*x, a[0]);", "x=44"),
        # every way to a narrow location
        ("u8 *x", "xchg(x, 300);", "x=44"),
        ("u8 *x", "int r = cmpxchg(x, 256, 300);", "x=44"),
        ("u8 *x", "u8 *p = x; *p = 300;", "x=44"),
        ("u8 *x", "u8 *p; p = x; smp_store_release(p, 300);", "x=44"),
        ("struct s *x", "x->f = 300;", "x.f=44"),
        ("struct s *x", "WRITE_ONCE(x->f, 300);", "x.f=44"),
        ("struct s *x", "xchg(&x->f, 300);", "x.f=44"),
        ("struct s *x", "int r = 0; x->g = 1; WRITE_ONCE(x->f, x->g - 2 > 0);", "x.f=1"),
        # what functions take and return
        ("int *x", "take(x, 300);", "x=44"),
        ("int *x", "WRITE_ONCE(*x, give(300));", "x=44"),
        ("int *x", "less(x, 0);", "x=1"),
        ("u8 *x", "put(x);", "x=44"),
        # literals
        ("int *x", "WRITE_ONCE(*x, 1U - 2 > 0);", "x=1"),
        ("int *x", "long r = ~0U; WRITE_ONCE(*x, r == -1);", "x=0"),
    ],
)
def test_numbers_are_those_of_their_types(params: str, body: str, asked: str) -> None:
    text = "C t\n{ }\nstruct s { u8 f; unsigned int g; };\n"
    text += "static void take(int *p, u8 v) { WRITE_ONCE(*p, v); }\n"
    text += "static inline u8 give(int v) { return v; }\n"
    text += "static void less(int *p, unsigned int v) { WRITE_ONCE(*p, v - 1 > 0); }\n"
    text += "static void put(u8 *p) { WRITE_ONCE(*p, 300); }\n"
    text += f"P0({params}) {{ {body} }}\nexists ({asked})\n"
    assert simulate(parse_litmus(text, "t.litmus"), load_model("lkmm")).verdict == "Always"


def test_an_initial_value_is_one_of_its_type() -> None:
    error = said("C t\n{\n y=0;\n x=300;\n}\nP0(u8 *x) { WRITE_ONCE(*x, 1); }\nexists (x=1)\n")
    assert (error.line, error.message) == (4, "x is declared u8 and does not hold 300")


@pytest.mark.parametrize("initial", ["", "int x;"])
def test_a_narrow_location_is_narrow_everywhere(initial: str) -> None:
    text = f"C t\n{{ {initial} }}\nP0(int *x) {{ WRITE_ONCE(*x, 300); }}\n"
    error = said(text + "P1(u8 *x) { int r = READ_ONCE(*x); }\nexists (x=300)\n")
    assert (error.line, error.message) == (4, "x is declared int before and u8 here")


@pytest.mark.parametrize(
    ("params", "initial", "body", "asked"),
    [
        # an int wraps (Makefile: -fno-strict-overflow), and so do atomics on what is narrow
        ("atomic_t *x", "x=2147483647;", "atomic_inc(x);", "x=-2147483648"),
        ("int *x", "x=2147483647;", "int r = *x + 1; *x = r < 0;", "x=1"),
        ("int *x", "", "int r = 65536 * 65536;", "0:r=0"),
        ("int *x", "", "int r = 1 << 31; *x = r < 0;", "x=1"),
        ("int *x", "", "long r = 1L << 40; *x = r >> 40;", "x=1"),
        ("u8 *x", "x=255;", "atomic_inc(x);", "x=0"),
        ("unsigned int *x", "", "atomic_dec(x);", "x=4294967295"),
        ("int *x", "", "int r[2]; r[1] = 3;", "0:r[1]=3"),
        ("int *x", "", "int r = N * 2 + F(1 + 1);", "0:r=12"),
    ],
)
def test_numbers_wrap(params: str, initial: str, body: str, asked: str) -> None:
    text = f"C t\n{{ {initial} }}\n#define N (1 + 1)\n#define F(a) ((a) * 4)\n"
    text += f"P0({params}) {{ {body} }}\nexists ({asked})\n"
    assert simulate(parse_litmus(text, "t.litmus"), load_model("lkmm")).verdict == "Always"


def test_an_int_that_is_used_as_a_pointer_is_one() -> None:
    text = "C t\n{ int x = 2; int y; int *z = x; }\nP0(int *y, int **z) { WRITE_ONCE(*z, y); }\n"
    text += "P1(int *y, int **z) { int r1 = y; int r2 = READ_ONCE(*z); int r3 = r1 == r2; }\n"
    test = parse_litmus(text + "exists (1:r3=1)\n", "t.litmus")
    assert simulate(test, load_model("lkmm")).verdict == "Sometimes"


def test_counted_atomics_wrap() -> None:
    text = "C t\n{ x=254; }\nP0(u8 *x) { atomic_inc(x); }\nP1(u8 *x) { atomic_inc(x); }\n"
    test = parse_litmus(text + "exists (x=0)\n", "t.litmus")
    assert simulate(test, load_model("lkmm")).verdict == "Always"


@pytest.mark.parametrize(
    ("body", "words"),
    [
        ("int r = x;", r"r is declared int and given a location: \*x is its value"),
        ("take(x);", r"v is declared int and given a location: \*x is its value"),
        ("if (x) *y = 1;", r"x is a location, which is always there: \*x is its value"),
        ("while (x) *y = 1;", "x is a location, which is always there"),
        ("int r = *y; if (x == 1) r = 2;", r"x is a location and no number: \*x is its value"),
        ("int r = 1; r == 2;", "r == 2 does nothing: = sets"),
        ("int r = none(1);", r"none\(\) may end without a value"),
        ("int r = some(1);", r"some\(\) may end without a value"),
        ("int r = BARE * 2;", "C takes the meaning of BARE apart here"),
        ("int r = SUM(2) * 2;", "C takes the meaning of SUM apart here"),
        ("int r = TWICE(1 + 1);", "C takes a of TWICE apart here"),
        ("again: *y = 1; again: goto again;", "there are two labels again"),
        ("switch (*y) { case 1: break; case 1: *y = 2; }", "case 1: there are two"),
        ("int q = 1; switch (*y) { case q: *y = 2; }", "case q: expected a number"),
        ("static int r; r = 1;", "a static variable is a location: make it a parameter"),
        ("f->v = 1;", "expected an element of the array f->v"),
        ("int v = 1; int *p = &v;", "v is a register and has no address"),
        ("int r = uses(1);", r"uses\(\) uses y, which is no parameter of uses\(\)"),
    ],
)
def test_what_cannot_be_meant_is_an_error(body: str, words: str) -> None:
    text = "C t\n{ }\nstruct foo { int flag; int v[2]; };\n"
    text += "static void take(int v) { smp_mb(); }\nstatic int none(int v) { smp_mb(); v = 1; }\n"
    text += "static int some(int v) { if (v) return 2; }\nstatic int uses(int v) { return *y; }\n"
    text += "#define BARE 1 + 1\n#define SUM(a) a + 2\n#define TWICE(a) (a * 2)\n"
    error = said(text + f"P0(int *x, int *y, struct foo *f) {{ {body} }}\nexists (y=1)\n")
    assert re.search(words, str(error)), str(error)


@pytest.mark.parametrize(
    ("body", "words"),
    [
        ("ZAP(page);", "page is declared int, and ptep_clear_flush"),
        ("pte_t *p = page;", "page points to int, not to pte_t"),
        ("u8 *p = page;", "page points to int, not to u8"),
        ("set(s);", "s points to s, not to t"),
        ("set(&s->a);", "&s->a points to int, not to t"),
        ("s->in = 4;", "s->in is a struct t: expected a field of it"),
        ("int r = s->in;", "s->in is a struct t: expected a field of it"),
        ("s->in->b = 4;", "s->in is a struct t: expected a field of it"),
    ],
)
def test_pointers_lead_to_what_they_say(body: str, words: str) -> None:
    text = "C t\n{ pte=1; }\nstruct t { int b; };\nstruct s { int a; struct t in; };\n"
    text += "#define ZAP(p) ptep_clear_flush(p)\nstatic void set(struct t *t) { t->b = 4; }\n"
    error = said(f"{text}P0(pte_t *pte, int *page, struct s *s) {{ {body} }}\nexists (page=1)\n")
    assert re.search(words, str(error)), str(error)


@pytest.mark.parametrize("body", ["set(&s->in);", "struct t *t = &s->in; t->b = 4;"])
def test_a_pointer_leads_into_a_structure(body: str) -> None:
    text = "C t\n{ }\nstruct t { int b; };\nstruct s { int a; struct t in; };\n"
    text += "static void set(struct t *t) { t->b = 4; }\n"
    test = parse_litmus(f"{text}P0(struct s *s) {{ {body} }}\nexists (s.in.b=4)\n", "t.litmus")
    assert simulate(test, load_model("lkmm")).verdict == "Always"


def test_a_structure_has_no_one_initial_value() -> None:
    text = "C t\n{ s=1; }\nstruct s { int a; };\nP0(struct s *s) { s->a = 1; }\n"
    error = said(text + "exists (s.a=1)\n")
    assert error.message == "s is a structure: give s.a an initial value"


def test_an_own_name_has_one_meaning() -> None:
    text = "C t\n{ }\nstatic int f(int v) { return v; }\nstatic int f(int v) { return 2; }\n"
    error = said(text + "P0(int *x) { *x = f(1); }\nexists (x=1)\n")
    assert (error.line, error.message) == (4, "f is defined twice")


@pytest.mark.parametrize(
    ("question", "words"),
    [
        ("0:r=y", "expected a number or a location, found 'y'"),
        ("0:a=1", "thread 0 has no a"),
        ("0:a[2]=1", r"thread 0 has no a\[2\]"),
        ("x[0]=1", r"expected a location of the test, found 'x\[0\]'"),
        ("t=1", r"t is an array: ask about t\[0\]"),
        ("f=1", "f is a structure: ask about f.flag"),
        ("f.v=1", r"f.v is an array: ask about f.v\[0\]"),
    ],
)
def test_what_has_no_one_value_is_not_asked_about(question: str, words: str) -> None:
    text = "C t\n{ int t[2]; }\nstruct foo { int flag; int v[2]; };\n"
    text += "P0(int *x, int *t, struct foo *f) { int a[2]; int r = 1; a[0] = 1; *x = t[1]; }\n"
    assert re.search(words, str(said(f"{text}exists ({question})\n")))


def test_an_initial_value_for_a_misspelled_parameter() -> None:
    text = "C t\n{ x=0;\n pagee=5; }\nP0(int *x, int *page) { int r = *page; }\nexists (0:r=0)\n"
    error = said(text)
    what = "no thread has a parameter pagee (did you mean page?)"
    assert (error.line, error.message) == (3, what)


@pytest.mark.parametrize(
    ("initial", "body", "words"),
    [
        ("pte=4096;", "ptep_clear_flush(pte);", "page number 1 to 15 plus flags, or 0, not 4096"),
        ("pte=-1;", "ptep_clear_flush(pte);", "or 0, not -1"),
        ("pte=1;", "set_pte_at(pte, 4096);", r"set_pte_at\(\) of 4096: an entry is a page number"),
        ("pte=1;", "pmdp_collapse_flush(pte);", "pte is declared pte_t, and pmdp_collapse_flush"),
        ("pte=1;", "ptep_clear_flush(pmd);", "pmd is declared pmd_t, and ptep_clear_flush"),
        ("pte=1;", "int r = user_read2(pte, pmd, page);", "pte is declared pte_t, and user_read2"),
    ],
)
def test_entries_are_of_their_level(initial: str, body: str, words: str) -> None:
    text = f"C t\n{{ {initial} pmd=1; }}\nP0(pte_t *pte, pmd_t *pmd, int *page) {{ {body} }}\n"
    assert re.search(words, str(said(text + "exists (page=1)\n")))


def test_a_huge_page_is_used_by_its_entry() -> None:
    text = "C t\n{ pmd=257; }\nP0(pmd_t *pmd, int *page) { int r = user_read(pmd, page); }\n"
    test = parse_litmus(text + "exists (0:r=0)\n", "t.litmus")
    assert simulate(test, load_model("armv8")).verdict == "Always"
