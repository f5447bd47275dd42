"""What limits a claim: "on entry", "until we drop it", "unless …", "if …"."""

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
_LIMITS = {
    name: re.compile(rf"\b(?:{words}){_REST}", re.IGNORECASE)
    for name, words in (
        ("until", "until|till"),
        (
            "unless",
            r"unless|except(?: when| if| for| that)?|other than|or (?=before|after|if|when)",
        ),
        ("condition", "if|when|whenever|in case|provided(?: that)?|as long as"),
    )
}
_PLACE = re.compile(
    r"\bin the (?P<words>(?:[\w-]+ ){0,3}(?:path|case|mode|handler|loop|section))\b", re.IGNORECASE
)


def scope_of(quote: str, rest: str) -> Scope:
    """The scope that a claim's own words and those up to the end of its sentence give it."""
    words = " ".join(f"{quote} {rest}".split())
    found = {name: limit.search(words) for name, limit in _LIMITS.items()}
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
