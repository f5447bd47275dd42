"""Contexts that share their noun: "process or interrupt context" names two."""

from __future__ import annotations

import re
from collections.abc import Mapping

from reviewer.claims.lexicon import Entry
from reviewer.claims.terms import Found

_BEFORE = re.compile(r"(?<![\w-])(?P<word>[a-z][a-z-]*) ?(?:,|/| or| and|, or|, and| and/or) \Z")
_NOUN = re.compile(r" contexts?\Z")
_JOINT = 8
"""Characters of ", or " and the like."""
_REACH = 30
"""Characters looked at before a context."""


def shared_nouns(terms: list[Found], lower: str, entries: Mapping[str, Entry]) -> list[Found]:
    """The terms, and the contexts whose noun stands with the last one of their list."""
    if " context" not in lower:
        return terms
    out: list[Found] = []
    for term in terms:
        noun = term.sort == "context" and _NOUN.search(lower, term.start, term.end)
        added: list[Found] = []
        start = term.start
        while noun:
            while out and out[-1].sort == "switch" and start - out[-1].end <= _JOINT:
                start_of_last = out[-1].start
                if not _BEFORE.search(lower, start_of_last, start):
                    break
                out.pop()  # "interrupt" of "interrupt or process context"
            last = out[-1].end if out else 0
            match = _BEFORE.search(lower, max(last, start - _REACH), start)
            entry = entries.get(f"{match['word']} context") if match else None
            if match is None or entry is None or entry.sort != "context":
                break
            start = match.start("word")
            end = match.end("word")
            added.insert(0, Found(start, end, entry.concept, entry.sort, entry.name))
        out += [*added, term]
    return out
