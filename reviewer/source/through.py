"""A header that calls are looked through: what is asked of it, definition by definition."""

from __future__ import annotations

from collections.abc import Callable
from hashlib import blake2b

from reviewer.source.file import SourceFile
from reviewer.source.model import Function
from reviewer.source.operations import Call

_DIGEST = 8


class Through:
    """Implements ``facts.Code``: whoever looks through a helper sees it, and what of the same file
    it calls; nothing else of the file decides what it does."""

    def __init__(self, source: SourceFile, asked: Callable[[str], object]) -> None:
        """``asked`` is told each name whose definition is looked for."""
        self.path = source.path
        self._source = source
        self._asked = asked

    def line_of(self, byte: int) -> int:
        """As of the file; who tells of a line says so (``Asked.LINE``)."""
        return self._source.line_of(byte)

    def code(self, start: int, end: int) -> bytes:
        """As of the file, of a definition that was looked for."""
        return self._source.code(start, end)

    def conditions_at(self, byte: int) -> tuple[str, ...]:
        """As of the file, in a definition that was looked for."""
        return self._source.conditions_at(byte)

    def function_at(self, byte: int) -> Function | None:
        """As of the file, in a definition that was looked for."""
        return self._source.function_at(byte)

    def macro_at(self, byte: int) -> Function | None:
        """As of the file, in a definition that was looked for."""
        return self._source.macro_at(byte)

    def definition(self, name: str) -> Function | None:
        """As of the file."""
        self._asked(name)
        return self._source.definition(name)

    def alias(self, function: Function) -> str:
        """As of the file."""
        return self._source.alias(function)

    def calls(self, function: Function) -> tuple[Call, ...]:
        """As of the file."""
        return self._source.calls(function)


def text_of(source: SourceFile, function: Function | None) -> str:
    """A digest of a definition and of the conditions it stands under, '' for none.

    Comments count, and where the file has it does not.
    """
    if function is None:
        return ""
    text = source.bytes_of(function)
    under = "\0".join(source.conditions_at(function.start_byte)).encode("utf-8", "surrogateescape")
    return blake2b(text + b"\0" + under, digest_size=_DIGEST).hexdigest()
