"""Comments to claims: ``Reader(lexicon, patterns).read(comment)``."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from functools import cache
from itertools import product

from ahocorasick_rs import AhoCorasick

from reviewer.claims.arguments import link
from reviewer.claims.folding import Folded, Lines, code_term, lower_case
from reviewer.claims.lexicon import SORTS, Lexicon, builtin_lexicon, variants
from reviewer.claims.memory import Before, Heads
from reviewer.claims.modality import modality_of
from reviewer.claims.model import Claim, Kind, Modality, Term
from reviewer.claims.patterns import (
    Compiled,
    Pattern,
    PatternFile,
    builtin_patterns,
    compile_pattern,
)
from reviewer.claims.references import references
from reviewer.claims.sentences import Sentence, sentences
from reviewer.claims.subjects import subject_before
from reviewer.claims.tagging import Tagger
from reviewer.claims.terms import Found, Tagged
from reviewer.source.model import AnchorKind, CommentBlock

MAX_COMMENT = 200_000
"""Characters of one comment that are read; what follows is ignored."""


@dataclass(frozen=True, slots=True)
class Unread:
    """A sentence with words of synchronization and of guarantee that no pattern understood."""

    start: int
    end: int
    line: int
    quote: str
    concepts: tuple[str, ...]
    comment: CommentBlock = field(repr=False)


@dataclass(frozen=True, slots=True)
class Reading:
    """What was read from a comment, and what was seen but not understood."""

    claims: tuple[Claim, ...]
    unread: tuple[Unread, ...]


class Reader:
    """Reads comments; compiles its lexicon and patterns once. Immutable and picklable by parts."""

    def __init__(self, lexicon: Lexicon, patterns: PatternFile) -> None:
        self.lexicon = lexicon
        self.patterns = patterns
        self._tagger = Tagger(lexicon)
        self._compiled = tuple(compile_pattern(p, patterns.macros) for p in patterns.patterns)
        self._trigger = AhoCorasick(sorted(_trigger_words(lexicon)))
        self._candidates: dict[int, int] = {}
        words = sorted({word for compiled in self._compiled for word in compiled.words})
        self._words = AhoCorasick(words or ["\0"])
        self._having = [
            sum(1 << i for i, c in enumerate(self._compiled) if word in c.words) for word in words
        ]
        self._wordless = sum(1 << i for i, c in enumerate(self._compiled) if not c.words)

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
        lower = lower_case(text)
        if not self._triggered(lower):
            return Reading((), ())
        claims: list[Claim] = []
        unread: list[Unread] = []
        lines = Lines(comment)
        before = Before()
        heads = Heads()
        for sentence in sentences(text):
            part = lower[sentence.start : sentence.end]
            if not heads.open and not self._triggered(part):
                continue
            folded = Folded(text, sentence)
            tagged = self._tagger.tag(folded.text, folded.lower)
            if not heads.open and not tagged.terms:
                continue
            found = self._match(comment, sentence, folded, tagged, lines, before)
            found += heads.read(comment, sentence, folded, tagged, lines)
            before.add(tagged, folded)
            if not found and not sentence.snippet and _sync_guarantee(tagged):
                unread.append(
                    Unread(
                        sentence.start,
                        sentence.end,
                        lines.line(sentence.start),
                        text[sentence.start : sentence.end],
                        tuple(term.concept for term in tagged.terms),
                        comment,
                    )
                )
            claims.extend(found)
            claims.extend(references(comment, sentence, folded, tagged, lines))
        return Reading(link(text, _ordered(claims)), tuple(unread))

    def _triggered(self, lower: str) -> bool:
        return bool(self._trigger.find_matches_as_indexes(lower))

    def may_claim(self, raw: str) -> bool:
        """False if a comment (its text, or its bytes as Latin-1) surely holds no claim."""
        return self._triggered(raw.lower())

    def _patterns_for(self, tagged: Tagged) -> Iterator[Compiled]:
        """Patterns whose sorts and words all occur; the others cannot match."""
        sorts = tagged.sorts
        able = self._candidates.get(sorts)
        if able is None:
            able = sum(
                1 << i
                for i, c in enumerate(self._compiled)
                if all(need & sorts for need in c.needs)
            )
            self._candidates[sorts] = able
        worded = self._wordless
        for word, _, _ in self._words.find_matches_as_indexes(tagged.text, overlapping=True):
            worded |= self._having[word]
        able &= worded
        while able:
            lowest = able & -able
            yield self._compiled[lowest.bit_length() - 1]
            able ^= lowest

    def _match(
        self,
        comment: CommentBlock,
        sentence: Sentence,
        folded: Folded,
        tagged: Tagged,
        lines: Lines,
        before: Before,
    ) -> list[Claim]:
        place = _place(comment, sentence)
        returned = sentence.section in {"return", "returns"}
        found: list[Claim] = []
        for compiled in self._patterns_for(tagged):
            pattern = compiled.pattern
            if pattern.where not in {"any", place}:
                continue
            if returned and pattern.kind in {Kind.REQUIRES, Kind.FORBIDS}:
                continue
            for match in compiled.regex.finditer(tagged.text):
                found.extend(
                    self._claims(comment, sentence, folded, tagged, lines, before, pattern, match)
                )
        return _distinct(found)

    def _claims(
        self,
        comment: CommentBlock,
        sentence: Sentence,
        folded: Folded,
        tagged: Tagged,
        lines: Lines,
        before: Before,
        pattern: Pattern,
        match: re.Match[str],
    ) -> Iterator[Claim]:
        groups = {name: value for name, value in match.groupdict().items() if value}
        slots = {slot: _slot_terms(groups, slot, tagged) for slot in ("subject", "object", "other")}
        kept = {slot: _allowed(found, slot, pattern) for slot, found in slots.items()}
        subjects, objects = kept["subject"], kept["object"]
        if subjects is None or objects is None or kept["other"] is None:
            return
        fallback = _words(match, "what", "data", folded, tagged)
        if fallback is None and groups.get("what"):
            return
        if fallback is None and pattern.subject == "^" and not subjects:
            own = comment.anchor.name or comment.anchor.function
            fallback = subject_before(
                tagged,
                folded.text,
                match.start(),
                own,
                in_field=_place(comment, sentence) == "field",
                pronouns=pattern.kind is Kind.PROTECTED,
            )
            if pattern.kind is Kind.REQUIRES and fallback and _CALLER.search(fallback.text):
                fallback = None
        elif fallback is None and pattern.subject.startswith("@"):
            fallback = before.nearest(pattern.subject, match.start(), tagged, folded)
        elif fallback is None and pattern.subject not in {"", "^"}:
            fallback = Term(before.refine(pattern.subject), "")
        elif fallback is not None and pattern.subject and pattern.subject[0] not in "@^":
            fallback = Term(before.refine(pattern.subject), fallback.text)
        then: tuple[tuple[str, str], ...] = ()
        target = _words(match, "then", "step", folded, tagged)
        if target is not None and objects:
            then = (("then", target.text),)
            target = None
        if target is None and pattern.object.startswith("@"):
            target = before.nearest(pattern.object, match.start(), tagged, folded)
            if target is None:
                return
        elif target is None and pattern.object:
            target = Term(pattern.object, "")
        first, last = match.start(), match.end()
        while last > first and tagged.text[last - 1] in " ,;:(":
            last -= 1
        if last <= first:
            return
        start = folded.start_of(tagged.at[first])
        end = folded.end_of(tagged.until[last - 1])
        negation = not _NEGATIVE.search(match[0])
        modality = modality_of(
            tagged.text,
            first,
            last,
            snippet=sentence.snippet,
            section=sentence.section,
            negation=negation and pattern.modality is Modality.ASSERTED,
        )
        if modality is Modality.ASSERTED:
            modality = pattern.modality
        detail = list(pattern.detail)
        detail.extend(then)
        detail.extend(_details(groups, tagged, folded))
        if sentence.section:
            detail.append(("section", sentence.section))
        places = _slot_terms(groups, "place", tagged)
        for subject, found, place in product(
            subjects or (None,), objects or (None,), places or (None,)
        ):
            extra = [("place", place.name or folded.words(place))] if place else []
            mode = _lock_mode(found, folded)
            if mode and not any(key == "mode" for key, _ in detail):
                extra.append(("mode", mode))
            if pattern.kind is Kind.STABLE and subject and _no_variable(subject.name):
                continue
            yield Claim(
                kind=pattern.kind,
                subject=_term(subject, folded) or fallback or code_term(comment),
                object=_term(found, folded) or target,
                modality=modality,
                role=pattern.role,
                start=start,
                end=end,
                line=lines.line(start),
                end_line=lines.line(end - 1),
                quote=comment.text[start:end],
                pattern=pattern.name,
                comment=comment,
                detail=(*detail, *extra),
            )


@cache
def builtin_reader() -> Reader:
    """A reader of kstale's own lexicon and patterns."""
    return Reader(builtin_lexicon(), builtin_patterns())


def extract(comment: CommentBlock, lexicon: Lexicon, patterns: PatternFile) -> tuple[Claim, ...]:
    """Claims of one comment. For many comments build one ``Reader``: compiling costs 50 ms."""
    return Reader(lexicon, patterns).read(comment)


_NEGATIVE = re.compile(r"\b(?:not|no|never|cannot|without|nor|neither|nobody|nothing)\b|n't\b")
_GUARANTEE = re.compile(
    r"\b(?:must|guarantee[sd]?|ensur(?:e|es|ed|ing)|assur(?:e|es)|protect(?:s|ed|ing)?|prevent(?:s|ed"
    r"|ing)?|cannot|can't|serializ(?:e|es|ed|ing)|stable|exclud(?:e|es|ed)|pairs?|paired"
    r"|rel(?:y|ies) on|synchroniz(?:e|es|ed)|no need|requires?|safe from|is safe)\b"
)
_SYNC_SORTS = sum(
    1 << SORTS.index(sort)
    for sort in ("lock", "context", "flush", "ipi", "walker", "barrier", "gp", "count")
)
_STRONG = (
    "lock",
    "mutex",
    "sem",
    "rcu",
    "irq",
    "interrupt",
    "preempt",
    "sleep",
    "atomic",
    "barrier",
    "()",
    "config_",
    "struct ",
    "->",
    "_",
    "%",
    "@",
    "stable",
    "serializ",
    "context",
    ".c",
    ".h",
    ".rst",
    "documentation/",
    "arch/",
    "drivers/",
    "include/",
    "kernel/",
    "linux/",
    "asm/",
    "tools/",
    "scripts/",
    "mm/",
    "fs/",
    "net/",
    "lib/",
)


def _trigger_words(lexicon: Lexicon) -> set[str]:
    words = set(_STRONG)
    for entry in lexicon.entries:
        for phrase in entry.phrases:
            words.update(variants(phrase.lower()))
    return {w for w in words if w in _STRONG or not any(s in w for s in _STRONG)}


_CALLER = re.compile(r"\bcallers?\Z")


def _no_variable(name: str) -> bool:
    """True for macros and emphasised words (``_values_``), whose value is no matter of locks."""
    return name.isupper() or (name.startswith("_") and name.endswith("_"))


def _place(comment: CommentBlock, sentence: Sentence) -> str:
    if sentence.section in {"context", "locking", "locks"}:
        return "context"
    field_like = comment.trailing or comment.anchor.kind in {
        AnchorKind.FIELD,
        AnchorKind.DECLARATION,
    }
    return "field" if field_like else "prose"


def _slot_terms(groups: Mapping[str, str], slot: str, tagged: Tagged) -> list[Found]:
    one = "".join(groups.get(slot + suffix, "") for suffix in ("", "s", "2", "3"))
    return [tagged.term(char) for char in one if "\ue000" <= char <= "\uf8ff"]


def _allowed(found: list[Found], slot: str, pattern: Pattern) -> list[Found] | None:
    """The terms that the pattern's concepts admit; None if there were some but none will do."""
    wanted = tuple(concept for name, concept in pattern.concepts if name == slot)
    if not wanted or not found:
        return found
    kept = [t for t in found if any(_under(t.concept, w) for w in wanted)]
    return kept or None


def _under(concept: str, root: str) -> bool:
    return concept == root or concept.startswith((root + ".", root + ":"))


def _term(found: Found | None, folded: Folded) -> Term | None:
    return Term(found.concept, folded.words(found), found.name) if found else None


def _words(
    match: re.Match[str], group: str, concept: str, folded: Folded, tagged: Tagged
) -> Term | None:
    """Plain words that a pattern took for its subject or object."""
    if group not in match.re.groupindex or not match[group]:
        return None
    first, last = match.span(group)
    words = folded.text[tagged.at[first] : tagged.until[last - 1]].strip(" ,;:")
    words = _DANGLING.sub("", words)
    return Term(concept, words) if words else None


_DANGLING = re.compile(
    r"(?: (?:to|of|in|but|and|or|the|an?|on|for|with|by|from|is|are|that|which|when|while|not|as|at"
    r"|during|against|so|we|it))+\Z|\A(?:to|of|in|on|for|the|an?|won't|also|normal|automatically"
    r"|concurrent|individual|prior|few)\Z|\A(?:since|because|as) "
)


def _details(
    groups: Mapping[str, str], tagged: Tagged, folded: Folded
) -> Iterator[tuple[str, str]]:
    mode = groups.get("mode") or groups.get("mode2") or groups.get("mode3")
    if mode:
        yield "mode", _MODES.get(mode.strip(), mode.strip())
    if "order" in groups:
        yield "step", _STEPS.get(groups["order"], "before")
    if "other" in groups:
        term = tagged.term(groups["other"])
        yield "other", term.concept


def _lock_mode(lock: Found | None, folded: Folded) -> str:
    """``write`` or ``read`` where the words for a lock say so (``mmap_write_lock()``)."""
    if lock is None or lock.sort != "lock":
        return ""
    words = re.split(r"[ _(]", folded.words(lock))
    return next((word for word in words if word in {"read", "write"}), "")


_MODES = {
    "writing": "write",
    "writer": "write",
    "exclusive": "write",
    "exclusively": "write",
    "reading": "read",
    "reader": "read",
    "shared": "read",
}
_STEPS = {"after": "after", "against": "either", "with": "either", "and": "either"}


def _sync_guarantee(tagged: Tagged) -> bool:
    return bool(tagged.sorts & _SYNC_SORTS) and _GUARANTEE.search(tagged.text) is not None


_REFERENCE_SORTS = {"func", "config", "path"}
_REFERENCE_CONCEPTS = {"struct", "field", "identifier", "constant"}


def _distinct(claims: list[Claim]) -> list[Claim]:
    """Leave out what a better reading of the same words says already.

    Two claims of one kind about one object in overlapping words are one statement: the reading
    with a named subject wins over one with plain words, and that over one without.
    """
    kept: list[Claim] = []
    for claim in sorted(claims, key=_rank):
        if not any(_same(claim, other) for other in kept):
            kept.append(claim)
    return kept


def _rank(claim: Claim) -> tuple[int, int, int]:
    vague = {"code": 2, "data": 1}.get(claim.subject.concept, 0)
    return (vague, -len(claim.detail), claim.start - claim.end)


def _same(claim: Claim, other: Claim) -> bool:
    if claim.kind is not other.kind or claim.start >= other.end or other.start >= claim.end:
        return False
    if claim.get("place") and other.get("place") and claim.get("place") != other.get("place"):
        return False
    if claim.object and other.object and not _alike(claim.object, other.object):
        return False
    return claim.pattern != other.pattern or _alike(claim.subject, other.subject)


def _alike(first: Term, second: Term) -> bool:
    return (first.concept, first.name) == (second.concept, second.name)


def _ordered(claims: list[Claim]) -> list[Claim]:
    return sorted(claims, key=lambda c: (c.start, c.end, c.kind.value, c.subject.concept))
