"""A file patch while the lines of its diff are read."""

from __future__ import annotations

import re
from dataclasses import dataclass, field

from reviewer.mail.model import FilePatch, Hunk
from reviewer.mail.paths import strip_prefix, unquote

_GIT_PREFIX = re.compile(r"[abciow12]/")


@dataclass(slots=True)
class OpenFile:
    """What is known of it so far; names as the diff writes them."""

    line: int
    old: str = ""
    new: str = ""
    git: bool = False
    moved: bool = False
    copied: bool = False
    added: bool = False
    deleted: bool = False
    old_mode: str = ""
    new_mode: str = ""
    binary: bool = False
    hunks: list[Hunk] = field(default_factory=list)
    old_blob: str = ""
    nameless: bool = False
    """True for hunks whose file names a reply cut off."""
    named: bool = False
    """True if ``---`` and ``+++`` lines have its names, or an ``index`` line two contents: hunks
    follow."""
    told: bool = False
    """True once it was said that something of it cannot be read."""

    def paths(self) -> tuple[str | None, str | None]:
        """The two paths below the tree's root."""
        old, new = _name(self.old), _name(self.new)
        if not self.moved:
            old, new = _common(*_unprefix(old, new))
        return (None if self.added else old), (None if self.deleted else new)

    def lacks_hunks(self) -> bool:
        """True if hunks should have come, none did, and nothing was said of it."""
        otherwise = self.binary or self.moved or self.added or self.deleted
        return self.named and not (self.hunks or self.told or otherwise)

    def finish(self) -> FilePatch | None:
        """The file patch, None if it changes nothing."""
        if self.nameless:
            return FilePatch(None, None, tuple(self.hunks), patch_line=self.line)
        old, new = self.paths()
        changes = self.hunks or self.binary or self.moved or self.added or self.deleted
        if not changes and not (self.old_mode and self.new_mode):
            return None
        if not old and not new:
            return None
        return FilePatch(
            old, new, tuple(self.hunks), self.old_mode, self.new_mode, self.binary,
            self.copied, self.line, self.old_blob,
        )  # fmt: skip


def _name(written: str) -> str:
    return unquote(written.strip())


def _unprefix(old: str, new: str) -> tuple[str, str]:
    """Take a/ and b/ (or two differing top folders) off; names without prefix stay."""
    if old == "/dev/null" or new == "/dev/null":
        return (
            strip_prefix(old) if _GIT_PREFIX.match(old) else old,
            strip_prefix(new) if _GIT_PREFIX.match(new) else new,
        )
    if _GIT_PREFIX.match(old) and _GIT_PREFIX.match(new):
        return strip_prefix(old), strip_prefix(new)
    (top, _, one), (other_top, _, other) = old.partition("/"), new.partition("/")
    if top != other_top and one and other and (one.startswith(other) or other.startswith(one)):
        return one, other
    return old, new


def _common(old: str, new: str) -> tuple[str, str]:
    """Of ``file.c~what`` or ``file.c.orig`` and ``file.c`` the shorter, as ``git apply`` takes it
    (``find_name_common`` in git's apply.c); quilt and Andrew Morton's patches have such names."""
    if old.startswith(new) or new.startswith(old):
        shorter = min(old, new, key=len)
        return shorter, shorter
    return old, new
