"""Who a sentence speaks of: the grammatical subject in front of a matched pattern."""

from __future__ import annotations

import re

from reviewer.claims.model import Term
from reviewer.claims.terms import Found, Tagged

_BREAK = re.compile(
    r"[;:!?(]|\. | - | -- |\b(?:so|because|since|but|then|thus|therefore|hence|and|if|when|although"
    r"|though|as|while|unless|or|otherwise|after|before|once|e\.g\.|i\.e\.) |, "
)
_RELATIVE = re.compile(r"\b(?:which|that|who|whose)(?: (?:is|are|also|only|then))?\Z")
_RELATIVE_HERE = re.compile(r"(?:which|that)\b(?! (?:function|routine|call)\b)")
_FILLER = re.compile(
    r"""
    (?:(?:note|nb|warning|attention|also|so|please|must|always|usually|generally|currently|hence
      |only|thus|that|but|and|however|caution|important|therefore|still|context|locking|locks?|just
      |hint|rules?|now|here|yes|no|ok|okay|again|finally|similarly|likewise|furthermore|moreover
      |beware|remember|is|are|be|to|should|will|can|may|either|both|which|in\ general
      |in\ particular|additionally|in\ addition|it\ is|do|does|not|has|have|simply
      |typically|normally|further|xxx|careful|wrapper|internal|version|variant|of|used|for|the|a|an
      |callable|called|conditionally|optional|required|mandatory|like|as|above|unlike|same|except|with|without
      )[,.:!*-]*\s*)*\Z
    """,
    re.VERBOSE,
)
_CODE_WORDS = re.compile(
    r"""
    (?:(?:the|this|these|those|that|above|following|such|all|both|each|every|any|below|new|of|other
      |most|two|three|current|helper|library|wrapper|common|internal|low-level|low\ level|main
      |callback|static|so|note|also|but|and|please|generic|exported|entire|whole|actual|inline
      |simple|basic|kernel)\ )*
    (?:functions?|routines?|helpers?|callbacks?|methods?|macros?|calls?|it|they|we|we're|this|these|you
      |one|operation|interfaces?|apis?|variants?|versions?|hooks?|code|section|primitives?
      |everything|function\ must|work|iterator|i|stuff|all\ are|wrappers?|implementation|here
      |the\ following)
    (?:\ (?:here|also|itself|below|only|above|is|are|must|should|and|always|may|can|will|has|have
      |does|do|now|then|still|in\ turn))*\Z
    """,
    re.VERBOSE,
)
_ABOUT_CODE = re.compile(
    r"""
    [^\w\ue000-\uf8ff]*
    (?:(?:so|note|note\ that|and|also|all|but|warning|important)[:,]?\ )*
    (?:must|should|called|can|may|will|this|these|those|it|they|we|you|takes?|returns?|does|is|are
      |needs?|has|do|function|all\ are|caller|the\ caller|callers|if|unlike|a\ wrapper
      |the\ function|requires?|safe|not)\b
    """,
    re.VERBOSE,
)
_SELF = re.compile(
    r"(?:this|it)(?: (?:function|routine|helper))? (?:is|gets|must|should|may|can)\b"
)
_WHERE = re.compile(
    r"(?P<who>[a-z]+|[\ue000-\uf8ff])(?: (?P<where>environment|context|level|mode))?(?: only)?"
)
_RUNS = frozenset({"process", "interrupt", "irq", "user", "task", "thread", "softirq", "tasklet"})
_KIND_OF_CODE = re.compile(r"function|\b(?:callback|routine|method|handler|helper|macro)\b")
"""What "it" stands for, in "the callback is optional; it must not sleep"."""
_JOINED = re.compile(r"(?:and|but) ")
_PRONOUN = re.compile(r"(?:it|they)\b")


def subject_before(
    tagged: Tagged,
    folded: str,
    start: int,
    own: str,
    *,
    in_field: bool = False,
    pronouns: bool = False,
) -> Term | None:
    """The subject of the clause that ends at ``start`` of the tagged sentence.

    None stands for the code the comment is anchored to, whose name is ``own``: nothing, an
    adverb, "this function", "it", or the name itself comes before. Else a known term, or plain
    words as concept ``data``. In a comment on a field, words before a comma describe the field,
    not a subject. ``pronouns``: "it" is something said before, not the code.
    """
    if _SELF.match(tagged.text, start):
        return None
    head = tagged.text[:start].rstrip() + " "
    if tagged.text[start] == "(" or (
        in_field and head.rstrip().endswith((",", ";", "(", "-", "."))
    ):
        return None
    cut = 0
    for found in _BREAK.finditer(head):
        cut = found.end()
    clause = head[cut:].strip(" ,*-\"'`")
    if _RELATIVE_HERE.match(tagged.text, start):
        clause += " that"
    relative = _RELATIVE.search(clause)
    if not relative and _JOINED.match(tagged.text, start):
        clause = _leading_words(
            " " + head[_sentence(head) :].lstrip()
        )  # "must be implemented and can sleep"
        if _CODE_WORDS.search(clause) or _FILLER.match(clause):
            return None
    if relative:
        clause = clause[: relative.start()].rstrip(" ,")
        if not clause:
            clause = re.sub(r"[ ,]+\Z", "", head[:cut])[-60:]
        if not clause:
            return None
    elif pronouns and _PRONOUN.fullmatch(clause) and not in_field:
        return Term("data", clause)
    elif (
        _PRONOUN.match(clause)
        and not _FILLER.match(head[:cut])
        and not _KIND_OF_CODE.search(head[:cut])
    ):
        return Term("data", clause.split()[0])
    elif _is_where(tagged, clause):
        return None
    elif _FILLER.match(clause) or (
        _CODE_WORDS.search(clause) and _last_term(tagged, clause, 3) is None
    ):
        joined = re.search(r"\b(?:and|but) \Z", head[:cut])
        if not joined or not _FILLER.match(clause) or _ABOUT_CODE.match(head):
            return None
        clause = _leading_words(head)
        if _CODE_WORDS.search(clause) or _FILLER.match(clause):
            return None
    term = _last_term(tagged, clause, 1 if relative else 3)
    if term is not None:
        name = term.name.rstrip("()")
        if own and name and own.rsplit(".", maxsplit=1)[-1] == name:
            return None
        return Term(term.concept, folded[term.start : term.end], term.name)
    words = _DANGLING.sub("", " ".join(clause.split()[-4:]))
    return Term("data", _spelled(words, tagged, folded)) if words else None


_DANGLING = re.compile(r"(?: (?:and|or|but|is|are|to|that|which|be|the|a|of))+\Z")


def _spelled(words: str, tagged: Tagged, folded: str) -> str:
    """Words of a tagged sentence with its terms spelled out again."""
    return "".join(
        folded[tagged.term(char).start : tagged.term(char).end]
        if "\ue000" <= char <= "\uf8ff"
        else char
        for char in words
    )


def _is_where(tagged: Tagged, clause: str) -> bool:
    """True for "Process environment, called with foo_lock held": where the code runs, not what."""
    found = _WHERE.fullmatch(clause)
    if found is None:
        return False
    if found["who"] > "\ue000":
        term = tagged.term(found["who"])
        return term.sort in {"context", "switch"} or term.concept == "interrupt"
    return found["who"] in _RUNS and found["where"] is not None


def _sentence(head: str) -> int:
    """Where the last statement of a sentence begins, a part behind ";" or a bracket apart."""
    return max(head.rfind(sign) + 1 for sign in ";:(")


def _leading_words(head: str) -> str:
    """The first words of a sentence, its subject where later clauses share it ("X … and must")."""
    words = re.split(
        r"(?:'s)? (?:is|are|was|were|will|can|cannot|may|must|should|has|have|does|do|gets?"
        r"|runs?|takes?|updated)\b",
        head,
    )
    return words[0].strip(" ,*-\"'`")


def _last_term(tagged: Tagged, clause: str, reach: int) -> Found | None:
    """The term among the last ``reach`` words of a clause; paths and options are no subjects."""
    for word in reversed(clause.split()[-reach:]):
        for char in word:
            if "\ue000" <= char <= "\uf8ff":
                found = tagged.term(char)
                return None if found.sort in {"config", "path"} else found
    return None
