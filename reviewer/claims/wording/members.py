"""Words for the member or variable that a comment stands over, where it is not named."""

from __future__ import annotations

import re

from reviewer.claims.model import Claim

_FIRST = r"(?:(?:all|any|every|of|the|this|these|that|only|both|concurrent|read|write) )*"
_DOING = r"access(?:es)?|assignments?|reads?|writes?|writing|updates?|modifications?|changes?"
_WHAT = r"fields?|members?|variables?|lists?|pointers?|flags?|counters?|values?"
_TWO = r"two|three|four|five|six|few|couple"
_ITSELF = re.compile(
    rf"{_FIRST}(?:(?:{_DOING})(?: to)?"
    rf"(?: (?:it|them|this|these|that|the)(?: (?:{_WHAT}))?)?(?: also)?"
    rf"|(?:(?:{_TWO}|remaining|other) )*(?:{_WHAT})(?: below)?|it|them"
    rf"|(?:following|next)(?: (?:{_TWO}))?(?: (?:{_WHAT}))?)"
    r"|(?:all|both|each|any) of (?:these|them)",
    re.I,
)


_SEVERAL = re.compile(
    r"\b(?:following|next|these|them|both|(?:field|member|variable|list|pointer|flag|counter|value)s)\b",
    re.I,
)


def is_the_described(claim: Claim) -> bool:
    """True for "access to it", "the following fields", "this list" in the place of a name.

    Of several that follow, the first is the one that the comment stands over.
    """
    words = " ".join(claim.subject.text.split())
    return claim.subject.concept == "data" and _ITSELF.fullmatch(words) is not None


def are_several(claim: Claim) -> bool:
    """True where such words speak of more than one: "the following", "the next two"."""
    return is_the_described(claim) and _SEVERAL.search(claim.subject.text) is not None
