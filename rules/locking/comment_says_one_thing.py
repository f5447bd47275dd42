"""Comments that ask for a lock and, some lines on, forbid it or say that none is used."""

from __future__ import annotations

from reviewer.claims.contrary import forbidden
from reviewer.claims.model import Claim, Kind
from reviewer.claims.wording.duties import others
from reviewer.claims.wording.locks import denies_something, line_on_locking
from reviewer.judging.holding import documented, one_of_several
from reviewer.rule import Example, Reads, Rule
from reviewer.verdict import Location, Tier, Verdict, broken
from reviewer.world import World


class CommentSaysOneThing(Rule):
    """A comment is taken to say one thing about a lock.

    Why it breaks: the locking changed, somebody mended the line that was met first, and the other
    stayed. Whoever reads only one of the two calls the function wrongly.

    Where it still holds: the two lines speak of different locks, or of different moments.

    Write instead: what the code asks for, once.

    Limits: which of the two is false is not said. "Locking: none" may be meant of what the function
    takes: then it should say so, as others ask for a lock in that very place.

    References: Documentation/doc-guide/kernel-doc.rst.
    """

    name = "comment-says-one-thing"
    family = "locking"
    since = "0.2"
    tier = Tier.HINT  # two findings read, one in each of two trees
    fallback = True
    reads = (Reads(Kind.REQUIRES, object=("lock",)),)
    stale = (
        Example(
            """
            /**
             * depth_of - how deep a pond is
             * @pond: the pond
             *
             * The pond lock must be held by the caller.
             *
             * Locking: none
             */
            int depth_of(struct pond *pond)
            {
                    return pond->depth;
            }
            """,
            words="pond lock must be held by the caller",
        ),
        Example(
            """
            /*
             * Takes pond_mutex once, so it must not be called with pond_mutex held.
             *
             * The list is spliced. This function must be called with pond_mutex held.
             */
            int splice(struct pond *pond)
            {
                    return join(pond);
            }
            """,
            words="must be called with pond_mutex held",
        ),
    )
    sound = (
        Example(
            """
            /*
             * Must be called with pond_mutex held.
             *
             * After an error it must not be called with pond_mutex held.
             */
            int splice(struct pond *pond)
            {
                    return join(pond);
            }
            """
        ),
        Example(
            """
            /**
             * depth_of - how deep a pond is
             * @pond: the pond
             *
             * The pond lock must be held by the caller.
             *
             * Locking: none is taken here, but the caller must hold the pond lock.
             */
            int depth_of(struct pond *pond)
            {
                    return pond->depth;
            }
            """
        ),
        Example(
            """
            /* Must be called with pond_mutex held, and must not be called with fish_mutex held. */
            int splice(struct pond *pond)
            {
                    return join(pond);
            }
            """
        ),
        Example(
            """
            /*
             * Must be called with pond_mutex held if @wet, and must not be called with pond_mutex
             * held otherwise.
             */
            int splice(struct pond *pond, bool wet)
            {
                    return wet ? join(pond) : join_dry(pond);
            }
            """
        ),
    )

    def judge(self, claim: Claim, world: World) -> Verdict | None:
        """Look for the contrary in the same comment."""
        text = claim.comment.text
        if not denies_something(text) or claim.get("held_by") != "caller" or others(claim):
            return None
        if documented(claim, world) is None or one_of_several(claim) or claim.scope.place:
            return None
        asked = claim.object.text if claim.object is not None else "a lock"
        line = line_on_locking(claim.comment)
        if line:
            where = Location(world.path, line, "says that there is no locking")
            return broken(
                f"The comment asks callers for {asked}, and says that it uses none.", where
            )
        for other in forbidden(claim):
            if not one_of_several(other) and documented(other, world) is not None:
                where = Location(world.path, other.line, "forbids it")
                return broken(f"The comment asks callers for {asked}, and forbids it.", where)
        return None
