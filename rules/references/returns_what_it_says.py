"""Functions that are said to return NULL or a code and return something else, or nothing."""

from __future__ import annotations

from reviewer.claims.model import Claim, Kind
from reviewer.claims.wording.returns import is_returned
from reviewer.evidence.results import results_of, returns_nothing
from reviewer.judging.holding import documented
from reviewer.rule import Example, Reads, Rule
from reviewer.verdict import Breaks, Location, Tier, Verdict, broken, unknown
from reviewer.world import World


class ReturnsWhatItSays(Rule):
    """The comment of a function says that it returns NULL, or some code.

    Why it breaks: a function that gave NULL where there is nothing now gives an error pointer, and
    whoever checks as the comment says takes the error for an object; or the function became void.

    Where it still holds: the function returns NULL, or whether it does cannot be told.

    Write instead: "an ERR_PTR()", with the errors; nothing for a void function.

    Limits: a returned variable counts as possibly NULL unless the statement right before returns
    where it is; a call that is returned is followed if just one function has its name.

    References: include/linux/err.h.
    """

    name = "returns-what-it-says"
    family = "references"
    since = "0.2"
    tier = Tier.HINT  # no finding of it has been read on a fresh draw yet
    reads = (Reads(Kind.REFERS, object=("constant",)),)
    stale = (
        Example(
            """
            static struct duck *find(struct pond *pond)
            {
                    struct duck *duck = look(pond);

                    if (!duck)
                            return ERR_PTR(-ENOENT);
                    return duck;
            }

            /**
             * find_duck() - Find a duck.
             * @pond: where to look
             *
             * Return: The duck, or %NULL if there is none.
             */
            struct duck *find_duck(struct pond *pond)
            {
                    return find(pond);
            }
            """,
            words="%NULL",
            breaks="result",
        ),
        Example(
            """
            /**
             * find_duck() - Find a duck.
             * @pond: where to look
             *
             * Return: The duck, or %NULL if there is none.
             */
            struct duck *find_duck(struct pond *pond)
            {
                    struct duck *duck = look(pond);
                    int err = swim(duck);

                    if (err) {
                            /*
                             * No duck can be had while the pond is drained. Whoever
                             * feeds them waits for the water to come back, which
                             * may take as long as the keeper sleeps: he has the key
                             * to the sluice, and nobody else may open it.
                             */
                            return ERR_PTR(err);
                    }
                    if (!duck)
                            return ERR_PTR(-ENOENT);
                    return duck;
            }
            """,
            words="%NULL",
            breaks="result",
        ),
        Example(
            """
            /**
             * feed() - Feed all ducks.
             *
             * Return: %true on success.
             */
            static void feed(struct pond *pond)
            {
                    pond->food++;
            }
            """,
            words="%true",
        ),
    )
    sound = (
        Example(
            """
            /**
             * find_duck() - Find a duck.
             * @pond: where to look
             *
             * Return: The duck, or %NULL if there is none.
             */
            struct duck *find_duck(struct pond *pond)
            {
                    struct duck *duck = look(pond);

                    if (pond->closed)
                            return ERR_PTR(-EBUSY);
                    return duck;
            }
            """
        ),
        Example(
            """
            /**
             * feed() - Feed all ducks.
             * @done: may be %NULL; called when they have returned
             */
            static void feed(struct pond *pond, void (*done)(void))
            {
                    pond->food++;
            }
            """
        ),
    )

    def judge(self, claim: Claim, world: World) -> Verdict | None:
        """Compare with what the return statements give."""
        if claim.object is None or not is_returned(claim):
            return None
        function = documented(claim, world)
        if function is None:
            return None
        at = Location(world.path, function.start_line, f"{function.name}()")
        if returns_nothing(world.source, function):
            return broken(
                f"The comment says that {function.name}() returns {claim.object.name}, but it is "
                "a void function.",
                at,
            )
        if claim.object.name != "NULL":
            return None
        found = results_of(world, world.source, function)
        if found.null:
            return unknown(f"{function.name}() may return NULL")
        if not found.errors:
            return unknown(f"no return of {function.name}() can be told")
        return broken(
            f"The comment says that {function.name}() returns NULL, but it never does: what it "
            "returns where there is nothing is an error pointer.",
            *found.errors[:3],
            breaks=Breaks.RESULT,
        )
