"""What kept verdicts depend on beside the tree: kstale's own code and data."""

from __future__ import annotations

import hashlib
import sys
from functools import lru_cache
from importlib.metadata import version
from pathlib import Path

from reviewer.rule import builtin_rules

_SUFFIXES = frozenset((".py", ".toml", ".def", ".cat", ".litmus", ".tsv", ".bell"))
_LIBRARIES = ("tree-sitter", "tree-sitter-c")


@lru_cache(maxsize=4)
def version_of(folders: tuple[Path, ...]) -> str:
    """A digest of the code and data that verdicts come from, rule folders included.

    Of the contents, not of a version number: whoever changes a rule sees what it says now.
    """
    digest = hashlib.sha256(sys.version.encode())
    for library in _LIBRARIES:
        digest.update(f"{library} {version(library)}\n".encode())
    for folder in (Path(__file__).parent.parent, builtin_rules(), *folders):
        for path in sorted(folder.rglob("*")):
            if path.suffix in _SUFFIXES and path.is_file():
                digest.update(f"{path.relative_to(folder)}\n".encode())
                digest.update(path.read_bytes())
    return digest.hexdigest()
