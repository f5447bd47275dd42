"""Patches in the form of git format-patch, one for each section of MAINTAINERS; never sent."""

from __future__ import annotations

import textwrap
from collections import defaultdict
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from difflib import SequenceMatcher
from email.header import Header

from reviewer.escape import escape
from reviewer.tree.maintainers import Section

_WIDTH = 72
_NO_NEWLINE = b"\n\\ No newline at end of file\n"
_LEFT_OUT = ("drivers", "fs", "arch", "kernel", "sound")
"""Folders of the root that subjects do not name."""
_NAMELESS = ("include", "asm", "src")
"""Folders that say nothing of what is in them."""
_TOLD = 12
"""Sentences of evidence that a message has room for."""


@dataclass(frozen=True, slots=True)
class Change:
    """One file of a patch; ``told`` are sentences of evidence, ``fixes`` are ``Fixes:`` lines."""

    path: str
    before: bytes
    after: bytes
    told: tuple[str, ...]
    fixes: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class PatchText:
    """A patch as a file: its name without number, and its bytes."""

    name: str
    subject: str
    data: bytes


Prefix = Callable[[Sequence[str]], str]
"""What subjects of commits to some files begin with, '' if that is not known."""


def patches(
    changes: Sequence[Change],
    section_of: Callable[[str], Section | None],
    what: Callable[[Sequence[Change]], str],
    closing: str,
    *,
    author: str = "",
    prefix: Prefix = lambda paths: "",
) -> Iterator[PatchText]:
    """One patch a section, by title; ``what`` gives the subject behind its prefix.

    Files that no section has may be anybody's: a patch for each.
    ``closing`` is the last paragraph of each message.
    """
    groups: dict[tuple[str, str], list[Change]] = defaultdict(list)
    sections: dict[str, Section | None] = {}
    for change in changes:
        section = section_of(change.path)
        title = section.title if section else ""
        sections[title] = section
        groups[title, "" if section else change.path].append(change)
    for group in sorted(groups):
        some = sorted(groups[group], key=lambda one: one.path)
        paths = [one.path for one in some]
        subject = f"{prefix(paths) or usual_prefix(paths)}: {what(some)}"
        head = _head(subject, author, sections[group[0]])
        yield PatchText(
            _file_name(subject), subject, head + _body(some, closing) + b"".join(map(_diff, some))
        )


def usual_prefix(paths: Sequence[str]) -> str:
    """How subjects of commits to these files mostly begin, told from the paths alone.

    The file for one, else the folder that they share; ``fs/``, ``drivers/`` and the like left out.
    """
    parts = [path.rpartition(".")[0].split("/") for path in paths]
    shared = parts[0] if len(parts) == 1 else _shared([one[:-1] for one in parts])
    if len(shared) > 1 and shared[0] in _LEFT_OUT:
        shared = shared[1:]
    if len(shared) > 1 and shared[0] == "include":
        shared = shared[-1:]
    shared = [one for one in shared if one not in _NAMELESS] or shared
    return "/".join(shared[:2]) or "treewide"


def _shared(folders: Sequence[Sequence[str]]) -> list[str]:
    found: list[str] = []
    for names in zip(*folders, strict=False):
        if len(set(names)) > 1:
            break
        found.append(names[0])
    return found


def _head(subject: str, author: str, section: Section | None) -> bytes:
    lines = ["From 0000000000000000000000000000000000000000 Mon Sep 17 00:00:00 2001"]
    lines += [f"From: {_header(author)}"] if author else []
    lines.append(f"Subject: [PATCH] {_header(subject)}")
    if section is not None:
        people = [*section.get("M"), *section.get("R")]
        lists = [one.partition(" ")[0] for one in section.get("L")]
        lines += [f"To: {_header(one)}" for one in people]
        lines += [f"Cc: {_header(one)}" for one in lists]
    return ("\n".join(lines) + "\n\n").encode()


def _header(text: str) -> str:
    plain = escape(" ".join(text.split()))
    return plain if plain.isascii() else Header(plain, "utf-8").encode()


def _body(changes: Sequence[Change], closing: str) -> bytes:
    told = [line for change in changes for line in change.told]
    lines = [f"* {line}" for line in dict.fromkeys(told)]
    more = len(lines) - _TOLD
    lines = lines[:_TOLD] + ([f"* and {more} more of the kind."] if more > 0 else [])
    text = ["\n".join(_wrapped(line) for line in lines), _wrapped(closing)]
    fixes = dict.fromkeys(line for change in changes for line in change.fixes)
    text += ["\n".join(fixes)] if fixes else []
    return (escape_lines("\n\n".join(text)) + "\n---\n").encode()


def escape_lines(text: str) -> str:
    """Text of several lines, each safe to show."""
    return "\n".join(escape(line) for line in text.split("\n"))


def _wrapped(line: str) -> str:
    """A paragraph, or an item of a list, which begins with a star: a long path stays behind it."""
    star = "* " if line.startswith("* ") else ""
    return textwrap.fill(
        line.removeprefix(star),
        _WIDTH,
        initial_indent=star,
        subsequent_indent="  " if star else "",
        break_long_words=False,
        break_on_hyphens=False,
    )


def _diff(change: Change) -> bytes:
    """As ``git diff`` writes it, so that ``git apply`` takes it."""
    path = change.path.encode("utf-8", "surrogateescape")
    head = b"diff --git a/%b b/%b\n--- a/%b\n+++ b/%b\n" % (path, path, path, path)
    old, new = (data.split(b"\n") for data in (change.before, change.after))
    body = [line.encode("latin-1") for line in _hunks(_kept(old), _kept(new))]
    return head + b"".join(line if line.endswith(b"\n") else line + _NO_NEWLINE for line in body)


_CONTEXT = 3


def _hunks(old: Sequence[str], new: Sequence[str]) -> Iterator[str]:
    """The lines of the hunks; nothing but what differs is in them.

    difflib's own unified_diff() takes lines that are frequent in a long file, blank ones above all,
    for no match. Without that it would be slow: only what is between the ends is compared.
    """
    low = _shared_start(old, new)
    high = _shared_start(old[:low:-1], new[:low:-1])
    first, last = old[low : len(old) - high], new[low : len(new) - high]
    inner = SequenceMatcher(None, first, last, autojunk=False)
    groups: list[list[tuple[int, int, int, int]]] = []
    for tag, a, b, c, d in inner.get_opcodes():
        if tag == "equal":
            continue
        if not groups or low + a - groups[-1][-1][1] > 2 * _CONTEXT:
            groups.append([])
        groups[-1].append((low + a, low + b, low + c, low + d))
    for group in groups:
        above = min(group[0][0], _CONTEXT)
        below = min(len(old) - group[-1][1], _CONTEXT)
        start, end = group[0][0] - above, group[-1][1] + below
        begin, stop = group[0][2] - above, group[-1][3] + below
        yield f"@@ -{_range(start, end)} +{_range(begin, stop)} @@\n"
        for a, b, c, d in group:
            yield from (f" {line}" for line in old[start:a])
            yield from (f"-{line}" for line in old[a:b])
            yield from (f"+{line}" for line in new[c:d])
            start = b
        yield from (f" {line}" for line in old[start:end])


def _shared_start(one: Sequence[str], other: Sequence[str]) -> int:
    pairs = enumerate(zip(one, other, strict=False))
    return next((at for at, (a, b) in pairs if a != b), min(len(one), len(other)))


def _range(start: int, end: int) -> str:
    """As diff writes it: no count where it is one line, the line before where it is none."""
    size = end - start
    if size == 1:
        return f"{start + 1}"
    return f"{start + 1 if size else start},{size}"


def _kept(lines: Sequence[bytes]) -> list[str]:
    """Lines with their ends; only a newline ends one, as for git."""
    texts = [line.decode("latin-1") + "\n" for line in lines[:-1]]
    return [*texts, lines[-1].decode("latin-1")] if lines[-1] else texts


def _file_name(subject: str) -> str:
    """As git format-patch names files, without the number."""
    kept = "".join(one if one.isalnum() or one in "._" else "-" for one in subject)
    return "-".join(part for part in kept.split("-") if part)[:52].rstrip("-.")
