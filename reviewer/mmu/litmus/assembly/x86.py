"""x86 (whole words only)."""

from __future__ import annotations

import re

from reviewer.mmu.litmus.assembly.instruction import Instruction, Jump, Step, number
from reviewer.mmu.program import Addr, Assign, Const, Expr, Fence, Op, Reg

MODEL = "tso"
MIXED = False

_NAMES = re.compile(r"[ER]?(AX|BX|CX|DX|SI|DI|BP|SP)|R(\d+)D?")
_BRANCHES = {"JE": "==", "JZ": "==", "JNE": "!=", "JNZ": "!="}
_ARITHMETIC = {"ADD": "+", "SUB": "-", "XOR": "^", "AND": "&", "OR": "|"}


def register(name: str) -> str | None:
    """EAX and RAX are one."""
    match = _NAMES.fullmatch(name.upper())
    return (match.group(1) or f"R{match.group(2)}") if match else None


def size(ins: Instruction) -> int | None:
    """Bytes of a memory access, as far as it is written; None if it is not."""
    if not any(_place(operand) is not None for operand in ins.operands):
        return None
    if ins.name.endswith("Q") or any(re.fullmatch(r"R\w+", one) for one in ins.operands):
        return 8
    return 4


def steps(ins: Instruction) -> list[Step]:
    """What an instruction does. Raises LitmusError if it is not known."""
    name, ops = ins.name.removesuffix("L").removesuffix("Q"), ins.operands
    if ins.name == "LOCK" and ops:
        word, _, first = ops[0].partition(" ")
        return steps(Instruction(word, (first, *ops[1:]), ins.source))
    if ins.name == "NOP":
        return []
    if ins.name == "MFENCE":
        return [Fence(("mb",), None, ins.source)]
    if ins.name in ("LFENCE", "SFENCE"):
        # Reads are not passed by reads, nor writes by writes, in any case.
        return [Fence(("barrier",), None, ins.source)]
    if ins.name == "JMP":
        ins.need(1)
        return [Jump(None, ops[0])]
    if ins.name in _BRANCHES:
        ins.need(1)
        return [Jump(Op(_BRANCHES[ins.name], (Reg("flags"), Const(0))), ops[0])]
    ins.need(1, 2)
    if name == "CMP":
        return [Assign("flags", Op("-", (_value(ins, ops[0]), _value(ins, ops[1]))), ins.source)]
    if name == "MOV":
        return [_move(ins)]
    if name == "XCHG":
        return [_exchange(ins)]
    if name in ("INC", "DEC"):
        ins.need(1)
        one = Const(1)
        place = _place(ins.operands[0])
        if place is None:
            reg = _reg(ins, ops[0])
            return [Assign(reg, Op("+" if name == "INC" else "-", (Reg(reg), one)), ins.source)]
        if not ins.source.text.upper().startswith("LOCK"):
            raise ins.error("without LOCK this is no atomic")
        return [ins.rmw(None, "+" if name == "INC" else "-", place, one, ("once",), ("once",))]
    if name in _ARITHMETIC and _place(ops[0]) is None and _place(ops[1]) is None:
        reg = _reg(ins, ops[0])
        value = Op(_ARITHMETIC[name], (Reg(reg), _value(ins, ops[1])))
        return [Assign(reg, value, ins.source)]
    raise ins.error()


def _move(ins: Instruction) -> Step:
    to, what = ins.operands
    target, place = _place(to), _place(what)
    if target is not None:
        return ins.store(target, _value(ins, what), "once")
    if place is not None:
        return ins.load(_reg(ins, to), place, "once")
    return Assign(_reg(ins, to), _value(ins, what), ins.source)


def _exchange(ins: Instruction) -> Step:
    left, right = ins.operands
    place = _place(left)
    reg = right if place is not None else left
    place = place if place is not None else _place(right)
    if place is None:
        raise ins.error("an exchange of two registers")
    name = _reg(ins, reg)
    return ins.rmw(name, "xchg", place, Reg(name), ("once",), ("once",))


def _reg(ins: Instruction, text: str) -> str:
    name = register(text)
    if name is None:
        raise ins.error(f"{text} is no register")
    return name


def _value(ins: Instruction, text: str) -> Expr:
    value = number(text)
    return Const(value) if value is not None else Reg(_reg(ins, text))


def _place(text: str) -> Expr | None:
    """``[x]`` names a variable, ``[EAX]`` or ``(RAX)`` the place a register points at."""
    match = re.fullmatch(r"[\[(]\s*(\w+)\s*[\])]", text)
    if match is None:
        return None
    name = register(match.group(1))
    return Reg(name) if name else Const(Addr(match.group(1).lower()))
