"""Scope, duty and choices of the claims of a sentence, whoever read them."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import replace

from reviewer.claims.grammar.scope import other_choice, scope_of
from reviewer.claims.model import Claim, Duty, Kind, Modality, Scope
from reviewer.claims.sentences import Sentence
from reviewer.source.model import AnchorKind

_CHOSEN = frozenset({Kind.REQUIRES, Kind.PROTECTED, Kind.LEAVES})
"""Kinds of which "A or B" leaves a choice; denied, it rules both out."""


def limited(claims: Iterable[Claim], text: str, sentence: Sentence) -> Iterator[Claim]:
    """The claims with what limits them, and whose duty they are, as fields."""
    for claim in claims:
        scope = scope_of(claim.quote, text[claim.end : sentence.end])
        duty = claim.duty
        if duty is Duty.UNSAID and claim.get("held_by") == "caller":
            duty = Duty.CALLER
        scope, alternative = _chosen(claim, scope, text, sentence)
        modality = Modality.CONDITIONAL if _of_a_flag(claim, sentence) else claim.modality
        now = (scope, duty, alternative, modality)
        if now == (claim.scope, claim.duty, claim.alternative, claim.modality):
            yield claim
        else:
            yield replace(claim, scope=scope, duty=duty, alternative=alternative, modality=modality)


def _of_a_flag(claim: Claim, sentence: Sentence) -> bool:
    """True for "@locked: caller holds foo_lock": what it means that a parameter is true."""
    return (
        claim.modality is Modality.ASSERTED
        and sentence.section.startswith("@")
        and claim.pattern in {"caller-holds", "grammar:holds"}
        and claim.get("force") == "states"
        and claim.comment.anchor.kind is AnchorKind.FUNCTION
    )


def _chosen(claim: Claim, scope: Scope, text: str, sentence: Sentence) -> tuple[Scope, int]:
    """The scope with what would do as well, and the number of the choice."""
    if claim.kind not in _CHOSEN or sentence.section in {"return", "returns"}:
        return scope, 0  # "or an error with it dropped" is another outcome, and no choice
    before = text[sentence.start : claim.start]
    other = other_choice(before, claim.quote, text[claim.end : sentence.end])
    if other is None:
        return scope, claim.alternative
    if other and not scope.unless:
        scope = replace(scope, unless=other)
    return scope, claim.alternative or claim.start + 1
