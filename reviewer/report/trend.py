"""A trend over releases, written: a table, JSON, or an SVG that stands by itself."""

from __future__ import annotations

import json
from collections.abc import Iterator
from xml.sax.saxutils import escape as markup

from reviewer.escape import escape
from reviewer.report.sections import NONE
from reviewer.review.trend import Count, Trend

_WIDTH = 960
_LEFT = 330
"""Pixels that section titles have."""
_ROW = 30
_HEAD = 84
_TITLE = 44
"""Letters of a section's title that fit there."""
_ROWS = 24
"""Sections that the picture shows, those with most stale comments: more fit no screen."""
_STYLE = """
svg { background: #fff; } text { font: 13px system-ui, 'DejaVu Sans', sans-serif; fill: #1d2126; }
.head { font-weight: 600; } .dim { fill: #667079; font-size: 11px; }
.stale { fill: #b9cce4; } .born { fill: #b3261e; } .mended { fill: #2c7a43; }
.line { stroke: #d9dce0; }
@media (prefers-color-scheme: dark) {
  svg { background: #14171a; } text { fill: #dfe3e8; } .dim { fill: #929ca6; }
  .stale { fill: #3f658f; } .born { fill: #ff8a80; } .mended { fill: #7cc891; }
  .line { stroke: #333a42; }
}
"""


def text(found: Trend) -> Iterator[str]:
    """A table: a row a section, a column a release, the sum first."""
    names = [escape(one.name) for one in found.releases]
    rows = [[_cell(one.all, at) for at, one in enumerate(found.releases)]]
    rows += [
        [_cell(one.sections.get(title, Count()), at) for at, one in enumerate(found.releases)]
        for title in found.sections
    ]
    widths = [max(map(len, column)) for column in zip(names, *rows, strict=True)]
    titles = ["all", *(escape(title) or NONE for title in found.sections)]
    for cells, title in zip([names, *rows], ["section", *titles], strict=True):
        line = "  ".join(cell.rjust(width) for cell, width in zip(cells, widths, strict=True))
        yield f"{line}  {title}\n"


def as_json(found: Trend) -> Iterator[str]:
    """One object: releases in order, each with its sections; strings are as they are."""
    releases = [
        {
            "name": one.name,
            "all": _count(one.all),
            "sections": {
                title: _count(one.sections.get(title, Count())) for title in found.sections
            },
        }
        for one in found.releases
    ]
    document = {"version": 1, "releases": releases, "missing": list(found.missing)}
    yield json.dumps(document, indent=1) + "\n"


def svg(found: Trend) -> Iterator[str]:
    """A picture: a bar for each section and release, with what was born and mended beside it."""
    shown = found.sections[:_ROWS]
    more = len(found.sections) - len(shown)
    height = _HEAD + _ROW * (len(shown) + 1) + 16 + (20 if more else 0)
    names = f"{found.releases[0].name} to {found.releases[-1].name}"
    yield (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {_WIDTH} {height}" '
        f'width="{_WIDTH}" height="{height}" role="img">\n'
        f"<title>{_text(f'Stale comments by section, {names}')}</title>\n"
        f"<style>{_STYLE}</style>\n"
    )
    yield _words(16, 26, f"Stale comments by section, {names}", "head")
    yield _words(16, 46, "bar: stale; + born since the release before, - mended or removed", "dim")
    room = (_WIDTH - _LEFT - 16) / len(found.releases)
    for at, one in enumerate(found.releases):
        yield _words(_LEFT + at * room, _HEAD - 14, one.name, "head")
    yield from _row(_HEAD, "all", [one.all for one in found.releases], room)
    for number, title in enumerate(shown, 1):
        counts = [one.sections.get(title, Count()) for one in found.releases]
        yield from _row(_HEAD + _ROW * number, title or NONE, counts, room)
    if more:
        yield _words(16, height - 12, f"and {more:,} sections with fewer", "dim")
    yield "</svg>\n"


def _row(top: float, title: str, counts: list[Count], room: float) -> Iterator[str]:
    """One section; its bars are as long as its own most."""
    most = max(1, *(one.stale for one in counts))
    short = title if len(title) <= _TITLE else title[: _TITLE - 1] + "\u2026"
    yield f'<line class="line" x1="16" x2="{_WIDTH - 16}" y1="{top:.0f}" y2="{top:.0f}"/>\n'
    yield _words(16, top + 20, short, "")
    for at, one in enumerate(counts):
        left = _LEFT + at * room
        wide = (room - 12) * one.stale / most
        yield (
            f'<rect class="stale" x="{left:.1f}" y="{top + 6:.0f}" width="{wide:.1f}" '
            f'height="18" rx="2"/>\n'
        )
        yield (
            f'<text x="{left + 5:.1f}" y="{top + 20:.0f}">{one.stale:,}'
            + (f'<tspan class="born" dx="6">+{one.born:,}</tspan>' if one.born else "")
            + (f'<tspan class="mended" dx="4">-{one.mended:,}</tspan>' if one.mended else "")
            + "</text>\n"
        )


def _words(x: float, y: float, words: str, kind: str) -> str:
    own = f' class="{kind}"' if kind else ""
    return f'<text{own} x="{x:.1f}" y="{y:.0f}">{_text(words)}</text>\n'


def _text(words: str) -> str:
    return markup(escape(words))


def _cell(one: Count, at: int) -> str:
    return f"{one.stale:,}" if not at else f"{one.stale:,} +{one.born:,} -{one.mended:,}"


def _count(one: Count) -> dict[str, int]:
    return {"stale": one.stale, "born": one.born, "mended": one.mended}
