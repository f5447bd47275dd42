"""Output formats: one module each, found by its name (docs/formats.md).

A format is a module of this folder with ``SUMMARY``, one line on what it is for, and ``render``,
which turns a stream of items into text, piece by piece. Nothing is registered: the name of the
file, with ``-`` for ``_``, is the name of the format. One that can also fill a folder has
``folder``, which gives the files by name, and ``MARK``, by which its files are known again.
"""

from __future__ import annotations

import pkgutil
from collections.abc import Iterator
from importlib import import_module
from typing import TYPE_CHECKING, Protocol, cast, runtime_checkable

if TYPE_CHECKING:
    from reviewer.report.stream import Stream, Style


class Format(Protocol):
    """What a module of this folder offers."""

    SUMMARY: str

    def render(self, stream: Stream, style: Style) -> Iterator[str]:
        """The pieces of the output, in order; foreign text in them is safe to show."""


@runtime_checkable
class Foldered(Protocol):
    """What a module offers that can write a folder in place of one file."""

    MARK: str

    def folder(self, stream: Stream, style: Style) -> Iterator[tuple[str, Iterator[str]]]:
        """Names and pieces of the files; foreign text in them is safe to show."""


def load(name: str) -> Format:
    """The format of a name out of ``names()``."""
    return cast(Format, import_module(f"{__name__}.{name.replace('-', '_')}"))


def names() -> tuple[str, ...]:
    """All formats, sorted; none is imported."""
    found = pkgutil.iter_modules(__path__)
    return tuple(sorted(one.name.replace("_", "-") for one in found))
