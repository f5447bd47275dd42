"""Whether a secondary MMU may go on with the entry that a function changes, and why not."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace

from reviewer.evidence.models.emit import Litmus
from reviewer.evidence.models.entries.adversaries import adversaries
from reviewer.evidence.models.entries.model import EntryModel, answer, entry_model
from reviewer.evidence.models.entries.thread import Made
from reviewer.mmu.machine import Machine
from reviewer.source.file import SourceFile
from reviewer.source.model import Function
from reviewer.verdict import MachineVerdicts
from reviewer.world import World

_UNMAP = re.compile(r"^\s*secondary_unmap\(spte\);.*// (\S+):(\d+)$", re.M)
_MADE_ANEW = re.compile(r"^\s*set_(?:pte|pmd)(?:_at)?\((?:pte|pmd), 2\);.*// (\S+):(\d+)$", re.M)
"""An entry of another page (operations.txt: mk_pte() and its like are the value 2)."""


@dataclass(frozen=True, slots=True)
class Secondary:
    """What the model says: ``keeps_out`` are the invalidations without which it is possible.

    ``anew`` is where the entry is set to a value that is made anew, on some path. Both are path and
    line in the source; ``why`` says what is not known, '' if all is.
    """

    machines: MachineVerdicts
    keeps_out: tuple[tuple[str, int], ...]
    anew: tuple[str, int] | None
    why: str = ""


def secondary(
    world: World, source: SourceFile, function: Function, machines: Sequence[Machine]
) -> Secondary:
    """The model of a function beside a secondary MMU with an entry of its own."""
    model = entry_model(world, source, function, adversaries()["secondary-write"])
    nothing = MachineVerdicts((), (), tuple(one.name for one in machines))
    if not model.applies:
        return Secondary(nothing, (), None, f"{function.name}() is not seen to change an entry")
    anew = _first(_MADE_ANEW, model)
    found = answer(model, machines).machines
    if found.unknown:
        why = model.left_out[0] if model.left_out else "the simulator did not decide"
        return Secondary(found, (), anew, why)
    if found.broken:
        return Secondary(found, (), anew, f"{function.name}() invalidates no range around it")
    beyond = [one for test in model.tests for one in test.beyond]
    if beyond:
        return Secondary(found, (), anew, beyond[0])
    bare = answer(replace(model, tests=tuple(map(_bare, model.tests))), machines).machines
    if not bare.broken:
        return Secondary(found, (), anew, "nothing that secondary MMUs could write through is left")
    places = dict.fromkeys(
        (match[1], int(match[2]))
        for test in model.tests
        for match in _UNMAP.finditer(test.litmus.text)
    )
    return Secondary(found, tuple(places), anew)


def _bare(test: Made) -> Made:
    """The path without its invalidations."""
    return replace(test, litmus=Litmus(test.litmus.name, _UNMAP.sub("", test.litmus.text)))


def _first(pattern: re.Pattern[str], model: EntryModel) -> tuple[str, int] | None:
    for test in model.tests:
        match = pattern.search(test.litmus.text)
        if match is not None and not test.notes:  # else it may be a value that is not known
            return match[1], int(match[2])
    return None
