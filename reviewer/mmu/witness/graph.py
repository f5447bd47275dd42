"""A witness as a graph, for people who want to see its relations."""

from __future__ import annotations

from xml.sax.saxutils import escape, quoteattr

from reviewer.mmu.api import Execution
from reviewer.mmu.witness.rows import printable, rows

_COLOURS = {"rf": "#1a7f37", "co": "#9a6700", "fr": "#cf222e"}
_COLUMN, _ROW, _MARGIN = 340, 44, 30
_LETTER = 8
"""Width of a column at least, height of a row, margin, and width of a letter, in pixels."""


def dot(execution: Execution) -> str:
    """Graphviz text: a cluster a CPU, program order down, rf, co and fr across."""
    lines = ["digraph witness {", "  node [shape=box, fontname=monospace];"]
    threads = sorted({event.thread for event in execution.events})
    for thread in threads:
        name = f"CPU {thread}" if thread >= 0 else "initial state"
        lines.append(f"  subgraph cluster_{thread + 1} {{ label={_quoted(name)};")
        for event in execution.events:
            if event.thread == thread:
                value = "" if event.value is None else f" = {event.value}"
                effect = f"{event.kind} {event.location or ''}{value}"
                label = _quoted(effect, event.source.text)
                lines.append(f"    e{event.number} [label={label}];")
        lines.append("  }")
    for first, second in execution.relations.get("po", ()):
        lines.append(f"  e{first} -> e{second} [label=po];")
    for name, colour in _COLOURS.items():
        for first, second in _direct(execution, name):
            lines.append(
                f'  e{first} -> e{second} [label={name}, color="{colour}", constraint=false];'
            )
    return "\n".join([*lines, "}", ""])


def svg(execution: Execution) -> str:
    """The drawing as SVG: a column a CPU, arrows for rf, co and fr between CPUs."""
    shown = rows(execution)
    threads = sorted({row.thread for row in shown})
    place: dict[int, tuple[int, int]] = {}
    parts: list[str] = []
    column = max([_COLUMN, *(_LETTER * len(row.text) + 2 * _MARGIN for row in shown)])
    for number, thread in enumerate(threads):
        parts.append(_text(_MARGIN + number * column, _MARGIN, f"CPU {thread}", bold=True))
    for number, row in enumerate(shown, 1):
        x, y = _MARGIN + threads.index(row.thread) * column, _MARGIN + number * _ROW
        parts.append(_text(x, y, row.text))
        if row.notes:
            notes = " ".join(f"[{note}]" for note in row.notes)
            parts.append(_text(x, y + 14, notes, small=True))
        for event in row.events:
            place[event.number] = (x, y)
    for name, colour in _COLOURS.items():
        for first, second in _direct(execution, name):
            if first in place and second in place and place[first][0] != place[second][0]:
                parts.append(_arrow(place[first], place[second], column, name, colour))
    width = _MARGIN * 2 + column * max(1, len(threads))
    height = _MARGIN * 2 + _ROW * (len(shown) + 1)
    arrow = (
        '<defs><marker id="end" markerWidth="8" markerHeight="8" refX="7" refY="3" orient="auto">'
        '<path d="M0,0 L7,3 L0,6 z"/></marker></defs>'
    )
    head = (
        f'<svg xmlns="http://www.w3.org/2000/svg" width="{width}" height="{height}" '
        f'viewBox="0 0 {width} {height}" font-family="monospace" font-size="13">'
    )
    return "\n".join([head, arrow, *parts, "</svg>", ""])


def _direct(execution: Execution, name: str) -> list[tuple[int, int]]:
    """Pairs of a relation; of co and fr only those to the next write, the rest follows."""
    pairs = execution.relations.get(name, ())
    if name == "rf":
        return list(pairs)
    co = set(execution.relations.get("co", ()))
    later: dict[int, list[int]] = {}
    for first, second in pairs:
        later.setdefault(first, []).append(second)
    return [
        (first, second)
        for first, second in pairs
        if not any((other, second) in co for other in later[first])
    ]


def _quoted(*lines: str) -> str:
    """A Graphviz string of several lines."""
    escaped = (printable(line).replace("\\", "\\\\").replace('"', '\\"') for line in lines)
    return '"' + "\\n".join(escaped) + '"'


def _text(x: int, y: int, text: str, *, bold: bool = False, small: bool = False) -> str:
    weight = ' font-weight="bold"' if bold else ""
    size = ' font-size="11" fill="#57606a"' if small else ""
    return f'<text x="{x}" y="{y}"{weight}{size}>{escape(printable(text))}</text>'


def _arrow(
    start: tuple[int, int], end: tuple[int, int], column: int, name: str, colour: str
) -> str:
    right = end[0] > start[0]
    x1 = start[0] + (column - 90 if right else -6)
    x2 = end[0] + (-6 if right else column - 90)
    return (
        f'<line x1="{x1}" y1="{start[1]}" x2="{x2}" y2="{end[1]}" stroke={quoteattr(colour)} '
        f'marker-end="url(#end)"><title>{name}</title></line>'
    )
