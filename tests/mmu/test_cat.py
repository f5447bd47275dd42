"""The cat language: relations, recursion, flags, and errors with their place."""

from __future__ import annotations

from itertools import pairwise
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from reviewer.errors import KstaleError, LitmusError, MachineError
from reviewer.mmu.api import Outcome, load_model, parse_litmus, simulate
from reviewer.mmu.cat import relations as rel

_SB = """C sb
{}
P0(int *x, int *y) { WRITE_ONCE(*x, 1); int r = READ_ONCE(*y); }
P1(int *x, int *y) { WRITE_ONCE(*y, 1); int r = READ_ONCE(*x); }
exists (0:r=0 /\\ 1:r=0)
"""


def judge(tmp_path: Path, cat: str, *variants: str) -> Outcome:
    """Store buffering under a model written here."""
    path = tmp_path / "model.cat"
    path.write_text(cat)
    return simulate(parse_litmus(_SB), load_model(path, variants))


@pytest.mark.parametrize(
    ("cat", "verdict"),
    [
        ('include "cos.cat"', "Sometimes"),
        ('include "cos.cat"\nacyclic po | rf | co | fr as sc', "Never"),
        ('"t" include "cos.cat" let com = rf|co|fr acyclic (po|com)+ as sc', "Never"),
        ('include "cos.cat"\nlet f(a,b) = a | b\nacyclic f(po, f(rf, f(co, fr)))', "Never"),
        (
            'include "cos.cat"\nlet rec r = po | (r ; (rf | co | fr)+ ; r)\nirreflexive r ; fr',
            "Never",
        ),
        ('include "cos.cat"\nirreflexive [W] ; po ; fr ; po ; fr', "Never"),
        ('include "cos.cat"\nempty ((po & ~rmw) ; fr ; po ; fr) & id', "Never"),
        ('include "cos.cat"\nempty (po ; fr ; po ; (fr \\ int)) & id', "Never"),
        ('include "cos.cat"\nprocedure p(r) = acyclic r end\ncall p(po|rf|co|fr)', "Never"),
        ('include "cos.cat"\nlet x = try nothing with fr in acyclic po | rf | co | x', "Never"),
        ('include "cos.cat"\nlet r = if "on" then fr else 0\nacyclic po|rf|co|r', "Sometimes"),
        ('include "cos.cat"\nif "on" acyclic po else acyclic po|rf|co|fr end', "Never"),
        ('include "cos.cat"\nempty {} as nothing\nempty W \\ (W & M) as writes', "Sometimes"),
    ],
)
def test_models(tmp_path: Path, cat: str, verdict: str) -> None:
    assert judge(tmp_path, cat).verdict == verdict


_EACH = """include "cos.cat"
let each f =
	let rec go S = match S with || {} -> 0 || e ++ S -> f e | go S end
	in go
"""


@pytest.mark.parametrize(
    ("cat", "verdict"),
    [
        # A union over the members of a set, as herd7's own library writes it.
        (_EACH + "let all = each (fun e -> [e] ; fr) R\nacyclic po | rf | co | all", "Never"),
        (_EACH + "let all = each (fun e -> [e] ; fr) W\nacyclic po | rf | co | all", "Sometimes"),
        # Edge by edge.
        (
            'include "cos.cat"\nlet rec keep r = match r with\n'
            "|| edge ++ others -> edge | keep others || {} -> 0 end\n"
            "acyclic po | keep(rf | co | fr)",
            "Never",
        ),
        # Every other member, by two functions that call each other: not the whole of fr.
        (
            'include "cos.cat"\n'
            "let rec odd r = match r with || {} -> 0 || e ++ o -> e | even o end\n"
            "and even r = match r with || {} -> 0 || e ++ o -> odd o end\n"
            "acyclic po | rf | co | odd(fr)",
            "Sometimes",
        ),
        # Several arguments, and one that is a function.
        (
            'include "cos.cat"\nlet rec walk (r, seen) = match r \\ seen with\n'
            "|| {} -> seen || e ++ others -> walk(r, seen | e) end\n"
            "acyclic po | walk(rf | co | fr, 0)",
            "Never",
        ),
        # A set as the result, found on the second guess.
        (
            'include "cos.cat"\n'
            "let rec some S = match S with || {} -> {} || e ++ S -> e | some S end\n"
            "acyclic po | rf | co | ([some(R)] ; fr)",
            "Never",
        ),
        (
            "enum Order = 'weak || 'strong\n" + 'include "cos.cat"\n'
            "let order t = match t with 'strong -> po || _ -> 0 end\n"
            "acyclic order 'strong | rf | co | fr",
            "Never",
        ),
        (
            "enum Order = 'weak || 'strong\n" + 'include "cos.cat"\n'
            "let order t = match t with || 'strong -> po || _ -> 0 end\n"
            "acyclic order 'weak | rf | co | fr",
            "Sometimes",
        ),
    ],
)
def test_matching_and_functions_that_call_themselves(
    tmp_path: Path, cat: str, verdict: str
) -> None:
    assert judge(tmp_path, cat).verdict == verdict


@pytest.mark.parametrize(
    ("cat", "words"),
    [
        ("let rec f r = f r\nacyclic f po", "calls itself"),
        ("let rec f t = f t\nacyclic f 'a", "nested too deeply"),
        ("let f t = match t with || 'a -> po end\nacyclic f 'b", "no clause matches 'b"),
        ("let f t = match t with || 'a -> po end\nacyclic f po", "expected a 'tag to match"),
        (
            "let f t = match t with || {} -> po || {} -> po end\nacyclic f po",
            "expected '{}' in one",
        ),
        (
            "let f s = match s with || {} -> W || e ++ o -> po end\nacyclic f po",
            "a set in one clause",
        ),
        ("let rec f s = 0 and r = po\nacyclic r", "functions and relations in one"),
    ],
)
def test_matching_that_cannot_be(tmp_path: Path, cat: str, words: str) -> None:
    with pytest.raises(KstaleError, match=words):
        judge(tmp_path, f'include "cos.cat"\n{cat}')


def test_variants(tmp_path: Path) -> None:
    cat = 'include "cos.cat"\nlet r = if "on" && not "off" then fr else 0\nacyclic po|rf|co|r'
    assert judge(tmp_path, cat, "on").verdict == "Never"
    assert judge(tmp_path, cat, "on", "off").verdict == "Sometimes"


def test_flags_are_found_wherever_they_hide(tmp_path: Path) -> None:
    # Raised only by executions that neither the verdict nor the list of states asks for.
    cat = 'include "cos.cat"\nflag ~empty rf & ext as read-other\nflag ~empty rf & po as own'
    found = judge(tmp_path, cat)
    assert found.flags == ("read-other",)
    assert found.flags_complete


@pytest.mark.parametrize(
    ("cat", "line", "expected"),
    [
        ("let x = ", 1, "an expression"),
        ("\nlet x = nowhere", 2, "unbound name 'nowhere'"),
        ("(* open", 1, "never closed"),
        ("let x = po ; W", 1, "expected a relation"),
        ("let x = po | W", 1, "set and a relation"),
        ('include "../x.cat"', 1, "without directories"),
        ('include "x.cat"', 1, "no such file"),
        ("acyclic W", 1, "expected a relation"),
        ("let x = po ; Nonsense-tag", 1, "expected a relation"),
        ("with x from po", 1, "expected cross"),
        ("let x = match", 1, "an expression"),
    ],
)
def test_errors(tmp_path: Path, cat: str, line: int, expected: str) -> None:
    with pytest.raises(LitmusError, match=expected) as caught:
        judge(tmp_path, cat)
    assert caught.value.line == line


def test_unknown_tags_and_models(tmp_path: Path) -> None:
    with pytest.raises(LitmusError, match="no event ever has the tag 'nonsense'"):
        judge(tmp_path, "let x = [Nonsense] ; po")
    with pytest.raises(MachineError, match="no model named 'vax'"):
        load_model("vax")


def test_witness_has_the_models_relations(tmp_path: Path) -> None:
    found = judge(tmp_path, 'include "cos.cat"\nlet across = po ; fre')
    assert found.witness is not None
    assert len(found.witness.relation("across")) == 2
    assert found.witness.relation("unknown") == ()
    assert len(found.witness.relations["fr"]) == 2


_rel = st.lists(st.integers(0, 2**6 - 1), min_size=6, max_size=6)


def _pairs(rows: list[int]) -> set[tuple[int, int]]:
    return {(a, b) for a, row in enumerate(rows) for b in range(6) if row >> b & 1}


@given(_rel, _rel)
def test_relations_against_pairs(left: list[int], right: list[int]) -> None:
    one, two = _pairs(left), _pairs(right)
    assert _pairs(rel.compose(left, right)) == {(a, d) for a, b in one for c, d in two if b == c}
    assert _pairs(rel.inverse(left)) == {(b, a) for a, b in one}
    closed = set(one)
    while more := {(a, d) for a, b in closed for c, d in one if b == c} - closed:
        closed |= more
    assert _pairs(rel.closure(left)) == closed
    assert rel.is_acyclic(left) == all(a != b for a, b in closed)
    for cycle in rel.shortest_cycles(left, 3):
        assert cycle[0] == cycle[-1]
        assert all(pair in one for pair in pairwise(cycle))
    assert bool(rel.shortest_cycles(left, 3)) != rel.is_acyclic(left)


NEWER = {
    "own.cfg": "macros own.def\nbell own.bell\nmodel own.cat\nvariant lkmmv2\n",
    "own.bell": r"""
enum Accesses = 'ONCE || 'RELEASE || 'ACQUIRE || 'NORETURN || 'MB
instructions R[Accesses]
instructions W[Accesses]
instructions RMW[Accesses]
enum Barriers = 'rmb || 'wmb || 'MB
instructions F[Barriers]
let Failed = RMW \ (domain(rmw) | range(rmw))
let Acquire = ACQUIRE \ W \ Failed
let Release = RELEASE \ R \ Failed
let Mb = MB \ Failed
flag ~empty (if "lkmmv2" then 0 else _) as needs-lkmmv2
""",
    "own.def": "READ_ONCE(X) __load{ONCE}(X)\nWRITE_ONCE(X,V) { __store{ONCE}(X,V); }\n"
    "smp_mb() { __fence{MB}; }\nxchg(X,V) __xchg{MB}(X,V)\ncmpxchg(X,O,N) __cmpxchg{MB}(X,O,N)\n",
    "own.cat": """
include "cos.cat"
acyclic po-loc | rf | co | fr as coherence
empty rmw & (fre ; coe) as atomic
let full = fencerel(Mb & F) | (po ; [Mb & R]) | ([Mb & W] ; po)
let order = full | ([Acquire] ; po) | (po ; [Release]) | rfe | co | fr
acyclic order as order
""",
}


@pytest.mark.parametrize(
    ("one", "other", "verdict"),
    [
        ("xchg(x, 1); int r1 = READ_ONCE(*y);", "xchg(y, 1); int r1 = READ_ONCE(*x);", "Never"),
        (
            "WRITE_ONCE(*x, 1); cmpxchg(z, 5, 6); int r1 = READ_ONCE(*y);",
            "WRITE_ONCE(*y, 1); smp_mb(); int r1 = READ_ONCE(*x);",
            "Sometimes",
        ),
        (
            # A primitive that the tree's .def does not have is ours, with tags in small letters.
            "WRITE_ONCE(*x, 1); refcount_add_not_zero(1, z); smp_mb(); int r1 = READ_ONCE(*y);",
            "WRITE_ONCE(*y, 1); atomic_long_xchg(z, 1); int r1 = READ_ONCE(*x);",
            "Never",
        ),
    ],
)
def test_tags_in_capitals(tmp_path: Path, one: str, other: str, verdict: str) -> None:
    """As Linux since 6.13 has them (herd's variant lkmmv2)."""
    for name, text in NEWER.items():
        (tmp_path / name).write_text(text, encoding="utf-8")
    test = parse_litmus(
        f"C sb\n{{}}\nP0(int *x, int *y, int *z)\n{{\n{one}\n}}\n"
        f"P1(int *x, int *y, int *z)\n{{\n{other}\n}}\nexists (0:r1=0 /\\ 1:r1=0)\n",
        "t.litmus",
    )
    found = simulate(test, load_model(tmp_path / "own.cat"))
    assert found.verdict == verdict
    assert found.flags == ()
