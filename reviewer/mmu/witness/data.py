"""A witness as JSON data."""

from __future__ import annotations

from typing import Any

from reviewer.mmu.api import Execution, ExecutionEvent

_RELATIONS = ("po", "rf", "co", "fr", "rmw", "addr", "data", "ctrl")


def execution_json(execution: Execution) -> dict[str, Any]:
    """Events with their source, base relations as pairs of event numbers, and the final state."""
    return {
        "events": [_event(event) for event in execution.events],
        "relations": {
            name: [list(pair) for pair in execution.relations.get(name, ())] for name in _RELATIONS
        },
        "state": dict(_state(execution)),
    }


def _event(event: ExecutionEvent) -> dict[str, Any]:
    return {
        "number": event.number,
        "thread": event.thread,
        "kind": event.kind,
        "tags": list(event.tags),
        "location": event.location,
        "value": _plain(event.value),
        "path": event.source.path,
        "line": event.source.line,
        "text": event.source.text.strip(),
    }


def _state(execution: Execution) -> list[tuple[str, object]]:
    return [(name, _plain(value)) for name, value in execution.state]


def _plain(value: object) -> object:
    return value if value is None or isinstance(value, int | str) else str(value)
