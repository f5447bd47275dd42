"""As what an older tree had a name, and whether that is what a comment means by it."""

from __future__ import annotations

import re

from reviewer.claims.model import Claim
from reviewer.claims.wording.mentions import is_shown_file
from reviewer.claims.wording.vouching import is_called, is_vouched_for
from reviewer.judging.references import lives_on, tail_of
from reviewer.kernel.folders import leaf_of
from reviewer.program.older import Past
from reviewer.tree.model import Definition, NameKind
from reviewer.tree.pasting import pastes
from reviewer.tree.reading import code_file
from reviewer.world import World

_CALLABLE = (NameKind.FUNCTION, NameKind.PROTOTYPE, NameKind.MACRO)
_THINGS = (NameKind.MACRO, NameKind.ENUMERATOR, NameKind.FIELD)
"""What the hardware and prose have words for too, unlike a function."""
_CONSTANTS = (NameKind.MACRO, NameKind.ENUMERATOR)
_LINKED = (NameKind.FUNCTION, NameKind.VARIABLE, NameKind.LOCK)
SENSES = {
    "function": _CALLABLE,
    "struct": (NameKind.STRUCT, NameKind.TYPEDEF),
    "field": (NameKind.FIELD, NameKind.LOCK),
}
"""What kind of definition each way of writing a name can mean; a bare word can mean any."""
_HEADERS = "include/"
_WORDS_OF_A_HEADER = 2
_WORDS_OF_A_DEVICE = 3
"""Words up to which a bare name may be prose (of a header's) or a module's (``mtk_sgmii``)."""


def is_meant(one: Definition, sense: str, world: World) -> bool:
    """True if a definition of the older tree is what a comment may have called so."""
    if one.kind is NameKind.LABEL:
        return one.path.endswith(".S") and sense == "function"
    if sense in SENSES and one.kind not in SENSES[sense]:
        # x->fill(x), of which a comment says fill(), where the file's own code called it so
        return sense == "function" and one.kind is NameKind.FIELD and _was_used(one.name, world)
    if one.path.startswith("arch/") and leaf_of(world.path) not in ("", leaf_of(one.path)):
        return False  # a driver knows of no one architecture's names
    if one.path != world.path and _is_private(one, world) and not _was_used(one.name, world):
        if one.kind in _CONSTANTS and sense not in SENSES and not _is_named_after(one):
            return False  # hardware and protocols have the word, and that file a number for it
        if not _is_distinct(one.name, world.path):
            return False  # every driver of a folder may have one
    if sense in SENSES or one.kind is not NameKind.FIELD:
        return True
    # A bare word is a member's name where the file knows its struct.
    known = one.path == world.path or one.owner in world.source.identifiers()
    return known or _was_used(one.name, world)


def _was_used(name: str, world: World) -> bool:
    """True if the code of the file itself had a name in an older tree: so its comments meant it."""
    return any(older.wrote(name, world.path) for older in world.older)


def _is_private(one: Definition, world: World) -> bool:
    """True if nothing shows that the file of the comment ever saw what another file defined.

    A static name, a constant of another .c file, and what a driver links with the whole kernel but
    no header for all declared: ``sync_buffer()`` of a profiler, in a comment of fs/.
    """
    if one.kind in _CONSTANTS and one.path.endswith(".c"):
        return True
    if one.static:
        return leaf_of(world.path) != ""  # the core's comments speak of anybody's
    leaf = leaf_of(one.path)
    if not leaf or leaf == leaf_of(world.path) or one.kind not in _LINKED:
        return False
    return not any(
        seen.path.startswith(_HEADERS)
        for older in world.older
        for seen in older.program.definitions(one.name)
    )


def _is_named_after(one: Definition) -> bool:
    """True if a constant begins as the file that has it is called: ``POND_DEPTH`` of pond.c."""
    first = next((word for word in one.name.lower().split("_") if word), "")
    return first in re.split(r"\W|_", one.path.rpartition("/")[2].lower())


def _is_distinct(name: str, path: str) -> bool:
    """True if a static function's name says whose it is: by its length, or as the file's does."""
    words = [word for word in name.split("_") if word]
    return len(words) > _WORDS_OF_A_HEADER or words[0] in re.split(r"\W|_", path)


def is_attribute(past: Past, world: World) -> bool:
    """True if the older tree made it with DEVICE_ATTR() or the like: a file of sysfs."""
    was = past.definition
    older = next(one for one in world.older if one.label == past.label)
    file = code_file(older.program.tree, was.path) if was.kind is NameKind.VARIABLE else None
    if file is None:
        return False
    return b"_ATTR" in file.lines(was.line, was.line)


def is_pasted(name: str, past: Past, world: World) -> bool:
    """True if the file that defined the name makes it with ``##`` now."""
    file = code_file(world.tree, past.definition.path)
    return file is not None and pastes(file.code, name)


def was_a_word(name: str, past: Past, claim: Claim, world: World) -> bool:
    """True if a bare word was a name for this file: its folder's code had it, or a header for all.

    Words are names somewhere: of a header's only long ones, of structs' tags only those that no
    module or device is called. What is called is a function; a member may also be of a struct of
    the same driver or file system, and is no file of debugfs.
    """
    was, words = past.definition, len([one for one in name.split("_") if one])
    if is_called(claim):
        return was.kind in _CALLABLE
    if was.kind is NameKind.FIELD and is_shown_file(claim):
        return False
    if was.kind is NameKind.STRUCT and words <= _WORDS_OF_A_DEVICE:
        return False
    older = next(one for one in world.older if one.label == past.label)
    if (words > _WORDS_OF_A_HEADER or is_vouched_for(claim)) and any(
        one.path.startswith(_HEADERS) for one in older.defined(name, world.path)
    ):
        return True
    folder, part = world.path.rpartition("/")[0], leaf_of(world.path)
    if was.kind is NameKind.FIELD and part and leaf_of(was.path) == part:
        return True
    return older.had(name, folder)


def may_be_a_word(name: str, past: Past, claim: Claim, world: World) -> bool:
    """True if a bare name may be a word for something that is still there.

    That of a thing, or of a function if it has two words, lives on in longer names ("faults like
    double_fault" beside ``exc_double_fault``); several functions begin as their family is called.
    """
    short = len([one for one in name.split("_") if one]) <= _WORDS_OF_A_HEADER
    if past.definition.kind in _THINGS or (short and not is_called(claim)):
        return bool(lives_on(name, claim, world) or tail_of(name, world))
    return len([one for one in world.source.identifiers() if one.startswith(name + "_")]) > 1
