"""Comment blocks by hand, so that these tests need no parser."""

from __future__ import annotations

from typing import Any

from reviewer.claims.extract import Reader, builtin_reader
from reviewer.claims.model import Claim
from reviewer.source.model import Anchor, AnchorKind, CommentBlock, Known


def block(
    text: str,
    *,
    kind: AnchorKind = AnchorKind.FUNCTION,
    name: str = "example",
    trailing: bool = False,
    kernel_doc: bool = False,
) -> CommentBlock:
    """A comment that starts on line 1, anchored to ``name``."""
    lines = text.count("\n") + 1
    anchor = Anchor(kind, name, "", 0, 0, lines + 1, lines + 1, ())
    offsets = tuple(range(len(text)))
    return CommentBlock(text, offsets, 0, len(text), 1, lines, Known(anchor), kernel_doc, trailing)


def read(text: str, reader: Reader | None = None, **how: Any) -> tuple[Claim, ...]:
    """Claims of a comment with that text; ``how`` goes to ``block``."""
    return (reader or builtin_reader()).read(block(text, **how))
