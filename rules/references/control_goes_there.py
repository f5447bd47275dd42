"""Places of assembly that comments send control to and no code has."""

from __future__ import annotations

import re

from reviewer.claims.model import Claim, Kind
from reviewer.claims.wording.mentions import is_gone_to
from reviewer.judging.asides import is_aside
from reviewer.judging.mentions import not_reported, severity_of
from reviewer.judging.references import no_index, short_for
from reviewer.program.scope import in_sight
from reviewer.rule import Example, Reads, Rule
from reviewer.tree.model import Index, NameKind
from reviewer.verdict import Location, Severity, Tier, Verdict, broken, holds, unknown
from reviewer.world import World


class ControlGoesThere(Rule):
    """A place that a comment in assembly sends control to is taken to be there.

    Why it breaks: an entry or exit path is renamed with all jumps to it, or written anew in C; the
    comment that tells how the paths meet keeps the old label, and labels of its name in C
    functions elsewhere make a search find something.

    Where it still holds: if any code of the architecture spells the name, or a function or macro
    of the kernel that the file sees has it.

    Write instead: where control goes today.

    Limits: only names behind "go through", "jump to", "branch to", "fall through to" and the like,
    in assembly, with an underscore. What stands before any code describes steps in free words.

    References: Documentation/core-api/asm-annotations.rst.
    """

    name = "control-goes-there"
    family = "references"
    since = "0.2"
    tier = Tier.HINT  # no finding of it has been read on a fresh draw yet
    severity = Severity.LOW
    tree_wide = True
    reads = (Reads(Kind.REFERS, object=("identifier",)),)
    stale = (
        Example(
            """
            ENTRY(pond_entry)
                    /* Calls from above go through pond_exit instead. */
                    ret
            ENDPROC(pond_entry)
            """,
            words="pond_exit",
            path="arch/heron/entry.S",
            files={
                "drivers/pond/pond.c": """
                int drain(int depth)
                {
                        if (depth)
                                goto pond_exit;
                        return 1;
                pond_exit:
                        return 0;
                }
                """
            },
        ),
    )
    sound = (
        Example(
            """
            /* Steps: fill the pond, branch to pond_exit when it is full. */
            ENTRY(pond_entry)
                    /* Calls from above go through pond_leave instead; then jump to pond_return. */
                    ret
            ENDPROC(pond_entry)
            """,
            path="arch/heron/entry.S",
            files={
                "arch/heron/exit.S": "ENTRY(pond_leave)\n\tret\nENDPROC(pond_leave)\n",
                "kernel/pond.c": "int pond_return(void)\n{\n\treturn 0;\n}\n",
            },
        ),
        Example(
            """
            .macro ENTER name
            \\name:
                    ret
            \\name\\()_exit:
            .endm
            ENTER pond
                    /* Calls from above jump to pond_exit instead. */
                    ret
            """,
            path="arch/heron/entry.S",
        ),
    )

    def judge(self, claim: Claim, world: World) -> Verdict | None:
        """Broken if no code of the architecture has the name, and none for all defines it."""
        term, index = claim.object, world.index
        if term is None or not world.path.endswith(".S") or not is_gone_to(claim):
            return None
        name = term.name
        if "_" not in name.strip("_") or not_reported(claim, world, name):
            return None
        if not world.source.code()[: claim.comment.start_byte].strip():
            return None
        if index is None or not index.complete:
            return no_index(name)
        if name in world.source.identifiers() or _is_there(name, world, index):
            return holds(f"code in sight has {name}")
        if _is_pasted(name, world):
            return unknown(f"a macro of the file may make {name}")
        if short_for(name, world) or is_aside(claim, name, world):
            return unknown(f"no code in sight has {name}, but it may stand for another")
        return broken(
            f"The comment sends control to {name}, but no code in sight has a place of that name.",
            Location(world.path, claim.line, f"names {name}"),
            severity=severity_of(claim),
        )


def _is_pasted(name: str, world: World) -> bool:
    """True if an assembler's macro makes names that end or begin so: ``\\name\\()_exit``."""
    code = world.source.code()
    at = [one.start() for one in re.finditer("_", name)]
    ends = (rb"\\\(\)" + re.escape(name[one:]).encode() + rb"\b" for one in at)
    begins = (rb"\b" + re.escape(name[: one + 1]).encode() + rb"\\\w" for one in at)
    return any(re.search(one, code) is not None for one in (*ends, *begins))


def _is_there(name: str, world: World, index: Index) -> bool:
    """True if the architecture's code spells a name, or something else that the file sees has it.

    A label of a function in C is none.
    """
    own = "/".join(world.path.split("/", 2)[:2]) + "/"
    if index.pasted(name) or any(path.startswith(own) for path in index.files(name)):
        return True
    return any(
        one.kind is not NameKind.LABEL and in_sight(world.path, one) for one in index.senses(name)
    )
