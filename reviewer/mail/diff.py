"""Diffs in a mail body become file patches; unidiff reads the hunks once they are mended."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

from unidiff.errors import UnidiffParseError
from unidiff.patch import PatchSet

from reviewer.errors import PatchError
from reviewer.mail.limits import MAX_FILE_HUNKS, MAX_FILES, MAX_HUNKS
from reviewer.mail.mend import HunkLines, read_hunk, unwrapped
from reviewer.mail.model import FilePatch, Hunk
from reviewer.mail.opened import OpenFile
from reviewer.mail.quote import QuotedLine, lines_at, patch_depths

_HUNK = re.compile(r"@@ -(\d+)(?:,(\d+))? \+(\d+)(?:,(\d+))? @@ ?(.*)")
_BROKEN_HUNK = re.compile(r"@@ [-+\d, ]{2,80} @@")
"""What has a hunk header's shape and is none."""
_GIT = re.compile(r'diff --git ("(?:[^"\\]|\\.)*"|\S.*?) ("(?:[^"\\]|\\.)*"|\S+)\s*$')
_MODE = re.compile(r"(old|new|deleted file|new file) mode (\d{5,6})\s*$")
_INDEX = re.compile(r"index ([0-9a-f]{7,64})\.\.[0-9a-f]{7,64}(?: (\d{6}))?\s*$")
_MOVE = re.compile(r"(rename|copy) (from|to) (\S.*)")
_NAME = re.compile(r'(?:---|\+\+\+) ("(?:[^"\\]|\\.)*"|[^\t\n]*)')
_MOST_DIGITS = 8


@dataclass(frozen=True, slots=True)
class Diff:
    """All file patches of a body, the quoting depth they stood at, and what was mended."""

    files: tuple[FilePatch, ...]
    depth: int
    notes: tuple[str, ...]
    omitted: tuple[PatchError, ...] = ()
    """What could not be read, in the order of the body."""


class _Reader:
    """Walks the lines of one body once."""

    def __init__(
        self, source: str, lines: Sequence[QuotedLine], depth: int, body_start: int
    ) -> None:
        self.source = source
        self.body_start = body_start
        self.lines = lines
        self.depth = depth
        self.files: list[FilePatch] = []
        self.notes: list[str] = []
        self.omitted: list[PatchError] = []
        self.file: OpenFile | None = None
        self.hunks = 0

    def read(self) -> None:
        index = 0
        while index < len(self.lines):
            line = self.lines[index]
            text = line.text
            if text.startswith("diff --git "):
                self.close()
                self.open_git(line)
            elif text.startswith(("diff --cc ", "diff --combined ")):
                self.close()
            elif text.startswith("@@@ "):
                if self.file is not None or not self.omitted:
                    self.omit(line.number, "a combined diff of a merge cannot be applied")
                self.file = None
            elif self.is_names(index):
                self.names(index)
                index += 1
            elif (match := _HUNK.match(text)) is not None:
                index = self.hunk(match, index)
                continue
            elif self.file is not None and _BROKEN_HUNK.match(text) is not None:
                self.omit(line.number, "a hunk header that cannot be read")
            elif self.file is not None and not self.file.hunks:
                self.header(text)
            index += 1
        self.close()

    def error(self, body_line: int, message: str) -> PatchError:
        line = self.body_start + body_line - 1 if self.body_start else 0
        return PatchError(self.source, line, message)

    def omit(self, body_line: int, message: str) -> None:
        self.omitted.append(self.error(body_line, message))
        if self.file is not None:
            self.file.told = True

    def note(self, text: str) -> None:
        if text not in self.notes:
            self.notes.append(text)

    def close(self) -> None:
        done = self.file.finish() if self.file else None
        if done is not None:
            if len(self.files) >= MAX_FILES:
                raise self.error(done.patch_line, f"more than {MAX_FILES} files")
            self.files.append(done)
        if self.file is not None and self.file.lacks_hunks():
            what = f"{self.file.paths()[1] or self.file.paths()[0] or '?'}: no hunk of it was read"
            if self.depth:
                self.note(what)  # who answers cuts what he does not speak of
            else:
                self.omit(self.file.line, what)
        self.file = None

    def open_git(self, line: QuotedLine) -> None:
        self.file = OpenFile(line.number, git=True)
        match = _GIT.match(line.text)
        if match is None:
            return
        self.file.old, self.file.new = match.groups()
        # unquoted names may hold blanks: both halves are then the same but for a/ and b/
        rest = line.text[len("diff --git ") :].rstrip()
        half = len(rest) // 2
        if rest[half : half + 1] == " " and rest[2:half] == rest[half + 3 :]:
            self.file.old, self.file.new = rest[:half], rest[half + 1 :]

    def is_names(self, index: int) -> bool:
        if not self.lines[index].text.startswith("--- ") or index + 1 >= len(self.lines):
            return False
        return self.lines[index + 1].text.startswith("+++ ")

    def names(self, index: int) -> None:
        line = self.lines[index]
        if self.file is None or self.file.hunks:
            self.close()
            self.file = OpenFile(line.number)
        old, new = _NAME.match(line.text), _NAME.match(self.lines[index + 1].text)
        self.file.named = True
        if old is None or new is None:
            raise self.error(line.number, "no file names after --- and +++")
        names = old.group(1).rstrip(), new.group(1).rstrip()
        self.file.added = self.file.added or names[0] == "/dev/null"
        self.file.deleted = self.file.deleted or names[1] == "/dev/null"
        if not self.file.moved:
            self.file.old, self.file.new = names

    def header(self, text: str) -> None:
        file = self.file
        assert file is not None
        if (match := _MODE.match(text)) is not None:
            kind, mode = match.group(1), match.group(2).zfill(6)
            if kind in ("old", "deleted file"):
                file.old_mode = mode
            else:
                file.new_mode = mode
            file.deleted = file.deleted or kind == "deleted file"
            file.added = file.added or kind == "new file"
        elif (match := _INDEX.match(text)) is not None:
            file.old_blob = match.group(1)
            file.named = True
            file.old_mode = file.old_mode or match.group(2) or ""
            file.new_mode = file.new_mode or match.group(2) or ""
        elif (match := _MOVE.match(text)) is not None:
            kind, side, name = match[1], match[2], match[3].rstrip()
            file.moved, file.copied = True, kind == "copy"
            if side == "from":
                file.old = name
            else:
                file.new = name
        elif text.startswith(("GIT binary patch", "Binary files ")):
            file.binary = True

    def hunk(self, match: re.Match[str], index: int) -> int:
        line = self.lines[index]
        if any(len(number or "") > _MOST_DIGITS for number in match.groups()[:4]):
            raise self.error(line.number, "a hunk header with absurd line numbers")
        old_start, new_start = int(match[1]), int(match[3])
        old_count = int(match[2]) if match[2] is not None else 1
        new_count = int(match[4]) if match[4] is not None else 1
        if self.file is None:
            self.file = OpenFile(line.number, nameless=True)
        self.hunks += 1
        if self.hunks > MAX_HUNKS:
            raise self.error(line.number, f"more than {MAX_HUNKS} hunks")
        number = len(self.file.hunks) + 1
        if number > MAX_FILE_HUNKS:
            raise self.error(line.number, f"more than {MAX_FILE_HUNKS} hunks in one file")
        read = read_hunk(self.lines, index + 1, old_count, new_count)
        name = self.file.paths()[1] or self.file.paths()[0] or "a hunk without file names"
        surplus = f"{read.surplus} more {'line follows' if read.surplus == 1 else 'lines follow'}"
        if read.partial:
            missing = f"{read.missing[0]} old and {read.missing[1]} new lines are missing"
            old, new = read.missing
            lossy = bool(read.notes) and (min(old, new) == 0 or old == new)
            if read.surplus:
                self.omit(
                    line.number, f"{name}: hunk {number} is longer than its header says: {surplus}"
                )
                return max(read.end, index + 1)
            if self.depth == 0 and not lossy:
                self.omit(line.number, f"{name}: hunk {number} is cut short: {missing}")
                return max(read.end, index + 1)
            if min(read.missing) == 0:
                # context that starts with an operator looks like a changed line: the tree will tell
                self.note(f"{name}: hunk {number} has lines whose sign is doubtful")
            elif lossy and self.depth == 0:
                self.note("blank lines were lost")
            else:
                self.note(f"{name}: hunk {number} is quoted in part: {missing}")
        elif read.surplus:
            self.omit(
                line.number, f"{name}: hunk {number} is longer than its header says: {surplus}"
            )
        for note in read.notes:
            self.note(note)
        if read.lines:
            section = f"{match[5]} {read.folded_section}".strip()
            self.file.hunks.append(self.parse(line, old_start, new_start, section, read))
        return max(read.end, index + 1)

    def parse(
        self, line: QuotedLine, old_start: int, new_start: int, section: str, read: HunkLines
    ) -> Hunk:
        """The mended lines as unidiff reads them; its counts are those of the lines."""
        old = sum(text[0] in " -" for text in read.lines)
        new = sum(text[0] in " +" for text in read.lines)
        text = "\n".join(
            (
                "--- a/file",
                "+++ b/file",
                f"@@ -{old_start},{old} +{new_start},{new} @@",
                *read.lines,
                "",
            )
        )
        try:
            parsed = PatchSet(text)[0][0]
        except (UnidiffParseError, IndexError) as error:
            raise self.error(line.number, f"malformed hunk: {error}") from error
        lines: list[str] = []
        ends = {"-": False, "+": False}
        for item in parsed:
            value = item.value.removesuffix("\n")
            if item.line_type in " +-" and item.line_type:
                lines.append(item.line_type + value)
            elif lines:
                ends["-"] = ends["-"] or lines[-1][0] in " -"
                ends["+"] = ends["+"] or lines[-1][0] in " +"
        real = [n for n, t in zip(read.numbers, read.lines, strict=True) if t[0] != "\\"]
        # unidiff stops when its counts are met: a marker after the last line is ours to see
        if read.lines[-1][0] == "\\" and len(read.lines) > 1:
            ends["-"] = ends["-"] or read.lines[-2][0] in " -"
            ends["+"] = ends["+"] or read.lines[-2][0] in " +"
        return Hunk(
            old_start, new_start, section, tuple(lines), line.number, tuple(real[: len(lines)]),
            ends["-"], ends["+"], read.cuts, read.partial,
        )  # fmt: skip


def parse_diff(source: str, body: str, body_start: int = 0) -> Diff:
    """The file patches of a mail body at the least depth of quoting that has any.

    ``body_start`` is the source line of the body's first line, for errors (0: not known). What
    cannot be read is left out and listed. Raises PatchError if nothing else is there; a body
    without a diff gives no files.
    """
    return next(iter(parse_diffs(source, body, body_start)), Diff((), 0, ()))


def parse_diffs(source: str, body: str, body_start: int = 0) -> tuple[Diff, ...]:
    """The diffs of a mail body, one for each depth of quoting that has one; see ``parse_diff``."""
    lines = body.split("\n")
    found: list[Diff] = []
    for depth in patch_depths(lines):
        reader = _Reader(source, unwrapped(lines_at(lines, depth)), depth, body_start)
        reader.read()
        notes = list(reader.notes)
        if depth:
            notes.insert(0, f"the patch was quoted {depth} deep")
        if not reader.files and not reader.omitted:
            continue
        found.append(Diff(tuple(reader.files), depth, tuple(notes), tuple(reader.omitted)))
    omitted = [error for diff in found for error in diff.omitted]
    if omitted and not any(diff.files for diff in found):
        raise omitted[0]
    return tuple(found)
