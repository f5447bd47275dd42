"""Whether what a reply quotes is the patch that was sent, or another one."""

from __future__ import annotations

import re
from bisect import bisect_left
from collections import Counter
from collections.abc import Iterator

from reviewer.mail.mend import FOLD_FROM
from reviewer.mail.model import Patch

_LOST = re.compile(r"\s+|[^\x00-\x7f]")
"""What a mailer may lose or write otherwise."""


def quotes(patch: Patch, original: Patch) -> bool:
    """True if what a reply quotes is the original or a part of it.

    White space, letters beyond ASCII and the ends of lines that a mailer folded may be lost. A
    line that differs in anything else makes another patch of it: one barrier is all that two
    versions may differ by.
    """
    named = all(file.path for file in patch.files)  # a reply may cut the names of files off
    said = Counter(_letters(line) for line in _changed(patch, named))
    sent = Counter(_letters(line) for line in _changed(original, named))
    folded = sorted(
        _letters(line)
        for line in _changed(original, named)
        if len(line[1].expandtabs()) > FOLD_FROM
    )
    for path, text in said - sent:
        at = bisect_left(folded, (path, text))
        if at == len(folded) or folded[at][0] != path or not folded[at][1].startswith(text):
            return False
    return True


_Line = tuple[str, str]
"""The path of its file, or '', and its text with its sign."""


def _letters(line: _Line) -> _Line:
    return line[0], _LOST.sub("", line[1])


def _changed(patch: Patch, named: bool) -> Iterator[_Line]:
    """The lines that a patch takes away and adds."""
    for file in patch.files:
        for hunk in file.hunks:
            for line in hunk.lines:
                if line[0] in "+-":
                    yield file.path if named else "", line
