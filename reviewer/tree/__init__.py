"""A kernel tree as a folder or a git revision, and the index of its names."""
