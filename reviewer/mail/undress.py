"""What was put around or in front of a diff on its way, taken off; each line stays a line."""

from __future__ import annotations

import re

from reviewer.mail.marks import plainly_quoted
from reviewer.mail.quote import patch_depths

_COLOURED = re.compile(r"^(?:> ?){0,8}(?:\x1b\[[0-9;]*m)+(?:diff --git |@@ -|[-+])", re.M)
_COLOUR = re.compile(r"\x1b\[[0-9;]*[mK]")
"""What a terminal takes for colour and for the end of a line (ECMA-48, SGR and EL)."""
_SIGNED = "-----BEGIN PGP SIGNED MESSAGE-----\n"
_INDENTED = re.compile(
    r"^([ \t]+)(?:diff --git \S.*|--- \S.*\n\1\+\+\+ \S.*)\n(?:(?:\1.*)?\n)*?\1@@ -\d+.*", re.M
)
_BETWEEN_VERSIONS = re.compile(r"^[ \t>]*(?:Interdiff|Range-diff)\b", re.M | re.I)


def between_versions(body: str) -> bool:
    """True if the body shows, as git does, what two versions of a patch differ in."""
    return _BETWEEN_VERSIONS.search(body) is not None


def undressed(body: str) -> tuple[str, tuple[str, ...]]:
    """The body with other marks of quoting made ``>``, and without colours, the dashes of a clear
    signature and the indentation of a diff that was pasted into talk; notes of what was done.

    git indents what it shows between two versions of a patch; that is no patch and stays as it is.
    """
    notes: list[str] = []
    body = plainly_quoted(body)
    if _COLOURED.search(body):
        body = _COLOUR.sub("", body)
        notes.append("colours were taken out")
    if body.lstrip("\n").startswith(_SIGNED):
        # RFC 9580, section 7.2: every line that begins with a dash has "- " in front of it
        body = re.sub(r"^- (?=-)", "", body, flags=re.M)
        notes.append("the dashes of the signature were taken out")
    found = _INDENTED.search(body)
    if found and not between_versions(body) and not patch_depths(body.split("\n")):
        body = re.sub(rf"^{found[1]}", "", body, flags=re.M)
        notes.append("the diff was indented")
    return body, tuple(notes)
