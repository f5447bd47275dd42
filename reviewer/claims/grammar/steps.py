"""Steps in the imperative: "Store p->active before loading the cpu id"."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

from reviewer.claims.building import Seen
from reviewer.claims.folding import known_term
from reviewer.claims.grammar.words import STOP, Token
from reviewer.claims.modality import modality_of
from reviewer.claims.model import Claim, Kind, Modality, Role, Term

_LEAD = re.compile(
    r"(?:store|load|read|write|set|clear|get|take|drop|flush|wait|publish|update|initiali[sz]e"
    r"|disable|enable|unlink|remove|invalidate|check|mark|release|acquire|make|order|stop|drain"
    r"|synchroni[sz]e|commit|post|zap|free|sync|quiesce|kill|queue|test)\Z"
)
"""Verbs that begin a step; a closed list, since any noun may stand first in a fragment."""
_SHARED = frozenset({"name", "func", "lock", "barrier", "gp", "flush", "change", "pte", "count"})
_REACH = 14
"""Tokens between the verb and "before"."""


def steps(seen: Seen, tokens: Sequence[Token]) -> Iterator[Claim]:
    """``orders(first, then)`` of "do A before doing B", where one of them names something."""
    begin = 0
    while begin < len(tokens) and tokens[begin].text in {"we", "must", "first", "so", "*", "-"}:
        begin += 1
    if begin >= len(tokens) or not _LEAD.match(tokens[begin].word.split(" ")[0]):
        return
    for at in range(begin + 1, min(begin + _REACH, len(tokens) - 1)):
        word = tokens[at].text
        if word in STOP:
            return
        if word != "before":
            continue
        following = tokens[at + 1].word.split(" ")[0]
        if not following.endswith("ing"):
            return
        end = _end(tokens, at + 1)
        named = [t for t in tokens[begin:end] if t.sort in _SHARED]
        if named:
            yield from _claim(seen, tokens, begin, at, end)
        return


def _end(tokens: Sequence[Token], at: int) -> int:
    first = at
    while at < len(tokens) and at - first < _REACH and tokens[at].text not in STOP | {".", ","}:
        at += 1
    return at


def _claim(seen: Seen, tokens: Sequence[Token], begin: int, at: int, end: int) -> Iterator[Claim]:
    first, last = tokens[begin].start, tokens[end - 1].end
    start = seen.folded.start_of(seen.tagged.at[first])
    stop = seen.folded.end_of(seen.tagged.until[last - 1])
    modality = modality_of(
        seen.tagged.text,
        first,
        last,
        snippet=seen.sentence.snippet,
        section=seen.sentence.section,
        negation=False,
    )
    if modality is Modality.CONDITIONAL:
        return
    yield Claim(
        kind=Kind.ORDERS,
        subject=_step(seen, tokens, begin, at),
        object=_step(seen, tokens, at + 1, end),
        modality=modality,
        role=Role.PLAIN,
        start=start,
        end=stop,
        line=seen.lines.line(start),
        end_line=seen.lines.line(stop - 1),
        quote=seen.comment.text[start:stop],
        pattern="grammar:steps",
        comment=seen.comment,
        detail=(("step", "before"),),
    )


def _step(seen: Seen, tokens: Sequence[Token], first: int, last: int) -> Term:
    """The thing that a step names, or its words."""
    for token in tokens[first:last]:
        if token.term is not None and token.sort in _SHARED:
            return known_term(token.term, seen.folded)
    at, until = seen.tagged.at, seen.tagged.until
    words = seen.folded.text[at[tokens[first].start] : until[tokens[last - 1].end - 1]]
    return Term("step", words)
