"""Take one operation out of a file, as a patch would, and ask what kstale says of it."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

from reviewer.finding import LedgerEntry
from reviewer.mail.model import FileChange
from reviewer.program.program import Program
from reviewer.review.bench import Bench
from reviewer.review.check import check
from reviewer.review.judge import Judgement, judge_file
from reviewer.review.model import Report
from reviewer.source.file import SourceFile
from reviewer.tree.model import Listed
from reviewer.tree.overlay import Overlay
from reviewer.verdict import Decision, Location
from reviewer.world import Library

_CALLED = re.compile(r"([A-Za-z_]\w*)\s*\(")
_ANNOTATION = re.compile(rb"__(?:must_hold|acquires|releases|guarded_by)\s*\([^()]*\)")


@dataclass(frozen=True, slots=True)
class Tried:
    """What came of one deletion: the claim judged again, and what ``check`` reports."""

    decision: Decision | None
    """None if the claim is no longer read."""
    flagged: bool


def change_of(path: str, pre: bytes, post: bytes) -> FileChange:
    """The change of one file, as one hunk."""
    one, other = pre.split(b"\n"), post.split(b"\n")
    least = min(len(one), len(other))
    first = next((n for n in range(least) if one[n] != other[n]), least)
    last = next((n for n in range(least - first) if one[-1 - n] != other[-1 - n]), least - first)
    return FileChange(
        path,
        path,
        pre,
        post,
        frozenset(range(first + 1, len(one) - last + 1)),
        frozenset(range(first + 1, len(other) - last + 1)),
    )


def without(data: bytes, location: Location) -> bytes | None:
    """The file less the operation at a location; None if it cannot be cut out of its line.

    A statement is blanked; a marked access gives way to what it accesses, a release or an acquire
    to a marked access; any other call within an expression becomes 0. The lines keep their numbers.
    """
    lines = data.split(b"\n")
    if not 0 < location.line <= len(lines):
        return None
    begin = sum(len(line) + 1 for line in lines[: location.line - 1])
    line = lines[location.line - 1]
    names = [m[1].encode() for m in _CALLED.finditer(location.note)]
    for name in names or [m[1].encode() for m in _CALLED.finditer(line.decode("latin-1"))]:
        match = re.search(rb"\b" + re.escape(name) + rb"\s*\(", line)
        if match is None:
            continue
        start = begin + match.start()
        end = _closing(data, begin + match.end() - 1)
        if end is None:
            return None
        while data[end : end + 1] == b"(":  # guard(mutex)(&lock)
            end = _closing(data, end) or end + 1
        whole = re.match(rb"[ \t]*;", data[end:]) is not None
        alone = whole and not line[: match.start()].strip()
        given = data[begin + match.end() : end - 1]
        scoped = name.startswith(b"scoped") and not line[: match.start()].strip()
        instead = b"" if alone or scoped else b"0"
        if name.endswith(b"READ_ONCE"):
            instead = b"(" + given + b")"
        elif name.endswith(b"load_acquire"):
            instead = b"READ_ONCE(*" + given.strip() + b")"
        elif name.endswith(b"store_release"):
            instead = b"WRITE_ONCE(*" + given.strip() + b")"
        keep = b"\n" * (data[start:end].count(b"\n") - instead.count(b"\n"))
        return data[:start] + instead + keep + data[end:]
    note = _ANNOTATION.search(line)
    if note is not None:
        return data[: begin + note.start()] + b" " * len(note[0]) + data[begin + note.end() :]
    return None


def _closing(data: bytes, opened: int) -> int | None:
    depth = 0
    for at in range(opened, min(len(data), opened + 2000)):
        depth += (data[at] == ord("(")) - (data[at] == ord(")"))
        if not depth:
            return at + 1
    return None


def judged(bench: Bench, library: Library, path: str) -> Sequence[LedgerEntry]:
    """Every claim of one file with its verdicts; () if the tree has no such file."""
    source = library.source(path)
    return () if source is None else judge_file(Judgement(bench, library), source).entries


def alike(one: LedgerEntry, other: LedgerEntry) -> bool:
    """True if two entries are one rule's of one claim, whatever the line."""
    return (
        one.rule == other.rule
        and one.claim.quote == other.claim.quote
        and (one.claim.kind, one.claim.object) == (other.claim.kind, other.claim.object)
        and one.claim.subject == other.claim.subject
        and one.claim.comment.text == other.claim.comment.text
        and one.claim.comment.anchor.name == other.claim.comment.anchor.name
        and one.claim.comment.anchor.function == other.claim.comment.anchor.function
    )


def try_without(
    bench: Bench, tree: Listed, program: Program, entry: LedgerEntry, path: str, post: bytes
) -> Tried:
    """Judge a claim again where a file of the tree is another, and check that as a patch."""
    pre = tree.read(path)
    assert pre is not None
    patched = Overlay(tree, {path: post})
    library = Library(patched, program.over(patched), bench.machines)
    if path == entry.path:
        library.put(SourceFile.parse(path, post))
    again = [one for one in judged(bench, library, entry.path) if alike(entry, one)]
    decision = again[0].verdict.decision if again else None
    report = check(bench, tree, [change_of(path, pre, post)], program)
    return Tried(decision, flags(report, entry))


def flags(report: Report, entry: LedgerEntry) -> bool:
    """True if a finding that the patch makes stands on the comment of a claim."""
    text = entry.claim.comment.text
    return any(
        one.origin.value != "existing"
        and one.path == entry.path
        and one.claim.comment.text == text
        and abs(one.line - entry.claim.line) <= text.count("\n") + 2
        for one in report.findings
    )
