"""What a file can see: whether what is elsewhere may be meant by a name in its comments."""

from __future__ import annotations

from reviewer.kernel.folders import is_kernel, leaf_of
from reviewer.tree.model import Definition, NameKind, Sense

_LINKED = frozenset((NameKind.FUNCTION, NameKind.VARIABLE, NameKind.LOCK))
_HEADERS = "include/"


def in_sight(path: str, definition: Definition | Sense) -> bool:
    """True if code of ``path`` could use what is defined there, or lies beside it.

    A function or variable that is not static links with the whole kernel; whatever a header in
    include/ has is everybody's; the rest (static functions, macros and types of a .c file or of a
    driver's own header) is seen from the same folder and those below it. What one architecture has
    is seen from its own files and from code for all, which is built for that one too; another
    program's (tools/, samples/) from its own.
    """
    where = definition.path
    if where == path:
        return True
    if is_kernel(where) != is_kernel(path):
        return False
    here, there = _architecture(path), _architecture(where)
    if there and here and here != there:
        return False
    if where.startswith(_HEADERS) or (there and where.startswith(f"arch/{there}/{_HEADERS}")):
        return True
    if definition.kind in _LINKED and not definition.static and not definition.owner:
        return where.endswith((".c", ".S")) or _beside(path, where)
    return _beside(path, where)


def within_reach(path: str, where: str) -> bool:
    """True if a comment in ``path`` may speak of something in ``where``, seen by its code or not.

    The generous answer, for what is to be called absent: comments name functions of the core that
    call them, those of a sister file, and those of the driver of the same board. Two kinds of
    drivers, two file systems, protocols or architectures do not speak of each other's own names,
    and no other program's file of the kernel's nor the reverse.
    """
    if is_kernel(where) != is_kernel(path):
        return False
    here, there = leaf_of(path), leaf_of(where)
    alike = here.partition("/")[0] == there.partition("/")[0]
    return not here or not there or here == there or not alike


def shares_members(path: str, where: str) -> bool:
    """True if code of ``path`` may reach into a struct whose members code of ``where`` names.

    A driver's, file system's, protocol's or architecture's own structs are its own; the core may
    know them all.
    """
    if is_kernel(where) != is_kernel(path):
        return False
    here, there = leaf_of(path), leaf_of(where)
    return not here or there in ("", here)


def _architecture(path: str) -> str:
    parts = path.split("/", 2)
    return parts[1] if parts[0] == "arch" and len(parts) > 2 else ""


def _beside(path: str, where: str) -> bool:
    """True if one of the two folders holds the other."""
    here, there = path.rpartition("/")[0] + "/", where.rpartition("/")[0] + "/"
    return here.startswith(there) or there.startswith(here)
