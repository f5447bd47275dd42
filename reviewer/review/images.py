"""The files of a patch before it and after it, judged by all processors.

A comment is judged in both images by one process, since what was worked out of it in the first
serves in the second (``Library.inheriting``). No comment's verdicts depend on another's, so they
may be shared out; which process has judged which is not to be seen in the reviews.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from reviewer.review.judge import (
    Judged,
    Judgement,
    concerned,
    judge_comments,
    judge_file,
    review_of,
)
from reviewer.review.model import FileReview
from reviewer.source.file import SourceFile
from reviewer.source.model import CommentBlock
from reviewer.unit.spread import processors, spread

_FEW = 8
"""Comments, in words that differ, that one process has judged before a copy of it had read any."""
_AT_ONCE = 2
"""Comments that a process takes at once: one may take a hundred times as long as another."""


@dataclass(frozen=True, slots=True)
class Image:
    """Files that are to be judged in one tree, by path."""

    judgement: Judgement
    files: Mapping[str, SourceFile]

    @property
    def sources(self) -> list[SourceFile]:
        """The files, sorted by path."""
        return [source for _, source in sorted(self.files.items())]


def judge_images(images: Sequence[Image]) -> list[list[FileReview]]:
    """The reviews of the files of each image."""
    for image in images:
        for source in image.sources:
            image.judgement.library.put(source)
    comments = _concerned(images) if processors() > 1 else None
    shares = _shares(comments or [])
    if comments is None or len(shares) * _AT_ONCE <= _FEW:
        return [[judge_file(image.judgement, one) for one in image.sources] for image in images]

    def judged(number: int) -> list[list[Judged]]:
        share = shares[number]
        return [
            [
                judge_comments(image.judgement, source, (c for c in those if c.text in share))
                for source, those in zip(image.sources, every, strict=True)
            ]
            for image, every in zip(images, comments, strict=True)
        ]

    parts = spread(judged, len(shares), processors())
    return [
        [
            review_of(image.judgement, source, [part[at][place] for part in parts])
            for place, source in enumerate(image.sources)
        ]
        for at, image in enumerate(images)
    ]


_Comments = Sequence[Sequence[Sequence[CommentBlock]]]
"""Of each image, of each file."""


def _concerned(images: Sequence[Image]) -> _Comments | None:
    """The comments to be judged; None if they cannot be told apart, which ``judge_file`` tells."""
    try:
        return [
            [list(concerned(image.judgement, source)) for source in image.sources]
            for image in images
        ]
    except Exception:  # noqa: BLE001 - as in judge_comments()
        return None


def _shares(comments: _Comments) -> list[frozenset[str]]:
    """The texts of the comments, some in each share, in their order."""
    texts = dict.fromkeys(one.text for image in comments for file in image for one in file)
    every = list(texts)
    return [frozenset(every[at : at + _AT_ONCE]) for at in range(0, len(every), _AT_ONCE)]
