"""What limits a claim: "on entry", "until we drop it", "unless …", "if …", "or before …"."""

from __future__ import annotations

import re

from reviewer.claims.model import ANYWHERE, Scope, When

_ENTRY = re.compile(
    r"\bon (?:function )?(?P<moment>entry|exit|return|entrance)\b"
    r"(?P<both> (?:and|or) (?:on )?(?:exit|return|entry))?",
    re.IGNORECASE,
)
_THROUGHOUT = re.compile(
    r"\b(?:throughout|at all times|across the (?:whole )?call)\b", re.IGNORECASE
)
_REST = r"\s(?P<words>[^.;]{3,120})"
_CALL = r"(?:call|enter|invok)(?:ed|ing)?"
_ITSELF = r"(?:this|the|it|us)(?: (?:\w+ )?(?:function|routine|helper|macro|method))?|\w+\(\)"
_CALLING = (
    rf"(?! (?:(?:(?:you |we |the caller )?(?:are |is |being )?{_CALL}(?: (?:{_ITSELF}))?"
    rf"|(?:{_ITSELF}) (?:is |gets )?{_CALL}|doing so)(?=\s*(?:[.,;:)]|\Z| with | under ))"
    r"|(?:you |we |the caller )?(?:are |is |being )?(?:reading|accessing|modifying|using)))"
)
"""The call itself is no condition; "when this is called from a timer" is one."""
_LIMITS = {
    name: re.compile(rf"\b(?:{words}){_REST}", re.IGNORECASE)
    for name, words in (
        ("until", "until|till"),
        (
            "unless",
            r"unless|except(?: when| if| for| that)?|other than|or(?= before| after| if| when)",
        ),
        (
            "condition",
            rf"(?:if|when|whenever|in case|provided(?: that)?|as long as){_CALLING}",
        ),
    )
}
_CLAUSE = re.compile(r",? (?:so|because|since|which|but|as|in order|therefore)\b|, (?:and|we|it)\b")
"""Where another statement begins: its conditions are its own."""
_PLACE = re.compile(
    r"\bin the (?P<words>(?:[\w-]+ ){0,3}(?:path|case|mode|handler|loop|section))\b", re.IGNORECASE
)
_EITHER = re.compile(r"\b(?:either|any of|one of|at least one of|optionally)\b", re.IGNORECASE)
_OR = re.compile(
    r"[^.;:]{0,24}?\s?(?:,? or (?!else\b|not\b|so\b)|\s?(?<!\bw)/\s?)(?P<other>[^.;]{2,80})",
    re.IGNORECASE,
)
_OR_INSIDE = re.compile(r"\bor\b|[\w)]\s?(?<!\bw)/\s?[\w(]", re.IGNORECASE)
_BOTH = re.compile(r"\A[^.;]{0,40}\bdoesn't matter\b", re.IGNORECASE)


def scope_of(quote: str, rest: str) -> Scope:
    """The scope that a claim's own words and those up to the end of its sentence give it."""
    words = " ".join(f"{quote} {rest}".split())
    found = {name: limit.search(words) for name, limit in _LIMITS.items()}
    condition = found["condition"]
    if condition is not None and _CLAUSE.search(words, len(quote), condition.start()):
        found["condition"] = None
    moment = _ENTRY.search(words)
    when = When.UNSAID
    if (moment and moment["both"]) or _THROUGHOUT.search(words):
        when = When.THROUGHOUT
    elif moment:
        when = When.EXIT if moment["moment"].lower() in {"exit", "return"} else When.ENTRY
    place = _PLACE.search(words)
    if when is When.UNSAID and not place and not any(found.values()):
        return ANYWHERE
    said = {name: match["words"].rstrip(" ,)") if match else "" for name, match in found.items()}
    return Scope(
        when, said["until"], said["unless"], said["condition"], place["words"] if place else ""
    )


def other_choice(before: str, quote: str, rest: str) -> str | None:
    """The words of what would do as well as what a claim names; None if nothing would.

    ``before`` and ``rest`` are the sentence around the claim. "" if the words say that there is
    a choice, but not of what: "any of", a list of which the claim names a part.
    """
    after = " " + " ".join(rest.split())
    if _BOTH.match(after):
        return None
    behind = _OR.match(after)
    if behind is not None and not _CLAUSE.search(after, 0, behind.start("other")):
        return behind["other"].rstrip(" ,)")
    if _OR_INSIDE.search(quote) or _EITHER.search(quote) or _EITHER.search(before[-40:]):
        return ""
    return None
