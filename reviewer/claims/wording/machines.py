"""Machines in words: which ones a comment speaks of."""

from __future__ import annotations

import re

from reviewer.claims.model import Claim
from reviewer.claims.wording.near import sentence_around, sentence_of

_QUALIFIED = re.compile(
    r"\b(?:arch(?:itecture)?e?s?|platforms|machines|processors|hardware|hypervisors?)\b"
    r"[^.;]{0,90}\b(?:IPIs?|broadcasts?)\b"
    r"|\b(?:IPIs?|broadcasts?)\b[^.;]{0,90}"
    r"\b(?:(?:not all|some|most|other|many|few) (?:arch\w*|platforms|machines|hardware))\b",
    re.IGNORECASE,
)


def says_which(claim: Claim) -> bool:
    """True if the comment itself says on which machines flushes send interrupts.

    "Architectures that use IPIs to flush …" is no claim about the others.
    """
    return _QUALIFIED.search(" ".join(claim.comment.text.split())) is not None


_NAMES = (
    ("x86-64", r"x86[-_]64|amd64|64-bit x86"),
    ("x86-pae", r"(?:32-bit )?x86[- ]PAE|x86[-_]32(?:[- ]PAE)?|32-bit x86|i[3-6]86"),
    ("x86", r"x86|Intel|AMD"),
    ("arm64", r"arm64|aarch64"),
    ("arm", r"arm32|32-bit arm|arm[- ]lpae|armv7|(?-i:ARM)"),
    ("riscv", r"risc-?v"),
    ("powerpc", r"powerpc\w*|ppc\w*|book3s\w*|(?-i:POWER)\d*"),
    ("s390", r"s390x?"),
    ("mips", r"mips\w*"),
    ("sh", r"superh|sh4|sh-x2tlb"),
    ("loongarch", r"loongarch\w*"),
    ("sparc", r"sparc\w*"),
    ("parisc", r"pa-?risc"),
    (
        "none",
        r"alpha|(?-i:ARC)|csky|hexagon|ia-?64|itanium|loongson|m68k|microblaze|nios2|openrisc"
        r"|(?-i:UML)|xtensa",
    ),
)
"""Machines, or the architectures they are of, as people write them, the longer names first; the
last are the other folders of arch/ in Linux 5.4 to 6.12, of which no machine is known."""
_NAMED = re.compile(
    r"(?<![\w/-])(?:" + "|".join(f"({words})" for _, words in _NAMES) + r")(?![\w/])", re.IGNORECASE
)
_KINDS = (
    ("native", r"bare[- ]metal|native(?:ly)?"),
    ("kvm", r"kvm"),
    ("hyperv", r"hyper-?v"),
    ("xen", r"xen"),
)
_KIND = re.compile(
    r"(?<![\w/-])(?:" + "|".join(f"({words})" for _, words in _KINDS) + r")(?![\w/])", re.IGNORECASE
)
_OTHERWISE = re.compile(
    r"\b(?:except|unlike|other than|apart from|rather than|instead of|but not|not (?:on|for|under)"
    r"|besides|without|unless|elsewhere|otherwise|everywhere|(?:the )?(?:others|rest))\b"
    r"|\b(?:but|while|whereas|although|though|where) (?:on|for|under|with|in)\b"
    r"|\b(?:for (?:example|instance)|such as|like|just as|especially|particularly|including"
    r"|even|also)(?: for| in| on| the| with)*\s+(?=\w)(?:"
    + _NAMED.pattern
    + "|"
    + _KIND.pattern
    + ")",
    re.IGNORECASE,
)
"""Names that are left out, of which something else is said, or that are examples."""
_WIDTH = re.compile(
    r"\b(?:on|for|under|in) (?:all )?(?:(?:32|64)[- ]bit|uniprocessors?\b|(?-i:UP)\b)",
    re.IGNORECASE,
)
_LEADS = re.compile(
    rf"\b(?:on|for|under|in|of|with|both)(?: (?:the|an?|all|any|every))?(?: {_KIND.pattern})? \Z",
    re.IGNORECASE,
)
_JOINS = re.compile(
    rf"(?: (?:guest|host|machine|processor|CPU)s?| {_KIND.pattern})?"
    r"(?:,? (?:and|or|as well as|as(?: (?:it|they) (?:does|do))?)|,|/)"
    rf" ?(?:(?:on|for|the|all) )?(?:{_KIND.pattern} )?",
    re.IGNORECASE,
)
_CLAUSE = re.compile(r"[,(:]|\b(?:and|but|so)\b", re.IGNORECASE)
"""What may begin another clause, whose machine is not the claim's."""
_SUBJECT = re.compile(
    r"(?: (?:guest|host|machine|processor|CPU)s?)?,? (?:it|they|this|that|these|those|the|a|an"
    r"|there|all|each|every|no|hardware|nothing|nobody)\b",
    re.IGNORECASE,
)
"""What something else is said of: "…, on arm64 it is broadcast"."""


def named_machines(claim: Claim) -> tuple[frozenset[str], frozenset[str]] | None:
    """The architectures that the sentence of a claim names, and the kinds of x86 machines.

    Nothing is said of the others: "a TLB flush sends an IPI on loongarch" is no claim about arm64.
    None if some are named to leave them out or as examples, or to say something else of them
    ("…, while arm64 broadcasts"): what is claimed of a machine has its name behind "on" or "for" or
    right before the claim, and all names stand beside each other, in the clause of the claim. None
    too if a width of machines limits it.
    """
    text = sentence_of(claim)
    found = tuple(_NAMED.finditer(text))
    kinds = {_KINDS[one.lastindex - 1][0] for one in _KIND.finditer(text) if one.lastindex}
    if ((found or kinds) and _OTHERWISE.search(text)) or _WIDTH.search(_NAMED.sub("", text)):
        return None
    before, after = sentence_around(claim)
    quoted, behind = len(before), len(text) - len(after)
    end = 0
    for one in found:
        if end:
            told = _JOINS.fullmatch(text, end, one.start()) is not None
        else:
            leads = _LEADS.search(text[: one.start()]) is not None
            told = leads or one.end() >= quoted - 1 > one.start()
            told = told and _CLAUSE.search(text, behind, max(behind, one.start())) is None
        end = one.end()
        if not told or (one.start() >= behind and _SUBJECT.match(text, end)):
            return None
    places = {_NAMES[one.lastindex - 1][0] for one in found if one.lastindex}
    return frozenset(places), frozenset(kinds)
