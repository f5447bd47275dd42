"""Definition files: what each kernel primitive does, in terms of tagged events.

Two forms. A macro as in the kernel's tools/memory-model/linux-kernel.def,
``NAME(X,Y) expression`` or ``NAME(X,Y) { statements }``, called by name. A C function,
``int f(int *p) { return ...; }``, called by value. ``#if``, ``#elif``, ``#else`` and ``#endif``
select by variant flags of the machine.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass, field
from functools import lru_cache
from pathlib import Path

import tree_sitter_c
from tree_sitter import Language, Node, Parser

from reviewer.errors import LitmusError

_PARSER = Parser(Language(tree_sitter_c.language()))
_COMMENT = re.compile(r'"[^"\n]*"|/\*.*?\*/|//[^\n]*', re.DOTALL)
_ML_COMMENT = re.compile(r"\(\*(?:(?!\*\)).)*?\*\)", re.DOTALL)
_TAGGED = re.compile(r"\b(__\w+)\{([^{}\n;]*)\}[ \t]*(\(\s*\)?)?")
_OPERATOR = re.compile(r",\s*(&\s*~|[-+&|^])\s*,")
_MACRO = re.compile(r"(\w+)\(([\w\s,]*)\)[ \t]*")
_FUNCTION = re.compile(
    r"(?:(?:static|inline|const|struct|unsigned|\w+)[ \t]+\**)+(\w+)\(([^()]*)\)\s*(?=\{)",
)
_TAG_NAME = re.compile(r"[a-z][a-z0-9-]*$")


@dataclass(frozen=True, slots=True)
class Snippet:
    """Parsed C: the node of a body or expression, and the line its text starts on."""

    node: Node
    path: str
    line: int


@dataclass(slots=True)
class Definition:
    """One primitive. ``function`` is false for a call-by-name macro."""

    name: str
    params: tuple[str, ...]
    text: str
    path: str
    line: int
    function: bool
    _body: Snippet | None = field(default=None, repr=False)

    def body(self) -> Snippet:
        """The parsed body: a compound statement, or the expression of an expression macro."""
        if self._body is None:
            if self.text.startswith("{"):
                self._body = parse_block(self.text, self.path, self.line)
            else:
                self._body = parse_expression(self.text, self.path, self.line)
        return self._body


Definitions = dict[str, Definition]


def blank_comments(text: str) -> str:
    """C comments replaced by as many blanks, so that lines and offsets stay true."""

    def blank(match: re.Match[str]) -> str:
        found = match.group()
        return found if found.startswith('"') else re.sub(r"[^\n]", " ", found)

    return _COMMENT.sub(blank, text)


def blank_all_comments(text: str) -> str:
    """As blank_comments, and (* *) comments, nested ones too."""
    text = blank_comments(text)
    while True:
        after = _ML_COMMENT.sub(lambda match: re.sub(r"[^\n]", " ", match.group()), text)
        if after == text:
            return text
        text = after


def plain_c(text: str) -> str:
    """Builtins' tags ``__load{once}(x)`` written as a first argument, operators as strings."""

    def tagged(match: re.Match[str]) -> str:
        call = match.group(3)
        tags = match.group(2).strip()
        if call is None:
            return f'{match.group(1)}("{tags}")'
        return f'{match.group(1)}("{tags}"' + (")" if call.endswith(")") else ", ")

    return _OPERATOR.sub(lambda match: f',"{match.group(1)}",', _TAGGED.sub(tagged, text))


def parse_block(text: str, path: str, line: int) -> Snippet:
    """A compound statement ``{ ... }`` that starts on ``line`` of ``path``.

    Raises LitmusError at the first piece that is not C.
    """
    # The words before the brace make it a function body; rows are unchanged.
    root = _PARSER.parse(("void f(void) " + plain_c(text)).encode()).root_node
    check(root, path, line)
    body = root.children[0].child_by_field_name("body") if root.children else None
    if body is None:
        raise LitmusError(path, line, "expected a block of statements")
    return Snippet(body, path, line)


def parse_expression(text: str, path: str, line: int) -> Snippet:
    """A C expression that starts on ``line`` of ``path``."""
    root = _PARSER.parse(("int f(void) { return " + plain_c(text) + "; }").encode()).root_node
    check(root, path, line)
    body = root.children[0].child_by_field_name("body")
    if body is None or not body.named_children or not body.named_children[0].named_children:
        raise LitmusError(path, line, "expected an expression")
    return Snippet(body.named_children[0].named_children[0], path, line)


def check(root: Node, path: str, line: int) -> None:
    """Raises LitmusError where tree-sitter found something that is not C."""
    if not root.has_error:
        return
    work = [root]
    while work:
        node = work.pop()
        row = line + node.start_point[0]
        if node.is_missing:
            raise LitmusError(path, row, f"expected '{node.type}'")
        if node.is_error:
            text = (node.text or b"").decode(errors="replace").split("\n")[0].strip()
            raise LitmusError(path, row, f"expected a C statement, found '{text[:60]}'")
        work.extend(reversed(node.children))
    raise LitmusError(path, line, "expected C statements")


def load_definitions(paths: Iterable[Path], variants: frozenset[str] = frozenset()) -> Definitions:
    """All primitives of the files in order; a later definition replaces an earlier one.

    ``variants`` are the machine's flags that ``#if`` lines ask for. Raises LitmusError.
    """
    found: Definitions = {}
    for path in paths:
        found.update(_load_file(path, variants))
    return found


@lru_cache(maxsize=256)
def _load_file(path: Path, variants: frozenset[str]) -> Definitions:
    try:
        text = path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise LitmusError(str(path), 0, f"cannot read: {error}") from None
    return parse_definitions(text, str(path), variants)


def parse_definitions(text: str, path: str, variants: frozenset[str]) -> Definitions:
    """The primitives defined in ``text``. Raises LitmusError with the line."""
    text = select(blank_all_comments(text), path, variants)
    found: Definitions = {}
    at = 0
    while True:
        while at < len(text) and text[at].isspace():
            at += 1
        if at >= len(text):
            return found
        line = text.count("\n", 0, at) + 1
        macro = _MACRO.match(text, at)
        function = None if macro else _FUNCTION.match(text, at)
        head = macro or function
        if head is None:
            raise LitmusError(path, line, "expected NAME(ARGUMENTS) and its meaning")
        start = head.end()
        if start < len(text) and text[start] == "{":
            at = end_of_block(text, start, path) + 1
        else:
            at = text.find("\n", start)
            at = len(text) if at < 0 else at
        body = text[start:at].strip()
        if not body:
            raise LitmusError(path, line, f"expected the meaning of {head.group(1)}")
        names = [part.strip() for part in head.group(2).split(",")]
        if function:
            names = [re.split(r"[\s*]+", part)[-1] for part in names]
            names = [name for name in names if name != "void"]
        found[head.group(1)] = Definition(
            head.group(1),
            tuple(name for name in names if name),
            body,
            path,
            text.count("\n", 0, start) + 1,
            function is not None,
        )


def end_of_block(text: str, start: int, path: str) -> int:
    """Offset of the brace that closes the one at ``start``."""
    depth = 0
    for offset in range(start, len(text)):
        if text[offset] == "{":
            depth += 1
        elif text[offset] == "}":
            depth -= 1
            if depth == 0:
                return offset
    raise LitmusError(path, text.count("\n", 0, start) + 1, "this '{' is never closed")


def select(text: str, path: str, variants: frozenset[str]) -> str:
    """Blanks the lines that ``#if`` conditions exclude, and the conditions themselves."""
    if "#" not in text:
        return text
    lines: list[str] = []
    # One entry an open #if: (active now, some arm already taken, enclosing active)
    stack: list[tuple[bool, bool, bool]] = []
    for number, line in enumerate(text.split("\n"), 1):
        active = stack[-1][0] if stack else True
        directive = re.match(r"\s*#\s*(\w+)\s*(.*)", line)
        if directive is None:
            lines.append(line if active else "")
            continue
        lines.append("")
        word, rest = directive.groups()
        if word == "if":
            hold = active and holds(rest, path, number, variants)
            stack.append((hold, hold, active))
        elif word in ("elif", "else", "endif") and stack:
            _, taken, outer = stack.pop()
            if word == "elif":
                hold = outer and not taken and holds(rest, path, number, variants)
                stack.append((hold, taken or hold, outer))
            elif word == "else":
                stack.append((outer and not taken, True, outer))
        else:
            raise LitmusError(path, number, f"expected #if, #elif, #else or #endif, found #{word}")
    if stack:
        raise LitmusError(path, len(lines), "expected #endif")
    return "\n".join(lines)


def holds(condition: str, path: str, line: int, variants: frozenset[str]) -> bool:
    """Value of ``flag``, ``!c``, ``c && c``, ``c || c``, ``(c)`` for these variant flags."""
    tokens = re.findall(r"&&|\|\||[()!]|[\w-]+|\S", condition)
    at = 0

    def disjunction() -> bool:
        nonlocal at
        value = conjunction()
        while at < len(tokens) and tokens[at] == "||":
            at += 1
            value = conjunction() or value
        return value

    def conjunction() -> bool:
        nonlocal at
        value = atom()
        while at < len(tokens) and tokens[at] == "&&":
            at += 1
            value = atom() and value
        return value

    def atom() -> bool:
        nonlocal at
        token = tokens[at] if at < len(tokens) else ""
        at += 1
        if token == "!":
            return not atom()
        if token == "(":
            value = disjunction()
            if at >= len(tokens) or tokens[at] != ")":
                raise LitmusError(path, line, "expected ')'")
            at += 1
            return value
        if not re.match(r"[\w-]+$", token):
            raise LitmusError(path, line, f"expected a variant flag, found '{token}'")
        return token in variants

    value = disjunction()
    if at != len(tokens):
        raise LitmusError(path, line, f"expected the end of the condition, found '{tokens[at]}'")
    return value


def split_tags(text: str, path: str, line: int) -> tuple[str, ...]:
    """``once`` or ``acquire,hw-walk`` as a tuple. Raises LitmusError for a name no tag can have."""
    tags = tuple(part.strip() for part in text.split(",") if part.strip())
    for tag in tags:
        if not _TAG_NAME.match(tag):
            raise LitmusError(path, line, f"expected a tag such as 'once', found '{tag}'")
    return tags


def tags_in(definitions: Definitions) -> frozenset[str]:
    """Every tag some definition can put on an event."""
    found: set[str] = set()
    for definition in definitions.values():
        for match in _TAGGED.finditer(definition.text):
            found.update(re.findall(r"[a-z][a-z0-9-]*", match.group(2)))
    return frozenset(found)
