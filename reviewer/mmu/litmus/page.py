"""The page of primitives (docs/primitives.md), from the definitions and their comments.

``python -m reviewer.mmu.litmus.page > docs/primitives.md``, or ``make docs``.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

from reviewer.mmu.litmus.definitions import own_files
from reviewer.mmu.litmus.signatures import kernel_forms

_HEADS = (
    re.compile(r"(?P<name>[A-Za-z_]\w*)\((?P<params>[\w\s,]*)\)[ \t]*\S"),
    re.compile(r"(?:\w+[ \t]+\**)+(?P<name>\w+)\((?P<params>[^()]*)\)\s*\{?"),
    re.compile(r"(?P<name>[A-Za-z_]\w*)[ \t]*=[ \t]*\S"),
    re.compile(r"struct (?P<name>\w+) \{(?P<fields>[^}]*)\}"),
)
_HEADER = """# Primitives of the simulator

Made from `reviewer/mmu/primitives/*.def` by `make docs`; correct them there. What each does is
written there in this language itself, in events. Arguments in *italics* are the kernel's own and
mean nothing here; they may be any name.
"""


@dataclass(slots=True)
class Group:
    """Primitives that follow one comment."""

    comment: list[str] = field(default_factory=list)
    names: dict[str, None] = field(default_factory=dict)


def page() -> str:
    """The whole page as Markdown."""
    files = own_files()
    return "\n".join((_HEADER, *(line for file in files for line in _file(file))))


def _file(file: Path) -> Iterator[str]:
    first, *groups = _groups(file.read_text(encoding="utf-8"))
    yield f"## {file.name}\n"
    for group in (first, *groups):
        text = " ".join(group.comment)
        if text:
            yield f"{_plain(text)}\n"
        if group.names:
            yield " ".join(group.names) + "\n"


def _groups(text: str) -> list[Group]:
    found = [Group()]
    after_comment = False
    for line in text.splitlines():
        if line.startswith("//"):
            words = line[2:].strip(" -")
            if not after_comment:
                found.append(Group())
            after_comment = True
            found[-1].comment.append(words)
            continue
        if not line.strip() and after_comment and not found[-1].names:
            # A comment of its own, not about what follows it
            found.append(Group())
        after_comment = False
        for head in _HEADS:
            match = head.match(line)
            if match is not None:
                found[-1].names.update(dict.fromkeys(_shown(match)))
                break
    return [group for group in found if group.comment or group.names]


def _shown(match: re.Match[str]) -> Iterator[str]:
    name = match["name"]
    if name.startswith(("guard_", "__hw")):
        if name.startswith("guard_"):
            yield f"`guard({name.removeprefix('guard_')})`"
        return
    if name.startswith("unguard_"):
        return
    groups = match.groupdict()
    if "fields" in groups:
        yield f"`struct {name}`"
    elif "params" not in groups:
        yield f"`{name}`"
    else:
        own = [part.strip() for part in groups["params"].split(",") if part.strip() != "void"]
        words = [re.split(r"[\s*]+", part)[-1] for part in own if part]
        yield f"`{name}({', '.join(words).lower()})`"
        for form in kernel_forms(name):
            listed = (word.lower() if word.isupper() else f"*{word}*" for word in form)
            yield f"{name}({', '.join(listed)})".replace("_", "\\_")


def _plain(text: str) -> str:
    return text.replace("|", "\\|").replace("_", "\\_").replace("*", "\\*").replace("<", "\\<")


if __name__ == "__main__":
    print(page(), end="")
