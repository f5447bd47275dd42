"""Witnesses as people draw them: one column a CPU, time downwards; and as data and graphs."""

from reviewer.mmu.witness.columns import draw
from reviewer.mmu.witness.data import execution_json
from reviewer.mmu.witness.graph import dot, svg

__all__ = ["dot", "draw", "execution_json", "svg"]
