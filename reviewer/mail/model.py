"""What mail turns into: messages, series, patches and files before and after."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Message:
    """One mail; header values are decoded, addresses kept as written (archives mask them)."""

    source: str
    """Where it was read from: a path with message number, ``<stdin>``, or a commit id."""
    subject: str
    sender: str
    date: str
    message_id: str
    in_reply_to: str
    references: tuple[str, ...]
    to: tuple[str, ...]
    cc: tuple[str, ...]
    body: str
    notes: tuple[str, ...] = ()
    """What was mended while decoding: archive headers, format=flowed, attachments."""
    reply_to: tuple[str, ...] = ()
    """Where the sender wants answers to go; empty: to the sender."""
    body_start: int = 0
    """1-based line of the source at which the body starts; 0 when the body was decoded from
    something else than plain lines, so that body lines have no place in the source."""
    omitted: tuple[str, ...] = ()
    """Attachments that could not be read: place and cause, a line each."""

    def source_line(self, body_line: int) -> int:
        """The line in the source of a 1-based body line, 0 when there is none."""
        return self.body_start + body_line - 1 if self.body_start and body_line else 0


@dataclass(frozen=True, slots=True)
class Hunk:
    """One hunk as the patch states it; line numbers are 1-based and are hints only."""

    old_start: int
    new_start: int
    section: str
    lines: tuple[str, ...]
    """Each line with its leading ' ', '-' or '+' and without its newline."""
    patch_line: int
    """1-based line of the hunk header in the message body."""
    body_lines: tuple[int, ...] = ()
    """For each of ``lines`` its 1-based line in the message body."""
    old_no_newline: bool = False
    """The file before ends with this hunk's last old line, without a newline."""
    new_no_newline: bool = False
    """The file after ends with this hunk's last new line, without a newline."""
    cuts: tuple[int, ...] = ()
    """Indexes into ``lines`` before which a reply interrupted or cut the quoted hunk."""
    partial: bool = False
    """True when fewer lines were quoted than the hunk header states."""

    @property
    def old_lines(self) -> tuple[str, ...]:
        """The lines before the change, without their leading character."""
        return tuple(line[1:] for line in self.lines if line[0] != "+")

    @property
    def new_lines(self) -> tuple[str, ...]:
        """The lines after the change, without their leading character."""
        return tuple(line[1:] for line in self.lines if line[0] != "-")


@dataclass(frozen=True, slots=True)
class FilePatch:
    """The hunks of one file; a path is relative to the tree, ``None`` for /dev/null."""

    old_path: str | None
    new_path: str | None
    hunks: tuple[Hunk, ...]
    old_mode: str = ""
    """Six octal digits as git writes them, or '' when the patch does not state it."""
    new_mode: str = ""
    binary: bool = False
    copied: bool = False
    """True for a copy: the file at ``old_path`` stays."""
    patch_line: int = 0
    """1-based line of the file's first header line in the message body."""
    old_blob: str = ""
    """Id (or its beginning) of the blob before the patch, as the ``index`` line has it."""

    @property
    def path(self) -> str:
        """The path after the patch, or before it for a deletion; '' where a reply cut it off."""
        return self.new_path or self.old_path or ""


@dataclass(frozen=True, slots=True)
class Patch:
    """One patch of a series with the message it travelled in."""

    message: Message
    index: int
    total: int
    files: tuple[FilePatch, ...]
    quoted: bool
    """True when the patch was quoted in a reply, so the message comments on it."""
    notes: tuple[str, ...] = ()
    """What was mended while reading (white space lost in an archive, quoting removed)."""
    depth: int = 0
    """How many levels of ``>`` the patch stands under in the message; 0 when not quoted."""
    omitted: tuple[str, ...] = ()
    """What of the diff could not be read: place and cause, a line each."""
    part: str = ""
    """Which diff of its message it is, in words, where the message has several."""

    @property
    def title(self) -> str:
        """The subject, and which of its message's diffs this is."""
        return f"{self.message.subject} ({self.part})" if self.part else self.message.subject


@dataclass(frozen=True, slots=True)
class Series:
    """Patches that belong together, in order, with their cover letter if it was given."""

    subject: str
    version: int
    cover: Message | None
    patches: tuple[Patch, ...]
    notes: tuple[str, ...] = ()
    """What is odd about the set: patches missing from it, or a cover letter alone."""
    omitted: tuple[str, ...] = ()
    """Messages that could not be read: place and cause, a line each."""
    below: tuple[Patch, ...] = ()
    """Patches that these may need below them: the one a reply's own diff answers, or the earlier
    ones of the set that a quoted one belongs to."""


@dataclass(frozen=True, slots=True)
class FileChange:
    """One file before and after a patch; ``None`` where the file does not exist.

    ``pre_lines`` and ``post_lines`` are the 1-based lines that the patch removes from ``pre``
    and adds to ``post``.
    """

    old_path: str | None
    new_path: str | None
    pre: bytes | None
    post: bytes | None
    pre_lines: frozenset[int] = frozenset()
    post_lines: frozenset[int] = frozenset()
    notes: tuple[str, ...] = ()
    """How hunks were placed: offset, fuzz, white space tolerated."""
    old_mode: str = ""
    """Six octal digits where the patch states a mode, else ''."""
    new_mode: str = ""
    copied: bool = False
    """True for a copy: the file at ``old_path`` stays."""
    skipped: bool = False
    """True for what is no text (binary patch, symlink, submodule): both images are None."""

    @property
    def path(self) -> str:
        """The path after the change, or before it for a deletion."""
        return self.new_path or self.old_path or ""
