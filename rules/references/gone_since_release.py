"""Rule ``gone-since-release``: see the class."""

from __future__ import annotations

import re
from collections.abc import Callable
from functools import partial

from reviewer.claims.model import Claim, Kind, Modality
from reviewer.claims.wording.mentions import is_origin, is_remarked, says_it_is_gone
from reviewer.claims.wording.telling import is_counterfactual, is_glued, is_history
from reviewer.judging.asides import is_aside
from reviewer.judging.mentions import is_placeholder, severity_of
from reviewer.judging.older_sense import (
    SENSES,
    is_attribute,
    is_meant,
    is_pasted,
    may_be_a_word,
    was_a_word,
)
from reviewer.judging.older_words import stood_already
from reviewer.judging.paths import moved_to, resolves
from reviewer.judging.presence import is_present
from reviewer.judging.references import replaced_by
from reviewer.program.older import Older, Past, past_of
from reviewer.rule import Example, Reads, Rule
from reviewer.tree.model import Definition, Index, NameKind
from reviewer.tree.opening import kernel_version
from reviewer.verdict import Location, Tier, Verdict, broken
from reviewer.world import World

_NAMES = ("function", "identifier", "constant", "struct", "field", "lock", "path", "config")
_LETTERS_AT_LEAST = 4
"""As for the other rules on names: what is shorter is prose or everybody's."""


class GoneSinceRelease(Rule):
    """A name that an older release of this kernel defined is taken to be there still.

    Why it breaks: functions, macros, structs, members and locks are renamed and removed, comments
    keep the name. An older tree that had it, where this file could see it, proves that the word is
    a name of the kernel, however it is written; this tree, which has it nowhere in sight, proves
    that it is gone. No wording is needed.

    Where it still holds: the name is defined, used or pasted together anywhere in the kernel's own
    code that this file can see, under one of the usual spellings.

    Write instead: what took its place; the finding names it where one name of the file that
    defined the old one is new since then and alike.

    Limits: needs an older tree (``--was``), and is proved only of a comment that the older tree has
    too: it was right then. A name that is only supposed ("ideally we should warn if …") counts: the
    older tree shows that it was one. Names of one word without ``()`` are left alone: prose
    has them too. A comment that says itself that the name is gone is right.

    References: 86dd6c04ef9f ("sched/balancing: Rename scheduler_tick() => sched_tick()").
    """

    name = "gone-since-release"
    family = "references"
    since = "0.2"
    tier = Tier.PROVED
    tree_wide = True
    also = frozenset({Modality.HYPOTHETICAL})
    reads = (Reads(Kind.REFERS, object=_NAMES),)
    stale = (
        Example(
            """
            int pond_fill_all(void);

            /* Called by pond_fill_each_one() with the level low. */
            static int fill(void)
            {
                    return pond_fill_all();
            }
            """,
            words="pond_fill_each_one()",
            older={"mm/pond.c": "int pond_fill_each_one(void)\n{\n\treturn 1;\n}\n"},
        ),
        Example(
            """
            struct pond { int nr_fish; };

            /* nr_fish is kept by pond_inventory_mode */
            static int stocked(struct pond *pond)
            {
                    return pond->nr_fish > 0;
            }
            """,
            words="pond_inventory_mode",
            older={"mm/example.c": "static int pond_inventory_mode;\n"},
        ),
        Example(
            """
            enum pond_state { POND_FULL };

            /* Ideally we should warn if it is not in POND_IS_EMPTY, but it often is. */
            static int fill(enum pond_state state)
            {
                    return state == POND_FULL;
            }
            """,
            words="POND_IS_EMPTY",
            older={
                "mm/example.c": """
            enum pond_state { POND_IS_EMPTY, POND_FULL };

            /* Ideally we should warn if it is not in POND_IS_EMPTY, but it often is. */
            """
            },
        ),
    )
    sound = (
        Example(
            """
            /* Perhaps pond_fill_each_one() will come back one day. */
            static int fill(void)
            {
                    return 0;
            }
            """,
            older={"mm/example.c": "int pond_fill_each_one(void)\n{\n\treturn 1;\n}\n"},
        ),
        Example(
            """
            /* Called by pond_fill_all(), which was called pond_fill_each_one() before. */
            static int fill(void)
            {
                    return pond_fill_all();
            }
            """,
            older={"mm/pond.c": "int pond_fill_each_one(void)\n{\n\treturn 1;\n}\n"},
        ),
        Example(
            """
            /* As pond_fill_each_one() of the other driver. */
            static int fill(void)
            {
                    return 0;
            }
            """,
            older={"drivers/pond.c": "static int pond_fill_each_one(void)\n{\n\treturn 1;\n}\n"},
        ),
        Example(
            """
            int pond_fill_each_one(void);

            /* Called by pond_fill_each_one(). */
            static int fill(void)
            {
                    return 0;
            }
            """,
            older={"mm/pond.c": "int pond_fill_each_one(void)\n{\n\treturn 1;\n}\n"},
        ),
    )

    def judge(self, claim: Claim, world: World) -> Verdict | None:
        """Broken if an older tree defined the name in sight of the file, and this one does not."""
        term, index = claim.object, world.index
        if term is None or index is None or not world.older:
            return None
        if claim.modality is Modality.HYPOTHETICAL and is_counterfactual(claim):
            return None
        if term.concept in ("path", "config"):
            return _file_or_option(claim, world, index, term.name)
        called = term.concept == "function" and not is_remarked(claim)
        name = re.split(r"->|\.|::", term.name)[-1]
        member = name != term.name
        plain = called or member or term.concept in ("struct", "lock")
        if not name.isidentifier() or not (plain or "_" in name.strip("_")):
            return None  # prose has words too
        if len(name) < _LETTERS_AT_LEAST and not member:
            return None  # "MSI(X)"
        if name in world.source.identifiers():
            return None  # as ``is_present`` would say; the cheapest question
        if not any(one.program.defined(name) for one in world.older):
            return None  # most words: cheaper to know than where this tree has them
        sense = "field" if member and not called else term.concept
        others = partial(_was_another, world=world)
        if is_present(name, world, index, called=called, others=others):
            return None  # what it is today is another rule's question
        past = past_of(name, world.path, world.older, lambda one: is_meant(one, sense, world))
        if past is None or is_pasted(name, past, world):
            return None
        if any(one.path == past.definition.path for one in index.senses(name)):
            return None  # it became static where it was: a comment may follow calls there
        bare = sense not in SENSES
        if bare and (is_attribute(past, world) or not was_a_word(name, past, claim, world)):
            return None
        if past.definition.path != world.path and is_placeholder(name):
            return None  # what the file itself defined stood for nothing else
        if is_glued(claim) or is_history(claim) or says_it_is_gone(claim):
            return None
        if is_aside(claim, name, world):
            return None
        sure = claim.modality is not Modality.HYPOTHETICAL
        if bare and may_be_a_word(name, past, claim, world):
            return _gone(claim, world, name, past, Tier.HINT) if sure else None
        if member and not _is_known(past.definition, claim, world):
            return _gone(claim, world, name, past, Tier.STRONG) if sure else None
        older = next(one for one in world.older if one.label == past.label)
        tier = _tier(claim, older, world)
        if not (sure or tier is Tier.PROVED):
            return None  # "one day foo_bar() may come back" is younger than its end
        return _gone(claim, world, name, past, tier)


def _was_another(form: str, world: World) -> bool:
    """True if an older tree had a form of a name too: ``__foo()`` beside ``foo()`` is no foo()."""
    return any(one.program.defined(form) for one in world.older)


def _is_known(was: Definition, claim: Claim, world: World) -> bool:
    """True if the file knows the struct that had a member: what is said of another's is no proof.

    Two proved ones of 57 named ``fork.if_extents``, which a struct of staging had last.
    """
    if not was.owner or was.path == world.path:
        return True
    return was.owner in claim.quote or was.owner in world.source.identifiers()


def _tier(claim: Claim, older: Older, world: World) -> Tier:
    """Proved is what the comment said when it was so; what is younger is as sure as its words."""
    return Tier.PROVED if stood_already(claim, older, world) else Tier.STRONG


def _file_or_option(claim: Claim, world: World, index: Index, written: str) -> Verdict | None:
    """The verdict for a path or ``CONFIG_`` symbol that an older tree had."""
    if claim.object is not None and claim.object.concept == "config":
        symbol = written.removeprefix("CONFIG_").removesuffix("_MODULE")
        if index.config(symbol) or index.used_in_kernel(written):
            return None
        last, gone = _last_with(world.older, lambda one: one.program.config(symbol))
        what = "a Kconfig option"
    else:
        path = written.strip("<>").rstrip("/.")
        if "/" not in path or is_origin(claim):
            return None
        if _is_heading(claim, world) or resolves(path, world.path, world.tree):
            return None
        last, gone = _last_with(world.older, lambda one: one.program.tree.exists(path))
        what = "a file"
    if last is None or is_history(claim) or says_it_is_gone(claim) or is_glued(claim):
        return None
    if is_aside(claim, written, world):
        return None
    today = moved_to(path, world.tree) if what == "a file" else ""
    if last.program.tree.exists(today):
        today = ""  # it stood beside the one that went
    places = [Location(world.path, claim.line, f"names {written}, which is no more")]
    if today:
        places.append(Location(today, 0, "has the same name"))
    of = "" if last.before_patch else f" of {last.label}"
    return broken(
        f"The comment speaks of {written}, {what}{of} {_since(last.before_patch, gone, world)}."
        f"{f' It may be {today} today.' if today else ''}",
        *places,
        severity=severity_of(claim),
        tier=_tier(claim, last, world),
    )


def _is_heading(claim: Claim, world: World) -> bool:
    """True for comments before any code, which say the file's own name, origin and authors."""
    return not world.source.code()[: claim.comment.start_byte].strip()


def _last_with(older: tuple[Older, ...], has: Callable[[Older], bool]) -> tuple[Older | None, str]:
    """The newest older tree that has something, and the label of the next one, '' if none is."""
    gone = ""
    for one in reversed(older):
        if has(one):
            return one, gone
        gone = one.release
    return None, ""


def _since(by_patch: bool, gone: str, world: World) -> str:
    """When something went; of ``gone``, the next older tree, and this one the first without it."""
    if by_patch:
        return "that this patch takes away"
    return f"that is gone since {gone or kernel_version(world.tree) or 'then'}"


def _gone(claim: Claim, world: World, name: str, past: Past, tier: Tier) -> Verdict:
    was = past.definition
    kind = "function" if was.kind is NameKind.PROTOTYPE else was.kind.value
    owner = f" of struct {was.owner}" if was.owner and was.kind is NameKind.FIELD else ""
    article = "an" if kind[0] in "aeiou" else "a"
    had = f"of {was.path}" if past.by_patch else f"that {past.label} had in {was.path} and"
    places = [
        Location(world.path, claim.line, f"names {name}, which no code in sight has"),
        Location(was.path, was.line, f"in {past.label}: the {kind}{owner} {name}"),
    ]
    older = next(one for one in world.older if one.label == past.label)
    today = replaced_by(name, was, older, world)
    hint = ""
    if today is not None:
        hint = f" {today.name} took its place."
        places.append(Location(today.path, today.line, f"{today.name} is defined"))
    return broken(
        f"The comment speaks of {name}, {article} {kind}{owner} {had} "
        f"{_since(past.by_patch, past.gone, world)}.{hint}",
        *places,
        severity=severity_of(claim),
        tier=tier,
    )
