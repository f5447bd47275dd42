"""The cat language of memory models: parsed, compiled to a graph of relations, evaluated."""
