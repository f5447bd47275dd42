"""Macros that take something for the rest of a block or for a statement, and drop it again.

include/linux/cleanup.h. In the table of primitives what they take stands as ``guard:spinlock``.
"""

SCOPED = ("scoped_guard", "scoped_cond_guard")
"""A statement follows these."""
GUARDS = ("guard", *SCOPED)
NAMED = "guard:"
"""What the names of the table begin with."""
