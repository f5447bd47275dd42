"""What stands beside something that does not run: it is said of code elsewhere.

A constant takes no lock and is called by nobody, a flag does nothing by itself, and data is not
called from anywhere. "Does not hold the lock" beside an error number, "don't block" beside a bit of
a mask, "needs foo_lock" beside a bool and "used in interrupt context" beside a variable say what is
so where they are used; a legend ("L: protected by foo_lock") what is so of the members that bear
its mark. Duties of whoever touches a flag ("must hold foo_lock to change these") are claims here.
"""

from __future__ import annotations

import re

from reviewer.claims.model import Claim, Kind
from reviewer.claims.wording.marks import defines_a_mark
from reviewer.claims.wording.near import sentence_of
from reviewer.source.model import Anchor, AnchorKind
from reviewer.world import World

_NUMBER = r"(?:-\s*)?(?:0[xX][0-9a-fA-F]+|\d+)[uUlL]*"
_CONSTANT = re.compile(
    rf"\s*#\s*define\s+\w+\s+[\s(]*(?:{_NUMBER}(?:\s*<<\s*\w+)?|BIT(?:_ULL)?\s*\(\s*\w+\s*\))[\s)]*"
)
_IOCTL = re.compile(r"\s*#\s*define\s+\w+\s+_IO[WRC]{0,2}\s*\([^;{}]*\)\s*")
"""The number of an ioctl: what its comment says, however long, is of the code that serves it."""
_ENUMERATOR = re.compile(r"\s*[A-Z][A-Z0-9]*_\w*\s*(?:=[^;{}]*)?,?\s*")
_FLAG = re.compile(r"\s*(?:bool\s+\w+|(?:unsigned(?:\s+int)?|u8|u32)\s+\w+\s*:\s*1)\s*;\s*")
_COMMENT = re.compile(r"/\*.*?(?:\*/|\Z)|//[^\n]*|(?m:^\s*\*.*$)", re.S)
_SAID_OF_CODE = frozenset({Kind.REQUIRES, Kind.FORBIDS, Kind.IMPLIES, Kind.LEAVES, Kind.NEEDS_NONE})
_OF_ITSELF = frozenset({Kind.WAITS, Kind.SERIALIZED})
"""Said of what the words name, which is no code."""
_OF_A_FLAG = (_SAID_OF_CODE - {Kind.FORBIDS}) | {Kind.PROTECTED}
_DUTY = re.compile(
    r"\b(?:must|should|shall|hold(?:s|ing)?|held|under|while|protect\w*|guard\w*|chang\w+|modif\w+"
    r"|access\w*|updat\w+|set|reset|clear(?:ed)?|read|writ\w+|lockless\w*)\b",
    re.I,
)
"""Words of what somebody does with a flag."""
_OWED = re.compile(r"\b(?:must|should|shall|expected|(?:has|have|needs?) to)\b", re.I)
"""Beside a constant: a duty of whoever passes it."""
_SAYS = re.compile(r"\b(?:needs?|requires?|has|have|is|are|can|may|might|does|do|will)\b", re.I)
"""A label ("wing_lock") says what protects the flag."""
_USED = re.compile(r"\b(?:used|accessed)\b", re.I)
_BY_THIS_CODE = re.compile(
    r"\b(?:this|it|we|code|functions?|routines?|macros?|callers?|must|should|only|\w+\(\))(?:\W|\Z)",
    re.I,
)
_DATA = frozenset({AnchorKind.DECLARATION, AnchorKind.STATEMENTS, AnchorKind.BRANCH})
_LINES_AT_MOST = 3
"""Of a comment that says what a constant means; a longer one tells of the code that uses it."""


def is_said_of_elsewhere(claim: Claim, world: World) -> bool:
    """True if what a claim says is so of code that uses what the comment stands beside."""
    if defines_a_mark(claim):
        return True
    if claim.about != "code" and claim.kind not in _OF_ITSELF:
        return False
    if _used_elsewhere(claim, world):
        return True
    anchor = claim.comment.anchor
    if anchor.kind not in {AnchorKind.MACRO, AnchorKind.FIELD} or anchor.function:
        return False
    code = _code(anchor, world)
    if anchor.kind is AnchorKind.MACRO and _IOCTL.fullmatch(code) is not None:
        return claim.kind in _SAID_OF_CODE
    if claim.comment.end_line - claim.comment.start_line >= _LINES_AT_MOST:
        return False
    if anchor.kind is AnchorKind.MACRO or _ENUMERATOR.fullmatch(code) is not None:
        constant = _CONSTANT if anchor.kind is AnchorKind.MACRO else _ENUMERATOR
        said = claim.kind in _SAID_OF_CODE or claim.kind in _OF_ITSELF
        owed = _OWED.search(sentence_of(claim)) is not None
        return said and not owed and constant.fullmatch(code) is not None
    if claim.kind not in _OF_A_FLAG or _FLAG.fullmatch(code) is None:
        return False
    words = sentence_of(claim)
    return _DUTY.search(words) is None and _SAYS.search(words) is not None


def _used_elsewhere(claim: Claim, world: World) -> bool:
    """True for a context that data is used in, beside the data or the code that makes it."""
    if claim.kind is not Kind.REQUIRES or claim.object is None:
        return False
    if claim.object.concept.startswith(("lock", "rcu", "seq")) or not _USED.search(claim.quote):
        return False
    if _BY_THIS_CODE.search(sentence_of(claim)) is not None:
        return False
    anchor = claim.comment.anchor
    if anchor.kind is AnchorKind.FIELD:  # not one that points to a function
        return "(" not in _code(anchor, world)
    member = claim.get("section").removeprefix("@")
    if anchor.kind is AnchorKind.STRUCT and claim.get("section").startswith("@"):
        pointer = rf"\(\s*\*\s*{re.escape(member.rpartition('.')[2])}\s*\)"
        return re.search(pointer, _code(anchor, world)) is None
    return anchor.kind in _DATA


def _code(anchor: Anchor, world: World) -> str:
    code = world.source.code(anchor.start_byte, anchor.end_byte).decode("latin-1")
    return _COMMENT.sub(" ", code)
