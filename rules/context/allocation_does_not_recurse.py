"""Allocations that comments say do not enter the file system or start I/O."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import ClassVar

from reviewer.claims.model import Claim, Kind
from reviewer.claims.patterns import Example as Sentence
from reviewer.claims.patterns import Pattern
from reviewer.claims.wording.near import sentence_around
from reviewer.judging.place import function_around
from reviewer.judging.statements import following
from reviewer.rule import Example, Reads, Rule
from reviewer.verdict import Breaks, Location, Tier, Verdict, agrees, broken, unknown
from reviewer.world import World

_KEPT_OUT = re.compile(
    r"(?:GFP|FGP)_(?:NOFS|NOIO|ATOMIC|NOWAIT)|~\s*__GFP_(?:FS|IO)|memalloc_no(?:fs|io)"
)
"""What keeps reclaim out of the file system (include/linux/gfp_types.h)."""
_SOMEHOW = re.compile(
    rb"(?:GFP|FGP)_(?:NOFS|NOIO|NOWAIT|ATOMIC)|__GFP_(?:FS|IO)|memalloc_no|PF_MEMALLOC"
)
_LETS_IN = re.compile(r"\bGFP_(?:KERNEL\w*|USER|HIGHUSER\w*)\b")
_OTHERS = re.compile(r"\b(?:callers?|before|after|unless|until|otherwise)\b", re.I)


class AllocationDoesNotRecurse(Rule):
    """An allocation is said not to recurse into the file system, and its flags allow it.

    Why it breaks: the flags are relaxed, since whoever starts a transaction or a write keeps
    reclaim out for all that is done within (memalloc_nofs_save()), and the words stay behind.

    Where it still holds: the statement below spells GFP_NOFS, GFP_NOIO, a mask without __GFP_FS or
    one of the scopes. What the function spells elsewhere, or is given as a parameter, is undecided.

    Write instead: who keeps reclaim out, or nothing.

    Limits: only the statement right below a comment inside a function. A scope that callers open
    is not seen: the finding is of the words, and not of the code. In 6.12 it reads five comments,
    of which three agree and two are unknown (one was a false finding until words that name the
    flags were left alone); its one finding is of the bench.

    References: Documentation/core-api/gfp_mask-from-fs-io.rst.
    """

    name = "allocation-does-not-recurse"
    family = "context"
    since = "0.2"
    tier = Tier.HINT
    words: ClassVar[Mapping[str, tuple[str, ...]]] = {
        "reclaim": ("into the file system", "into the filesystem", "into the fs"),
    }
    patterns = (
        Pattern(
            "does-not-recurse",
            Kind.FORBIDS,
            r"(?:{cannot}|{unable}|avoid|prevent)(?: (?:to|from|any|direct|reclaim|risk)){0,3}"
            r" (?:recurse|recursing|recursion|re-?enter|re-?entering|call)(?: back)?"
            r" {object:event}",
            concepts=(("object", "reclaim"),),
            examples=(Sentence("don't recurse into the file system", "code", "reclaim"),),
        ),
    )
    reads = (Reads(Kind.FORBIDS, object=("reclaim",)),)
    stale = (
        Example(
            """
            static int stock(struct pond *pond)
            {
                    /* We may be in a transaction, don't recurse into the file system. */
                    pond->fish = kmalloc(8, GFP_KERNEL);
                    return pond->fish ? 0 : -ENOMEM;
            }
            """,
            words="don't recurse into the file system",
        ),
    )
    sound = (
        Example(
            """
            static int stock(struct pond *pond)
            {
                    /* GFP_KERNEL will do: nobody can call back into the file system yet. */
                    pond->fish = kmalloc(8, GFP_KERNEL);
                    return pond->fish ? 0 : -ENOMEM;
            }
            """
        ),
        Example(
            """
            static int stock(struct pond *pond)
            {
                    /* We may be in a transaction, don't recurse into the file system. */
                    pond->fish = kmalloc(8, GFP_NOFS);
                    return pond->fish ? 0 : -ENOMEM;
            }
            """
        ),
        Example(
            """
            static int stock(struct pond *pond)
            {
                    unsigned int flags = memalloc_nofs_save();

                    /* We may be in a transaction, don't recurse into the file system. */
                    pond->fish = kmalloc(8, GFP_KERNEL);
                    memalloc_nofs_restore(flags);
                    return pond->fish ? 0 : -ENOMEM;
            }
            """
        ),
        Example(
            """
            static int stock(struct pond *pond)
            {
                    /* The caller makes sure that we can't recurse into the file system. */
                    pond->fish = kmalloc(8, GFP_KERNEL);
                    /* End it first, as reclaim must not recurse into the file system with it. */
                    pond->eels = kmalloc(8, GFP_KERNEL);
                    return pond->fish ? 0 : -ENOMEM;
            }
            """
        ),
    )

    def judge(self, claim: Claim, world: World) -> Verdict | None:
        """Compare with the flags of the statement below."""
        function = function_around(claim, world)
        below = following(world.source, claim.comment.end_byte)
        if function is None or below is None or claim.comment.trailing:
            return None
        here = Location(world.path, below.line, below.text[:60])
        if _KEPT_OUT.search(below.text):
            return agrees("the flags below keep reclaim out of the file system", here)
        before, after = sentence_around(claim)
        if _OTHERS.search(before) or re.match(r"\s*\w", after) or "memalloc" in before + after:
            return unknown("the words may say who else sees to it, or when")
        let = _LETS_IN.search(below.text)
        if let is None:
            return unknown("the statement below spells no flags of an allocation")
        if let[0] in claim.comment.text:
            return unknown(f"the comment gives its reasons for {let[0]}")
        if _SOMEHOW.search(world.source.code(function.body_start, function.body_end)):
            return unknown(f"{function.name}() keeps reclaim out of the file system elsewhere")
        return broken(
            "The comment says that the allocation does not recurse into the file system, but it is "
            f"made with {let[0]}, which allows it.",
            here,
            breaks=Breaks.REASON,
        )
