"""Whether a claim that was read is about the code at hand at all; the reader knows no code."""

from __future__ import annotations

from dataclasses import replace

from reviewer.claims.model import Claim, Kind, Modality
from reviewer.judging.devices import is_step_of_a_device
from reviewer.judging.elsewhere import is_said_of_elsewhere
from reviewer.world import World


def as_meant(claim: Claim, world: World) -> Claim:
    """The claim, no longer asserted if the code shows that it is not about synchronization here."""
    if claim.kind is Kind.REFERS or claim.modality is not Modality.ASSERTED:
        return claim
    if is_said_of_elsewhere(claim, world):
        return replace(claim, modality=Modality.ELSEWHERE)
    if is_step_of_a_device(claim, world):
        return replace(claim, modality=Modality.DEVICE)
    return claim
