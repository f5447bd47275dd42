"""Paths in comments: what file of the tree they mean."""

from __future__ import annotations

import posixpath
import re

from reviewer.tree.model import Tree
from reviewer.tree.traced import paths_named

_GENERATED = re.compile(
    r"(?:^|/)(?:generated|uapi/asm|asm-offsets|bounds|autoconf|utsrelease|compile|version)\b"
)
_BUILT_FROM = (
    ".y",
    ".l",
    ".pl",
    ".S",
    ".lds.S",
    ".sh",
    ".tbl",
    ".asn1",
    ".c_shipped",
    ".in",
    ".uc",
)
_DOCUMENTS = "Documentation/"
_TRANSLATED = "Documentation/translations/"
"""What stood there beside a document that is gone is not where it went."""
_APART = ("tools/", "rust/", "scripts/", "samples/")
_MERGED = {"i386": "x86", "x86_64": "x86", "ppc": "powerpc", "ppc64": "powerpc", "sparc64": "sparc"}
"""Architectures that became one; of those that are gone no other's file tells anything."""
_REWRITTEN = {".c": ".S", ".S": ".c"}
"""What code is written in anew; a header of the same name stood beside it all the time."""
_EXTENSIONS = (".rst", ".txt", ".yaml", ".md", ".json")


def resolves(path: str, beside: str, tree: Tree) -> bool:
    """True if some file or folder of the tree can be meant by ``path``.

    ``beside`` is the file that the comment stands in. Paths may be written from the root, from the
    file's folder or one above, from an include folder, or by their last parts only; a document may
    leave out its extension. Generated files count as there.
    """
    wanted = path.strip("<>").removeprefix("./").rstrip("/.")
    while wanted.startswith("../"):
        wanted = wanted[3:]
    if wanted.startswith("linux/") and tree.exists(wanted[len("linux/") :]):
        return True  # written from above the root
    if not wanted or _GENERATED.search(wanted):
        return True
    if tree.exists(wanted) or tree.exists(posixpath.join(posixpath.dirname(beside), wanted)):
        return True
    name = posixpath.basename(wanted)
    names = [name, *(name + extension for extension in _EXTENSIONS)]
    stem, dot, _ = name.rpartition(".")
    if dot:
        names += [stem + extension for extension in _BUILT_FROM]
    for one in names:
        tail = posixpath.join(posixpath.dirname(wanted), one)
        for known in paths_named(tree, one):
            if ("/" + known).endswith("/" + tail) and _near(known, tail, beside, tree):
                return True
    return False


def _near(known: str, tail: str, beside: str, tree: Tree) -> bool:
    """True if a path written from a folder of the root may be meant from elsewhere after all.

    ``kernel/timer.c`` in a file of arch/x86 is arch/x86/kernel/timer.c, in include/linux it is not.
    """
    front = known[: len(known) - len(tail)]
    top = tail.partition("/")[0]
    if not front or "/" not in tail or not tree.exists(top) or top in ("asm", "linux", "net"):
        return True
    return beside.startswith(front) or front.startswith(("include/", "tools/", "Documentation/"))


def moved_to(path: str, tree: Tree) -> str:
    """Where the file probably is today, or ''.

    Its name elsewhere, a folder of its name that took its place, or its stem as another kind.
    """
    wanted = path.strip("<>").rstrip("/.")
    name = posixpath.basename(wanted)

    def known(last: str) -> list[str]:
        return [one for one in paths_named(tree, last) if not one.startswith(_TRANSLATED)]

    stem = name.partition(".")[0]
    folder = posixpath.dirname(wanted)
    into = posixpath.join(folder, stem, name)
    if tree.exists(into):
        return into
    arch = re.match(r"arch/(\w+)/", wanted)
    if arch and not tree.exists(arch[0][:-1]):
        merged = _MERGED.get(arch[1], "")
        there = wanted.replace(arch[0], f"arch/{merged}/", 1)
        return there if merged and tree.exists(there) else ""
    top = wanted.partition("/")[0] + "/"
    same = [p for p in known(name) if not p.startswith(_APART) or p.startswith(top)]
    if len(same) == 1:
        return same[0]
    if wanted.startswith(_DOCUMENTS) or name.endswith((".txt", ".rst")):
        dashed = {stem, stem.replace("_", "-"), stem.replace("-", "_"), stem.lower()}
        for one in sorted(dashed):
            for extension in _EXTENSIONS:
                same += [p for p in known(one + extension) if p.startswith(_DOCUMENTS)]
            same += [p + "/" for p in known(one) if p.startswith(_DOCUMENTS)]
    else:
        extension = posixpath.splitext(name)[1]
        if extension == ".c" and tree.exists(posixpath.join(folder, stem)):
            return posixpath.join(folder, stem) + "/"
        same += [p for p in known(stem + _REWRITTEN.get(extension, "/")) if "/" in wanted]
    below = [p for p in same if folder and p.startswith(folder + "/")]
    if len(below) == 1:
        return below[0]
    parts = set(wanted.split("/"))
    best = sorted(set(same), key=lambda p: (-len(parts & set(p.split("/"))), len(p), p))
    if not best:
        return ""
    shared = parts & set(best[0].split("/")) - {name, top[:-1]}
    return best[0] if len(best) == 1 or shared else ""
