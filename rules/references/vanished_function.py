"""Functions that comments send the reader to and no code has."""

from __future__ import annotations

import re

from reviewer.claims.model import Claim, Kind
from reviewer.claims.wording.mentions import (
    goes_on_as_function,
    is_array,
    is_called_old,
    is_declared,
    is_pointed_at,
)
from reviewer.claims.wording.telling import example_code, in_prose, in_table, is_glued, is_history
from reviewer.claims.wording.vouching import called_a, is_vouched_for
from reviewer.judging.kinds import never_called
from reviewer.judging.mentions import is_placeholder, not_reported
from reviewer.judging.presence import is_gone, only_elsewhere, other_architectures, spellings
from reviewer.judging.references import (
    gone,
    is_lock,
    misspelled,
    no_index,
    short_for,
    stem_of,
    there,
)
from reviewer.kernel.renamed import renamed
from reviewer.rule import Example, Reads, Rule
from reviewer.tree.likeness import is_one_slip
from reviewer.verdict import Severity, Tier, Verdict, unknown
from reviewer.world import World

_WORDS_AT_LEAST = 3
_FORMS = 400
"""Names that begin alike, among which the form of a macro's is looked for."""


class VanishedFunction(Rule):
    """A function that a comment names is taken to exist.

    Why it breaks: functions are renamed, merged and removed; the comments that explain an order,
    a caller or a counterpart by their names stay behind, and the reader looks for code that is
    not there. Where the sentence is about synchronization the finding is raised: the other half
    of the argument can no longer be checked.

    Where it still holds: if any code has the name, however it is made: token pasting, assembly,
    generated wrappers (``_noprof``, ``sys_``, ``trace_``), a macro, a field, a string that
    symbols are looked up by. Wildcards, placeholders, shorthand for a name of the same file,
    history, comparisons and other programs' functions are left alone.

    Write instead: today's function, or what it was that mattered about the old one.

    Limits: a function of that name elsewhere in the tree hides a stale mention. One-word names
    (``open()``) are not looked up, but for slips of what the comment stands on. Names without
    ``()`` must have three words and stand where a function's name stands, or be a letter away
    from a name the file sees.

    References: scripts/checkpatch.pl knows some removed functions; this asks the tree.
    """

    name = "vanished-function"
    family = "references"
    since = "0.1"
    severity = Severity.LOW
    tree_wide = True
    reads = (Reads(Kind.REFERS, object=("function", "identifier")),)
    stale = (
        Example(
            """
            static int nr_ducks;

            /* Counted by pond_count_ducks() before it is used. */
            static int ducks(void)
            {
                    return nr_ducks;
            }
            """,
            words="pond_count_ducks()",
        ),
        Example(
            """
            static int pond_walk_ducks(void)
            {
                    return 1;
            }

            /* The list is walked in pond_walk_all_ducks, see there. */
            static int ducks(void)
            {
                    return pond_walk_ducks();
            }
            """,
            words="pond_walk_all_ducks",
        ),
        Example(
            """
            #define POND(kind) int SetPond##kind(void) { return 0; }
            POND(Full)

            /* SetPondEmpty() must come first. */
            static int ducks(void)
            {
                    return SetPondFull();
            }
            """,
            words="SetPondEmpty()",
        ),
        Example(
            """
            /* The list is emptied by pond_drain() first. */
            static int ducks(void)
            {
                    return 1;
            }
            """,
            words="pond_drain()",
            files={
                "mm/other.c": """
                static int swans(int water)
                {
                        if (!water)
                                goto pond_drain;
                        return 1;
                pond_drain:
                        return 0;
                }
                """
            },
        ),
    )
    sound = (
        Example(
            """
            #define POND(kind) int SetPond##kind(void) { return 0; }
            POND(Full)

            /* SetPondFull() here, as SetLake() and PondSet() of the standard say. */
            static int ducks(void)
            {
                    return SetPondFull();
            }
            """
        ),
        Example(
            """
            /* The mean is clamped to the cap (mean_of_cap) of the pond. */
            static int ducks(void)
            {
                    return 0;
            }
            """
        ),
        Example(
            """
            /* Counted by pond_count_ducks() before it is used. */
            static int ducks(void)
            {
                    return pond_count_ducks();
            }
            """
        ),
        Example(
            """
            #define POND(kind) int pond_count_##kind(void) { return 0; }
            POND(ducks)

            /* See pond_count_ducks(). */
            static int ducks(void)
            {
                    return 0;
            }
            """
        ),
        Example(
            """
            /*
             * This was called pond_count_ducks() in older trees; foo_bar() is any function.
             * A pond_count_twice() API shall be introduced. pond_count_all() was used up to 3.04.
             * Record the size of the pond as old_pond_size, set old_pond_size to the size again.
             */
            static int ducks(void)
            {
                    return 0;
            }
            """
        ),
        Example(
            """
            /* Both pond_{fill,drain}_now() and pond_count_*() end here, as count_ducks() does. */
            static int pond_count_ducks(void)
            {
                    return 0;
            }
            """
        ),
    )

    def judge(self, claim: Claim, world: World) -> Verdict | None:
        """Broken if no code has the name in any form; None where it is no function of ours."""
        term = claim.object
        if term is None or not term.name:
            return None
        name = re.split(r"->|\.|::", term.name)[-1]
        if name != term.name or is_lock(name):
            return None  # members are another rule's
        array = is_array(claim)
        if array and is_declared(claim):
            return None  # what follows a record in memory
        written = term.concept == "function"
        if name.upper() == name or example_code(claim):
            return None
        pasted = written and _has_a_pasted_form(name, world)
        if written and is_called_old(claim):
            return None
        slip = written and _is_slip_of_subject(claim, name, world)
        listed = written and name in renamed()  # ``vmtruncate()``, of one word
        if not (_plain(name) or pasted or listed or slip):
            return None
        index = world.index
        elsewhere = other_architectures(name, world, index) if index is not None else ()
        speaks = written or array or name in renamed() or _speaks_of_function(claim, name)
        speaks = speaks or bool(elsewhere)
        if not_reported(claim, world, name) if speaks else not _may_be_a_slip(claim, name, world):
            return None
        if index is None or not index.complete:
            return no_index(name) if speaks else None
        tier = Tier.HINT if pasted else None  # not measured on a draw of its own
        known = bool(elsewhere)
        if not known and (
            not is_gone(name, world) or (name.endswith("s") and not is_gone(name[:-1], world))
        ):
            if written and "()" in claim.quote:
                elsewhere = never_called(name, index, world.path)
                tier = tier if elsewhere else Tier.HINT
                elsewhere = elsewhere or only_elsewhere(name, world, index)
            if not elsewhere or any(index.occurs(form) for form in spellings(name)[1:]):
                return there(name, world) if speaks else None
        if not speaks and not misspelled(name, world):
            return None
        near = short_for(name, world, called=written) or (stem_of(name, world) if written else "")
        if not near and _begins_the_subject(claim, name):
            near = claim.subject.name
        if near and near != name:
            return unknown(f"no code has {name}, but it may be short for {near}")
        what = "function" if written or known else called_a(claim)
        if what == "struct":
            tier = tier or Tier.HINT  # firmware and protocols have structures too, and prose has
        return gone(claim, world, name, what, elsewhere=elsewhere, tier=tier, known=known)


def _is_slip_of_subject(claim: Claim, name: str, world: World) -> bool:
    """True if a word that no code has is a letter away from what the comment stands on."""
    return is_gone(name, world) and is_one_slip(name, claim.subject.name)


def _has_a_pasted_form(name: str, world: World) -> bool:
    """True for ``SetPageHeron`` where a macro makes names that begin ``SetPage``: one of a family.

    Words in other than lower case alone are a standard's or another program's as often.
    """
    if world.index is None or name.lower() == name:
        return False
    begun = (name[: one.start()] for one in re.finditer(r"(?<=\w{4})(?<=[a-z])[A-Z]", name))
    return any(f"{one}*" in (world.index.beginning(one, _FORMS) or ()) for one in begun)


def _begins_the_subject(claim: Claim, name: str) -> bool:
    """True for "the shader gfx_9_4_2" on ``gfx_9_4_2_shader_hex``; a heading must be the name.

    A comment that is nothing else is a title for several that begin so.
    """
    text = claim.comment.text.strip("* \t\n")
    heading = text.startswith(name) and text != name
    whole = "(" in claim.quote or heading
    return not whole and claim.subject.name.startswith(name + "_")


def _plain(name: str) -> bool:
    """True for names in the kernel's style: lower case words joined by underscores."""
    return (
        not name.startswith("struct_")
        and re.fullmatch(r"_*[a-z][a-z0-9]*(?:_+[A-Za-z0-9]+)+_*", name) is not None
    )


def _may_be_a_slip(claim: Claim, name: str, world: World) -> bool:
    """True if a name that stands anywhere in prose may be looked up for one like it."""
    if is_placeholder(name) or is_glued(claim):
        return False
    told = in_prose(claim) and not in_table(claim) and not is_history(claim)
    return told and is_gone(name, world)  # last, for it looks for a dozen names in the tree


def _speaks_of_function(claim: Claim, name: str) -> bool:
    """True if a name without ``()`` stands where prose puts a function, and not in a table."""
    return _is_spoken_of(claim, name) and not in_table(claim)


def _is_spoken_of(claim: Claim, name: str) -> bool:
    words = len([part for part in name.split("_") if part])
    if words < _WORDS_AT_LEAST:
        return is_vouched_for(claim)
    text = claim.comment.text
    if text[claim.end : claim.end + 1] in {"(", "[", "="}:
        return False
    if text.startswith(name) and text.startswith(" - ", claim.end):
        return not claim.comment.anchor.function  # the heading of a kernel-doc comment
    pointed_at = words > _WORDS_AT_LEAST or is_pointed_at(claim)
    return (pointed_at and goes_on_as_function(claim)) or is_vouched_for(claim)
