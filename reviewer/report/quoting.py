"""Which lines of a message a remark stands under, and how they are quoted."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from reviewer.mail.model import FileChange, FilePatch, Hunk, Message, Patch
from reviewer.mail.quote import quote_level

CUT = "[...]"
_WORD = re.compile(r"\w+")
_ATTRIBUTION = re.compile(r"\S.*\b(?:wrote|writes|said)\s*:\s*$")
_REACH = 16
"""Most lines quoted above the words, back to where their comment opens."""
_MOST_WORDS = 300
_SMALL_GAP = 3
"""Patch lines that are quoted rather than replaced by a cut mark."""
_LONGEST = 900
"""Characters of a quoted line; RFC 5322 allows 998 with quote marks."""
_LEAST_RUN = 4
"""Words in a row that must agree for a line to count as the place of a quotation."""


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


def find_anchor(
    patch: Patch, path: str, line: int, words: str, changes: Sequence[FileChange] = ()
) -> Anchor | None:
    """The place of ``words`` in what the patch shows of a file, else its change nearest to a line.

    ``line`` is 1-based in the post-image; ``changes`` (from rebuild) tell which lines the patch
    added there. None if the patch does not touch the file.
    """
    files = [file for file in patch.files if path in (file.new_path, file.old_path) and file.hunks]
    wanted = _WORD.findall(words.lower())[:_MOST_WORDS]
    best: tuple[int, Anchor] | None = None
    for file in files:
        for hunk in file.hunks:
            for sign in "-+":
                run, first, last = _longest_run(hunk, sign, wanted)
                if run >= min(_LEAST_RUN, max(len(wanted), 1)) and (best is None or run > best[0]):
                    best = run, Anchor(file, hunk, first, last, True)
    if best is not None:
        return best[1]
    return _nearest(files, path, line, changes)


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


def _nearest(
    files: Sequence[FilePatch], path: str, line: int, changes: Sequence[FileChange]
) -> Anchor | None:
    """The changed lines of the hunk whose place in the post-image is nearest to a line."""
    added = sorted(n for c in changes if c.path == path for n in c.post_lines)
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
            distance = min(abs(n - line) for n in placed or [hunk.new_start])
            if best is None or distance < best[0]:
                best = distance, Anchor(file, hunk, changed[0], changed[-1], False)
    return best[1] if best else None


def quoted_part(
    message: Message, anchor: Anchor, after: int, with_file: bool
) -> tuple[list[str], int]:
    """The quoted lines for an anchor and the body line they end at.

    ``after`` is the last body line quoted before (0: none); what is left out between is marked
    ``[...]``. ``with_file`` quotes the file's header too.
    """
    body = message.body.split("\n")
    hunk = anchor.hunk
    last = hunk.body_lines[anchor.last]
    numbers: set[int] = set()
    if after < hunk.patch_line:
        if with_file:
            numbers.update(_header_lines(body, anchor.file, hunk))
        numbers.add(hunk.patch_line)
    first = hunk.body_lines[_opening(hunk, anchor.first)]
    shown = set(hunk.body_lines)
    numbers.update(n for n in range(first, last + 1) if n in shown)
    lines: list[str] = []
    previous = after
    for number in sorted(n for n in numbers if n > after):
        if previous and number != previous + 1:
            gap = range(previous + 1, number)
            if len(gap) <= _SMALL_GAP and shown.issuperset(gap):
                lines.extend(quote(body[n - 1]) for n in gap)
            else:
                lines.append(CUT)
        lines.append(quote(body[number - 1]))
        previous = number
    return lines, max(previous, after)


def _header_lines(body: Sequence[str], file: FilePatch, hunk: Hunk) -> Iterator[int]:
    """``diff --git`` to ``+++``, or up to the file's first hunk if the headers are odd."""
    for number in range(file.patch_line, min(hunk.patch_line, file.patch_line + 8)):
        yield number
        if "+++ " in body[number - 1][: 2 * quote_level(body[number - 1]) + 6]:
            return


def _opening(hunk: Hunk, first: int) -> int:
    """Back from the words to where their comment opens, or a few lines."""
    for index in range(first, max(-1, first - _REACH), -1):
        if "/*" in hunk.lines[index]:
            return index
        if "*/" in hunk.lines[index] and index != first:
            break
    return max(0, first - 3)


def patch_heads(message: Message, patch: Patch, most: int = 3) -> list[str]:
    """The quoted first lines of the patch's files, for a reply about what it leaves alone."""
    body = message.body.split("\n")
    heads = [quote(body[file.patch_line - 1]) for file in patch.files[:most] if file.patch_line]
    return [*heads, CUT]


def nested_attribution(message: Message, patch: Patch) -> list[str]:
    """For a reply that quotes the patch: who wrote what it quotes, quoted once more."""
    if not patch.quoted or not patch.files:
        return []
    lines = message.body.split("\n")[: max(patch.files[0].patch_line - 1, 0)]
    kept: list[str] = []
    for depth in range(patch.depth):
        at_depth = [s for s in lines if len(s) < _LONGEST and quote_level(s) == depth]
        found = next((line for line in reversed(at_depth) if _ATTRIBUTION.search(line)), None)
        if found is not None:
            kept.append(quote(found))
    return kept


def quote(line: str) -> str:
    """A body line quoted once more."""
    if len(line) > _LONGEST:
        line = f"{line[:_LONGEST]} {CUT}"
    return f"> {line}" if line else ">"
