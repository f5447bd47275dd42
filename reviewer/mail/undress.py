"""What was put around or in front of a diff on its way, taken off; each line stays a line."""

from __future__ import annotations

import re
from collections.abc import Sequence

from reviewer.mail.marks import plainly_quoted
from reviewer.mail.quote import patch_depths

_COLOURED = re.compile(r"^(?:> ?){0,8}(?:\x1b\[[0-9;]*m)+(?:diff --git |@@ -|[-+])", re.M)
_COLOUR = re.compile(r"\x1b\[[0-9;]*[mK]")
"""What a terminal takes for colour and for the end of a line (ECMA-48, SGR and EL)."""
_SIGNED = "-----BEGIN PGP SIGNED MESSAGE-----\n"
_INDENTED = re.compile(r"([ \t]+)(diff --git \S|--- \S|@@ -\d)")
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
    lines = body.split("\n")
    indent = _indentation(lines)
    if indent and not between_versions(body) and not patch_depths(lines):
        body = "\n".join(line.removeprefix(indent) for line in lines)
        notes.append("the diff was indented")
    return body, tuple(notes)


def _indentation(lines: Sequence[str]) -> str:
    """What stands in front of each line of the first diff that is indented, to its first hunk."""
    indent = ""
    for line, after in zip(lines, [*lines[1:], ""], strict=True):
        if line and not line.startswith(indent):
            indent = ""
        found = _INDENTED.match(line)
        if found is None:
            continue
        if found[2].startswith("@@"):
            if found[1] == indent:
                return indent
        elif found[2].startswith("diff") or after.startswith(f"{found[1]}+++ "):
            indent = found[1]
    return ""
