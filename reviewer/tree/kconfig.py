"""Kconfig facts of the tree under review: which symbols there are and what an arch selects.

The grammar is that of Documentation/kbuild/kconfig-language.rst, as far as definitions, types,
defaults, dependencies and selects go. Expressions are kept as written.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field

from reviewer.tree.model import Tree
from reviewer.tree.trace import traced_cache

_FILES_AT_MOST = 4000
_ARCH = {
    "i386": "x86",
    "x86_64": "x86",
    "sparc32": "sparc",
    "sparc64": "sparc",
    "parisc64": "parisc",
    "ppc": "powerpc",
    "powerpc64": "powerpc",
    "mips32": "mips",
}
"""Names people use for what Kbuild calls SRCARCH (top Makefile, "Additional ARCH settings")."""

_WORD = re.compile(r"\s*([a-z_]+)\b\s*(.*)")
_TYPES = ("bool", "tristate", "string", "hex", "int", "def_bool", "def_tristate")


@dataclass(frozen=True, slots=True)
class Select:
    """``by`` selects ``symbol`` (or, with ``forced`` false, gives it this default).

    ``conditions`` must all hold for it: the clause's own ``if``, the dependencies of ``by``, and
    the ``if`` blocks around it, outermost last. An empty tuple: always. ``by`` equals ``symbol``
    for a default of the arch's own definition.
    """

    symbol: str
    by: str
    conditions: tuple[str, ...]
    path: str
    line: int
    forced: bool = True


@dataclass(slots=True)
class Config:
    """One ``config`` entry; a symbol may have several, in several files."""

    symbol: str
    path: str
    line: int
    conditions: tuple[str, ...]
    kind: str = ""
    prompt: str = ""
    depends: list[str] = field(default_factory=list)
    defaults: list[tuple[str, str, int]] = field(default_factory=list)
    """Value, condition, line."""
    selects: list[tuple[str, str, int]] = field(default_factory=list)
    """Symbol, condition, line."""


def _logical_lines(data: bytes) -> Iterator[tuple[int, str]]:
    pending, start = "", 0
    for number, raw in enumerate(data.decode("utf-8", "replace").splitlines(), 1):
        line = raw.expandtabs()
        if line.rstrip().endswith("\\"):
            start = start or number
            pending += line.rstrip()[:-1] + " "
            continue
        yield start or number, pending + line
        pending, start = "", 0
    if pending:
        yield start, pending


def _uncommented(text: str) -> str:
    """The line up to a ``#`` that stands outside quotes."""
    quote = ""
    for at, letter in enumerate(text):
        if quote:
            if letter == quote and text[at - 1] != "\\":
                quote = ""
        elif letter in "\"'":
            quote = letter
        elif letter == "#":
            return text[:at]
    return text


def _clause(rest: str) -> tuple[str, str]:
    """Splits ``X if COND``."""
    what, _, condition = rest.partition(" if ")
    return what.strip(), condition.strip()


class _Parser:
    """Reads one file; nested ``source`` statements are handed back through ``sources``."""

    def __init__(self, path: str, data: bytes, outer: tuple[str, ...]) -> None:
        self.path = path
        self.configs: list[Config] = []
        self.sources: list[tuple[str, tuple[str, ...]]] = []
        self._blocks: list[tuple[str, list[str]]] = []
        self._outer = outer
        self._run(data)

    def _conditions(self) -> tuple[str, ...]:
        own = [c for _, conditions in reversed(self._blocks) for c in conditions]
        return (*own, *self._outer)

    def _run(self, data: bytes) -> None:
        current: Config | None = None
        help_indent: int | None = None
        for number, line in _logical_lines(data):
            if help_indent is not None:
                if not line.strip():
                    continue
                indent = len(line) - len(line.lstrip())
                if help_indent < 0:
                    help_indent = indent if indent else None
                if help_indent is not None and indent >= help_indent:
                    continue
                help_indent = None
            if line.strip().strip("-") == "help" or line.strip() == "---help---":
                help_indent = -1
                continue
            match = _WORD.match(_uncommented(line))
            if match is None:
                continue
            word, rest = match[1], match[2].strip()
            if word in ("config", "menuconfig"):
                current = Config(rest, self.path, number, self._conditions())
                self.configs.append(current)
            elif self._structure(word, rest):
                current = None
            elif current is not None:
                _attribute(current, word, rest, number)
            elif word == "depends" and self._blocks:
                self._blocks[-1][1].append(rest.removeprefix("on").strip())

    def _structure(self, word: str, rest: str) -> bool:
        if word == "if":
            self._blocks.append(("if", [rest]))
        elif word in ("menu", "choice"):
            self._blocks.append((word, []))
        elif word in ("endif", "endmenu", "endchoice"):
            if self._blocks:
                self._blocks.pop()
        elif word == "source":
            self.sources.append((rest.strip("\"' "), self._conditions()))
        elif word not in ("comment", "mainmenu"):
            return False
        return True


def _attribute(config: Config, word: str, rest: str, line: int) -> None:
    if word in _TYPES:
        config.kind = word.removeprefix("def_")
        if word.startswith("def_"):
            config.defaults.append((*_clause(rest), line))
        elif rest:
            config.prompt = _clause(rest)[0].strip("\"'")
    elif word == "prompt":
        config.prompt = _clause(rest)[0].strip("\"'")
    elif word == "default":
        config.defaults.append((*_clause(rest), line))
    elif word == "depends":
        config.depends.append(rest.removeprefix("on").strip())
    elif word == "select":
        config.selects.append((*_clause(rest), line))


def parse(path: str, data: bytes) -> tuple[Config, ...]:
    """The entries of one Kconfig file; ``path`` is only noted in them."""
    return tuple(_Parser(path, data, ()).configs)


def arch_of(name: str) -> str:
    """The folder below arch/ for a name people use (``x86_64`` → ``x86``)."""
    return _ARCH.get(name, name)


def configs(tree: Tree, arch: str) -> tuple[Config, ...]:
    """All entries that a build for ``arch`` sees, in the order of the source statements.

    Starts at the top Kconfig, or at the arch's own where the tree has no top one.
    """
    src = arch_of(arch)
    top = "Kconfig" if tree.exists("Kconfig") else f"arch/{src}/Kconfig"
    return _reachable(tree, top, src)


def _reachable(tree: Tree, top: str, src: str) -> tuple[Config, ...]:
    found: list[Config] = []
    seen: set[str] = set()
    queue: list[tuple[str, tuple[str, ...]]] = [(top, ())]
    while queue and len(seen) < _FILES_AT_MOST:
        path, outer = queue.pop()
        for variable in ("$(SRCARCH)", "$SRCARCH", "$(ARCH)", "$(HEADER_ARCH)"):
            path = path.replace(variable, src)
        if path in seen:
            continue
        seen.add(path)
        data = tree.read(path)
        if data is None:
            continue
        parser = _Parser(path, data, outer)
        found += parser.configs
        queue += reversed(parser.sources)
    return tuple(found)


def selects(tree: Tree, arch: str) -> tuple[Select, ...]:
    """What the Kconfig files below arch/<arch>/ select, or switch on by ``default y``.

    Symbols carry no ``CONFIG_`` prefix. An arch the tree does not have selects nothing.
    """
    src = arch_of(arch)
    found: list[Select] = []
    for config in _reachable(tree, f"arch/{src}/Kconfig", src):
        if not config.path.startswith(f"arch/{src}/"):
            continue
        around = (*config.depends, *config.conditions)
        for symbol, condition, line in config.selects:
            conditions = tuple(c for c in (condition, *around) if c)
            found.append(Select(symbol, config.symbol, conditions, config.path, line))
        for value, condition, line in config.defaults:
            if value == "y" and not config.prompt:
                conditions = tuple(c for c in (condition, *around) if c)
                found.append(
                    Select(config.symbol, config.symbol, conditions, config.path, line, False)
                )
    return tuple(found)


@traced_cache(maxsize=64)
def _selected(tree: Tree, arch: str) -> dict[str, tuple[Select, ...]]:
    table: dict[str, tuple[Select, ...]] = {}
    for select in selects(tree, arch):
        table[select.symbol] = (*table.get(select.symbol, ()), select)
    return table


def selected(tree: Tree, arch: str, *symbols: str) -> tuple[Select, ...]:
    """The selects of any of ``symbols`` (spellings of one option over time) by an arch.

    ``selected(tree, "x86", "HAVE_GUP_FAST", "HAVE_FAST_GUP")`` is empty where the arch has no
    GUP-fast. Answers are kept for as long as the tree object lives in the cache.
    """
    table = _selected(tree, arch_of(arch))
    return tuple(select for symbol in symbols for select in table.get(symbol, ()))
