"""Kernel C made readable for a C parser, byte for byte at the same place.

The bytes keep their number and their newlines, so every offset in the tree is an offset in the
file. What is rewritten: annotations are blanked; iterators become ``while``, guards ``if``;
``typeof(…)`` becomes ``int``; types among macro arguments become a name; ``asm`` a call;
statements among arguments are joined by commas. Generic shapes decide wherever they can, the
word table (``normalise.toml``) only where the shape is ambiguous.
"""

from __future__ import annotations

from dataclasses import dataclass, field

from reviewer.source.rewriting.annotations import blank_annotations
from reviewer.source.rewriting.arguments import rewrite_arguments
from reviewer.source.rewriting.buffer import TokenBuffer
from reviewer.source.rewriting.heads import rewrite_heads
from reviewer.source.rewriting.strings import blank_beside_strings
from reviewer.source.rewriting.words import rewrite_words
from reviewer.source.words import Words, words


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
    buffer = TokenBuffer(code, table or words(), keep)
    blank_annotations(buffer)
    rewrite_words(buffer)
    rewrite_heads(buffer)
    rewrite_arguments(buffer)
    blank_beside_strings(buffer)
    return Normalised(bytes(buffer.out), buffer.rewrites)
