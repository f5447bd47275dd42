"""How a sentence means what it says: asserted, past, hypothetical, question, quoted …"""

from __future__ import annotations

import re

from reviewer.claims.model import Modality

_PAST = re.compile(
    r"(?<!is )(?<!are )(?<!be )(?<!been )(?<!lock )(?<!only )(?<!when )\bused to (?!\w+ing\b)(?:be|have|do|pair|take|hold|call|rely|use|need|imply|require|send|run|get|guard"
    r"|protect|prevent|live|work|sleep|block|disable|happen|serialize|allow|ensure|exist|wait)\b"
    r"|\bno longer\b|\bnot? any ?more\b|n't \w+ (?:\w+ ){0,3}any ?more\b|\bin the past\b|\bpreviously\b|\bformerly\b"
    r"|\bhistorical(?:ly)?\b|\bin older kernels\b|\bonce upon\b|\bin the old days\b|\bback then\b"
    r"|\bwas (?:called|named|known as)\b|\bwere (?:called|named)\b|\boriginally\b|\bbefore commit\b"
    r"|\bprior to commit\b|\bsince commit [0-9a-f]{7}|\bformer\b|\brenamed (?:from|to)\b|\bold days\b"
    r"|\bhas been (?:removed|replaced|renamed)\b|\bwas (?:removed|replaced|renamed|dropped)\b"
    r"|\b(?:based on|copied from|taken from the original|stolen from|borrowed from|derived from|inspired by"
    r"|cribbed from|adapted from|lifted from|ported from|originally from|moved from|split from)\b"
)
_CHANGELOG = re.compile(
    r"^\W*(?:(?:\d{1,4}[-/. ]){1,2}\d{2,4}|\d{1,2}[- ]?(?:jan|feb|mar|apr|may|jun|jul|aug|sep|oct|nov"
    r"|dec)|(?:jan|feb|mar|apr|may|jun|jul|aug|sep|oct|nov|dec)\w* (?:\d{1,2},? )?(?:19|20)\d\d"
    r"|v?\d+\.\d+(?:\.\d+)?\s*[:(-]|(?:19|20)\d\d\b|copyright\b|started by\b|(?:fixed|added|removed|changed)"
    r" by\b)|\bcopyright\b|<[\w.+-]+@[\w.-]+>",
)
_HYPOTHETICAL = re.compile(
    r"\b(?:xxx|todo|fixme|hack)\b|\bif we ever\b|\bif (?:somebody|someone|anyone|one) (?:ever|wants?)\b"
    r"|\bmaybe\b|\bperhaps\b|\bprobably\b|\bhopefully\b|\bin theory\b|\btheoretically\b|\bi think\b|\bi guess\b"
    r"|\bwould (?!be a bug|be buggy)|\bcould (?:be|have|also|then)\b|\bmight want\b|\bpresumably\b|\bone day\b|\bsome day\b"
    r"|\bsomeday\b|\bin the future\b|\beventually we\b|\bin case (?:we|someone) ever\b|\bunlikely\b|\bimagine\b"
    r"|\bsuppose\b|\bsupposedly\b|\bhypothetical|\botherwise\b|\bwithout (?:this|that|it)\b|\bshould we\b"
    r"|\bideally\b|\bnot sure\b|\bwe(?:'d| should really) \b|\bif only\b|\bfor example\b|\be\.g\b"
)
_NEGATED = re.compile(
    r"(?:\b(?:need not|needs not|not need(?:ed)?(?: to)?|not necessar(?:y|ily)|no need|not required|not have to"
    r"|no (?:such )?requirement|not (?:be )?(?:strictly )?(?:required|needed|necessary)|isn't|is not|are not|aren't|not (?:really )?guaranteed"
    r"|neither|nor|not|never|cannot|can't|rather than|instead of|nothing|nobody|without"
    r"|unnecessary|fails? to|avoid(?:s|ing)?|lack of|no)\b|n't\b)(?! only\b| just\b)"
)
_CONDITION = re.compile(
    r"(?<!even )\b(?:if|unless|whether|in case|provided(?: that)?|assuming|as long as|so long as|only when"
    r"|except (?:when|if|for|during|in)|depending on|iff|should the)\b"
)
_WHEN = re.compile(r"(?:^|[,;:(] ?|\b(?:but|and|or|so) )(?:when|while|where|once)\b")
_CONDITION_AFTER = re.compile(
    r"(?:[^.,;]{0,25}?|,) ?(?<!even )(?<!that )(?<!which )\b(?:if|unless|except|in case|when|only if"
    r"|provided|as long as)\b"
    r"(?! (?:this |the |it |you |we )?(?:function |routine |macro )?(?:is |are )?(?:being )?"
    r"(?:call|invok|entering|accessing|it is called|doing so|modifying|changing|using|reading|updating))"
)
_CLAUSE = re.compile(
    r"[;:]| - | -- |\bbut\b|\bhowever\b|\bthough\b|, (?:so|then|and|since|because|which|as|otherwise)\b|\) |\. "
)


def modality_of(
    text: str, start: int, end: int, *, snippet: bool, section: str, negation: bool
) -> Modality:
    """The modality of the words ``text[start:end]`` (lower case, tagged) in their sentence.

    ``negation`` is False for patterns that contain a negation of their own (``must not``).
    """
    if snippet or section in {"example", "examples"}:
        return Modality.QUOTED
    if text.lstrip().startswith((">", "|>")) or _in_quotes(text, start, end):
        return Modality.QUOTED
    if section in {"changelog", "history"} or _CHANGELOG.search(text):
        return Modality.PAST
    if text.rstrip("\"') ").endswith("?"):
        return Modality.QUESTION
    if _PAST.search(text):
        return Modality.PAST
    clause, offset = _clause(text, start, end)
    said = clause[: max(0, end - offset)]
    if section in {"todo", "fixme", "xxx"} or _HYPOTHETICAL.search(said):
        return Modality.HYPOTHETICAL
    if re.match(r"\W*(?:xxx|todo|fixme|hack)\b", text):
        return Modality.HYPOTHETICAL
    before = clause[: max(0, start - offset)]
    near = re.split(r", |\bso\b|\bbecause\b|\bsince\b|\bthat\b|\band\b", before[-40:])[-1]
    if negation and _NEGATED.search(near):
        return Modality.NEGATED
    after = text[end : end + 80]
    if _CONDITION.search(before.rsplit(",", 1)[-1]) or _leading_condition(text, start):
        return Modality.CONDITIONAL
    if _CONDITION_AFTER.match(after):
        return Modality.CONDITIONAL
    return Modality.ASSERTED


def _leading_condition(text: str, start: int) -> bool:
    head = re.match(
        r"\W*(?:but |so |and |also,? |note that |then |however,? )*(?:if|unless|in case|when|assuming)\b",
        text,
    )
    return bool(head) and start >= 0 and "." not in text[:start].rstrip(".")


def _clause(text: str, start: int, end: int) -> tuple[str, int]:
    """The clause around a span and where it begins."""
    first = 0
    for stop in _CLAUSE.finditer(text, 0, start):
        first = stop.end()
    last = _CLAUSE.search(text, end)
    return text[first : last.start() if last else len(text)], first


def _in_quotes(text: str, start: int, end: int) -> bool:
    before = text.count('"', 0, start)
    return before % 2 == 1 and '"' in text[end:]
