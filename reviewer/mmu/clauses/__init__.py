"""The search problem of an event tree, as clauses for a SAT solver."""
