"""Symbolic values: what a register holds, as an expression over the reads of one execution."""

from __future__ import annotations

import operator
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from itertools import product

from reviewer.errors import KstaleError
from reviewer.mmu.program import Addr, Value

MAX_COMBINATIONS = 20_000
# A table of all reads of an expression up to here; of the operands of each operator beyond.
FEW_COMBINATIONS = 1_000

# The value of accesses that take it only from one another, which a model without an
# out-of-thin-air axiom allows (plain accesses in LKMM); any arithmetic on it gives it again.
THIN_AIR = Addr("?")

# Stands for any int where too many are possible to list them.
ANY = Addr("*")
_OPAQUE = (THIN_AIR, ANY)


class UnsupportedError(KstaleError):
    """A program beyond what the simulator decides; the text says which limit was met, ``line``
    where in the test, if it is known, and ``op`` of which operator, if it is of one."""

    line = 0

    def __init__(self, message: str, op: str = "") -> None:
        super().__init__(message)
        self.op = op


@dataclass(frozen=True, slots=True)
class Ref:
    """The value read by event number ``event``."""

    event: int


@dataclass(frozen=True, slots=True)
class Apply:
    """An operator on symbolic values, as ``program.Op``."""

    op: str
    args: tuple[Sym, ...]


Sym = int | Addr | Ref | Apply

_INT_OPS: dict[str, Callable[[int, int], int]] = {
    "+": operator.add,
    "-": operator.sub,
    "*": operator.mul,
    "&": operator.and_,
    "|": operator.or_,
    "^": operator.xor,
    "<<": operator.lshift,
    ">>": operator.rshift,
    "&~": lambda a, b: a & ~b,
    "<": lambda a, b: int(a < b),
    "<=": lambda a, b: int(a <= b),
    ">": lambda a, b: int(a > b),
    ">=": lambda a, b: int(a >= b),
}


def compute(op: str, args: tuple[Value, ...]) -> Value:
    """C's result of a pure operator; comparisons give 0 or 1.

    Raises UnsupportedError for arithmetic on addresses other than adding an index.
    """
    if len(args) == 1:
        return _unary(op, args[0])
    if op == "?":
        return args[0] if args[0] in _OPAQUE else args[1 if args[0] != 0 else 2]
    left, right = args
    if isinstance(left, int) and isinstance(right, int):
        if op == "==":
            return int(left == right)
        if op == "!=":
            return int(left != right)
        if op in ("/", "%"):
            if right == 0:
                raise UnsupportedError("division by zero", op)
            quotient = abs(left) // abs(right) * (1 if (left < 0) == (right < 0) else -1)
            return quotient if op == "/" else left - right * quotient
        if op in ("<<", ">>") and not 0 <= right < 64:
            raise UnsupportedError(f"shift by {right}", op)
        return _INT_OPS[op](left, right)
    if ANY in args:
        return ANY
    if op in ("==", "!="):
        return int((left == right) == (op == "=="))
    if op == "+" and isinstance(left, int):
        left, right = right, left
    if isinstance(left, Addr) and isinstance(right, int):
        if right == 0 and op in ("+", "-", "|", "^", "<<", ">>", "&~"):
            return left
        if left.element >= 0 and op in ("+", "-"):
            return Addr(left.base, left.element + (right if op == "+" else -right))
    if isinstance(left, Addr) and isinstance(right, Addr) and op == "-" and left.base == right.base:
        return left.element - right.element
    if THIN_AIR in args and op not in ("<", "<=", ">", ">="):
        return THIN_AIR
    raise UnsupportedError(f"'{op}' on address values ({left}, {right})")


def _unary(op: str, arg: Value) -> Value:
    if arg in _OPAQUE and (op != "!" or arg == ANY):
        return arg
    if op[0] == "(":
        return _converted(op[1:-1], arg)
    if op[0] == ".":
        return _field(op, arg)
    if op[0] == "^":
        return _container(op, arg)
    if op == "!":
        return int(arg == 0)
    if isinstance(arg, int):
        return -arg if op == "neg" else ~arg
    raise UnsupportedError(f"'{op}' on the address {arg}")


# C's types of numbers: bits, and whether there is a sign. A char has none since Linux 6.2
# (Makefile: -funsigned-char, commit 3bc753c06dd0).
CONVERSIONS = {
    **dict.fromkeys(("int", "s32", "int32_t"), (32, True)),
    **dict.fromkeys(("long", "s64", "int64_t", "ssize_t"), (64, True)),
    **dict.fromkeys(("u64", "__u64", "uint64_t", "size_t", "uintptr_t", "ulong"), (64, False)),
    **dict.fromkeys(("u8", "__u8", "uint8_t", "char"), (8, False)),
    **dict.fromkeys(("u16", "__u16", "uint16_t"), (16, False)),
    **dict.fromkeys(("u32", "__u32", "uint32_t", "uint"), (32, False)),
    **dict.fromkeys(("s8", "__s8", "int8_t"), (8, True)),
    **dict.fromkeys(("short", "s16", "int16_t"), (16, True)),
    **dict.fromkeys(("bool", "_Bool"), (1, False)),
}


def _converted(kind: str, arg: Value) -> Value:
    """The value that is left in a variable of that type; an address is left as it is."""
    bits, signed = CONVERSIONS[kind]
    if isinstance(arg, Addr):
        return arg
    if bits == 1:
        return int(arg != 0)
    low = arg & ((1 << bits) - 1)
    return low - (1 << bits) if signed and low >> (bits - 1) else low


def _field(op: str, arg: Value) -> Addr:
    """The address of a field: ``.f``, or ``.f[]`` for the first element of one that is an array.
    A field of an int is a location that is named after it, as the int itself is."""
    name = op.removesuffix("[]")
    if isinstance(arg, int):
        return Addr(f"{arg}{name}", 0 if name != op else -1)
    if name != op and arg.element >= 0:
        raise UnsupportedError(f"an array in an array of structures ({arg}{name})")
    return Addr(arg.base + name, 0 if name != op else arg.element)


def _container(op: str, arg: Value) -> Value:
    """The address of the structure whose field ``^f`` is at ``arg`` (container_of())."""
    suffix = f".{op[1:]}"
    if isinstance(arg, int) or not arg.base.endswith(suffix):
        if isinstance(arg, int):
            return arg
        raise UnsupportedError(f"container_of() of {arg}, which is no field {op[1:]}")
    base = arg.base.removesuffix(suffix)
    return int(base) if base.lstrip("-").isdigit() else Addr(base, arg.element)


def apply(op: str, *args: Sym) -> Sym:
    """The operator on symbolic values, folded when all are constant."""
    values: list[Value] = []
    for arg in args:
        if isinstance(arg, Ref | Apply):
            return Apply(op, args)
        values.append(arg)
    return compute(op, tuple(values))


def is_known(op: str, args: tuple[Sym, ...]) -> bool:
    """Whether the operator gives the same whatever the reads were, as any compiler sees."""
    if op in ("^", "-", "&~", "/", "%") and len(args) == 2 and args[0] == args[1]:
        return True
    return (op in ("&", "*") and 0 in args) or (op == "%" and args[1] == 1)


def reads_of(sym: Sym) -> tuple[int, ...]:
    """Numbers of the read events a symbolic value depends on, ascending."""
    if isinstance(sym, Ref):
        return (sym.event,)
    if not isinstance(sym, Apply):
        return ()
    found: set[int] = set()
    for arg in sym.args:
        found.update(reads_of(arg))
    return tuple(sorted(found))


def evaluate(sym: Sym, reads: Mapping[int, Value]) -> Value:
    """The value of ``sym`` when each read event has the value given."""
    if isinstance(sym, Ref):
        return reads[sym.event]
    if isinstance(sym, Apply):
        return compute(sym.op, tuple([evaluate(arg, reads) for arg in sym.args]))
    return sym


def tabulate(
    sym: Sym, domain: Callable[[int], frozenset[Value]]
) -> Iterator[tuple[tuple[tuple[int, Value], ...], Value]]:
    """Every combination of read values (event, value) with the value of ``sym`` under it.

    Raises UnsupportedError when there are more than MAX_COMBINATIONS.
    """
    events = reads_of(sym)
    domains = [sorted(domain(event), key=sort_key) for event in events]
    count = 1
    for values in domains:
        count *= len(values)
    if count > MAX_COMBINATIONS:
        raise UnsupportedError(f"{count} combinations of read values in one expression")
    for combination in product(*domains):
        row = tuple(zip(events, combination, strict=True))
        yield row, evaluate(sym, dict(row))


def possible(sym: Sym, domain: Callable[[int], frozenset[Value]]) -> frozenset[Value]:
    """All values ``sym`` can take when each read is in its domain."""
    if isinstance(sym, Ref):
        return domain(sym.event)
    if isinstance(sym, Apply):
        if is_small(sym, domain):
            return frozenset(value for _, value in tabulate(sym, domain))
        return frozenset(value for _, value in of_parts(sym, domain))
    return frozenset((sym,))


def may_hold(sym: Sym, domain: Callable[[int], frozenset[Value]]) -> bool:
    """Whether ``sym`` can be anything but 0: ``possible()`` gives another value."""
    if isinstance(sym, Ref):
        return any(value != 0 for value in domain(sym.event))
    if isinstance(sym, Apply):
        rows = tabulate(sym, domain) if is_small(sym, domain) else of_parts(sym, domain)
        return any(value != 0 for _, value in rows)
    return sym != 0


def is_small(sym: Sym, domain: Callable[[int], frozenset[Value]]) -> bool:
    """Whether the reads of a value have few combinations, so that a table of them is best."""
    count = 1
    for event in reads_of(sym):
        count *= len(domain(event))
        if count > FEW_COMBINATIONS:
            return False
    return True


def of_parts(
    sym: Apply, domain: Callable[[int], frozenset[Value]]
) -> Iterator[tuple[tuple[Value, ...], Value]]:
    """Every combination of values that the operands can have, each for itself, with the result.

    Raises UnsupportedError when there are more than MAX_COMBINATIONS.
    """
    choices = [sorted(possible(arg, domain), key=sort_key) for arg in sym.args]
    count = 1
    for values in choices:
        count *= len(values)
    if count > MAX_COMBINATIONS:
        raise UnsupportedError(f"{count} combinations of values in one expression")
    for combination in product(*choices):
        yield combination, compute(sym.op, combination)


def sort_key(value: Value) -> tuple[int, int, str]:
    """A total order on values: ints first, then addresses by name."""
    if isinstance(value, int):
        return (0, value, "")
    return (1, value.element, value.base)
