"""What the words of a claim, and those around it, say beyond its fields; asked by rules."""
