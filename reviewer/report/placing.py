"""Where in a patch a remark stands: at the words it speaks of, else at what is taken away."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

from reviewer.mail.model import FileChange, FilePatch, Hunk, Patch

_WORD = re.compile(r"\w+")
_MOST_WORDS = 300
_LEAST_RUN = 4
"""Words in a row that must agree where a place is known by its words alone."""
_REACH = 16
"""Lines between words and the change that makes them false for both to be quoted."""


@dataclass(frozen=True, slots=True)
class Wanted:
    """What a remark is about, for finding its place."""

    path: str
    line: int
    """1-based in the post-image, or in the pre-image if ``corrected``."""
    end_line: int
    words: str
    """The words of the comment."""
    names: tuple[str, ...] = ()
    """Names that the words speak of: where the patch takes one away, it is of interest."""
    facts: tuple[tuple[str, int], ...] = ()
    """Places in the post-image that show the words to be false."""
    corrected: bool = False
    """True if the words are false before the patch alone."""


@dataclass(frozen=True, slots=True)
class Anchor:
    """Lines [first, last] of a hunk (indexes) that a remark speaks of.

    ``exact`` is False when the words are not in the hunk and it is only what the remark is about.
    """

    file: FilePatch
    hunk: Hunk
    first: int
    last: int
    exact: bool

    @property
    def key(self) -> tuple[int, int]:
        """Where in the message it stands, for sorting: last line, first line."""
        return self.hunk.body_lines[self.last], self.hunk.body_lines[self.first]

    @property
    def removed(self) -> bool:
        """True if the patch takes the words out."""
        return self.exact and all(
            line[0] == "-" for line in self.hunk.lines[self.first : self.last + 1]
        )


def find_anchor(patch: Patch, wanted: Wanted, changes: Sequence[FileChange] = ()) -> Anchor | None:
    """The words where the patch shows them, else what it removes of them, else the nearest change.

    ``changes`` (from rebuild) tell where the hunks stand. None if the patch neither touches the
    file nor takes a name away.
    """
    files = [
        file for file in patch.files if wanted.path in (file.new_path, file.old_path) and file.hunks
    ]
    placed = _placed(files, wanted, changes)
    exact = _by_line(files, wanted, placed) or _by_words(files, wanted, placed)
    if exact is not None:
        numbers = placed.get(id(exact.hunk), {})
        return exact if wanted.corrected else _with_cause(exact, wanted, numbers)
    return _removal(patch, wanted) or _nearest(files, wanted, changes)


_Numbers = dict[int, int]
"""Line numbers of an image by a hunk's line indexes."""
_Placed = dict[int, _Numbers]
"""Of hunks by identity: those that stand in the image."""


def _placed(files: Sequence[FilePatch], wanted: Wanted, changes: Sequence[FileChange]) -> _Placed:
    found: _Placed = {}
    for change in changes:
        data = change.pre if wanted.corrected else change.post
        if data is None or wanted.path not in (change.new_path, change.old_path):
            continue
        image = [_folded(line) for line in data.decode("utf-8", "replace").split("\n")]
        for _, hunk in _hunks(files):
            if numbers := _numbers(hunk, image, wanted.corrected):
                found[id(hunk)] = numbers
    return found


def _numbers(hunk: Hunk, image: Sequence[str], before: bool) -> _Numbers:
    """The hunk's lines in the image, where they stand exactly, the nearest place to the stated."""
    shown = [
        (index, _folded(line[1:]))
        for index, line in enumerate(hunk.lines)
        if line[0] != ("+" if before else "-")
    ]
    if not shown:
        return {}
    text = [line for _, line in shown]
    start = hunk.old_start if before else hunk.new_start
    places = [
        at
        for at, line in enumerate(image)
        if line == text[0] and list(image[at : at + len(text)]) == text
    ]
    if not places:
        return {}
    first = min(places, key=lambda at: abs(at + 1 - start)) + 1
    return {index: first + number for number, (index, _) in enumerate(shown)}


def _folded(line: str) -> str:
    return "".join(line.split())


def _by_line(files: Sequence[FilePatch], wanted: Wanted, placed: _Placed) -> Anchor | None:
    """The hunk that shows the lines of the words."""
    for file in files:
        for hunk in file.hunks:
            at = [
                index
                for index, number in placed.get(id(hunk), {}).items()
                if wanted.line <= number <= wanted.end_line
            ]
            if at:
                return Anchor(file, hunk, at[0], at[-1], True)
    return None


def _by_words(files: Sequence[FilePatch], wanted: Wanted, placed: _Placed) -> Anchor | None:
    """The hunk with the longest run of the words, among those whose place is not known."""
    words = _WORD.findall(wanted.words.lower())[:_MOST_WORDS]
    best: tuple[int, Anchor] | None = None
    for file in files:
        for hunk in file.hunks:
            if id(hunk) in placed:
                continue
            run, first, last = _longest_run(hunk, "+" if wanted.corrected else "-", words)
            if run >= min(_LEAST_RUN, max(len(words), 2)) and (best is None or run > best[0]):
                best = run, Anchor(file, hunk, first, last, True)
    return best[1] if best else None


def _longest_run(hunk: Hunk, without: str, wanted: Sequence[str]) -> tuple[int, int, int]:
    """The longest run of the wanted words in the hunk without its '-' or its '+' lines.

    Returns how many words agree and the first and last line index they stand on.
    """
    have = [
        (word, index)
        for index, line in enumerate(hunk.lines)
        if line[0] != without
        for word in _WORD.findall(line[1:].lower())
    ]
    best = (0, 0, 0)
    previous = [0] * (len(wanted) + 1)
    for at, (word, index) in enumerate(have):
        current = [0] * (len(wanted) + 1)
        for column, want in enumerate(wanted, 1):
            if want != word:
                continue
            current[column] = run = previous[column - 1] + 1
            if run > best[0]:
                best = run, have[at - run + 1][1], index
        previous = current
    return best


def _with_cause(anchor: Anchor, wanted: Wanted, numbers: dict[int, int]) -> Anchor:
    """The anchor with the changed lines that make its words false, where they are near."""
    lines = anchor.hunk.lines
    shown = {line for path, line in wanted.facts if path == wanted.path}
    cause = [i for i, number in numbers.items() if number in shown and lines[i][0] == "+"]
    near = [i for i in cause if anchor.first - _REACH <= i <= anchor.last + _REACH]
    if not near:
        after = range(anchor.last + 1, min(len(lines), anchor.last + _REACH))
        start = next((i for i in after if lines[i][0] != " "), None)
        if start is None:
            return anchor
        near = [_run_end(anchor.hunk, start)]
    return replace(anchor, first=min(anchor.first, *near), last=max(anchor.last, *near))


def _run_end(hunk: Hunk, start: int) -> int:
    """The last of the changed lines that stand together with the one at ``start``."""
    end = start
    while end + 1 < len(hunk.lines) and hunk.lines[end + 1][0] != " ":
        end += 1
    return end


def _removal(patch: Patch, wanted: Wanted) -> Anchor | None:
    """The first removed lines with one of the names, those of its definition if they are shown."""
    defined = [path for path, _ in wanted.facts[1:]]  # the first says where it is named
    files = sorted(patch.files, key=lambda one: one.old_path not in defined)
    for file, hunk in _hunks(files):
        for index, line in enumerate(hunk.lines):
            if line[0] == "-" and not set(wanted.names).isdisjoint(_WORD.findall(line)):
                return Anchor(file, hunk, index, _run_end(hunk, index), False)
    return None


def _hunks(files: Sequence[FilePatch]) -> Iterator[tuple[FilePatch, Hunk]]:
    return ((file, hunk) for file in files for hunk in file.hunks)


def _nearest(
    files: Sequence[FilePatch], wanted: Wanted, changes: Sequence[FileChange]
) -> Anchor | None:
    """The changed lines of the hunk whose place in the post-image is nearest to a line."""
    added = sorted(n for c in changes if c.path == wanted.path for n in c.post_lines)
    best: tuple[int, Anchor] | None = None
    for file in files:
        seen = 0
        for hunk in file.hunks:
            changed = [i for i, text in enumerate(hunk.lines) if text[0] != " "]
            plus = sum(text[0] == "+" for text in hunk.lines)
            placed = added[seen : seen + plus]
            seen += plus
            if not changed:
                continue
            distance = min(abs(n - wanted.line) for n in placed or [hunk.new_start])
            if best is None or distance < best[0]:
                best = distance, Anchor(file, hunk, changed[0], changed[-1], False)
    return best[1] if best else None
