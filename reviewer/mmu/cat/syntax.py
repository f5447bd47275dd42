"""Syntax trees of cat files, and their parser.

Grammar and precedences are those of herd7 (herdtools7 lib/modelParser.mly); pattern matching on
sets, ``forall`` and ``when`` are not supported, since no kernel model uses them outside of the
library that this package provides itself.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from reviewer.errors import LitmusError


@dataclass(frozen=True, slots=True)
class Var:
    name: str
    line: int


@dataclass(frozen=True, slots=True)
class TagName:
    name: str


@dataclass(frozen=True, slots=True)
class Empty:
    """``0``, the empty relation."""


@dataclass(frozen=True, slots=True)
class Universe:
    """``_``, all events."""


@dataclass(frozen=True, slots=True)
class Unary:
    op: str
    arg: Exp
    line: int


@dataclass(frozen=True, slots=True)
class Binary:
    op: str
    left: Exp
    right: Exp
    line: int


@dataclass(frozen=True, slots=True)
class Call:
    function: Exp
    arg: Exp
    line: int


@dataclass(frozen=True, slots=True)
class Many:
    """A tuple ``(a, b)`` or, if ``braces``, an explicit set ``{a, b}``."""

    items: tuple[Exp, ...]
    braces: bool
    line: int


@dataclass(frozen=True, slots=True)
class Fun:
    params: tuple[str, ...]
    body: Exp
    single: bool


@dataclass(frozen=True, slots=True)
class Binding:
    names: tuple[str, ...]
    exp: Exp
    line: int


@dataclass(frozen=True, slots=True)
class LetIn:
    rec: bool
    bindings: tuple[Binding, ...]
    body: Exp


@dataclass(frozen=True, slots=True)
class Try:
    exp: Exp
    otherwise: Exp


@dataclass(frozen=True, slots=True)
class Flag:
    """A condition on variant flags: ``"name"``, ``not``, ``&&``, ``||``."""

    op: str
    args: tuple[Flag, ...] = ()
    name: str = ""


@dataclass(frozen=True, slots=True)
class IfFlag:
    cond: Flag
    then: Exp
    orelse: Exp


Exp = Var | TagName | Empty | Universe | Unary | Binary | Call | Many | Fun | LetIn | Try | IfFlag


@dataclass(frozen=True, slots=True)
class Let:
    rec: bool
    bindings: tuple[Binding, ...]


@dataclass(frozen=True, slots=True)
class Test:
    """``flag`` and ``assert`` tests report, the others reject an execution."""

    kind: str
    negated: bool
    exp: Exp
    name: str
    flag: bool
    line: int


@dataclass(frozen=True, slots=True)
class Include:
    name: str
    line: int


@dataclass(frozen=True, slots=True)
class With:
    name: str
    exp: Exp
    line: int


@dataclass(frozen=True, slots=True)
class Procedure:
    name: str
    params: tuple[str, ...]
    body: tuple[Ins, ...]


@dataclass(frozen=True, slots=True)
class Perform:
    name: str
    arg: Exp
    line: int


@dataclass(frozen=True, slots=True)
class IfIns:
    cond: Flag
    then: tuple[Ins, ...]
    orelse: tuple[Ins, ...]


@dataclass(frozen=True, slots=True)
class Enum:
    name: str
    tags: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Show:
    """Names a relation to keep for drawing: ``show a, b`` or ``show e as a``."""

    names: tuple[str, ...]
    exp: Exp | None
    line: int


Ins = Let | Test | Include | With | Procedure | Perform | IfIns | Enum | Show

_KEYWORDS = frozenset(
    [
        "let",
        "rec",
        "and",
        "in",
        "fun",
        "procedure",
        "call",
        "end",
        "acyclic",
        "irreflexive",
        "empty",
        "as",
        "show",
        "unshow",
        "include",
        "with",
        "from",
        "try",
        "if",
        "then",
        "else",
        "not",
        "flag",
        "undefined_unless",
        "assert",
        "requires",
        "enum",
        "instructions",
        "default",
        "match",
        "forall",
        "do",
        "when",
        "begin",
        "debug",
        "variant",
    ]
)
_TOKEN = re.compile(
    r"""[ \t\r]+|(?P<nl>\n)|(?P<line>(?://|\#)[^\n]*)|(?P<open>\(\*)
    |(?P<str>"[^"]*")|(?P<tag>'[A-Za-z][\w.-]*)
    |(?P<op>->|\|\||\+\+|&&|\^-1|[()\[\]{}|;,&\\*+?~=^])
    |(?P<zero>0(?![\w]))|(?P<any>_(?![\w]))
    |(?P<name>[A-Za-z_][A-Za-z0-9_.]*(?:-+[A-Za-z0-9_.]+)*)""",
    re.VERBOSE,
)


@dataclass(frozen=True, slots=True)
class _Token:
    kind: str
    text: str
    line: int


def _tokens(text: str, path: str) -> list[_Token]:
    found: list[_Token] = []
    at, line = 0, 1
    while at < len(text):
        match = _TOKEN.match(text, at)
        if match is None:
            raise LitmusError(path, line, f"expected cat, found '{text[at]}'")
        kind = match.lastgroup
        at = match.end()
        if kind == "nl":
            line += 1
        elif kind == "open":
            depth = 1
            start = line
            while depth:
                if at >= len(text):
                    raise LitmusError(path, start, "this comment is never closed")
                if text.startswith("(*", at):
                    depth, at = depth + 1, at + 2
                elif text.startswith("*)", at):
                    depth, at = depth - 1, at + 2
                else:
                    line += text[at] == "\n"
                    at += 1
        elif kind is not None and kind != "line":
            word = match.group()
            if kind == "name" and word in _KEYWORDS:
                kind = "key"
            found.append(_Token(kind, word, line))
    found.append(_Token("eof", "the end", line))
    return found


class _Parser:
    def __init__(self, text: str, path: str) -> None:
        self.path = path
        self.tokens = _tokens(text, path)
        self.at = 0

    # -- tokens

    @property
    def now(self) -> _Token:
        return self.tokens[self.at]

    def ahead(self, text: str, distance: int = 0) -> bool:
        token = self.tokens[min(self.at + distance, len(self.tokens) - 1)]
        return token.text == text and token.kind in ("op", "key", "zero", "any")

    def take(self, text: str) -> bool:
        if self.ahead(text):
            self.at += 1
            return True
        return False

    def need(self, text: str) -> None:
        if not self.take(text):
            raise self.error(f"'{text}'")

    def error(self, expected: str) -> LitmusError:
        return LitmusError(
            self.path, self.now.line, f"expected {expected}, found '{self.now.text}'"
        )

    def name(self) -> str:
        if self.now.kind == "any":
            self.at += 1
            return "_"
        if self.now.kind != "name":
            raise self.error("a name")
        self.at += 1
        return self.tokens[self.at - 1].text

    def string(self) -> str:
        if self.now.kind != "str":
            raise self.error("a string")
        self.at += 1
        return self.tokens[self.at - 1].text[1:-1]

    # -- instructions

    def file(self) -> tuple[str, tuple[Ins, ...]]:
        title = ""
        if self.now.kind == "name":
            title = self.name()
            if self.now.kind == "name":
                title = self.name()
        if self.now.kind == "str":
            title = self.string()
        body = self.instructions()
        if self.now.kind != "eof":
            raise self.error("an instruction")
        return title, body

    def instructions(self) -> tuple[Ins, ...]:
        found: list[Ins] = []
        while True:
            ins = self.instruction()
            if ins is None:
                return tuple(found)
            found.append(ins)

    def instruction(self) -> Ins | None:
        line = self.now.line
        if self.take("let"):
            rec = self.take("rec")
            bindings = self.bindings()
            self.take("in")
            return Let(rec, bindings)
        if self.take("include"):
            return Include(self.string(), line)
        if self.take("with"):
            name = self.name()
            self.need("from")
            return With(name, self.exp(), line)
        if self.take("show"):
            if self.now.kind == "name" and not self.ahead("as", 1):
                names = [self.name()]
                while self.take(","):
                    names.append(self.name())
                return Show(tuple(names), None, line)
            exp = self.base()
            self.need("as")
            return Show((self.name(),), exp, line)
        if self.take("unshow"):
            self.name()
            while self.take(","):
                self.name()
            return Show((), None, line)
        if self.take("procedure"):
            self.take("rec")
            name = self.name()
            params = self.params()
            self.need("=")
            body = self.instructions()
            self.need("end")
            return Procedure(name, params, body)
        if self.take("call"):
            name = self.name()
            arg = self.simple()
            if self.take("as"):
                self.name()
            return Perform(name, arg, line)
        if self.take("if"):
            cond = self.flags()
            then = self.instructions()
            orelse = self.instructions() if self.take("else") else ()
            self.need("end")
            return IfIns(cond, then, orelse)
        if self.take("enum"):
            name = self.name()
            self.need("=")
            self.take("||")
            tags = [self.tag()]
            while self.take("||"):
                tags.append(self.tag())
            return Enum(name, tuple(tags))
        if self.take("instructions") or self.take("default"):
            self.name()
            self.need("[")
            while not self.take("]"):
                if self.now.kind == "eof":
                    raise self.error("']'")
                self.at += 1
            return Show((), None, line)
        return self.test()

    def tag(self) -> str:
        if self.now.kind != "tag":
            raise self.error("a 'tag")
        self.at += 1
        return self.tokens[self.at - 1].text[1:]

    def test(self) -> Test | None:
        line = self.now.line
        flag = False
        if self.take("flag"):
            flag = True
        elif self.ahead("requires") or self.ahead("undefined_unless") or self.ahead("assert"):
            self.at += 1
            flag = True
        negated = self.take("~")
        for kind in ("acyclic", "irreflexive", "empty"):
            if self.take(kind):
                exp = self.exp()
                name = self.name() if self.take("as") else f"{kind} at line {line}"
                return Test(kind, negated, exp, name, flag, line)
        if flag or negated:
            raise self.error("'acyclic', 'irreflexive' or 'empty'")
        return None

    def params(self) -> tuple[str, ...]:
        if self.take("("):
            names: list[str] = []
            while not self.take(")"):
                names.append(self.name())
                if not self.take(",") and not self.ahead(")"):
                    raise self.error("',' or ')'")
            return tuple(names)
        return (self.name(),)

    def bindings(self) -> tuple[Binding, ...]:
        found = [self.binding()]
        while self.take("and"):
            found.append(self.binding())
        return tuple(found)

    def binding(self) -> Binding:
        line = self.now.line
        if self.ahead("("):
            names = self.params()
            self.need("=")
            return Binding(names, self.exp(), line)
        name = self.name()
        if self.ahead(","):
            several = [name]
            while self.take(","):
                several.append(self.name())
            self.need("=")
            return Binding(tuple(several), self.exp(), line)
        if self.take("="):
            return Binding((name,), self.exp(), line)
        single = not self.ahead("(")
        params = self.params()
        self.need("=")
        return Binding((name,), Fun(params, self.exp(), single), line)

    def flags(self) -> Flag:
        left = self.flag_and()
        while self.take("||"):
            left = Flag("or", (left, self.flag_and()))
        return left

    def flag_and(self) -> Flag:
        left = self.flag_atom()
        while self.take("&&"):
            left = Flag("and", (left, self.flag_atom()))
        return left

    def flag_atom(self) -> Flag:
        if self.take("not"):
            return Flag("not", (self.flag_atom(),))
        if self.take("("):
            inner = self.flags()
            self.need(")")
            return inner
        self.take("variant")
        return Flag("flag", name=self.string())

    # -- expressions

    def exp(self) -> Exp:
        if self.take("let"):
            rec = self.take("rec")
            bindings = self.bindings()
            self.need("in")
            return LetIn(rec, bindings, self.exp())
        if self.take("fun"):
            single = not self.ahead("(")
            params = self.params()
            self.need("->")
            return Fun(params, self.exp(), single)
        if self.take("try"):
            attempt = self.exp()
            self.need("with")
            return Try(attempt, self.exp())
        if self.take("if"):
            cond = self.flags()
            self.take("then")
            then = self.exp()
            self.need("else")
            return IfFlag(cond, then, self.exp())
        if self.ahead("match"):
            raise self.error("an expression without pattern matching")
        line = self.now.line
        first = self.base()
        if not self.ahead(","):
            return first
        items = [first]
        while self.take(","):
            items.append(self.base())
        return Many(tuple(items), False, line)

    def base(self) -> Exp:
        return self.chain(0)

    # Lowest first; True: groups to the right.
    _LEVELS = (("|", True), ("++", True), (";", True), ("\\", False), ("&", True), ("*", False))

    def chain(self, level: int) -> Exp:
        if level == len(self._LEVELS):
            return self.unary()
        sign, right = self._LEVELS[level]
        left = self.chain(level + 1)
        while self.ahead(sign):
            line = self.now.line
            self.at += 1
            if right:
                return Binary(sign, left, self.chain(level), line)
            left = Binary(sign, left, self.chain(level + 1), line)
        return left

    def unary(self) -> Exp:
        line = self.now.line
        if self.take("~"):
            return Unary("~", self.unary(), line)
        return self.postfix()

    def postfix(self) -> Exp:
        exp = self.application()
        while True:
            line = self.now.line
            if self.take("^-1"):
                exp = Unary("^-1", exp, line)
            elif self.take("+"):
                exp = Unary("+", exp, line)
            elif self.take("?"):
                exp = Unary("?", exp, line)
            elif self.ahead("*") and not self.starts_operand(1):
                self.at += 1
                exp = Unary("*", exp, line)
            else:
                return exp

    def starts_operand(self, distance: int) -> bool:
        token = self.tokens[min(self.at + distance, len(self.tokens) - 1)]
        if token.kind in ("name", "any", "zero", "tag"):
            # A name after a star on a new line starts an instruction only by keyword.
            return True
        return token.kind == "op" and token.text in ("(", "[", "{", "~")

    def application(self) -> Exp:
        exp = self.simple()
        while isinstance(exp, Var | Call) and self.starts_argument():
            line = self.now.line
            exp = Call(exp, self.simple(), line)
        return exp

    def starts_argument(self) -> bool:
        return self.now.kind in ("name", "any", "zero", "tag") or (
            self.now.kind == "op" and self.now.text in ("(", "[", "{")
        )

    def simple(self) -> Exp:
        token = self.now
        if token.kind == "zero":
            self.at += 1
            return Empty()
        if token.kind == "any":
            self.at += 1
            return Universe()
        if token.kind == "tag":
            self.at += 1
            return TagName(token.text[1:])
        if token.kind == "name":
            self.at += 1
            return Var(token.text, token.line)
        if self.take("("):
            if self.take(")"):
                return Many((), False, token.line)
            inner = self.exp()
            self.need(")")
            return inner
        if self.take("begin"):
            inner = self.exp()
            self.need("end")
            return inner
        if self.take("["):
            inner = self.exp()
            self.need("]")
            return Unary("[]", inner, token.line)
        if self.take("{"):
            items: list[Exp] = []
            while not self.take("}"):
                items.append(self.base())
                if not self.take(",") and not self.ahead("}"):
                    raise self.error("',' or '}'")
            return Many(tuple(items), True, token.line)
        raise self.error("an expression")


def parse_cat(text: str, path: str) -> tuple[str, tuple[Ins, ...]]:
    """Title and instructions of a cat or bell file. Raises LitmusError with file and line."""
    return _Parser(text, path).file()
