"""The architecture's tests of translations and flushes, as programs of the simulator."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from pathlib import Path

from reviewer.mmu.litmus.assembly import aarch64
from reviewer.mmu.litmus.assembly.instruction import Instruction, Step
from reviewer.mmu.litmus.assembly.structure import Place, structured
from reviewer.mmu.litmus.assembly.table import Code
from reviewer.mmu.litmus.condition import parse_question
from reviewer.mmu.program import (
    Addr,
    Assign,
    Const,
    Exit,
    Expr,
    Fence,
    If,
    Load,
    Op,
    Program,
    Reg,
    Rmw,
    Scope,
    Source,
    Statement,
    Store,
    Thread,
    Value,
)

# DBM: hardware may set the dirty flag, if it does such things; here it only compares.
INVALID, READ_ONLY, OLD, DBM = 128, 16, 64, 256
PAGES = Addr("pages", 0)
_COMMENT = re.compile(r"\(\*.*?\*\)", re.S)
_TEST = re.compile(
    r"AArch64\s+(?P<name>\S+)(?P<info>[^{]*)\{(?P<initial>.*?)\}\s*(?P<table>P0\b.*?;)\s*"
    r"(?P<asked>(?:locations|exists|~\s*exists|forall|filter)\b.*)",
    re.S,
)
_FAULT = re.compile(r"fault\s*\(\s*P?(\d)(?:\s*:\s*(\w+))?(?:\s*,\s*([a-z]\w*))?([^)]*)\)", re.I)
_PTE = re.compile(r"\[?\s*(?:PTE|TTD)\s*\(\s*(\w+)\s*\)\s*\]?|pte_(\w+)")
_DESCRIPTOR = re.compile(
    r"(?P<left>\[?\s*(?:PTE|TTD)\s*\(\s*\w+\s*\)\s*\]?|pte_\w+|\d\s*:\s*[XW]\d+)\s*=\s*"
    r"(?P<right>\(\s*(?:oa|af|db|dbm|valid)\s*:(?:[^()]|\([^()]*\))*\))",
    re.I,
)
_ACCESS = re.compile(r"LD|ST|SWP|CAS")


class NotTakenError(Exception):
    """A test that the simulator's events do not express; the text is the cause."""


@dataclass(slots=True)
class Test:
    """A test as read: pages by the name of their virtual address, initial memory and registers."""

    name: str
    path: str
    pages: dict[str, int] = field(default_factory=dict)
    mapped: set[str] = field(default_factory=set)
    paged: set[str] = field(default_factory=set)
    memory: dict[Addr, Value] = field(default_factory=dict)
    registers: dict[int, dict[str, Value]] = field(default_factory=dict)
    virtual: dict[tuple[int, str], str] = field(default_factory=dict)
    faults: set[str] = field(default_factory=set)

    def page(self, name: str) -> int:
        return self.pages.setdefault(name, len(self.pages) + 1)

    def place(self, name: str) -> Addr:
        """Where the bytes of a virtual address are at first."""
        return Addr("pages", self.page(name)) if name in self.paged else Addr(name)


def entry(test: Test, own: str, text: str) -> int:
    """The value of a descriptor that is written ``(oa:PA(x), valid:0)``."""
    value = test.page(own)
    for part in text.strip()[1:].removesuffix(")").split(","):
        key, _, what = (word.strip() for word in part.partition(":"))
        if key == "oa":
            match = re.fullmatch(r"PA\((\w+)\)|phy_(\w+)", what)
            if match is None:
                raise NotTakenError(f"an output address {what}")
            value = (value & ~15) | test.page(match[1] or match[2])
        elif key == "valid":
            value = value & ~INVALID | (INVALID if what == "0" else 0)
        elif key == "af":
            value = value & ~OLD | (OLD if what == "0" else 0)
        elif key == "db":
            value = value & ~READ_ONLY | (READ_ONLY if what == "0" else 0)
        elif key == "dbm":
            value = value & ~DBM | (DBM if what == "1" else 0)
        else:
            raise NotTakenError(f"an attribute {key} of a descriptor")
    return value


def read(path: Path) -> Program:
    """The program of a test file. Raises NotTakenError and KstaleError."""
    text = _COMMENT.sub(" ", path.read_text(encoding="utf-8", errors="replace"))
    match = _TEST.search(text)
    if match is None:
        raise NotTakenError("another form of a test")
    if "TTHM" in match["info"]:
        raise NotTakenError("hardware that sets flags of descriptors")
    if re.search(r"\bP\d+\.F\b", match["table"]):
        raise NotTakenError("a handler of faults")
    test = Test(match["name"], str(path))
    for found in _PTE.finditer(text):
        test.mapped.add(found[1] or found[2])
    test.paged.update(test.mapped, re.findall(r"phy_(\w+)", text))
    test.paged.update(re.findall(r"PA\((\w+)\)", text))
    asked = _asked(test, match["asked"])
    _initial(test, match["initial"])
    for name in sorted(test.mapped):
        test.memory.setdefault(Addr(f"pte_{name}"), test.page(name))
    code = Code(aarch64, str(path), 1, match["table"])
    threads = []
    for number, column in enumerate(code.columns()):
        body = _Column(test, number).body(column)
        threads.append(Thread(f"P{number}", body, test.registers.get(number, {}), compiled=False))
    question = parse_question(asked, str(path), 1)
    arrays = {"pages": len(test.pages) + 1} if test.paged else {}
    return Program(
        test.name,
        tuple(threads),
        test.memory,
        code.renamed(question.condition),
        question.quantifier,
        (),
        None if question.filter is None else code.renamed(question.filter),
        arrays,
        str(path),
    )


def _initial(test: Test, text: str) -> None:
    for part in text.split(";"):
        left, _, right = (side.strip() for side in part.partition("="))
        if not right:
            continue
        own = _PTE.fullmatch(left)
        register = re.fullmatch(r"(?:\w+\s+)?(\d)\s*:\s*([XWxw]\d+)", left)
        if own is not None:
            name = own[1] or own[2]
            test.memory[Addr(f"pte_{name}")] = entry(test, name, right)
        elif register is not None:
            _register(test, int(register[1]), f"X{register[2][1:]}", right)
        else:
            name = left.split()[-1].strip("[]* ")
            if not re.fullmatch(r"[a-z]\w*", name) or not re.fullmatch(r"-?\d+", right):
                raise NotTakenError("an initial value of another form")
            test.memory[test.place(name)] = int(right)


def _register(test: Test, thread: int, reg: str, text: str) -> None:
    held = test.registers.setdefault(thread, {})
    own = _PTE.fullmatch(text)
    if own is not None:
        held[reg] = Addr(f"pte_{own[1] or own[2]}")
    elif text.startswith("("):
        held[reg] = _described(test, text)
    elif re.fullmatch(r"-?\d+|0x[0-9a-f]+", text):
        held[reg] = int(text, 0)
    elif re.fullmatch(r"[a-z]\w*", text):
        test.virtual[thread, reg] = text
        held[reg] = Addr(f"pte_{text}") if text in test.mapped else test.place(text)
    else:
        raise NotTakenError("a register of another form")


def _described(test: Test, text: str) -> int:
    """A descriptor that is no location's own."""
    oa = re.search(r"oa\s*:\s*(?:PA\((\w+)\)|phy_(\w+))", text)
    if oa is None:
        raise NotTakenError("a descriptor without an output address")
    return entry(test, oa[1] or oa[2], text)


def _asked(test: Test, text: str) -> str:
    """The question, with a register of each thread in the place of its faults."""

    def fault(match: re.Match[str]) -> str:
        if match[4].strip(", "):
            raise NotTakenError("a kind of fault that is asked about")
        label = match[2].upper() if match[2] else ""
        test.faults.add(f"{match[1]}:{label}")
        return f"{match[1]}:{_fault_register(label)}=1"

    def described(match: re.Match[str]) -> str:
        own = _PTE.fullmatch(match["left"])
        if own is None:
            return f"{match['left']}={_described(test, match['right'])}"
        name = own[1] or own[2]
        return f"pte_{name}={entry(test, name, match['right'])}"

    text = re.sub(r"locations\s*\[[^\]]*\]", "", text)
    text = _DESCRIPTOR.sub(described, _FAULT.sub(fault, text))
    if re.search(r"PTE|TTD|pte_\w+(?!\w|\s*=)", text):
        raise NotTakenError("a question about a descriptor")
    return re.sub(
        r"\[?\b(?!pte_)([a-z]\w*)\b\]?(?=\s*=\s*-?\d)",
        lambda m: str(test.place(m[1])),
        text,
    )


def _fault_register(label: str) -> str:
    """A register that no instruction of these tests uses."""
    number = int(re.sub(r"\D", "", label) or 0)
    if number > 3 or (label and not re.fullmatch(r"L\d", label)):
        raise NotTakenError("a label of another form")
    return f"X{27 + number}" if label else "X26"


@dataclass(slots=True)
class _Column:
    test: Test
    thread: int
    issued: bool = False
    waited: bool = False
    counter: int = 0
    shifted: dict[str, str] = field(default_factory=dict)

    def body(self, column: list[tuple[str, int]]) -> tuple[Statement, ...]:
        places: list[Place] = []
        labels: list[str] = []
        end = Source(self.test.path, 1, "end")
        for cell, line in column:
            text, own = cell, ""
            while (match := re.match(r"\s*([A-Za-z_]\w*)\s*:", text)) is not None:
                own = match[1].upper()
                labels.append(own)
                text = text[match.end() :]
            text = text.strip()
            if not text:
                continue
            source = Source(self.test.path, line, text)
            word, _, rest = text.partition(" ")
            operands = tuple(one.strip().upper() for one in re.split(r",(?![^\[]*\])", rest))
            steps = self.steps(Instruction(word.upper(), operands, source), labels)
            for step in steps:
                places.append(Place(tuple(labels), step, source))
                labels = []
            if not steps:
                places.append(Place(tuple(labels), None, source))
                labels = []
        places.append(Place(tuple(labels), None, end))
        return (Scope("fault", structured(places)),)

    def steps(self, ins: Instruction, labels: list[str]) -> list[Step]:
        ops = ins.operands
        if ins.name == "LSR" and len(ops) == 3 and ops[2] in ("#12", "12"):
            name = self.test.virtual.get((self.thread, f"X{ops[1][1:]}"))
            if name is None:
                raise NotTakenError("a page of something else")
            self.shifted[f"X{ops[0][1:]}"] = name
            return []
        if ins.name == "TLBI":
            return [self.flush(ins)]
        if ins.name == "DSB":
            kind = ops[0] if ops else "SY"
            if self.issued and kind in ("SY", "ISH"):
                return [Fence(("tlbi-sync",), None, ins.source)]
            if self.issued and "LD" not in kind:
                raise NotTakenError("a DSB of stores after a TLBI")
            self.waited |= "LD" not in kind
        if _ACCESS.match(ins.name) and re.match(r"\w+[BH]$", ins.name):
            raise NotTakenError("accesses of several sizes")
        out: list[Step] = []
        for step in aarch64.steps(ins):
            if isinstance(step, Load | Store | Rmw):
                out += self.access(step, labels[-1] if labels else "")
            else:
                out.append(step)
        return out

    def flush(self, ins: Instruction) -> Fence:
        self.issued = True
        if not self.waited:
            raise NotTakenError("a TLBI that no DSB of stores precedes")
        kind = ins.operands[0]
        if kind in ("VMALLE1IS", "VMALLS12E1IS"):
            return Fence(("tlbi-all",), None, ins.source)
        if kind not in ("VAAE1IS", "VAE1IS", "VALE1IS", "VAALE1IS"):
            raise NotTakenError(f"TLBI {kind}")
        name = self.shifted.get(f"X{ins.operands[1][1:]}")
        if name is None:
            raise NotTakenError("a page of something else")
        return Fence(("tlbi-page",), Const(Addr(f"pte_{name}")), ins.source)

    def access(self, step: Load | Store | Rmw, label: str) -> Iterator[Statement]:
        """An access as it is, or behind a translation of its address."""
        addr = step.addr
        base = addr.args[0] if isinstance(addr, Op) else addr
        if not isinstance(base, Reg):
            raise NotTakenError("an address of another form")
        name = self.test.virtual.get((self.thread, base.name))
        if name is None or name not in self.test.mapped:
            own = self.test.registers.get(self.thread, {}).get(base.name)
            is_entry = isinstance(own, Addr) and own.base.startswith("pte_")
            if is_entry and isinstance(step, Rmw) and step.op not in ("xchg", "cmpxchg"):
                raise NotTakenError("arithmetic on a descriptor")
            yield step
            return
        self.counter += 1
        seen = Reg(f"t{self.counter}")
        yield Load(seen.name, addr, ("translation",), step.source)
        empty = Op("==", (Op("&", (seen, Const(15))), Const(0)))
        absent = Op("|", (Op("&", (seen, Const(INVALID | OLD))), empty))
        yield If(absent, tuple(self.faulted(step, label, fresh=True)), (), step.source)
        if not isinstance(step, Load):
            denied = Op("&", (seen, Const(READ_ONLY)))
            yield If(denied, tuple(self.faulted(step, label, fresh=False)), (), step.source)
        page: Expr = Op("+", (Const(PAGES), Op("&", (seen, Const(15)))))
        if isinstance(step, Rmw):
            yield replace(
                step,
                addr=page,
                read_tags=(*step.read_tags, "user"),
                write_tags=(*step.write_tags, "user"),
            )
        else:
            yield replace(step, addr=page, tags=(*step.tags, "user"))

    def faulted(self, step: Load | Store | Rmw, label: str, *, fresh: bool) -> Iterator[Statement]:
        source = step.source
        yield Fence(("fault" if fresh else "denied",), None, source)
        for asked in sorted(self.test.faults):
            thread, _, which = asked.partition(":")
            if int(thread) == self.thread and which in ("", label):
                yield Assign(_fault_register(which), Const(1), source)
        yield Exit("fault")
