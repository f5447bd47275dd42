"""How well a file could be read: the counts behind ``kstale scan --stats``."""

from __future__ import annotations

from dataclasses import dataclass, fields

from reviewer.source.file import SourceFile
from reviewer.source.parse import Branches


@dataclass(frozen=True, slots=True)
class SourceStats:
    """Counts that add up over files; ``with_error`` functions are those kstale abstains in."""

    files: int = 0
    bytes: int = 0
    functions: int = 0
    with_error: int = 0
    both_branches: int = 0
    """Functions read with all their preprocessor branches in one tree."""
    one_branch: int = 0
    """Functions that only parse with one preprocessor branch kept: the other is not judged."""
    plain_header: int = 0
    """Functions that only parse behind a header of kstale's own (macros in the declaration)."""
    comments: int = 0

    def __add__(self, other: SourceStats) -> SourceStats:
        return SourceStats(
            *(getattr(self, one.name) + getattr(other, one.name) for one in fields(SourceStats))
        )

    @property
    def clean(self) -> float:
        """Share of functions whose tree holds neither ERROR nor MISSING nodes, 0 to 1."""
        return 1 - self.with_error / self.functions if self.functions else 1.0


def stats_of(file: SourceFile) -> SourceStats:
    """Counts of one file; parses all its functions."""
    parsed = [file.parsed(outline) for outline in file.top_level.functions]
    clean = [one for one in parsed if not one.has_error]
    return SourceStats(
        files=1,
        bytes=file.size,
        functions=len(parsed),
        with_error=len(parsed) - len(clean),
        both_branches=sum(one.branches is Branches.BOTH for one in clean),
        one_branch=sum(one.branches in (Branches.FIRST, Branches.LAST) for one in clean),
        plain_header=sum(one.plain_header for one in clean),
        comments=len(file.raw_comments),
    )
