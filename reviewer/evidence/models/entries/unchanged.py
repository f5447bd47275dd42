"""Whether an entry is, where code changes it, what the code saw when it looked last.

The paths through a comment run beside somebody who takes the entry out under the lock of its table
(``entry-zapped``). An entry that was taken out between the look and the change, and is set again by
what was seen before, maps a page that was given up. Shown for changes under a lock that was taken
by the entry (``pte_offset_map_lock()``): of other locks it is not known whose they are.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from functools import partial

from reviewer.evidence.models.emit import Litmus
from reviewer.evidence.models.entries.adversaries import adversaries
from reviewer.evidence.models.entries.configured import lacking
from reviewer.evidence.models.entries.model import EntryModel, answer, entry_model
from reviewer.mmu.machine import Machine
from reviewer.source.file import SourceFile
from reviewer.source.model import Function
from reviewer.verdict import MachineVerdicts, WitnessEvidence
from reviewer.world import World

BESIDE = "entry-zapped"
LOCKED = "the lock of the table is taken"
LOOKED = "the entry is looked at again"
_PATHS = 120
"""Paths that are asked about; of a function with more nothing is said."""
_LOCK = re.compile(r"^\t+spin_lock\(ptl\); *// (\S+):(\d+)$\n", re.M)
_UNLOCK = re.compile(r"^\t+spin_unlock\(ptl\);[^\n]*\n", re.M)
_LOOK = re.compile(r"^(\t+if \()(r\d+ == r\d+)(\) \{ *// (\S+):(\d+))$", re.M)
_READ = re.compile(r"^\t+(r\d+) = (?:READ_ONCE\(\*pte\)|ptep_get(?:_lockless)?\(pte\));", re.M)
_BY_ENTRY = re.compile(r"(\S+)\s*=\s*pte_offset_map_lock\s*\(")
_CHANGE = re.compile(r"^\t+(?:r\d+ = )?(?!ptep_get|READ_ONCE)\w+\(pte\b[^\n]*// (\S+):(\d+)$", re.M)
_ARGUMENTS = 2
"""Further lines that the arguments of a call may take."""
_Where = tuple[str, int]


@dataclass(frozen=True, slots=True)
class Unchanged:
    """On which machines the entry may be another where it is changed.

    ``rests_on`` are path, line and what stands there; ``why`` says what is not known, '' if all is.
    """

    machines: MachineVerdicts
    rests_on: tuple[tuple[str, int, str], ...] = ()
    witness: WitnessEvidence | None = None
    why: str = ""


def unchanged(
    world: World, source: SourceFile, function: Function, mark: int, machines: Sequence[Machine]
) -> Unchanged:
    """The paths of a function by a statement beside somebody who takes the entry out."""
    nothing = MachineVerdicts((), (), tuple(one.name for one in machines))
    model = entry_model(world, source, function, adversaries()[BESIDE], mark)
    if not model.tests or set(model.missing) - {"ptl"}:
        why = f"{function.name}() is not seen to change an entry under its lock there"
        return Unchanged(nothing, why=why)
    if len(model.tests) > _PATHS:
        return Unchanged(nothing, why=f"{function.name}() has too many paths there")
    found = answer(model, machines)
    if found.machines.broken:
        why = "the entry may be another where it is changed, as far as the code was followed"
        return Unchanged(found.machines, witness=found.witness, why=why)
    if found.machines.unknown:
        why = next(iter(model.left_out), "the simulator did not decide")
        return Unchanged(found.machines, why=why)
    on = machines[:1]
    behind = range(source.line_of(mark), function.end_line + 1)
    rests = [
        *(
            (*at, LOCKED)
            for at in _needed(model, _LOCK, _unlocked, on)
            if _by_entry(model, source, behind, at)
        ),
        *((*at, LOOKED) for at in _needed(model, _LOOK, _blind, on)),
    ]
    rests = [one for one in rests if one[0] == source.path and one[1] in behind]
    if len({what for *_, what in rests}) < len((LOCKED, LOOKED)):
        why = "it is no second look under the entry's own lock that keeps the entry what it was"
        return Unchanged(nothing, why=why)
    lacks = lacking({one[:2] for one in rests}, model.followed, world, function)
    if lacks:
        return Unchanged(nothing, why=f"what {lacks}() does may differ by configuration or file")
    return Unchanged(found.machines, tuple(rests))


def _needed(
    model: EntryModel, pattern: re.Pattern[str], without: Callable[[_Where, str], str],
    on: Sequence[Machine],
) -> Iterator[_Where]:  # fmt: skip
    """Places of a kind without one of which the entry may be another."""
    places: dict[_Where, None] = {}
    for one in model.tests:
        for match in pattern.finditer(one.litmus.text):
            path, line = match.groups()[-2:]
            places[path, int(line)] = None
    for place in places:
        changed = partial(without, place)
        tests = tuple(
            replace(one, litmus=Litmus(one.litmus.name, changed(one.litmus.text)))
            for one in model.tests
        )
        if answer(replace(model, tests=tests), on).machines.broken:
            yield place


def _unlocked(place: _Where, text: str) -> str:
    """A test in which the lock is not taken at one place, nor dropped behind it."""
    path, line = place
    taken = next((m for m in _LOCK.finditer(text) if (m[1], int(m[2])) == (path, line)), None)
    if taken is None:
        return text
    end = text.index("\nP1(")
    dropped = _UNLOCK.search(text, taken.end(), end)
    behind = text[taken.end() :]
    if dropped is not None:
        behind = text[taken.end() : dropped.start()] + text[dropped.end() :]
    return text[: taken.start()] + behind


def _blind(place: _Where, text: str) -> str:
    """A test that does not compare what it read of the entry at one place."""
    read = set(_READ.findall(text[: text.index("\nP1(")]))

    def always(match: re.Match[str]) -> str:
        here = (match[4], int(match[5])) == place
        entries = set(match[2].split(" == ")) <= read
        return f"{match[1]}1 == 1{match[3]}" if here and entries else match[0]

    return _LOOK.sub(always, text)


def _by_entry(model: EntryModel, source: SourceFile, behind: range, place: _Where) -> bool:
    """True if the lock is that of the entry: the call gives what is changed behind it.

    As spelled in the function itself: of changes in helpers that is not known. The pointer must
    lead nowhere else behind the call: by then another table's entry may be meant.
    """
    lines = source.data.decode("latin-1").split("\n")
    path, line = place
    given = _BY_ENTRY.search(lines[line - 1])
    if path != source.path or given is None or _is_led_on(given[1], source, behind, line):
        return False
    spelled = re.compile(rf"(?<![\w>.]){re.escape(given[1])}(?!\w|\s*[-+]|->)")
    for test in model.tests:
        text = test.litmus.text
        taken = next((m for m in _LOCK.finditer(text) if (m[1], int(m[2])) == place), None)
        if taken is None:
            continue
        for change in _CHANGE.finditer(text, taken.end(), text.index("\nP1(")):
            at = int(change[2])
            call = " ".join(lines[at - 1 : at + _ARGUMENTS])
            if change[1] != path or at not in behind or spelled.search(call) is None:
                return False
    return True


def _is_led_on(pointer: str, source: SourceFile, behind: range, line: int) -> bool:
    """True if code behind a line of a function has a pointer point to something else."""
    lines = source.code(0, len(source.data)).decode("latin-1").split("\n")
    spelled = re.escape(pointer)
    moved = re.compile(
        rf"(?<![\w.>]){spelled}\s*(?:=(?!=|\s*(?:pte_offset_map_lock|NULL)\b)|\+\+|--|[+-]=)"
        rf"|(?:\+\+|--|&)\s*{spelled}\b(?!->|\.)"
    )
    return moved.search("\n".join(lines[line : behind.stop - 1])) is not None
