"""Bodies of structs, unions and enums: what they declare, and whether macros may bring more."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import pairwise

from reviewer.program.scope import in_sight
from reviewer.tree.definitions import members
from reviewer.tree.model import NameKind
from reviewer.tree.reading import code_file
from reviewer.tree.trace import traced_cache
from reviewer.world import World

_TOKEN = re.compile(rb"\w+|[^\w\s]")
_DIRECTIVE = re.compile(rb"^[ \t]*+#(?:\\\r?\n|[^\n])*+", re.M)
_INCLUDE = re.compile(rb"^[ \t]*+#[ \t]*+include\b", re.M)
_KEYWORDS = frozenset(
    b"int char short long unsigned signed float double void typeof __typeof__".split()
)
_QUALIFIERS = frozenset(b"const volatile".split())
_TAGGED = frozenset(b"struct union enum".split())
_ATTRIBUTE = re.compile(rb"__(?!(?:[us]|le|be|virtio)\d+\Z|w?sum\d*\Z|kernel_|\w+_t\Z)")
"""Of two underscores in front, ``__le32`` and the like are types."""
_SPELLS = re.compile(rb"(?:__)?(?:DECLARE_|struct_group|TRAILING_OVERLAP\b)")
"""Macros that take the members they make for arguments: include/linux/{types,stddef}.h."""
_NAME = re.compile(rb"[A-Za-z_]")
_UPPER = re.compile(rb"[A-Z_][A-Z0-9_]*\Z")
_PLAIN = 2
"""Words of a declaration without keywords: a type and a name."""


@dataclass(frozen=True, slots=True)
class _Part:
    """One declaration or enumerator: its tokens outside of brackets, the first declarator alone.

    A group in brackets is ``(``, or ``(*`` if it holds a pointer's name. ``behind`` is true for
    what follows a closing brace; ``end`` is the token behind.
    """

    tokens: tuple[bytes, ...]
    end: bytes
    behind: bool
    enum: bool


@traced_cache(maxsize=1)
def declared(world: World, tag: str, start: int, end: int) -> frozenset[str]:
    """The members that the body in a range of the file declares in sight, nested ones too."""
    code = world.source.code(start, end)
    return frozenset(name.decode() for name in members(code, tag.encode()))


@traced_cache(maxsize=1)
def spelled(world: World, start: int, end: int) -> frozenset[str]:
    """The identifiers of a range of the file."""
    return world.source.identifiers(start, end)


@traced_cache(maxsize=1)
def may_bring_more(world: World, start: int, end: int) -> bool:
    """True if a body holds what is no declaration as it stands: a macro, a file, another struct.

    C has a type and a name in each declaration, and commas between enumerators: a word too many or
    too few is a macro, and so is a name in capitals that some file in sight defines as one.
    """
    code = world.source.code(start, end)
    if _INCLUDE.search(code):
        return True
    plain = _DIRECTIVE.sub(b"", code)
    return any(
        (_is_odd_enumerator if part.enum else _is_odd)(part) or _is_macro(part, world)
        for part in _parts(plain)
    )


def _parts(code: bytes) -> Iterator[_Part]:
    """The declarations of the first body of blanked code, up to its closing brace."""
    enums: list[bool] = []
    tokens: list[bytes] = []
    depth, behind = 0, False
    found = [match[0] for match in _TOKEN.finditer(code)]
    for at, token in enumerate(found):
        if token in b"([":
            if not depth and token == b"(":
                inside = found[at + 1 : at + 3]
                tokens.append(b"(*" if b"*" in inside else b"(")
            depth += 1
        elif token in b")]":
            depth = max(0, depth - 1)
        elif depth:
            continue
        elif token in b"{};" or (token == b"," and enums and enums[-1]):
            if enums and tokens:
                yield _Part(tuple(_first(tokens)), token, behind, enums[-1])
            behind = token == b"}"
            if token == b"{":
                enums.append(b"enum" in tokens)
            elif token == b"}":
                if len(enums) < _PLAIN:
                    return
                enums.pop()
            tokens = []
        else:
            tokens.append(token)


def _first(tokens: list[bytes]) -> Iterator[bytes]:
    """The tokens up to the end of the first declarator, its width or value left out."""
    for token in tokens:
        if token in b",:=":
            return
        yield token


def _words(part: _Part) -> list[bytes]:
    """The tokens less attributes and keywords' brackets; a tag counts as one with its keyword."""
    words: list[bytes] = []
    dropped = False
    for token in part.tokens:
        if dropped and token == b"(":
            dropped = False
            continue
        attribute = _ATTRIBUTE.match(token) is not None and token not in _KEYWORDS
        dropped = attribute or token in {b"typeof", b"__typeof__"}
        if attribute or token in _QUALIFIERS:
            continue
        if words and words[-1] in _TAGGED and _NAME.match(token):
            words[-1] = b"struct " + token
            continue
        words.append(token)
    return words


def _is_odd(part: _Part) -> bool:
    """True if a part of a struct is no declaration as it stands."""
    words = _words(part)
    if not words:
        return False
    if _SPELLS.match(words[0]) and words[1:] == [b"("]:
        return False
    pairs = pairwise(words)
    if any(after == b"(" and _is_name(one) for one, after in pairs):
        return True
    names = [one for one in words if _is_name(one)]
    most = 1 if part.behind or any(one in _KEYWORDS for one in words) else _PLAIN
    if part.end == b"{":
        most -= 1  # the name follows the brace
    alone = len(words) == 1 and len(part.tokens) == 1 and not part.behind
    lone_tag = len(names) == 1 == len(words) and names[0].startswith(b"struct ")
    return len(names) > most or (part.end != b"{" and (alone or lone_tag))


def _is_name(word: bytes) -> bool:
    """True for an identifier, or a tag with its keyword."""
    return _NAME.match(word) is not None and word not in _KEYWORDS and word not in _TAGGED


def _is_odd_enumerator(part: _Part) -> bool:
    """True if more than one word, or a call, stands between two commas of an enum."""
    return len(_words(part)) > 1


def _is_macro(part: _Part, world: World) -> bool:
    """True if the last name of a part is in capitals, and defined in sight as a list of others."""
    names = [one for one in part.tokens if _UPPER.match(one)]
    index = world.index
    if index is None or not names:
        return False
    name = names[-1].decode()
    if not any(one.kind is NameKind.MACRO for one in index.senses(name)):
        return False
    for one in index.definitions(name):
        if one.kind is NameKind.MACRO and in_sight(world.path, one):
            file = code_file(world.tree, one.path)
            line = file.lines(one.line, one.line).split(name.encode(), 1) if file else []
            if len(line) < _PLAIN or line[1].strip() != name.encode():
                return True  # not "#define NAME NAME", which is there to be asked for
    return False
