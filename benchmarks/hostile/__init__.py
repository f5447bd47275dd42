"""Inputs made hostile by chance, and what came of them (``python -m benchmarks.hostile``)."""
