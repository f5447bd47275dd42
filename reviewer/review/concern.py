"""Which claims a patch concerns: those it touches, and those that name what it touches."""

from __future__ import annotations

import re
from bisect import bisect_left
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property

from reviewer.claims.model import Claim
from reviewer.mail.model import FileChange
from reviewer.source.file import SourceFile
from reviewer.source.model import CommentBlock, Function
from reviewer.tree.dialect import KEYWORDS

_WORD = re.compile(r"[A-Za-z_]\w*")
_NO_NAMES = frozenset(word.decode() for word in KEYWORDS)
_MEMBER = re.compile(r"->|\.|::")


@dataclass(frozen=True)
class Concern:
    """``lines``: touched lines by path, functions whole. ``names``: identifiers of that code."""

    lines: Mapping[str, tuple[tuple[int, int], ...]]
    names: frozenset[str]

    def also(self, names: frozenset[str]) -> Concern:
        """The same with further names."""
        return Concern(self.lines, self.names | names)

    def covers(self, path: str, comment: CommentBlock) -> bool:
        """True if the comment, or the code it speaks of, overlaps touched lines."""
        anchor = comment.anchor
        return any(
            _overlap((start, end), (comment.start_line, comment.end_line))
            or _overlap((start, end), (anchor.start_line, anchor.end_line))
            for start, end in self.lines.get(path, ())
        )

    def concerns(self, path: str, comment: CommentBlock) -> bool:
        """False if no claim of the comment can be included, told without reading it.

        What a claim names stands in the comment, or is the code that the comment is about. Of 654
        claims included for 250 functions of 6.12 taken as touched, the 15 that are no longer had
        been so by a C keyword ("section return"), by chance; a tenth of the comments is read.
        """
        if self.covers(path, comment):
            return True
        anchor = comment.anchor
        words = {*_WORD.findall(comment.text), anchor.name, anchor.function}
        if not words.isdisjoint(self.names):
            return True
        return any(name in comment.text for name in self._others)

    @cached_property
    def _others(self) -> tuple[str, ...]:
        """Names that are no single word: paths, members with their struct."""
        return tuple(name for name in self.names if not name.isidentifier())

    def includes(self, path: str, claim: Claim) -> bool:
        """True if the claim lies in touched code or names something of it."""
        if self.covers(path, claim.comment):
            return True
        anchor = claim.comment.anchor
        named = {claim.subject.name, anchor.name, anchor.function}
        named.update(value for _, value in claim.detail)
        if claim.object is not None:
            named.add(claim.object.name)
            named.add(_MEMBER.split(claim.object.name)[-1])
        return not named.isdisjoint(self.names)


def _overlap(one: tuple[int, int], other: tuple[int, int]) -> bool:
    return one[0] <= other[1] and other[0] <= one[1]


def after(
    changes: Sequence[FileChange],
    old: Mapping[str, SourceFile],
    new: Mapping[str, SourceFile],
) -> Concern:
    """What the patch concerns in the post-image."""
    return _concern(changes, old, new, post=True)


def before(
    changes: Sequence[FileChange],
    old: Mapping[str, SourceFile],
    new: Mapping[str, SourceFile],
) -> Concern:
    """What the patch concerns in the pre-image."""
    return _concern(changes, old, new, post=False)


def _concern(
    changes: Sequence[FileChange],
    old: Mapping[str, SourceFile],
    new: Mapping[str, SourceFile],
    *,
    post: bool,
) -> Concern:
    lines: dict[str, tuple[tuple[int, int], ...]] = {}
    names: set[str] = set()
    for change in changes:
        for is_post, path, files in (
            (False, change.old_path, old),
            (True, change.new_path, new),
        ):
            if path is None or path not in files:
                continue
            source = files[path]
            touched = _touched(change, is_post)
            functions = _functions_at(source, touched)
            if is_post == post:
                spans = [(f.start_line, f.end_line) for f in functions]
                lines[path] = tuple(spans + [(line, line) for line in touched])
            for function in functions:
                names.add(function.name)
                names.update(source.identifiers(function.start_byte, function.end_byte))
    return Concern(lines, frozenset(names) - _NO_NAMES)


def _touched(change: FileChange, post: bool) -> tuple[int, ...]:
    """Lines of one image that the patch adds or removes, and where the other image's were."""
    here, there = (
        (change.post_lines, change.pre_lines) if post else (change.pre_lines, change.post_lines)
    )
    return tuple(sorted({*here, *_mapped(sorted(there), sorted(here))}))


def _mapped(there: Sequence[int], here: Sequence[int]) -> Iterable[int]:
    """About where lines that only the other image has would stand in this one."""
    for line in there:
        common = line - bisect_left(there, line)
        place = common
        for own in here:
            if own > place:
                break
            place += 1
        yield max(1, place)


def _functions_at(source: SourceFile, lines: Iterable[int]) -> tuple[Function, ...]:
    wanted = sorted(lines)
    found = []
    for outline in source.top_level.functions:  # only those that are wanted are parsed
        at = bisect_left(wanted, source.line_of(outline.start_byte))
        if at < len(wanted) and wanted[at] <= source.line_of(outline.end_byte - 1):
            found.append(source.function(outline))
    return tuple(found)
