"""Comments to claims: ``Reader(lexicon, patterns).read(comment)``."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from functools import cache
from itertools import islice

from ahocorasick_rs import AhoCorasick

from reviewer.claims.arguments import link
from reviewer.claims.building import Seen, claims_of
from reviewer.claims.candidates import Candidates
from reviewer.claims.described import described
from reviewer.claims.distinct import distinct, merged, one_each, ordered
from reviewer.claims.folding import Folded, Lines, lower_case
from reviewer.claims.grammar.frames import builtin_grammar
from reviewer.claims.grammar.read import grammar_claims
from reviewer.claims.lexicon import Lexicon, builtin_lexicon
from reviewer.claims.limits import limited
from reviewer.claims.lock_table import EMPTY, lock_table
from reviewer.claims.memory import Before, Heads
from reviewer.claims.modality import modality_of
from reviewer.claims.model import Claim, Kind
from reviewer.claims.patterns import Pattern, PatternFile, builtin_patterns, compile_pattern
from reviewer.claims.reading import Reading, Unread
from reviewer.claims.references import references
from reviewer.claims.sentences import MAX_SENTENCE, Sentence, sentences
from reviewer.claims.synchronization import has_word, speaks_of_synchronization
from reviewer.claims.tagging import Tagger
from reviewer.claims.terms import Tagged
from reviewer.claims.triggers import trigger_words
from reviewer.source.model import CommentBlock

MAX_COMMENT = 34_000
"""Characters of one comment that are read; in Linux 6.12 only three longer ones were found, all of
them descriptions of user interfaces. What follows is one sentence that is not understood."""
MAX_CLAIMS = 200
"""Claims read in one comment, at most; there are 73 in the comment of 6.12 that has most."""
MAX_MENTIONS = 500
"""Mentions of names read in one comment; the most that one of 6.12 has are 336."""


class Reader:
    """Reads comments; compiles its lexicon and patterns once. Immutable and picklable by parts."""

    def __init__(self, lexicon: Lexicon, patterns: PatternFile) -> None:
        self.lexicon = lexicon
        self.patterns = patterns
        self._tagger = Tagger(lexicon)
        self._candidates = Candidates(
            tuple(compile_pattern(pattern, patterns.macros) for pattern in patterns.patterns)
        )
        self._grammar = builtin_grammar()
        self._trigger = AhoCorasick(sorted(trigger_words(lexicon)))

    def extended(self, words: Mapping[str, tuple[str, ...]], patterns: Iterable[Pattern]) -> Reader:
        """A reader that also knows a rule's words and patterns."""
        more = tuple(patterns)
        if not words and not more:
            return self
        return Reader(
            self.lexicon.with_words(words),
            PatternFile(self.patterns.patterns + more, self.patterns.macros),
        )

    def read(self, comment: CommentBlock) -> tuple[Claim, ...]:
        """The claims of a comment in text order. Pure, never raises, linear time in practice."""
        return self.reading(comment).claims

    def reading(self, comment: CommentBlock) -> Reading:
        """The claims of a comment, and the sentences that were seen but not understood."""
        text = comment.text[:MAX_COMMENT]
        rest = MAX_COMMENT if len(comment.text) > MAX_COMMENT else 0
        lower = lower_case(text)
        if rest and not self._triggered(lower_case(comment.text)):
            return Reading((), ())
        claims: list[Claim] = []
        unread: list[Unread] = []
        lines = Lines(comment)
        stated = said = 0
        table = lock_table(comment, text, lines, self._tagger.tag) if "lock" in lower else EMPTY
        claims.extend(table.claims)
        before = Before()
        heads = Heads()
        for sentence in sentences(text):
            if said >= MAX_CLAIMS or len(claims) - said >= MAX_MENTIONS:
                rest = sentence.start
                break
            part = lower[sentence.start : sentence.end]
            if not heads.open and not self._triggered(part):
                continue
            folded = Folded(text, sentence)
            tagged = self._tagger.tag(folded.text, folded.lower)
            if not heads.open and not tagged.terms and not has_word(folded.lower):
                continue
            seen = Seen(comment, sentence, folded, tagged, lines, before)
            speaks = speaks_of_synchronization(tagged, folded.lower)
            if table.holds(sentence.start):
                claims.extend(references(comment, sentence, folded, tagged, lines))
                continue
            found = self._match(seen, speaks=speaks)
            found += heads.read(comment, sentence, folded, tagged, lines)
            before.add(tagged, folded)
            stated += bool(found)
            if speaks and not found and not sentence.snippet:
                unread.append(_unread(comment, sentence, folded, tagged, lines))
            said += len(found)
            claims.extend(limited(found, text, sentence))
            claims.extend(references(comment, sentence, folded, tagged, lines))
        members = list(islice(described(comment, text, lines), MAX_MENTIONS + 1))
        if len(members) > MAX_MENTIONS:
            start = members.pop().start
            rest = min(rest, start) if rest else start
        claims.extend(members)
        if rest:
            unread.append(_rest(comment, rest, lines))
        linked = link(text, ordered(claims)) if claims else ()
        return Reading(linked, tuple(unread), stated)

    def _triggered(self, lower: str) -> bool:
        """True if some trigger occurs. The commonest are asked first: the automaton finds all."""
        if "_" in lower or "lock" in lower:  # six of ten of those that hold any in Linux 6.12
            return True
        return bool(self._trigger.find_matches_as_indexes(lower))

    def may_claim(self, raw: str) -> bool:
        """False if a comment (its text, or its bytes as Latin-1) surely holds no claim."""
        return self._triggered(raw.lower())

    def _match(self, seen: Seen, *, speaks: bool) -> list[Claim]:
        returned = seen.sentence.section in {"return", "returns"}
        found: list[Claim] = []
        for compiled in self._candidates.of(seen.tagged):
            pattern = compiled.pattern
            if pattern.where != "any" and pattern.where != seen.place:
                continue
            if returned and pattern.kind in {Kind.REQUIRES, Kind.FORBIDS}:
                continue
            for match in compiled.regex.finditer(seen.tagged.text):
                found.extend(claims_of(seen, pattern, match))
        if not speaks or seen.sentence.snippet:
            return distinct(found)
        more = grammar_claims(seen, self._grammar, alone=not found)
        return one_each(merged(distinct(found), more))


def _rest(comment: CommentBlock, start: int, lines: Lines) -> Unread:
    """What to say of the part of a comment that is too long to be read."""
    end = min(start + MAX_SENTENCE, len(comment.text))
    quote = comment.text[start:end]
    return Unread(
        start, end, lines.line(start), quote, ("too-long",), comment, end_line=comment.end_line
    )


def _unread(
    comment: CommentBlock, sentence: Sentence, folded: Folded, tagged: Tagged, lines: Lines
) -> Unread:
    """What to say of a sentence about synchronization that gave no claim."""
    return Unread(
        sentence.start,
        sentence.end,
        lines.line(sentence.start),
        comment.text[sentence.start : sentence.end],
        tuple(term.concept for term in tagged.terms),
        comment,
        modality_of(
            tagged.text,
            0,
            len(tagged.text),
            snippet=sentence.snippet,
            section=sentence.section,
            negation=False,
        ),
        lines.line(sentence.end - 1),
    )


@cache
def builtin_reader() -> Reader:
    """A reader of kstale's own lexicon and patterns."""
    return Reader(builtin_lexicon(), builtin_patterns())
