"""AArch64, as the Arm architecture's own litmus tests use it: bytes to doublewords, unsigned."""

from __future__ import annotations

import re

from reviewer.mmu.litmus.assembly.instruction import Instruction, Jump, Step, number, plus
from reviewer.mmu.program import Assign, Const, Expr, Fence, If, Op, Reg

MODEL = "armv8"
MIXED = True
"""Whether accesses of several sizes in one test are known."""

_BINARY = {"ADD": "+", "SUB": "-", "EOR": "^", "AND": "&", "ORR": "|", "BIC": "&~"}
_FLAGS = {"ADDS": "+", "SUBS": "-", "ANDS": "&"}
_CONDITIONS = {"EQ": "==", "NE": "!=", "GE": ">=", "LT": "<", "GT": ">", "LE": "<="}
_SELECTS = ("CSEL", "CSINC")
_EXTENSIONS = ("SXTW", "UXTW")
_LOADS = {"LDR": "once", "LDAR": "acquire", "LDAPR": "acquire-pc", "LDUR": "once"}
_STORES = {"STR": "once", "STLR": "release", "STUR": "once"}
_EXCLUSIVES = ("LDXR", "LDAXR", "STXR", "STLXR")
_ATOMIC = re.compile(r"(LD|ST)(ADD|EOR|SET|CLR)(A?)(L?)|(SWP|CAS)(A?)(L?)")
_ATOMIC_OPS = {"ADD": "+", "EOR": "^", "SET": "|", "CLR": "&~"}
_BARRIERS = {"": "", "SY": "", "ISH": "", "OSH": "", "NSH": "", "LD": "ld", "ISHLD": "ld",
             "OSHLD": "ld", "NSHLD": "ld", "ST": "st", "ISHST": "st", "OSHST": "st",
             "NSHST": "st"}  # fmt: skip
_LOW = Const(0xFFFFFFFF)
_EXTENDS = re.compile(r"(?:SXTW|UXTW|LSL|SXTX)(?:\s*#0)?")


def register(name: str) -> str | None:
    """X and W registers are one."""
    match = re.fullmatch(r"[XWxw](\d+)", name)
    return f"X{match.group(1)}" if match and int(match.group(1)) < 31 else None


def size(ins: Instruction) -> int | None:
    """Bytes of a memory access; None for any other instruction."""
    name, part = _parted(ins.name)
    first = 1 if name in ("STXR", "STLXR") else 0
    if name.startswith(("LD", "ST", "SWP", "CAS")) and len(ins.operands) > first:
        return part or (4 if ins.operands[first].startswith("W") else 8)
    return None


def _parted(name: str) -> tuple[str, int]:
    """An access without the letter that says how much it accesses, and that in bytes; 0 where the
    register says it."""
    whole = name[:-1]
    if name[-1:] in ("B", "H") and (
        whole in _LOADS or whole in _STORES or whole in _EXCLUSIVES or _ATOMIC.fullmatch(whole)
    ):
        return whole, 1 if name.endswith("B") else 2
    return name, 0


def steps(ins: Instruction) -> list[Step]:
    """What an instruction does. Raises LitmusError if it is not known."""
    name, ops = ins.name, ins.operands
    if name == "NOP":
        return []
    if name in ("DMB", "DSB"):
        return [_barrier(ins)]
    if name == "ISB":
        return [Fence(("isb",), None, ins.source)]
    if name == "B":
        ins.need(1)
        return [Jump(None, ops[0])]
    if name.startswith("B.") and name[2:] in _CONDITIONS:
        ins.need(1)
        return [Jump(Op(_CONDITIONS[name[2:]], (Reg("flags"), Const(0))), ops[0])]
    if name in ("CBZ", "CBNZ"):
        ins.need(2)
        cond = Op("==" if name == "CBZ" else "!=", (_value(ins, ops[0]), Const(0)))
        return [Jump(cond, ops[1])]
    if name in ("MOV", "MVN"):
        ins.need(2)
        value = _value(ins, ops[1])
        return [Assign(_reg(ins, ops[0]), value, ins.source)] if name == "MOV" else _unknown(ins)
    if name == "CMP":
        ins.need(2)
        flags = Op("-", (_value(ins, ops[0]), _value(ins, ops[1])))
        return [Assign("flags", flags, ins.source)]
    if name in _BINARY or name in _FLAGS:
        return _arithmetic(ins)
    if name in _SELECTS or name == "CSET":
        return [_select(ins)]
    if name in _EXTENSIONS:
        ins.need(2)
        return [Assign(_reg(ins, ops[0]), _value(ins, ops[1]), ins.source)]
    return _memory(ins)


def _arithmetic(ins: Instruction) -> list[Step]:
    ops = ins.operands
    if len(ops) == 4 and _EXTENDS.fullmatch(ops[3]):
        ops = ops[:3]
    if len(ops) != 3:
        raise ins.error("expected 3 operands")
    op = _BINARY.get(ins.name) or _FLAGS[ins.name]
    value: Expr = Op(op, (_value(ins, ops[1]), _value(ins, ops[2])))
    if ins.narrow and ops[0].startswith("W"):
        value = Op("&", (value, _LOW))
    out: list[Step] = [Assign(_reg(ins, ops[0]), value, ins.source)]
    if ins.name in _FLAGS:
        out.append(Assign("flags", Reg(_reg(ins, ops[0])), ins.source))
    return out


def _select(ins: Instruction) -> Step:
    """The flags choose one of two values: no dependency but that of the choice on them."""
    if ins.name == "CSET":
        ins.need(2)
        target, condition = ins.operands
        one, other = _value(ins, "#1"), _value(ins, "#0")
    else:
        ins.need(4)
        target, first, second, condition = ins.operands
        one, other = _value(ins, first), _value(ins, second)
        if ins.name == "CSINC":
            other = plus(other, Const(1))
    if condition not in _CONDITIONS:
        raise ins.error(f"{condition} is no condition")
    reg = _reg(ins, target)
    cond = Op(_CONDITIONS[condition], (Reg("flags"), Const(0)))
    yes, no = Assign(reg, one, ins.source), Assign(reg, other, ins.source)
    return If(cond, (yes,), (no,), ins.source)


def _memory(ins: Instruction) -> list[Step]:
    name, ops = _parted(ins.name)[0], ins.operands
    if name in _LOADS:
        ins.need(2)
        return [ins.load(_target(ins, ops[0]), _address(ins, ops[1]), _LOADS[name])]
    if name in _STORES:
        ins.need(2)
        return [ins.store(_address(ins, ops[1]), _value(ins, ops[0]), _STORES[name])]
    if name in ("LDXR", "LDAXR"):
        ins.need(2)
        tag = "acquire" if name == "LDAXR" else "once"
        return [ins.load(_target(ins, ops[0]), _address(ins, ops[1]), tag, "exclusive")]
    if name in ("STXR", "STLXR"):
        ins.need(3)
        tag = "release" if name == "STLXR" else "once"
        place, value = _address(ins, ops[2]), _value(ins, ops[1])
        return [ins.store_cond(_reg(ins, ops[0]), place, value, tag)]
    match = _ATOMIC.fullmatch(name)
    return [_atomic(ins, match)] if match else _unknown(ins)


def _atomic(ins: Instruction, match: re.Match[str]) -> Step:
    ops = ins.operands
    acquire, release = (
        bool(match.group(3) or match.group(6)),
        bool(match.group(4) or match.group(7)),
    )
    write = ("release",) if release else ("once",)
    if match.group(1) == "ST":
        ins.need(2)
        op = _ATOMIC_OPS[match.group(2)]
        return ins.rmw(None, op, _address(ins, ops[1]), _value(ins, ops[0]), ("noreturn",), write)
    ins.need(3)
    place = _address(ins, ops[2])
    # A result that goes to the zero register is not read: no acquire, and DMB LD does not wait.
    cas = match.group(5) == "CAS"
    target = _target(ins, ops[0 if cas else 1])
    read = ("noreturn",) if target is None else ("acquire",) if acquire else ("once",)
    if cas:
        expected, new = _value(ins, ops[0]), _value(ins, ops[1])
        return ins.rmw(target, "cmpxchg", place, new, read, write, expected)
    op = "xchg" if match.group(5) == "SWP" else _ATOMIC_OPS[match.group(2)]
    return ins.rmw(target, op, place, _value(ins, ops[0]), read, write)


def _barrier(ins: Instruction) -> Step:
    kind = _BARRIERS.get(ins.operands[0] if ins.operands else "")
    if kind is None:
        raise ins.error("no such barrier")
    tags = {"": "mb" if ins.name == "DMB" else "dsb", "ld": "rmb", "st": "wmb"}
    return Fence((tags[kind],), None, ins.source)


def _reg(ins: Instruction, text: str) -> str:
    name = register(text)
    if name is None:
        raise ins.error(f"{text} is no register")
    return name


def _target(ins: Instruction, text: str) -> str | None:
    return None if text in ("WZR", "XZR") else _reg(ins, text)


def _value(ins: Instruction, text: str) -> Expr:
    if text in ("WZR", "XZR"):
        return Const(0)
    if text.startswith("#") or text[:1].isdigit():
        value = number(text)
        if value is None:
            raise ins.error(f"{text} is no number")
        return Const(value)
    held = Reg(_reg(ins, text))
    return Op("&", (held, _LOW)) if ins.narrow and text.startswith("W") else held


def _address(ins: Instruction, text: str) -> Expr:
    """``[X1]``, ``[X1,#0]`` or ``[X1,W2,SXTW]``."""
    if not (text.startswith("[") and text.endswith("]")):
        raise ins.error(f"{text} is no address")
    base, *rest = [part.strip() for part in text[1:-1].split(",")]
    place: Expr = Reg(_reg(ins, base))
    if rest and len(rest) <= 2:
        if len(rest) == 2 and not _EXTENDS.fullmatch(rest[1]):
            raise ins.error(f"{rest[1]} is not known")
        place = plus(place, _value(ins, rest[0]))
    return place


def _unknown(ins: Instruction) -> list[Step]:
    raise ins.error()
