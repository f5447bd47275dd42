"""Parses the expressions of cat files.

Grammar and precedences are those of herd7 (herdtools7 lib/modelParser.mly).
"""

from __future__ import annotations

from reviewer.mmu.cat.lexer import Cursor
from reviewer.mmu.cat.syntax import (
    Binary,
    Binding,
    Call,
    Empty,
    Exp,
    Flag,
    Fun,
    IfFlag,
    LetIn,
    Many,
    Match,
    MatchSet,
    TagName,
    Try,
    Unary,
    Universe,
    Var,
)


class ExpressionParser(Cursor):
    """Expressions, the bindings of ``let`` and conditions on flags, from the cursor on."""

    # -- bindings

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

    # -- conditions on flags

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
        line = self.now.line
        if self.take("match"):
            subject = self.exp()
            self.need("with")
            self.take("||")
            found = self.clauses(subject, line)
            self.need("end")
            return found
        first = self.base()
        if not self.ahead(","):
            return first
        items = [first]
        while self.take(","):
            items.append(self.base())
        return Many(tuple(items), False, line)

    def clauses(self, subject: Exp, line: int) -> Exp:
        """What stands between ``with`` and ``end``."""
        if self.ahead("{") or self.now.kind == "name":
            return self.set_clauses(subject, line)
        clauses: list[tuple[str, Exp]] = []
        while self.now.kind == "tag":
            self.at += 1
            tag = self.tokens[self.at - 1].text[1:]
            self.need("->")
            clauses.append((tag, self.exp()))
            if not self.take("||"):
                return Match(subject, tuple(clauses), None, line)
        if self.now.kind != "any":
            raise self.error("a 'tag, '_' or '{}'")
        self.at += 1
        self.need("->")
        return Match(subject, tuple(clauses), self.exp(), line)

    def set_clauses(self, subject: Exp, line: int) -> Exp:
        """The empty set and a set of at least one member, in either order."""
        empty = member = None
        one = rest = ""
        for last in (False, True):
            if self.take("{"):
                self.need("}")
                self.need("->")
                empty = self.exp()
            else:
                one = self.name()
                self.need("++")
                rest = self.name()
                self.need("->")
                member = self.exp()
            if not last:
                self.need("||")
        if empty is None or member is None:
            raise self.error("'{}' in one clause and 'one ++ rest' in the other")
        return MatchSet(subject, empty, one, rest, member, line)

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
