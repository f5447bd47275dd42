"""Comment text to sentences: lists, sections, abbreviations, and code or diagrams set apart."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

MAX_SENTENCE = 900
"""Longer runs without a full stop are cut at a line end, in characters."""


@dataclass(frozen=True, slots=True)
class Sentence:
    """A stretch of ``comment.text``: its span, the kernel-doc section it is in, and its form.

    ``section`` is lower case (``context``, ``return``, ``@mm``, ``description`` …) or ''.
    ``snippet`` marks lines of code or a diagram. ``paragraph`` numbers paragraphs.
    ``item`` marks a list item.
    """

    start: int
    end: int
    section: str = ""
    snippet: bool = False
    paragraph: int = 0
    item: bool = False
    member: str = ""
    """The ``@member`` that a section further in belongs to: "Locking:" below an operation."""


_SECTION = re.compile(
    r"[ \t]*(@[\w.\[\]-]+(?:\.\.\.)?|context|locking|locks|return|returns|note|notes|description"
    r"|example|examples|changelog|history|todo|fixme|xxx|warning|caution|hint)\b[ \t]*:(?!:)"
    r"(?=\s|$)",
    re.IGNORECASE,
)
_ITEM = re.compile(r"[ \t]*(?:[-*+o•]|\(?(?:\d{1,2}|[a-zA-Z]|i{1,3}|iv|vi{0,3})[.)])[ \t]+(?=\S)")
_STOP = re.compile(r"[.!?](?=[\"')\]]*(?:\s|$))[\"')\]]*")
_ABBREVIATION = re.compile(
    r"(?:\b(?:e\.g|i\.e|etc|vs|cf|resp|approx|incl|excl|no|fig|sec|ch|ie|eg|viz|aka|dr|mr|st"
    r"|spec|rev|ver|vol|pp|ref|[a-z])|\.\.)\Z",
    re.IGNORECASE,
)
_OPENS = re.compile(
    r"(?<=[a-z\d)\]])[ \t]*\n(?=[ \t]*(?:The|This|These|It|We|They|There|If|When|Since|Because|Also"
    r"|Note|Callers?|Called|Call|Must|Should|May|Can|Needs?|Requires?|Assumes?|Expects?|Takes?|Has|Have"
    r"|Acquires?|Drops?|Releases?|Returns?|Use[ds]?|Protected|Hold[s]?|Do(?:es)?)\b(?![ \t]*[(_]))"
)
"""A line's start with an ordinary word in capitals: a new sentence, though no full stop was set."""
_GOES_ON = re.compile(
    r"\b(?:the|an?|of|to|in|on|by|at|for|from|with|under|into|onto|between|without|and|or|but|nor"
    r"|neither|either|both|that|which|who|whose|is|are|was|were|be|been|being|has|have|had|not"
    r"|never|no|any|all|each|every|only|always|also|must|should|shall|may|might|can|could|will"
    r"|would|cannot|do|does|did|if|when|while|until|unless|before|after|because|since|so|whether"
    r"|see|via|as|than|once|then|where|how|what|why|already|still|just|now|ever|yet|more|most|its|this|these|those|our|your|their|called|named)\Z",
    re.IGNORECASE,
)
"""The last word of a line that no sentence ends with."""
_OF_A_NAME = re.compile(r"\W*[\w.>-]+(?:\(\))?(?: *:|[ \t]+--?)\s")
_LATIN = re.compile(r"(?:\be\.g|\bi\.e|\bvs|\bcf|\beg|\bie)\Z", re.IGNORECASE)
_CODE = re.compile(
    r"(?:[;{}\\]|\*/|=>|->)[ \t]*\Z"  # ends like C
    r"|\S(?: {3,}|\t[ \t]*)\S"  # columns
    r"|\A[ \t]*(?:if|while|for|switch|return|do|goto) ?[({].*\)[ \t]*\{?[ \t]*(?://.*)?\Z"
    r"|\A[ \t]*[\w>.*\[\]()-]+ [-+|&]?= [^=].*\Z"  # assignment
    r"|\A[ \t]*\w+\((?:[\w>&*,. -]|\(\))*\)[ \t]*;?\Z"  # a bare call
    r"|\A[ \t]*[-=+|~^*_#<>/. \\]{3,}\Z"  # a rule
    r"|\A[ \t]*#[ \t]*(?:if|ifdef|define|else|endif)\b"
    r"|-->|<--|==>|<==|\|\||\+--"
)
_SIGNS = re.compile(r"[;{}\\>=(#<|\t]| {3}|\+--|\*/")
"""What a line of code has inside, one of them, if it is no rule (``-----``)."""
_LOOP = re.compile(r"[ \t]*(?:for (?:each|every|all)|while|repeat)\b[^.;]{0,60}:[ \t]*\Z", re.I)
"""Heads an algorithm in words: what stands further in are its steps, not statements of fact."""


def around(text: str, start: int, end: int) -> str:
    """The whole sentences that a span lies in, folded to one line."""
    touched = [one for one in sentences(text) if one.start < end and start < one.end]
    first = min((one.start for one in touched), default=start)
    last = max((one.end for one in touched), default=end)
    return " ".join(text[min(first, start) : max(last, end)].split())


def sentences(text: str) -> Iterator[Sentence]:
    """The sentences of a comment's text in order; spans never overlap.

    Time is linear in the length of ``text``; no sentence is longer than ``MAX_SENTENCE`` plus
    one line.
    """
    section = ""
    left = member = ""
    margin = outer = 0
    paragraph = 0
    start = -1
    end = 0
    listed = False
    loop = -1

    def flush(until: int) -> Iterator[Sentence]:
        nonlocal start
        if start >= 0:
            opens = not listed and not section.startswith("@")
            for first, last in _split(text, start, until, opens=opens):
                yield Sentence(first, last, section, False, paragraph, listed, member)
        start = -1

    at = 0
    size = len(text)
    previous_blank = True
    while at < size:
        stop = text.find("\n", at)
        stop = size if stop < 0 else stop
        line = text[at:stop] if stop - at <= 4096 else text[at : at + 4096]
        bare = line.strip()
        if not bare:
            yield from flush(end)
            paragraph += 1
            listed = False
            left, section = section or left, ""
            previous_blank = True
            at = stop + 1
            continue
        depth = _depth(line) if loop >= 0 else 0
        if depth <= loop:
            loop = -1
        if loop < 0 and bare[-1] == ":" and _LOOP.match(line):
            loop = depth = _depth(line)
        head = _SECTION.match(line) if ":" in line else None
        if left and not head and left[0] == "@" and _depth(line) > margin:
            section = left  # kernel-doc: what is indented goes on with the member above
        elif member and previous_blank and not head:
            member = member if _depth(line) > outer else ""
            section = member if left else section
        left = ""
        item = None if head else _ITEM.match(line)
        if head:
            yield from flush(end)
            section = head[1].lower()
            margin = _depth(line)
            if section[0] == "@":
                member, outer = section, margin
            elif margin <= outer:
                member = ""
            listed = False
            if line[head.end() :].strip():
                start = at + head.end()
            previous_blank = False
        elif (0 <= loop < depth and not item) or (
            _may_be_code(bare) and _CODE.search(line) and not _prose(line)
        ):
            yield from flush(end)
            yield Sentence(at, stop, section, True, paragraph, False)
        elif item and (previous_blank or start < 0 or _item_here(text, start, end, line)):
            yield from flush(end)
            listed = True
            start = at + item.end()
        elif start < 0:
            start = at
        elif stop - start > MAX_SENTENCE:
            yield from flush(end)
            start = at
        if start >= 0 and bare[-1] == ":" and not head:
            yield from flush(stop)
        end = stop
        previous_blank = False
        at = stop + 1
    yield from flush(size)


def _may_be_code(bare: str) -> bool:
    """False if ``_CODE`` surely does not match a line, given without the space around it."""
    return _SIGNS.search(bare) is not None or not (bare[0].isalnum() or bare[-1].isalnum())


def _depth(line: str) -> int:
    """Columns that a line is indented by."""
    wide = line.expandtabs(8)
    return len(wide) - len(wide.lstrip())


def _item_here(text: str, start: int, end: int, line: str) -> bool:
    """True if a bulleted line after prose starts an item rather than goes on (``- 1``)."""
    marker = line.lstrip()[:1]
    return marker in "-*+•(" or marker.isdigit() or text[start:end].rstrip().endswith((".", ":"))


def _prose(line: str) -> bool:
    """True if a line that looks like code reads as prose all the same (ends ``foo->bar;``)."""
    words = re.findall(r"(?<![\w>&.])[A-Za-z][a-z]+(?![\w(>-])[.,;:]?", line)
    return len(words) >= 5 and not re.search(r"\S(?: {4,}|\t[ \t]*)\S", line)


def _split(text: str, start: int, end: int, *, opens: bool) -> list[tuple[int, int]]:
    found: list[tuple[int, int]] = []
    first = start
    for last in (*_stops(text, start, end, opens=opens), end):
        while last - first > MAX_SENTENCE:
            cut = text.rfind(" ", first + 1, first + MAX_SENTENCE)
            cut = cut if cut > first else first + MAX_SENTENCE
            _strip(text, first, cut, found)
            first = cut
        _strip(text, first, last, found)
        first = last
    return found


def _stops(text: str, start: int, end: int, *, opens: bool) -> list[int]:
    """Where the sentences of a stretch of prose end, but for the last.

    ``opens``: also at a line that opens with a capital. What is said of a parameter, of a thing
    in a list and of what is named first ("fn - what is done") is said of that, not of the code.
    """
    found: list[int] = []
    at = start
    for stop in _STOP.finditer(text, start, end):
        rest = text[stop.end() : stop.end() + 12].lstrip()
        if text[stop.start()] == ".":
            before = text[max(at, stop.start() - 8) : stop.start()]
            if rest and (rest[0].islower() or rest[0] in ",;:") and _ABBREVIATION.search(before):
                continue
            if _LATIN.search(before):
                continue
        at = stop.end()
        found.append(at)
    opened = [
        one.end()
        for one in (_OPENS.finditer(text, start, end) if opens else ())
        if not _GOES_ON.search(text, max(start, one.start() - 12), one.start())
        and not _OF_A_NAME.match(text, max((n for n in found if n <= one.start()), default=start))
    ]
    return sorted({*found, *opened}) if opened else found


def _strip(text: str, start: int, end: int, found: list[tuple[int, int]]) -> None:
    """Add a span without the white space around it, unless that is all of it."""
    part = text[start:end].lstrip()
    start = end - len(part)
    if part:
        found.append((start, start + len(part.rstrip())))
