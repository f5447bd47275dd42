"""POWER (whole words only)."""

from __future__ import annotations

import re

from reviewer.mmu.litmus.assembly.instruction import Instruction, Jump, Step, number, plus
from reviewer.mmu.program import Assign, Const, Expr, Fence, Op, Reg

MODEL = "power"
MIXED = False

_BINARY = {"ADD": "+", "XOR": "^", "AND": "&", "OR": "|", "ADDI": "+", "XORI": "^", "ORI": "|"}
_FENCES = {"SYNC": "mb", "HWSYNC": "mb", "LWSYNC": "rmb", "EIEIO": "eieio", "ISYNC": "isync"}
_BRANCHES = {"BEQ": "==", "BNE": "!=", "BLT": "<", "BGE": ">=", "BGT": ">", "BLE": "<="}
_ADDRESS = re.compile(r"(-?\w+)\((R\d+)\)")


def register(name: str) -> str | None:
    """The general registers."""
    match = re.fullmatch(r"[rR](\d+)", name)
    return f"r{match.group(1)}" if match and int(match.group(1)) < 32 else None


def size(ins: Instruction) -> int | None:
    """Bytes of a memory access; None for any other instruction."""
    if ins.name.startswith(("LW", "STW")):
        return 4
    return 8 if ins.name.startswith(("LD", "STD")) else None


def steps(ins: Instruction) -> list[Step]:
    """What an instruction does. Raises LitmusError if it is not known."""
    name, ops = ins.name, ins.operands
    if name == "NOP":
        return []
    if name in _FENCES:
        return [Fence((_FENCES[name],), None, ins.source)]
    if name == "B":
        ins.need(1)
        return [Jump(None, ops[0])]
    if name in _BRANCHES:
        ins.need(1)
        return [Jump(Op(_BRANCHES[name], (Reg("cr0"), Const(0))), ops[0])]
    if name in ("LI", "MR"):
        ins.need(2)
        return [Assign(_reg(ins, ops[0]), _value(ins, ops[1]), ins.source)]
    if name in ("CMPW", "CMPWI", "CMPD"):
        ins.need(2)
        cr0 = Op("-", (_value(ins, ops[0]), _value(ins, ops[1])))
        return [Assign("cr0", cr0, ins.source)]
    if name.rstrip(".") in _BINARY:
        ins.need(3)
        value = Op(_BINARY[name.rstrip(".")], (_value(ins, ops[1]), _value(ins, ops[2])))
        target = _reg(ins, ops[0])
        out: list[Step] = [Assign(target, value, ins.source)]
        return [*out, Assign("cr0", Reg(target), ins.source)] if name.endswith(".") else out
    return _memory(ins)


def _memory(ins: Instruction) -> list[Step]:
    name, ops = ins.name, ins.operands
    if name in ("LWZ", "LD"):
        ins.need(2)
        return [ins.load(_reg(ins, ops[0]), _address(ins, ops[1]), "once")]
    if name in ("STW", "STD"):
        ins.need(2)
        return [ins.store(_address(ins, ops[1]), Reg(_reg(ins, ops[0])), "once")]
    if name in ("LWZX", "LDX", "STWX", "STDX", "LWARX", "LDARX", "STWCX.", "STDCX."):
        ins.need(3)
        # Register 0 as a base is the number 0.
        base: Expr = Const(0) if ops[1] in ("R0", "0") else Reg(_reg(ins, ops[1]))
        place = plus(base, Reg(_reg(ins, ops[2])))
        if name in ("LWZX", "LDX"):
            return [ins.load(_reg(ins, ops[0]), place, "once")]
        if name in ("STWX", "STDX"):
            return [ins.store(place, Reg(_reg(ins, ops[0])), "once")]
        if name in ("LWARX", "LDARX"):
            return [ins.load(_reg(ins, ops[0]), place, "once", "exclusive")]
        return [ins.store_cond("cr0", place, Reg(_reg(ins, ops[0])), "once")]
    raise ins.error()


def _reg(ins: Instruction, text: str) -> str:
    name = register(text)
    if name is None:
        raise ins.error(f"{text} is no register")
    return name


def _value(ins: Instruction, text: str) -> Expr:
    value = number(text)
    return Const(value) if value is not None else Reg(_reg(ins, text))


def _address(ins: Instruction, text: str) -> Expr:
    match = _ADDRESS.fullmatch(text)
    offset = number(match.group(1)) if match else None
    if match is None or offset is None:
        raise ins.error(f"{text} is no address")
    return plus(Reg(_reg(ins, match.group(2))), Const(offset))
