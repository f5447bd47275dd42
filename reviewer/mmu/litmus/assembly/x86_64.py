"""x86 as AT&T writes it, the place of a result last; whole words of one size."""

from __future__ import annotations

from dataclasses import replace

from reviewer.mmu.litmus.assembly import x86
from reviewer.mmu.litmus.assembly.instruction import Instruction, Step

MODEL, MIXED = x86.MODEL, x86.MIXED


def register(name: str) -> str | None:
    """EAX and RAX are one."""
    return x86.register(name.removeprefix("%"))


def size(ins: Instruction) -> int | None:
    """Bytes of a memory access, as far as it is written; None if it is not."""
    return x86.size(_turned(ins))


def steps(ins: Instruction) -> list[Step]:
    """What an instruction does. Raises LitmusError if it is not known."""
    return x86.steps(_turned(ins))


def _turned(ins: Instruction) -> Instruction:
    """The instruction in Intel's order. A comparison is of its second operand with the first."""
    operands = tuple(operand.replace("%", "") for operand in reversed(ins.operands))
    if ins.name == "LOCK" and ins.operands:
        word, _, first = ins.operands[0].partition(" ")
        turned = _turned(replace(ins, name=word, operands=(first.strip(), *ins.operands[1:])))
        return replace(ins, operands=(f"{word} {turned.operands[0]}", *turned.operands[1:]))
    return replace(ins, operands=operands)
