"""Comments that speak of the driver's tasklet where nothing has one any more."""

from __future__ import annotations

import re

from reviewer.claims.model import Claim, Kind
from reviewer.claims.patterns import Pattern
from reviewer.claims.wording.mentions import is_one_of_its_own
from reviewer.judging.locks import sentence_near
from reviewer.kernel.folders import OTHER_PROGRAMS
from reviewer.rule import Example, Reads, Rule
from reviewer.tree.model import Tree
from reviewer.tree.reading import with_comments
from reviewer.tree.trace import traced_cache
from reviewer.verdict import Location, Verdict, broken, unknown
from reviewer.world import World

_USED = re.compile(rb"tasklet|WQ_BH|system_bh_", re.I)
_COMMENT = re.compile(rb"/\*.*?\*/|//[^\n]*", re.S)
_FILES_AT_MOST = 1500
_SHARED = ("include/", "kernel/", "lib/", "arch/", "Documentation/")


class TaskletStillUsed(Rule):
    """Work is said to be done by "the tasklet"; the driver is taken to have one.

    Why it breaks: tasklets are being converted to threaded interrupts, workqueues and NAPI. The
    conversion changes what the work may do (sleep, run on several CPUs at once) and what keeps
    it off (tasklet_disable() against cancel_work_sync()), but comments go on reasoning about the
    tasklet: that it cannot run in parallel, that it runs with bottom halves disabled.

    Where it still holds: if any code of the driver's folder or of a folder beside it has a
    tasklet, or a workqueue that runs in softirq context.

    Write instead: what runs the work today (work item, threaded handler, NAPI poll).

    Limits: only tasklets spoken of as the driver's own ("the tasklet", "our tasklet"); headers
    for all and core code are not read.

    References: include/linux/interrupt.h (on tasklets: deprecated, use threaded interrupts);
    Documentation/core-api/workqueue.rst (WQ_BH).
    """

    name = "tasklet-still-used"
    family = "context"
    since = "0.1"
    tree_wide = True
    reads = (Reads(Kind.REFERS, object=("softirq",)),)
    patterns = (
        Pattern(
            "the-tasklet",
            Kind.REFERS,
            r"{object:context}",
            subject="code",
            concepts=(("object", "softirq"),),
        ),
    )
    stale = (
        Example(
            """
            /* A non-zero return value ends the tasklet. */
            static int heron_poll(struct heron *h)
            {
                    queue_work(h->wq, &h->work);
                    return 0;
            }
            """,
            words="tasklet",
            path="drivers/net/heron/poll.c",
        ),
    )
    sound = (
        Example(
            """
            /* A non-zero return value ends the tasklet. */
            static int heron_poll(struct heron *h)
            {
                    return 0;
            }
            """,
            path="drivers/net/heron/poll.c",
            files={"drivers/net/heron/main.c": "void f(struct tasklet_struct *t);"},
        ),
        Example(
            """
            /* May be called from a timer or tasklet. */
            static int heron_poll(struct heron *h)
            {
                    return 0;
            }
            """,
            path="drivers/net/heron/poll.c",
        ),
    )

    def judge(self, claim: Claim, world: World) -> Verdict | None:
        """Broken if no file of the driver has a tasklet in its code."""
        term = claim.object
        if term is None or not term.text.lower().startswith("tasklet"):
            return None
        if world.path.startswith((*OTHER_PROGRAMS, *_SHARED)) or world.path.count("/") < 2:
            return None
        before, after = sentence_near(claim, 60)
        if not is_one_of_its_own(before, after):
            return None
        folder = _driver_folder(world.path)
        where = _first_use(world.tree, folder)
        if where is None:
            return unknown(f"{folder} holds too many files to look for a tasklet")
        if where:
            return unknown(f"{where} has a tasklet")
        return broken(
            f"The comment speaks of a tasklet, but no code in {folder} has one.",
            Location(world.path, claim.line, f"no file of {folder} uses a tasklet"),
        )


def _driver_folder(path: str) -> str:
    """The folder that holds the whole driver: ``drivers/gpu/drm/i915`` for ``…/i915/gem/x.c``."""
    parts = path.split("/")[:-1]
    shared = 3 if path.startswith(_GROUPS) else 2 if path.startswith("drivers/") else 1
    return "/".join(parts[:-1] if len(parts) > shared + 1 else parts)


_GROUPS = ("drivers/net/ethernet/", "drivers/net/wireless/", "drivers/gpu/drm/", "drivers/infinib")
"""Folders three deep whose folders are drivers; elsewhere below drivers/ they are two deep."""


@traced_cache(maxsize=256, compared=True)
def _first_use(tree: Tree, folder: str) -> str | None:
    """The first file whose code has a tasklet; '' if none, None if there are too many files."""
    for count, path in enumerate(tree.files(folder)):
        if count > _FILES_AT_MOST:
            return None
        if not path.endswith((".c", ".h")):
            continue
        data = with_comments(tree, path) or b""
        if _USED.search(data) and _USED.search(_COMMENT.sub(b" ", data)):
            return path
    return ""
