"""Witnesses as people draw them: one column a CPU, time downwards; and as data and graphs."""

from reviewer.mmu.witness.because import why_json, why_lines
from reviewer.mmu.witness.columns import draw
from reviewer.mmu.witness.data import execution_json
from reviewer.mmu.witness.graph import dot, svg
from reviewer.mmu.witness.outcome import outcome_json, outcome_text, shown, verdict_words

__all__ = [
    "dot",
    "draw",
    "execution_json",
    "outcome_json",
    "outcome_text",
    "shown",
    "svg",
    "verdict_words",
    "why_json",
    "why_lines",
]
