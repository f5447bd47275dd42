"""Comments that can be put right for certain: what to write, where, and on what evidence."""
