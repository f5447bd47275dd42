"""What the tree's own lockless walkers do, shown beside code that changes their entry.

An adversary that stands for GUP-fast is what its author believes mm/gup.c to be. It is that if each
function there that takes a reference without a lock is excluded beside the code that the walker
threatens: it looks at the entry again once it has its reference, and drops it if the entry changed.
"""

from __future__ import annotations

import re
from collections.abc import Collection
from dataclasses import dataclass

from reviewer.evidence.models.entries.adversaries import adversaries
from reviewer.evidence.models.entries.configured import lacking
from reviewer.evidence.models.entries.model import EntryModel, answer, entry_model
from reviewer.evidence.models.entries.operations import ENTRIES, operations
from reviewer.evidence.models.entries.sections import reached_with_irqs_off
from reviewer.kernel import primitive
from reviewer.mmu.machine import Machine
from reviewer.source.file import SourceFile
from reviewer.source.model import Function
from reviewer.tree.trace import traced_cache
from reviewer.world import Library, World

_FILE = "mm/gup.c"
_GIVEN = re.compile(rb"[(,]\s*(?:const\s+)?(?:pte_t|pmd_t)\b")
_GIVEN_ABOVE = re.compile(rb"[(,]\s*(?:const\s+)?(?:pud_t|p4d_t|pgd_t)\b")
_ENTRY = re.compile(r"p(?:te|md)p?(?:_\w+)?")
"""Names of entries, of their types, and of what is done with them: include/linux/pgtable.h."""
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
    for function in _that_take(world, source):
        model = entry_model(world, source, function, adversaries()[beside], sceptical=True)
        seen = {one for test in model.tests for one in test.objects if one in ENTRIES}
        if not seen or not _is_given(source, function) or _names(source, function, entry) - seen:
            return Walkers(why=f"{function.name}() of {_FILE}: by what entry it comes is not seen")
        if entry in model.missing or last != any("pte" in test.objects for test in model.tests):
            continue
        if model.missing:
            return Walkers(
                why=f"{function.name}() of {_FILE}: how it takes a reference is not seen"
            )
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


def _that_take(world: World, source: SourceFile) -> tuple[Function, ...]:
    """What comes by an entry and takes a reference without a lock, itself or by a helper.

    One that takes it by a helper, and is called by others of these only, is followed from there,
    under their conditions.
    """
    words = {one: source.identifiers(one.body_start, one.body_end) for one in source.functions}
    reached = reached_with_irqs_off(source)
    come = {
        one for one in words if _is_given(source, one) or any(map(_ENTRY.fullmatch, words[one]))
    }
    above = {one for one in words if _GIVEN_ABOVE.search(_head(source, one))}
    themselves = {one for one in words if any(map(_takes, words[one]))}
    found = set(themselves)
    while True:
        helpers = {one.name for one in found - come - above}
        more = {one for one in words if words[one] & helpers} - found
        if not more:
            break
        found |= more
    found |= {one for one in come if _takes_elsewhere(world, source, words[one])}
    found = {one for one in found & come if _is_lockless(source, one, words[one], reached)}
    names = {one.name for one in found}
    callers = {
        one: {other.name for other in words if one.name in words[other]} - {one.name}
        for one in found - themselves
    }
    followed = {one for one, called in callers.items() if called and called <= names}
    return tuple(one for one in source.functions if one in found - followed)


def _head(source: SourceFile, function: Function) -> bytes:
    return source.code(function.start_byte, function.body_start)


def _is_given(source: SourceFile, function: Function) -> bool:
    """True of what is given an entry of the last two levels, or its place."""
    return _GIVEN.search(_head(source, function)) is not None


def _names(source: SourceFile, function: Function, entry: str) -> set[str]:
    """The kind of an entry that is asked about, if a function has anything of that kind."""
    words = source.identifiers(function.start_byte, function.body_end)
    return {entry for one in words if _ENTRY.fullmatch(one) and one.startswith(entry)}


def _is_lockless(
    source: SourceFile, function: Function, words: Collection[str], reached: frozenset[str] | None
) -> bool:
    """False of what has the lock of a table at hand, or comes by an entry of its own in no walk.

    A function of the file alone is in none that nothing there calls with interrupts off.
    """
    if reached is not None and function.name in reached:
        return True
    if any(map(_SPINLOCK.search, words)):
        return False
    inside = reached is not None and re.search(rb"\bstatic\b", _head(source, function)) is not None
    return _is_given(source, function) or not inside


def _takes(name: str) -> bool:
    known = primitive(name)
    return known is not None and (known.does("ref.get_unless_zero") or known.does("ref.get"))


def _takes_elsewhere(world: World, source: SourceFile, words: Collection[str]) -> bool:
    """True if a function of another file, that is called, takes a reference."""
    return any(
        any(map(_takes, file.identifiers(one.body_start, one.body_end)))
        for word in words
        if primitive(word) is None and word not in operations() and not source.functions_named(word)
        for file, one in world.functions(word)
    )


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
