"""Litmus files: ``C name``, initial state, threads ``P0(...) {...}``, and the question.

The format is that of the kernel's tools/memory-model/Documentation/litmus-tests.txt.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from pathlib import Path

from reviewer.errors import LitmusError
from reviewer.mmu.litmus.assembly.table import Code, architecture
from reviewer.mmu.litmus.condition import Question, parse_question
from reviewer.mmu.litmus.definitions import (
    Definitions,
    blank_all_comments,
    blank_comments,
    end_of_block,
    parse_block,
)
from reviewer.mmu.litmus.lower import Lowerer
from reviewer.mmu.program import Addr, LocAtom, Program, RegAtom, Thread, Value, atoms_of

_THREAD = re.compile(r"\s*(?:(?:static|void|int)\b[\s*]*)*P(\d+)\s*\(([^()]*)\)\s*(?=\{)")
_INIT = re.compile(
    r"(?:[A-Za-z_][\w\s]*[\s*]+)?\**(?:P?(?P<thread>\d+):)?\[?(?P<name>[A-Za-z_]\w*)\]?"
    r"(?:\[(?P<index>\d+)\])?$"
)
_NUMBER = re.compile(r"-?(?:0[xX][0-9a-fA-F]+|\d+)[uUlL]*$")
_QUESTION = re.compile(r"^[ \t]*(?:~\s*exists|exists|forall|locations|filter|final)\b", re.M)
MAX_BYTES = 1_000_000


@dataclass(frozen=True, slots=True)
class Initial:
    """The initial state: memory, registers by thread, array lengths."""

    memory: dict[Addr, Value]
    registers: dict[int, dict[str, Value]]
    arrays: dict[str, int]
    names: frozenset[str]


@dataclass(frozen=True, slots=True)
class ThreadText:
    """One thread as written: parameter names, body text and the line it starts on."""

    params: tuple[str, ...]
    body: str
    line: int


@dataclass(frozen=True, slots=True)
class Litmus:
    """A litmus test split into its parts; ``program`` gives it the primitives' meaning."""

    name: str
    path: str
    initial: Initial
    threads: tuple[ThreadText, ...]
    question: Question
    code: Code | None = None
    """The threads, where they are written in assembly."""

    @property
    def model(self) -> str:
        """The model that the test is written for; empty if it is any."""
        return self.code.model if self.code is not None else ""

    def program(self, definitions: Definitions, *, fold_rmw: bool = False) -> Program:
        """The program under these primitive definitions.

        ``fold_rmw`` is herd's lkmmv2: tags of atomics stay on their events, no fences are added.
        Raises LitmusError for unknown primitives or names.
        """
        if self.code is not None:
            initial = self.initial
            return self.code.program(self.name, initial.memory, initial.registers, self.question)
        names = set(self.initial.names)
        for text in self.threads:
            names.update(text.params)
        threads = []
        for index, text in enumerate(self.threads):
            lowerer = Lowerer(
                definitions, index, text.params, frozenset(self.initial.arrays), fold_rmw
            )
            body = lowerer.body(parse_block(text.body, self.path, text.line))
            registers = self.initial.registers.get(index, {})
            threads.append(Thread(f"P{index}", body, registers))
        self._check_atoms(names)
        return Program(
            self.name,
            tuple(threads),
            self.initial.memory,
            self.question.condition,
            self.question.quantifier,
            self.question.observed,
            self.question.filter,
            self.initial.arrays,
            self.path,
        )

    def _check_atoms(self, names: set[str]) -> None:
        conditions = [self.question.condition]
        if self.question.filter is not None:
            conditions.append(self.question.filter)
        atoms = [*self.question.observed]
        for condition in conditions:
            atoms.extend(atoms_of(condition))
        for atom in atoms:
            if isinstance(atom, RegAtom) and atom.thread >= len(self.threads):
                raise LitmusError(self.path, 0, f"condition names thread {atom.thread}")
            if isinstance(atom, LocAtom) and atom.loc.base not in names:
                raise LitmusError(
                    self.path, 0, f"expected a location of the test, found '{atom.loc}'"
                )


def read_litmus(path: str | Path) -> Litmus:
    """Reads a litmus file. Raises LitmusError with the line of the first thing wrong."""
    name = str(path)
    try:
        data = Path(path).read_bytes()
    except OSError as error:
        raise LitmusError(name, 0, f"cannot read: {error.strerror}") from None
    if len(data) > MAX_BYTES:
        raise LitmusError(name, 0, f"larger than {MAX_BYTES} bytes")
    return parse_litmus(data.decode("utf-8", errors="replace"), name)


def parse_litmus(text: str, path: str = "<string>") -> Litmus:
    """Parses the text of a litmus test; see ``read_litmus``."""
    head = re.match(r"\s*(\S+)[ \t]+(\S+)[^\n]*", text)
    if head is None:
        raise LitmusError(path, 1, "expected 'C NAME'")
    arch = architecture(head.group(1))
    if head.group(1) != "C" and arch is None:
        raise LitmusError(
            path,
            1,
            f"expected a test in C or in assembly that is known, found one for '{head.group(1)}'",
        )
    start = _skip_header(text, head.end(), path)
    end = end_of_block(_blank_prefix(text, start), start, path)
    inits = blank_all_comments(text[start + 1 : end])
    initial = _parse_init(inits, path, _line(text, start))
    if arch is not None:
        return _assembly(text, end + 1, path, Code(arch, path, 0, ""), initial, head.group(2))
    at = end + 1
    threads: list[ThreadText] = []
    rest = text[:at] + blank_comments(text[at:])
    while True:
        at = _skip_ml_comments(rest, at)
        match = _THREAD.match(rest, at)
        if match is None:
            break
        if int(match.group(1)) != len(threads):
            raise LitmusError(path, _line(text, match.start(1)), f"expected P{len(threads)}")
        close = end_of_block(rest, match.end(), path)
        params = tuple(
            re.split(r"[\s*]+", part.strip())[-1]
            for part in match.group(2).split(",")
            if part.strip() not in ("", "void")
        )
        body = rest[match.end() : close + 1]
        threads.append(ThreadText(params, body, _line(text, match.end())))
        at = close + 1
    if not threads:
        here = at + len(rest[at:]) - len(rest[at:].lstrip())
        raise LitmusError(path, _line(text, here), "expected a thread P0(...)")
    tail = blank_all_comments(rest[at:])
    question = parse_question(tail, path, _line(text, at))
    return Litmus(head.group(2), path, initial, tuple(threads), question)


def _assembly(text: str, at: int, path: str, code: Code, initial: Initial, name: str) -> Litmus:
    """A test whose threads are the columns of a table."""
    rest = text[:at] + blank_all_comments(text[at:])
    match = _QUESTION.search(rest, at)
    end = match.start() if match else len(rest)
    code = replace(code, line=_line(text, at), table=rest[at:end])
    question = parse_question(rest[end:], path, _line(text, end))
    return Litmus(name, path, initial, (), question, code)


def _line(text: str, offset: int) -> int:
    return text.count("\n", 0, offset) + 1


def _blank_prefix(text: str, start: int) -> str:
    """The text with comments after ``start`` blanked, offsets kept."""
    return text[:start] + blank_comments(text[start:])


def _skip_ml_comments(text: str, at: int) -> int:
    while True:
        match = re.compile(r"\s*\(\*").match(text, at)
        if match is None:
            return at
        depth, at = 1, match.end()
        while depth and at < len(text):
            if text.startswith("(*", at):
                depth, at = depth + 1, at + 2
            elif text.startswith("*)", at):
                depth, at = depth - 1, at + 2
            else:
                at += 1


def _skip_header(text: str, at: int, path: str) -> int:
    """Offset of the brace that opens the initial state."""
    blanked = text[:at] + blank_all_comments(text[at:])
    brace = blanked.find("{", at)
    if brace < 0:
        raise LitmusError(path, _line(text, at), "expected '{' and the initial state")
    return brace


def _parse_init(text: str, path: str, line: int) -> Initial:
    memory: dict[Addr, Value] = {}
    registers: dict[int, dict[str, Value]] = {}
    arrays: dict[str, int] = {}
    names: set[str] = set()
    at = line
    for entry in _split(text, ";"):
        row = at + _leading_newlines(entry)
        at += entry.count("\n")
        entry = entry.strip()
        if not entry:
            continue
        left, _, right = entry.partition("=")
        match = _INIT.match(left.strip())
        if match is None:
            raise LitmusError(path, row, f"expected NAME = VALUE, found '{entry[:50]}'")
        name, right = match.group("name"), right.strip()
        values = [
            _init_value(part.strip(), path, row)
            for part in (_split(right[1:-1], ",") if right.startswith("{") else [right])
            if part.strip()
        ]
        if match.group("thread") is not None:
            thread = registers.setdefault(int(match.group("thread")), {})
            thread[name] = values[0] if values else 0
            continue
        names.add(name)
        if match.group("index") is None:
            if right.startswith("{") and values:
                arrays[name] = len(values)
            elif values:
                memory[Addr(name)] = values[0]
        elif right and not right.startswith("{"):
            index = int(match.group("index"))
            arrays[name] = max(arrays.get(name, 0), index + 1)
            memory[Addr(name, index)] = values[0]
        else:
            arrays[name] = int(match.group("index"))
        if right.startswith("{"):
            if len(values) > arrays.get(name, 0):
                raise LitmusError(path, row, f"more values than elements of {name}")
            memory.update({Addr(name, i): value for i, value in enumerate(values)})
    for name, length in arrays.items():
        if length > 4096:
            raise LitmusError(path, line, f"{name} has more than 4096 elements")
    fixed = {loc: _whole(value, arrays) for loc, value in memory.items()}
    names.update(value.base for value in fixed.values() if isinstance(value, Addr))
    held = {
        thread: {reg: _whole(value, arrays) for reg, value in values.items()}
        for thread, values in registers.items()
    }
    return Initial(fixed, held, arrays, frozenset(names))


def _whole(value: Value, arrays: dict[str, int]) -> Value:
    """An array's name stands for its first element."""
    if isinstance(value, Addr) and value.element < 0 and value.base in arrays:
        return Addr(value.base, 0)
    return value


def _leading_newlines(text: str) -> int:
    return text[: len(text) - len(text.lstrip())].count("\n")


def _split(text: str, separator: str) -> list[str]:
    parts, depth, start = [], 0, 0
    for offset, char in enumerate(text):
        if char in "{(":
            depth += 1
        elif char in "})":
            depth -= 1
        elif char == separator and depth == 0:
            parts.append(text[start:offset])
            start = offset + 1
    parts.append(text[start:])
    return parts


def _init_value(text: str, path: str, line: int) -> Value:
    match = re.match(r"(?:[A-Z_]+_INIT|\w*ATOMIC\w*)\s*\((.*)\)$", text)
    if match:
        text = match.group(1).strip()
    text = re.sub(r"^\([\w\s*]+\)\s*", "", text)
    if _NUMBER.match(text):
        digits = text.rstrip("uUlL")
        return int(digits, 8) if re.match(r"-?0\d", digits) else int(digits, 0)
    match = re.match(r"&?\s*([A-Za-z_]\w*)(?:\[(\d+)\])?$", text)
    if match is None or text in ("true", "false"):
        if text in ("true", "false"):
            return int(text == "true")
        raise LitmusError(path, line, f"expected a number or an address, found '{text[:40]}'")
    if text == "NULL":
        return 0
    return Addr(match.group(1), int(match.group(2)) if match.group(2) else -1)
