"""Files on whose code claims in other files depend."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Watch:
    """A change of ``path`` may break comments below ``folders`` that hold one of ``words``."""

    path: str
    words: tuple[str, ...]
    folders: tuple[str, ...] = ("",)
