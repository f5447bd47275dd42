"""What a patch takes away from a function: barriers, locks, flushes, waits, assertions."""

from reviewer.evidence.removals.compare import Kind, Removed, removed

__all__ = ["Kind", "Removed", "removed"]
