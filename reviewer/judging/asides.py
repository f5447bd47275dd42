"""What shows that a comment means no name of this code by a name: its words, and the code about."""

from __future__ import annotations

import re

from reviewer.claims.model import Claim
from reviewer.claims.wording.asides import (
    is_below_a_log,
    is_called_hardware,
    is_in_an_entry,
    stands_apart,
)
from reviewer.world import World

_NEXT = re.compile(r"[ \t]+([a-z][a-z0-9]+)\b")
_VERBS = frozenset(("is", "are", "was", "were", "has", "must", "should", "held"))
_SPACED = re.compile(r"\w+\(\s+\S.*\S\s+\)", re.S)
_OPERAND = re.compile(r"\w+\(%\w+\)")
_CALLS = re.compile(rb"\b\w+\((\s)?(?=[^)\s])")
_CHOSEN = rb"\b(?:appropriate|respective|right|relevant|suitable|desired|various)\s+%b\b"
"""What is said of any one of several functions, never of the one that has the name."""
_NUMBER = re.compile(rb"\s*\*/\s*[\w.>\[\]-]+ [|&]= ~?(?:0x[0-9a-fA-F]+|\d+)[uUlL]*;")
_OPERATOR = re.compile(r"(?:&&|\|\|)|[-+|&!]\s*\w")
_LISTED = re.compile(r"(?:\s*+\w++\s*+,)++")
"""Lines of a list that were put into a comment, each with its comma."""
_STATEMENT_ENDS = (";", "{", "}")
_PROSE = re.compile(r"(?<!\S)[a-z]+(?=\s+[a-z]+\b)")
_PROSE_AT_MOST, _CODE_AT_MOST = 2, 2000
_CALLS_AT_LEAST, _RARE = 10, 0.1
"""Calls from which a file's way of writing them is told, and the share that counts as another's."""


def is_aside(claim: Claim, name: str, world: World) -> bool:
    """True if the comment does not take it for granted that the kernel has the name."""
    return (
        stands_apart(claim, name)
        or _is_continued(claim, name, world)
        or _is_run_together(name, world)
        or _is_syntax(claim, world)
        or _is_logged(claim, world)
        or _is_taken_out(claim, world)
        or _is_other_name(claim, world)
        or _stands_for_several(name, world)
        or _is_hardware(claim, name, world)
        or _tells_a_number(claim, world)
    )


def _is_continued(claim: Claim, name: str, world: World) -> bool:
    """True if the next word is part of the name: "the hi_option flag" of ``hi_option_flag``."""
    following = _NEXT.match(claim.comment.text, claim.end)
    if following is None or world.index is None:
        return False
    return world.index.used_in_kernel(f"{name}_{following[1]}")


def _is_run_together(name: str, world: World) -> bool:
    """True for ``first_msdu_is`` where a blank was left out: "first_msdu is set"."""
    stem, _, last = name.rpartition("_")
    return last in _VERBS and world.index is not None and world.index.used_in_kernel(stem)


def _is_syntax(claim: Claim, world: World) -> bool:
    """True for ``ref_pic_set( idx )`` where code writes no blanks there: a standard's notation.

    Or for ``args_off(%r15)``, an operand of an assembler.
    """
    if _OPERAND.fullmatch(claim.quote):
        return True
    if not _SPACED.fullmatch(claim.quote):
        return False
    calls = _CALLS.findall(world.source.code())
    return len(calls) >= _CALLS_AT_LEAST and sum(map(bool, calls)) < _RARE * len(calls)


def _is_logged(claim: Claim, world: World) -> bool:
    """True if the paragraph is an entry of a change log: dated at its head, or signed.

    Or if it stands before any code, below a heading that says so, or gives a person's address.
    """
    if is_in_an_entry(claim):
        return True
    if world.source.code()[: claim.comment.start_byte].strip():
        return False
    return is_below_a_log(claim)


def _is_taken_out(claim: Claim, world: World) -> bool:
    """True for code that was put into a comment: an operand of an expression, or a statement.

    ``if (ready/* && !pond->frozen */)``; a comment with code before and behind it on its line and
    nothing in it but the name is such an operand, or says what an argument is.
    """
    comment = claim.comment
    text = comment.text.strip()
    if len(text) > _CODE_AT_MOST:
        return False
    within = text == claim.quote.strip() or _OPERATOR.match(text) is not None
    if within and _is_inside_a_line(claim, world):
        return True
    if _LISTED.fullmatch(text) or _is_line_taken_out(claim, world):
        return True
    return text.endswith(_STATEMENT_ENDS) and len(_PROSE.findall(text)) <= _PROSE_AT_MOST


def _is_other_name(claim: Claim, world: World) -> bool:
    """True for ``enum pond_kind { /* tag_POND_KIND */``: a comment that is only a name, behind what
    opens there, tells what others call it.
    """
    comment = claim.comment
    if comment.text.strip() != claim.quote.strip():
        return False
    data = world.source.data
    begin = data.rfind(b"\n", 0, comment.start_byte) + 1
    return data[begin : comment.start_byte].rstrip().endswith(b"{")


def _tells_a_number(claim: Claim, world: World) -> bool:
    """True for ``/* set load_sh_regs */`` in front of ``word |= 0x10000;``.

    The comment is the only place where the bits of the number have a name: the hardware's.
    """
    comment = claim.comment
    if "\n" in comment.text.strip() or "(" in claim.quote:
        return False
    data = world.source.data
    close = data.rfind(b"*/", comment.start_byte, comment.end_byte + 2)
    return close >= 0 and _NUMBER.match(data, close) is not None


def _is_line_taken_out(claim: Claim, world: World) -> bool:
    """True if ``//`` was put before one line of a list, with no blank: ``//POND_FROZEN,``."""
    data, at = world.source.data, claim.comment.offsets[claim.start]
    begin = data.rfind(b"\n", 0, at) + 1
    end = data.find(b"\n", at)
    line = data[begin : end if end >= 0 else len(data)].strip()
    return line == f"//{claim.quote.strip()},".encode()


def _is_inside_a_line(claim: Claim, world: World) -> bool:
    """True if code stands before the comment and behind it, on the lines where it begins and ends.

    A comment that ends a line is one on what it stands beside.
    """
    data, comment = world.source.data, claim.comment
    before = data[data.rfind(b"\n", 0, comment.start_byte) + 1 : comment.start_byte].strip()
    end = data.find(b"\n", comment.end_byte)
    behind = data[comment.end_byte : end if end >= 0 else len(data)].strip()
    return bool(before) and bool(behind) and not behind.startswith((b"/*", b"//", b"\\"))


def _stands_for_several(name: str, world: World) -> bool:
    """True if the file also says "the appropriate foo()": then it stands for any of a kind."""
    data = world.source.data
    return re.search(_CHOSEN % re.escape(name).encode(), data) is not None


def _is_hardware(claim: Claim, name: str, world: World) -> bool:
    """True for "the POND_CLK pin", and for ``POND_CTRL`` where code sets ``regs->pond_ctrl``.

    Registers keep their names when the macro of an offset becomes a member of a table of offsets.
    """
    if not name.isupper() or claim.quote.endswith(")"):
        return False
    if is_called_hardware(claim):
        return True
    member = rb"(?:->|\.)" + name.lower().encode() + rb"\b"
    return re.search(member, world.source.code()) is not None
