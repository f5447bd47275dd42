"""LKMM's C litmus language and the definition files of its primitives."""
