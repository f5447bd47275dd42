"""Check a patch: judge the files it touches before and after, and keep what it changes.

The same rules run on both images. A finding of the post-image that the pre-image had too was
stale already; one whose words are new was introduced; one whose words stand unchanged was
exposed, and is the most valuable kind there is.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from reviewer.finding import Finding, Origin
from reviewer.mail.model import FileChange
from reviewer.review.elsewhere import disturbed, mentioning
from reviewer.review.judge import Bench, judge_file
from reviewer.review.model import FileReview, Report, Stats
from reviewer.review.patched import PatchedIndex
from reviewer.review.scan import SOURCES, findings
from reviewer.source.file import SourceFile
from reviewer.tree.model import Index, Listed
from reviewer.tree.overlay import Overlay
from reviewer.world import Library

_ELSEWHERE_AT_MOST = 200


@dataclass(frozen=True, slots=True)
class _Image:
    """The touched files before or after, judged."""

    library: Library
    reviews: dict[str, FileReview]

    def findings(self) -> dict[str, Finding]:
        return {
            one.fingerprint: one
            for review in self.reviews.values()
            for one in findings(review.entries)
        }


def check(
    bench: Bench, tree: Listed, index: Index | None, changes: Sequence[FileChange]
) -> Report:
    """Judge the changes against the tree they apply to.

    Findings come in a stable order: what the patch does first, then what existed before in the
    functions it touches. ``corrected`` are pre-image findings that the post-image no longer has.
    """
    changes = [one for one in changes if one.path.endswith(SOURCES) and not one.skipped]
    before = Library(tree, index)
    after_tree = Overlay(tree, {path: data for one in changes for path, data in _after(one)})
    pre_files = _parse((one.old_path, one.pre) for one in changes)
    post_files = _parse((one.new_path, one.post) for one in changes)
    patched = None if index is None else PatchedIndex(index, pre_files, post_files)
    after = Library(after_tree, patched)
    pre = _judge(bench, before, pre_files)
    post = _judge(bench, after, post_files)
    old, new = pre.findings(), post.findings()
    kept: list[Finding] = []
    for one in new.values():
        change = next(c for c in changes if c.new_path == one.path)
        if _same(one, change, old):
            if _touched(one, change, post_files[one.path]):
                kept.append(one)
        elif _words_are_new(one, change):
            kept.append(one.with_origin(Origin.INTRODUCED))
        else:
            kept.append(one.with_origin(Origin.EXPOSED))
    left, elsewhere_reviews = _left_behind(bench, before, after, pre_files, post_files)
    kept.extend(left)
    order = list(Origin)
    kept.sort(key=lambda f: (order.index(f.origin), f.path, f.line, f.rule))
    gone = [f for key, f in old.items() if key not in new and _was_touched(f, changes, pre_files)]
    return Report(
        tree=tree.name,
        findings=tuple(kept),
        ledger=tuple(entry for one in post.reviews.values() for entry in one.entries),
        stats=sum(
            (one.stats for one in (*post.reviews.values(), *elsewhere_reviews)), Stats()
        ),
        corrected=tuple(sorted(gone, key=lambda f: (f.path, f.line, f.rule))),
        notes=tuple(f"{one.path}: {note}" for one in changes for note in one.notes),
    )


def _after(change: FileChange) -> Iterable[tuple[str, bytes | None]]:
    if change.old_path and change.old_path != change.new_path and not change.copied:
        yield change.old_path, None
    if change.new_path:
        yield change.new_path, change.post


def _parse(files: Iterable[tuple[str | None, bytes | None]]) -> dict[str, SourceFile]:
    return {
        path: SourceFile.parse(path, data) for path, data in files if path and data is not None
    }


def _judge(bench: Bench, library: Library, files: dict[str, SourceFile]) -> _Image:
    for source in files.values():
        library.put(source)
    return _Image(
        library, {path: judge_file(bench, library, one) for path, one in sorted(files.items())}
    )


def _same(one: Finding, change: FileChange, old: dict[str, Finding]) -> bool:
    """True if the pre-image had this finding, under its old path if the file was renamed."""
    if one.fingerprint in old:
        return True
    if change.old_path in (None, change.new_path):
        return False
    words = " ".join(one.quote.split())
    return any(
        was.rule == one.rule and was.path == change.old_path and " ".join(was.quote.split()) == words
        for was in old.values()
    )


def _words_are_new(one: Finding, change: FileChange) -> bool:
    return any(line in change.post_lines for line in range(one.line, one.end_line + 1))


def _touched(one: Finding, change: FileChange, source: SourceFile) -> bool:
    """True if the finding stands in code the patch changes, or speaks of such code."""
    comment = one.claim.comment
    spans = [(comment.start_line, comment.end_line)]
    spans.append((comment.anchor.start_line, comment.anchor.end_line))
    spans.extend(
        (f.start_line, f.end_line)
        for f in source.functions
        if f.start_line <= one.line <= f.end_line
    )
    lines = change.post_lines | {_near(change, line) for line in change.pre_lines}
    return any(start <= line <= end for start, end in spans for line in lines)


def _near(change: FileChange, pre_line: int) -> int:
    """About where a removed line was, counted in the post-image."""
    removed = sum(1 for line in change.pre_lines if line < pre_line)
    guess = pre_line - removed
    for line in sorted(change.post_lines):
        if line <= guess:
            guess += 1
    return guess


def _was_touched(one: Finding, changes: Sequence[FileChange], pre: dict[str, SourceFile]) -> bool:
    return any(change.old_path == one.path and one.path in pre for change in changes)


def _left_behind(
    bench: Bench,
    before: Library,
    after: Library,
    pre_files: dict[str, SourceFile],
    post_files: dict[str, SourceFile],
) -> tuple[list[Finding], list[FileReview]]:
    """Findings in untouched files whose comments name what the patch took away."""
    names = disturbed(pre_files, post_files)
    if not names:
        return [], []
    paths = [p for p in mentioning(before.tree, names) if p not in post_files and p not in pre_files]
    found: list[Finding] = []
    reviews: list[FileReview] = []
    for path in sorted(paths)[:_ELSEWHERE_AT_MOST]:
        source = before.source(path)
        if source is None:
            continue
        old = {f.fingerprint for f in findings(judge_file(bench, before, source).entries)}
        after.put(source)
        review = judge_file(bench, after, source)
        reviews.append(review)
        found.extend(
            f.with_origin(Origin.LEFT_BEHIND)
            for f in findings(review.entries)
            if f.fingerprint not in old
        )
    return found, reviews
