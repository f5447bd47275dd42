"""Folders of a kernel tree that are other programs: their names are not the kernel's names."""

from __future__ import annotations

OTHER_PROGRAMS = ("tools/", "samples/", "scripts/", "Documentation/", "usr/")
"""tools/, samples/ and usr/ run in user space, scripts/ on the host that builds; the files of
Documentation/ may hold example programs (Makefile, "subdir-" and "tools/" targets)."""


def is_kernel(path: str) -> bool:
    """True if a file of the tree is the kernel's own code."""
    return not path.startswith(OTHER_PROGRAMS)
