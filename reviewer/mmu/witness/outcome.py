"""What a simulation found, in words for a kernel developer and as JSON data."""

from __future__ import annotations

import textwrap
from collections.abc import Iterator
from typing import Any

from reviewer.mmu.api import Execution, Outcome, State
from reviewer.mmu.program import Bool, Compare, Condition
from reviewer.mmu.witness.columns import draw
from reviewer.mmu.witness.data import execution_json

_WIDTH = 78
_LISTED = 12
"""Final states that the text lists; JSON has all."""

_SAYS = {
    "Always": "Every execution ends like this.",
    "Sometimes": "This can happen: some executions end like this, others do not.",
    "Never": "This cannot happen: no execution ends like this.",
    "Unknown": "The budget ended before this was decided: not a proof of anything (--seconds).",
}
_BOUNDED = {
    "Always": "So far every execution ends like this, but loops were cut: not a proof (--unroll).",
    "Never": "None found that ends like this, but loops were cut: not a proof (--unroll).",
}


def shown(outcome: Outcome) -> Execution | None:
    """The execution worth showing: one that is as asked or, for forall, one that is not."""
    return outcome.counterexample if outcome.quantifier == "forall" else outcome.witness


def outcome_json(outcome: Outcome) -> dict[str, Any]:
    """An outcome as JSON data; ``bounded`` is true also where the budget ended the search."""
    execution = shown(outcome)
    return {
        "verdict": outcome.verdict,
        "quantifier": outcome.quantifier,
        "states": [{name: _plain(value) for name, value in state} for state in outcome.states],
        "states_complete": outcome.states_complete,
        "bounded": outcome.bounded or outcome.verdict == "Unknown",
        "seconds": round(outcome.seconds, 4),
        "flags": list(outcome.flags),
        "flags_complete": outcome.flags_complete,
        "witness": None if execution is None else execution_json(execution),
    }


def outcome_text(outcome: Outcome, condition: Condition, on: str) -> str:
    """Verdict, what was asked, what the verdict rests on, final states, warnings, the drawing.

    ``on`` names the machine or model.
    """
    bounded = outcome.bounded and outcome.verdict in _BOUNDED
    says = (_BOUNDED if bounded else _SAYS)[outcome.verdict]
    if outcome.verdict == "Never" and not outcome.states and outcome.states_complete:
        says = "No execution runs to its end."
    lines = [
        f"{outcome.test} on {on}: {verdict_words(outcome)}",
        *_fold(f"asked: {outcome.quantifier} ({condition_text(condition)})"),
        says,
        *_states(outcome),
        *_flags(outcome),
    ]
    execution = shown(outcome)
    if execution is not None:
        lines.extend(("", draw(execution)))
    return "\n".join(lines)


def verdict_words(outcome: Outcome) -> str:
    """The verdict, with what keeps it from being final."""
    bounded = outcome.bounded and outcome.verdict in _BOUNDED
    return f"{outcome.verdict} (bounded)" if bounded else outcome.verdict


def condition_text(condition: Condition) -> str:
    """A condition as litmus files write it."""
    if isinstance(condition, Compare):
        return f"{condition.left}{'!=' if condition.negated else '='}{condition.right}"
    if condition.op == "not":
        return f"~{_inner(condition.args[0])}"
    sign = {"and": " /\\ ", "or": " \\/ "}.get(condition.op)
    return condition.op if sign is None else sign.join(_inner(part) for part in condition.args)


def _inner(condition: Condition) -> str:
    text = condition_text(condition)
    compound = isinstance(condition, Bool) and len(condition.args) > 1
    return f"({text})" if compound else text


def _states(outcome: Outcome) -> Iterator[str]:
    if not outcome.states or not outcome.states[0]:
        return
    count = len(outcome.states)
    words = f"{count}" if outcome.states_complete else f"at least {count}, perhaps more"
    yield f"final states ({words}):"
    for state in outcome.states[:_LISTED]:
        yield from _fold(f"  {_state(state)}")
    if count > _LISTED:
        yield f"  ... {count - _LISTED} more (--format json lists them)"


def _state(state: State) -> str:
    return ", ".join(f"{name} = {value}" for name, value in state)


def _flags(outcome: Outcome) -> Iterator[str]:
    if outcome.flags:
        more = "" if outcome.flags_complete else ", perhaps more"
        yield f"the model warns of: {', '.join(outcome.flags)}{more}"


def _fold(text: str) -> list[str]:
    indent = " " * (len(text) - len(text.lstrip()) + 4)
    return textwrap.wrap(text, _WIDTH, subsequent_indent=indent, break_on_hyphens=False)


def _plain(value: object) -> object:
    return value if isinstance(value, int) else str(value)
