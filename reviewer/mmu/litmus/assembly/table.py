"""Reads the columns of an assembly test, and makes a program of them."""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from importlib import import_module
from types import ModuleType
from typing import TYPE_CHECKING

from reviewer.errors import LitmusError
from reviewer.mmu.litmus.assembly.cells import Cells, cells_of, is_displaced, sized
from reviewer.mmu.litmus.assembly.instruction import Instruction, Jump
from reviewer.mmu.litmus.assembly.structure import Place, structured
from reviewer.mmu.litmus.condition import Question
from reviewer.mmu.program import (
    Addr,
    Bool,
    Compare,
    Condition,
    LocAtom,
    Program,
    RegAtom,
    Source,
    Statement,
    Thread,
    atoms_of,
)

if TYPE_CHECKING:
    from reviewer.mmu.litmus.parse import Initial

_FOLDER = "reviewer.mmu.litmus.assembly"
_LABEL = re.compile(r"\s*([A-Za-z_]\w*)\s*:")
_MOST_LINES = 400


def architecture(name: str) -> ModuleType | None:
    """The module of an architecture by the first word of its tests; None if there is none."""
    if not re.fullmatch(r"[A-Za-z]\w*", name):
        return None
    try:
        return import_module(f"{_FOLDER}.{name.lower()}")
    except ModuleNotFoundError:
        return None


@dataclass(frozen=True, slots=True)
class Line:
    """An instruction with the labels before it; None at the end of a thread."""

    labels: tuple[str, ...]
    instruction: Instruction | None
    source: Source


@dataclass(frozen=True, slots=True)
class Code:
    """The threads of a test as written: path, first line of the table, and its text."""

    arch: ModuleType
    path: str
    line: int
    table: str

    @property
    def model(self) -> str:
        """The memory model that the architecture's instructions are written for."""
        return str(self.arch.MODEL)

    def program(
        self,
        name: str,
        initial: Initial,
        question: Question,
    ) -> Program:
        """The program of the table. Raises LitmusError with the line of what is not known."""
        columns = [self.lines(column) for column in self.columns()]
        cells = self.cells(columns, initial)
        threads = []
        for index, column in enumerate(columns):
            held = {self.reg(r): v for r, v in initial.registers.get(index, {}).items()}
            if cells is not None:
                held = {reg: cells.address(value) for reg, value in held.items()}
            body = self.body(column, mixed=cells is not None)
            threads.append(Thread(f"P{index}", body, held, compiled=False))
        for index in initial.registers:
            if index >= len(threads):
                raise LitmusError(self.path, self.line, f"a register of P{index}: no such thread")
        condition = self.renamed(question.condition)
        kept = None if question.filter is None else self.renamed(question.filter)
        observed = tuple(
            replace(atom, reg=self.reg(atom.reg)) if isinstance(atom, RegAtom) else atom
            for atom in question.observed
        )
        for atom in [*observed, *atoms_of(condition)]:
            if isinstance(atom, RegAtom) and atom.thread >= len(threads):
                raise LitmusError(self.path, self.line, f"the question names P{atom.thread}")
        if cells is None:
            return Program(
                name,
                tuple(threads),
                initial.memory,
                condition,
                question.quantifier,
                observed,
                kept,
                {},
                self.path,
            )
        return Program(
            name,
            tuple(threads),
            cells.memory(initial.memory),
            cells.condition(condition),
            question.quantifier,
            tuple(cells.atom(atom) for atom in observed),
            None if kept is None else cells.condition(kept),
            cells.arrays,
            self.path,
            cells.cells,
        )

    def cells(self, columns: list[list[Line]], initial: Initial) -> Cells | None:
        """How memory is divided, if accesses have several sizes or are parts of variables."""
        sizes: dict[int, Source] = {}
        displaced = False
        for column in columns:
            for line in column:
                if line.instruction is None:
                    continue
                size = self.arch.size(line.instruction)
                if size is None:
                    continue
                sizes.setdefault(size, line.source)
                displaced |= is_displaced(line.instruction.operands)
                if len(sizes) > 1 and not self.arch.MIXED:
                    why = "accesses of two sizes in one test are not known"
                    raise line.instruction.error(why)
        if len(sizes) < 2 and not (displaced and self.arch.MIXED):
            return None
        held = (v for registers in initial.registers.values() for v in registers.values())
        named = {value.base for value in held if isinstance(value, Addr)}
        names = {*initial.names, *named}
        return cells_of(names, initial, sizes, self.path, self.line)

    def reg(self, name: str) -> str:
        """The one name of a register that has several."""
        found = self.arch.register(name)
        if found is None:
            raise LitmusError(self.path, self.line, f"{name} is no register")
        return str(found)

    def renamed(self, condition: Condition) -> Condition:
        if isinstance(condition, Bool):
            return Bool(condition.op, tuple(self.renamed(arg) for arg in condition.args))
        sides = [
            replace(side, reg=self.reg(side.reg)) if isinstance(side, RegAtom) else side
            for side in (condition.left, condition.right)
        ]
        left, right = sides
        assert isinstance(left, RegAtom | LocAtom)
        return Compare(left, right, condition.negated)

    def columns(self) -> list[list[tuple[str, int]]]:
        """For each thread its cells with their lines."""
        rows = []
        line = self.line
        for row in self.table.split(";"):
            number = line + len(row[: len(row) - len(row.lstrip())].splitlines()[1:])
            number = line + row[: len(row) - len(row.lstrip())].count("\n")
            if row.strip():
                rows.append(([cell.strip() for cell in row.split("|")], number))
            line += row.count("\n")
        if not rows:
            raise LitmusError(self.path, self.line, "expected a thread P0")
        if len(rows) > _MOST_LINES:
            raise LitmusError(self.path, self.line, f"more than {_MOST_LINES} lines of code")
        heads, number = rows[0]
        for index, head in enumerate(heads):
            if head.split(":")[0].split(",")[0].strip() != f"P{index}" or head != f"P{index}":
                raise LitmusError(self.path, number, f"expected P{index}, found '{head[:20]}'")
        columns: list[list[tuple[str, int]]] = [[] for _ in heads]
        for cells, number in rows[1:]:
            if len(cells) != len(heads):
                raise LitmusError(
                    self.path, number, f"{len(cells)} columns of code for {len(heads)} threads"
                )
            for column, cell in zip(columns, cells, strict=True):
                column.append((cell, number))
        return columns

    def lines(self, column: list[tuple[str, int]]) -> list[Line]:
        """The instructions of a thread with the labels before them; the last has none."""
        lines: list[Line] = []
        labels: list[str] = []
        for cell, line in column:
            text = cell
            while (match := _LABEL.match(text)) is not None:
                labels.append(match.group(1).upper())
                text = text[match.end() :]
            text = text.strip()
            if not text:
                continue
            source = Source(self.path, line, text)
            word, _, rest = text.partition(" ")
            operands = tuple(part.strip().upper() for part in _operands(rest))
            instruction = Instruction(word.upper(), operands, source)
            lines.append(Line(tuple(labels), instruction, source))
            labels = []
        return [*lines, Line(tuple(labels), None, Source(self.path, self.line, "end"))]

    def body(self, lines: list[Line], *, mixed: bool) -> tuple[Statement, ...]:
        """The statements of a thread; ``mixed``: accesses have several sizes."""
        places: list[Place] = []
        for line in lines:
            labels, steps = line.labels, []
            if line.instruction is not None:
                instruction = replace(line.instruction, narrow=mixed)
                steps = self.arch.steps(instruction)
                if mixed:
                    size = self.arch.size(instruction)
                    steps = [s if isinstance(s, Jump) else sized(s, size) for s in steps]
            for step in steps or [None]:
                places.append(Place(labels, step, line.source))
                labels = ()
        return structured(places)


def _operands(text: str) -> list[str]:
    """Splits at commas outside of brackets."""
    parts, depth, start = [], 0, 0
    for offset, char in enumerate(text):
        depth += (char in "[(") - (char in "])")
        if char == "," and depth == 0:
            parts.append(text[start:offset])
            start = offset + 1
    last = text[start:].strip()
    return [*parts, last] if last else parts
