"""What a name that is gone is probably called today: only what the file can see, or nothing."""

from __future__ import annotations

import re
from collections.abc import Sequence
from difflib import SequenceMatcher

from reviewer.claims.model import Claim
from reviewer.claims.wording.telling import sentence
from reviewer.claims.wording.vouching import is_pointed_at
from reviewer.kernel.folders import leaf_of
from reviewer.kernel.renamed import replacements
from reviewer.program.scope import in_sight
from reviewer.tree.likeness import is_one_slip, likeness, synonymous
from reviewer.tree.model import Definition, NameKind
from reviewer.tree.words import parts
from reviewer.world import World

_HEADS = 0.5
"""How like its heading the thing below a comment must be to be meant by it."""
_DOCUMENTS = 0.8
_LETTERS = 0.6
"""Share of letters that two words must have in common to be forms of one another."""
_SHORTEST = 3
_CANDIDATES = 12
_WORDS_OF_A_FORM = 3
"""Words that a name needs to be known again with one more among them: ``wlc_watchdog`` is not
``wlc_phy_watchdog``."""
_LABEL = re.compile(
    r"[\s*]*(?:Function|Prototype|Routine|Name)(?: name)?\s*:[\s*]*(?:\w+[\s*]+){0,4}\Z", re.I
)
"""What stands before the name of the function below: ``Function: static void foo(int bar)``."""
_HEADING = re.compile(r"[\s*]*(?:(?:struct|union|enum)\s+)?\Z")
_TITLE = re.compile(r"(?:\(\))?[ \t]*[-:][ \t]")
_OPPOSITE = ("un", "de", "dis", "non", "no", "in", "pre", "post", "re", "sub", "super")
"""What before a word makes another word of it: ``track`` and ``untrack``."""
_KINDS = {
    "function": (NameKind.FUNCTION, NameKind.PROTOTYPE, NameKind.MACRO),
    "struct": (NameKind.STRUCT, NameKind.TYPEDEF),
    "field": (NameKind.FIELD, NameKind.LOCK),
    "lock": (NameKind.LOCK,),
}


def suggestion(name: str, claim: Claim, world: World, sense: str = "") -> Definition | None:
    """The one thing that a mention of ``name`` probably means; None is better than a poor one.

    ``sense`` is what the comment calls it: ``function``, ``struct``, ``field`` or '' for a word.
    What the comment heads or stands on; what the kernel renamed it to; a slip of one letter; else
    a name made of the same words but for one. It must be defined where this file sees it, as what
    it is called, and the sentence must not have it as well.
    """
    index = world.index
    if index is None:
        return None
    subject = documented(name, claim)
    titled = _is_headed(claim) and (_is_title(claim) or is_form(name, subject, sense))
    if subject and (titled or is_one_slip(name, subject)):
        return _seen(subject, world, sense) or _seen(subject, world, "")
    known = (_seen(other, world, sense) for other in replacements(name))
    renamed = next((one for one in known if one is not None), None)
    if renamed is not None:
        return renamed
    if _is_part_of(name, claim.subject.name) and not is_pointed_at(claim):
        return _seen(claim.subject.name, world, sense)
    slips = index.intended(name)
    near = [one for one in slips if len(slips) == 1 and _is_slip(name, one)]
    near += [one for one in index.similar(name, _CANDIDATES) if is_form(name, one, sense)]
    longer = []
    for other in near:
        found = _seen(other, world, sense)
        if found is None or _is_said(other, name, claim) or not _is_neighbour(name, found, world):
            continue
        if _is_more_general(other, name):
            continue
        if len(parts(other)) <= len(parts(name)):
            return found
        if found.path.startswith("include/") or _is_beside(found, world):
            longer.append(found)  # else what one of many drivers made of the word
    return longer[0] if len({one.name for one in longer}) == 1 else None


def _is_more_general(other: str, name: str) -> bool:
    """True if a name has fewer words than the one that is gone, but for the _t of a type.

    ``drm_for_each_plane`` is not what was ``drm_crtc_for_each_plane``: of such suggestions 20 of 34
    were right (5 of 10 in draws 18 to 21), of those with a word more 50 of 54, of those with as
    many, one in another form or place, 162 of 168 (docs/judged-names.tsv).
    """
    mine, theirs = parts(name), parts(other)
    return len(theirs) < len(mine) and mine[-1:] != ["t"]


def _is_part_of(name: str, subject: str) -> bool:
    """True if what a comment stands on has all words of a name in order, and one more.

    ``foo_change_mode`` on ``foo_file_change_mode``: of several such names this one is meant.
    """
    mine, theirs = parts(name), parts(subject)
    return len(mine) >= _WORDS_OF_A_FORM and any(
        theirs[:at] + theirs[at + 1 :] == mine for at in range(1, len(theirs) - 1)
    )


def is_in_sight(name: str, world: World) -> bool:
    """True if the file sees something of this name.

    A variable counts if it is near or in a header: whether it is static was not recorded.
    """
    found = _seen(name, world, "")
    if found is None or found.kind is not NameKind.VARIABLE:
        return found is not None
    return found.path.startswith("include/") or _is_beside(found, world)


def _is_neighbour(name: str, found: Definition, world: World) -> bool:
    """True if the first words, which say whose a name is, agree; or both files lie together."""
    return synonymous(_owner(name), _owner(found.name)) or _is_beside(found, world)


def _is_beside(found: Definition, world: World) -> bool:
    return found.path.rpartition("/")[0] == world.path.rpartition("/")[0]


def documented(name: str, claim: Claim) -> str:
    """What the comment heads or stands on, if the mention is probably its old name, or ''."""
    subject = claim.subject.name if claim.subject is not None else ""
    if not subject.isidentifier() or subject == name:
        return ""
    if is_one_slip(name, subject):
        return subject
    headed = _is_headed(claim)
    if headed and _is_title(claim):
        return subject
    if not headed and subject == claim.comment.anchor.function:
        return ""  # who speaks of the function at hand knows its name
    return subject if likeness(name, subject) >= (_HEADS if headed else _DOCUMENTS) else ""


def _owner(name: str) -> str:
    return name.strip("_").partition("_")[0].lower()


def _is_headed(claim: Claim) -> bool:
    """True if the comment begins with the name, and stands above what it is on, not inside."""
    if claim.comment.anchor.function:
        return False
    return _HEADING.match(claim.comment.text[: claim.start]) is not None or _is_labelled(claim)


def _is_labelled(claim: Claim) -> bool:
    """True if the comment begins with what it names is called: ``Function: int foo(void)``."""
    return _LABEL.match(claim.comment.text[: claim.start]) is not None


def _is_title(claim: Claim) -> bool:
    """True if what a comment begins with goes on as a title does: ``name() - what it does``."""
    return _TITLE.match(claim.comment.text, claim.end) is not None or _is_labelled(claim)


def _is_said(other: str, name: str, claim: Claim) -> bool:
    """True if whoever wrote the name knows the other one, or they differ in a number only."""
    if other in (claim.comment.anchor.function, claim.subject.name):
        return True  # who speaks of the thing at hand knows its name
    if re.search(rf"\b{re.escape(other)}\b", sentence(claim)):
        return True
    return other.rstrip("0123456789") == name.rstrip("0123456789")


def _seen(name: str, world: World, sense: str) -> Definition | None:
    """Where the file sees the name, as what it is called; its own file first, then headers."""
    index = world.index
    if index is None:
        return None
    here = world.source.identifiers()
    kinds = _KINDS.get(sense)
    found = [
        one
        for one in index.definitions(name)
        if (one.kind in kinds if kinds else one.kind is not NameKind.LABEL)
        and in_sight(world.path, one)
        and not _is_anothers(one, world)
        and (one.kind is not NameKind.FIELD or one.path == world.path or one.owner in here)
    ]
    folder = world.path.rpartition("/")[0]
    return min(
        found,
        key=lambda one: (
            one.path != world.path,
            one.path.rpartition("/")[0] != folder,
            not one.path.startswith("include/"),
            one.kind is NameKind.PROTOTYPE,
            one.path,
            one.line,
        ),
        default=None,
    )


def _is_anothers(found: Definition, world: World) -> bool:
    """True for what one kind of drivers, a file system or an architecture has for itself.

    What it has for others stands in a header of include/, too.
    """
    there = leaf_of(found.path)
    return there not in ("", leaf_of(world.path))


def is_form(name: str, other: str, sense: str = "") -> bool:
    """True if two names have the same words but for one, or one of them stands elsewhere.

    That one is left out, put in (of three at least), a form of the other's, or what the kernel's
    renames made of it. The first word, which says whose name it is, is the same where there are
    only two.
    """
    mine, theirs = parts(name), parts(other)
    if mine == theirs and name.startswith("__") and name.strip("_") == other:
        return False  # one that does a part of the other's work
    if sense == "function" and other == name.upper():
        return False  # a formula's, or a library's beside its request
    if sorted(mine) == sorted(theirs):
        return _is_one_moved(mine, theirs)
    if sense == "function" and name + "d" == other:
        return False  # the one does it, the other asks whether it was done
    if len(mine) == len(theirs):
        pairs = [pair for pair in zip(mine, theirs, strict=True) if pair[0] != pair[1]]
        if len(mine) == 2 and mine[0] != theirs[0]:
            return False
        if all(synonymous(*pair) for pair in pairs):
            return True
        return len(pairs) == 1 and (len(mine) > 2 or len(name) > 12) and _is_inflected(*pairs[0])
    short, long = sorted((mine, theirs), key=len)
    if short[-1:] == long[-1:] == ["t"]:
        short, long = short[:-1], long[:-1]  # of types: one more word in front of _t is another's
    if len(long) - len(short) != 1 or len(short) < _WORDS_OF_A_FORM:
        return False
    dropped = next(
        (at for at in range(len(long)) if long[:at] + long[at + 1 :] == short), len(long)
    )
    return 0 < dropped < len(long) - 1 or (long[-1:] == ["t"] and dropped == len(long) - 1)


def _is_one_moved(mine: Sequence[str], theirs: Sequence[str]) -> bool:
    """True if one word has another place: ``get_vma_pages`` and ``vma_get_pages``.

    Where two changed places around a third, it says something else: ``subvol_get_snapshot``.
    """
    rest = [list(mine[:at]) + list(mine[at + 1 :]) for at in range(len(mine))]
    return any(list(theirs[:at]) + list(theirs[at + 1 :]) in rest for at in range(len(theirs)))


def _is_slip(name: str, other: str) -> bool:
    """True if a letter was mistyped and no other word meant, nor another driver's name."""
    mine, theirs = parts(name), parts(other)
    if len(mine) != len(theirs):
        return True
    if len(mine) == 2 and mine[0] != theirs[0] and sorted(mine[0]) != sorted(theirs[0]):
        return mine[0] + "s" == theirs[0]
    return not any(_is_opposite(*pair) for pair in zip(mine, theirs, strict=True))


def _is_inflected(one: str, other: str) -> bool:
    """True for ``scale`` and ``scaled``, ``fs`` and ``fsid``, ``clk`` and ``pclk``."""
    if _is_opposite(one, other):
        return False
    if one.startswith(other) or other.startswith(one):
        return min(len(one), len(other)) > 1
    if min(len(one), len(other)) < _SHORTEST:
        return False
    if one[:_SHORTEST] != other[:_SHORTEST] and not (one.endswith(other) or other.endswith(one)):
        return False  # of one stem: not free and create
    return SequenceMatcher(None, one, other, autojunk=False).ratio() >= _LETTERS


def _is_opposite(one: str, other: str) -> bool:
    return any(one == before + other or other == before + one for before in _OPPOSITE)
