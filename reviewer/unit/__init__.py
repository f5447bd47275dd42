"""Compile: what can be said of one file alone, kept by the blob id of its content."""
