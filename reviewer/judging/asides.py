"""What the comment itself makes of a name: it defines it, goes on with it, says it is missing."""

from __future__ import annotations

import re

from reviewer.claims.model import Claim
from reviewer.world import World

_BEFORE, _AFTER = 80, 60
_AROUND = 2000
"""Letters on either side in which a definition is looked for: most comments, but no 100 kB."""
_MISSING_BEFORE = re.compile(
    r"\b(?:do(?:es)?(?: not|n't) (?:exist|provide|have|define|offer|support)|lack(?:s|ing)?|missing"
    r"|there (?:is|are|will be) no|there (?:will|should) not be any"
    r"|no such|instead of the old|(?:took|taken|taking) away)\b"
    r"[^.;:]{0,30}\Z"
    r"|\b(?:took|taken|taking) (?:the |its |our )?[\"'`]?\Z",
    re.I,
)
_WISHED = re.compile(
    r"\b(?:(?:really should|should really|ought to) have"
    r"|(?:eliminat|obviat|remov|avoid)(?:e|es|s|ing|ed)? (?:the |any )?need (?:for|of))"
    r" (?:an? )?[\"'`]?\Z",
    re.I,
)
"""What stands before what others should have, and before what need not be there."""
_MISSING_AFTER = re.compile(
    r"(?:\(\))?[\"'`]? (?:(?:function|macro|helper|call|flag) )?(?:away from us"
    r"|(?:is|are|was|were) (?:missing|gone|absent|removed (?:as|since|because|in favou?r))"
    r"|do(?:es)?(?: not|n't) exist"
    r"|(?:is not|are not|isn't|aren't) (?:yet )?"
    r"(?:implemented|available|supported|needed|necessary|required))\b",
    re.I,
)
_OTHER_TREE = re.compile(
    r"(?:\(\))?\s+(?:function\s+)?in\s+(?:(?:the\s+)?[A-Z][A-Za-z]+[ -]?\d+\.\d+"
    r"|(?:the|its|their)\s+(?:\w+\s+)?(?:vendor|original|reference|downstream|stock)(?:'s)?"
    r"\s+(?:driver|code|tree|kernel|source|sdk)s?\b)"
    r"|[\"'`]?\s+(?:from|in|of|by)\s+(?:the\s+)?RFC[ -]?\d",
    re.I,
)
_DENIED = re.compile(r"\b(?:do(?:es)?(?: not|n't)|never did) exist\b", re.I)
_DENIED_AFTER = 160
"""Letters behind any mention of a name in which the comment may say that there is none such."""
_NAMED = re.compile(
    r"\b(?:record|save|store|note|remember|keep|denote)(?:s|d|ed|ing)?\b"
    r"[^.;:]{1,80}\bas [\"'`]?\Z",
    re.I,
)
"""What stands before a name that a comment gives to a thing of its own: "record the size as X"."""
_SECTION = re.compile(r"(?<![\w.])\d+(?:\.\d+){2,}\.?\s+[\"'`]?\Z")
"""What stands before the title of a section of another document: ``6.3.8 read_skip_prob()``."""
_COPY = re.compile(r"\b(?:this|it|that) (?:is|was) (?:an? )?(?:copy of )?[\"'`]?\Z", re.I)
_OUT_OF = re.compile(r"(?:\(\))?[\"'`]?\s+(?:from|in)\s+[\"'`<]?[\w./-]+\.[chS]\b")
"""What stands around a name that says where code was taken from: "this is foo() from bar.c"."""
_NEXT = re.compile(r"[ \t]+([a-z][a-z0-9]+)\b")
_VERBS = frozenset(("is", "are", "was", "were", "has", "must", "should", "held"))
_SPACED = re.compile(r"\w+\(\s+\S.*\S\s+\)", re.S)
_OPERAND = re.compile(r"\w+\(%\w+\)")
_CALLS = re.compile(rb"\b\w+\((\s)?(?=[^)\s])")
_DATED = re.compile(
    r"^[\s*]*(?:(?:Changes|Change ?log|History)\s*:|\d\d-\d\d-\d\d\s+\d"
    r"|\d+(?:\.\d+){2,}\s+-\s|\d+(?:\.\d+)+\s+->\s+\d+(?:\.\d+)+\s"
    r"|(?:Revision|Rev\.?|Version|v)\s*\d+\.\d|v\d+ to v\d+\s*$"
    r"|.*\b(?:(?:19|20)\d\d[/-]\d\d?[/-]\d\d?|\d\d?/\d\d?/\d\d|\d\d?-\d\d?-(?:19|20)\d\d)\b"
    r"|.*\b[A-Z][a-z]{2,8}\.? \d\d?, (?:19|20)\d\d\b"
    r"|[089]\d(?:0[1-9]|1[0-2])(?:[0-2]\d|3[01])\s)",
    re.M | re.I,
)
"""The head of an entry of a change log, which goes on to the next empty line."""
_LOG = re.compile(
    r"^[\s*]*(?:Changes|Change ?log|History|Fixes|Credits|Authors?)[ \t]*:?[ \t]*$", re.M | re.I
)
_ADDRESS = re.compile(r"(?<![^\s(])<?[\w.+-]+@[\w-]+(?:\.[\w-]+)+>?")
"""What a paragraph at the head of a file has that tells who did what."""
_ENTRY_AT_MOST = 1200
_SIGNED = re.compile(
    r"[^\n]*(?:\n[ \t*]*+[^\s*-][^\n]*){0,6}\n[ \t*]*+"
    r"(?:--? ?[A-Z][^\n]*\d\d|\[\d+\.\d+\])[ \t*]*(?:\n|\Z)"
    r"|[^\n]*\b\d\d?/\d\d?/\d\d(?:\d\d)?, [A-Z]{2,4}\.?[ \t*]*(?:\n|\Z)"
)
"""The rest of an entry that is signed with name and date, or with a version: ``[2.03]``, or whose
line ends with date and initials: ``9/11/98, AV.``"""
_CHOSEN = rb"\b(?:appropriate|respective|right|relevant|suitable|desired|various)\s+%b\b"
"""What is said of any one of several functions, never of the one that has the name."""
_HARDWARE = re.compile(r"\s+(?:pin|pad|ball|register|reg|signal|strap)s?\b")
"""What is said of a name that a data sheet has too; the code's own may well go."""
_WIDTH = re.compile(r":\d+(?:\s|\Z)")
"""What stands behind a field of a word that the comment draws: ``bits 0..7: nr_eels:8``."""
_NUMBER = re.compile(rb"\s*\*/\s*[\w.>\[\]-]+ [|&]= ~?(?:0x[0-9a-fA-F]+|\d+)[uUlL]*;")
_ARGUMENT = re.compile(r"(?<!\S)--\w+[ =]\Z")
"""What stands before the option of a command line, which may be for other trees as well."""
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
        defines_it(claim, name)
        or says_missing(claim)
        or _is_continued(claim, name, world)
        or _is_run_together(name, world)
        or _OTHER_TREE.match(claim.comment.text, claim.end) is not None
        or _is_elsewhere(claim)
        or _is_syntax(claim, world)
        or _is_logged(claim, world)
        or _is_taken_out(claim, world)
        or _is_other_name(claim, world)
        or _stands_for_several(name, world)
        or _is_hardware(claim, name, world)
        or _WIDTH.match(claim.comment.text, claim.end) is not None
        or _tells_a_number(claim, world)
        or _ARGUMENT.search(claim.comment.text, 0, claim.start) is not None
    )


def defines_it(claim: Claim, name: str) -> bool:
    """True if the comment's own text defines the name: as a struct, function, macro or label."""
    text = claim.comment.text[max(0, claim.start - _AROUND) : claim.end + _AROUND]
    word = re.escape(name)
    aggregate = rf"\b(?:struct|union|enum)\s+{word}\s*\n?[\s*]*\{{"
    function = rf"^[ \t*]*(?:\w+[ \t*]+)+{word}\([^;{{]{{0,200}}\)\s*\n?[\s*]*\{{"
    macro = rf"^[ \t*]*#[ \t]*define[ \t]+{word}\b"
    if re.search(f"{aggregate}|{function}|{macro}", text, re.M):
        return True
    if any(_NAMED.search(text, 0, one.start()) for one in re.finditer(rf"\b{word}\b", text)):
        return True
    label = re.search(rf"^[ \t*]*{word}:", text, re.M)
    return label is not None and re.search(rf"\b(?:goto|jmp)[ \t]+{word}\b", text) is not None


def says_missing(claim: Claim) -> bool:
    """True if the comment says itself that the thing is not there."""
    text = claim.comment.text
    before = " ".join(text[max(0, claim.start - _BEFORE) : claim.start].split()) + " "
    after = re.sub(r"\s+", " ", text[claim.end : claim.end + _AFTER])
    if _WISHED.search(before) is not None or _denies(claim):
        return True
    return _MISSING_BEFORE.search(before) is not None or _MISSING_AFTER.match(after) is not None


def _denies(claim: Claim) -> bool:
    """True if the comment says behind some mention of the name that it does not exist."""
    text, name = claim.comment.text, claim.object.name if claim.object is not None else ""
    first, last = max(0, claim.start - _AROUND), claim.end + _AROUND
    said = re.compile(rf"\b{re.escape(name)}\b") if name else None
    return said is not None and any(
        _DENIED.search(text, one.end(), one.end() + _DENIED_AFTER)
        for one in said.finditer(text, first, last)
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


def _is_elsewhere(claim: Claim) -> bool:
    """True for the title of a section of a document, and for what the code below is a copy of."""
    text = claim.comment.text
    before = text[max(0, claim.start - _BEFORE) : claim.start]
    if _SECTION.search(before) is not None:
        return True
    return _COPY.search(before) is not None and _OUT_OF.match(text, claim.end) is not None


def _is_logged(claim: Claim, world: World) -> bool:
    """True if the paragraph is an entry of a change log: dated at its head, or signed.

    Or if it stands before any code, below a heading that says so, or gives a person's address.
    """
    text = claim.comment.text
    entry = re.split(r"\n[\s*]*\n", text[max(0, claim.start - _ENTRY_AT_MOST) : claim.start])[-1]
    if _DATED.search(entry):
        return True
    behind = text[claim.end : claim.end + _ENTRY_AT_MOST]
    if _SIGNED.match(behind) is not None:
        return True
    if world.source.code()[: claim.comment.start_byte].strip():
        return False
    paragraph = entry + re.split(r"\n[\s*]*\n", behind)[0]
    return _LOG.search(text, 0, claim.start) is not None or _ADDRESS.search(paragraph) is not None


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
    if _HARDWARE.match(claim.comment.text, claim.end):
        return True
    member = rb"(?:->|\.)" + name.lower().encode() + rb"\b"
    return re.search(member, world.source.code()) is not None
