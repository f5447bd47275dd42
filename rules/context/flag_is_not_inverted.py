"""Flags whose description says the opposite of their name."""

from __future__ import annotations

from reviewer.claims.model import Claim, Kind
from reviewer.claims.patterns import Pattern
from reviewer.claims.wording.flags import said_to_let_sleep
from reviewer.rule import Example, Reads, Rule
from reviewer.verdict import Location, Verdict, broken, unknown
from reviewer.world import World


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
        name, said = said_to_let_sleep(claim)
        if not name:
            return None
        function = world.function(claim)
        if function is not None and name not in function.parameters:
            return unknown(f"{function.name}() has no parameter {name}")
        return broken(
            f"The comment says that {name} tells whether it can sleep; the name says that it "
            "tells whether it must not.",
            Location(world.path, claim.line, f"@{name}: {said[:50]}"),
        )
