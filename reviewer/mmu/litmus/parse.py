"""Litmus files: ``C name``, initial state, threads ``P0(...) {...}``, and the question.

The format is that of the kernel's tools/memory-model/Documentation/litmus-tests.txt; between the
initial state and the threads may stand structures, functions, macros and enums (``own``).
"""

from __future__ import annotations

import os
import re
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path

from reviewer.errors import LitmusError
from reviewer.mmu.litmus.assembly.table import Code, architecture
from reviewer.mmu.litmus.condition import Question, parse_question
from reviewer.mmu.litmus.definitions import (
    Definition,
    Definitions,
    blank_all_comments,
    blank_comments,
    end_of_block,
)
from reviewer.mmu.litmus.own import own_definition
from reviewer.mmu.litmus.structs import pointer_type, type_name
from reviewer.mmu.litmus.whole import program_of
from reviewer.mmu.program import Addr, Program, Value

_THREAD = re.compile(r"\s*(?:(?:static|void|int)\b[\s*]*)*P(\d+)\s*\(([^()]*)\)\s*(?=\{)")
_INIT = re.compile(
    r"(?P<type>[A-Za-z_][\w\s]*[\s*]+)?\**(?:P?(?P<thread>\d+)\s*:\s*)?\[?(?P<name>[A-Za-z_]\w*)\]?"
    r"(?P<field>(?:(?:\.|->)[A-Za-z_]\w*)+)?(?:\[(?P<index>\d+)\])?$"
)
_NUMBER = re.compile(r"-?(?:0[xX][0-9a-fA-F]+|\d+)[uUlL]*$")
_QUESTION = re.compile(r"^[ \t]*(?:~\s*exists|exists|forall|locations|filter|final)\b", re.M)
# What old x86 and POWER tests say to their own tool behind the question: commands, and what each of
# its models is expected to answer.
_TO_A_TOOL = re.compile(
    r"^<<[^<>]*^>>[^\n]*|^with\b\s*(?:\w+\s*:\s*~?\s*(?:exists|forall)\s*;\s*)+", re.M
)
_SPLIT = re.compile(r"\w_split(?:_relaxed)?\s*\(")
MAX_BYTES = 1_000_000
MAX_THREADS = 64
MAX_ENTRY = 2_000
"""Characters of one entry of the initial state."""


@dataclass(frozen=True, slots=True)
class Initial:
    """The initial state: memory, registers by thread, array lengths, and the type names of those
    variables that are declared with one. ``rows``: the line of each register and location."""

    memory: dict[Addr, Value]
    registers: dict[int, dict[str, Value]]
    arrays: dict[str, int]
    names: frozenset[str]
    types: dict[str, str]
    line: int
    rows: Mapping[str, int] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class ThreadText:
    """One thread as written: parameters with their type names, body text, the line of the body."""

    params: tuple[str, ...]
    types: tuple[str, ...]
    body: str
    line: int


@dataclass(frozen=True, slots=True)
class Litmus:
    """A litmus test split into its parts; ``program`` gives it the primitives' meaning.

    ``own``: what the file itself defines.
    """

    name: str
    path: str
    initial: Initial
    threads: tuple[ThreadText, ...]
    question: Question
    own: Mapping[str, Definition] = field(default_factory=dict)
    code: Code | None = None
    """The threads, where they are written in assembly."""

    @property
    def model(self) -> str:
        """The model that the test is written for; empty if it is any."""
        return self.code.model if self.code is not None else ""

    def splits(self) -> bool:
        """Whether it uses a primitive for entries of two words, which ``_split`` in a name says."""
        return any(_SPLIT.search(text.body) for text in self.threads)

    def program(self, definitions: Definitions, *, fold_rmw: bool = False) -> Program:
        """The program under these primitive definitions.

        ``fold_rmw`` is herd's lkmmv2: tags of atomics stay on their events, no fences are added.
        Raises LitmusError for unknown primitives or names.
        """
        if self.code is not None:
            return self.code.program(self.name, self.initial, self.question)
        try:
            return program_of(self, definitions, fold_rmw=fold_rmw)
        except RecursionError:
            raise LitmusError(self.path, self.threads[0].line, "nested too deeply") from None


def read_litmus(path: str | Path) -> Litmus:
    """Reads a litmus file. Raises LitmusError with the line of the first thing wrong."""
    name = str(path)
    try:
        # A pipe that nobody writes to is empty; no more is read than a test may have.
        descriptor = os.open(path, os.O_RDONLY | os.O_NONBLOCK)
        os.set_blocking(descriptor, True)
        with open(descriptor, "rb") as file:
            data = file.read(MAX_BYTES + 1)
    except (OSError, ValueError) as error:
        why = error.strerror if isinstance(error, OSError) else str(error)
        raise LitmusError(name, 0, f"cannot read: {why}") from None
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
            "expected a test in C or in assembly that is known, "
            f"found one for '{head.group(1)[:20]}'",
        )
    start = _skip_header(text, head.end(), path)
    end = end_of_block(_blank_prefix(text, start), start, path)
    inits = blank_all_comments(text[start + 1 : end])
    initial = _parse_init(inits, path, _line(text, start))
    if arch is not None:
        return _assembly(text, end + 1, path, Code(arch, path, 0, ""), initial, head.group(2))
    at = end + 1
    threads: list[ThreadText] = []
    own: dict[str, Definition] = {}
    rest = text[:at] + blank_comments(text[at:])
    while True:
        at = _skip_ml_comments(rest, at)
        match = _THREAD.match(rest, at)
        if match is None:
            after = own_definition(rest, at, path, own)
            if after is None:
                break
            at = after
            continue
        if int(match.group(1)) != len(threads):
            raise LitmusError(path, _line(text, match.start(1)), f"expected P{len(threads)}")
        if len(threads) == MAX_THREADS:
            raise LitmusError(path, _line(text, match.start(1)), f"more than {MAX_THREADS} threads")
        close = end_of_block(rest, match.end(), path)
        listed = [part.strip() for part in match.group(2).split(",")]
        listed = [part for part in listed if part not in ("", "void")]
        params = tuple(re.split(r"[\s*]+", re.sub(r"\[\w*\]$", "", part))[-1] for part in listed)
        if twice := [name for name in params if params.count(name) > 1]:
            here = _line(text, match.start(2))
            raise LitmusError(path, here, f"P{len(threads)} has two parameters {twice[0]}")
        types = tuple(
            pointer_type(" ".join(re.split(r"[\s*]+", part)[:-1]), part.count("*"))
            for part in listed
        )
        body = rest[match.end() : close + 1]
        threads.append(ThreadText(params, types, body, _line(text, match.end())))
        at = close + 1
    if not threads:
        here = at + len(rest[at:]) - len(rest[at:].lstrip())
        raise LitmusError(
            path,
            _line(text, here),
            "expected a thread P0(...), or a function, struct, enum or #define before it",
        )
    tail = blank_all_comments(rest[at:])
    question = parse_question(tail, path, _line(text, at))
    return Litmus(head.group(2), path, initial, tuple(threads), question, own)


def _assembly(text: str, at: int, path: str, code: Code, initial: Initial, name: str) -> Litmus:
    """A test whose threads are the columns of a table."""
    rest = text[:at] + blank_all_comments(text[at:])
    match = _QUESTION.search(rest, at)
    end = match.start() if match else len(rest)
    code = replace(code, line=_line(text, at), table=rest[at:end])
    asked = _TO_A_TOOL.sub(lambda said: "\n" * said.group().count("\n"), rest[end:])
    question = parse_question(asked, path, _line(text, end))
    return Litmus(name, path, initial, (), question, code=code)


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
    types: dict[str, str] = {}
    names: set[str] = set()
    rows: dict[str, int] = {}
    at = line
    for entry in _split(text, ";"):
        row = at + _leading_newlines(entry)
        at += entry.count("\n")
        entry = entry.strip()
        if not entry:
            continue
        left, _, right = entry.partition("=")
        match = _INIT.match(left.strip()) if len(entry) <= MAX_ENTRY else None
        if match is None:
            raise LitmusError(path, row, f"expected NAME = VALUE, found '{entry[:50]}'")
        name, right = match.group("name"), right.strip()
        if match.group("type") and "*" not in left and match.group("thread") is None:
            types[name] = type_name(match.group("type"))
        rows.setdefault(name, row)
        if match.group("field"):
            names.add(name)
            name += match.group("field").replace("->", ".")
        elif right.startswith("{") and re.match(r"\{\s*\.", right):
            names.add(name)
            memory.update(_field_values(name, right, path, row))
            continue
        values = [
            _init_value(part.strip(), path, row)
            for part in (_split(right[1:-1], ",") if right.startswith("{") else [right])
            if part.strip()
        ]
        if match.group("thread") is not None:
            thread = registers.setdefault(int(match.group("thread")), {})
            thread[name] = values[0] if values else 0
            rows[f"{int(match.group('thread'))}:{name}"] = row
            continue
        names.add(name)
        if match.group("index") is None:
            if right.startswith("{") and values:
                arrays[name] = len(values)
            elif values:
                if memory.get(Addr(name), values[0]) != values[0]:
                    raise LitmusError(path, row, f"{name} has two initial values")
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
    return Initial(fixed, held, arrays, frozenset(names), types, line, rows)


def _field_values(name: str, text: str, path: str, line: int) -> dict[Addr, Value]:
    """``{ .a = 1, .b = &x }``"""
    found: dict[Addr, Value] = {}
    for part in _split(text[1:-1], ","):
        match = re.match(r"\s*((?:\.\w+)+)\s*=\s*(.*?)\s*$", part, re.DOTALL)
        if match is not None:
            found[Addr(name + match.group(1))] = _init_value(match.group(2), path, line)
        elif part.strip():
            raise LitmusError(path, line, f"expected .FIELD = VALUE, found '{part.strip()[:40]}'")
    return found


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
