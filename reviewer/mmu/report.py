"""Outcomes as plain data for ``--format json``."""

from __future__ import annotations

from reviewer.mmu.api import Execution, Outcome
from reviewer.mmu.program import Value

Json = dict[str, object]


def outcome_to_json(outcome: Outcome) -> Json:
    """One outcome as JSON-ready data, keys as the design's section 6 names them.

    ``witness`` shows what was asked for: an execution that satisfies the condition or, when
    the quantifier is forall, one that does not.
    """
    forall = outcome.quantifier == "forall"
    shown = outcome.counterexample if forall else outcome.witness
    return {
        "test": outcome.test,
        "verdict": outcome.verdict,
        "quantifier": outcome.quantifier,
        "states": [{name: _value(value) for name, value in state} for state in outcome.states],
        "states_complete": outcome.states_complete,
        "bounded": outcome.bounded,
        "seconds": round(outcome.seconds, 6),
        "rounds": outcome.rounds,
        "flags": list(outcome.flags),
        "flags_complete": outcome.flags_complete,
        "witness": execution_to_json(shown) if shown is not None else None,
    }


def execution_to_json(execution: Execution) -> Json:
    """Events, relations (pairs of event numbers) and final state of an execution."""
    return {
        "events": [
            {
                "number": event.number,
                "thread": event.thread,
                "index": event.index,
                "kind": event.kind,
                "tags": list(event.tags),
                "location": event.location,
                "value": None if event.value is None else _value(event.value),
                "source": {
                    "path": event.source.path,
                    "line": event.source.line,
                    "text": event.source.text,
                },
            }
            for event in execution.events
        ],
        "relations": {
            name: [list(pair) for pair in pairs] for name, pairs in execution.relations.items()
        },
        "state": {name: _value(value) for name, value in execution.state},
    }


def _value(value: Value) -> int | str:
    return value if isinstance(value, int) else str(value)
