"""How a comment mentions a name: as history, as code, in a table, as part of a longer one."""

from __future__ import annotations

import re

from reviewer.claims.modality import PREVIOUSLY, has_lapsed
from reviewer.claims.model import Claim
from reviewer.source.model import AnchorKind

_SYNC = re.compile(
    r"\b(?:locks?|locked|unlock\w*|held|hold(?:s|ing)?|mutex|sem(?:aphore)?|rwsem|barriers?|smp_\w+"
    r"|pairs?|paired|order(?:s|ed|ing)?|rac(?:e|es|y|ing)|rcu\w*|srcu|grace|synchroni\w+|seriali[sz]\w+"
    r"|atomic\w*|irqs?|interrupts?|preempt\w*|softirqs?|flush\w*|tlb|ipis?|refcount\w*|references?"
    r"|concurren\w+|lockless\w*|protect\w*|exclu\w+)\b",
    re.I,
)
_SENTENCE_END = re.compile(r"[.!?](?=\s)|\n\s*\n")
_HISTORY = re.compile(
    r"\b(?:(?:is|are)(?: now)? (?:replaced|superseded)|formerly|predecessors?"
    rf"|{PREVIOUSLY}"
    r"|older|(?<!the )former|historical\w*|legacy"
    r"|(?:was|were|been|got) (?:named|removed|renamed|replaced|dropped|known|unified)"
    r"|(?:was|were|been|got) called \W?(?=\w*(?:_\w|\(\)))"
    r"|replaces|obsolete\w*|deprecated|(?:since|before|until|linux|kernels?) v?[2-6]\.\d+"
    r"|(?:up to|until|till|prior to) (?:version |release |v)?\d+\.\d+"
    r"|pre-?v?[2-6]\.\d+"
    r"|\d\d?/\d\d?/\d\d|deadlock scenario"
    r"|in the past|originally|future|upcoming|planned"
    r"|imagine|hypothetical\w*|if we ever|someday|changelog|borrowed|stolen"
    r"|(?:keep|preserve|retain)\w* (?:the |its )?behaviou?r (?:from|of)"
    r"|ripped (?:\w+ )?from|as of (?:this |the )?(?:version|release|kernel)?,? ?\(?v?[2-6]\.\d+"
    r"|(?:copied|derived|ported|taken|lifted|split|moved|imported|adapted"
    r"|carried over)(?: \w+ly)? from|inspired"
    r"|copied and (?:modified|adapted|changed)|happened (?:with|in|to)"
    r"|based on (?:\S+ ){0,3}?(?:code|drivers?|work|implementation|version|original|\S*/\S+|\w+\()"
    r"|a\.?k\.?a\.?|[12][90]\d\d|linux[- ]v?\d|(?:before|since|in|by|of|see) commit"
    r"|todo|fixme|there is no|there's no|no such|cannot be called)(?!\w)",
    re.I,
)
_MARKED = re.compile(r"\A\W*xxx\b|\bxxx\s*[:!]", re.I)
_LIKE_THIS = re.compile(
    r"\b(?:something|looks?|along the lines of|roughly)\b[^.;]{0,80}:?\s*\Z", re.I
)
"""What leads in a sketch of code, whose names are made up."""
_WAS = re.compile(
    r"\b(?:was|were):?\s+(?:(?:used|reserved|taken|needed|set|defined)\s+(?:by|for|in|as)\s+)?[\"'`]?\Z",
    re.I,
)
_WAS_SO = re.compile(
    r"[\"'`]?(?:\(\))?\s+(?:was (?:assigned|used|reserved|defined|introduced|added)"
    r"|would (?:be|have been) (?:an? )?(?:better|nicer)"
    r"|(?:(?:function|routine|helper|macro|operation|callback|API) )?"
    r"(?:should|could|might|may|shall|must|has to|needs to)"
    r" (?:go|be (?:implemented|added|introduced|written|provided)))\b",
    re.I,
)
_TO_BE = re.compile(
    r"\b(?:should (?:really |probably )?(?:be|have been) (?:called|named)"
    r"|(?:or|maybe|perhaps|and|to) (?:introduce|create|add|write|implement)(?: an?| the)?"
    r"|will (?:also )?need an?|(?:a|some) (?:kind|sort) of)"
    r"\s+[\"'`]?\Z",
    re.I,
)
_LOGGED = re.compile(
    r"^\W*(?:(?:added|moved|fixed|removed|changed|renamed|converted|made|cleaned)\b|Fixed by\b"
    r"|[A-Z][\w.]+(?: [A-Z][\w.'-]+){1,3}\s*:)"
)
"""A line of a change log: what was done, or who did it."""
_COMPARED = re.compile(
    r"\b(?:equivalent (?:of|to)|similar to|analog\w*|like the \w+ in)(?!\w)", re.I
)
"""Comparisons, often with another system's functions."""
_LINE_AT_MOST = 400
"""Letters of a line or sentence that are looked at on either side of a mention: none is longer, and
a comment that is one line of 100 kB must not cost its square."""
_SENTENCE = 40
_WORDS_OF_PROSE = 3
"""Characters that a comment on a macro must have to be more than a label."""
_TYPES = "static|extern|struct|void|int|bool|unsigned|long|char|size_t|u8|u16|u32|u64|s32|s64"
_DECLARED = re.compile(rf"^\s*(?:{_TYPES})\b[\w \t*]*\b(\w+)\(", re.M)
_PROSE = re.compile(r"(?<!\S)[a-z]+(?=\s)")
_DENIED = re.compile(r"\b(?:do(?:es)? not|doesn't|don't|did not|didn't) exist\b", re.I)
_STEP = re.compile(r"(?:\A|\n)[ \t]*\[\w{1,3}\][ \t]*\Z")
_REGISTER = re.compile(
    r"\s+(?:(?:(?:bit|field)s?\s+)?(?:in|of)\s+(?:the\s+)?[A-Z]\w+\s+)?(?:register|reg)s?\b"
)
_GLUED_BEFORE = frozenset("*{}[]()<>|/\\$%#?-.'~^+=")
_BULLET = re.compile(r"(?:\A|[\s(])[(\[{'*&-]\Z")
_GLUED_AFTER = frozenset("*{}[<|\\$%#?-~^/")


def sentence(claim: Claim) -> str:
    """The sentence a mention stands in, white space folded."""
    start, end = _sentence(claim)
    return " ".join(claim.comment.text[start:end].split())


def _sentence(claim: Claim) -> tuple[int, int]:
    text = claim.comment.text
    first, last = max(0, claim.start - _LINE_AT_MOST), claim.end + _LINE_AT_MOST
    starts = [m.end() for m in _SENTENCE_END.finditer(text, first, claim.start)]
    stop = _SENTENCE_END.search(text, claim.end, last)
    return max([first, *starts[-1:]]), min(stop.end() if stop else len(text), last)


def in_prose(claim: Claim) -> bool:
    """True if the sentence around a name has a few plain words, so that it says something of it.

    Lines that a generator wrote (``addressBlock: dce_dc_dispdec``) have none.
    """
    return len(_PROSE.findall(sentence(claim))) >= _WORDS_OF_PROSE


_COUNTERFACTUAL = re.compile(
    r"\b(?:would|could|might) (?:\w+ ){0,2}?(?:have|be|just)\b|\bif only\b", re.I
)


def is_counterfactual(claim: Claim) -> bool:
    """True for "a list would have needed f()": of what is not so, f() may be gone rightly."""
    return _COUNTERFACTUAL.search(sentence(claim)) is not None


def is_history(claim: Claim) -> bool:
    """True if the sentence may speak of what was, will be, or is only like the name."""
    text = claim.comment.text
    start, end = _sentence(claim)
    spoken = re.sub(r"\s", " ", text[start:end].lower())
    if has_lapsed(spoken, claim.start - start, claim.end - start):
        return True
    before = text[max(0, claim.start - 40) : claim.start]
    if _WAS.search(before) or _TO_BE.search(before) or _WAS_SO.match(text, claim.end):
        return True
    if any(_LOGGED.match(line) for line in text[: claim.start].split("\n")[-2:]):
        return True
    if _MARKED.search(spoken):
        return True
    if _COMPARED.search(spoken) and not _of_one_family(claim):
        return True
    near = text[max(0, claim.start - 600) : claim.end + 160]
    return _HISTORY.search(sentence(claim)) is not None or _DENIED.search(near) is not None


def _of_one_family(claim: Claim) -> bool:
    """True if the name begins as the thing the comment is on does: both are this file's."""
    name = claim.object.name if claim.object is not None else ""
    first = name.strip("_").partition("_")[0]
    return len(first) > 2 and claim.subject.name.strip("_").startswith(first + "_")


def is_glued(claim: Claim) -> bool:
    """True if the letters beside the name make it part of something longer.

    ``tcp_v{4,6}_x()``, ``foo_*()``, ``a/b_c()``, ``get_(page|folio)()``; a list bullet is no glue.
    """
    text = claim.comment.text
    before, after = text[: claim.start], text[claim.end : claim.end + 2]
    if before and before[-1] in _GLUED_BEFORE and not _BULLET.search(before):
        return True
    if before and (before[-1].isalnum() or before[-1] == "_"):
        return True
    if not after:
        return False
    if after == "[]":
        return False  # an array
    if re.match(r"(?:,?\s+etc\b|,\S|['\u2019](?!s\b)\w)", text[claim.end : claim.end + 8]):
        return True  # one of several, or used as a verb
    if after[0] == "-":
        alike = text.startswith(("-like ", "-style ", "-based "), claim.end)
        return after[1:2] != ">" and after[1:2].isalnum() and not alike
    if after[0] == "/":
        return True
    return after[0] in _GLUED_AFTER or after[0].isalnum() or after[0] == "_"


def is_register(claim: Claim) -> bool:
    """True for "the FOO_CTRL register" and "FOO_ON in FOO_CTRL register": hardware's names."""
    return _REGISTER.match(claim.comment.text, claim.end) is not None


def example_code(claim: Claim) -> bool:
    """True if the mention looks like a statement or declaration rather than prose."""
    text = claim.comment.text
    line_start = max(text.rfind("\n", 0, claim.start) + 1, claim.start - _LINE_AT_MOST)
    line_end = text.find("\n", claim.end, claim.end + _LINE_AT_MOST)
    line = text[line_start : claim.end + _LINE_AT_MOST if line_end < 0 else line_end]
    after = text[claim.end : claim.end + 2].lstrip(" ")
    named = claim.object.name if claim.object else ""
    if f"{named}(" in text and any(one[1] == named for one in _DECLARED.finditer(text)):
        return True  # an example that defines the function itself
    if after.startswith((";", "{", "=")):
        return True
    if line.strip(" \t*") == claim.quote and _LIKE_THIS.search(text, 0, claim.start):
        return True
    if re.search(r";\s*$|^\s*#|->\s*$|\{\s*$|^\s*(?:if|while|for) ?\(.*\)\s*(?://|$)", line):
        return True
    sign = re.search(r"(?<![=!<>])=(?!=)", line)
    if sign is None:
        return False
    between = line[claim.end - line_start : sign.start()] if claim.end >= line_start else ""
    return len(_PROSE.findall(between)) < 2


def in_table(claim: Claim) -> bool:
    """True for a comment on a register field or beside a macro: hardware has its own names."""
    kind = claim.comment.anchor.kind
    if kind is AnchorKind.MACRO:
        return claim.comment.trailing or len(claim.comment.text) < _SENTENCE
    return kind is AnchorKind.LINE or (claim.comment.trailing and kind is not AnchorKind.STATEMENTS)


def speaks_of_synchronization(claim: Claim) -> bool:
    """True if the sentence around a name speaks of synchronization."""
    return _SYNC.search(sentence(claim)) is not None


def is_step(claim: Claim) -> bool:
    """True for ``[3] name()``: a step of an algorithm drawn elsewhere, whose names are its own."""
    return _STEP.search(claim.comment.text, 0, claim.start) is not None
