"""Definition files: what each kernel primitive does, in terms of tagged events.

Four forms. A macro as in the kernel's tools/memory-model/linux-kernel.def,
``NAME(X,Y) expression`` or ``NAME(X,Y) { statements }``, called by name; ``({ ...; value; })`` is
an expression that has statements. A C function, ``int f(int *p) { return ...; }``, called by value.
A constant, ``NAME = 4``. A structure, ``struct foo { int a; int b[2]; };``. ``#if``, ``#elif``,
``#else`` and ``#endif`` select by variant flags of the machine.
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
from reviewer.mmu.litmus.variants import select

PRIMITIVES = Path(__file__).parents[1] / "primitives"
_PARSER = Parser(Language(tree_sitter_c.language()))
_COMMENT = re.compile(r'"[^"\n]*"|/\*(?:.*?\*/|.*\Z)|//[^\n]*', re.DOTALL)
_ML_MARK = re.compile(r"\(\*|\*\)")
_TAGGED = re.compile(r"\b(__\w+)\{([^{}\n;]*)\}[ \t]*(\(\s*\)?)?")
_OPERATOR = re.compile(r",\s*(&\s*~|[-+&|^])\s*,")
_MACRO = re.compile(r"(\w+)\(([\w\s,]*)\)[ \t]*")
_CONSTANT = re.compile(r"([A-Za-z_]\w*)[ \t]*=[ \t]*(?=[^\s=])")
_STRUCT = re.compile(r"struct\s+(\w+)\s*(?=\{)")
_FUNCTION = re.compile(r"(?:\w+[\s*]+)+(\w+)\s*\(([^()]*)\)\s*(?=\{)")
# Levels of syntax; an `if` in an `if` takes two.
MAX_DEPTH = 150
# The type in container_of(p, struct foo, f), which is no C expression
_TYPE_ARGUMENT = re.compile(r",\s*struct\s+(\w+)\s*,")
_SCOPED_GUARD = re.compile(r"\bscoped_guard\s*\(")
_VOID = re.compile(r"\s*(?:(?:static|inline|__always_inline|noinline)\s+)*void\s+\w")
_TAG_NAME = re.compile(r"(?:[a-z][a-z0-9-]*|[A-Z][A-Z0-9-]*)$")


@dataclass(frozen=True, slots=True)
class Snippet:
    """Parsed C: the node of a body or expression, and the line its text starts on."""

    node: Node
    path: str
    line: int


@dataclass(slots=True)
class Definition:
    """One primitive. ``kind`` is macro (called by name), function (called by value), constant or
    struct; ``types`` are the type names of a function's parameters, ``head`` what stands before its
    body; ``void`` ones give no value.
    """

    name: str
    params: tuple[str, ...]
    text: str
    path: str
    line: int
    kind: str
    types: tuple[str, ...] = ()
    void: bool = False
    head: str = ""
    _body: Snippet | None = field(default=None, repr=False)

    @property
    def function(self) -> bool:
        """Whether arguments are passed by value and the body has registers of its own."""
        return self.kind == "function"

    def body(self) -> Snippet:
        """The parsed body: a compound statement, or the expression of an expression macro."""
        if self._body is None:
            if self.text.startswith("{"):
                self._body = parse_block(self.text, self.path, self.line)
            else:
                self._body = parse_expression(self.text, self.path, self.line)
        return self._body


# By name; also by "name/arity", for primitives that the kernel calls in several ways; a structure
# by "struct name".
Definitions = dict[str, Definition]


def define(found: Definitions, definition: Definition) -> None:
    """Adds a definition under every key it is looked up by."""
    if definition.kind == "struct":
        found[f"struct {definition.name}"] = definition
        return
    found[definition.name] = definition
    if definition.kind != "constant":
        found[f"{definition.name}/{len(definition.params)}"] = definition


def blank_comments(text: str) -> str:
    """C comments replaced by as many blanks, so that lines and offsets stay true."""

    def blank(match: re.Match[str]) -> str:
        found = match.group()
        return found if found.startswith('"') else re.sub(r"[^\n]", " ", found)

    return _COMMENT.sub(blank, text)


def blank_all_comments(text: str) -> str:
    """As blank_comments, and (* *) comments, nested ones too; one that is never closed is none."""
    text = blank_comments(text)
    opened: list[int] = []
    comments: list[tuple[int, int]] = []
    for mark in _ML_MARK.finditer(text):
        if mark.group() == "(*":
            opened.append(mark.start())
        elif opened:
            comments.append((opened.pop(), mark.end()))
    parts: list[str] = []
    at = 0
    for start, end in sorted(comments):
        if start >= at:
            parts += text[at:start], re.sub(r"[^\n]", " ", text[start:end])
            at = end
    return "".join((*parts, text[at:]))


def plain_c(text: str) -> str:
    """Builtins' tags ``__load{once}(x)`` written as a first argument, operators as strings, and
    ``scoped_guard(lock, l) {`` as a condition."""
    text = _TYPE_ARGUMENT.sub(r", \1,", _scoped_guards(text))

    def tagged(match: re.Match[str]) -> str:
        call = match.group(3)
        tags = match.group(2).strip()
        if call is None:
            return f'{match.group(1)}("{tags}")'
        return f'{match.group(1)}("{tags}"' + (")" if call.endswith(")") else ", ")

    return _OPERATOR.sub(lambda match: f',"{match.group(1)}",', _TAGGED.sub(tagged, text))


def _scoped_guards(text: str) -> str:
    parts: list[str] = []
    at = 0
    for match in _SCOPED_GUARD.finditer(text):
        depth, end = 1, match.end()
        while depth and end < len(text):
            depth += {"(": 1, ")": -1}.get(text[end], 0)
            end += 1
        if match.start() >= at:
            parts += text[at : match.start()], "if (__scoped_guard(", text[match.end() : end], ")"
            at = end
    return "".join((*parts, text[at:]))


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
    """Raises LitmusError where tree-sitter found something that is not C, or nested too deeply."""
    if not root.has_error:
        _check_depth(root, path, line)
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


def _check_depth(root: Node, path: str, line: int) -> None:
    """What follows walks the tree by recursion, so its depth is bounded here."""
    cursor, depth = root.walk(), 0
    while True:
        if cursor.goto_first_child():
            depth += 1
            if depth > MAX_DEPTH:
                row = line + root.start_point[0] + cursor.node.start_point[0] if cursor.node else 0
                raise LitmusError(path, row, "nested too deeply")
            continue
        while not cursor.goto_next_sibling():
            if not cursor.goto_parent():
                return
            depth -= 1


def load_definitions(paths: Iterable[Path], variants: frozenset[str] = frozenset()) -> Definitions:
    """All primitives of the files in order; a later definition replaces an earlier one.

    ``variants`` are the machine's flags that ``#if`` lines ask for. Raises LitmusError.
    """
    found: Definitions = {}
    for path in paths:
        found.update(_load_file(path, variants))
    return found


def own_files() -> list[Path]:
    """The definition files that come with the simulator, in the order in which they are read."""
    return sorted(PRIMITIVES.glob("*.def"), key=lambda file: (file.stem != "linux", file.name))


@lru_cache(maxsize=256)
def _load_file(path: Path, variants: frozenset[str]) -> Definitions:
    return _parsed(select(_text_of(path), str(path), variants), str(path))


@lru_cache(maxsize=64)
def _text_of(path: Path) -> str:
    try:
        return blank_all_comments(path.read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError) as error:
        raise LitmusError(str(path), 0, f"cannot read: {error}") from None


def parse_definitions(text: str, path: str, variants: frozenset[str]) -> Definitions:
    """The primitives defined in ``text``. Raises LitmusError with the line."""
    return dict(_parsed(select(blank_all_comments(text), path, variants), path))


@lru_cache(maxsize=64)
def _parsed(text: str, path: str) -> Definitions:
    """What is left of a file after its ``#if`` lines, which most machines have in common."""
    found: Definitions = {}
    at = 0
    while True:
        while at < len(text) and (text[at].isspace() or text[at] == ";"):
            at += 1
        if at >= len(text):
            return found
        definition, at = parse_definition(text, at, path)
        define(found, definition)


def parse_definition(text: str, at: int, path: str) -> tuple[Definition, int]:
    """The definition that starts at ``at``, and the offset behind it. Raises LitmusError."""
    line = text.count("\n", 0, at) + 1
    heads = ((kind, form.match(text, at)) for kind, form in _FORMS)
    kind, head = next(((kind, head) for kind, head in heads if head is not None), ("", None))
    if head is None:
        raise LitmusError(path, line, "expected NAME(ARGUMENTS) and its meaning")
    start = head.end()
    if text.startswith("({", start):
        end = end_of_block(text, start + 1, path) + 2
    elif text.startswith("{", start):
        end = end_of_block(text, start, path) + 1
    else:
        end = text.find("\n", start)
        end = len(text) if end < 0 else end
    body = text[start:end].strip()
    if not body:
        raise LitmusError(path, line, f"expected the meaning of {head.group(1)}")
    listed = head.group(2) if kind in ("macro", "function") else ""
    names = [part.strip() for part in listed.split(",")]
    types: tuple[str, ...] = ()
    if kind == "function":
        types = tuple(_type_name(part) for part in names)
        names = [re.split(r"[\s*]+", re.sub(r"\[\w*\]$", "", part))[-1] for part in names]
        names = [name for name in names if name != "void"]
    params = tuple(name for name in names if name)
    line = text.count("\n", 0, start) + 1
    void = body.startswith("{") if kind == "macro" else bool(_VOID.match(head.group(0)))
    said = head.group(0) if kind == "function" else ""
    return Definition(head.group(1), params, body, path, line, kind, types, void, said), end


def _type_name(parameter: str) -> str:
    """``struct foo *f`` as ``foo``."""
    words = re.split(r"[\s*]+", parameter)
    return (words[-2] if len(words) > 1 else "") + "*" * (parameter.count("*") - 1)


_FORMS = (
    ("struct", _STRUCT),
    ("constant", _CONSTANT),
    ("macro", _MACRO),
    ("function", _FUNCTION),
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
            found.update(re.findall(r"[A-Za-z][A-Za-z0-9-]*", match.group(2)))
    return frozenset(found)
