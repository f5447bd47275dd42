"""What a comment says of a name in words: it defines it, misses it, has it from elsewhere."""

from __future__ import annotations

import re

from reviewer.claims.model import Claim

_BEFORE, _AFTER = 80, 60
_AROUND = 2000
"""Letters on either side in which a definition is looked for: most comments, but no 100 kB."""
_MISSING_BEFORE = re.compile(
    r"\b(?:do(?:es)?(?: not|n't) (?:exist|provide|have|define|offer|support)|lack(?:s|ing)?|missing"
    r"|there (?:is|are|will be) no|there (?:will|should) not be any"
    r"|no such|instead of the old|(?:took|taken|taking) away)\b"
    r"(?![^.;:]{1,28} (?:after|before|by|during|from|in|inside|via|within) [\"'`]?\Z)[^.;:]{0,30}\Z"
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
_HARDWARE = re.compile(r"\s+(?:pin|pad|ball|register|reg|signal|strap)s?\b")
"""What is said of a name that a data sheet has too; the code's own may well go."""
_WIDTH = re.compile(r":\d+(?:\s|\Z)")
"""What stands behind a field of a word that the comment draws: ``bits 0..7: nr_eels:8``."""
_ARGUMENT = re.compile(r"(?<!\S)--\w+[ =]\Z")
"""What stands before the option of a command line, which may be for other trees as well."""


def stands_apart(claim: Claim, name: str) -> bool:
    """True if the words alone show that the comment does not take the name for one of this code."""
    text = claim.comment.text
    return (
        defines_it(claim, name)
        or says_missing(claim)
        or _OTHER_TREE.match(text, claim.end) is not None
        or _is_elsewhere(claim)
        or _WIDTH.match(text, claim.end) is not None
        or _ARGUMENT.search(text, 0, claim.start) is not None
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


def _is_elsewhere(claim: Claim) -> bool:
    """True for the title of a section of a document, and for what the code below is a copy of."""
    text = claim.comment.text
    before = text[max(0, claim.start - _BEFORE) : claim.start]
    if _SECTION.search(before) is not None:
        return True
    return _COPY.search(before) is not None and _OUT_OF.match(text, claim.end) is not None


def is_in_an_entry(claim: Claim) -> bool:
    """True if the paragraph is an entry of a change log: dated at its head, or signed."""
    behind = claim.comment.text[claim.end : claim.end + _ENTRY_AT_MOST]
    return _DATED.search(_entry(claim)) is not None or _SIGNED.match(behind) is not None


def is_below_a_log(claim: Claim) -> bool:
    """True below a heading that says that a log follows, and in a paragraph with an address."""
    text = claim.comment.text
    behind = text[claim.end : claim.end + _ENTRY_AT_MOST]
    paragraph = _entry(claim) + re.split(r"\n[\s*]*\n", behind)[0]
    return _LOG.search(text, 0, claim.start) is not None or _ADDRESS.search(paragraph) is not None


def _entry(claim: Claim) -> str:
    """The paragraph up to the mention."""
    before = claim.comment.text[max(0, claim.start - _ENTRY_AT_MOST) : claim.start]
    return re.split(r"\n[\s*]*\n", before)[-1]


def is_called_hardware(claim: Claim) -> bool:
    """True for "the POND_CLK pin"."""
    return _HARDWARE.match(claim.comment.text, claim.end) is not None
