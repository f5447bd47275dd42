"""Locks whose comment says in words what they are for."""

from __future__ import annotations

import re
from collections.abc import Iterable
from itertools import islice

from reviewer.claims.lock_names import lock_name
from reviewer.claims.model import Claim, Kind
from reviewer.claims.wording.locks import telling_words
from reviewer.evidence.alike import alike
from reviewer.evidence.fields import taken_anywhere
from reviewer.evidence.nested import members_around
from reviewer.evidence.sections import Section, handed_on, only_owner, sections_of
from reviewer.judging.holding import GENERIC
from reviewer.kernel.folders import OTHER_PROGRAMS
from reviewer.rule import Example, Reads, Rule
from reviewer.source.model import AnchorKind
from reviewer.verdict import Location, Tier, Verdict, agrees, broken, unknown
from reviewer.world import World

_SECTIONS_AT_MOST = 60


class LockGuardsWhatItSays(Rule):
    """A lock's declaration says in words what it protects: "for rx events", "register access".

    Why it breaks: the code that took the lock is gone, or takes another one, and the member with
    its comment stays.

    Where it still holds: the lock is taken around code that goes by the same words, or is given to
    what the words name, which takes it by another name ("handler->lock = &pond->lock").

    Write instead: remove the lock, or name what is accessed under it.

    Limits: words are compared with the names in the sections of the lock, so that comment and code
    at most agree. That nothing takes the lock is a finding only where its name is its own.

    References: Documentation/kernel-hacking/locking.rst.
    """

    name = "lock-guards-what-it-says"
    family = "locking"
    since = "0.2"
    tier = Tier.HINT  # no finding of it has been read yet
    fallback = True
    tree_wide = True
    reads = (Reads(Kind.PROTECTED), Reads(Kind.SERIALIZED), Reads(Kind.EXCLUDES))
    stale = (
        Example(
            """
            struct pond {
                    spinlock_t fish_lock; /* lock to protect the fish count */
                    int fish;
            };

            void stock(struct pond *pond)
            {
                    pond->fish++;
            }
            """,
            words="lock to protect the fish count",
        ),
    )
    sound = (
        Example(
            """
            struct pond {
                    spinlock_t fish_lock; /* lock to protect the fish count */
                    int fish;
            };

            void stock(struct pond *pond)
            {
                    spin_lock(&pond->fish_lock);
                    pond->fish++;
                    spin_unlock(&pond->fish_lock);
            }
            """
        ),
        Example(
            """
            struct pond {
                    spinlock_t fish_lock; /* lock to protect the fish count */
                    int fish;
            };

            void stock(struct pond *pond)
            {
                    take_for(&pond->fish_lock);
                    pond->fish++;
            }
            """
        ),
    )

    def judge(self, claim: Claim, world: World) -> Verdict | None:
        """Compare the words with the names in the lock's sections."""
        if world.index is None or world.path.startswith(OTHER_PROGRAMS):
            return None
        lock, struct = _declared(claim)
        if not lock:
            return None
        every = sections_of(world, lock, struct, _inside(claim, world))
        found = list(islice(every, _SECTIONS_AT_MOST))
        text = f"{struct}::{lock}" if struct else lock
        own = lock not in GENERIC and only_owner(world, lock, struct)
        if not found:
            if own and not taken_anywhere(world, lock):
                anchor = claim.comment.anchor
                return broken(
                    f"The comment says what {text} is for, but nothing in the tree takes it.",
                    Location(world.path, anchor.start_line, f"{text} is never taken"),
                )
            return _handed_on(claim, lock, struct, world) or unknown(
                f"nothing that certainly takes {text} was seen"
            )
        words = telling_words(claim.subject.text)
        best = max(found, key=lambda one: _shared(words, one, text))
        if words and 3 * _shared(words, best, text) < len(words):
            return unknown(f"none of {len(found)} sections of {text} goes by the comment's words")
        if not words:  # its struct is meant: "protects the members below"
            best = next((one for one in found if _touches_owner(one)), best)
        if not words and not _touches_owner(best):
            return unknown(f"the comment does not say what {text} protects")
        taker = f"{best.function}()" if best.function else "code"
        said = f"{text} is taken in {len(found)} places, in {taker} for what is said"
        where = Location(best.path, best.line, f"{taker} takes {text}")
        return agrees(said, where)


def _handed_on(claim: Claim, lock: str, struct: str, world: World) -> Verdict | None:
    """Agrees if the lock is given to what the words name, which takes it by another name."""
    words = telling_words(claim.subject.text)
    text = f"{struct}::{lock}" if struct else lock
    for one in islice(handed_on(world, lock, struct), _SECTIONS_AT_MOST):
        if words and _shared(words, one, text):
            where = Location(one.path, one.line, " ".join(one.text.decode("latin-1").split())[:60])
            return agrees(f"{text} is given to what is said to need it", where)
    return None


def _declared(claim: Claim) -> tuple[str, str]:
    """The lock that a claim says the purpose of, where it is declared, and its struct."""
    anchor = claim.comment.anchor
    struct = ""
    if anchor.kind is AnchorKind.FIELD:
        struct, _, _ = anchor.name.partition(".")
        name = anchor.name.rpartition(".")[2]
    elif anchor.kind is AnchorKind.STRUCT:
        struct = anchor.name
        section = claim.get("section")
        name = section.lstrip("@") if section.startswith("@") else ""
    elif anchor.kind is AnchorKind.DECLARATION:
        name = anchor.name
    else:
        return "", ""
    name = name.rpartition(".")[2]
    said = claim.object.name if claim.kind is Kind.PROTECTED and claim.object is not None else ""
    if said and said != name:
        return "", ""  # it is said of another lock
    return (name, struct) if name in GENERIC or lock_name(name) else ("", "")


def _inside(claim: Claim, world: World) -> tuple[str, ...]:
    """The members, themselves structs without a tag, that the lock is declared in."""
    anchor = claim.comment.anchor
    if anchor.kind is AnchorKind.STRUCT:
        return tuple(claim.get("section").lstrip("@").split(".")[:-1])
    return (
        members_around(world.source, anchor.start_byte) if anchor.kind is AnchorKind.FIELD else ()
    )


def _shared(words: Iterable[str], section: Section, lock: str) -> int:
    """How many of the words some name of the section has as a part."""
    parts = {part for name in section.names() for part in name.lower().split("_") if part}
    return sum(any(alike(word, part) for part in parts) for word in words)


def _touches_owner(section: Section) -> bool:
    """True if the section does something with the struct that the lock is in."""
    owner = re.escape(section.owner.encode("latin-1"))
    return (
        bool(owner) and re.search(rb"(?<![\w.>])" + owner + rb"(?:->|\.)", section.text) is not None
    )
