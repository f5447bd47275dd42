"""Mentions of names in words: what the words beside a name take it for."""

from __future__ import annotations

import re

from reviewer.claims.modality import PREVIOUSLY
from reviewer.claims.model import Claim

_PROPOSED = re.compile(
    r"\b(?:would|could|might|without (?:\w+ing )?an?|plumb\w*|support|defined .{0,30}\bas)\b"
    r"[^.;]*\Z",
    re.I,
)
_WANTED = re.compile(r"\s+(?:\w+\s+)?(?:would|could|might)\b")
_POINTS = re.compile(
    r"(?:\b(?:see|in|by|from|to|via|calls?|called|calling|of|after|before|with|into|through|until"
    r"|on|and|or|other|when|that|because|since|using|uses?|so|for|then|also|both|while|does|do"
    r"|increments?|decrements?|bumps?|clears?|checks?|updates?|reads?|tests?)"
    r"|\A|->|:|\s[\"'`]|\s\((?:\w+, )*)\s*\Z",
    re.I,
)
_SPEAKS = re.compile(
    r"[\"'`]?\s*(?:\(\)|,|\)|\.|:|;|\Z|'s\b|(?:is|are|was|will|does|do|did|has|had|can|may|must|should|must"
    r"|call|calls|called|takes?|returns?|handles?|holds?|runs?|sets?|and|or|to|in|for|on|when"
    r"|before|after|below|above|function|macro|helper|callback|here|which|that|instead|by|from"
    r"|if|because|while|tells?|says?|calculations?|counter|variable|accounting)\b)"
)
_DECLARES = re.compile(r"\b(?:struct|union|enum)\s+\w+\s+\**\Z")
_ARRAY = re.compile(r"\[\](?!\w)")
_BELOW = re.compile(r"(?<!\w)/(?:sys|proc)/(?:[\w<>\[\]{}.,:*$%-]+/)*\Z")
_LINK = re.compile(r"(?:://\S*|www\.\S*|\bgit\b\S*|~\S*|\$\S*|%\S*)\Z")
_CALLED_FIELD = re.compile(r"\s(?:field|member)s?\b")
_MAPS = re.compile(r"\s+(?:pairs?|map(?:s|ping)?|translation|transition|conversion)\b")
_RECORD = re.compile(r"\s*(?:\(0x|register\b|reg\b|records?\b|bit\b|command\b)|\.[a-z_]\w*")
_FAMILY = re.compile(r"(_*[A-Za-z][A-Za-z0-9]*(?:_+[A-Za-z0-9]+)+_)(?:\*|X{2,4}|x{2,4})(?:\(\))?")
_NO_SUCH = re.compile(
    r"\b(?:no longer|not (?:any )?more|does(?:n't| not) exist|(?:was|were|been|got|is|are) "
    r"(?:removed|renamed|replaced|dropped|gone)|removed|formerly|used to|legacy|old name"
    rf"|{PREVIOUSLY}"
    r"|the old|history|changelog|originally)\b",
    re.I,
)
_UNTIL = re.compile(r"[^\n.;]{0,20}[(\[]\s*(?:before|until|up to|pre-?)\s*v?[2-6]\.\d", re.I)
_OLD = re.compile(r"\bold\s+[\"'`]?\Z", re.I)
_ORIGIN = re.compile(r"\bfrom\s+[\"'`<]?\Z")
_SHOWN_FILE = re.compile(
    r"\b(?:debug|sys|proc|config|trace)fs(?: (?:file|entry|attribute|knob))?\s+[\"'`]?\Z", re.I
)
_FOLLOWS = re.compile(r"\s*(?:called\s+|named\s+)?[`'\"]?@(\w+)")
_OWN = re.compile(
    r"\b(?:the|our|its|this|that|associated|schedules?|scheduling|kicks?|two (?:simultaneous )?"
    r"|only as a|per-\w+|initiali[sz]es?|disables?|enables?|kills?|starts?|stops?)"
    r" (?:(?!same\b|driver\b)[\w-]+ ){0,2}\Z",
    re.I,
)
_ACTS = re.compile(r"\W*\s*(?:will|would|is|has|processes|runs|handles|does|did|then)\b", re.I)
_KINDS = re.compile(r"[/|]\s*\Z|\b(?:timer|softirq|irq|interrupt|workqueue)s?,? or \Z", re.I)
_GOES_TO = re.compile(
    r"\b(?:(?:go(?:es|ing)?|went) (?:through|to|via)|jump(?:s|ing|ed)? (?:in)?to"
    r"|branch(?:es|ing)? (?:in)?to|fall(?:s|ing)?(?: ?through)? (?:in)?to|continues? (?:at|in)"
    r"|resumes? (?:at|in)|control (?:passes )?to) [\"'`]?(?=\w*_)",
    re.I,
)
"""What stands before the place where the processor goes on."""
_GOES_AT_MOST = 2
_REMARK = re.compile(
    r"\w+\((?!(?:struct|union|enum|const|volatile|unsigned|signed|void|int|char|short|long|bool"
    r"|size_t|float|double|__\w+)\b)[a-z]+(?: [a-z]+)+\)"
)
"""Words that only blanks part are no arguments, unless the first is a type's."""
_AROUND = 120
"""Letters around a mention in which the comment may say itself that the name is gone."""


def may_be_proposed(claim: Claim) -> bool:
    """True for "without an FOO_BAR" and "FOO_BAR would": a name that is to come, perhaps."""
    return bool(
        _PROPOSED.search(_before(claim, 60)) or _WANTED.match(claim.comment.text, claim.end)
    )


def is_pointed_at(claim: Claim) -> bool:
    """True if the word before a name is one that comes before functions: see, calls, after."""
    return _POINTS.search(" ".join(_before(claim, 60).split())) is not None


def is_gone_to(claim: Claim) -> bool:
    """True if the words before a name send control there: "they go through foo_exit".

    A comment that sends it to several places is a program in words, with labels of its own.
    """
    text = " ".join(claim.comment.text.replace("*", " ").split())
    sent = [text[one.end() :] for one in _GOES_TO.finditer(text)]
    return 0 < len(sent) <= _GOES_AT_MOST and any(one.startswith(claim.quote) for one in sent)


def goes_on_as_function(claim: Claim) -> bool:
    """True if the word behind a name is one that comes behind functions: does, returns, and."""
    return _SPEAKS.match(claim.comment.text, claim.end) is not None


def is_declared(claim: Claim) -> bool:
    """True if a type stands before the name, as in ``struct foo bar``."""
    return _DECLARES.search(_before(claim, 80)) is not None


def is_remarked(claim: Claim) -> bool:
    """True for "MPLL(for a stable change)": words in brackets behind a name, and no call."""
    return _REMARK.fullmatch(claim.quote) is not None


def is_array(claim: Claim) -> bool:
    """True for ``name[]``."""
    return _ARRAY.match(claim.comment.text, claim.end) is not None


def is_below_sys_or_proc(claim: Claim) -> bool:
    """True for a name that ends a path below /sys or /proc."""
    return _BELOW.search(claim.comment.text[: claim.start].rpartition("\n")[2]) is not None


def is_in_link(claim: Claim) -> bool:
    """True for a path that is part of an address or of a shell's words."""
    return _LINK.search(_before(claim, 80)) is not None


def is_origin(claim: Claim) -> bool:
    """True for a file that something comes from: it may well have gone since."""
    return _ORIGIN.search(claim.comment.text, 0, claim.start) is not None


def begins_with_from(claim: Claim) -> bool:
    """True if nothing but "From" stands before a path, as at the head of a copied file."""
    return _before(claim, 80).strip().lower() in ("from", "from:")


def is_called_field(claim: Claim) -> bool:
    """True for "the foo field"."""
    return _CALLED_FIELD.match(claim.comment.text, claim.end) is not None


def is_mapping(claim: Claim) -> bool:
    """True for "the a->b mapping", where the arrow is no pointer's."""
    return _MAPS.match(claim.comment.text, claim.end) is not None


def is_record(claim: Claim) -> bool:
    """True for what prose calls a register, record or command of a device."""
    return _RECORD.match(claim.comment.text, claim.end) is not None


def family_named(claim: Claim) -> tuple[str, str]:
    """``foo_bar_*`` as it is written, and the beginning of the names it stands for; '' for none."""
    found = _FAMILY.match(claim.comment.text, claim.start)
    return (found[0], found[1]) if found is not None else ("", "")


def says_it_is_gone(claim: Claim) -> bool:
    """True if the words around a name say themselves that it is history, or call it old."""
    if is_called_old(claim):
        return True
    start = max(0, claim.start - _AROUND)
    return _NO_SUCH.search(claim.comment.text, start, claim.end + _AROUND) is not None


def is_called_old(claim: Claim) -> bool:
    """True for "the old foo()"."""
    return _OLD.search(_before(claim, 20)) is not None


def is_of_old_releases(claim: Claim) -> bool:
    """True for "foo held [before 2.5.x]": the comment says itself up to which release it is so."""
    return _UNTIL.match(claim.comment.text, claim.end) is not None


def is_shown_file(claim: Claim) -> bool:
    """True for "the debugfs file foo", which is no member of a struct."""
    return _SHOWN_FILE.search(claim.comment.text, 0, claim.start) is not None


def member_behind(claim: Claim) -> str:
    """foo for "the lock called @foo", behind the words that a claim ends with; '' for none."""
    found = _FOLLOWS.match(claim.comment.text, claim.end)
    return found[1] if found is not None else ""


def is_one_of_its_own(before: str, after: str) -> bool:
    """True if what stands between is one certain thing: "the tasklet", "tasklet will run"."""
    if _KINDS.search(before) or after.lstrip().startswith(("/", "(")):
        return False  # one kind of several
    return bool(_OWN.search(before) or (_ACTS.match(after) and before[-1:] in {"", " "}))


def is_label(claim: Claim, name: str) -> bool:
    """True for a comment in which no word of three letters stands beside its names."""
    text = claim.comment.text
    return text.strip() != name and re.search(r"[a-z]{3}", text) is None


def _before(claim: Claim, reach: int) -> str:
    return claim.comment.text[max(0, claim.start - reach) : claim.start]
