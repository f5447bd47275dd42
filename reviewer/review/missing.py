"""What was not looked at, put together by cause."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable

_NAMED = 3
"""Files of one cause that are named; more are counted."""


def by_cause(missing: Iterable[str]) -> tuple[str, ...]:
    """``PATH: cause`` lines as one line a cause, with the first few paths."""
    causes: dict[str, list[str]] = defaultdict(list)
    for line in sorted(missing):
        path, colon, cause = line.partition(": ")
        if colon:
            causes[cause].append(path)
        else:
            causes[path] = causes[path]
    return tuple(_line(cause, paths) for cause, paths in sorted(causes.items()))


def _line(cause: str, paths: list[str]) -> str:
    if not paths:
        return cause
    if len(paths) <= _NAMED:
        return f"{', '.join(paths)}: {cause}"
    return f"{len(paths):,} files ({', '.join(paths[:_NAMED])}, ...): {cause}"
