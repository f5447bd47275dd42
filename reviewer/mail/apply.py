"""Patches applied in memory: each file before and after, with how every hunk was placed."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence, Set
from dataclasses import dataclass, replace

from reviewer.errors import PatchError
from reviewer.kernel.folders import SOURCES
from reviewer.mail.lay import Placement
from reviewer.mail.limits import MAX_BYTES
from reviewer.mail.locate import Text
from reviewer.mail.mend import LOST
from reviewer.mail.model import FileChange, FilePatch, Hunk, Patch, Series
from reviewer.mail.paths import problem
from reviewer.mail.place import Missed, place_hunks
from reviewer.mail.unseen import unseen

Read = Callable[[str], bytes | None]
"""A tree: the bytes of a path below its root, None where there is no such file."""

_LINK, _MODULE = "120000", "160000"
MAX_FUZZ = 2
"""Context lines at each end of a hunk that may differ; the default of patch(1)."""


class AlreadyAppliedError(PatchError):
    """The tree already holds what the patch brings: its reverse applies."""


class Overlay:
    """A tree with changes on top: reads the changed files as they are after the changes."""

    def __init__(self, read: Read) -> None:
        self._read = read
        self._files: dict[str, bytes | None] = {}

    def __call__(self, path: str) -> bytes | None:
        """The file's bytes after all changes so far, None where it does not exist."""
        return self._files[path] if path in self._files else self._read(path)

    @property
    def changed(self) -> dict[str, bytes | None]:
        """The changed files as they are after the changes."""
        return dict(self._files)

    def put(self, files: Mapping[str, bytes | None]) -> None:
        """Replace files; None stands for a removed one."""
        self._files.update(files)

    def add(self, changes: Sequence[FileChange]) -> None:
        """Put changes on top."""
        for change in changes:
            if change.skipped:
                continue
            if change.old_path and change.old_path != change.new_path and not change.copied:
                self._files[change.old_path] = None
            if change.new_path:
                self._files[change.new_path] = change.post


def rebuild_series(
    series: Series, read: Read, *, already_applied: bool = False
) -> tuple[tuple[Patch, tuple[FileChange, ...]], ...]:
    """Apply the patches of a series one on top of the other; see ``rebuild``."""
    overlay = Overlay(read)
    done: list[tuple[Patch, tuple[FileChange, ...]]] = []
    for patch in series.patches:
        changes = rebuild(patch, overlay, already_applied=already_applied)
        overlay.add(changes)
        done.append((patch, changes))
    return tuple(done)


def rebuild(
    patch: Patch, read: Read, *, already_applied: bool = False, fuzz: int = MAX_FUZZ
) -> tuple[FileChange, ...]:
    """The files a patch touches, before and after, against the tree behind ``read``.

    Hunks are located by content: exactly, then with white space folded, then with up to
    ``fuzz`` context lines at each end left off; the nearest place to the stated line wins, and
    notes tell whatever was not exact. Raises PatchError naming file and hunk when one does not
    apply or a path would leave the tree. If the reverse of the whole patch applies, raises
    AlreadyAppliedError, or with ``already_applied`` takes the tree as the post-image.
    """
    for file in patch.files:
        _check_paths(patch, file)
    try:
        return _apply(patch, patch.files, read, 0)
    except PatchError as error:
        failed = error
    reverse = tuple(_reversed(file) for file in reversed(patch.files))
    try:
        undone = _apply(patch, reverse, read, 0)
    except PatchError:
        undone = ()
    if undone:
        if not already_applied:
            raise AlreadyAppliedError(
                patch.message.source, 0, f"already applied: the tree holds this change ({failed})"
            )
        return tuple(_turned(change) for change in reversed(undone))
    if not fuzz:
        raise failed
    return _apply(patch, patch.files, read, fuzz)


@dataclass(frozen=True, slots=True)
class Rebuilt:
    """What of a patch could be applied, and a line of place and cause for each part that not."""

    changes: tuple[FileChange, ...]
    omitted: tuple[str, ...] = ()


def rebuild_most(patch: Patch, read: Read) -> Rebuilt:
    """As ``rebuild``, but a file or hunk that does not apply is left out and the rest is applied.

    What the tree holds already is taken from there. Raises PatchError if nothing applies.
    """
    try:
        return Rebuilt(rebuild(patch, read, already_applied=True))
    except PatchError as error:
        first = error
    overlay = Overlay(read)
    links = {f.new_path for f in patch.files if f.new_path and f.new_mode == _LINK}
    changes: list[FileChange] = []
    omitted: list[str] = []
    for file in patch.files:
        try:
            _check_paths(patch, file)
            _check_links(patch, file, links)
            change, missed = _most_of(patch, file, overlay)
        except PatchError as error:
            omitted.append(str(error))
            continue
        omitted.extend(missed)
        overlay.add((change,))
        changes.append(change)
    if all(change.skipped for change in changes):
        raise first
    return Rebuilt(tuple(changes), tuple(omitted))


def _most_of(patch: Patch, file: FilePatch, read: Read) -> tuple[FileChange, list[str]]:
    """One file with the hunks that apply. Raises PatchError if none does."""
    try:
        return _change(patch, file, read, 0), []
    except PatchError:
        pass
    try:
        return _turned(_change(patch, _reversed(file), read, 0)), []
    except PatchError:
        pass
    missed: list[Missed] = []
    change = _change(patch, file, read, MAX_FUZZ, missed)
    errors = [_missed_error(patch, file, one) for one in missed]
    if errors and len(errors) == len(file.hunks):
        raise errors[0]
    return change, [str(error) for error in errors]


def _missed_error(patch: Patch, file: FilePatch, missed: Missed) -> PatchError:
    why = f"{file.path}: hunk {missed.hunk} does not apply: {missed.why}"
    if patch.notes:
        why += f" (while reading: {'; '.join(patch.notes)})"
    return _error(patch, file.hunks[missed.hunk - 1].patch_line, why)


def _error(patch: Patch, body_line: int, why: str) -> PatchError:
    message = patch.message
    return PatchError(message.source, message.source_line(body_line), why)


def _check_paths(patch: Patch, file: FilePatch) -> None:
    for path in (file.old_path, file.new_path):
        if path is not None and (why := problem(path)):
            raise _error(patch, file.patch_line, f"refused: path {path!r} {why}")


def _check_links(patch: Patch, file: FilePatch, links: Set[str]) -> None:
    if any(file.path.startswith(f"{link}/") for link in links):
        raise _error(patch, file.patch_line, f"refused: {file.path} lies behind a symlink")


def _apply(
    patch: Patch, files: Sequence[FilePatch], read: Read, fuzz: int
) -> tuple[FileChange, ...]:
    overlay = Overlay(read)
    links = {f.new_path for f in patch.files if f.new_path and f.new_mode == _LINK}
    changes: list[FileChange] = []
    for file in files:
        _check_links(patch, file, links)
        change = _change(patch, file, overlay, fuzz)
        overlay.add((change,))
        changes.append(change)
    return tuple(changes)


def _change(
    patch: Patch, file: FilePatch, read: Read, fuzz: int, missed: list[Missed] | None = None
) -> FileChange:
    """One file. Its pre-image is what the tree holds, whatever the patch believes.

    With ``missed`` hunks that fit nowhere are put there and left out.
    """
    at = file.patch_line
    if not file.path:
        raise _error(patch, at, "a hunk without file names: no one file of the tree has its lines")
    if file.binary and file.path.endswith(SOURCES):
        raise _error(patch, at, f"{file.path}: a binary patch is not read")
    if file.binary or _LINK in (file.old_mode, file.new_mode) or _MODULE in (
        file.old_mode, file.new_mode,
    ):  # fmt: skip
        kind = "binary patch" if file.binary else "symlink or submodule"
        return FileChange(
            file.old_path, file.new_path, None, None, notes=(f"{file.path}: {kind}, skipped",),
            old_mode=file.old_mode, new_mode=file.new_mode, copied=file.copied, skipped=True,
        )  # fmt: skip
    pre = None if file.old_path is None else read(file.old_path)
    if file.old_path is not None and pre is None:
        raise _error(patch, at, f"{file.old_path}: no such file in the tree")
    if pre is not None and len(pre) > MAX_BYTES:
        raise _error(patch, at, f"{file.old_path}: too large to patch")
    arrives = file.new_path if file.new_path != file.old_path else None
    if arrives is not None and read(arrives) is not None:
        raise _error(patch, at, f"{arrives}: exists in the tree already")
    content = _Content.of(pre or b"")
    try:
        placed = place_hunks(
            Text(content.lines), file.hunks, fuzz, content.ends_with_newline, LOST in patch.notes,
            missed,
        )  # fmt: skip
    except Missed as one:
        raise _missed_error(patch, file, one) from one
    post, pre_lines, post_lines = _assemble(content, file.hunks, placed)
    if file.new_path is None and post and file.hunks and not missed:
        raise _error(patch, at, f"{file.path}: the removal leaves lines behind")
    notes = tuple(f"{file.path}: {note}" for item in placed for note in item.notes)
    notes += tuple(unseen(file.path, file.hunks))
    return FileChange(
        file.old_path, file.new_path, pre, None if file.new_path is None else post,
        pre_lines, post_lines, notes, file.old_mode, file.new_mode, file.copied,
    )  # fmt: skip


@dataclass(frozen=True, slots=True)
class _Content:
    """A file as lines; bytes that are not UTF-8 live on as surrogates."""

    lines: tuple[str, ...]
    ends_with_newline: bool

    @classmethod
    def of(cls, data: bytes) -> _Content:
        if not data:
            return cls((), True)
        lines = data.decode("utf-8", "surrogateescape").split("\n")
        ended = lines[-1] == ""
        return cls(tuple(lines[:-1] if ended else lines), ended)


def _assemble(
    content: _Content, hunks: Sequence[Hunk], placed: Sequence[Placement]
) -> tuple[bytes, frozenset[int], frozenset[int]]:
    """The post-image and the 1-based lines removed and added."""
    lines: list[str] = []
    removed: set[int] = set()
    added: set[int] = set()
    position = 0
    ended = content.ends_with_newline
    for place in sorted(placed, key=lambda item: (item.start, item.end)):
        lines.extend(content.lines[position : place.start])
        removed.update(place.start + index + 1 for index in place.removed)
        added.update(len(lines) + index + 1 for index in place.added)
        lines.extend(place.lines)
        position = place.end
        hunk = hunks[place.hunk - 1]
        if place.end == len(content.lines) and (hunk.old_no_newline or hunk.new_no_newline):
            ended = not hunk.new_no_newline
    lines.extend(content.lines[position:])
    text = "\n".join(lines)
    if lines and ended:
        text += "\n"
    return text.encode("utf-8", "surrogateescape"), frozenset(removed), frozenset(added)


_SWAP = str.maketrans("+-", "-+")


def _reversed(file: FilePatch) -> FilePatch:
    hunks = tuple(
        replace(
            hunk,
            old_start=hunk.new_start,
            new_start=hunk.old_start,
            lines=tuple(line[0].translate(_SWAP) + line[1:] for line in hunk.lines),
            old_no_newline=hunk.new_no_newline,
            new_no_newline=hunk.old_no_newline,
        )
        for hunk in file.hunks
    )
    return replace(
        file, old_path=file.new_path, new_path=file.old_path, hunks=hunks,
        old_mode=file.new_mode, new_mode=file.old_mode,
    )  # fmt: skip


def _turned(change: FileChange) -> FileChange:
    """A change found by applying the reverse, the right way round again."""
    note = f"{change.path}: already in the tree; the pre-image was made by undoing it"
    return replace(
        change, old_path=change.new_path, new_path=change.old_path, pre=change.post,
        post=change.pre, pre_lines=change.post_lines, post_lines=change.pre_lines,
        notes=(note, *change.notes), old_mode=change.new_mode, new_mode=change.old_mode,
    )  # fmt: skip
