"""Names that no file spells out: those the preprocessor glues together with ``##``."""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from functools import cached_property, lru_cache

_DEFINE = re.compile(
    rb"^[ \t]*+#[ \t]*+define[ \t]++(\w++)(?:\(([^)]*+)\))?+((?:\\\n|[^\n])*+)", re.M
)
_CHAIN = re.compile(rb"\w++(?:[\s\\]*+##[\s\\]*+\w++)++")
_GLUE = re.compile(rb"[\s\\]*+##[\s\\]*+")
_WORD = re.compile(rb"\w++")
_LETTERS_AT_LEAST = 3
"""A shape with fewer letters of its own (``*_*``) would take every name for possible."""
_PARENS = r"\((?:[^()]++|\((?:[^()]++|\((?:[^()]++|\([^()]*+\))*+\))*+\))*+\)"


@dataclass(frozen=True, slots=True)
class Shape:
    """``SetPage*`` for ``SetPage##uname``; ``macros`` are those whose arguments fill the star."""

    text: str
    macros: tuple[str, ...]


def shapes_of(code: bytes) -> set[Shape]:
    """What the macros of a file of blanked code can form."""
    if b"##" not in code:
        return set()
    macros = {m[1]: (m[2] or b"", m[3]) for m in _DEFINE.finditer(code)}
    users = _users(macros)
    return {
        Shape(text, tuple(sorted(macro.decode() for macro in _closure(name, users))))
        for name, (parameters, body) in macros.items()
        if b"##" in body
        for text in _texts(parameters, body)
    }


def pastes(code: bytes, name: str) -> bool:
    """True if a macro of the code, used in the same code, can form the name.

    Of whatever shape, ``reg ## _ ## field`` too: one file's macros do not make any name possible,
    its uses have to hold the pieces. A piece that another macro of the file pasted counts by its
    own pieces.
    """
    return _pasting(code).makes(name)


@lru_cache(maxsize=2)
def _pasting(code: bytes) -> _Pasting:
    """One file is asked for many names, and two are asked by turns."""
    return _Pasting(code)


class _Pasting:
    """What the macros of one file can form, taken apart once."""

    def __init__(self, code: bytes) -> None:
        self._code = code
        self._uses: dict[bytes, list[frozenset[bytes]]] = {}
        self._forms: list[tuple[_Form, set[bytes]]] = []
        if b"##" not in code:
            return
        macros = {m[1]: (m[2] or b"", m[3]) for m in _DEFINE.finditer(code)}
        users = _users(macros)
        for macro, (parameters, body) in macros.items():
            if b"##" in body:
                closure = _closure(macro, users)
                for text in _texts(parameters, body, at_least=0):
                    self._forms.append((_Form.of(text, ()), closure))

    def makes(self, name: str) -> bool:
        """True if some use of a macro has the pieces of the name."""
        for form, macros in self._forms:
            if stars := form.stars(name):
                pieces = {one for star in stars for one in star.encode().split(b"_") if one}
                if any(_all_in(pieces, given) for one in macros for given in self._given(one)):
                    return True
        return False

    def _given(self, macro: bytes) -> list[frozenset[bytes]]:
        if macro not in self._uses:
            self._uses[macro] = list(_uses(self._code, macro.decode()))
        return self._uses[macro]


def _users(macros: dict[bytes, tuple[bytes, bytes]]) -> dict[bytes, set[bytes]]:
    """Which macros of a file use each of them."""
    users: dict[bytes, set[bytes]] = {}
    for name, (_, body) in macros.items():
        for used in set(_WORD.findall(body)) & macros.keys():
            users.setdefault(used, set()).add(name)
    return users


def _closure(name: bytes, users: dict[bytes, set[bytes]]) -> set[bytes]:
    """The macro and those of its file that hand their arguments on to it."""
    found, queue = {name}, [name]
    while queue:
        new = users.get(queue.pop(), set()) - found
        found |= new
        queue += new
    return found


def _texts(parameters: bytes, body: bytes, at_least: int = _LETTERS_AT_LEAST) -> Iterator[str]:
    names = {p.strip().removesuffix(b"...") for p in parameters.split(b",")}
    for chain in _CHAIN.findall(body):
        parts = _GLUE.split(chain)
        text = b"".join(b"*" if part in names else part for part in parts)
        text = re.sub(rb"\*\*+", b"*", text)
        if b"*" not in text or sum(c.isalnum() for c in text.decode()) >= at_least:
            yield text.decode()


_ENDS = 3
"""Letters of a shape's beginning, or else of its end, by which it is found."""


_FEW = 2 * _ENDS


def asked_of(name: str) -> Iterator[str]:
    """What a question whether some shape forms the name is known by.

    Of ``known_by(shape)`` each that forms it has one at least: a shape that comes or goes touches
    only names that begin, or end, as it does.
    """
    yield "*"
    for letters in (_ENDS, _FEW):
        if len(name) >= letters:
            yield "^" + name[:letters]
            yield "$" + name[-letters:]


def asked_from(prefix: str) -> Iterator[str]:
    """What a question is known by which shapes can make a name with a prefix."""
    yield ">" + prefix[:_FEW]
    for letters in range(1, min(len(prefix), _FEW) + 1):
        yield "<" + prefix[:letters]


def known_by(shape: str) -> Iterator[str]:
    """What all questions are known by that a shape may be an answer to."""
    form = _Form.of(shape, ())
    head, tail = form.head, form.tail
    if len(head) >= _ENDS:
        yield "^" + head[: _FEW if len(head) >= _FEW else _ENDS]
    elif len(tail) >= _ENDS:
        yield "$" + tail[-_FEW if len(tail) >= _FEW else -_ENDS :]
    else:
        yield "*"
    if head:
        yield "<" + head[:_FEW]
        for letters in range(min(len(head), _FEW) + 1):
            yield ">" + head[:letters]


@dataclass(frozen=True)
class _Form:
    """A shape taken apart: what a name that it forms begins and ends with."""

    text: str
    head: str
    tail: str
    macros: tuple[str, ...]

    @staticmethod
    def of(text: str, macros: tuple[str, ...]) -> _Form:
        """A shape's text, taken apart."""
        return _Form(text, text.partition("*")[0], text.rpartition("*")[2], macros)

    @cached_property
    def _pattern(self) -> re.Pattern[str]:
        return re.compile(re.escape(self.text).replace(r"\*", r"(\w+)"))

    def stars(self, name: str) -> tuple[str, ...] | None:
        """What fills the stars to make the name, None if nothing does."""
        if "*" not in self.text:
            return () if self.text == name else None
        if not (name.startswith(self.head) and name.endswith(self.tail)):
            return None
        match = self._pattern.fullmatch(name)
        return match.groups() if match is not None else None


@lru_cache(maxsize=4)
def shapes_from(shapes: frozenset[Shape]) -> Shapes:
    """Shapes to look names up in; those of a tree and of the same with a patch are mostly equal."""
    return Shapes(shapes)


class Shapes:
    """What a tree's macros can form, found by the letters a name begins or ends with."""

    def __init__(self, shapes: Iterable[Shape]) -> None:
        macros: dict[str, set[str]] = {}
        for shape in shapes:
            macros.setdefault(shape.text, set()).update(shape.macros)
        self._heads: dict[str, list[_Form]] = {}
        self._tails: dict[str, list[_Form]] = {}
        self._short: list[_Form] = []
        self._forms: list[_Form] = []
        for text, names in sorted(macros.items()):
            form = _Form.of(text, tuple(sorted(names)))
            self._forms.append(form)
            if len(form.head) >= _ENDS:
                self._heads.setdefault(form.head, []).append(form)
            elif len(form.tail) >= _ENDS:
                self._tails.setdefault(form.tail, []).append(form)
            else:
                self._short.append(form)
        self._lengths = tuple(sorted(set(map(len, self._heads))))
        self._endings = tuple(sorted(set(map(len, self._tails))))

    def _matching(self, name: str) -> list[tuple[_Form, tuple[str, ...]]]:
        """Every shape that fits the name, by text, with what its stars stand for."""
        forms = [*self._short]
        for length in self._lengths[: bisect_right(self._lengths, len(name))]:
            forms += self._heads.get(name[:length], ())
        for length in self._endings[: bisect_right(self._endings, len(name))]:
            forms += self._tails.get(name[-length:], ())
        found = [(form, form.stars(name)) for form in forms]
        fitting = [(form, stars) for form, stars in found if stars is not None]
        return sorted(fitting, key=lambda one: one[0].text)

    def formed(
        self,
        name: str,
        files: Callable[[str], frozenset[int]],
        path_of: Callable[[int], str],
        code: Callable[[str], bytes],
    ) -> str:
        """The text of a shape that some use of its macro fills to make ``name``, or ''.

        ``files`` tells which files have a word in code, by a number that ``path_of`` turns into a
        path; ``code`` gives a file blanked. A use counts when every star stands as a word, whole or
        without its outer ``_``, in the arguments of one use.
        """
        for form, stars in self._matching(name):
            if not stars:
                return form.text
            for macro in form.macros:
                # The rarest first: a shape's macros are used in few files, its stars are words.
                places = files(macro)
                for star in stars:
                    if places:
                        bare = star.strip("_")
                        places = places & files(star) | (
                            places & files(bare) if bare != star else frozenset()
                        )
                for path in sorted(map(path_of, places)):
                    if _fills(code(path), macro, stars):
                        return form.text
        return ""

    def beginning(self, prefix: str) -> Iterator[str]:
        """Shapes that can make a name with the prefix."""
        for form in self._forms:
            if form.head and (form.head.startswith(prefix) or prefix.startswith(form.head)):
                yield form.text


def _fills(code: bytes, macro: str, stars: tuple[str, ...]) -> bool:
    """True if one use of the macro has every star as a word."""
    words = {star.encode() for star in stars}
    return any(_all_in(words, given) for given in _uses(code, macro))


def _all_in(words: set[bytes], given: frozenset[bytes]) -> bool:
    """True if each word was given, whole or without its outer ``_``."""
    return all(word in given or word.strip(b"_") in given for word in words)


def _uses(code: bytes, macro: str) -> Iterator[frozenset[bytes]]:
    """The words of each use of a macro, its own name among them."""
    for match in re.finditer((rf"\b{macro}\s*" + _PARENS).encode(), code):
        yield frozenset(_WORD.findall(match[0]))
