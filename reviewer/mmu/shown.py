"""Whether a tree shows a fact: a text in the definition of a name, not just somewhere in a file.

Kernel style is enough to find a definition: its name stands on a line that begins in the first
column, and it ends with the next such line of another one. Macros, labels of assembly, enums of
Kconfig and tables are found the same way; the text around them is never parsed.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

_KCONFIG = re.compile(r"(?:menu)?config\s+(\w+)\s*$")
_KCONFIG_END = re.compile(r"(?:menuconfig|config|choice|endchoice|menu|endmenu|source|if|endif)\b")
_DIRECTIVE = re.compile(r"\s*#\s*define\s+(\w+)")


def shows(text: str, name: str, words: str, *, kconfig: bool = False) -> bool:
    """Whether ``words`` stand in a definition of ``name`` in the text of a file."""
    blocks = _symbols(text, name) if kconfig else _definitions(text, name)
    return any(words in block for block in blocks)


def _symbols(text: str, name: str) -> Iterator[str]:
    """The entries of a Kconfig symbol."""
    lines = text.split("\n")
    for at, line in enumerate(lines):
        match = _KCONFIG.match(line)
        if match is None or match.group(1) != name:
            continue
        end = at + 1
        while end < len(lines) and not _KCONFIG_END.match(lines[end]):
            end += 1
        yield "\n".join(lines[at:end])


def _definitions(text: str, name: str) -> Iterator[str]:
    """Each macro called ``name``, and each part from a line in the first column that has the name
    up to the closing brace or the next blank line in the first column."""
    lines = text.split("\n")
    word = re.compile(rf"(?<!\w){re.escape(name)}(?!\w)")
    at = 0
    while at < len(lines):
        line = lines[at]
        macro = _DIRECTIVE.match(line)
        if macro is not None:
            end = at + 1
            while end < len(lines) and lines[end - 1].endswith("\\"):
                end += 1
            if macro.group(1) == name:
                yield "\n".join(lines[at:end])
            at = end
            continue
        if line[:1].isspace() or line[:1] in ("", "#", "/", "*", "{", "}") or not word.search(line):
            at += 1
            continue
        end = at + 1
        while end < len(lines) and not _ends(lines, at, end):
            end += 1
        yield "\n".join(lines[at : end + 1])
        at += 1


def _ends(lines: list[str], start: int, at: int) -> bool:
    """Whether a definition that began at ``start`` is over: a brace in the first column closes a
    body; without a body, it goes to the next blank line."""
    if lines[at].startswith("}"):
        return True
    opened = any(line.rstrip().endswith("{") for line in lines[start:at])
    return not opened and not lines[at].strip()
