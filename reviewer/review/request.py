"""What a scan is asked for."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field, replace

from reviewer.finding import LedgerEntry, NotUnderstood
from reviewer.review.model import Selection
from reviewer.review.version import version_of
from reviewer.tree.opening import full_spec

LedgerLine = Callable[[LedgerEntry | NotUnderstood], str]
"""Turns an entry of the ledger into its line; runs in the workers."""


@dataclass(frozen=True, slots=True)
class Request:
    """What a scan is asked for; the same request on the same tree gives the same bytes.

    ``paths`` are files and folders of the tree, all of it if empty. ``parse_all`` parses every
    function, so that the statistics can say how many have errors.
    """

    tree: str
    paths: tuple[str, ...] = ()
    selection: Selection = field(default_factory=Selection)
    parse_all: bool = False
    ledger: LedgerLine | None = None
    since: str = ""
    """Only files that differ from this revision of the tree's repository."""

    @property
    def kept_as(self) -> str:
        """What the verdicts depend on beside the contents of the tree."""
        tree = full_spec(self.tree)  # so that every command finds what another one judged
        chosen = replace(self.selection, was=tuple(map(full_spec, self.selection.was)))
        parts = (version_of(chosen.folders), tree, chosen, self.parse_all)
        return repr((*parts, self.ledger is not None))
