"""Files that comments send the reader to and the tree does not have."""

from __future__ import annotations

import re

from reviewer.claims.model import Claim, Kind
from reviewer.claims.wording.mentions import begins_with_from, is_in_link
from reviewer.claims.wording.telling import is_glued, is_history
from reviewer.judging.mentions import is_foreign, is_placeholder
from reviewer.judging.paths import moved_to, resolves
from reviewer.rule import Example, Reads, Rule
from reviewer.verdict import Location, Severity, Tier, Verdict, broken, holds
from reviewer.world import World

_FILE = re.compile(r"(?:[\w.+-]+/)*[\w+-][\w.+-]*\.(?:c|h|S|rst|txt|yaml|py|pl|sh|lds|dts|dtsi|rs)")


class VanishedPath(Rule):
    """A file that a comment sends the reader to is taken to be there.

    Why it breaks: files move (``kernel/timer.c`` to ``kernel/time/``), documents become .rst and
    change folders, drivers go away. The reader who needs the promised explanation does not find
    it.

    Where it still holds: if the path ends like any path of the tree, from whatever folder it is
    written; if the file is generated; if the comment tells where code was copied from.

    Write instead: the path of today; the finding names it where there is one candidate.

    Limits: a file's own name in its first comment is not looked at, nor a header without folder.
    Paths of other projects are told by the words around them, and by the first folder.

    References: scripts/documentation-file-ref-check does this for Documentation/.
    """

    name = "vanished-path"
    family = "references"
    tier = Tier.HINT
    since = "0.1"
    severity = Severity.LOW
    tree_wide = True
    reads = (Reads(Kind.REFERS, object=("path",)),)
    stale = (
        Example(
            """
            static int nr_ducks;

            /* The counting rules are in Documentation/mm/counting-ducks.txt. */
            static int ducks(void)
            {
                    return nr_ducks;
            }
            """,
            words="Documentation/mm/counting-ducks.txt",
            files={"Documentation/core-api/counting-ducks.rst": "Counting\n"},
        ),
        Example(
            """
            int ducks(void);

            /* mm/ducks.c */
            int swans(void);
            """,
            words="mm/ducks.c",
        ),
    )
    sound = (
        Example(
            """
            /* Copied from mm/ducks.c. */

            /* See Documentation/mm/counting.rst and Documentation/mm/counting, <linux/pond.h>. */
            static int ducks(void)
            {
                    return 0;
            }
            """,
            files={"Documentation/mm/counting.rst": "x\n", "include/linux/pond.h": "int pond;\n"},
        ),
        Example(
            """
            /*
             * mm/old-name.c: everything about ducks
             */
            static int ducks(void)
            {
                    return 0;
            }
            """
        ),
    )

    def judge(self, claim: Claim, world: World) -> Verdict | None:
        """Broken if no file of the tree can be meant."""
        term = claim.object
        if term is None:
            return None
        path = term.name.strip("<>").rstrip(".")
        if not _FILE.fullmatch(path) and not path.startswith("Documentation/"):
            return None
        if _is_header(claim, world) and not path.startswith("Documentation/"):
            return None
        if begins_with_from(claim) or ("/" not in path and path.endswith(".h")):
            return None
        if is_in_link(claim) or is_glued(claim) or is_foreign(claim, world, path):
            return None
        if is_history(claim):
            return None
        alone = claim.comment.text.strip() == claim.quote  # a heading: no "any such file"
        if not alone and any(is_placeholder(part) for part in re.split(r"[/.]", path)):
            return None
        if resolves(path, world.path, world.tree):
            return holds(f"the tree has {path}")
        today = moved_to(path, world.tree)
        where = [Location(world.path, claim.line, f"names {path}, which the tree does not have")]
        hint = ""
        if today:
            hint = f" It may be {today} today."
            where.append(Location(today, 0, "has the same name"))
        return broken(
            f"The comment sends the reader to {path}, but this tree has no such file.{hint}",
            *where,
        )


def _is_header(claim: Claim, world: World) -> bool:
    """True for comments before any code, which say the file's own name, origin and authors."""
    return not world.source.code()[: claim.comment.start_byte].strip()
