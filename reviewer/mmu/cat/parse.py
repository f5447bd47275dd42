"""Parses cat files: instructions around expressions.

The grammar is that of herd7 (herdtools7 lib/modelParser.mly); ``forall``, ``when`` and ``match``
around instructions are not supported, since no kernel model uses them.
"""

from __future__ import annotations

from reviewer.mmu.cat.parse_exp import ExpressionParser
from reviewer.mmu.cat.syntax import (
    Enum,
    IfIns,
    Include,
    Ins,
    Let,
    Perform,
    Procedure,
    Show,
    Test,
    With,
)


class _Parser(ExpressionParser):
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


def parse_cat(text: str, path: str) -> tuple[str, tuple[Ins, ...]]:
    """Title and instructions of a cat or bell file. Raises LitmusError with file and line."""
    return _Parser(text, path).file()
