"""``refers`` claims of kernel-doc: the members that it describes one by one, ``@depth: …``."""

from __future__ import annotations

import re
from collections.abc import Iterator

from reviewer.claims.folding import Lines
from reviewer.claims.model import Claim, Kind, Modality, Role, Term
from reviewer.source.model import CommentBlock

_HEADING = re.compile(r"\s*(?:struct|union|enum)\s+(\w+)\s*(?:-|:|$)", re.M)
"""The first line of kernel-doc on an aggregate; Documentation/doc-guide/kernel-doc.rst."""
_MEMBER = re.compile(r"^([ \t]*)@((?:\w+(?:->|\.))*(\w+))(?:\[\w*\])?[ \t]*:", re.M)
_INLINE = re.compile(r"(\s*)@((\w+))[ \t]*:")
"""What stands above a member inside of the body; several names in one such comment are rare."""
_DEEPER = 2
"""Columns right of the first member from which a name is a callback's parameter, or a sub-item."""
_SAMPLE = re.compile(r"::[ \t]*$", re.M)
"""What leads in a literal block, whose lines are no descriptions."""


def described(comment: CommentBlock, text: str, lines: Lines) -> Iterator[Claim]:
    """One claim for each member that kernel-doc of a struct, union or enum describes.

    The detail ``of`` is the tag that the heading gives, '' inside of a body.
    """
    if not comment.kernel_doc or "@" not in text:
        return
    heading = _HEADING.match(text)
    if heading is not None:
        sample = _SAMPLE.search(text)
        until = sample.start() if sample is not None else len(text)
        found = _MEMBER.finditer(text, heading.end(), until)
    else:
        found = iter([one] if (one := _INLINE.match(text)) is not None else [])
    first = -1
    for one in found:
        column = len(one[1].expandtabs())
        first = column if first < 0 else first
        if column >= first + _DEEPER:
            continue
        yield Claim(
            kind=Kind.REFERS,
            said_subject=None,
            object=Term("member", f"@{one[2]}", one[3]),
            modality=Modality.ASSERTED,
            role=Role.PLAIN,
            start=one.start(2) - 1,
            end=one.end(2),
            line=lines.line(one.start(2)),
            end_line=lines.line(one.end(2) - 1),
            quote=f"@{one[2]}",
            pattern="refers",
            comment=comment,
            detail=(("of", heading[1] if heading is not None else ""),),
        )
