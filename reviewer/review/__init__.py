"""The engine: files in, findings out, for a tree (scan) or a patch (check)."""
