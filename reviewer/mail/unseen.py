"""Characters that nobody sees in a patch: the code means something else than it shows."""

from __future__ import annotations

import unicodedata
from collections.abc import Iterable, Iterator

from reviewer.mail.model import Hunk


def unseen(path: str, hunks: Iterable[Hunk]) -> Iterator[str]:
    """A note for each format character (Unicode category Cf) that the hunks add to a file.

    A mailer that puts one into a name makes another name of it, and marks that turn the direction
    of writing hide what code does ("Trojan Source", CVE-2021-42574).
    """
    added = "".join(line for hunk in hunks for line in hunk.lines if line[0] == "+")
    if added.isascii():
        return
    for character in sorted(set(added)):
        if unicodedata.category(character) == "Cf":
            yield f"{path}: adds the invisible character U+{ord(character):04X}"
