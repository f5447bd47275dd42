"""On which machines the outcome of a made program is possible, with a witness."""

from __future__ import annotations

from collections.abc import Sequence

from reviewer.evidence.models.emit import Litmus
from reviewer.judging.scenario import Judged, Scenario, judge
from reviewer.mmu.machine import Machine


def judged(program: Litmus, machines: Sequence[Machine]) -> Judged:
    """Ask about the outcome on each machine."""
    return judge(Scenario("pair", program.text), machines)
