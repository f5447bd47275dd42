"""Which finding of the tree before a patch is which of the one after it: by words, and by place.

The lines that a patch leaves alone stand in both images in one order, so that a comment is known
again for certain: equal words above another function are not it. Words that the patch writes go
with those that it takes away. Where two functions next to each other have equal comments a diff
may keep the one and touch the other, so those at code of the same name come first.
"""

from __future__ import annotations

from collections import defaultdict, deque
from collections.abc import Callable, Hashable, Iterable, Sequence
from dataclasses import replace

from reviewer.finding import Finding, fingerprint
from reviewer.mail.model import FileChange


def same(
    old: Iterable[Finding], new: Iterable[Finding], changes: Iterable[FileChange]
) -> dict[str, Finding]:
    """For the fingerprint of a new finding the old one that it is, each of one other at most."""
    before, after = list(old), list(new)
    found: dict[str, Finding] = {}
    for change in changes:
        was = [one for one in before if one.path == change.old_path]
        now = [one for one in after if one.path == change.new_path]
        found.update(_in_file(was, now, change))
    return found


def standing(
    old: Sequence[Finding], new: Iterable[Finding], changes: Iterable[FileChange]
) -> list[Finding]:
    """Those of the old findings that are there still, on lines that the patch leaves alone."""
    after = list(new)
    found: list[Finding] = []
    for change in changes:
        path = change.new_path
        now = {
            (words(one), place)
            for one in after
            if one.path == path and (place := _first(one, change.post_lines)) is not None
        }
        was = (one for one in old if one.path == change.old_path)
        found += [one for one in was if (words(one, path), _first(one, change.pre_lines)) in now]
    return found


def words(one: Finding, path: str | None = None) -> str:
    """What a finding says, as if it were of that path: equal ones of a file are not told apart."""
    return fingerprint(one if path is None else replace(one, path=path))


def _in_file(
    was: Sequence[Finding], now: Sequence[Finding], change: FileChange
) -> dict[str, Finding]:
    found: dict[str, Finding] = {}
    free, left = list(was), list(now)
    for at, key, key_now in _KEYS:
        waiting: dict[Hashable, deque[Finding]] = defaultdict(deque)
        for one in free:
            place = key(one, change.pre_lines)
            waiting[words(one, change.new_path), at(one), place].append(one)
        alone = []
        for one in left:
            place = key_now(one, change.post_lines)
            there = waiting.get((words(one), at(one), place))
            if place is not None and there:
                found[one.fingerprint] = there.popleft()
                free.remove(found[one.fingerprint])
            else:
                alone.append(one)
        left = alone
    return found


def _first(one: Finding, touched: frozenset[int]) -> int | None:
    return _number(one.line, touched)


def _last(one: Finding, touched: frozenset[int]) -> int | None:
    return _number(one.end_line, touched)


def _written(one: Finding, touched: frozenset[int]) -> int | None:
    return 0 if any(line in touched for line in range(one.line, one.end_line + 1)) else None


def _kept(one: Finding, touched: frozenset[int]) -> int | None:
    return 0 if _written(one, touched) is None else None


def _named(one: Finding) -> tuple[str, str]:
    anchor = one.claim.comment.anchor
    return anchor.function, anchor.name


def _anywhere(_: Finding) -> None:
    return None


_Place = Callable[[Finding, frozenset[int]], int | None]
_KEYS: tuple[tuple[Callable[[Finding], Hashable], _Place, _Place], ...] = (
    (_named, _first, _first),
    (_named, _last, _last),
    (_named, _written, _written),
    (_named, _written, _kept),
    (_named, _kept, _written),
    (_anywhere, _first, _first),
    (_anywhere, _last, _last),
    (_anywhere, _written, _written),
)


def _number(line: int, touched: frozenset[int]) -> int | None:
    """Which of the lines that the patch leaves alone a line is; None if it is none."""
    return None if line in touched else line - sum(1 for one in touched if one < line)
