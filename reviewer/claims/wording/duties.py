"""Whose duty a lock or a context is, and at what moment of a call, in words."""

from __future__ import annotations

import re

from reviewer.claims.model import Claim
from reviewer.claims.wording.near import sentence_around, sentence_near

_ANOTHER = (
    r"(?:parent|child|source|target|dest\w*|old|new|other|peer|directory|dir|victim|both|src|dst"
    r"|next|prev|previous|remote|its|their|each|all|some|lower|upper|root|node's|appropriate"
    r"|corresponding|respective|nested)\b"
)
_OF_ANOTHER = re.compile(rf"\b{_ANOTHER}(?:'s)? (?:\S+ ){{0,2}}\Z", re.I)
_ON_ANOTHER = re.compile(
    rf"\A\S+ (?:(?:is|be|must|held|locked) )*(?:on|of|for) (?:the |a )?{_ANOTHER}", re.I
)
_HANDS_OVER = re.compile(
    r"\b(?:drop|releas|unlock|relinquish|acquir|return|exit|reacquir|retak|re-tak)\w*|\bon exit\b",
    re.I,
)
_OF_CALLERS = re.compile(r"\bcallers?\b[^.;]*\Z", re.I)
_ELSEWHERE = re.compile(
    r"\b(?:return(?:s|ed|ing)?|exit(?:s|ing)?|leav(?:e|es|ing)|without|neither|nor|not|never|no"
    r"|unless|callbacks?|handlers?|hooks?)\b|n't\b",
    re.I,
)
_OTHER_FUNCTION = re.compile(
    r"\b(?:the|an?|each|every|its|their|any) (?!same |present |current |following )(?:\w+ )?\w+ "
    r"(?:function|method|operation|routine|destructor|constructor)s?(?: \w+)?\s*\Z",
    re.I,
)
"""Words before a claim that speak of another function: "the release function will be called"."""
_WHOSE = re.compile(r"\bwhose (?:\w+ )?\Z", re.I)
"""Words before a claim on those who call something else: "a fish whose caller must hold"."""
_RELIES = re.compile(r"\b(?:rel(?:y|ies)|depends?) on\b", re.I)
_CALLED = re.compile(r"\b(?:call(?:s|ed|ers?|ing)?|ent(?:er|ers|ered|ry))\b", re.I)


_LET_GO = re.compile(
    r"\W{0,3}(?:lock |mutex )?(?:is |are |be |being )?"
    r"(?:not|never|released|dropped|unlocked|unheld|free|no longer)\b",
    re.I,
)


def perhaps_on_entry(claim: Claim) -> bool:
    """True unless the words speak of what is held on return, or by others."""
    before, after = sentence_around(claim)
    if _LET_GO.match(after):
        return False
    clause = before.rpartition("; ")[2]
    if _ELSEWHERE.search(clause) or _ELSEWHERE.search(claim.quote):
        return False
    if _OTHER_FUNCTION.search(clause) or _WHOSE.search(clause):
        return False
    return not _RELIES.search(claim.quote)


def on_entry(claim: Claim) -> bool:
    """True if the words say what the caller holds: not what is held on return, or by others."""
    if not perhaps_on_entry(claim):
        return False
    if claim.get("held_by") == "caller" or _BY_CALLER.match(sentence_near(claim, 40)[1]):
        return True
    return claim.get("force") == "must" or _CALLED.search(claim.quote) is not None


_BY_CALLER = re.compile(r"\s*(?:by|in) (?:the|our|its|all|every|each) callers?\b", re.I)


def others(claim: Claim, *, but_callers: bool = False) -> bool:
    """True if a sentence speaks of callbacks or of other functions than the one it documents.

    ``but_callers`` if a handler that is said to call it is none of these.
    """
    before, _ = sentence_around(claim)
    words = before.rpartition("; ")[2] + claim.quote
    if _OTHERS.search(_BY_A_HANDLER.sub(" ", words) if but_callers else words) is not None:
        return True
    said = " ".join(claim.comment.text[: claim.start].split()) + " "
    *_, last, own = ("", "", *re.split(r"[.;!?] ", said))
    return _IT.match(own + claim.quote) is not None and _ANOTHER_ONE.match(last) is not None


def by_a_handler(claim: Claim) -> bool:
    """True if it is a handler that is said to call: some run in a thread, or leave it to work."""
    before, _ = sentence_around(claim)
    return _BY_A_HANDLER.search(before + claim.quote) is not None


_IT = re.compile(r"\W*(?:it|they)\b", re.I)
_ANOTHER_ONE = re.compile(
    r"\W*(?:(?:the|an?|each|any|such) )?(?:@\w+ (?:function|routine|method)|(?:@?\w+ )?"
    r"(?:callback|handler|hook))s?\b",
    re.I,
)
"""How a sentence begins whose "it" in the next one is another function: "The @test function …"."""
_BY_A_HANDLER = re.compile(
    r"\b(?:from|by|in) (?:[\w'-]+ ){0,4}?(?:interrupts?|irqs?|softirqs?|timers?) handlers?\b", re.I
)
"""Who calls it, and no other function that the words would be about."""
_OTHERS = re.compile(r"\b(?:callbacks?|handlers?|hooks?|@\w+|return\w*)\b", re.I)


_SECTION = re.compile(
    r"\b(?:until|between|while|after|before|section|loop|iterat\w+|in the meantime|caller"
    r"|callers|during|afterwards|inside)\b",
    re.I,
)


def speaks_of_a_section(claim: Claim) -> bool:
    """True if the words are about code around or behind the call: until it is undone."""
    before, after = sentence_near(claim, 120)
    ended = claim.quote.rstrip().endswith((".", ";"))
    behind = "" if ended else re.split(r"[.;]\s", after)[0]
    sentence = re.split(r"[.;]\s", before)[-1] + claim.quote + behind
    return _SECTION.search(sentence) is not None


def singles_out(claim: Claim, name: str, *, strictly: bool = False) -> bool:
    """True if the words around a lock single out one of several objects: the parent's.

    ``name`` is what the lock is called today, which the comment need not say. ``strictly`` only
    the words of its own sentence.
    """
    before, after = sentence_around(claim) if strictly else sentence_near(claim)
    at = claim.quote.find(name)
    if at < 0 and claim.object is not None:
        at = claim.quote.find(claim.object.text)
    near = before + claim.quote[: max(at, 0)]
    behind = f"{claim.quote[max(at, 0) :]} {after}"
    return _OF_ANOTHER.search(near) is not None or _ON_ANOTHER.search(behind) is not None


def hands_over(claim: Claim) -> bool:
    """True if the comment may speak of a lock that the call takes, or gives up."""
    return _HANDS_OVER.search(claim.comment.text) is not None


def asks_callers(claim: Claim) -> bool:
    """True if it is the callers who are to serialize."""
    return _OF_CALLERS.search(sentence_near(claim)[0] + claim.quote) is not None
