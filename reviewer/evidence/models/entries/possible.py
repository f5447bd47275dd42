"""On which paths an adversary's outcome is possible on a machine: asked of all of them at once.

First a test is put for each that has more outcomes and is shorter, where there is one: most paths
are out by that. What is left is asked about as it stands, a few paths at a time, since one that
shows the outcome is enough.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from reviewer.errors import LitmusError
from reviewer.evidence.models.entries.together import tree
from reviewer.judging.scenario import Scenario, endings, judge
from reviewer.mmu.machine import Machine

_FEW, _MORE = 4, 40
"""Paths asked about together: those that come first, and then at most."""


def shown(
    name: str, texts: Sequence[str], looser: Mapping[str, str], on: Machine
) -> Iterator[tuple[str, bool]]:
    """Tests of a function beside an adversary whose outcome is possible, or not known not to be.

    In the order given; True of those of which it is not known. ``looser`` gives for a test another
    one with all its outcomes.
    """
    waiting = list(dict.fromkeys(texts))
    shorter = list(dict.fromkeys(looser[one] for one in waiting if one in looser))
    left = set(_open(name, shorter, on))
    waiting = [one for one in waiting if one not in looser or looser[one] in left]
    count = _FEW
    while waiting:
        few, waiting = waiting[:count], waiting[count:]
        yield from _open(name, few, on).items()
        count = _MORE


def _open(name: str, texts: Sequence[str], on: Machine) -> dict[str, bool]:
    """Those whose outcome is not excluded on a machine; True if that is for want of an answer."""
    from reviewer.mmu.values import UnsupportedError  # the simulator is large, and seldom needed

    if on.unshown or not texts:
        return dict.fromkeys(texts, True)
    whole = tree(texts) if len(texts) > 1 else None
    try:
        if whole is not None:
            ends = endings(whole.asked_by_way, on)
            if ends is not None:
                return dict.fromkeys(whole.ending(texts, ends), False)
        elif len(texts) == 1:
            found = judge(Scenario(name, texts[0]), [on]).machines
            return {} if found.holds else {texts[0]: not found.broken}
    except (LitmusError, UnsupportedError):  # beyond the simulator: nothing is decided
        if len(texts) == 1:
            return {texts[0]: True}
    half = (len(texts) + 1) // 2
    return _open(name, texts[:half], on) | _open(name, texts[half:], on)
