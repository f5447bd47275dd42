"""What an instruction does: statements of the simulator, or a jump to a label."""

from __future__ import annotations

import re
from dataclasses import dataclass

from reviewer.errors import LitmusError
from reviewer.mmu.program import (
    Const,
    Expr,
    Load,
    Op,
    Reg,
    Rmw,
    Source,
    Statement,
    Store,
    StoreCond,
    Value,
)


@dataclass(frozen=True, slots=True)
class Jump:
    """Goes to ``label`` if ``cond`` is not 0; always if it is None."""

    cond: Expr | None
    label: str


Step = Statement | Jump


@dataclass(frozen=True, slots=True)
class Instruction:
    """One instruction as written: ``name`` and ``operands`` in upper case, and where it stands."""

    name: str
    operands: tuple[str, ...]
    source: Source
    narrow: bool = False
    """Whether a register's name says how much of it is meant: in tests of several sizes."""

    def error(self, why: str = "") -> LitmusError:
        """An instruction that is not known, or not in this form."""
        told = why or "no such instruction is known"
        return LitmusError(self.source.path, self.source.line, f"'{self.source.text}': {told}")

    def need(self, *counts: int) -> None:
        """Raises LitmusError unless there are that many operands."""
        if len(self.operands) not in counts:
            wanted = " or ".join(str(count) for count in counts)
            raise self.error(f"expected {wanted} operands")

    # -- statements on their way

    def load(self, reg: str | None, addr: Expr, *tags: str) -> Load:
        """Reads into ``reg``; a register that is not one takes the value of none."""
        return Load(reg or "nowhere", addr, tags, self.source)

    def store(self, addr: Expr, value: Expr, *tags: str) -> Store:
        return Store(addr, value, tags, self.source)

    def store_cond(self, reg: str, addr: Expr, value: Expr, *tags: str) -> StoreCond:
        return StoreCond(reg, addr, value, tags, self.source)

    def rmw(
        self,
        reg: str | None,
        op: str,
        addr: Expr,
        operand: Expr,
        read: tuple[str, ...],
        write: tuple[str, ...],
        expected: Expr | None = None,
    ) -> Rmw:
        """One atomic instruction; ``reg`` gets the old value."""
        return Rmw(reg, "old", op, addr, operand, expected, read, write, read, (), self.source)


def number(text: str) -> int | None:
    """A literal with or without the sign that assemblers put before it."""
    match = re.fullmatch(r"[#$]?(-?)(?:0[xX]([0-9a-fA-F]{1,16})|0*(\d{1,20}))", text)
    if match is None:
        return None
    value = int(match.group(2), 16) if match.group(2) else int(match.group(3))
    return -value if match.group(1) else value


def plus(left: Expr, right: Expr) -> Expr:
    """The sum; adding a literal 0 adds nothing."""
    if right == Const(0):
        return left
    return right if left == Const(0) else Op("+", (left, right))


def constant(value: Value) -> Const:
    return Const(value)


def register(name: str) -> Reg:
    return Reg(name)
