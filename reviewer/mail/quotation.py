"""Whether what a reply quotes is the patch that was sent, or another one."""

from __future__ import annotations

from collections import Counter

from reviewer.mail.model import Patch

_ALIKE = 0.9
"""Of the changed lines of a quotation, those that the patch must have: a mailer may have folded or
mangled a few. Of two versions of a patch fewer lines are the same, or none differs in substance."""


def quotes(patch: Patch, original: Patch) -> bool:
    """True if what a reply quotes is the original or a part of it, white space apart."""
    said = _changed(patch)
    return sum((said & _changed(original)).values()) >= _ALIKE * said.total()


def _changed(patch: Patch) -> Counter[str]:
    """The lines that a patch takes away and adds, with their sign and without white space."""
    return Counter(
        line[0] + "".join(line[1:].split())
        for file in patch.files
        for hunk in file.hunks
        for line in hunk.lines
        if line[0] != " "
    )
