"""Kernel C made readable for a C parser, byte for byte at the same place.

The bytes keep their number and their newlines, so every offset in the tree is an offset in the
file. What is rewritten: annotations are blanked; iterators become ``while``, guards ``if``;
``typeof(…)`` becomes ``int``; types among macro arguments become a name; ``asm`` a call;
statements among arguments are joined by commas. Generic shapes decide wherever they can, the
word table (``normalise.toml``) only where the shape is ambiguous.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field

from reviewer.source.words import Words, words

_TOKEN = re.compile(
    rb"[A-Za-z_]\w*+|[0-9][\w.]*+|\"(?:[^\"\\\n]|\\.)*+\"?|'(?:[^'\\\n]|\\.)*+'?"
    rb"|\.\.\.|->|\+\+|--|<<=?|>>=?|&&|\|\||[-+*/%&|^=!<>]=|[^\s\w]",
    re.S,
)
_CONTROL = frozenset(
    {b"if", b"else", b"while", b"for", b"do", b"switch", b"return", b"goto", b"break", b"continue"}
)
_KEYWORDS = _CONTROL | {b"case", b"default", b"sizeof", b"typedef"}
_TYPE_WORDS = frozenset(
    {
        b"struct", b"union", b"enum", b"unsigned", b"signed", b"int", b"char", b"long", b"short",
        b"void", b"float", b"double", b"_Bool", b"const", b"volatile", b"register", b"static",
    }
)  # fmt: skip
_TYPEOF = frozenset(
    {
        b"typeof", b"__typeof__", b"__typeof", b"typeof_unqual", b"__unqual_scalar_typeof",
        b"typeof_member", b"__unsigned_scalar_typeof", b"TYPEOF_UNQUAL", b"__rcu_typeof",
    }
)  # fmt: skip
_ALIGNOF = frozenset({b"__alignof__", b"__alignof", b"_Alignof", b"alignof"})
_ASM = frozenset({b"asm", b"__asm__", b"__asm", b"asm_inline", b"asm_volatile_goto"})
_NUMBER = re.compile(
    rb"(?:0[xX][0-9a-fA-F]+|0[bB][01]+|[0-9]+)[uUlL]*|[0-9]*\.?[0-9]*(?:[eE][0-9]+)?[fFlL]?"
)
_ASM_WORDS = frozenset(
    {b"volatile", b"__volatile__", b"__volatile", b"goto", b"inline", b"asm_inline"}
)
_OPERATORS = frozenset(
    {
        b"+", b"-", b"*", b"/", b"%", b"&", b"|", b"^", b"<", b">", b"=", b"!", b"==", b"!=",
        b"<=", b">=", b"&&", b"||", b"+=", b"-=", b"|=", b"&=", b"<<", b">>", b"^=", b"*=",
        b"->", b".", b"<<=", b">>=", b"++", b"--", b"~", b"...", b"#", b"?",
    }
)  # fmt: skip
_STARTS = frozenset({b";", b"{", b"}", b":"})


@dataclass(slots=True)
class Normalised:
    """Bytes of the same length, and the words whose meaning was replaced, by offset."""

    data: bytes
    rewrites: dict[int, str] = field(default_factory=dict)


def normalise(code: bytes, table: Words | None = None, keep: int = -1) -> Normalised:
    """Rewrite C code (comments and directives blanked) for the parser.

    ``keep`` is the offset of a name that is not to be taken for an attribute. The result has the
    length and the newlines of ``code``; bytes it does not understand stay as they are.
    """
    return _Rewriter(code, table or words(), keep).run()


class _Rewriter:
    def __init__(self, code: bytes, table: Words, keep: int) -> None:
        self.table = table
        self.keep = keep
        self.out = bytearray(code)
        self.code = code
        self.rewrites: dict[int, str] = {}
        self.text: list[bytes] = []
        self.start: list[int] = []
        self.end: list[int] = []
        for match in _TOKEN.finditer(code):
            self.text.append(match[0])
            self.start.append(match.start())
            self.end.append(match.end())
        self.match = self._brackets()

    def _brackets(self) -> dict[int, int]:
        """Index of the closing token by that of the opening one, and back."""
        pairs = {b")": b"(", b"]": b"[", b"}": b"{"}
        found: dict[int, int] = {}
        stack: list[int] = []
        for index, token in enumerate(self.text):
            if token in (b"(", b"[", b"{"):
                stack.append(index)
            elif token in pairs and stack and self.text[stack[-1]] == pairs[token]:
                opened = stack.pop()
                found[opened] = index
                found[index] = opened
        return found

    def run(self) -> Normalised:
        self._annotations()
        self._types_and_asm()
        self._statements()
        self._arguments()
        self._strings()
        return Normalised(bytes(self.out), self.rewrites)

    # -- writing ---------------------------------------------------------------------------

    def _blank(self, start: int, end: int) -> None:
        for at in range(start, end):
            if self.out[at] != 0x0A:
                self.out[at] = 0x20

    def _drop(self, first: int, last: int) -> None:
        """Blank tokens ``first`` to ``last`` inclusive and forget them."""
        self._blank(self.start[first], self.end[last])
        for index in range(first, last + 1):
            self.text[index] = b""

    def _put(self, index: int, word: bytes) -> bool:
        """Overwrite token ``index`` with a word that is not longer."""
        start, end = self.start[index], self.end[index]
        if len(word) > end - start or b"\n" in self.out[start : start + len(word)]:
            return False
        self._blank(start, end)
        self.out[start : start + len(word)] = word
        self.text[index] = word
        return True

    def _next(self, index: int) -> int:
        """Index of the next token that was not dropped, or the number of tokens."""
        index += 1
        while index < len(self.text) and not self.text[index]:
            index += 1
        return index

    def _previous(self, index: int) -> int:
        index -= 1
        while index >= 0 and not self.text[index]:
            index -= 1
        return index

    def _at(self, index: int) -> bytes:
        return self.text[index] if 0 <= index < len(self.text) else b""

    # -- passes ----------------------------------------------------------------------------

    def _annotations(self) -> None:
        """Blank attribute words with their arguments, and stray backslashes."""
        is_attribute = self.table.is_attribute
        index = 0
        while index < len(self.text):
            token = self.text[index]
            if token == b"\\":
                self._drop(index, index)
            elif (
                (token[:1].isalpha() or token[:1] == b"_")
                and is_attribute(token.decode())
                and self.start[index] != self.keep
                and self._at(self._previous(index)) not in (b".", b"->")
            ):
                last = index
                close = self.match.get(index + 1, -1) if self._at(index + 1) == b"(" else -1
                adjacent = close >= 0 and self.start[index + 1] == self.end[index]
                if close >= 0 and (adjacent or token.startswith((b"__attribute", b"__section"))):
                    last = close
                if last > index and self._is_called(index, close):
                    index += 1
                    continue
                self._drop(index, last)
                index = last
            index += 1

    def _is_called(self, index: int, close: int) -> bool:
        """True if an attribute's name stands where only a call can: it is a function then."""
        before = self._at(self._previous(index))
        if before in (b"return", b"else", b"do"):
            return True
        if before in (b"(", b","):
            following = self._at(self._next(close))
            return following in (b",", b")") or following in _OPERATORS - {b"*"}
        return before in _OPERATORS - {b"*", b"&", b"."}

    def _types_and_asm(self) -> None:
        """``typeof(…)`` to a type word, ``__auto_type`` too; ``asm`` to a call without operands."""
        for index, token in enumerate(self.text):
            if token in _TYPEOF:
                following = self._next(index)
                close = self.match.get(following, -1) if self._at(following) == b"(" else -1
                if close >= 0:
                    self._drop(following, close)
                    self._put(index, b"int")
            elif token in (b"__auto_type", b"__label__"):
                self._put(index, b"int")
            elif token == b"offsetof":
                self._put(index, b"Offsetof")
            elif token in _ALIGNOF:
                self._put(index, b"Alignof")
            elif token[:1].isdigit() and not _NUMBER.fullmatch(token):
                self._put(index, b"0")
            elif token == b"case":
                self._case_range(index)
            elif token == b"do":
                self._do_while(index)
            elif token == b"{" and self._at(self._previous(index)) == b"=":
                self._initializer(index)
            elif token in _ASM:
                following = self._next(index)
                while self._at(following) in _ASM_WORDS:
                    self._drop(following, following)
                    following = self._next(following)
                close = self.match.get(following, -1) if self._at(following) == b"(" else -1
                before = self._previous(index)
                if close >= 0 and self._is_name(before):
                    self._drop(index, close)
                elif close >= 0:
                    if close > following + 1:
                        self._drop(following + 1, close - 1)
                    self._put(index, b"ASM")
                    self.rewrites[self.start[index]] = "asm"

    def _case_range(self, index: int) -> None:
        """``case A ... B:`` keeps its first value."""
        dots = -1
        at = self._next(index)
        for _ in range(64):
            token = self._at(at)
            if token in (b"", b";", b"{", b"}"):
                return
            if token == b":":
                if dots >= 0:
                    self._drop(dots, at - 1)
                return
            if token == b"...":
                dots = at
            if token == b"(" and at in self.match:
                at = self.match[at]
            at = self._next(at)

    def _do_while(self, index: int) -> None:
        """``do { … } while_each_x(…);`` ends in a plain ``while``."""
        opened = self._next(index)
        if self._at(opened) != b"{" or opened not in self.match:
            return
        closer = self._next(self.match[opened])
        if self._is_name(closer) and self._at(self._next(closer)) == b"(":
            start, word = self.start[closer], self.text[closer].decode("latin-1")
            if self._put(closer, b"while"):
                self.rewrites[start] = word

    def _initializer(self, opened: int) -> None:
        """Names side by side in an initializer are macros that bring their own commas."""
        close = self.match.get(opened, opened)
        at = self._next(opened)
        while at < close:
            following = self._next(at)
            if self._at(at) in (b"(", b"{", b"[") and at in self.match:
                following = self._next(self.match[at])
            elif self._is_name(at) and self._is_name(following) and not self._type_word(at):
                self._drop(at, at)
            at = following

    def _type_word(self, index: int) -> bool:
        return self.text[index] in _TYPE_WORDS

    def _statements(self) -> None:
        """Iterators, guards and macros that a statement or block follows."""
        for index, token in enumerate(self.text):
            if not token or not (token[:1].isalpha() or token[:1] == b"_") or token in _KEYWORDS:
                continue
            before = self._previous(index)
            if before < 0 or not self._starts_statement(before):
                continue
            opened = self._next(index)
            if token == b"static" and self._declares_by_macro(opened):
                self._drop(index, index)
            elif self._at(opened) == b"(" and opened in self.match:
                close = self.match[opened]
                following = self._next(close)
                if self._heads_statement(token, close, following):
                    self._head(index, opened, close)
                elif self._at(following) == b"=" and self._at(self._next(following)) == b"{":
                    self._drop(opened, close)
                    self._put(index, b"int x")
            elif self._stands_alone(index, opened):
                self._drop(index, index)

    def _declares_by_macro(self, index: int) -> bool:
        """True for ``NAME(…);`` behind ``static``: a macro that declares a variable."""
        opened = self._next(index)
        if not self._is_name(index) or self._at(opened) != b"(" or opened not in self.match:
            return False
        return self._at(self._next(self.match[opened])) == b";"

    def _stands_alone(self, index: int, following: int) -> bool:
        """True for a macro that is a statement by itself, without parentheses and semicolon."""
        if not self._is_name(index) or self.text[index] in _TYPE_WORDS:
            return False
        if following >= len(self.text):
            return False
        gap = self.code[self.end[index] : self.start[following]]
        if self.text[following] in _CONTROL or self.text[following] == b"}":
            return b"\n" in gap
        return gap.count(b"\n") > 1 and self._is_name(following)

    def _starts_statement(self, before: int) -> bool:
        token = self.text[before]
        if token in _STARTS or token in (b"else", b"do"):
            return True
        if token != b")" or before not in self.match:
            return False
        head = self._previous(self.match[before])
        return self._at(head) in (b"if", b"while", b"for", b"switch")

    def _heads_statement(self, token: bytes, close: int, following: int) -> bool:
        """True if ``token(…)`` is followed by the statement it governs."""
        nxt = self._at(following)
        if nxt == b"{" or nxt in _CONTROL:
            return True
        word = token.decode("latin-1")
        if not (nxt[:1].isalpha() or nxt[:1] in (b"_", b"(", b"*", b"+", b"-")) or not nxt:
            return False
        if word in self.table.loops or word in self.table.once:
            return nxt != b"->"
        if not (nxt[:1].isalpha() or nxt[:1] == b"_") or token in _TYPE_WORDS:
            return False
        gap = self.code[self.end[close] : self.start[following]]
        return b"\n" in gap

    def _head(self, index: int, opened: int, close: int) -> None:
        """Turn ``name(…)`` into ``while(…)``, or ``if(…)`` where it runs at most once."""
        word = self.text[index].decode("latin-1")
        once = word in self.table.once or (word not in self.table.loops and word.isupper())
        start = self.start[index]
        if once or not self._put(index, b"while"):
            self._put(index, b"if")
        self.rewrites[start] = word
        if self._next(opened) == close:
            self._fill_empty(index, opened, close)

    def _fill_empty(self, index: int, opened: int, close: int) -> None:
        """``while ( )`` needs a condition: write one into whatever room there is."""
        start, end = self.start[index], self.end[close]
        word = self.text[index]
        room = end - start
        if b"\n" in self.out[start:end] or room < len(word) + 3:
            return
        self.out[start:end] = word + b"(0)" + b" " * (room - len(word) - 3)

    def _arguments(self) -> None:
        """Make every macro argument an expression."""
        for index, token in enumerate(self.text):
            if token != b"(" or index not in self.match:
                continue
            before = self._at(self._previous(index))
            if not (before[:1].isalpha() or before[:1] == b"_"):
                continue
            if before in (b"sizeof", b"for", b"return", b"case", b"switch", b"_Alignof"):
                continue
            if before in _TYPE_WORDS or self.start[self._previous(index)] == self.keep:
                continue
            self._call(index, self.match[index])

    def _call(self, opened: int, closed: int) -> None:
        """Rewrite the arguments of one call, all in one walk over its own tokens."""
        first = self._next(opened)
        if first >= closed:
            return
        argument: list[int] = []
        index = first
        while index <= closed:
            token = self.text[index]
            if index == closed or token in (b",", b";"):
                if token == b";":
                    self._put(index, b",")
                self._argument(argument, index, opened, closed)
                argument = []
            elif token:
                argument.append(index)
                if token in (b"(", b"[", b"{") and index in self.match:
                    index = self.match[index]
                    argument.append(index)
            index = index + 1 if index == closed else self._next(index)

    def _argument(self, tokens: list[int], stop: int, opened: int, closed: int) -> None:
        if not tokens:
            if stop != closed:
                self._drop(stop, stop)
            else:
                before = self._previous(stop)
                if self._at(before) == b",":
                    self._drop(before, before)
            return
        text = [self.text[index] for index in tokens]
        if text[0] in (b"return", b"goto"):
            self._drop(tokens[0], tokens[0])
            return
        if text[0] in (b"break", b"continue") and len(text) == 1:
            self._put(tokens[0], b"0")
        elif text[0] == b"{" and len(text) == 2:
            self._wrap_block(tokens[0], tokens[1])
        elif all(token in _OPERATORS for token in text):
            self._replace(tokens, b"0")
        elif _is_type(text):
            self._replace(tokens, b"T")
        elif text[0] == b"." or (
            len(text) > 2 and self._is_name(tokens[0]) and self._is_name(tokens[1])
        ):
            self._drop(tokens[0], tokens[0])

    def _replace(self, tokens: list[int], word: bytes) -> None:
        """Overwrite a whole argument."""
        self._blank(self.start[tokens[0]], self.end[tokens[-1]])
        start = self.start[tokens[0]]
        self.out[start : start + len(word)] = word
        for index in range(tokens[0], tokens[-1] + 1):
            self.text[index] = b""
        self.text[tokens[0]] = word

    def _wrap_block(self, opened: int, closed: int) -> None:
        """``{ … }`` among arguments becomes ``({ … })`` if there is room for it."""
        before, after = self.start[opened] - 1, self.end[closed]
        if after < len(self.out) and self.out[before] == 0x20 and self.out[after] == 0x20:
            self.out[before] = 0x28
            self.out[after] = 0x29

    def _strings(self) -> None:
        """Blank names that stand beside a string: format prefixes and the like."""
        for index, token in enumerate(self.text):
            if token[:1] != b'"':
                continue
            before = self._previous(index)
            while self._is_name(before):
                self._drop(before, before)
                before = self._previous(before)
            if self._at(before) == b"(" and before in self.match:
                name = self._previous(before)
                prefix = self._previous(name)
                if self._is_name(name) and self._is_name(prefix):
                    lead = self._at(self._previous(prefix))
                    if lead in (b"(", b","):
                        self._drop(prefix, prefix)
            if self._at(before) == b")" and before in self.match:
                head = self._previous(self.match[before])
                if self._is_name(head) and self._at(self._previous(head)) in (b"(", b",", b'"'):
                    self._drop(head, before)
            after = self._next(index)
            while self._is_name(after):
                last = after
                if self._at(self._next(after)) == b"(":
                    last = self.match.get(self._next(after), after)
                self._drop(after, last)
                after = self._next(last)

    def _is_name(self, index: int) -> bool:
        token = self._at(index)
        return (token[:1].isalpha() or token[:1] == b"_") and token not in _KEYWORDS


def _is_type(text: list[bytes]) -> bool:
    """True for the tokens of a type name, such as no expression could have."""
    words_seen = 0
    for token in text:
        if token in (b"*", b"[", b"]", b"(", b")"):
            continue
        if not (token[:1].isalpha() or token[:1] == b"_") or token in _KEYWORDS:
            return False
        words_seen += 1
    if not words_seen:
        return False
    if text[0] in _TYPE_WORDS or (len(text) > 1 and text[1] in _TYPE_WORDS):
        return True
    return text[-1] == b"*" or (words_seen > 1 and b"(" not in text and b"[" not in text)
