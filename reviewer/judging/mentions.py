"""Mentions of names that rules speak of: whose name it may be, and how much it matters."""

from __future__ import annotations

import re

from reviewer.claims.model import Claim
from reviewer.claims.wording.telling import (
    is_glued,
    is_history,
    is_step,
    sentence,
    speaks_of_synchronization,
)
from reviewer.claims.wording.vouching import said_in_words, stands_for_many
from reviewer.judging.foreign import foreign
from reviewer.kernel.folders import OTHER_PROGRAMS
from reviewer.verdict import Severity
from reviewer.world import World

_COPIED = re.compile(rb"\bauto-?(?:matically )?generated (?:from|by)\b", re.I)
_FAMILY = re.compile(r"_(?:ops|operations|functions|calls|helpers|primitives)\Z")


def severity_of(claim: Claim) -> Severity:
    """Raised where the sentence around the name speaks of synchronization."""
    return Severity.MEDIUM if speaks_of_synchronization(claim) else Severity.LOW


def is_foreign(claim: Claim, world: World, name: str) -> bool:
    """True if the name may be another program's: by folder, spelling, or words around it."""
    if world.path.startswith(foreign().folders) and not _is_path(name):
        return True
    if _COPIED.search(world.source.data[:2000]):
        return True  # kept elsewhere, in the words of that place
    return world.path.startswith(OTHER_PROGRAMS) or is_said_to_be_foreign(claim, name)


def is_said_to_be_foreign(claim: Claim, name: str) -> bool:
    """True if a name is another program's by its spelling, or by the words around it."""
    known = foreign()
    if name in known.functions or name.startswith(known.prefixes):
        return True
    spoken = sentence(claim).replace(claim.quote, " ")
    return known.words.search(spoken) is not None


def _is_path(name: str) -> bool:
    return "/" in name or "." in name


def is_placeholder(name: str) -> bool:
    """True for names that stand for a kind of names: ``foo_lock``, ``devm_xxx``, ``pXd_leaf``."""
    parts = [part for part in name.lower().split("_") if part]
    if any(re.sub(r"(?<!\d)\d\Z", "", part) in foreign().placeholders for part in parts):
        return True
    if re.search(r"foo|xxx|XX|\Axx|bar\b|[a-z]X+(?:[a-z_]|\b)|[a-z]xx(?:_|\b)|\ACPU_?\d", name):
        return True
    if re.search(r"(?:\A|_)[a-z]{3,}", name) and re.search(r"_[A-Z]{4,}(?:_|\Z)", name):
        return True  # seqcount_LOCKNAME_t
    return re.search(r"_[ijkmnNxXyY]\Z|[a-z]_\d\Z|_N_|\A[pP]x+d_", name) is not None


def is_family(claim: Claim, world: World, name: str) -> bool:
    """True for ``raw_cpu_ops`` without ``()`` where code has ``raw_cpu_inc``: several functions."""
    if claim.object is not None and claim.object.concept == "function":
        return False
    stem = _FAMILY.sub("_", name)
    return stem != name and any(one.startswith(stem) for one in world.source.identifiers())


def not_reported(claim: Claim, world: World, name: str) -> bool:
    """True if the mention is not one that these rules speak about at all."""
    return is_no_mention(claim, world, name) or is_foreign(claim, world, name)


def is_no_mention(claim: Claim, world: World, name: str) -> bool:
    """True if the words are no mention of one thing that is said to be there now."""
    if len(name) < 4 or is_placeholder(name) or is_glued(claim) or is_history(claim):
        return True
    if is_step(claim) or is_family(claim, world, name):
        return True
    return stands_for_many(claim, name) or said_in_words(claim, name)
