"""Where kstale's own data folders are: in the wheel inside the package, in a checkout beside it."""

from __future__ import annotations

import os
from pathlib import Path


def data_folder(name: str) -> Path:
    """The folder ``rules`` or ``templates`` of this installation."""
    packaged = Path(__file__).parent / "_data" / name
    return packaged if packaged.is_dir() else Path(__file__).parent.parent / name


def cache_folder() -> Path:
    """Where kstale keeps things from run to run: ``$KSTALE_CACHE``, else in the user's cache."""
    own = os.environ.get("KSTALE_CACHE")
    base = os.environ.get("XDG_CACHE_HOME") or os.path.expanduser("~/.cache")
    return Path(own or os.path.join(base, "kstale"))
