"""Who does what a text speaks of, where it names an activity and no function."""

from __future__ import annotations

from functools import lru_cache

from reviewer.claims.lexicon import builtin_lexicon


def done_by(text: str) -> tuple[str, ...]:
    """Names of the functions that do the activity a text names first; () if it names none.

    Only activities of two words and more count ("THP collapse"): one word ("collapse") may be
    anybody's.
    """
    lower = " ".join(text.lower().split())
    found = [
        (at, -len(words), names) for words, names in _known() if (at := lower.find(words)) >= 0
    ]
    return min(found, default=(0, 0, ()))[2]


@lru_cache(maxsize=1)
def _known() -> tuple[tuple[str, tuple[str, ...]], ...]:
    """Words of each event of the lexicon, with the functions it is known by."""
    return tuple(
        (phrase.lower(), named)
        for entry in builtin_lexicon().entries
        if entry.sort == "event"
        and (named := tuple(name for name in entry.names if not name.endswith("*")))
        for phrase in entry.phrases
        if " " in phrase
    )
