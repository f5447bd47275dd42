"""A C file as the stages above see it: comments, functions, identifiers, facts; all on demand."""

from __future__ import annotations

import re
from bisect import bisect_left, bisect_right
from functools import cached_property
from itertools import count

from reviewer.source import comments as scanner
from reviewer.source.anchors import Anchors
from reviewer.source.comments import RawComment
from reviewer.source.facts import Resolve, facts_of
from reviewer.source.functions import Outline
from reviewer.source.instructions import apart
from reviewer.source.layout import Layout, line_starts
from reviewer.source.macros import Macro, as_function, parse_macro, read_macros
from reviewer.source.model import Anchor, CodeFacts, CommentBlock, Function
from reviewer.source.operations import Call, calls
from reviewer.source.parse import Parsed, parse_function
from reviewer.source.top_level import TopLevel
from reviewer.tree.dialect import ASSEMBLIES, MARKS, Dialect, dialect
from reviewer.tree.trace import Asked, note

_IDENTIFIER = re.compile(rb"[A-Za-z_]\w*")
_ASSEMBLY = (".S", ".s")
_serials = count()


class SourceFile:
    """One C file. Nothing is computed before it is asked for, and nothing twice.

    Reading the comments costs one regular expression over the bytes; a tree is built only for
    the functions that are asked about.
    """

    def __init__(self, path: str, data: bytes) -> None:
        self.path = path
        self.serial = next(_serials)
        """Tells it from every other file of this process, without keeping it."""
        self._data = data
        self._parsed: dict[int, Parsed] = {}
        self._functions: dict[int, Function] = {}
        self._named: dict[str, tuple[Outline, ...]] = {}
        self._calls: dict[int, tuple[Call, ...]] = {}
        self._macro_functions: dict[str, Function] = {}
        self._blocks: dict[int, CommentBlock] = {}

    @classmethod
    def parse(cls, path: str, data: bytes) -> SourceFile:
        """Wrap a file's bytes; any bytes will do."""
        return cls(path, data)

    @property
    def data(self) -> bytes:
        """The bytes of the file, comments and all."""
        note(Asked.TEXT, self.path)
        return self._data

    @property
    def size(self) -> int:
        """Bytes of the file."""
        return len(self._data)

    @property
    def raw_comments(self) -> tuple[RawComment, ...]:
        """Comment blocks as spans, without text and anchor: enough to look for words in them."""
        note(Asked.TEXT, self.path)
        return self._raw_comments

    @cached_property
    def _raw_comments(self) -> tuple[RawComment, ...]:
        return tuple(scanner.group(self._data, self._tokens.comments))

    @cached_property
    def _tokens(self) -> scanner.Tokens:
        return scanner.tokens(self._data, self._mark)

    @cached_property
    def _kind(self) -> Dialect:
        return (dialect(self.path) if self.path.endswith(_ASSEMBLY) else None) or Dialect.C

    @property
    def _mark(self) -> bytes:
        """What begins a comment beside those of C, in assembly."""
        return MARKS.get(self._kind, b"")

    @cached_property
    def _lines(self) -> list[int]:
        return line_starts(self._data)

    @cached_property
    def layout(self) -> Layout:
        """Lines, directives, conditions and brackets."""
        return Layout(self._data, self._tokens, self._lines)

    @cached_property
    def top_level(self) -> TopLevel:
        """Functions and aggregates as the layout shows them, without parsing; assembly has none."""
        return TopLevel(None if self._kind in ASSEMBLIES else self.layout)

    @cached_property
    def _anchors(self) -> Anchors:
        return Anchors(self.layout, self.top_level)

    def block(self, raw: RawComment) -> CommentBlock:
        """A comment with its text and offsets; its anchor is worked out when it is asked for."""
        known = self._blocks.get(raw.start_byte)
        if known is not None:
            return known
        text, offsets = scanner.prose(self._data, raw.spans)
        text, told = apart(text)
        block = CommentBlock(
            text=text,
            offsets=offsets,
            start_byte=raw.start_byte,
            end_byte=raw.end_byte,
            start_line=self.line_of(raw.start_byte),
            end_line=self.line_of(raw.end_byte - 1),
            find_anchor=lambda: self._anchors.of(raw),
            kernel_doc=raw.kernel_doc,
            trailing=raw.trailing,
            text_line=self.line_of(offsets[0] if offsets else raw.start_byte),
            instructions=told,
        )
        self._blocks[raw.start_byte] = block
        return block

    @property
    def comments(self) -> tuple[CommentBlock, ...]:
        """All comment blocks in source order."""
        return tuple(self.block(raw) for raw in self.raw_comments)

    @cached_property
    def functions(self) -> tuple[Function, ...]:
        """All function definitions in source order; parses each of them."""
        return tuple(self.function(outline) for outline in self.top_level.functions)

    def function(self, outline: Outline) -> Function:
        """The function of an outline; parses it to know whether its tree has errors."""
        known = self._functions.get(outline.start_byte)
        if known is None:
            layout = self.layout
            known = Function(
                name=outline.name,
                start_byte=outline.start_byte,
                end_byte=outline.end_byte,
                start_line=layout.line_of(outline.start_byte),
                end_line=layout.line_of(outline.end_byte - 1),
                body_start=outline.body_start,
                body_end=outline.body_end,
                parameters=outline.parameters,
                annotations=outline.annotations,
                static=outline.static,
                conditions=layout.conditions_at(outline.start_byte),
                has_error=self.parsed(outline).has_error,
            )
            self._functions[outline.start_byte] = known
        return known

    def parsed(self, function: Outline | Function) -> Parsed:
        """The syntax tree of one function."""
        known = self._parsed.get(function.start_byte)
        if known is None:
            known = parse_function(self.layout, function)
            self._parsed[function.start_byte] = known
        return known

    def function_at(self, byte: int) -> Function | None:
        """The function definition that holds an offset."""
        outline = self.top_level.function_at(byte)
        return self.function(outline) if outline is not None else None

    def functions_named(self, name: str) -> tuple[Function, ...]:
        """Definitions of a name, in source order: more than one under different conditions."""
        return tuple(map(self.function, self._outlines(name)))

    def _outlines(self, name: str) -> tuple[Outline, ...]:
        known = self._named.get(name)
        if known is None:
            known = self._named[name] = self.top_level.named(name)
        return known

    @cached_property
    def _comment_starts(self) -> list[int]:
        return [raw.start_byte for raw in self._raw_comments]

    @cached_property
    def macros(self) -> dict[str, Macro]:
        """Macros with a body, by name."""
        return read_macros(self.layout)

    def macro_function(self, name: str) -> Function | None:
        """A macro's body taken as a function; its offsets are those of the ``#define``."""
        known = self._macro_functions.get(name)
        macro = self.macros.get(name)
        if known is None and macro is not None:
            parsed = parse_macro(self.layout, macro)
            self._parsed[macro.start] = parsed
            known = as_function(self.layout, macro, parsed)
            self._macro_functions[name] = known
        return known

    def macro_at(self, byte: int) -> Function | None:
        """The macro whose ``#define`` holds an offset, as a function."""
        directive = self.layout.directive_at(byte)
        if directive is None or directive.keyword != "define":
            return None
        found = _IDENTIFIER.match(directive.rest.encode())
        function = self.macro_function(found[0].decode()) if found is not None else None
        return function if function is not None and function.start_byte == directive.start else None

    def definition(self, name: str) -> Function | None:
        """The definition of a name in this file, functions before macros.

        Of several, under different conditions, the one with the longest body.
        """
        outlines = self._outlines(name)
        if outlines:
            return self.function(max(outlines, key=lambda one: one.body_end - one.body_start))
        return self.macro_function(name) if name in self.macros else None

    def calls(self, function: Function) -> tuple[Call, ...]:
        """The calls of a function or macro body, in the order they take effect."""
        known = self._calls.get(function.start_byte)
        if known is None:
            known = calls(self.layout, self.parsed(function))
            self._calls[function.start_byte] = known
        return known

    def alias(self, function: Function) -> str:
        """The name a macro merely stands for, or ''."""
        if not function.macro:
            return ""
        return self.macros[function.name].alias(self.layout)

    def facts(
        self, where: Function | Anchor | tuple[int, int], resolve: Resolve | None = None
    ) -> CodeFacts:
        """What a function, an anchor's code or a byte range does; see ``facts_of``."""
        if isinstance(where, Anchor):
            where = (where.start_byte, where.end_byte)
        return facts_of(self, where, resolve)

    def annotation_line(self, function: Function, annotation: str) -> int:
        """Line of one of a function's annotations; of its beginning if it is not found."""
        head = self._data[function.start_byte : function.body_start].decode("latin-1")
        words = r"\s*".join(re.escape(one) for one in re.findall(r"\w+|\S", annotation))
        match = re.search(words, head)
        return self.line_of(function.start_byte + (match.start() if match else 0))

    def line_of(self, byte: int) -> int:
        """1-based line of an offset."""
        return bisect_right(self._lines, byte)

    def code_of_line(self, line: int) -> bytes:
        """The code of a 1-based line, its end left out; b"" beyond the file."""
        if not 0 < line <= len(self._lines):
            return b""
        ends = self._lines[line] if line < len(self._lines) else len(self._data)
        return self.code(self._lines[line - 1], ends).rstrip(b"\n")

    def conditions_at(self, byte: int) -> tuple[str, ...]:
        """Preprocessor conditions around an offset, outermost first."""
        return self.layout.conditions_at(byte)

    def code(self, start: int = 0, end: int | None = None) -> bytes:
        """The bytes of a range with comments and the inside of literals blanked."""
        return self.layout.code[start : len(self._data) if end is None else end]

    def bytes_of(self, function: Function) -> bytes:
        """The bytes of a definition, comments and all; the file's own are ``data``."""
        return self._data[function.start_byte : function.end_byte]

    def identifiers(self, start: int = 0, end: int | None = None) -> frozenset[str]:
        """Identifiers and keywords that occur in the code of a range, macro bodies included."""
        if start == 0 and end is None:
            return self._identifiers
        return frozenset(word.decode() for word in _IDENTIFIER.findall(self.code(start, end)))

    @cached_property
    def _identifiers(self) -> frozenset[str]:
        return frozenset(word.decode() for word in set(_IDENTIFIER.findall(self.code())))

    def comments_in(self, start: int, end: int) -> tuple[CommentBlock, ...]:
        """Comment blocks that begin inside a range."""
        first = bisect_left(self._comment_starts, start)
        last = bisect_left(self._comment_starts, end)
        return tuple(self.block(raw) for raw in self.raw_comments[first:last])
