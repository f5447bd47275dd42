"""Locks called after a facility of the kernel that the file makes no use of."""

from __future__ import annotations

import re

from reviewer.claims.model import Claim, Kind
from reviewer.claims.wording.near import sentence_around, sentence_of
from reviewer.rule import Example, Reads, Rule
from reviewer.tree.model import NameKind
from reviewer.verdict import Location, Tier, Verdict, broken, unknown
from reviewer.world import World

_CALLED = re.compile(r"([a-z]{3,}) (?:spin ?lock|rwlock|lock|mutex|semaphore|rwsem)", re.I)
_ELSEWHERE = re.compile(
    r"\b(?:callers?|core|framework|layer|subsystem)(?:'s)?\b|\bcode (?:that|which) calls\b", re.I
)
"""Whose lock it may be instead."""
_SHORT_AT_LEAST = 3
_INCLUDED = "#include <linux/{}.h>"
_HEADER = "include/linux/{}.h"
_POND = """
/* The fish is found under the WORD lock, which is held until it is ours. */
static struct fish *catch(struct pond *pond)
{
        struct fish *fish;

        rcu_read_lock();
        fish = find_fish(pond);
        rcu_read_unlock();
        return fish;
}
"""
_IDR = {"include/linux/idr.h": "struct idr {\n\tint base;\n};\n"}


class LockOfSomethingUsed(Rule):
    """ "The removal is done under the idr spinlock": the lock of a facility that the file uses.

    Why it breaks: the file goes over to another facility, an IDR becomes a hash table under RCU,
    and the words about its lock stay.

    Where it still holds: the file includes the facility's header, or its code has a name with the
    word or a beginning of it (``dev`` for a device). Where the sentence speaks of other code ("the
    caller's", "of the core"), it is undecided; what callers must hold is not asked about.

    Write instead: the lock of what is used today.

    Limits: a facility is a header of include/linux that defines a struct of its own name. A word
    that is English too ("the tree lock") seldom is one; where the words go on before it ("the
    devcom component lock") it is none.

    References: Documentation/core-api/idr.rst.
    """

    name = "lock-of-something-used"
    family = "locking"
    since = "0.2"
    tree_wide = True
    tier = Tier.HINT  # no finding of it has been read on a fresh draw yet
    reads = (Reads(Kind.PROTECTED, object=("lock",)),)
    stale = (Example(_POND.replace("WORD", "idr"), words="idr lock", files=_IDR),)
    sound = (
        Example("#include <linux/idr.h>\n" + _POND.replace("WORD", "idr"), files=_IDR),
        Example("static struct idr fish_idr;\n" + _POND.replace("WORD", "idr"), files=_IDR),
        Example(_POND.replace("WORD", "pond"), files=_IDR),
        Example(_POND.replace("WORD", "radix idr"), files=_IDR),
        Example(
            _POND.replace("The fish", "For the core, the fish").replace("WORD", "idr"), files=_IDR
        ),
        Example("/* Called with the idr lock held. */\nint count(int fish);\n", files=_IDR),
        Example(
            "static struct fish *con_fish;\n" + _POND.replace("WORD", "console"),
            files={"include/linux/console.h": "struct console {\n\tint base;\n};\n"},
        ),
    )

    def judge(self, claim: Claim, world: World) -> Verdict | None:
        """Look for the facility, then for the file's use of it."""
        lock = claim.object
        if lock is None or lock.name or world.index is None or not world.path.endswith(".c"):
            return None
        called = _CALLED.fullmatch(" ".join(lock.text.split()))
        word = called[1].lower() if called is not None else ""
        header = _HEADER.format(word)
        if not word or not world.tree.exists(header) or not _is_the(claim):
            return None
        own = [
            one
            for one in world.index.definitions(word)
            if one.kind is NameKind.STRUCT and one.path == header
        ]
        if not own:
            return None
        if _ELSEWHERE.search(sentence_of(claim)):
            return unknown(f"the {word} lock may be one of other code")
        data = world.source.data
        if _INCLUDED.format(word).encode() in data:
            return unknown(f"the file includes {header.removeprefix('include/')}")
        used = next((one for one in world.source.identifiers() if _has(one, word)), "")
        if used:
            return unknown(f"{used} may have that lock")
        return broken(
            f"The comment speaks of the {word} lock, but this file neither includes "
            f"{header.removeprefix('include/')} nor has a name with {word} in its code.",
            Location(header, own[0].line, f"struct {word}"),
        )


def _is_the(claim: Claim) -> bool:
    """True if the words of the lock begin with the word itself: "the idr lock"."""
    assert claim.object is not None
    before, after = sentence_around(claim)
    said = f"{before}{' '.join(claim.quote.split())}{after}".lower()
    return f"the {' '.join(claim.object.text.lower().split())}" in said


def _has(name: str, word: str) -> bool:
    """True if a word of a name is the word, or what code writes for it: ``dev`` for a device."""
    parts = re.split(r"[_\W\d]+", name.lower())
    return any(len(one) >= _SHORT_AT_LEAST and word.startswith(one) for one in parts)
