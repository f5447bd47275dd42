"""Litmus tests in assembly, one module an architecture, found by the name of the first line."""
