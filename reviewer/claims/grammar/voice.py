"""Who does what a verb says, and whether a frame is met in this voice, mood and tense."""

from __future__ import annotations

from collections.abc import Sequence

from reviewer.claims.grammar.clauses import texts
from reviewer.claims.grammar.frames import Frame
from reviewer.claims.grammar.verbs import Verb
from reviewer.claims.grammar.words import ADVERB, BE, DETERMINER, Token, word_set
from reviewer.claims.model import Kind

_CALLERS = word_set(
    """
    caller callers user users driver drivers you caller's calling consumer consumers
    """
)
_WE = frozenset({"we", "i"})
_CODE = word_set(
    """
    this it function routine helper macro call that which they these
    """
)
_CODES = word_set("functions routines helpers callbacks handlers hooks")
"""Of several it is said how they are called; what else they do is of them, not of one."""
_STATES = frozenset({Kind.REQUIRES, Kind.SERIALIZED})
_AT_WHICH = word_set("after before when once until till while if as where unless")
_DID = word_set("held dropped released unlocked")
_COMES = frozenset({"get", "gets"})
_WANTED = word_set(
    "expects expect expected requires require assumes assume needs need guaranteed"
    " meant intended supposed assumed"
)
"""Words of which a passive infinitive says what they ask for: "expects a and b to be held"."""
_LEADS = frozenset({"", ",", "and", "or", "to", "then", "always", "only", "they"}) | _CALLERS | _WE
"""Words before a verb in its base form that make it an imperative, or what somebody does."""
_SPEAKERS = {
    "any": {"", "we", "caller", "code", "other"},
    "caller": {"", "we", "caller"},
    "callers": {"caller"},
    "others": {"other"},
    "we": {"we"},
    "code": {"", "we", "code"},
}
"""Actors that a frame's speaker may be."""
_MEANWHILE = word_set("while whilst when before during for")
_THEN = frozenset({",", "and", "but"})
_OF_CODE = word_set("called must should needs requires takes returns expects assumes runs")
"""First words of a clause that speaks of the code without naming it."""
_WHILE = frozenset({"while", "when", "if"})
_RELATIVE = frozenset({"which", "that", "who"})
_KINDS_OF_CODE = word_set(
    """
    function functions routine routines helper helpers macro macros variant version method methods
    callback callbacks handler handlers hook hooks wrapper code path paths interface operation
    part section one ones those work
    """
)
"""Nouns that a relative clause behind them may call, hold or let sleep in the code's stead."""
_OF_DATA = word_set("used accessed")
_PRONOUNS = word_set("this that these those both all")
_OF_NOUNS = DETERMINER - _PRONOUNS
"""Words before a noun: what follows is no verb."""


def names_code(token: Token) -> bool:
    """True for a word that code is called by, and for what may stand between it and its verb."""
    if token.term is not None:
        return token.sort == "func"
    words = _CODE | _CODES | _KINDS_OF_CODE | _CALLERS | _WE | ADVERB | BE
    return token.text in words or token.text in {"and", "or", "but", "who", "also"}


def actor_of(tokens: Sequence[Token], begin: int, verb: Verb) -> str:
    """Who does it, read from the subject or from "by the caller" behind a passive.

    ``caller``, ``we``, ``code``, ``other`` or ''.
    """
    words = {token.text for token in tokens[begin : verb.start]}
    if verb.passive or verb.form == "past":
        after = [token.text for token in tokens[verb.end : verb.end + 5]]
        if "by" in after and _CALLERS & set(after):
            return "caller"
    if words & _CALLERS:
        return "caller"
    if _provided(tokens, begin, verb.start):
        return "caller"
    if words & _WE:
        near = verb.start - 1
        while near > begin and tokens[near].text in ADVERB:
            near -= 1
        if near >= begin and tokens[near].text in {"it", "they"}:
            return "other"  # "we let the waiter see that it has the lock"
        return "we"
    if not any(
        t.term or (t.text[0].isalpha() and t.text not in ADVERB) for t in tokens[begin : verb.start]
    ):
        return ""
    joined = verb.start > begin and tokens[verb.start - 1].text in {"and", ","}
    if joined and (verb.modal or verb.negated):
        return ""
    if verb.form == "third" and tokens[verb.start - 1].text in _THEN and _elliptic(tokens, begin):
        return ""
    called = "call" in verb.classes and words & _CODES
    if called or words & _CODE or (verb.start and tokens[verb.start - 1].sort == "func"):
        return "code"
    return "other"


def _provided(tokens: Sequence[Token], begin: int, at: int) -> bool:
    """True for "they" of "may run concurrently, provided they hold foo_lock"."""
    if at < begin + 2 or tokens[at - 1].text != "they":
        return False
    lead = [token.text for token in tokens[max(begin, at - 3) : at]]
    return lead[-2:] == ["provided", "they"] or lead == ["provided", "that", "they"]


def _elliptic(tokens: Sequence[Token], begin: int) -> bool:
    """True for a clause that leaves out its subject: "Called with a held, drops it"."""
    return tokens[begin].text in _OF_CODE or tokens[begin].sort == "context"


def is_voiced(frame: Frame, verb: Verb, tokens: Sequence[Token], begin: int, actor: str) -> bool:
    """True if the verb is said as the frame wants it: voice, mood, denial, and by whom."""
    previous = tokens[verb.start - 1].text if verb.start > begin else ""
    if not frame.subject and frame.speaker != "others" and _of_another(tokens, verb):
        return False
    if verb.end == verb.start + 1 and previous in _OF_NOUNS:
        return False
    if frame.verb == "call" and _describes(tokens, begin, verb):
        return False
    if verb.passive and not verb.modal and frame.kind in _STATES:
        if previous == "to" and _only_named(tokens, begin, verb):
            return False  # "the lock to be taken"
        comes = frame.verb != "call" and tokens[verb.start].text in _COMES
        if comes or (frame.verb == "lock" and actor != "caller" and _been(tokens, verb)):
            return False  # "the rate gets locked", "how often it has been locked"
    passive = verb.passive or (verb.form == "past" and not verb.modal and not verb.perfect)
    if passive and frame.verb in {"hold", "drop"} and frame.voice == "active":
        said = previous in _WE | _CALLERS and tokens[verb.start].word in _DID
        if verb.start == 0 or (said and not _WHILE & {t.text for t in tokens[begin : verb.start]}):
            passive = verb.passive  # "held foo_lock the whole time", "we held it"
    if verb.form == "base" and not verb.modal and not verb.negated:
        plural = previous in _CODES if frame.verb == "call" else frame.speaker == "others"
        plural = plural and previous.endswith("s")
        if previous not in _LEADS and not plural:
            return False
        if frame.speaker == "others" and previous == ",":
            return False  # "x is too large, send IPI": an imperative, which nobody else is told
        if previous == "to" and actor != "caller":
            return False
    charged = previous == "for" and "responsible" in {t.text for t in tokens[begin : verb.start]}
    if verb.form == "ing" and not verb.modal and not _progressive(tokens, verb) and not charged:
        return frame.verb == "assume" and not actor
    match frame.voice:
        case "active":
            if passive or (verb.form == "past" and verb.passive):
                return False
        case "passive":
            if not passive or (frame.plain and not verb.passive and not frame.subject):
                return False
        case "third":
            if verb.form != "third" or verb.modal or actor not in {"", "code"}:
                return False
    if frame.speaker == "others" and previous in {"who", "that", "which", "someone", "anyone"}:
        return False  # "someone who holds the lock" is nobody in particular
    if frame.concept == "may-sleep" and previous in {"that", "which"} and verb.start - begin > 1:
        return False  # "calls functions that may sleep": those do
    if frame.concept == "may-sleep" and actor in {"code", "we"} and _other_noun(tokens, verb):
        return False  # "the rule that polls should not sleep": they do not
    if frame.modal == "must" and verb.modal not in {"must", "need"} and not charged:
        return False
    if frame.modal == "perfect" and (verb.modal or verb.negated or not verb.perfect):
        return False
    if frame.modal == "said" and (verb.modal or verb.negated or _is_a_moment(tokens, verb)):
        return False
    if frame.modal == "will" and (verb.modal != "will" or actor != "code"):
        return False
    if frame.negated is Kind.EXCLUDES and not verb.never:
        return False
    if frame.negated is Kind.NEEDS_NONE and frame.verb == "take" and verb.never:
        return False  # "the lock cannot be taken here" does not say that none is needed
    if frame.modal == "never" and not (verb.never or (verb.negated and verb.modal == "must")):
        return False
    if frame.verb == "call" and verb.form == "third" and not passive:
        end = verb.end + 2 * _this_function(tokens, verb.end)
        nearby = {token.text for token in tokens[end : end + 2]}
        if not nearby & frame.via:
            return False
    lets = verb.modal == "may" and not frame.lets and frame.kind not in {Kind.IMPLIES, Kind.NESTS}
    if lets and not is_only(tokens, verb):
        return frame.negated in {Kind.FORBIDS, Kind.EXCLUDES, Kind.ORDERS}
    return actor in _SPEAKERS[frame.speaker]


def _other_noun(tokens: Sequence[Token], verb: Verb) -> bool:
    """True if a noun that is no word for code stands right before a verb."""
    noun = tokens[verb.start - 1] if verb.start else None
    if noun is None or not noun.text.isalpha() or names_code(noun):
        return False
    if noun.text in {"better", "such"} or noun.text.endswith("ly"):
        return False  # "so it better not sleep"
    return "this" not in {token.text for token in tokens[max(0, verb.start - 3) : verb.start - 1]}


def _this_function(tokens: Sequence[Token], at: int) -> bool:
    """True for the object of "the driver calls this function with foo_lock held"."""
    words = [token.text for token in tokens[at : at + 2]]
    return words[:1] == ["this"] and words[-1] in _CODE | {"method", "callback"} and len(words) > 1


def _describes(tokens: Sequence[Token], begin: int, verb: Verb) -> bool:
    """True for "the time used in the handler", which describes a thing, and "used to signal it".

    What is called, run or entered is code; what is used or accessed is data, unless it is named
    as code.
    """
    if tokens[verb.end - 1].text not in _OF_DATA:
        return False
    if verb.end < len(tokens) and tokens[verb.end].text == "to":
        return True
    if verb.passive or verb.modal or verb.form != "past" or verb.start <= begin:
        return False
    noun = tokens[verb.start - 1]
    if noun.term is not None:
        return noun.sort != "func"
    code = _KINDS_OF_CODE | _CODES | _CODE | _CALLERS | _WE | ADVERB | DETERMINER
    return noun.text.isalpha() and noun.text not in code | {"and", "or", "but", "not"}


def _is_a_moment(tokens: Sequence[Token], verb: Verb) -> bool:
    """True for "after we drop foo_lock", which only says when."""
    return bool(texts(tokens, max(0, verb.start - 3), verb.start) & _AT_WHICH)


def _only_named(tokens: Sequence[Token], begin: int, verb: Verb) -> bool:
    """True if a passive infinitive only says which one: "the lock to be taken"."""
    if verb.start - 1 <= begin or texts(tokens, begin, verb.start) & _WANTED:
        return False
    return verb.end >= len(tokens) or tokens[verb.end].text not in _MEANWHILE


def _been(tokens: Sequence[Token], verb: Verb) -> bool:
    return any(token.text == "been" for token in tokens[verb.start : verb.end])


def _of_another(tokens: Sequence[Token], verb: Verb) -> bool:
    """True for "input_event() which is called from …" and "the count of clocks that may sleep"."""
    at = verb.start - 1
    while at > 0 and tokens[at].text in ADVERB | BE:
        at -= 1
    if at < 1 or tokens[at].text not in _RELATIVE:
        return False
    noun = tokens[at - 1]
    if noun.text in {",", "(", '"', "'"} and at > 1:
        noun = tokens[at - 2]
    if noun.sort == "func":
        return noun.term is not None
    if noun.text in _CALLERS:
        return False  # "all callers that get here hold foo_lock"
    return noun.text.isalpha() and noun.text not in _KINDS_OF_CODE and noun.text not in _CODE


def _progressive(tokens: Sequence[Token], verb: Verb) -> bool:
    return any(token.text in {"be", "is", "are"} for token in tokens[verb.start : verb.end])


def is_only(tokens: Sequence[Token], verb: Verb) -> bool:
    """True for "may only be called"."""
    around = tokens[verb.start : verb.end + 1]
    return any(token.text == "only" for token in around)
