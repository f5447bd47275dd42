"""``refers`` claims: the C names, paths and CONFIG_ symbols that a sentence mentions."""

from __future__ import annotations

import re
from collections.abc import Iterator

from reviewer.claims.folding import Folded, Lines
from reviewer.claims.modality import modality_of
from reviewer.claims.model import Claim, Kind, Modality, Role, Term
from reviewer.claims.sentences import Sentence
from reviewer.claims.terms import Tagged
from reviewer.source.model import CommentBlock

_NAMED = {Modality.CONDITIONAL: Modality.ASSERTED, Modality.QUESTION: Modality.ASSERTED}
"""Whoever writes "if foo() fails" takes it for granted that there is a foo()."""
_SPECULATES = re.compile(
    r"\b(?:xxx|todo|fixme|hack|ever|wants?|maybe|perhaps|in theory|theoretically|i think|i guess"
    r"|would(?! (?:already|just) have\b(?! to\b)| have (?:already|just)\b)|could|might"
    r"|one day|some ?day|in the future|eventually|imagine|suppose|supposedly"
    r"|hypothetical|(?:we|one) should|ideally|not sure|we'd|if only)\b"
)
_MADE_UP = re.compile(rf"{_SPECULATES.pattern}|\bfor example\b|\be\.g\b")
_STATEMENT = re.compile(r"[;={}\[\]#\\]|//|\b(?:if|while|for|return) ?\(")
_MARKS = "\"'`"


def references(
    comment: CommentBlock, sentence: Sentence, folded: Folded, tagged: Tagged, lines: Lines
) -> Iterator[Claim]:
    """One ``refers`` claim for each C name, path and CONFIG_ symbol of a sentence."""
    for match in tagged.tokens:
        term = _reference(match)
        if term is None:
            continue
        first = _position(tagged, match.start())
        last = _position(tagged, match.end() - 1) + 1
        start = folded.start_of(match.start())
        end = folded.end_of(match.start() + len(term.text))
        modality = modality_of(
            _unmarked(tagged.text, first, last),
            first,
            last,
            snippet=sentence.snippet and not _drawn(folded, sentence, match),
            section=sentence.section,
            negation=False,
            whole=False,
        )
        bare = match.lastgroup not in {"call", "path"}  # "for example, if a_pfn == b_pfn"
        speculates = _MADE_UP if bare else _SPECULATES
        around = tagged.text[max(0, first - 80) : last + 40]
        if modality is Modality.HYPOTHETICAL and not speculates.search(around):
            modality = Modality.ASSERTED  # "otherwise foo() fails", "for example, see a/b.c"
        yield Claim(
            kind=Kind.REFERS,
            said_subject=None,
            object=term,
            modality=_NAMED.get(modality, modality),
            role=Role.PLAIN,
            start=start,
            end=end,
            line=lines.line(start),
            end_line=lines.line(end - 1),
            quote=comment.text[start:end],
            pattern="refers",
            comment=comment,
            detail=(("section", sentence.section),) if sentence.section else (),
        )


def _unmarked(text: str, first: int, last: int) -> str:
    """The sentence without the quotation marks of a name that is all that they quote."""
    if text[last : last + 1] not in _MARKS or not first or text[first - 1] != text[last : last + 1]:
        return text
    return f"{text[: first - 1]} {text[first:last]} {text[last + 1 :]}"


def _drawn(folded: Folded, sentence: Sentence, match: re.Match[str]) -> bool:
    """True if a drawing, and not example code, names a function: ``f():`` or ``->lock (f, g)``."""
    if _STATEMENT.search(folded.text) or sentence.section:
        return False
    if match.lastgroup == "call":
        return match[0].endswith("()")
    return re.search(r"\s\((?:\w+(?:\(\))?, )*\Z", folded.text[: match.start()]) is not None


def _reference(match: re.Match[str]) -> Term | None:
    kind = str(match.lastgroup)
    token = match[0]
    if token.startswith("->"):
        return Term("field", token, token) if kind == "ident" else None
    if kind == "config":
        return Term("config", token, token)
    if kind == "path":
        token = token.rstrip(".")
        return Term("path", token, token)
    if kind == "call":
        if re.search(r"\((?:s|es|\d\w?|ies|n|e?d|ing)\)\Z", token):
            return None
        return Term("function", token, token.lstrip("&").partition("(")[0])
    if kind == "const":
        return Term("constant", token, token[1:])
    if kind == "struct":
        name = token.lstrip("&").split(" ", 1)[1]
        return Term("field" if "." in name or "->" in name else "struct", token, name)
    name = token.lstrip("&*@")
    if "->" in name or "." in name:
        return Term("field", token, name)
    if kind == "param":
        return None
    return Term("identifier", token, name)


def _position(tagged: Tagged, folded: int) -> int:
    return min(tagged.at.before(folded), len(tagged.text) - 1)
