"""Scope and duty of the claims of a sentence, whoever read them."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import replace

from reviewer.claims.grammar.scope import scope_of
from reviewer.claims.model import ANYWHERE, Claim, Duty
from reviewer.claims.sentences import Sentence


def limited(claims: Iterable[Claim], text: str, sentence: Sentence) -> Iterator[Claim]:
    """The claims with what limits them, and whose duty they are, as fields."""
    for claim in claims:
        scope = scope_of(claim.quote, text[claim.end : sentence.end])
        duty = claim.duty
        if duty is Duty.UNSAID and claim.get("held_by") == "caller":
            duty = Duty.CALLER
        if scope is ANYWHERE and duty is claim.duty:
            yield claim
        else:
            yield replace(claim, scope=scope, duty=duty)
