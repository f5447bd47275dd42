"""Flags whose description says the opposite of their name."""

from __future__ import annotations

import re

from reviewer.claims.model import Claim, Kind
from reviewer.claims.patterns import Pattern
from reviewer.rule import Example, Reads, Rule
from reviewer.verdict import Location, Verdict, broken, unknown
from reviewer.world import World

_STAYS_AWAKE = re.compile(r"(?:in_?)?atomic|no_?(?:wait|sleep|block)\w*|non_?block\w*", re.I)
_INVERTED = re.compile(
    r"\A\W*(?:whether|if|true (?:if|when)|set if|non-?zero if|1 if|can|may)(?: or not)?\s"
    r"(?:(?:this|the|we|it|caller|function|you)\s){0,2}(?:can\s|may\s|should\s)?"
    r"(?:is allowed to\s)?(?:sleep|block|wait)\b(?!\s*if\s+not)",
    re.I,
)
_MODE = re.compile(r"\b(?:1|true|non-?zero) means (?:blocking|sleeping|to wait|waiting)\b", re.I)


class FlagIsNotInverted(Rule):
    """A flag is described as "whether we can sleep", and is taken to mean that.

    Why it breaks: a flag that allowed sleeping was turned into one that forbids it (wait became
    atomic or nonblock) and its description stayed. A caller that passes true because it may
    sleep asks for the atomic way; one that passes false in atomic context sleeps there.

    Where it still holds: if the flag is named for sleeping (can_sleep, wait).

    Write instead: "whether this function is forbidden from sleeping".

    Limits: descriptions of parameters by name only; nothing but a name that says it (atomic,
    nowait, nonblock, nosleep) is judged, and the code must have it as a parameter.

    References: virt/kvm/kvm_main.c, hva_to_pfn() ("whether this function is forbidden from
    sleeping").
    """

    name = "flag-is-not-inverted"
    family = "context"
    since = "0.1"
    reads = (Reads(Kind.REFERS, object=("may-sleep",)),)
    patterns = (
        Pattern(
            "whether-it-sleeps",
            Kind.REFERS,
            r"(?:whether|can|may|if|means) (?:[a-z]+ ){0,4}?(?:{object:event}|block|blocking|wait)",
            subject="code",
            object="may-sleep",
            concepts=(("object", "may-sleep"),),
        ),
    )
    stale = (
        Example(
            """
            /*
             * Looks for a fish.
             * @atomic: whether this function can sleep
             */
            static int look(struct pond *pond, bool atomic)
            {
                    return atomic ? look_fast(pond) : look_slow(pond);
            }
            """,
            words="this function can sleep",
        ),
    )
    sound = (
        Example(
            """
            /*
             * Looks for a fish.
             * @atomic: whether this function must not sleep
             * @wait: whether this function can sleep
             */
            static int look(struct pond *pond, bool atomic, bool wait)
            {
                    return atomic ? look_fast(pond) : look_slow(pond);
            }
            """
        ),
    )

    def judge(self, claim: Claim, world: World) -> Verdict | None:
        """Broken if the description of a flag that forbids sleeping says that it allows it."""
        text = claim.comment.text
        head = text.rfind("@", 0, claim.start + 1)
        if head == -1 or claim.start - head > 80:
            return None
        found = re.match(r"@(\w+)\s*(?:[:-]|\s)\s*", text[head:])
        if found is None or _STAYS_AWAKE.fullmatch(found[1]) is None:
            return None
        said = " ".join(re.split(r"\n\s*@|\n\s*\n", text[head + found.end() :])[0].split())
        if not (_INVERTED.match(said) or _MODE.search(said)):
            return None
        function = world.function(claim)
        if function is not None and found[1] not in function.parameters:
            return unknown(f"{function.name}() has no parameter {found[1]}")
        return broken(
            f"The comment says that {found[1]} tells whether it can sleep; the name says that it "
            "tells whether it must not.",
            Location(world.path, claim.line, f"@{found[1]}: {said[:50]}"),
        )
