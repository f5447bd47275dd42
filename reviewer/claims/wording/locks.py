"""Locks in words: held when, taken, given up, and what one is for."""

from __future__ import annotations

import re

from reviewer.claims.folding import Lines
from reviewer.claims.lock_names import lock_name
from reviewer.claims.model import ANYWHERE, Claim
from reviewer.claims.wording.near import sentence_around, sentence_near
from reviewer.source.model import CommentBlock

_LOCK = re.compile(r"lock|mutex|sem\b", re.I)
_TAKES = re.compile(r"\b(?:tak(?:e|es|ing)|acquir(?:e|es|ing)|grabs?|grabbing)\b", re.I)
_IS_TAKEN = re.compile(r"\b(?:is|are) (?:taken|acquired|grabbed)\b", re.I)
_AVOIDS = re.compile(r"\bavoid(?:s|ing)?\b", re.I)
_GIVES_UP = re.compile(r"\b(?:drop|releas|unlock|giv\w+ up|let\w* go)", re.I)
_HELD = re.compile(r"\b(?:hold|holds|holding|held|locked)\b", re.I)
_NOT_NOW = re.compile(
    r"\b(?:will|until|was|were|before|again|after|then|once|when|could|if)\b", re.I
)
_EXCLUSIVE = re.compile(
    r"\bwrit(?:e|ing)[- _]?(?:lock|mode|access|side|held)|\b(?:for|in) writ(?:e|ing)\b"
    r"|\bwriters?\b|\bexclusive(?:ly)?\b|\(writ(?:e|ing)\)",
    re.I,
)
_SHARED = re.compile(r"\bread(?!y)|\bshared\b", re.I)
_LEFT_HELD = re.compile(r"\b(?:held|holding|locked|hold)\b", re.I)
_FREE = re.compile(r"\b(?:releas\w+|dropp?\w*|unlock\w+|free)\b", re.I)
_SOMETIMES = re.compile(
    r"\b(?:if|when|unless|on (?:success|error|failure)|success\w*|fail\w*|error|may|might|either"
    r"|otherwise|non-?zero|zero|true|false|NULL|case)\b",
    re.I,
)
_AGAIN = r"re-?(?:acquir|tak|grab|lock|get|obtain)\w*"
_DROPS = r"(?:releas|drop|unlock)(?:s|es|ing)?(?: (?:it )?temporarily)?"
_BEFORE = re.compile(
    rf"\b{_DROPS}(?: and(?: then)?| then|, ?(?:and |then )?| ?/) ?{_AGAIN} (?:the )?[\W_]*\Z", re.I
)
_OPENS = re.compile(
    rf"(?:\A|[.,;:(] |\band |\bit |\bmay |\bwill |\bto ){_DROPS} (?:the )?\W*\Z", re.I
)
_CLOSES = re.compile(rf"\W{{0,3}}\s?(?:lock )?(?:and|then|,)(?: then)? {_AGAIN}", re.I)
_ELSE = re.compile(r"\b(?:not|never|without|n't|callers?|must|should|callbacks?)\b", re.I)
_WORD = re.compile(r"[A-Za-z]+[A-Za-z0-9]*")
_SAY_NOTHING = re.compile(
    r"a|an|the|this|that|these|those|of|to|in|on|at|by|for|from|with|and|or|not|is|are|be"
    r"|its|it|their|our|all|any|each|every|other|another|between|across|against|during"
    r"|while|when|which|access|accesses|accessing|accessed|concurrent|concurrently"
    r"|simultaneous|parallel|multiple|various|several|current|future|data|struct|structure"
    r"|object|operation|operations|lock|locks|locking|mutex|spinlock|semaphore|serialize"
    r"|serialise|serializes|serialises|protect|protects|protecting|guard|guards|used|use"
    r"|uses|using|user|device|driver|via|shared|same|internal|only|also|both|read|reads"
    r"|write|writes|reading|writing|change|changes|update|updates|updating|ensure|ensures"
    r"|member|members|field|fields|previous|following|above|below|some|certain|related"
    r"|modification|modifications|concurrency|exclusive|mutual|mutually|rest|stuff"
)
"""Words that tell no lock from another."""


def speaks_of_lock(claim: Claim) -> bool:
    """True if a word of the claim is one for a lock."""
    return _LOCK.search(claim.quote) is not None


def mode_of(claim: Claim) -> str:
    """``read`` or ``write`` where the claim, or the words behind it, say how the lock is held."""
    words = f"{claim.quote} {re.split('[.;,]', sentence_near(claim, 40)[1])[0]}"
    if claim.get("mode") or _SHARED.search(words):
        return claim.get("mode")
    return "write" if _EXCLUSIVE.search(words) else ""


def says_taken(claim: Claim) -> bool:
    """True for "take", "acquire", "grab"."""
    return _TAKES.search(claim.quote) is not None


def says_is_taken(claim: Claim) -> bool:
    """True for "take" and, as of a lock that the code below takes, "is taken"."""
    return says_taken(claim) or _IS_TAKEN.search(claim.quote) is not None


def says_avoided(claim: Claim) -> bool:
    """True for "avoid taking other locks": one must not, which is not that one need not."""
    return _AVOIDS.search(claim.quote) is not None


def says_given_up(words: str) -> bool:
    """True for "drop", "release", "let go"."""
    return _GIVES_UP.search(words) is not None


def says_held_now(claim: Claim) -> bool:
    """True if the words say that a lock is held, and their sentence is of no other moment."""
    text = claim.comment.text
    end = text.find(".", claim.end)
    sentence = text[text.rfind(".", 0, claim.start) + 1 : end if end >= 0 else len(text)]
    return _HELD.search(claim.quote) is not None and _NOT_NOW.search(sentence) is None


_NOT_HELD = re.compile(
    r"\b(?:not|n't|never|no longer|neither) (?:(?:be|yet|currently|actually|even|now|any ?more) )*"
    r"(?:hold|holding|held|have|under)\b",
    re.I,
)
_OF_A_DEED = re.compile(
    r"\b(?:while|whilst|because|since|as|so that|without|why|whether|across|over|during|for|longer"
    r"|until|till)\b",
    re.I,
)
_BEGINS = re.compile(
    r"\W*(?:(?:note|that|so|and|but|now|here|also|still|currently|at this (?:point|place|time))\b,?"
    r"\s*)*(?P<who>we\b)?(?:the )?",
    re.I,
)
_ENDS = re.compile(
    r"\s*(?:(?:here|now|yet|any ?more|currently|at this (?:point|place|time))\b\s*)*(?:[.;:]|\Z)",
    re.I,
)


def says_free_now(claim: Claim) -> bool:
    """True for "we do not hold X here" and "X is not held", as a sentence that says no more.

    "Make sure that", "on entry", "for this" and "in feed()" are of another place or moment, or ask;
    "do not hold X" is an order, and of what comes.
    """
    text = claim.comment.text
    end = text.find(".", claim.end)
    sentence = text[text.rfind(".", 0, claim.start) + 1 : end if end >= 0 else len(text)]
    if _NOT_NOW.search(sentence) or _OF_A_DEED.search(sentence):
        return False
    before, after = sentence_around(claim)
    said = before + " ".join(claim.quote.split())
    opens = _BEGINS.match(said)
    assert opens is not None  # it may be empty
    lock = claim.object.text if claim.object is not None else ""
    plain = bool(opens["who"]) or (bool(lock) and said.startswith(lock, opens.end()))
    return plain and _NOT_HELD.search(claim.quote) is not None and _ENDS.match(after) is not None


_HERE = re.compile(
    r"\W*(?:(?:now|so|and|also|then|this|we|here|must|call|first) )*"
    r"(?:(?:dropp?|grabb?|(?:un)?lock)(?:s|ing)?|(?:releas|tak|acquir)(?:e|es|ing))\b.*",
    re.I | re.S,
)


def says_it_is_done_here(claim: Claim) -> bool:
    """True for "drops X" and "this takes X" that open their sentence and say no more.

    "We dropped X" is of what was done above, "finish(): drops X" is of finish(), and "this
    function" of the one around.
    """
    before, after = sentence_near(claim)
    head = re.split(r"[.;]\s", before)[-1]
    ends = (
        re.match(r"\W*(?:lock|mutex)?\W*(?:here|now)?\W*\Z", re.split(r"[.;]", after)[0])
        is not None
    )
    return ends and _HERE.fullmatch(f"{head}{claim.quote}") is not None


def says_of_holding(claim: Claim) -> bool:
    """True if the words are of a lock that is held, not of one that is taken or used."""
    return _OF_HOLDING.search(claim.quote) is not None


_OF_HOLDING = re.compile(
    r"\b(?:hold|holds|holding|held|locked|under|inside|outside|without)\b", re.I
)


def left_free(claim: Claim) -> bool:
    """True for "returns with X released", in a claim and the few words behind it."""
    return _FREE.search(_state(claim)) is not None


def left_held(claim: Claim) -> bool:
    """True for "returns with X held", "returns holding X", likewise."""
    return _LEFT_HELD.search(_state(claim)) is not None


def is_left_always(claim: Claim) -> bool:
    """True if the words speak of every way out of the function."""
    before, after = sentence_near(claim)
    near = f"{before.rpartition('. ')[2]}{claim.quote}{after.partition('. ')[0]}"
    return claim.scope == ANYWHERE and not _SOMETIMES.search(near)


def drops_and_takes_again(claim: Claim) -> bool:
    """True for "drops and re-takes X", said of what the code does and not of its callers."""
    before, after = sentence_near(claim)
    clause = re.split(r"[.;]\s", before)[-1]
    if not _BEFORE.search(clause) and not (_OPENS.search(clause) and _CLOSES.match(after)):
        return False
    return _ELSE.search(re.split(r", ", clause)[-1]) is None


def telling_words(text: str) -> frozenset[str]:
    """The words that tell what a lock is for from what others are for, in lower case."""
    parts = (part.lower() for word in text.split() for part in _WORD.findall(word))
    return frozenset(one for one in parts if len(one) > 1 and not _SAY_NOTHING.fullmatch(one))


def _state(claim: Claim) -> str:
    after = re.split(r"[.;,()]", sentence_near(claim, 40)[1])[0]
    return f"{claim.quote} {' '.join(after.split()[:4])}"


_DENIES = re.compile(r"\b(?:not|never|none|without)\b|n't\b", re.I)
_NO_LOCKING = re.compile(r"^[ \t*]*locking:[ \t]*(?:none|no locks?)[ \t]*\.?[ \t]*$", re.I | re.M)


def denies_something(text: str) -> bool:
    """True if a comment has a word of denial at all."""
    return _DENIES.search(text) is not None


def line_on_locking(comment: CommentBlock) -> int:
    """The line of a comment that says "Locking: none" and no more; 0 if there is none."""
    found = _NO_LOCKING.search(comment.text)
    return Lines(comment).line(found.start()) if found is not None else 0


def locks_said(claim: Claim) -> frozenset[str]:
    """The locks that a claim's own words name: "hold pond_lock to keep f() out"."""
    return frozenset(lock_name(one) for one in _SPELLED.findall(claim.quote) if lock_name(one))


_SPELLED = re.compile(r"[A-Za-z_]\w*_\w+(?![\w(])")
"""Names of two words; what is called is no lock but takes one."""


_ALL_PLACES = re.compile(
    r"\b(?:only(?: ever)?|always|never)\b (?:\w+ ){0,2}?(?:accessed|changed|modified|mutated|read"
    r"|set|touched|updated|used|walked|written)\b"
    r"|\b(?:all|any|every)(?: other)? (?:access|change|modification|read|update|use|write)\w*\b",
    re.I,
)


def is_of_all_places(claim: Claim) -> bool:
    """True for "is only ever accessed under the lock": no one place shows that."""
    return _ALL_PLACES.search(" ".join(claim.quote.split())) is not None


def is_of_another_path(claim: Claim) -> bool:
    """True for "the regular RX path uses foo_lock": what stands here is another path."""
    return _ANOTHER_PATH.match(" ".join(claim.quote.split())) is not None


def is_kept_out_of(claim: Claim) -> bool:
    """True for "is never freed inside foo_lock": it is what is not done with the lock held."""
    return _KEPT_OUT_OF.search(" ".join(claim.quote.split())) is not None


def is_done_without(claim: Claim) -> bool:
    """True for "we use the folio lock instead of foo_lock": another one does what it would."""
    if claim.object is None or not claim.object.text:
        return False
    lock = re.escape(" ".join(claim.object.text.split()))
    said = rf"\b(?:instead of|rather than|in place of) (?:the |an? )?{lock}(?!\w)"
    return re.search(said, " ".join(claim.quote.split()), re.I) is not None


_KEPT_OUT_OF = re.compile(
    r"\b(?:never|not|no|cannot)\b.{0,60}\b(?:inside|within)\b|\boutside\b", re.I
)
_ANOTHER_PATH = re.compile(
    r"(?!(?:this|that|our|these|here)\b)(?:\w+ ){1,4}(?:path|side|thread|handler|worker)s? "
    r"(?:uses?|takes?|holds?|runs? (?:under|with)"
    r"|(?:is|are) (?:under|protected by|serialized by))\b",
    re.I,
)
_LOCKLESSLY = re.compile(r"\w\(\) (?:\w+ly\b|(?:can|may|does|is|are|will)\b)")
_SAYS = re.compile(r"(?:can|may|could|might|does|do|is|are|will|must|should)\b", re.I)
_ITSELF = re.compile(
    r"(?:\A|[.:;,(]|\(\)|\b(?:and|but|callback|function|handler|helper|here|it|macro|one|or|routine|so"
    r"|that|this|version|we|which|you))\W*\Z",
    re.I,
)


def is_done_by_another(claim: Claim) -> bool:
    """True if a noun stands before the verb that a claim begins with, "the keeper can …", or the
    claim names the function: "rcu_barrier() locklessly samples"."""
    if _LOCKLESSLY.search(" ".join(claim.quote.split())) is not None:
        return True
    before, _ = sentence_around(claim)
    return _SAYS.match(claim.quote) is not None and _ITSELF.search(before) is None
