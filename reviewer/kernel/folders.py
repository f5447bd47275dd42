"""Which files of a kernel tree are judged, and which folders are other programs.

Names of other programs are not the kernel's names.
"""

from __future__ import annotations

OTHER_PROGRAMS = ("tools/", "samples/", "scripts/", "Documentation/", "usr/")
"""tools/, samples/ and usr/ run in user space, scripts/ on the host that builds; the files of
Documentation/ may hold example programs (Makefile, "subdir-" and "tools/" targets)."""

SOURCES = (".c", ".h", ".S")
"""How the files end whose comments are judged."""

_LEAVES = ("arch", "drivers", "fs", "net", "sound", "security")
"""Folders whose subfolders are parts of the kernel that know little of each other."""


def leaf_of(path: str) -> str:
    """The file system, protocol, architecture or kind of driver a file belongs to; '' for the core.

    What lies in fs/, net/ or drivers/ itself, and net/core/, is for all that lies below it.
    """
    parts = path.split("/")[:-1]
    if len(parts) < 2 or parts[0] not in _LEAVES or parts[:2] == ["net", "core"]:
        return ""
    return "/".join(parts[:2])


def is_kernel(path: str) -> bool:
    """True if a file of the tree is the kernel's own code."""
    return not path.startswith(OTHER_PROGRAMS)
