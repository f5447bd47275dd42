"""What a name leads to: names that are like it, shapes that form it, members of a struct.

All of it is compared (``tree.compared``): of what is looked at on the way little decides. A new
name with a common word touches ten thousand questions, and is an answer to few of them.
"""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Iterable, Iterator
from itertools import islice
from typing import TYPE_CHECKING

from reviewer.tree.likeness import alternatives, corrections, halves, ranked
from reviewer.tree.pasting import asked_from, asked_of
from reviewer.tree.trace import BEGINNING, Asked, note, traced_cache
from reviewer.tree.words import parts
from reviewer.unit.model import Role

if TYPE_CHECKING:
    from reviewer.program.program import Program

_KEPT = 1 << 14
_CODE, _DEFINED, _LISTED = int(Role.CODE), int(Role.DEFINED), int(Role.LISTED)
_FILES_OF_A_FOLDER = 500
"""Files that are asked for longer names: the largest folders of the kernel have 400."""
_SHORT = 2
"""Letters of a word that leads to no name."""
_COMMON = 4000
"""Names with one word that files of the kernel define, each file for itself, some 3,000 different
ones in Linux 6.12: with as many, the word says nothing of which name was meant."""
_ALIKE = 12
"""Names that are kept as the likest of one."""


@traced_cache(maxsize=_KEPT, compared=True)
def pasted(program: Program, name: str) -> str:
    """The token-pasting shape that can form a name, or ''."""
    for one in asked_of(name):
        note(Asked.SHAPES, one)
    return program.shapes.formed(name, program.places, program.linked.path_at, program.code)


@traced_cache(maxsize=_KEPT, compared=True)
def intended(program: Program, name: str) -> tuple[str, ...]:
    """Defined names of which a name is a slip of one letter."""
    note(Asked.SLIP)
    for half in halves(name):
        note(Asked.SLIP, half)
    return tuple(program.linked.with_role(corrections(name), _DEFINED))


@traced_cache(maxsize=_KEPT, compared=True)
def beginning(program: Program, prefix: str, limit: int) -> tuple[str, ...]:
    """Names and pasting shapes that begin so."""
    for one in asked_from(prefix):
        note(Asked.SHAPES, one)
    note(Asked.NAMES, prefix[:BEGINNING])
    found = set(program.shapes.beginning(prefix))
    for name in program.linked.names_from(prefix):
        if len(found) >= limit:
            break
        if program.roles(name, kernel_only=True) & _CODE and program.roles(name) & _LISTED:
            found.add(name)
    return tuple(sorted(found)[:limit])


@traced_cache(maxsize=_KEPT, compared=True)
def members(program: Program, struct: str) -> frozenset[str]:
    """Fields of every struct or union (enumerators of every enum) of a tag."""
    note(Asked.SENSE, struct)
    return program.defining.members(struct)


@traced_cache(maxsize=_KEPT, compared=True)
def similar(program: Program, name: str, limit: int) -> tuple[str, ...]:
    """Defined names that a stale mention probably means today, best first."""
    return _likest(program, name)[:limit]


@traced_cache(maxsize=_KEPT)
def _likest(program: Program, name: str) -> tuple[str, ...]:
    for word in _words(name):
        note(Asked.WORD, word)
    best = ranked(name, _sharing(program, name))
    # Names of every tree in the store: the likest that this one defines count.
    return tuple(islice((one for one in best if _is_listed(program, one)), _ALIKE))


@traced_cache(maxsize=_KEPT, compared=True)
def ending(program: Program, name: str, folder: str) -> tuple[str, ...]:
    """Defined names that end with ``_`` and a name.

    Those that its rare words lead to; without any, those of a folder.
    """
    words = {word for word in parts(name) if len(word) > _SHORT}
    for word in words:
        note(Asked.WORD, word)
    tail = "_" + name.strip("_")
    rare = _by_rarity(program, words)
    # a name that ends so has all of the words: it is among those of the rarest
    linked = program.linked
    some = linked.names_with_all(rare) if rare else _names_of_folder(program, folder, tail)
    fitting = sorted({one for one in some if one.endswith(tail)})
    return tuple(one for one in fitting if _is_listed(program, one))


def _names_of_folder(program: Program, folder: str, tail: str) -> Iterator[str]:
    """What the files of a folder define that ends so."""
    linked = program.linked
    first = bisect_left(linked.paths, folder + "/")
    for path in islice(linked.paths, first, first + _FILES_OF_A_FOLDER):
        record = linked.record(path) if path.rpartition("/")[0] == folder else None
        if record is not None:
            yield from record.ending(tail)


def _is_listed(program: Program, name: str) -> bool:
    """True if a file of the kernel defines the name, and its unit says so.

    A register header's macros are left out, as they are of the store's names: another tree may
    define such a name elsewhere.
    """
    return bool(program.linked.roles(name, kernel_only=True) & _LISTED)


def _by_rarity(program: Program, words: Iterable[str]) -> list[str]:
    """Those of some words that this tree's names have and that are not common, rarest first."""
    counted = sorted((program.how_common(word), word) for word in words)
    return [word for count, word in counted if 0 < count < _COMMON]


def _sharing(program: Program, name: str) -> set[str]:
    """Names of the store with words of a name, of about its length."""
    found = program.linked.names_with(_by_rarity(program, _words(name)))
    return {one for one in found if len(name) <= 2 * len(one) <= 4 * len(name)} - {name}


def _words(name: str) -> set[str]:
    """The words by which names like this one are looked for."""
    return {one for word in parts(name) if len(word) > _SHORT for one in alternatives(word)}
