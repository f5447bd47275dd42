"""Tags of a git repository: a range of them as trees."""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator

from reviewer.errors import TreeError
from reviewer.repository import GitError, ask_text


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
    listed = ("tag", "--sort=creatordate", "--contains", first, "--merged", last)
    try:
        said = ask_text(repository, *listed)
    except GitError as error:
        raise TreeError(f"{first}..{last}: {error}") from error
    tags = [tag for tag in said.split() if tag != last]
    return (*tags, last)
