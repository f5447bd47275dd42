"""Preprocessor conditions in three-valued logic: true, false, or not known on this machine."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence

Lookup = Callable[[str], bool | None]
"""What is known of a symbol such as ``CONFIG_SMP``: set, unset, or None."""

_TOKEN = re.compile(
    r"\s*(?:(?P<name>[A-Za-z_]\w*)|(?P<number>\d\w*)|(?P<op>&&|\|\||[<>=!]=|[()!<>+*/%-])|(?P<rest>\S))"
)
_WRAPPERS = frozenset({"defined", "IS_ENABLED", "IS_BUILTIN", "IS_REACHABLE", "IS_MODULE"})
_COMPARE = frozenset({"<", ">", "<=", ">=", "==", "!=", "+", "-", "*", "/", "%"})


def evaluate(conditions: Sequence[str], lookup: Lookup) -> bool | None:
    """The conjunction of the conditions; None where it depends on what is not known.

    A condition that cannot be parsed is not known. Comparisons of numbers are not known either.
    """
    value: bool | None = True
    for condition in conditions:
        value = _and(value, _Parser(condition, lookup).value())
    return value


class _Parser:
    """Recursive descent over one condition; depth is bounded by its parentheses."""

    _DEEPEST = 40

    def __init__(self, text: str, lookup: Lookup) -> None:
        self._tokens = list(_tokens(text))
        self._at = 0
        self._lookup = lookup

    def value(self) -> bool | None:
        try:
            value = self._or(0)
        except _UnknownSyntaxError:
            return None
        return value if self._at == len(self._tokens) else None

    def _or(self, depth: int) -> bool | None:
        value = self._and(depth)
        while self._take("||"):
            value = _or(value, self._and(depth))
        return value

    def _and(self, depth: int) -> bool | None:
        value = self._compared(depth)
        while self._take("&&"):
            value = _and(value, self._compared(depth))
        return value

    def _compared(self, depth: int) -> bool | None:
        value = self._not(depth)
        while self._peek() in _COMPARE:
            self._at += 1
            self._not(depth)
            value = None
        return value

    def _not(self, depth: int) -> bool | None:
        if depth > self._DEEPEST:
            raise _UnknownSyntaxError
        if self._take("!"):
            value = self._not(depth + 1)
            return None if value is None else not value
        if self._take("("):
            value = self._or(depth + 1)
            self._expect(")")
            return value
        name = self._next()
        if name in _WRAPPERS:
            wrapped = self._take("(")
            value = self._lookup(self._next())
            if wrapped:
                self._expect(")")
            return value
        if name and name[0].isdigit():
            return name.rstrip("uUlL") not in {"0", "00", "0x0"}
        if not (name[:1].isalpha() or name[:1] == "_"):
            raise _UnknownSyntaxError
        if self._peek() == "(":
            self._skip_arguments()
            return None
        return self._lookup(name)

    def _skip_arguments(self) -> None:
        open_ = 0
        while True:
            token = self._next()
            open_ += (token == "(") - (token == ")")
            if not open_:
                return

    def _peek(self) -> str:
        return self._tokens[self._at] if self._at < len(self._tokens) else ""

    def _next(self) -> str:
        token = self._peek()
        if not token:
            raise _UnknownSyntaxError
        self._at += 1
        return token

    def _take(self, token: str) -> bool:
        if self._peek() == token:
            self._at += 1
            return True
        return False

    def _expect(self, token: str) -> None:
        if not self._take(token):
            raise _UnknownSyntaxError


class _UnknownSyntaxError(Exception):
    """A condition outside the grammar above; its value is not known."""


def _tokens(text: str) -> Iterator[str]:
    for match in _TOKEN.finditer(text.strip()):
        yield match[0].strip()


def _and(left: bool | None, right: bool | None) -> bool | None:
    if left is False or right is False:
        return False
    return None if left is None or right is None else True


def _or(left: bool | None, right: bool | None) -> bool | None:
    if left is True or right is True:
        return True
    return None if left is None or right is None else False
