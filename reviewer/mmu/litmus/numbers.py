"""C's numbers of several types: what arithmetic on them gives (C11 6.3.1.8).

A kind is the type name of a number after promotion: ``int``, ``u32``, ``long``, ``u64``, or '' for
one that is not known, which is left as it is. Values are unbounded; so only what unsigned and
narrow types do to them is written out, as conversions.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace

from reviewer.mmu.program import Addr, Atom, Bool, Condition, Const, Expr, Op, Reg, Value
from reviewer.mmu.values import CONVERSIONS, compute

COMPARE = frozenset(("==", "!=", "<", "<=", ">", ">="))
_RANKS = ("int", "u32", "long", "u64")
_UNSIGNED = frozenset(("u32", "u64"))
_SIGNED = frozenset(("int", "atomic_t", "enum"))


def promoted(kind: str) -> str:
    """The kind of an operand of that type."""
    if kind in CONVERSIONS:
        bits, signed = CONVERSIONS[kind]
        if bits < 32:
            return "int"
        return ("int" if signed else "u32") if bits == 32 else ("long" if signed else "u64")
    return "int" if kind in _SIGNED else ""


def common(left: str, right: str) -> str:
    """The kind that both operands are converted to."""
    if not left or not right:
        return ""
    return max(left, right, key=_RANKS.index)


def kind_of(expr: Expr, kinds: Mapping[str, str]) -> str:
    """The kind of a value; ``kinds``: of the registers."""
    if isinstance(expr, Const):
        if not isinstance(expr.value, int):
            return ""
        for kind in _RANKS:
            bits, signed = CONVERSIONS[kind]
            if -(1 << 31) <= expr.value < 1 << (bits - signed):
                return kind
        return ""
    if isinstance(expr, Reg):
        return kinds.get(expr.name, "")
    if expr.op[0] == "(":
        return promoted(expr.op[1:-1])
    if expr.op in COMPARE or expr.op == "!":
        return "int"
    if expr.op in ("neg", "~", "<<", ">>"):
        return kind_of(expr.args[0], kinds)
    if expr.op in ("+", "-", "*", "/", "%", "&", "|", "^"):
        return common(*(kind_of(arg, kinds) for arg in expr.args))
    return ""


def converted(kind: str, expr: Expr, kinds: Mapping[str, str]) -> Expr:
    """The value as something of a type takes it."""
    if kind not in CONVERSIONS:
        return expr
    if isinstance(expr, Const):
        return Const(compute(f"({kind})", (expr.value,)))
    own = kind_of(expr, kinds)
    bits, signed = CONVERSIONS[kind]
    whole = promoted(kind) == kind
    if (whole and own == kind) or (signed and bits >= 32 and own in ("", "int")):
        return expr
    if kind == "long" and own == "u32":
        return expr
    return Op(f"({kind})", (expr,))


def wrapped(kind: str, *, large: bool) -> str:
    """The type that a calculation on a number of this type wraps in, '' if it cannot overflow.
    An int wraps as well (Makefile: -fno-strict-overflow)."""
    whole = promoted(kind)
    if kind in CONVERSIONS and (CONVERSIONS[kind][0] < 32 or whole in _UNSIGNED):
        return kind
    return "int" if whole == "int" and large else ""


def constant(expr: Expr) -> Value | None:
    """The value of an expression in which nothing is read."""
    if isinstance(expr, Const):
        return expr.value
    if isinstance(expr, Op):
        values = [constant(arg) for arg in expr.args]
        known = [value for value in values if value is not None]
        if len(known) == len(values) and all(isinstance(value, int) for value in known):
            return compute(expr.op, tuple(known))
    return None


def misplaced(kind: str, expr: Expr) -> Addr | None:
    """The address that a number of this type, too narrow for one, is given."""
    is_narrow = CONVERSIONS.get(kind, (64, True))[0] < 64
    known = expr.value if isinstance(expr, Const) else None
    return known if is_narrow and isinstance(known, Addr) else None


def unsigned(kind: str, value: Value) -> Value:
    """A value that a test gives or asks for: of an unsigned number, a negative one is its bits."""
    is_negative = isinstance(value, int) and value < 0
    return compute(f"({kind})", (value,)) if is_negative and kind in _UNSIGNED else value


def asked(condition: Condition, kinds: Callable[[Atom], str]) -> Condition:
    """The condition with the values that numbers of these kinds are asked for."""
    if isinstance(condition, Bool):
        return Bool(condition.op, tuple(asked(arg, kinds) for arg in condition.args))
    if isinstance(condition.right, Atom):
        return condition
    return replace(condition, right=unsigned(kinds(condition.left), condition.right))


def arithmetic(sign: str, args: tuple[Expr, ...], kinds: Mapping[str, str], *, large: bool) -> Expr:
    """The result of an operator, of which unsigned operands make an unsigned one. ``large``: a
    result of type int may overflow."""
    each = [kind_of(arg, kinds) for arg in args]
    kind = each[0] if len(args) == 1 or sign in ("<<", ">>") else common(*each)
    if kind not in _UNSIGNED and not (kind == "int" and large):
        return Op(sign, args)
    if len(args) == 2 and sign not in ("<<", ">>"):
        args = tuple(converted(kind, arg, kinds) for arg in args)
    result = Op(sign, args)
    if sign in ("+", "-", "*", "<<", "neg", "~"):
        return Op(f"({kind})", (result,))
    return result
