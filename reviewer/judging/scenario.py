"""Scenarios: an adversary as a litmus test, with a place for the code under review.

A scenario is a litmus file that runs as it stands. Thread P0 holds, between the comments
``// code`` and ``// then``, what the comment under review believes the code to be; a rule puts a
slice of the real code there before it asks the simulator.
"""

from __future__ import annotations

import json
import re
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING

from reviewer.errors import RuleError
from reviewer.judging.simulated import Answer, answers, key_of
from reviewer.mmu.machine import Machine
from reviewer.verdict import MachineVerdicts, WitnessEvidence

if TYPE_CHECKING:
    from reviewer.mmu.alike import Alike

_CODE = re.compile(
    r"(?P<head>^[ \t]*// code[^\n]*\n)(?P<code>.*?)(?P<tail>^[ \t]*// then)", re.M | re.S
)
_HEADER = re.compile(r"\(\*.*?\*\)\s*", re.S)
_SECONDS = 10.0
"""How long a scenario may be searched; what was given up for that is not kept."""


@dataclass(frozen=True, slots=True)
class Scenario:
    """A scenario's name and litmus text."""

    name: str
    text: str

    def with_code(self, statements: Sequence[str]) -> Scenario:
        """The scenario with these statements in the place of the code.

        Raises RuleError if the file marks no such place.
        """
        body = "".join(f"\t{statement}\n" for statement in statements)
        text, count = _CODE.subn(lambda m: m["head"] + body + m["tail"], self.text, count=1)
        if not count:
            raise RuleError(f"scenario {self.name}: no '// code' … '// then' in it")
        return Scenario(self.name, text)


@dataclass(frozen=True, slots=True)
class Judged:
    """Where a scenario's outcome is possible, with a witness from the first such machine."""

    machines: MachineVerdicts
    witness: WitnessEvidence | None


@lru_cache(maxsize=64)
def load(folder: Path, name: str) -> Scenario:
    """The scenario ``scenarios/NAME.litmus`` of a rule's folder. Raises RuleError without one."""
    file = folder / "scenarios" / f"{name}.litmus"
    try:
        text = file.read_text(encoding="utf-8")
    except OSError as error:
        raise RuleError(f"{file}: {error.strerror}") from error
    return Scenario(name, _HEADER.sub("", text, count=1))


def judge(scenario: Scenario, machines: Sequence[Machine]) -> Judged:
    """Run the scenario on each machine.

    A machine where the outcome cannot be excluded, because a loop bound or the budget cut the
    search, is unknown, and so is one with a fact that the tree under review does not show.
    """
    broken: list[str] = []
    holds: list[str] = []
    unknown: list[str] = []
    witness: WitnessEvidence | None = None
    for machine in machines:
        if machine.unshown:
            unknown.append(machine.name)
            continue
        answer = _answer(scenario.text, machine.model, machine.variants)
        if answer.execution:
            broken.append(machine.name)
            witness = witness or WitnessEvidence(
                machine.name, scenario.name, scenario.text, answer.drawing, answer.execution
            )
        elif answer.verdict == "Never" and not answer.bounded:
            holds.append(machine.name)
        else:
            unknown.append(machine.name)
    return Judged(MachineVerdicts(tuple(broken), tuple(holds), tuple(unknown)), witness)


def endings(text: str, machine: Machine) -> frozenset[int] | None:
    """The values that the one register of a test's ``locations`` can end with; None if unknown.

    A test that is taken for impossible because a loop bound or the budget cut the search is none
    that is known. Raises as the simulator does for a test that it cannot run.
    """
    if machine.unshown:
        return None
    answer = _answer(text, machine.model, machine.variants)
    if answer.verdict == "Never" and not answer.bounded:
        return frozenset()
    return frozenset(map(int, answer.states.split())) or None


@lru_cache(maxsize=512)
def _answer(text: str, model: str, variants: frozenset[str]) -> Answer:
    """Whether the outcome is possible; runs of one program on equal machines are shared."""
    key = key_of(text, model, variants)
    known = answers().get(key)
    if known is None:
        known = _simulated(text, model, variants)
        if known.verdict != "Unknown":
            answers().add(key, known)
    return known


def _simulated(text: str, model: str, variants: frozenset[str]) -> Answer:
    # Imported here: most reviews need no answer that was not kept, and the simulator is large.
    from reviewer.mmu.api import load_model
    from reviewer.mmu.witness import draw, execution_json

    asked = _asked(text)
    outcome = asked.outcome(load_model(model, variants))
    if asked.litmus.question.observed:
        complete = outcome.states_complete and not outcome.bounded
        ends = (value for state in outcome.states for _, value in state) if complete else ()
        states = " ".join(sorted(map(str, ends)))
        return Answer(outcome.verdict, outcome.bounded, states=states)
    found = outcome.witness
    return Answer(
        outcome.verdict,
        outcome.bounded,
        draw(found) if found is not None else "",
        json.dumps(execution_json(found)) if found is not None else "",
    )


@lru_cache(maxsize=8)
def _asked(text: str) -> Alike:
    """A program read once, and asked once of all machines that it cannot tell apart."""
    from reviewer.mmu.alike import Alike
    from reviewer.mmu.api import Budget, parse_litmus

    litmus = parse_litmus(text)
    # A rule asks one thing of a scenario: whether its outcome is possible.
    if litmus.question.observed:
        return Alike(litmus, Budget(seconds=_SECONDS, flag_rounds=0))
    return Alike(litmus, Budget(seconds=_SECONDS, states=1, state_rounds=0, flag_rounds=0))
