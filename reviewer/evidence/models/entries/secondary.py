"""Whether a secondary MMU may go on with the entry that a function changes, and why not."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace

from reviewer.evidence.models.emit import Litmus
from reviewer.evidence.models.entries.adversaries import adversaries
from reviewer.evidence.models.entries.model import EntryModel, answer, entry_model
from reviewer.evidence.models.entries.ranges import uncovered
from reviewer.evidence.models.entries.thread import Made
from reviewer.mmu.machine import Machine
from reviewer.source.file import SourceFile
from reviewer.source.model import Function
from reviewer.verdict import MachineVerdicts
from reviewer.world import World

_UNMAP = re.compile(r"^\s*secondary_unmap\(spte\);.*// (\S+):(\d+)$", re.M)
_CHANGES = re.compile(
    r"^\s*(?:r\d+ = )?(?!(?:READ_ONCE|p\w+_get|p\w+_get_lockless)\()\w+\((?:pte|pmd)\b"
    r"[^\n]*// (\S+):(\d+)$",
    re.M,
)
_LOOKS = re.compile(
    r"^\s*if \([^\n]*\bp(?:te|md)_(?:none|present)\([^\n]*\{ *// (\S+):(\d+)$\n", re.M
)
"""Conditions on what the entry holds."""
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
    outside = uncovered(source, function, frozenset(_places(_CHANGES, model)))
    if outside:
        return Secondary(found, (), anew, outside)
    return Secondary(found, _places(_UNMAP, model), anew)


def absent(
    world: World, source: SourceFile, function: Function, machines: Sequence[Machine]
) -> Secondary:
    """Whether a function sets an entry only where it has seen that it was not present.

    ``keeps_out`` are the looks without which a secondary MMU that had the old page may go on.
    """
    model = entry_model(world, source, function, adversaries()["secondary-write"])
    if not model.applies:
        nothing = MachineVerdicts((), (), tuple(one.name for one in machines))
        return Secondary(nothing, (), None, f"{function.name}() is not seen to change an entry")
    found = answer(model, machines, barred=True).machines
    if found.unknown:
        why = model.left_out[0] if model.left_out else "the simulator did not decide"
        return Secondary(found, (), None, why)
    if found.broken:
        return Secondary(found, (), None, f"{function.name}() is not seen to look at it first")
    blind = replace(model, tests=tuple(map(_blind, model.tests)))
    if not answer(blind, machines).machines.broken:
        return Secondary(found, (), None, "no look at the entry is what keeps secondary MMUs out")
    return Secondary(found, _places(_LOOKS, model), None)


def _blind(test: Made) -> Made:
    """The path as if it asked nothing of the entry."""
    return replace(test, litmus=Litmus(test.litmus.name, _LOOKS.sub(_go_on, test.litmus.text)))


def _go_on(look: re.Match[str]) -> str:
    return f"{look[0][: look[0].index('if (')]}if (1 == 1) {{\n"


def _places(pattern: re.Pattern[str], model: EntryModel) -> tuple[tuple[str, int], ...]:
    """Path and line of the statements of a kind, on all paths."""
    found = dict.fromkeys(
        (match[1], int(match[2]))
        for test in model.tests
        for match in pattern.finditer(test.litmus.text)
    )
    return tuple(found)


def _bare(test: Made) -> Made:
    """The path without its invalidations."""
    return replace(test, litmus=Litmus(test.litmus.name, _UNMAP.sub("", test.litmus.text)))


def _first(pattern: re.Pattern[str], model: EntryModel) -> tuple[str, int] | None:
    for test in model.tests:
        match = pattern.search(test.litmus.text)
        if match is not None and not test.notes:  # else it may be a value that is not known
            return match[1], int(match[2])
    return None
