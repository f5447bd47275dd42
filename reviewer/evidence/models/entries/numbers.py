"""Numbers and conditions of a path: worked out where they can be, joined where paths meet.

A variable that differs on joined paths keeps its possible numbers (``{0,1}``), so that a test of it
still tells the paths apart.
"""

from __future__ import annotations

import re
from dataclasses import replace

from reviewer.evidence.models.frames import State
from reviewer.evidence.models.values import Value

COUNT = "(count)"
"""The value of a reference count, wherever it goes."""
EXPECTED = "EXPECTED"
"""What the count is while nobody else has a reference."""
NUMBER = re.compile(r"-?\d+")
_HOLDERS = range(1, 5)
"""Numbers that a small folio's count may be said to be: its user, its entry, a cache, a list."""
_PAGE = re.compile(r"&?(.*?)(?:->page|\.page)")
_ANY = re.compile(r"\{(-?\d+(?:,-?\d+)*)\}")
_ALTERNATIVES = 12
"""Numbers that a variable may have on joined paths before it counts as unknown."""


def with_truth(value: Value) -> Value:
    if value.truth is None and NUMBER.fullmatch(value.exact):
        return replace(value, truth=int(value.exact) != 0)
    return value


def numbers_of(exact: str) -> tuple[int, ...]:
    if NUMBER.fullmatch(exact):
        return (int(exact),)
    match = _ANY.fullmatch(exact)
    return tuple(int(one) for one in match[1].split(",")) if match is not None else ()


def combined(one: Value, sign: str, other: Value) -> Value:
    """The value of ``one sign other``; a count is compared with what it ought to be."""
    deps = one.deps | other.deps
    for count, beside in ((one, other), (other, one)):
        if count.text == COUNT and sign in ("==", "!="):
            if NUMBER.fullmatch(beside.exact) and int(beside.exact) not in _HOLDERS:
                return Value("", "", deps)
            return Value("", f"({count.exact} {sign} {EXPECTED})", deps)
        if count.text == COUNT and sign in ("<", ">", "<=", ">="):
            return Value("", "", deps)  # how far it is from what it ought to be is not known
    left, right = numbers_of(one.exact), numbers_of(other.exact)
    if left and right:
        results = {_computed(a, sign, b) for a in left for b in right}
        if None not in results:
            return of_numbers({n for n in results if n is not None}, deps)
    exact = ""
    if one.exact and other.exact and not (_ANY.search(one.exact) or _ANY.search(other.exact)):
        exact = f"({one.exact} {sign} {other.exact})"
    text = f"({one.text} {sign} {other.text})" if one.text and other.text else ""
    return Value(text, exact, deps)


def of_numbers(numbers: set[int], deps: frozenset[int]) -> Value:
    truths = {n != 0 for n in numbers}
    truth = truths.pop() if len(truths) == 1 else None
    if len(numbers) > _ALTERNATIVES:
        return Value(deps=deps, truth=truth)
    if len(numbers) == 1:
        return Value(exact=str(numbers.pop()), deps=deps, truth=truth)
    return Value(exact="{" + ",".join(map(str, sorted(numbers))) + "}", deps=deps, truth=truth)


def _computed(a: int, sign: str, b: int) -> int | None:
    match sign:
        case "+":
            return a + b
        case "-":
            return a - b
        case "*":
            return a * b
        case "&":
            return a & b
        case "|":
            return a | b
        case "==":
            return int(a == b)
        case "!=":
            return int(a != b)
        case "<":
            return int(a < b)
        case ">":
            return int(a > b)
        case "<=":
            return int(a <= b)
        case ">=":
            return int(a >= b)
    return None


def joined(one: State, other: State) -> State:
    """Two paths on which the same happened: a variable may be what it was on either."""
    env: dict[tuple[int, str], Value] = {}
    for key, value in one.env.items():
        known = other.env.get(key)
        if known is not None:
            env[key] = joint(value, known)
    return replace(one, env=env, registers=max(one.registers, other.registers))


def joint(one: Value, other: Value) -> Value:
    if one == other:
        return one
    left, right = numbers_of(one.exact), numbers_of(other.exact)
    exact = one.exact if one.exact == other.exact else ""
    truth = one.truth if one.truth == other.truth else None
    if left and right:
        both = of_numbers({*left, *right}, frozenset())
        exact, truth = both.exact, both.truth
    return Value(
        text=_one_folio(one.text, other.text),
        exact=exact,
        deps=one.deps | other.deps,
        place=one.place if one.place == other.place else None,
        struct=_one_struct(one.struct, other.struct),
        truth=truth,
    )


def _one_folio(one: str, other: str) -> str:
    """How two paths reach an object if they agree; a folio and its first page are one."""
    bare, same = (match[1] if (match := _PAGE.fullmatch(t)) else t for t in (one, other))
    return one if one == other else bare if bare == same else ""


def _one_struct(one: str, other: str) -> str:
    return one if one == other else "folio" if {one, other} == {"folio", "page"} else ""


def bare(text: str) -> tuple[str, bool]:
    """A condition without the negations around it, and whether they turn it."""
    negated = False
    while text.startswith("!(") and text.endswith(")"):
        text, negated = text[2:-1], not negated
    return text, negated
