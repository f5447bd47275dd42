"""Where kstale's own data folders are: in the wheel inside the package, in a checkout beside it."""

from __future__ import annotations

from pathlib import Path


def data_folder(name: str) -> Path:
    """The folder ``rules`` or ``templates`` of this installation."""
    packaged = Path(__file__).parent / "_data" / name
    return packaged if packaged.is_dir() else Path(__file__).parent.parent / name
