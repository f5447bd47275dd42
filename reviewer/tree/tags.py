"""Tags of a git repository: a range of them as trees."""

from __future__ import annotations

import os
import re
from collections.abc import Iterable, Iterator

from reviewer.errors import TreeError
from reviewer.repository import GitError, ask_text

_CANDIDATE = re.compile(r"-rc\d+\Z")


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

    Candidates of releases are left out, unless the range begins or ends with one.
    Raises TreeError if git knows no such revisions, or no way leads from one to the other.
    """
    listed = ("tag", "--sort=creatordate", "--contains", first, "--merged", last)
    try:
        said = ask_text(repository, *listed)
        apart = ask_text(repository, "rev-list", "-1", "--end-of-options", first, f"^{last}")
    except GitError as error:
        raise TreeError(f"{first}..{last}: {error}") from error
    if apart:
        raise TreeError(f"{first}..{last}: {last} does not contain {first}")
    every = is_candidate(first) or is_candidate(last)
    tags = [tag for tag in said.split() if tag != last and (every or not is_candidate(tag))]
    return (*tags, last)


def is_candidate(tag: str) -> bool:
    """True for the tag of a candidate of a release: ``v6.12-rc3``."""
    return _CANDIDATE.search(tag) is not None
