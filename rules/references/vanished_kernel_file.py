"""Files of /sys and /proc that comments name and no code makes."""

from __future__ import annotations

import re

from reviewer.claims.model import Claim, Kind
from reviewer.claims.wording.mentions import is_below_sys_or_proc
from reviewer.claims.wording.telling import is_history
from reviewer.judging.mentions import is_foreign, is_placeholder
from reviewer.judging.presence import is_gone
from reviewer.judging.references import no_index, there
from reviewer.rule import Example, Reads, Rule
from reviewer.verdict import Location, Severity, Verdict, broken
from reviewer.world import World

_NAME = re.compile(r"[a-z][a-z0-9]*(?:_[a-z0-9]+)+")


class VanishedKernelFile(Rule):
    """A file below /sys or /proc that a comment names is taken to exist.

    Why it breaks: a tunable is renamed or dropped before or after it is merged, and the comment
    that explains the algorithm goes on to tell the reader which file to write to.

    Where it still holds: if any code has the name of the file, as identifier or in a string.

    Write instead: the file of today, as Documentation/ABI/ has it.

    Limits: only names of two words and more are looked up, and only the last component. What the
    file is called today is not guessed: the name that is alike is mostly a variable's behind it.

    References: Documentation/ABI/, Documentation/admin-guide/sysctl/.
    """

    name = "vanished-kernel-file"
    family = "references"
    since = "0.1"
    severity = Severity.LOW
    tree_wide = True
    reads = (Reads(Kind.REFERS, object=("identifier",)),)
    stale = (
        Example(
            """
            static int duck_limit;

            /* Tuned by /sys/fs/pond/<pond>/duck_linear_limit. */
            static int ducks(void)
            {
                    return duck_limit;
            }
            """,
            words="duck_linear_limit",
        ),
    )
    sound = (
        Example(
            """
            DEVICE_ATTR_RW(duck_limit);

            /* Tuned by /sys/fs/pond/<pond>/duck_limit, shown in /proc/pond/all_ducks. */
            static int ducks(void)
            {
                    return proc_create("all_ducks", 0);
            }
            """
        ),
    )

    def judge(self, claim: Claim, world: World) -> Verdict | None:
        """Broken if neither code nor a string of it has the file's name."""
        name = claim.object.name if claim.object is not None else ""
        text = claim.comment.text
        if not _NAME.fullmatch(name) or not is_below_sys_or_proc(claim):
            return None
        if text[claim.end : claim.end + 1] in tuple("/<*-{[") or is_placeholder(name):
            return None
        if is_history(claim) or is_foreign(claim, world, name):
            return None
        index = world.index
        if index is None or not index.complete:
            return no_index(name)
        if not is_gone(name, world):
            return there(name, world)
        return broken(
            f"The comment names the file {name} below /sys or /proc, but no code has that name.",
            Location(world.path, claim.line, f"names {name}, which no code of the tree has"),
        )
