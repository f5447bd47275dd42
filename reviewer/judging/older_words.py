"""Whether a comment is as old as what it names: it was right once, then the name went."""

from __future__ import annotations

import re

from reviewer.claims.model import Claim
from reviewer.errors import TreeError
from reviewer.program.older import Older
from reviewer.world import World

_WORDS = 4
"""Words on either side of a mention that tell its sentence from others of the file."""
_LETTERS = 120
_SPACE = rb"[\s*/]+"
"""What may stand between two words of a comment, at the end of a line too."""


def stood_already(claim: Claim, older: Older, world: World) -> bool:
    """True if the file said the same of the name in the older tree, or the patch just took it.

    Words that came later were written by somebody who may have meant what went by its old name:
    "the response has no data" where the commit that took the struct away put the comment in.
    """
    if older.before_patch:
        return True
    try:
        data = older.program.tree.read(world.path)
    except TreeError:
        return False
    return data is not None and around(claim).search(data) is not None


def around(claim: Claim) -> re.Pattern[bytes]:
    """A mention with the words before and behind it, however the lines are broken."""
    text = claim.comment.text
    first, last = max(0, claim.start - _LETTERS), claim.end + _LETTERS
    before = text[first : claim.start].split()[-_WORDS:]
    glued = "" if not before or text[claim.start - 1].isspace() else before.pop()
    behind = text[claim.end : last].split()[:_WORDS]
    tail = "" if not behind or text[claim.end].isspace() else behind.pop(0)
    words = [*before, f"{glued}{claim.quote}{tail}", *behind]
    parts = [re.escape(part.encode()) for word in words for part in word.split() if part != "*"]
    start = rb"/[*/]+[\s*]*" if first == 0 and len(before) < _WORDS else b""
    return re.compile(start + _SPACE.join(parts))
