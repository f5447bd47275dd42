"""Fields that a comment gives to a struct which no longer has them."""

from __future__ import annotations

import re

from reviewer.claims.model import Claim, Kind
from reviewer.claims.wording.telling import example_code
from reviewer.claims.wording.vouching import is_label
from reviewer.judging.defined import is_defined_as
from reviewer.judging.members import (
    MEMBER,
    lacks,
    missing,
    struct_here,
    struct_in_file,
    struct_in_folder,
    struct_of_convention,
)
from reviewer.judging.mentions import not_reported, severity_of
from reviewer.judging.presence import is_gone
from reviewer.judging.references import is_lock, no_index
from reviewer.rule import Example, Reads, Rule
from reviewer.tree.model import Index, NameKind
from reviewer.tree.reading import code_file
from reviewer.tree.trace import traced_cache
from reviewer.verdict import Severity, Tier, Verdict, unknown
from reviewer.world import Library, World

_PLAIN = re.compile(r"[a-z_][a-z0-9_]*[a-z0-9]")
_LETTERS_AT_LEAST = 5
_FOLDER_FILES_AT_MOST = 20


class FieldOfAnotherStruct(Rule):
    """A field that a comment names as ``variable->field`` is taken to be one of its struct.

    Why it breaks: the field moved to another struct or is gone, while other structs of the tree
    have one of that name, so that a search for the name finds something and nobody misses it.

    Where it still holds: if the struct has the field, by whatever spelling, or if any code near
    it says the same.

    Write instead: the field that holds the value today, of the struct that has it.

    Limits: the variable must be declared in the function at hand as pointer to one struct, or
    mean one struct in the whole file or folder; the tree must define the struct once. Of 16
    findings read afresh 8 were right (comments leave out what stands between, or mean another
    object by the name), so they are hints. Locks are the business of lock-is-a-member, names that
    no code has at all that of vanished-struct-or-field.
    """

    name = "field-of-another-struct"
    family = "references"
    tier = Tier.HINT
    since = "0.1"
    severity = Severity.LOW
    tree_wide = True
    reads = (Reads(Kind.REFERS, object=("field", "identifier")),)
    stale = (
        Example(
            """
            struct brood { int hatched; };
            struct pond { int ducks; };

            /* The ducks are counted once pond->hatched is known. */
            static int count_ducks(struct pond *pond, struct brood *brood)
            {
                    return pond->ducks + brood->hatched;
            }
            """,
            words="pond->hatched",
        ),
    )
    sound = (
        Example(
            """
            struct brood { int hatched; };
            struct pond { union { int ducks; struct { int hatched; int drowned; }; }; };

            /* The ducks are counted once pond->hatched is known. */
            static int count_ducks(struct pond *pond, struct brood *brood)
            {
                    return pond->ducks + brood->hatched;
            }
            """
        ),
        Example(
            """
            struct brood { int nest; };
            struct pond {
                    int depth;
                    struct { int ducks; } nest ____cacheline_aligned_in_smp;
            };

            /* Empty once pond->nest is. */
            static int count_ducks(struct pond *pond)
            {
                    return pond->nest.ducks;
            }
            """
        ),
        Example(
            """
            struct brood { int hatched; };
            struct pond { int ducks; };
            struct farm { int ducks; int hatched; };

            /* The ducks are counted once pond->hatched is known. */
            static int count_ducks(struct pond *pond, struct brood *brood)
            {
                    return pond->ducks + brood->hatched;
            }

            static int count_all(struct farm *pond)
            {
                    return pond->hatched;
            }
            """
        ),
    )

    def judge(self, claim: Claim, world: World) -> Verdict | None:
        """Broken if the one struct the variable points to has no such field."""
        term = claim.object
        match = MEMBER.fullmatch(term.name) if term is not None else None
        if match is None or "->" not in claim.quote or example_code(claim):
            return None
        owner, name = match[1], match[2]
        if is_lock(name) or not _PLAIN.fullmatch(name) or len(name) < _LETTERS_AT_LEAST:
            return None
        if not_reported(claim, world, name) or is_label(claim):
            return None
        index = world.index
        if index is None or not index.complete:
            return no_index(name)
        if is_gone(name, world):
            return None
        structs = (
            struct_of_convention(owner)
            or struct_here(owner, claim, world)
            or struct_in_file(owner, world)
            or struct_in_folder(owner, world)
        )
        if len(structs) != 1 or not lacks(structs, name, index):
            return None
        if is_defined_as(index, name, NameKind.MACRO):
            return unknown(f"{name} is a macro")
        single = name.removesuffix("s")
        forms = (name,) if single == name else (name, single, f"_{single}", f"__{single}")
        if any(_spelled_near(owner, form, world, index) for form in forms):
            return unknown(f"code of this folder has {owner}->{name}")
        return missing(claim, world, index, structs, name, severity=severity_of(claim))


def _spelled_near(owner: str, name: str, world: World, index: Index) -> bool:
    """True if code of the same folder writes ``owner->name``, or ``->x.name``.

    Elsewhere a variable of the same name may point to another struct, which has the member.
    """
    return _is_written(world.library, owner, name, world.path.rpartition("/")[0])


@traced_cache(maxsize=256, compared=True)
def _is_written(library: Library, owner: str, name: str, folder: str) -> bool:
    index = library.index
    assert index is not None
    written = re.compile(
        rb"\b%b(?:\[[^\]]*\])?(?:->|\.)(?:\w+(?:->|\.))*%b\b" % (owner.encode(), name.encode())
    )
    near = [p for p in index.files(name) if p.rpartition("/")[0] == folder]
    if len(near) > 1:
        near = sorted({*near} & {*index.files(owner)})
    for path in near[:_FOLDER_FILES_AT_MOST]:
        file = code_file(library.tree, path)
        if file is not None and written.search(file.code):
            return True
    return len(near) > _FOLDER_FILES_AT_MOST
