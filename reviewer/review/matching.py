"""Which claim of a newer tree is which of an older one: by its words, and then by its place."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Hashable, Iterable, Sequence

from reviewer.review.told import Told

Group = tuple[Told, ...]
"""All answers about one claim."""
Pairs = dict[int, Group]
"""For the number of a claim in the newer file, the same claim in the older one."""


def claims(told: Iterable[Told]) -> tuple[Group, ...]:
    """Answers grouped by claim, in the order of the file."""
    found: dict[Hashable, list[Told]] = {}
    for one in told:
        found.setdefault((one.line, one.words, one.comment, one.name), []).append(one)
    return tuple(tuple(group) for group in found.values())


def match(old: Sequence[Group], new: Sequence[Group]) -> Pairs:
    """Pairs the claims of two versions of a file, each with one other at most.

    The words must be the same. Of several with the same words those go together first that stand
    in the same comment at the same place, then in the same comment, then at the same place, and
    the rest in the order of the file: so moved lines, a renamed function and a comment that was
    changed elsewhere do not matter.
    """
    pairs: Pairs = {}
    free, alone = set(range(len(old))), list(range(len(new)))
    for key in (_all, _comment, _place, _words):
        waiting: dict[Hashable, list[int]] = defaultdict(list)
        for at in sorted(free, reverse=True):
            waiting[key(old[at][0])].append(at)
        left = []
        for number in alone:
            places = waiting.get(key(new[number][0]))
            if places:
                at = places.pop()
                pairs[number] = old[at]
                free.discard(at)
            else:
                left.append(number)
        alone = left
    return pairs


def whole(group: Group) -> tuple[str, str, str, str]:
    """What a claim keeps when its function moves to another file: words, comment and place."""
    return _all(group[0])


def _all(one: Told) -> tuple[str, str, str, str]:
    return (one.words, one.name, one.comment, one.anchor)


def _comment(one: Told) -> Hashable:
    return (one.words, one.name, one.comment)


def _place(one: Told) -> Hashable:
    return (one.words, one.name, one.anchor)


def _words(one: Told) -> Hashable:
    return (one.words, one.name)
