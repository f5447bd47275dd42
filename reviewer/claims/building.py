"""Claims from a pattern that matched a sentence."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from itertools import product

from reviewer.claims.folding import Folded, Lines, known_term
from reviewer.claims.memory import Before
from reviewer.claims.modality import modality_of
from reviewer.claims.model import Claim, Kind, Modality, Term
from reviewer.claims.patterns import BLOCK, Pattern
from reviewer.claims.sentences import Sentence
from reviewer.claims.slots import allowed, antecedent, details, lock_mode, plain_words, slot_terms
from reviewer.claims.subjects import subject_before
from reviewer.claims.terms import Tagged
from reviewer.source.model import AnchorKind, CommentBlock

_ASKED = (Kind.REQUIRES, Kind.PROTECTED)
_NEITHER = re.compile(r"\bneither\b")
_NEGATIVE = re.compile(r"\b(?:not|no|never|cannot|without|nor|neither|nobody|nothing)\b|n't\b")
_OR = re.compile(r"\bor\b")
_SUPPOSED = re.compile(r"\b(?:if|when|whether|unless) \Z")
_PICKS = re.compile(r"(?:that|which)\b")
_FORETOLD = re.compile(r"(?:will|won't)\b")
_THESE = re.compile(r"\b(?:this|these)\b")
_CONTENT = re.compile(r"\bthe \w+ that\b")
_SEVERAL = re.compile(r"\bany\b|[^s]s\Z")
_CALLER = re.compile(r"\bcallers?\Z")


@dataclass(frozen=True, slots=True)
class Seen:
    """A tagged sentence, the comment it stands in, and what was said before it."""

    comment: CommentBlock
    sentence: Sentence
    folded: Folded
    tagged: Tagged
    lines: Lines
    before: Before

    @property
    def place(self) -> str:
        """Where it stands, as patterns say it: ``context``, ``field`` or ``prose``."""
        if self.sentence.section in {"context", "locking", "locks"}:
            return "context"
        field_like = self.comment.trailing or self.comment.anchor.kind in {
            AnchorKind.FIELD,
            AnchorKind.DECLARATION,
        }
        return "field" if field_like else "prose"


def claims_of(seen: Seen, pattern: Pattern, match: re.Match[str]) -> Iterator[Claim]:
    """The claims of one match: one for each subject, object and place it names."""
    folded, tagged = seen.folded, seen.tagged
    groups = {name: value for name, value in match.groupdict().items() if value}
    slots = {slot: slot_terms(groups, slot, tagged) for slot in ("subject", "object", "other")}
    kept = {slot: allowed(found, slot, pattern) for slot, found in slots.items()}
    subjects, objects = kept["subject"], kept["object"]
    if subjects is None or objects is None or kept["other"] is None:
        return
    said = plain_words(match, "what", "data", folded, tagged)
    if said is None and groups.get("what"):
        return
    fallback = _subject(seen, pattern, match, said, named=bool(subjects))
    if pattern.subject.startswith("@") and not subjects and not antecedent(fallback, pattern):
        return
    if fallback is not None and _cannot_sleep(pattern, match, fallback):
        return
    then: tuple[tuple[str, str], ...] = ()
    target = plain_words(match, "then", "step", folded, tagged)
    if target is not None and objects:
        then = (("then", target.text),)
        target = None
    if target is None and pattern.object.startswith("@"):
        target = seen.before.nearest(pattern.object, match.start(), tagged, folded)
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
    modality = _modality(seen, pattern, match, last)
    if (
        modality is Modality.CONDITIONAL
        and pattern.kind is Kind.REQUIRES
        and ("force", "states") in pattern.detail
        and _SUPPOSED.search(tagged.text, max(0, first - 12), first)
    ):
        return  # "if we are in process context" asks for nothing
    detail = _detail(seen, pattern, groups, then)
    places = slot_terms(groups, "place", tagged)
    listed = groups.get("objects", "")
    choice = start + 1 if len(objects) > 1 and _OR.search(listed) else 0
    for subject, found, place in product(
        subjects or (None,), objects or (None,), places or (None,)
    ):
        extra = [("place", place.name or folded.words(place))] if place else []
        mode = lock_mode(found, folded)
        if mode and not any(key == "mode" for key, _ in detail):
            extra.append(("mode", mode))
        if pattern.kind is Kind.STABLE and subject and _no_variable(subject.name):
            continue
        yield Claim(
            kind=pattern.kind,
            said_subject=known_term(subject, folded) if subject else fallback,
            object=known_term(found, folded) if found else target,
            modality=modality,
            role=pattern.role,
            start=start,
            end=end,
            line=seen.lines.line(start),
            end_line=seen.lines.line(end - 1),
            quote=seen.comment.text[start:end],
            pattern=pattern.name,
            comment=seen.comment,
            detail=(*detail, *extra),
            alternative=choice,
        )


def _subject(
    seen: Seen, pattern: Pattern, match: re.Match[str], said: Term | None, *, named: bool
) -> Term | None:
    """The subject of a claim whose subject slot caught no term; ``said`` are plain words."""
    wanted = pattern.subject
    if said is not None:
        refined = wanted and wanted[0] not in "@^"
        return Term(seen.before.refine(wanted), said.text) if refined else said
    if wanted == "^" and not named:
        anchor = seen.comment.anchor
        first = match[0][0]
        if ord(first) >= BLOCK and (opening := seen.tagged.term(first)).sort == "func":
            itself = opening.name.rstrip("()") in {anchor.name, anchor.function}
            return None if itself else known_term(opening, seen.folded)
        found = subject_before(
            seen.tagged,
            seen.folded.text,
            match.start(),
            anchor.name or anchor.function,
            in_field=seen.place == "field",
            pronouns=pattern.kind is Kind.PROTECTED,
        )
        if pattern.kind is Kind.REQUIRES and found and _CALLER.search(found.text):
            return None
        return found
    if wanted.startswith("@"):
        return seen.before.nearest(wanted, match.start(), seen.tagged, seen.folded)
    return Term(seen.before.refine(wanted), "") if wanted not in {"", "^"} else None


def _cannot_sleep(pattern: Pattern, match: re.Match[str], subject: Term) -> bool:
    """True if what is said to sleep, or not to, is no code.

    A lock, any of several things ("calls that may sleep"), what is foretold of others ("the
    request won't block") and what a rule or the like says ("the rule that polls must not sleep").
    """
    if ("object", "may-sleep") not in pattern.concepts:
        return False
    foretold = _FORETOLD.match(match[0]) is not None and _THESE.search(subject.text) is None
    if subject.concept == "data" and (foretold or _CONTENT.search(subject.text)):
        return True
    picked = _PICKS.match(match[0]) is not None and _SEVERAL.search(subject.text) is not None
    owned = match.string[: match.start()].rstrip().endswith(("owner", "holder"))
    locks = subject.concept.startswith("lock") and not owned
    return locks or (picked and subject.concept == "data")


def _modality(seen: Seen, pattern: Pattern, match: re.Match[str], last: int) -> Modality:
    """What the words around a match make of it, else what its pattern says."""
    negation = not _NEGATIVE.search(match[0])
    if pattern.kind in _ASKED and _NEITHER.search(match[0]):
        return Modality.NEGATED
    modality = modality_of(
        seen.tagged.text,
        match.start(),
        last,
        snippet=seen.sentence.snippet,
        section=seen.sentence.section,
        negation=negation and pattern.modality is Modality.ASSERTED,
    )
    return pattern.modality if modality is Modality.ASSERTED else modality


def _detail(
    seen: Seen, pattern: Pattern, groups: Mapping[str, str], then: tuple[tuple[str, str], ...]
) -> tuple[tuple[str, str], ...]:
    return (
        *pattern.detail,
        *then,
        *details(groups, seen.tagged),
        *section_of(seen.sentence),
    )


def section_of(sentence: Sentence) -> tuple[tuple[str, str], ...]:
    """The section of kernel-doc that a sentence stands in, and the member that this belongs to."""
    section, member = sentence.section, sentence.member
    own = (("section", section),) if section else ()
    return (*own, ("member", member)) if member and member != section else own


def _no_variable(name: str) -> bool:
    """True for macros and emphasised words (``_values_``), whose value is no matter of locks."""
    return name.isupper() or (name.startswith("_") and name.endswith("_"))
