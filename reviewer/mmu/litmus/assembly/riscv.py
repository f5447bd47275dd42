"""RISC-V with the A extension (whole words only)."""

from __future__ import annotations

import re
from dataclasses import replace

from reviewer.mmu.litmus.assembly.instruction import Instruction, Jump, Step, number, plus
from reviewer.mmu.program import Assign, Const, Expr, Fence, Op, Reg

MODEL = "riscv"
MIXED = False

_BINARY = {"ADD": "+", "SUB": "-", "XOR": "^", "AND": "&", "OR": "|"}
_BRANCHES = {"BNE": "!=", "BEQ": "==", "BLT": "<", "BGE": ">="}
_ATOMIC_OPS = {"SWAP": "xchg", "ADD": "+", "OR": "|", "AND": "&", "XOR": "^"}
_MEMORY = re.compile(r"(L|S|LR\.|SC\.|AMO(?:SWAP|ADD|OR|AND|XOR)\.)([WD])((?:\.AQ)?)((?:\.RL)?)")
_ADDRESS = re.compile(r"(-?\w*)\((\w+)\)")
_ABI = {"ZERO": 0, "RA": 1, "SP": 2, "GP": 3, "TP": 4, "T0": 5, "T1": 6, "T2": 7, "S0": 8, "S1": 9}
_ABI.update({f"A{i}": 10 + i for i in range(8)})
_ABI.update({f"S{i}": 16 + i for i in range(2, 12)})
_ABI.update({f"T{i}": 25 + i for i in range(3, 7)})


def register(name: str) -> str | None:
    """Registers by number or by their use."""
    match = re.fullmatch(r"[xX](\d+)", name)
    index = int(match.group(1)) if match else _ABI.get(name.upper(), 99)
    return f"x{index}" if index < 32 else None


def size(ins: Instruction) -> int | None:
    """Bytes of a memory access; None for any other instruction."""
    match = _MEMORY.fullmatch(ins.name)
    return None if match is None else 4 if match.group(2) == "W" else 8


def steps(ins: Instruction) -> list[Step]:
    """What an instruction does. Raises LitmusError if it is not known."""
    name, ops = ins.name, ins.operands
    if name in ("NOP", "FENCE.I"):
        return []
    if name.startswith("FENCE"):
        return [_fence(ins)]
    if name == "J":
        ins.need(1)
        return [Jump(None, ops[0])]
    if name in _BRANCHES:
        ins.need(3)
        cond = Op(_BRANCHES[name], (_value(ins, ops[0]), _value(ins, ops[1])))
        return [Jump(cond, ops[2])]
    if name in ("BNEZ", "BEQZ"):
        ins.need(2)
        return [Jump(Op("!=" if name == "BNEZ" else "==", (_value(ins, ops[0]), Const(0))), ops[1])]
    if name in ("LI", "MV"):
        ins.need(2)
        return _assign(ins, _value(ins, ops[1]))
    plain = name.removesuffix("W") if name in ("ADDW", "SUBW") else name
    plain = plain[:-1] if plain.endswith("I") and plain[:-1] in _BINARY else plain
    if plain in _BINARY:
        ins.need(3)
        left, right = _value(ins, ops[1]), _value(ins, ops[2])
        if left == Const(0) and plain in ("ADD", "OR", "XOR"):
            return _assign(ins, right)
        return _assign(ins, Op(_BINARY[plain], (left, right)))
    match = _MEMORY.fullmatch(name)
    if match is None:
        raise ins.error()
    return [_memory(ins, match)]


def _memory(ins: Instruction, match: re.Match[str]) -> Step:
    ops = ins.operands
    acquire, release = bool(match.group(3)), bool(match.group(4))
    kind = match.group(1).rstrip(".")
    # Acquire and release hold for the whole instruction, whichever of its halves there are.
    tags = tuple(tag for tag, on in (("acquire", acquire), ("release", release)) if on)
    # The order of a release before an acquire is one of atomics (RVWMO's RCsc).
    tags = (*tags, *(("rcsc",) if kind not in "LS" else ())) if tags else ("once",)
    ins.need(3 if kind.startswith(("SC", "AMO")) else 2)
    place = _address(ins, ops[-1])
    if kind == "L":
        return ins.load(_target(ins, ops[0]), place, *tags)
    if kind == "S":
        return ins.store(place, _value(ins, ops[0]), *tags)
    if kind == "LR":
        return ins.load(_target(ins, ops[0]), place, *tags, "exclusive")
    if kind == "SC":
        status = _target(ins, ops[0]) or "nowhere"
        return replace(ins.store_cond(status, place, _value(ins, ops[1]), *tags), carries=True)
    op = _ATOMIC_OPS[kind.removeprefix("AMO")]
    return ins.rmw(_target(ins, ops[0]), op, place, _value(ins, ops[1]), tags, tags)


def _fence(ins: Instruction) -> Step:
    if ins.name == "FENCE.TSO":
        return Fence(("fence-tso",), None, ins.source)
    if not ins.operands and ins.name == "FENCE":
        return Fence(("mb",), None, ins.source)
    text = "-".join(ins.operands).lower() if ins.name == "FENCE" else ins.name[6:].lower()
    sides = re.fullmatch(r"[io]*(r?w?)[io]*[-.][io]*(r?w?)[io]*", text)
    if sides is None or not (sides.group(1) and sides.group(2)):
        raise ins.error("no such fence")
    before, after = sides.groups()
    known = {("rw", "rw"): "mb", ("r", "r"): "rmb", ("w", "w"): "wmb"}
    return Fence((known.get((before, after), f"fence-{before}-{after}"),), None, ins.source)


def _assign(ins: Instruction, value: Expr) -> list[Step]:
    target = _target(ins, ins.operands[0])
    return [Assign(target, value, ins.source)] if target else []


def _target(ins: Instruction, text: str) -> str | None:
    name = register(text)
    if name is None:
        raise ins.error(f"{text} is no register")
    return None if name == "x0" else name


def _value(ins: Instruction, text: str) -> Expr:
    value = number(text)
    if value is not None:
        return Const(value)
    name = _target(ins, text)
    return Reg(name) if name else Const(0)


def _address(ins: Instruction, text: str) -> Expr:
    match = _ADDRESS.fullmatch(text)
    offset = number(match.group(1) or "0") if match else None
    if match is None or offset is None:
        raise ins.error(f"{text} is no address")
    return plus(_value(ins, match.group(2)), Const(offset))
