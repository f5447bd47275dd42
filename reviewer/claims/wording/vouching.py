"""What the words around a bare name say of it: a thing of code, a label, an idea."""

from __future__ import annotations

import re

from reviewer.claims.model import Claim

_NOUN = (
    r"(?:function|macro|helper|routine|callback|variable|flag|field|member|constant|counter|option"
    r"|handler|hook|method|structure|struct|tracepoint|sysctl)"
)
_NOUN_AFTER = re.compile(rf"[\"'`]?\s+(?!struct\s+\w){_NOUN}\b(?!\s+(?:would|could|might))|\[\]")
_CODE_AFTER = re.compile(r"\s+code\b(?!\s+(?:would|could|might))")
_NOUN_BEFORE = re.compile(rf"\b{_NOUN}s?(?: of)?(?!\s*\n[\s*]*\n)\s*[\"'`]?\Z", re.I)
_VERB_BEFORE = re.compile(
    r"(?:\bcall(?:s|ed|ing)?(?: (?:by|from|in|to|via|through))?|\bvia|\bagainst"
    r"|\brac(?:e|es|ing) (?:with|against)|\b(?:in|de)crements?|\bbumps?"
    r"|\bset(?:s|ting)?|\bclear(?:s|ing)?|->\w+(?: lock)?\s*\((?:\w+, )*)\s*[\"'`]?\Z",
    re.I,
)
_POINTED_AT = re.compile(
    r"\bsee(?: also)?(?: (?:the )?(?:(?:\w+ )?comments?|description|discussion|explanation|notes?)"
    r" (?:on|in|at|of|for|above|before|to))? ?[\"'`]? ?\Z",
    re.I,
)
_CALLED = re.compile(
    r"(?:\bcall(?:s|ing)?|\bcalled (?:by|from|via|through)|\bvia) [\"'`]? ?\Z", re.I
)
_WORDS_OF_CODE = 3
_AROUND = 4000
"""Letters on either side: a comment of 100 kB must not be read again for each of its names."""
_COLUMNS = re.compile(
    r"^[\s*]*(?:CPU ?|(?:task|thread|process) )(?:0|1|a|x)\b.{2,60}"
    r"(?:CPU ?|(?:task|thread|process) )(?:1|2|b|y)\b",
    re.I | re.M,
)


def is_vouched_for(claim: Claim) -> bool:
    """True if the words around a bare name say that it is one of code: "the foo_bar flag".

    For a name of three words and more it is enough that something is done to it ("set", "race
    with"), or that the comment gives the same name to a file of /sys.
    """
    text = claim.comment.text
    before = text[max(0, claim.start - 60) : claim.start]
    if _NOUN_AFTER.match(text, claim.end) or _NOUN_BEFORE.search(before):
        return True
    if _CODE_AFTER.match(text, claim.end) and before.lower().endswith("the "):
        return True
    name = claim.object.name if claim.object is not None else ""
    if len([part for part in name.split("_") if part]) < _WORDS_OF_CODE:
        return False
    if is_pointed_at(claim):
        return True
    if f"/{name}" in text and re.search(rf"/(?:sys|proc)/\S*/{re.escape(name)}\b", text):
        return True
    return _VERB_BEFORE.search(before) is not None


def is_pointed_at(claim: Claim) -> bool:
    """True if the reader is sent there: "see the comment in foo_bar"."""
    before = claim.comment.text[max(0, claim.start - 60) : claim.start]
    return _POINTED_AT.search(" ".join(before.split()) + " ") is not None


def is_called(claim: Claim) -> bool:
    """True if the words before a bare name call it: "you must call foo_bar", "called from foo"."""
    before = claim.comment.text[max(0, claim.start - 60) : claim.start]
    return _CALLED.search(" ".join(before.split()) + " ") is not None


def called_a(claim: Claim) -> str:
    """What the words call a bare name: ``function``, ``flag``, ``struct`` …; '' for nothing."""
    text = claim.comment.text
    found = _NOUN_AFTER.match(text, claim.end) or _NOUN_BEFORE.search(
        text[max(0, claim.start - 60) : claim.start]
    )
    said = re.search(_NOUN, found[0], re.I) if found else None
    return said[0].lower().replace("structure", "struct") if said else ""


_MIXED = re.compile(r"[a-z]_[^\Wa-z_]")
"""A word of a name in lower case before one that is not."""


def stands_for_many(claim: Claim, name: str) -> bool:
    """True if a word of a macro's name is a placeholder: ``SEQ_LOCKNAME`` by ``seq_LOCKNAME_t``."""
    return _MIXED.search(claim.comment.text) is not None and any(
        re.search(rf"[a-z]_{part}(?:_[a-z]|\b)", claim.comment.text) is not None
        for part in name.split("_")
        if len(part) > 3 and part.isupper()
    )


def said_in_words(claim: Claim, name: str) -> bool:
    """True if the comment has the words of a name as plain words too: "the local handler"."""
    parts = [part.lower() for part in name.split("_") if part]
    if len(parts) < 2:
        return False
    lowered = _around(claim).lower()
    if not all(lowered.count(part) > 1 for part in parts):
        return False  # each part stands in the name itself, and once more as a word
    words = r"\s+".join(map(re.escape, parts))
    return re.search(rf"\b{words}\b", lowered) is not None


def in_a_race(claim: Claim) -> bool:
    """True if a comment draws what two CPUs or tasks do side by side, in names and free words."""
    return _COLUMNS.search(_around(claim)) is not None


def _around(claim: Claim) -> str:
    """As much of the comment around a mention as the longest comments of the kernel have."""
    first, last = max(0, claim.start - _AROUND), claim.end + _AROUND
    return claim.comment.text[first:last]


def is_label(claim: Claim) -> bool:
    """True if a bare name is in double quotes, or all that a comment inside a function says.

    The one is an idea, the other a part of a protocol that the next statement is about.
    """
    comment = claim.comment
    text = comment.text
    if text[max(0, claim.start - 1) : claim.start] == '"' == text[claim.end : claim.end + 1]:
        return not is_vouched_for(claim)
    return bool(comment.anchor.function) and text.strip() == claim.quote
