"""The small language of lock comments: verb groups, lists and frames over a tagged sentence."""
