"""How a sentence means what it says: asserted, past, hypothetical, question, quoted …"""

from __future__ import annotations

import re
from functools import lru_cache

from ahocorasick_rs import AhoCorasick

from reviewer.claims.guarded import Guarded
from reviewer.claims.model import Modality

PREVIOUSLY = (
    r"(?:(?:been|was|were)[\s*]+previously|previously(?![\s*]+"
    r"(?:(?:return|allocat|obtain|acquir|creat|register|reserv|request|initiali[sz]|prepar|sav"
    r"|stor|fetch|queu|submit|pass|attach|mapp|fill|load|open|lock|fre)ed"
    r"|got|gotten|taken|set|read|written|built|sent)"
    r"[\s*]+(?:by|from|in|through|to|using|via|with)\b))\b"
)
"""What was so before; but "previously returned by foo()" tells what a call has done. The verbs are
of what one call does to a thing that another gets: "previously provided by foo()" is history."""
_PAST = Guarded(
    r"""
    (?<=[^\s*(]\ )(?<!\bis\ )(?<!\bare\ )(?<!\bbe\ )
      (?<!been\ )(?<!lock\ )(?<!only\ )(?<!when\ )(?<!,\ )
      \bused\ to\ (?!\w+ing\b)
      (?:be|have|do|pair|take|hold|call|rely|use|need|imply|require|send|run|get|guard|protect
        |prevent|live|work|sleep|block|disable|happen|serialize|allow|ensure|exist|wait)\b
  | \bin\ the\ past\b | \bformerly\b
  | \b%PREVIOUSLY% | \bhistorical(?:ly)?\b | \bonce\ upon\b
  | \bin\ older\ kernels\b | \bold(?:en)?\ (?:days|times)\b | \bback\ then\b | \boriginally\b
  | \bw(?:as|ere)\ (?:named|known\ as|removed|replaced|renamed|dropped)\b
  | \bw(?:as|ere)\ called\ (?=\W?(?:[\ue000-\uf8ff]|\w*(?:_\w|\()))
  | \b(?:is|are)\ now\ (?:missing|obsolete)\b
  | \bhas\ been\ (?:removed|replaced|renamed)\b | (?<!\bthe\ )\bformer\b | \brenamed\ (?:from|to)\b
  | \b(?:before|prior\ to)\ commit\b | \bsince\ commit\ [0-9a-f]{7}
  | \bbased\ on\ (?:\S+\ ){0,3}?(?:code|drivers?|work|implementation|version|original)\b
  | \b(?:copied\ from|taken\ from\ the\ original|stolen\ from|borrowed\ from|derived\ from
      |inspired\ by|cribbed\ from|adapted\ from|lifted\ from|ported\ from|originally\ from
      |moved\ from|split\ from)\b
    """.replace("%PREVIOUSLY%", PREVIOUSLY),
    re.VERBOSE,
)
_LAPSED = Guarded(
    r"\bno longer\b|\b(?:not|nothing|nobody|never|no one) (?:\w+ ){0,4}any ?more\b"
    r"|\bnot? any ?more\b|n't (?:\w+ ){1,4}any ?more\b"
)
"""What stopped being so: said of the whole sentence, but not of every name in it."""
_THAT = re.compile(r"\b(?:tell|tells|notif\w+|inform\w*|sa(?:y|ys)|signal\w*)\b[^.;]* that\b")
_PART = re.compile(r"[,;:]\s|\s(?:and|but|because|since|while|so)\s")
_MONTH = r"(?:jan|feb|mar|apr|may|jun|jul|aug|sep|oct|nov|dec)"
_CHANGELOG = re.compile(
    rf"""
    \W*(?:(?:\d{{1,4}}[-/. ]){{1,2}}\d{{2,4}} | \d{{1,2}}[- ]?{_MONTH}
      | {_MONTH}\w*\ (?:\d{{1,2}},?\ )?(?:19|20)\d\d | v?\d+\.\d+(?:\.\d+)?\s*[:(-]
      | (?:19|20)\d\d\b | started\ by\b | (?:fixed|added|removed|changed)\ by\ (?![\ue000-\uf8ff]))
    """,
    re.VERBOSE,
)
_SIGNED = re.compile(r"\bcopyright\b|<[\w.+-]+@[\w.-]+>")
_HYPOTHETICAL = Guarded(
    r"""
    \b(?:xxx | todo | fixme | hack | if\ we\ ever
      | if\ (?:somebody|someone|anyone|one)\ (?:ever|wants?)
      | if\ (?:we|you|one|someone|somebody)\ (?:adds?|introduces?|implements?)\ an?\b
      | maybe | perhaps | probably | hopefully | in\ theory | theoretically | i\ think | i\ guess
      | strictly\ speaking
      | would\ (?!be\ a\ bug|be\ buggy)
      | could\ (?:have|also|then|be(?!\ (?:called|invoked|entered)\ (?:in|from|with|under)\b))
      | (?:we|one|you)\ could\ (?:add|call|change|drop|insist|introduce|make|move|teach|use)
      | could\ consider
      | might\ want | presumably
      | (?:one|some)\ ?day | in\ the\ future | eventually\ we | in\ case\ (?:we|someone)\ ever
      | unlikely | imagine | suppose | supposedly | hypothetical | otherwise
      | without\ (?:this|that|it) | should\ we | ideally | not\ sure | we'd | we\ should\ really
      | let(?:'s|\ us|\ me)\ (?:assume|say|pretend)
      | if\ only | for\ example | (?<!\()e\.g)\b | \(e\.g\.?[^)]*\Z
    """,
    re.VERBOSE,
)
_NEGATED = re.compile(
    r"""
    (?:\b(?:needs?\ not | not | never | cannot | can't | neither | nor | rather\ than | instead\ of
      | nothing | nobody | without | unnecessary | fails?\ to | avoid(?:s|ing)? | lack\ of | no)\b
      | n't\b)(?!\ only\b|\ just\b)
    """,
    re.VERBOSE,
)
_NOT_SAID = re.compile(
    r"(?:\b(?:not?|never|nothing|nobody|nor|cannot)|n't)(?: \w+){0,3}?"
    r" (?:guarantee\w*|ensur\w+|sure|certain|mean|imply|assur\w+|promise\w*|assum\w+"
    r"|necessary|requir\w+)"
    r"(?: \w+){0,2}? that [^,;:]*\Z"
)
"""Words before a claim that leave open if it is so: "there is no guarantee that"."""
_DISPUTED = re.compile(
    r"\b(?:(?:it|that|this)(?:'s| is| was)(?: \w+)? (?:not (?:true|so|right|correct|the case|given)"
    r"|false|wrong|untrue|incorrect)(?: to (?:say|think|claim|believe))?"
    r"|(?:i|we)(?: \w+)? doubt|not (?:\w+ )?(?:convinced|aware)|myth|misconception)"
    r" (?:that|whether|if) [^;:]*\Z"
)
"""Words before a claim that somebody else made: "it is not true that", "I doubt that"."""
_OTHERS_SAY = re.compile(
    r"\b(?:(?:some|many|most|people|others|everybody|everyone)(?: people| of us)?|you)"
    r" (?:think|believe|assume|claim|say|said|argue)s? [^,;:]*\Z"
)
_IN_CLAUSE = re.compile(r"\bthat [^,;:]*\Z")
_DENIED_AFTER = re.compile(
    r"[^.,;:]{0,60}? (?:is|are|was|were|seems?|looks?|sounds?)(?: \w+){0,2}? (?:wrong|false|untrue"
    r"|incorrect|bogus|nonsense|myth|misconception|not (?:true|right|correct|the case))\b"
)
"""Words behind a clause with "that": "the assumption that … is wrong"."""
_CONDITION = re.compile(
    r"\b(?:if|unless|in case|provided(?: that)?|assuming|as long as|so long as"
    r"|(?<!\bthis )(?<!\bwhich )(?<!\bthat )means that"
    r"|only when|except (?:when|if|for|during|in)"
    r"|callers? (?:except|other than|apart from)|depending on|iff|should the)\b"
)
_WHEN = re.compile(r"\b(?:whether|when|whenever|every time)\b(?! we\b)")
_WONDERS = re.compile(
    r"(?:[\w']+ ){0,2}?(?:whether|(?:check|test|see|determine|verify|decide)(?:s|ing)? if)\b"
)
"""A claim whose words begin so leaves open if it is so: "check whether the lock is held". In "we
check if x, we need the lock to …" what is behind the comma is said."""
_CONDITION_AFTER = re.compile(
    r"(?:[^.,;]{0,25}?|,(?= (?:unless|except))) ?(?<!even )(?<!that )(?<!which )\b"
    r"(?:if|unless|except|in case|when|only if|provided|as long as)\b"
    r"(?! (?:this |the |it |you |we )?(?:function |routine |macro )?(?:is |are )?(?:being )?"
    r"(?:call|invok|entering|accessing|doing so|modifying|changing|using|reading|updating))"
)
_NO_TRUST = re.compile(
    r"\bno guarantee\b"
    r"|\b(?:wrong|incorrect|mistake|bogus|dangerous) to (?:assume|rely|expect|think)\b"
    r"|(?:\b(?:not|never|cannot|nobody)|n't)(?: \w+){0,2} (?:(?:rely|count|depend) on|trust)\b"
    r"|\b(?:forg[eo]ts?|fails?|failed|neglects?|neglected) to\b"
    r"|\b(?:was|were)(?: not|n't) (?:supposed|expected|required)\b"
)
"""What says of the rest of its clause that it need not be so."""
_NONE_OF = re.compile(
    r"\b(?:(?:nobody|no[ -]one|none|neither)(?: [\w']+){0,5}"
    r"|(?:few|some|most|many|not all|not every|hardly any)(?: of)?(?: the| its| our)?"
    r"(?: (?:callers?|users?|drivers?))?) \Z"
)
"""Before a claim, these say that it is so of nobody, or not of all."""
_OR_NOT = len(" or not")
_EITHER_WAY = re.compile(r"\bmay or may not\b|\bwith (?:or|and) without\b|\bor not\b")
"""So or otherwise: nothing is asked for."""
_TAKEN_BACK = re.compile(
    r" (?:(?:would|could|might)\b|(?:is|are|was|were|does|do|did|has|have|can|will)(?: not\b|n't))"
    r"(?! (?:only|just)\b)"
    r"| (?:not |un)(?:held|locked|taken|acquired)\b| (?:released|dropped)(?= (?:and|or)\b|\W*\Z)"
)
"""What behind the words of a claim makes it one that is denied, or only thought of."""
_LEADING_CONDITION = re.compile(
    r"\W*(?:but |so |and |also,? |note that |then |however,? )*"
    r"(?:if|unless|in case|when|assuming)\b"
)
_CLAUSE = re.compile(
    r"[;:]| - | -- |\bbut\b|\bhowever\b|\bthough\b"
    r"|, (?:so|then|and|since|because|which|as|otherwise)\b|\) |\. "
)
_NEAR = re.compile(r", |\b(?:so|because|since|that|and|while|when)\b")
_QUOTING_SECTIONS = frozenset({"example", "examples"})
_PAST_SECTIONS = frozenset({"changelog", "history"})
_MARKED = re.compile(r"\W*(?:xxx|todo|fixme|hack)\b")
_HYPOTHETICAL_SECTIONS = frozenset({"todo", "fixme", "xxx"})
_TELLING = _PAST_SECTIONS | _HYPOTHETICAL_SECTIONS
_WORDS = tuple(
    """
    if iff unless provided assuming except depending whether when whenever case long time than
    apart should means no not nor never nothing nobody none neither cannot wrong incorrect
    mistake bogus dangerous was were few some most many hardly without
    """.split()  # noqa: SIM905 - reads better as text
)
_PARTS = ("forg", "fail", "neglect", "n't", '"', "@", "?", "copyright", ">", "fixme", "todo")
_SIGNS = AhoCorasick(
    [
        *_WORDS,
        *_PARTS,
        "xxx",
        "hack",
        *(w for one in (_PAST, _LAPSED, _HYPOTHETICAL) for w in one.words),
    ]
)
"""What a sentence has that is not plainly asserted, said of a mere mention: one of the words by
themselves, or one of the other strings anywhere."""


def modality_of(
    text: str,
    start: int,
    end: int,
    *,
    snippet: bool,
    section: str,
    negation: bool,
    whole: bool = True,
) -> Modality:
    """The modality of the words ``text[start:end]`` (lower case, tagged) in their sentence.

    ``negation`` is False for patterns that contain a negation of their own (``must not``).
    ``whole`` is False for a mere mention of a name: "no longer" in another part of the sentence
    ("f() runs first, so that the list is no longer used") does not say that f() is history.
    """
    if snippet or section in _QUOTING_SECTIONS or _quoted(text, start, end):
        return Modality.QUOTED
    if not whole and not negation and section not in _TELLING and _is_plain(text):
        return Modality.ASSERTED
    told, lapsed = _told(text)
    if section in _PAST_SECTIONS:
        return Modality.PAST
    if told is not None:
        return told
    if lapsed and (has_lapsed(text, start, end) or (whole and not _in_message(text, end))):
        return Modality.PAST
    if section in _HYPOTHETICAL_SECTIONS or _MARKED.match(text):
        return Modality.HYPOTHETICAL
    first = _clause(text, start)
    if _HYPOTHETICAL.search(text[first:end]):
        return Modality.HYPOTHETICAL
    before = text[first:start]
    if _NOT_SAID.search(before) or _NO_TRUST.search(text, first, end) or _NONE_OF.search(before):
        return Modality.NEGATED
    if whole and (_OTHERS_SAY.search(before) or _disputed(text, before, end)):
        return Modality.NEGATED
    if negation and _NEGATED.search(_NEAR.split(before[-40:])[-1]):
        return Modality.NEGATED
    if _EITHER_WAY.search(text, first, end + _OR_NOT):
        return Modality.CONDITIONAL
    if whole and (back := _TAKEN_BACK.match(text, end)) is not None:
        denied = back[0].split()[-1] not in {"would", "could", "might"}
        return Modality.NEGATED if denied else Modality.HYPOTHETICAL
    wonders = _WONDERS.match(text, start, end) is not None and "," not in text[start:end]
    if _conditional(before) or _leading_condition(text, start) or wonders:
        return Modality.CONDITIONAL
    if _CONDITION_AFTER.match(text[end : end + 80]):
        return Modality.CONDITIONAL
    return Modality.ASSERTED


def _disputed(text: str, before: str, end: int) -> bool:
    """True if the claim is told to be denied; ``before`` are the words in front of it."""
    if "that " not in before and "whether " not in before and " if " not in before:
        return False
    denied = _IN_CLAUSE.search(before) and _DENIED_AFTER.match(text, end)
    return bool(denied) or _DISPUTED.search(before) is not None


@lru_cache(maxsize=16)
def _is_plain(text: str) -> bool:
    """True if nothing in a sentence can make a mention of a name other than asserted."""
    for index, start, end in _SIGNS.find_matches_as_indexes(text, overlapping=True):
        if index >= len(_WORDS):
            return False
        alone = not (start and text[start - 1].isalnum()) and not text[end : end + 1].isalnum()
        if alone:
            return False
    return _CHANGELOG.match(text) is None


@lru_cache(maxsize=16)
def _told(text: str) -> tuple[Modality | None, bool]:
    """What a sentence is as a whole, past or a question, and if something "no longer" is so.

    Kept for the other claims of the sentence.
    """
    lapsed = _LAPSED.search(text) is not None
    if _CHANGELOG.match(text) or (("@" in text or "copyright" in text) and _SIGNED.search(text)):
        return Modality.PAST, lapsed
    if text.rstrip("\"') ").endswith("?"):
        return Modality.QUESTION, lapsed
    return (Modality.PAST if _PAST.search(text) else None), lapsed


def _conditional(before: str) -> bool:
    """True if the words before a claim put it under a condition: "when f() is", ", if so,"."""
    return (
        _CONDITION.search(before) is not None or _WHEN.search(before.rsplit(",", 1)[-1]) is not None
    )


def _leading_condition(text: str, start: int) -> bool:
    return "." not in text[:start].rstrip(".") and _LEADING_CONDITION.match(text) is not None


def has_lapsed(text: str, start: int, end: int) -> bool:
    """True if "no longer" or the like stands in the same part of a lower-case sentence as a span.

    A part goes from one comma or conjunction to the next.
    """
    first = max((m.end() for m in _PART.finditer(text, 0, start)), default=0)
    last = _PART.search(text, end)
    return _LAPSED.search(text[first : last.start() if last else len(text)]) is not None


def _in_message(text: str, end: int) -> bool:
    """True if what "no longer" is so is only what somebody is told behind a claim.

    "Takes foo_lock and tells the listeners that they may no longer …".
    """
    found = _LAPSED.search(text[end:])
    return found is not None and _THAT.search(text, end, end + found.start()) is not None


def _clause(text: str, start: int) -> int:
    """Where the clause begins that a span starts in."""
    first = 0
    for stop in _CLAUSE.finditer(text, 0, start):
        first = stop.end()
    return first


def _quoted(text: str, start: int, end: int) -> bool:
    if text.lstrip().startswith((">", "|>")):
        return True
    return text.count('"', 0, start) % 2 == 1 and '"' in text[end:]
