"""Flags in words: whether the code around a comment is said to pass one."""

from __future__ import annotations

import re

from reviewer.claims.model import Claim
from reviewer.claims.wording.near import is_stated, sentence_around

_WE_PASS = re.compile(
    r"(?:\bwe(?: must| have to| need to)?(?: always| also| still| therefore)?"
    r"|(?:\A\W*|[.:;]\s+)(?:(?:always|also|here|so|must|therefore),? ){0,2})"
    r"\s*pass(?: in)?(?: down)?(?: (?:the|a|an))?(?: magic)?(?: flags?)?\s*\Z",
    re.I,
)
_LIST = r"(?:[A-Z][A-Z0-9]*_[A-Z0-9_]+(?:,? and |,? or |, ?| ?\| ?|\s+)?)+"
_ONLY = re.compile(
    r"\bonly (?:supports?|allows?|accepts?|uses?|takes?|handles?|understands?)\b"
    r"(?: the)?(?: flags?)? \Z",
    re.I,
)
_LISTED = re.compile(_LIST)
_VALUE = re.compile(r"\b(?:true|false|null)\b", re.I)
_STAYS_AWAKE = re.compile(r"(?:in_?)?atomic|no_?(?:wait|sleep|block)\w*|non_?block\w*", re.I)
_INVERTED = re.compile(
    r"\A\W*(?:whether|if|true (?:if|when)|set if|non-?zero if|1 if|can|may)(?: or not)?\s"
    r"(?:(?:this|the|we|it|caller|function|you)\s){0,2}(?:can\s|may\s|should\s)?"
    r"(?:is allowed to\s)?(?:sleep|block|wait)\b(?!\s*if\s+not)",
    re.I,
)
_MODE = re.compile(r"\b(?:1|true|non-?zero) means (?:blocking|sleeping|to wait|waiting)\b", re.I)
_PARAMETER = re.compile(r"@(\w+)\s*(?:[:-]|\s)\s*")
_NEXT_PART = re.compile(r"\n\s*@|\n\s*\n")
_FAR = 80
"""Letters before a claim in which the parameter that it describes is named."""
_SOMETIMES = re.compile(r"\b(?:only|just for|where|might|would|could|may be|is not|isn't)\b", re.I)


def we_pass_it(claim: Claim) -> bool:
    """True for "we pass FLAG", said of the code around without condition, denial or doubt."""
    return may_pass_it(claim) and is_stated(claim)


def may_pass_it(claim: Claim) -> bool:
    """True for "we pass FLAG", also "if" something is so."""
    before, after = sentence_around(claim)
    return _WE_PASS.search(before) is not None and not _SOMETIMES.search(f"{before} {after}")


def value_passed(claim: Claim) -> str:
    """What "use 'false' here" says that the call below is given, as C spells it."""
    found = _VALUE.search(claim.quote)
    return found[0].upper() if found and found[0].lower() == "null" else (found or [""])[0].lower()


def only_flags(claim: Claim) -> str:
    """The list that a flag right behind "only supports" begins, as it is written, or ''.

    That of a sentence with a condition, a denial or a doubt is none.
    """
    before, after = sentence_around(claim)
    if _ONLY.search(before) is None or not is_stated(claim):
        return ""
    found = _LISTED.match(f"{claim.quote}{after}")
    return found[0] if found is not None else ""


def said_to_let_sleep(claim: Claim) -> tuple[str, str]:
    """A parameter that by its name forbids sleeping, and words that say that it allows it."""
    text = claim.comment.text
    head = text.rfind("@", 0, claim.start + 1)
    if head == -1 or claim.start - head > _FAR:
        return "", ""
    found = _PARAMETER.match(text, head)
    if found is None or _STAYS_AWAKE.fullmatch(found[1]) is None:
        return "", ""
    said = " ".join(_NEXT_PART.split(text[found.end() :], maxsplit=1)[0].split())
    return (found[1], said) if _INVERTED.match(said) or _MODE.search(said) else ("", "")
