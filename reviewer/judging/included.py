"""Headers that a file brings in by a path of its own, out of its folder and of include/."""

from __future__ import annotations

import posixpath
import re

from reviewer.tree.reading import code_file, with_comments
from reviewer.world import World

_QUOTED = re.compile(rb'^[ \t]*+#[ \t]*+include[ \t]*+"([^"\n]++)"', re.M)
_FILES_AT_MOST = 24
"""Headers that are followed: a driver's own are few, and only what is asked for is looked at."""


def brings(path: str, world: World) -> bool:
    """True if the file includes a header by its path, or one of the headers that it so includes.

    ``#include "../../nls/nls_ucs2_utils.h"`` of a file system's header: what that one defines is
    in sight of the whole file system, and not because of where it lies.
    """
    todo, seen = [world.path], {world.path}
    while todo and len(seen) <= _FILES_AT_MOST:
        for one in _included(todo.pop(0), world):
            if one == path:
                return True
            if one not in seen:
                seen.add(one)
                todo.append(one)
    return False


def _included(path: str, world: World) -> list[str]:
    """What a file includes by quoted paths, from its own folder."""
    data, file = with_comments(world.tree, path), code_file(world.tree, path)
    if data is None or file is None:
        return []
    folder = posixpath.dirname(path)
    return [
        posixpath.normpath(posixpath.join(folder, one[1].decode("utf-8", "replace")))
        for one in _QUOTED.finditer(data)
        if b"include" in file.code[one.start() : one.start(1)]
    ]
