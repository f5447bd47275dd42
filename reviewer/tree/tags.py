"""Tags of a git repository: a range of them as trees."""

from __future__ import annotations

import os
import subprocess
from collections.abc import Iterable, Iterator

from reviewer.errors import TreeError


def expanded(specs: Iterable[str]) -> Iterator[str]:
    """Trees as a user wrote them, ``[REPO@]A..B`` replaced by the tags on the way from A to B."""
    for spec in specs:
        head, dots, last = spec.partition("..")
        if not dots or os.path.exists(spec):
            yield spec
            continue
        repository, at, first = head.rpartition("@")
        for tag in between(repository or ".", first, last):
            yield f"{repository}{at}{tag}"


def between(repository: str, first: str, last: str) -> tuple[str, ...]:
    """Tags that contain ``first`` and that ``last`` contains, oldest first, ``last`` at the end.

    Raises TreeError if git knows no such revisions.
    """
    command = ["git", "-C", repository, "tag", "--sort=creatordate", "--contains", first]
    done = subprocess.run(
        [*command, "--merged", last],
        stdin=subprocess.DEVNULL,
        capture_output=True,
        encoding="utf-8",
        errors="surrogateescape",
        check=False,
    )
    if done.returncode:
        lines = done.stderr.strip().splitlines() or ["git failed"]
        raise TreeError(f"{first}..{last}: {lines[-1]}")
    tags = [tag for tag in done.stdout.split() if tag != last]
    return (*tags, last)
