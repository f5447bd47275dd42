"""Lists of the only flags that are allowed, which the check below does not agree with."""

from __future__ import annotations

import re

from reviewer.claims.model import Claim, Kind
from reviewer.claims.wording.flags import only_flags
from reviewer.rule import Example, Reads, Rule
from reviewer.verdict import Location, Verdict, broken, holds
from reviewer.world import World

_NAME = re.compile(r"[A-Z][A-Z0-9]*_[A-Z0-9_]+")
_WARNS = r"(?:VM_)?(?:WARN|BUG)_ON(?:_ONCE)?\s*\(\s*"
_REST = r"[\w.>-]+\s*&\s*~\s*\(([\w\s|]+)\)[\s)]*"
_REFUSED = r"\{?\s*(?:return(?:\s+(?:-\w+|ERR_PTR\(-E\w+\)|NULL|false))?|goto\s+\w+)\s*;"
_CHECK = re.compile(
    rf"\s*(?:if\s*\(\s*(?:unlikely\s*\(\s*|{_WARNS})?{_REST}{_REFUSED}|{_WARNS}{_REST};)"
)
"""A statement that refuses every flag but those of a mask; to clear some is no check."""


class OnlyTheseFlags(Rule):
    """A comment lists the only flags that are supported; the list is taken to be whole.

    Why it breaks: a flag is added to the mask that the code checks, the comment above the check
    keeps the old list, and callers do not use what they may, or reviewers refuse what is allowed.

    Where it still holds: if the mask of the check has the same flags.

    Write instead: the flags of the mask, or point to it.

    Limits: only a list of names with "only", in its own sentence, right above a statement that
    warns of, or returns for, what ``& ~(A | B)`` leaves, with names of the same prefix.

    References: mm/rmap.c, try_to_migrate().
    """

    name = "only-these-flags"
    family = "references"
    since = "0.1"
    reads = (Reads(Kind.REFERS, object=("identifier", "constant")),)
    stale = (
        Example(
            """
            static int dive(unsigned int flags)
            {
                    /* Diving only supports DIVE_DEEP and DIVE_LONG flags. */
                    if (WARN_ON_ONCE(flags & ~(DIVE_DEEP | DIVE_LONG | DIVE_COLD)))
                            return -EINVAL;
                    return 0;
            }
            """,
            words="DIVE_DEEP",
        ),
    )
    sound = (
        Example(
            """
            static int dive(unsigned int flags)
            {
                    /* Diving only supports DIVE_DEEP, and DIVE_LONG flags. */
                    if (WARN_ON_ONCE(flags & ~(DIVE_DEEP | DIVE_LONG)))
                            return -EINVAL;
                    return 0;
            }
            """
        ),
    )

    def judge(self, claim: Claim, world: World) -> Verdict | None:
        """Compare the list with the mask of the statement below; speaks for its first name."""
        if _NAME.fullmatch(claim.quote) is None:
            return None
        listed = _NAME.findall(only_flags(claim))
        if len(listed) < 2:
            return None
        anchor = claim.comment.anchor
        below = world.source.code(claim.comment.end_byte, claim.comment.end_byte + 400)
        check = _CHECK.match(below.decode("utf-8", "replace"))
        if check is None:
            return None
        checked = [one.strip() for one in (check[1] or check[2]).split("|")]
        if not all(_NAME.fullmatch(one) for one in checked):
            return None
        prefix = listed[0].partition("_")[0] + "_"
        if not all(one.startswith(prefix) for one in (*listed, *checked)):
            return None
        where = Location(world.path, anchor.start_line, " | ".join(checked))
        missing = [one for one in checked if one not in listed]
        surplus = [one for one in listed if one not in checked]
        if not missing and not surplus:
            return holds("the mask has the same flags", where)
        what = [f"also allows {', '.join(missing)}"] if missing else []
        what += [f"does not allow {', '.join(surplus)}"] if surplus else []
        differs = " and ".join(what)
        return broken(
            f"The comment lists the only flags supported, but the check below {differs}.", where
        )
