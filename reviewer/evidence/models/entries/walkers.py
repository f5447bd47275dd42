"""What the tree's own lockless walkers do, shown beside code that changes their entry.

An adversary that stands for GUP-fast is what its author believes mm/gup.c to be. It is that if each
function there that takes a reference without a lock is excluded beside the code that the walker
threatens: it looks at the entry again once it has its reference, and drops it if the entry changed.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from reviewer.evidence.models.entries.adversaries import adversaries
from reviewer.evidence.models.entries.configured import lacking
from reviewer.evidence.models.entries.model import EntryModel, answer, entry_model
from reviewer.evidence.models.entries.operations import ENTRIES
from reviewer.kernel import primitive
from reviewer.mmu.machine import Machine
from reviewer.source.file import SourceFile
from reviewer.source.model import Function
from reviewer.tree.trace import traced_cache
from reviewer.world import Library, World

_FILE = "mm/gup.c"
_OF_ENTRIES = re.compile(rb"[(,]\s*(?:pte_t|pmd_t)\b")
_SPINLOCK = re.compile(r"spin_?lock|spin_is_locked|lockdep_assert_held|offset_map_lock")
_TAKES = re.compile(r"^\t+r\d+ = (?:folio_try_get|try_grab_folio\w*)\(ref\);", re.M)
_LOOKS = r"^\t+r\d+ = (?:READ_ONCE\(\*%s\)|p\w\wp_get(?:_lockless)?\(%s\)); *// (\S+):(\d+)$"


@dataclass(frozen=True, slots=True)
class Walkers:
    """The walkers of a tree: where each looks at its entry again.

    ``trusting`` is where one keeps its reference whatever the entry is by then; ``why`` says what
    is not known, '' if all is.
    """

    places: tuple[tuple[str, int], ...] = ()
    trusting: tuple[str, int] | None = None
    why: str = ""


@traced_cache(maxsize=8)
def walkers(
    library: Library, beside: str, entry: str, last: bool, machines: tuple[Machine, ...]
) -> Walkers:
    """The lockless walkers of a tree, beside the adversary that they are to back off from.

    ``entry`` is what they must look at again; ``last`` if they come by entries of the last level.
    """
    source = library.source(_FILE)
    if source is None:
        return Walkers(why=f"this tree has no {_FILE}")
    world = World(source, library)
    places: dict[tuple[str, int], None] = {}
    trusting: tuple[str, int] | None = None
    for function in source.functions:
        if not _takes_references(source, function):
            continue
        model = entry_model(world, source, function, adversaries()[beside], sceptical=True)
        if not any(set(test.objects) & set(ENTRIES) for test in model.tests):
            return Walkers(why=f"{function.name}() of {_FILE}: by what entry it comes is not seen")
        if not model.applies or last != any("pte" in test.objects for test in model.tests):
            continue
        found = answer(model, machines).machines
        if found.unknown and not found.broken:
            why = next(iter(model.left_out), "the simulator did not decide")
            return Walkers(why=f"{function.name}() of {_FILE}: {why}")
        if found.broken:
            trusting = trusting or (source.path, function.start_line)
        looks = _looks_again(model, entry)
        lacks = lacking(looks, model.followed, world, function)
        if lacks:
            return Walkers(why=f"what {lacks}() does may differ by configuration or file")
        places |= dict.fromkeys(looks)
    if trusting is not None:
        return Walkers((), trusting)
    if not places:
        return Walkers(why=f"{_FILE} of this tree shows no lockless walker that takes references")
    return Walkers(tuple(places))


def _takes_references(source: SourceFile, function: Function) -> bool:
    """True of what is given an entry, or its place, and takes a reference itself without a lock.

    One that takes or asserts the lock of a table, or has one at hand, is no lockless walker.
    """
    if not _OF_ENTRIES.search(source.code(function.start_byte, function.body_start)):
        return False
    names = source.identifiers(function.body_start, function.body_end)
    if any(_SPINLOCK.search(name) for name in names):
        return False
    known = (primitive(name) for name in names)
    return any(one is not None and one.does("ref.get_unless_zero") for one in known)


def _looks_again(model: EntryModel, entry: str) -> list[tuple[str, int]]:
    """Where the entry is read once the reference was taken."""
    looks = re.compile(_LOOKS % (entry, entry), re.M)
    found = []
    for test in model.tests:
        thread = test.litmus.text[: test.litmus.text.index("\nP1(")]
        taken = _TAKES.search(thread)
        if taken is not None:
            found += [(m[1], int(m[2])) for m in looks.finditer(thread, taken.end())]
    return found
