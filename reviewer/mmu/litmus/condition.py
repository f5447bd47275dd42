"""The last part of a litmus test: ``locations``, ``filter``, and the condition asked."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field

from reviewer.errors import LitmusError
from reviewer.mmu.program import Addr, Atom, Bool, Compare, Condition, LocAtom, RegAtom, Value

_TOKEN = re.compile(
    r"\s*(/\\|\\/|=>|->|<>|!=|==|&&|\|\||[~()\[\];=:*&]|-?0[xX][0-9a-fA-F]+|-?\d+|\w+|\S)"
)


@dataclass(frozen=True, slots=True)
class Question:
    """What a test asks: quantifier, condition, observed locations and filter.

    ``lines``: where each register and location is first asked about.
    """

    quantifier: str
    condition: Condition
    observed: tuple[Atom, ...]
    filter: Condition | None
    lines: Mapping[Atom, int] = field(default_factory=dict)


# Parentheses and negations in one another; nobody writes more.
MAX_DEPTH = 100


class _Parser:
    def __init__(self, text: str, path: str, line: int) -> None:
        self.path = path
        self.tokens: list[tuple[str, int]] = []
        at = 0
        text = text.rstrip()
        while at < len(text):
            match = _TOKEN.match(text, at)
            if match is None:
                break
            line += text.count("\n", at, match.start(1))
            self.tokens.append((match.group(1), line))
            at = match.end()
        self.last = line + text.count("\n", at)
        self.at = 0
        self.depth = 0
        self.lines: dict[Atom, int] = {}

    def peek(self) -> str:
        return self.tokens[self.at][0] if self.at < len(self.tokens) else ""

    def error(self, expected: str) -> LitmusError:
        line = self.tokens[self.at][1] if self.at < len(self.tokens) else self.last
        found = self.peek()
        return LitmusError(
            self.path, line, f"expected {expected}, found {repr(found) if found else 'the end'}"
        )

    def take(self, token: str) -> bool:
        if self.peek() == token:
            self.at += 1
            return True
        return False

    def need(self, token: str) -> None:
        if not self.take(token):
            raise self.error(f"'{token}'")

    def question(self) -> Question:
        observed: list[Atom] = []
        filtered: Condition | None = None
        while True:
            word = self.peek()
            if word == "locations":
                self.at += 1
                observed.extend(self.locations())
            elif word == "filter":
                self.at += 1
                filtered = self.disjunction()
            elif word in ("exists", "forall", "final"):
                self.at += 1
                return self.finish("exists" if word == "final" else word, observed, filtered)
            elif word in ("~", "not"):
                self.at += 1
                self.need("exists")
                return self.finish("~exists", observed, filtered)
            elif not word:
                # herd7 runs a test without a question as one that is always answered.
                return Question("exists", Bool("true"), tuple(observed), filtered, self.lines)
            else:
                raise self.error("'exists', '~exists', 'forall', 'locations' or 'filter'")

    def finish(self, quantifier: str, observed: list[Atom], filtered: Condition | None) -> Question:
        condition = self.disjunction()
        self.take(";")
        if self.peek():
            raise self.error("the end of the condition")
        return Question(quantifier, condition, tuple(observed), filtered, self.lines)

    def locations(self) -> list[Atom]:
        self.need("[")
        found: list[Atom] = []
        while not self.take("]"):
            found.append(self.atom())
            if not self.take(";") and self.peek() != "]":
                raise self.error("';' or ']'")
        return found

    def disjunction(self) -> Condition:
        parts = [self.conjunction()]
        while self.peek() in ("\\/", "||"):
            self.at += 1
            parts.append(self.conjunction())
        left = parts[0] if len(parts) == 1 else Bool("or", tuple(parts))
        if self.take("=>"):
            self.depth += 1
            right = self.disjunction()
            self.depth -= 1
            return Bool("or", (Bool("not", (left,)), right))
        return left

    def conjunction(self) -> Condition:
        parts = [self.negation()]
        while self.peek() in ("/\\", "&&"):
            self.at += 1
            parts.append(self.negation())
        return parts[0] if len(parts) == 1 else Bool("and", tuple(parts))

    def negation(self) -> Condition:
        self.depth += 1
        if self.depth > MAX_DEPTH:
            raise LitmusError(self.path, self.tokens[self.at - 1][1], "nested too deeply")
        found = self.operand()
        self.depth -= 1
        return found

    def operand(self) -> Condition:
        if self.peek() in ("~", "not"):
            self.at += 1
            return Bool("not", (self.negation(),))
        if self.take("("):
            if self.take(")"):
                return Bool("true")
            inner = self.disjunction()
            self.need(")")
            return inner
        if self.peek() in ("true", "false"):
            word = self.peek()
            self.at += 1
            return Bool(word)
        left = self.atom()
        sign = self.peek()
        if sign not in ("=", "==", "<>", "!="):
            raise self.error("'=' or '!='")
        self.at += 1
        return Compare(left, self.value(), sign in ("<>", "!="))

    def atom(self) -> Atom:
        line = self.tokens[self.at][1] if self.at < len(self.tokens) else self.last
        brackets = 0
        self.take("*")
        while self.take("["):
            brackets += 1
        found = self.bare_atom()
        for _ in range(brackets):
            self.need("]")
        self.lines.setdefault(found, line)
        return found

    def bare_atom(self) -> Atom:
        token = self.peek()
        if re.match(r"P?\d+$", token):
            self.at += 1
            self.need(":")
            reg = self.peek()
            if not re.match(r"[A-Za-z_]\w*$", reg):
                raise self.error("a register")
            self.at += 1
            index = [text for text, _ in self.tokens[self.at : self.at + 3]]
            if index[:1] == ["["] and index[2:] == ["]"] and index[1].isdigit():
                self.at += 3
                reg += f"[{index[1]}]"
            return RegAtom(int(token.lstrip("P")), reg)
        if not re.match(r"[A-Za-z_]\w*$", token):
            raise self.error("a location or a register such as 0:r1")
        return LocAtom(self.place())

    def place(self) -> Addr:
        name = self.peek()
        self.at += 1
        while self.peek() in (".", "->"):
            self.at += 1
            if not re.match(r"[A-Za-z_]\w*$", self.peek()):
                raise self.error("a field")
            name += f".{self.peek()}"
            self.at += 1
        if self.peek() == "[" and self.at + 2 < len(self.tokens):
            index, close = self.tokens[self.at + 1][0], self.tokens[self.at + 2][0]
            if index.isdigit() and close == "]":
                self.at += 3
                if self.take("."):
                    name += f".{self.peek()}"
                    self.at += 1
                return Addr(name, int(index))
        return Addr(name)

    def value(self) -> Value | Atom:
        token = self.peek()
        after = [text for text, _ in self.tokens[self.at + 1 : self.at + 2]]
        if re.match(r"P?\d+$", token) and after == [":"]:
            return self.atom()
        if re.match(r"-?(0[xX])?[0-9a-fA-F]+$", token) and (token[0] in "-0123456789"):
            self.at += 1
            return int(token, 0) if not re.match(r"-?0\d", token) else int(token, 8)
        self.take("&")
        if not re.match(r"[A-Za-z_]\w*$", self.peek()):
            raise self.error("a value")
        return self.place()


def parse_question(text: str, path: str, line: int) -> Question:
    """Parses what follows the threads, which starts on ``line``. Raises LitmusError."""
    return _Parser(text, path, line).question()
