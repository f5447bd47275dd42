"""Witnesses as people draw them: one column a CPU, time downwards."""

from __future__ import annotations

from reviewer.mmu.api import Execution


def draw(execution: Execution, *, width: int = 78) -> str:
    """The execution as a race in CPU columns."""
    threads = sorted({event.thread for event in execution.events if event.thread >= 0})
    column = width // max(1, len(threads))
    lines = ["".join(f"CPU {thread}".ljust(column) for thread in threads).rstrip()]
    for event in execution.events:
        if event.thread >= 0:
            text = f"{event.source.text} = {event.value}"[: column - 1]
            lines.append((" " * column * threads.index(event.thread) + text).rstrip())
    return "\n".join(lines)


def execution_json(execution: Execution) -> dict[str, object]:
    """The execution as JSON data."""
    return {
        "events": [
            {"thread": one.thread, "kind": one.kind, "location": one.location}
            for one in execution.events
        ]
    }
