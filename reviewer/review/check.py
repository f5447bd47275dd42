"""Check a patch: judge what it concerns before and after it, and keep what it changes.

The same rules run on both images. A finding of the post-image that the pre-image had too was
stale already; one whose words are new was introduced; one whose words stand unchanged was
exposed, and is the most valuable kind there is.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace

from reviewer.claims.model import Claim, Kind
from reviewer.finding import Finding, Origin, finding_of
from reviewer.kernel.folders import SOURCES
from reviewer.mail.model import FileChange
from reviewer.program.older import Older
from reviewer.program.opening import open_program
from reviewer.program.program import Program
from reviewer.review.bench import Bench
from reviewer.review.concern import Concern, after, before
from reviewer.review.corrected import corrected
from reviewer.review.elsewhere import (
    disturbed,
    mentioning,
    naming,
    removed_files,
    taken_away,
    undefined_by,
    watching,
)
from reviewer.review.fallen import fallen
from reviewer.review.findings import findings
from reviewer.review.images import Image, judge_images
from reviewer.review.judge import Judgement, judge_file
from reviewer.review.leaning import leaning
from reviewer.review.model import FileReview, Report, Stats
from reviewer.review.same import same, standing, words
from reviewer.rule import Rule
from reviewer.source import recent
from reviewer.source.file import SourceFile
from reviewer.source.model import CommentBlock
from reviewer.tree.model import Listed
from reviewer.tree.overlay import Overlay
from reviewer.verdict import Breaks, Decision, Tier
from reviewer.world import Library

_ELSEWHERE_AT_MOST = 200
BEFORE = "the tree before this patch"
"""What findings call the pre-image, as one older tree of several."""


def check(
    bench: Bench,
    tree: Listed,
    changes: Sequence[FileChange],
    program: Program | None = None,
) -> Report:
    """Judge the changes against the tree they apply to; ``program`` is that tree's, if at hand.

    Findings come in a stable order: what the patch does first, then what existed before in the
    code it touches. ``corrected`` are pre-image findings whose words the post-image no longer has,
    or has as true.
    """
    every = changes
    changes = [one for one in every if not one.skipped]
    patched = Overlay(tree, {path: data for one in changes for path, data in _after(one)})
    changes = [one for one in changes if one.path.endswith(SOURCES)]
    program = program or open_program(tree)
    old_library = Library(tree, program, bench.machines, older=bench.older)
    old_files = _parse((one.old_path, one.pre) for one in changes)
    new_files = _parse((one.new_path, one.post) for one in changes)
    lost = taken_away(old_files, new_files, changes)
    now = program.over(patched)
    before_it = Older(BEFORE, program, before_patch=True)
    new_library = Library(
        patched, now, bench.machines, removals=lost, older=(*bench.older, before_it),
        before=old_library, changed=now.changed,
    )  # fmt: skip
    called, theirs = leaning(old_library, lost)
    concerns = (one(changes, old_files, new_files).also(called) for one in (before, after))
    sides = zip((old_library, new_library), concerns, (old_files, new_files), strict=True)
    old, new = judge_images(
        [Image(Judgement(bench, library, concern), files) for library, concern, files in sides]
    )
    was = {one.old_path: one.new_path for one in changes}
    stood = {was.get(one.path): one for one in old}
    new = [fallen(stood[n.path], n, lost, bench.rules) if n.path in stood else n for n in new]
    names = disturbed(old_files, new_files, lost) | undefined_by(every, program, now)
    changed_paths = {*old_files, *new_files}
    speaking = {*mentioning(program, names), *naming(program, removed_files(every))}
    speaking |= {*theirs}
    paths = [path for path in sorted(speaking) if path not in changed_paths]
    left, elsewhere = _left_behind(
        bench, old_library, new_library, paths, Concern({}, names | called | removed_files(every))
    )
    watchers, rules = watching(patched, bench.rules, changed_paths)
    if watchers:
        some = replace(bench, rules=tuple(one for one in bench.rules if one.name in rules))
        more, read = _left_behind(some, old_library, new_library, watchers, None)
        told = {_spot(one) for one in left}
        left += [one for one in more if _spot(one) not in told]
        elsewhere += [one for one in map(_judged_only, read) if one.entries or one.causes]
    stale_before, stale_now = _findings(old), _findings(new)
    was_false = same(stale_before, stale_now, changes)
    unmet = [one for one in stale_now if one.fingerprint not in was_false]
    met = {_spot(one) for one in was_false.values()}
    moved = {one.old_path: one.new_path for one in changes if one.old_path and one.new_path}
    before_of = {one.new_path: one.old_path for one in changes if one.old_path and one.new_path}
    whole = _whole(bench, old_library, old_files, before_of, unmet)
    others = [one for one in whole if _spot(one) not in met]
    known = was_false | same(others, unmet, changes)
    kept = [_placed(one, changes, known.get(one.fingerprint)) for one in stale_now]
    kept = _specific([*kept, *left], bench.rules)
    order = list(Origin)
    kept.sort(key=lambda one: (order.index(one.origin), one.path, one.line, one.rule))
    still = {one.fingerprint for one in was_false.values()}
    gone = [one for one in stale_before if one.fingerprint not in still]
    beside = standing(gone, _whole(bench, new_library, new_files, moved, gone), changes)
    gone = [one for one in gone if one not in beside]
    right, undecided = corrected(gone, new, moved)
    notes = [*(note for one in every for note in one.notes), *undecided]
    if len(paths) > _ELSEWHERE_AT_MOST:
        notes.append(f"only {_ELSEWHERE_AT_MOST} of {len(paths)} files that name {min(names)} read")
    reviews = [*new, *elsewhere]
    causes = (cause for one in (*old, *reviews) for cause in one.causes)
    return Report(
        tree=tree.name,
        findings=tuple(kept),
        ledger=tuple(entry for one in reviews for entry in one.entries),
        stats=sum((one.stats for one in reviews), Stats()),
        corrected=right,
        notes=tuple(dict.fromkeys(notes)),
        missing=tuple(dict.fromkeys((*program.unread, *causes))),
    )


def _after(change: FileChange) -> Iterable[tuple[str, bytes | None]]:
    if change.old_path and change.old_path != change.new_path and not change.copied:
        yield change.old_path, None
    if change.new_path:
        yield change.new_path, change.post


def _parse(files: Iterable[tuple[str | None, bytes | None]]) -> dict[str, SourceFile]:
    return {path: recent.parsed(path, data) for path, data in files if path and data is not None}


def _findings(reviews: Iterable[FileReview]) -> list[Finding]:
    return [one for review in reviews for one in findings(review.entries)]


def _whole(
    bench: Bench,
    library: Library,
    files: Mapping[str, SourceFile],
    paths: Mapping[str, str],
    told: Sequence[Finding],
) -> list[Finding]:
    """Findings of one whole image that may be what seems to be new, or gone, in the other.

    ``told`` are those of the other image, ``paths`` what its files are called in this one. What the
    patch concerns is no wider than the lines it touches in each: a comment that stands just outside
    in one, where a line comes or goes in the other, was or is false all the same.
    """
    said: dict[str, set[str]] = {}
    for one in told:
        said.setdefault(paths.get(one.path, ""), set()).add(_plain(one.claim.quote))
    return _findings(
        judge_file(Judgement(bench, library, _Saying(frozenset(said[path]))), source)
        for path, source in sorted(files.items())
        if path in said
    )


@dataclass(frozen=True, slots=True)
class _Saying:
    """Comments with some words: a finding is known again by those that it rests on."""

    quotes: frozenset[str]

    def concerns(self, path: str, comment: CommentBlock) -> bool:
        """True for such a comment."""
        text = _plain(comment.text)
        return any(quote in text for quote in self.quotes)

    def includes(self, path: str, claim: Claim) -> bool:
        """True: one finding of a comment may stand for another."""
        return True


def _plain(text: str) -> str:
    """Words as ``fingerprint`` compares them."""
    return " ".join(text.split()).lower()


def _placed(one: Finding, changes: Sequence[FileChange], was: Finding | None) -> Finding:
    """The finding with its origin; ``was`` is what it was before the patch."""
    change = next(each for each in changes if each.new_path == one.path)
    if was is not None:
        if _worse(one, was):
            return one.with_origin(Origin.EXPOSED)
        return replace(one, origin=Origin.EXISTING, tier=was.tier)
    if any(line in change.post_lines for line in range(one.line, one.end_line + 1)):
        return one.with_origin(Origin.INTRODUCED)
    return _proved(one.with_origin(Origin.EXPOSED))


def _specific(found: Sequence[Finding], rules: Sequence[Rule]) -> list[Finding]:
    """Findings less the general ones where a specific one that is new stands on their comment."""
    general = {one.name for one in rules if one.general}
    said = {
        (one.path, one.claim.comment.start_byte)
        for one in found
        if one.rule not in general and one.origin is not Origin.EXISTING
    }
    return [
        one
        for one in found
        if one.rule not in general or (one.path, one.claim.comment.start_byte) not in said
    ]


def _proved(one: Finding) -> Finding:
    """A mention that was true before the patch and is false after it needs no more proof."""
    return replace(one, tier=Tier.PROVED) if one.claim.kind is Kind.REFERS else one


def _worse(now: Finding, was: Finding) -> bool:
    """True if the patch made a stale comment dangerous, or false on further machines."""
    if now.breaks is not was.breaks:
        return now.breaks is Breaks.RESULT
    return bool(set(now.machines.broken) - set(was.machines.broken))


def _spot(one: Finding) -> tuple[str, str, int]:
    """What tells a finding again in the same image of a file."""
    return one.path, words(one), one.line


def _judged_only(review: FileReview) -> FileReview:
    """Of a file that is read for some rules' sake what they judged: the rest concerns nobody."""
    entries = tuple(one for one in review.entries if one.rule)
    left = review.stats.unjudged
    stats = replace(review.stats, unjudged=0, claims=review.stats.claims - left)
    return replace(review, entries=entries, stats=stats)


def _left_behind(
    bench: Bench,
    before_: Library,
    after_: Library,
    paths: Sequence[str],
    concern: Concern | None,
) -> tuple[list[Finding], list[FileReview]]:
    """Findings in untouched files that the patch makes false."""
    found: list[Finding] = []
    reviews: list[FileReview] = []
    for path in paths[:_ELSEWHERE_AT_MOST]:
        source = before_.source(path)
        if source is None:
            continue
        was = judge_file(Judgement(bench, before_, concern), source)
        after_.put(source)
        now = judge_file(Judgement(bench, after_, concern), source)
        now = fallen(was, now, after_.removals, bench.rules)
        old = {_spot(one): one for one in findings(was.entries)}
        new = [
            one
            for one in findings(now.entries)
            if (key := _spot(one)) not in old or _worse(one, old[key])
        ]
        found.extend(_proved(one.with_origin(Origin.LEFT_BEHIND)) for one in new)
        reviews.append(_less(now, old.keys() - {_spot(one) for one in new}))
    return found, reviews


def _less(review: FileReview, stood: Collection[tuple[str, str, int]]) -> FileReview:
    """The review, claims not counted that were false before the patch and that it leaves alone."""
    broken = [one for one in review.entries if one.verdict.decision is Decision.BROKEN]
    new = {id(one.claim) for one in broken if _spot(finding_of(one)) not in stood}
    left = len({id(one.claim) for one in broken} - new)
    stats = review.stats
    stats = replace(stats, broken=stats.broken - left, claims=stats.claims - left)
    return replace(review, stats=stats)
