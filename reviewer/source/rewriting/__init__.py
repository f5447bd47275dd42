"""Passes that make kernel C readable for a C parser, each at equal length."""
