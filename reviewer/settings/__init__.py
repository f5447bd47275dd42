"""What a user lives with: configuration, suppressions, a baseline, the sections of a tree."""
