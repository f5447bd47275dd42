"""Macros, flags and enumerators that comments name and no code has."""

from __future__ import annotations

import re

from reviewer.claims.model import Claim, Kind
from reviewer.claims.wording.mentions import is_label, may_be_proposed
from reviewer.claims.wording.telling import example_code, in_table, is_register
from reviewer.judging.mentions import not_reported
from reviewer.judging.presence import is_gone
from reviewer.judging.references import gone, is_lock, no_index, short_for, there
from reviewer.kernel.renamed import renamed
from reviewer.rule import Example, Reads, Rule
from reviewer.source.model import AnchorKind
from reviewer.verdict import Severity, Tier, Verdict, unknown
from reviewer.world import World

_NO_HARDWARE = (
    "mm/",
    "kernel/",
    "block/",
    "io_uring/",
    "ipc/",
    "init/",
    "fs/xfs/",
    "fs/ext4/",
    "fs/btrfs/",
    "fs/iomap/",
    "virt/",
)
"""Folders whose constants are the kernel's own, and no data sheet's or protocol's."""
_CLOSE_KIN = 2
_FAR_KIN = 5
_TYPES = (AnchorKind.STRUCT,)
_UPPER = re.compile(r"_*[A-Z][A-Z0-9]*(?:_+[A-Z0-9]+)+")


class VanishedMacro(Rule):
    """A macro, flag or enumerator that a comment names is taken to exist.

    Why it breaks: flags are folded into others, limits get new names, states of a machine go;
    what the comment says happens "when X is set" can no longer happen.

    Where it still holds: if any code has the name, or token pasting can form it. Hardware has
    registers and bits that only the data sheet names: a name is taken for one of the kernel's
    only where the file's own code has others that begin with the same word, or in the folders of
    the kernel's core, which talk to no hardware.

    Write instead: today's flag, or its meaning.

    Limits: comments on single register bits, enumerators and macros are not read.
    """

    name = "vanished-macro"
    family = "references"
    tier = Tier.HINT
    since = "0.1"
    severity = Severity.LOW
    tree_wide = True
    reads = (Reads(Kind.REFERS, object=("identifier", "constant", "function")),)
    stale = (
        Example(
            """
            #define POND_DRAINED 1

            /* Nobody swims while POND_IS_DRAINED is set in the flags. */
            static int may_swim(int flags)
            {
                    return !(flags & POND_DRAINED);
            }
            """,
            words="POND_IS_DRAINED",
        ),
    )
    sound = (
        Example(
            """
            #define POND_DEPTH 3
            /* Kept in the POND_CTRL register; POND_FILL in POND_STAT register tells the rest. */
            static int depth = POND_DEPTH;
            """,
            path="drivers/example.c",
        ),
        Example(
            """
            #define POND_FROZEN 1

            /* Nobody swims while POND_FROZEN is set, whatever LEVEL_CTRL_REG of the pump says. */
            static int may_swim(int flags)
            {
                    return !(flags & POND_FROZEN);
            }
            """,
            path="drivers/example.c",
        ),
    )

    def judge(self, claim: Claim, world: World) -> Verdict | None:
        """Broken if no code has the name and the file's code has its siblings."""
        term = claim.object
        if term is None or not _UPPER.fullmatch(term.name) or is_lock(term.name):
            return None
        name = term.name
        if in_table(claim) or example_code(claim) or not_reported(claim, world, name):
            return None
        index = world.index
        if index is None or not index.complete:
            return no_index(name)
        if not is_gone(name, world) or (name.endswith("S") and not is_gone(name[:-1], world)):
            return there(name, world)
        ours = name in renamed() or (world.path.startswith(_NO_HARDWARE) and _is_full(name))
        if not ours and not _has_siblings(name, world):
            return unknown(f"no code has {name}, but it may be a name of the hardware")
        if is_register(claim):
            return unknown(f"no code has {name}, but it is called a register")
        near = short_for(name, world) or _family(name, world)
        if near:
            return unknown(f"no code has {name}, but it may be short for {near}")
        if claim.comment.text.strip() == name and claim.comment.anchor.kind in _TYPES:
            return unknown(f"no code has {name}, but the comment may give a type's other name")
        if is_label(claim, name):
            return unknown(f"no code has {name}, but the comment is a label")
        if may_be_proposed(claim):
            return unknown(f"no code has {name}, but the comment may propose it")
        return gone(claim, world, name, "macro or constant", known=_has_kin(name, world))


def _is_full(name: str) -> bool:
    """True for three words and more; NO_ before an option is no name of its own."""
    return len([part for part in name.split("_") if part]) > 2 and not name.startswith("NO_")


def _family(name: str, world: World) -> str:
    """A constant that the name begins (``IORES_DESC_CXL``) or differs from by number, or ''."""
    if world.index is None or name in renamed():
        return ""
    near = world.index.similar(name, 3)
    series = name.rstrip("0123456789")
    return next(
        (
            one
            for one in near
            if one.startswith(name + "_") or (series != name and one.rstrip("0123456789") == series)
        ),
        "",
    )


def _has_kin(name: str, world: World) -> bool:
    """True if the file's code has two other constants that begin with the same two words.

    Or five with the same first, for a name of three words and more.
    """
    words = [part for part in name.split("_") if part]
    close, far = "_".join(words[:2]) + "_", words[0] + "_"
    known = {k.strip("_") for k in world.source.identifiers() if k.isupper()} - {name}
    if len(words) > 2 and sum(k.startswith(close) for k in known) >= _CLOSE_KIN:
        return True
    return len(far) > 3 and sum(k.startswith(far) for k in known) >= _FAR_KIN


def _has_siblings(name: str, world: World) -> bool:
    """True if the file's code has another constant that begins with the same word."""
    first = name.strip("_").partition("_")[0] + "_"
    return len(first) > 3 and any(
        known.strip("_").startswith(first) and known.isupper()
        for known in world.source.identifiers()
    )
