"""Names that comments mention: how code may spell them, whether they are gone, what is meant."""

from __future__ import annotations

import re
from functools import lru_cache

from reviewer.claims.lock_names import lock_name
from reviewer.claims.model import Claim
from reviewer.claims.wording.telling import in_prose, sentence
from reviewer.claims.wording.vouching import in_a_race, is_label, is_vouched_for
from reviewer.judging.asides import is_aside
from reviewer.judging.mentions import severity_of
from reviewer.judging.presence import has
from reviewer.judging.suggesting import documented, is_form, is_in_sight, suggestion
from reviewer.kernel.renamed import renamed, replacements
from reviewer.program.older import Older
from reviewer.program.program import Program
from reviewer.program.scope import in_sight
from reviewer.program.successor import Side
from reviewer.program.successor import successor as proved_successor
from reviewer.source.file import SourceFile
from reviewer.tree.likeness import corrections
from reviewer.tree.model import Definition, Index
from reviewer.verdict import Location, Tier, Verdict, broken, holds, unknown
from reviewer.world import World

_CANDIDATES = 12
_LETTERS_OF_SHORTHAND = 12
_WORDS_OF_A_STEM = 2
_PLURALS = frozenset({"s", "es"})


@lru_cache(maxsize=1)
def _lowered(source: SourceFile) -> tuple[tuple[str, str], ...]:
    """The identifiers of a file, sorted, each with what it is without case and outer ``_``."""
    return tuple((one, one.lower().strip("_")) for one in sorted(source.identifiers()))


def short_for(name: str, world: World, *, called: bool = False) -> str:
    """An identifier of the file that ``name`` abbreviates or only cases otherwise, or ''.

    ``gp_cleanup`` for ``rcu_gp_cleanup``, ``css_sets`` for ``css_set``; but ``put_page()``, being
    ``called``, is not ``put_pages()``. Or a name of the tree that begins as the folder or the file
    is called: ``cs_video2av`` in ps3av.h for ``ps3av_cs_video2av``.
    """
    if name in renamed():
        return ""
    wanted = name.strip("_").lower()
    folder = world.path.split("/")[-2] if "/" in world.path else ""
    own = f"{folder}_{wanted}"
    stem = world.path.rpartition("/")[2].partition(".")[0].replace("-", "_").lower()
    for form in (own, own.upper(), f"{stem}_{wanted}"):
        if folder and world.index is not None and world.index.used_in_kernel(form):
            return form
    flat = wanted.replace("_", "")
    for known, lowered in _lowered(world.source):
        if lowered == wanted:
            if name[0] == "_" and known[0] != "_":
                continue  # the underscores were dropped: a rename
            return known
        if lowered.endswith("_" + wanted) or f"_{wanted}_" in lowered:
            return known
        if len(flat) >= _LETTERS_OF_SHORTHAND and _ends_so(lowered, flat):
            return known
        rest = lowered[len(wanted) :] if lowered.startswith(wanted) else ""
        if (
            rest
            and not name.endswith("s")
            and not (called and rest in _PLURALS)
            and (_affix(rest) or (name.isupper() and rest[0] == "_"))
        ):
            return known
    return ""


_ENDINGS = frozenset(
    ("t", "locked", "unlocked", "fn", "func", "cb", "noprof", "mask", "shift", "bit", "bits")
)


def _ends_so(known: str, flat: str) -> bool:
    """True for ``timekeeping_inject_sleeptime`` and ``injectsleeptime``: words run together."""
    if not known.endswith(flat[-2:]):
        return False
    words = known.split("_")
    return any("".join(words[at:]) == flat for at in range(1, len(words)))


def lives_on(name: str, claim: Claim, world: World) -> bool:
    """True if a longer name of the file, or what the comment stands on, has this one in it.

    ``LDB_CTRL`` beside ``ldb_ctrl``, ``user_backed`` beside ``user_backed_iter``: the thing is
    there, and a word for it, of the hardware's or in prose, need not be the name that went.
    """
    wanted = name.strip("_").lower()
    held = re.compile(rf"(?:\A|_){re.escape(wanted)}(?:_|\Z)")
    if held.search(claim.subject.name.lower()):
        return True
    return any(held.search(lowered) for _, lowered in _lowered(world.source) if wanted in lowered)


def tail_of(name: str, world: World) -> str:
    """A name of the same part of the tree that ends with this one, which is short for it, or ''.

    ``gpu_recover()`` for ``amdgpu_device_gpu_recover()`` of a sister file; what that file keeps to
    itself has no short name elsewhere.
    """
    index = world.index
    if index is None or name in renamed():
        return ""
    folder = world.path.rpartition("/")[0]
    return next(
        (
            one
            for one in index.ending(name, folder)
            if _is_near(one, world)
            and any(not at.static or at.path == world.path for at in index.senses(one))
        ),
        "",
    )


def stem_of(name: str, world: World) -> str:
    """A function of the file, one of several that a name of two words is the stem of, or ''.

    ``get_task()`` for ``get_task_struct()``, where there is ``get_task_mm()`` too.
    """
    if world.index is None or len([one for one in name.split("_") if one]) > _WORDS_OF_A_STEM:
        return ""
    here = sorted(one for one in world.source.identifiers() if one.startswith(name + "_"))
    if not here or len(world.index.beginning(name + "_", 2) or ()) < _WORDS_OF_A_STEM:
        return ""
    return here[0]


def _affix(rest: str) -> bool:
    return rest in {*_PLURALS, *(f"_{one}" for one in _ENDINGS)}


def successor(name: str, world: World) -> str:
    """What the name is probably called today, or ''; a kernel function for a function."""
    index = world.index
    if index is None:
        return ""
    for new in replacements(name):
        if index.used_in_kernel(new):
            return new
    return next(iter(index.similar(name, 1)), "")


def replaced_by(name: str, was: Definition, older: Older, world: World) -> Definition | None:
    """What took the place of a name that an older tree defined as ``was``; None is better than a
    poor one.

    As the table of renamed names has it; as the two trees prove (``program.successor``); or what is
    new in the file that had the old one, of the same kind, and has the same words but for one.
    """
    index = world.index
    if index is None:
        return None
    for new in replacements(name):
        seen = [one for one in index.definitions(new) if in_sight(world.path, one)]
        if seen:
            return seen[0]
    if not isinstance(index, Program):
        return None
    sides = Side(older.program.tree, older.program), Side(world.tree, index)
    proof = proved_successor(was, *sides)
    if proof is not None:
        return proof.definition
    for new in index.similar(name, _CANDIDATES):
        if older.program.definitions(new) or not is_form(name, new):
            continue
        for one in index.definitions(new):
            if one.path == was.path and one.kind is was.kind and one.owner == was.owner:
                return one
    return None


def misspelled(name: str, world: World) -> str:
    """A name that differs from ``name`` in one letter left out or two exchanged, or ''.

    One that this file's code has, or that the tree defines where this file sees it: ``vfs_red``
    for ``vfs_read``.
    """
    here = world.source.identifiers()
    if world.index is not None and world.index.beginning(name + "_", 1):
        return ""  # a word for those that begin so
    own = next((one for one in corrections(name) if one in here), "")
    if own or world.index is None:
        return own
    return next((one for one in world.index.intended(name) if is_in_sight(one, world)), "")


def _intended(name: str, index: Index) -> str:
    """The one name of the tree that a slip of ``name`` is, or ''."""
    found = index.intended(name)
    return found[0] if len(found) == 1 else ""


def _meant(claim: Claim, world: World, name: str) -> str:
    """What a mention probably means: the thing it heads or is anchored to, or what is alike.

    Not a name that the sentence has as well, nor one that differs in a number only.
    """
    subject = documented(name, claim)
    if subject:
        return subject
    today = (world.index and _intended(name, world.index)) or successor(name, world)
    if today and today not in replacements(name):
        if re.search(rf"\b{re.escape(today)}\b", sentence(claim)):
            return ""
        if today.rstrip("0123456789") == name.rstrip("0123456789"):
            return ""
    return today


_OF_HARDWARE = frozenset(("field", "flag", "option"))
"""What devices, firmware and protocols have too: a bare name that is called so, and like none of
the kernel's, may be theirs."""
_DEVICES = ("drivers/", "sound/", "arch/")
_BARE = re.compile(r"['\"`]?\w+['\"`]?")
"""A mention that no ``()``, ``struct``, ``->``, ``%`` or the like marks as a name of code."""


def gone(
    claim: Claim,
    world: World,
    name: str,
    what: str,
    *,
    known: bool = False,
    whole: bool = False,
    elsewhere: tuple[Location, ...] = (),
    tier: Tier | None = None,
) -> Verdict:
    """The verdict for a mention of a name no code has as ``what``, '' for a bare word.

    ``known`` says that there is other reason to take a bare word for a name of code, ``whole`` that
    it is known to be short for no other;
    ``elsewhere`` tells where the tree has the name as something else, or out of sight.
    """
    if is_aside(claim, name, world):
        return unknown(f"no code has {name}, and the comment does not say that it has")
    today = _meant(claim, world, name)
    full = "" if whole else tail_of(name, world)
    if full and full != documented(name, claim):
        return unknown(f"no code has {name}, but it may be short for {full}")
    bare = _BARE.fullmatch(claim.quote.strip()) is not None
    if "->" in claim.quote and is_label(claim):
        return unknown(f"no code has {name}, but it may be a label")
    said = in_prose(claim) or is_vouched_for(claim) or documented(name, claim)
    if bare and name not in renamed() and (is_label(claim) or not said):
        return unknown(f"no code has {name}, but it may be a label or an idea")
    if not today and in_a_race(claim):
        return unknown(f"no code has {name}, but it stands in a drawn race, as a step perhaps")
    vouched = known or name in renamed() or is_vouched_for(claim)
    if not today and bare and not vouched and not _is_in_namespace(claim, name, world):
        return unknown(f"no code has {name}, and no name of today is like it: it may be a label")
    where = [*elsewhere]
    if not where:
        where = [Location(world.path, claim.line, f"names {name}, which no code of the tree has")]
    if tier is None and name not in renamed() and world.index and world.index.occurs(name):
        tier = Tier.HINT  # tools/ or samples/ has it, which the comment may mean
    found = suggestion(name, claim, world, what)
    if tier is None and found is None and not known and _may_be_others(claim, name, what, world):
        tier = Tier.HINT
    hint = ""
    if found is not None:
        hint = f" Perhaps {found.name} is meant."
        where.append(Location(found.path, found.line, f"{found.name} is defined"))
    absent = f"this tree has no {what} of" if what else "no code of this tree has"
    if elsewhere:
        absent = f"this file sees no {what} of"
    return broken(
        f"The comment speaks of {name}, but {absent} that name.{hint}",
        *where,
        severity=severity_of(claim),
        tier=tier,
    )


def _may_be_others(claim: Claim, name: str, what: str, world: World) -> bool:
    """True if a mention that is like no name of today may be of another thing than this code.

    Of a bare word that is part of a longer name of the file, 10 of 18 that were judged by reading
    were right; of one in a driver or architecture, whose devices and firmware have names too, 76
    of 98, where neither the thing the comment stands on begins as it does (65 of 71) nor two names
    of the file do. Of what begins as no name of the file does, whose first word says that it is
    another's, 102 of 115 (7 of 10 in draws 18 and 19, which were read before this was asked),
    against 407 of 421 of the others (docs/judged-names.tsv). In draws 18 to 20, of calls with
    arguments, which may be pseudo code or a list's, 1 of 4; of calls of two words, which are any
    subsystem's (``pci_stop()``), 21 of 24 (of longer ones 54 of 57).
    """
    first, *rest = [part for part in name.split("_") if part]
    mine = [lowered for _, lowered in _lowered(world.source)]
    if what != "field" and not any(one.startswith(f"{first.lower()}_") for one in mine):
        return name not in renamed()
    if _BARE.fullmatch(claim.quote.strip()) is None:
        arguments = "(" in claim.quote and not claim.quote.endswith("()")
        short = what == "function" and len(rest) < _WORDS_OF_A_STEM
        return (arguments or short) and name not in renamed()
    if what in _OF_HARDWARE or lives_on(name, claim, world):
        return True
    if not world.path.startswith(_DEVICES) or claim.subject.name.strip("_").startswith(f"{first}_"):
        return False
    close = "_".join([first, *rest[:1]]).lower() + "_"
    return sum(one.startswith(close) for one in mine) < _WORDS_OF_A_STEM


def _is_in_namespace(claim: Claim, name: str, world: World) -> bool:
    """True if a name in prose is like several of the file's code but for its last word.

    ``mem_cgroup_protected`` beside ``mem_cgroup_size`` and ``mem_cgroup_id`` is no label.
    """
    stem = name[: name.rstrip("_").rfind("_") + 1]
    if not in_prose(claim) or not name[len(stem) :].isalpha():
        return False
    if len([part for part in stem.split("_") if part]) < _WORDS_OF_A_STEM:
        return False
    alike = {one for one, _ in _lowered(world.source) if one.startswith(stem) and one != name}
    return len(alike) >= _WORDS_OF_A_STEM


def _is_near(name: str, world: World) -> bool:
    """True if the name is defined in the same part of the tree, or in a header for all.

    Or by the driver that the file, a header of its interface, is called after.
    """
    index = world.index
    here = "/".join(world.path.split("/")[:-1][:2]) + "/"
    stem = world.path.rpartition("/")[2].partition(".")[0]
    return index is not None and any(
        one.path.startswith(("include/", here)) or f"/{stem}/" in one.path
        for one in index.senses(name)
    )


def there(name: str, world: World) -> Verdict:
    """The verdict for a name that is not gone; whether it is what is meant was not asked."""
    if has(name, world):
        return holds(f"code of the tree has {name}")
    return unknown(f"no code has {name} as it stands, but a usual form of it, or a string, has it")


def no_index(name: str) -> Verdict:
    """The answer where nobody can tell."""
    return unknown(f"no index of the whole tree to look {name} up in")


def is_lock(name: str) -> bool:
    """True for names that the locking rules look after."""
    return bool(lock_name(name))
